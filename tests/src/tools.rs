//! Programs of other ecosystems that people have around their hooks, installed once below this workspace's target folder.
//! It must not run them for anything else than their installation.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of a package and its dependencies from the registry of npm, such as `husky@9`: it holds `node_modules`.
///
/// # Panics
/// When npm is missing (the message says how to install it) or fails.
#[must_use]
pub fn npm(package: &str) -> PathBuf {
    once(&format!("npm-{package}"), |folder| {
        let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        // A package's own script would install hooks into the repository around the folder: this one.
        npm.args(["install", "--ignore-scripts", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        npm.arg(folder).arg(package);
        run(npm, "apt-get install -y nodejs npm    (Debian, Ubuntu)\nhint: brew install node    (macOS)");
    })
}

/// The programs of a package from PyPI, such as `pre-commit`: the folder they are in.
///
/// # Panics
/// When Python is missing (the message says how to install it) or the installation fails.
#[must_use]
pub fn python(package: &str) -> PathBuf {
    const HINT: &str = "apt-get install -y python3-venv    (Debian, Ubuntu)\nhint: brew install python    (macOS)";
    let folder = once(&format!("python-{package}"), |folder| {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(folder);
        run(venv, HINT);
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]);
        run(pip, HINT);
    });
    folder.join("bin")
}

/// The folder in which this workspace is built: what is built here is not built again for a scratch workspace.
///
/// # Panics
/// When the test program lies nowhere.
#[must_use]
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    test.ancestors().nth(3).expect("`target/<profile>/deps/<test>`").to_path_buf()
}

/// A folder that is filled by the first who needs it.
fn once(name: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    folder(name, |folder| {
        let done = folder.join(".done");
        if !done.exists() {
            fs::remove_dir_all(folder).expect("what a killed test has left can be deleted");
            fs::create_dir_all(folder).expect("a writable target folder");
            fill(folder);
            File::create(&done).expect("a writable target folder");
        }
    })
}

/// A folder that stays, looked after by one at a time, also when several tests and programs need it at once.
///
/// # Panics
/// When the target folder cannot be written to.
pub fn folder(name: &str, look_after: impl FnOnce(&Path)) -> PathBuf {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let folder = target().join("test-tools").join(name);
    fs::create_dir_all(&folder).expect("a writable target folder");
    let lock = File::create(folder.with_extension("lock")).expect("a writable target folder");
    lock.lock().expect("files can be locked");
    look_after(&folder);
    folder
}

/// Runs an installer with all of the caller's environment: registries, proxies and certificates are the machine's business.
fn run(mut command: Command, hint: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}\nhint: {hint}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}\nhint: {hint}", output.status);
}
