//! Programs of other ecosystems that people have around their hooks, installed once below this workspace's target folder.
//! It must not run them for anything else than their installation.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment;

/// The folder of a package and its dependencies from the registry of npm, such as `husky@9`: it holds `node_modules`.
///
/// # Panics
/// When npm is missing and root is not there to install it (the message says how), or fails.
#[must_use]
pub fn npm(package: &str) -> PathBuf {
    once(&format!("npm-{package}"), |folder| install(package, folder))
}

/// The same of the newest version of a package that begins with a number, pre-releases included. `finish` does what the
/// package would do after its installation.
///
/// # Panics
/// As [`npm`], and when there is no such version.
pub fn npm_newest(package: &str, major: u32, finish: impl FnOnce(&Path)) -> PathBuf {
    once(&format!("npm-{package}-{major}"), |folder| {
        let versions = run(npm_command().args(["view", package, "versions", "--json"]), NPM_HINT);
        let versions: Vec<String> = serde_json::from_str(&versions).expect("a list of versions");
        let newest = versions
            .into_iter()
            .filter(|version| numbers(version).first() == Some(&major))
            .max_by_key(|version| numbers(version))
            .unwrap_or_else(|| panic!("the registry of npm has no version {major} of `{package}`"));
        say(&format!("fetching {package} {newest} from the registry of npm"));
        install(&format!("{package}@{newest}"), folder);
        finish(folder);
    })
}

/// The numbers of a version, which order it: `15.18.0-beta.17` comes after `15.9.0-beta.14`.
#[must_use]
pub fn numbers(version: &str) -> Vec<u32> {
    version.split(|other: char| !other.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

const NPM_HINT: &str = "apt-get install -y --no-install-recommends npm    (Debian, Ubuntu)\n\
                        hint: brew install node    (macOS)";

/// npm, which root gets here when it is missing.
fn npm_command() -> Command {
    let command = || Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    need(&["npm"], || succeeds(command().arg("--version")));
    command()
}

fn install(package: &str, folder: &Path) {
    let mut npm = npm_command();
    // A package's own script would install hooks into the repository around the folder: this one.
    npm.args(["install", "--ignore-scripts", "--silent", "--no-audit", "--no-fund", "--prefix"]);
    run(npm.arg(folder).arg(package), NPM_HINT);
}

/// The programs of a package from PyPI, such as `pre-commit`: the folder they are in.
///
/// # Panics
/// When Python is missing and root is not there to install it (the message says how), or the installation fails.
#[must_use]
pub fn python(package: &str) -> PathBuf {
    const HINT: &str = "apt-get install -y --no-install-recommends python3-venv    (Debian, Ubuntu)\n\
                        hint: brew install python    (macOS)";
    let folder = once(&format!("python-{package}"), |folder| {
        need(&["python3-venv"], || succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])));
        run(Command::new("python3").args(["-m", "venv"]).arg(folder), HINT);
        let mut pip = Command::new(folder.join("bin/python"));
        run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]), HINT);
    });
    folder.join("bin")
}

/// A shell, such as `zsh`, which root gets here when it is missing: its whole path.
///
/// # Panics
/// When it is missing and root is not there to install it.
#[must_use]
pub fn shell(name: &str) -> PathBuf {
    let find = || {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
    };
    need(&[name], || find().is_some());
    find().unwrap_or_else(|| {
        panic!("`{name}` is missing\nhint: apt-get install -y {name}    (Debian, Ubuntu)\nhint: brew install {name}    (macOS)")
    })
}

/// Installs packages of Debian where a program is missing and this process may do it; elsewhere the program's own failure
/// says what to do.
pub(crate) fn need(packages: &[&str], is_there: impl Fn() -> bool) {
    if is_there() || !environment::is_root() || !succeeds(Command::new("apt-get").arg("--version")) {
        return;
    }
    folder("apt", |_| {
        if is_there() {
            return;
        }
        say(&format!("installing {} by apt-get", packages.join(" ")));
        let apt = |arguments: &[&str]| {
            let mut apt = Command::new("apt-get");
            run(apt.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(arguments), "run it by hand");
        };
        apt(&["update"]);
        apt(&[&["install", "-y", "--no-install-recommends"], packages].concat());
    });
}

/// Tells the person in front of a test that says nothing else for a while: what tests print is kept until they fail.
fn say(text: &str) {
    writeln!(std::io::stderr().lock(), "{text}").expect("standard error can be written to");
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Diesel's command line, with the version that `docs/schema-rs.md` names, built once for both databases.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn diesel_program() -> PathBuf {
    let folder = once("diesel-cli-2.3.14", |folder| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["install", "--quiet", "--locked", "--version", "=2.3.14", "--no-default-features"]);
        cargo.args(["--features", "postgres,sqlite-bundled", "--root"]).arg(folder).arg("diesel_cli");
        // A build of its own: with this workspace's flags and target folder both would be built again and again.
        cargo.env("CARGO_TARGET_DIR", folder.join("target")).env_remove("RUSTFLAGS");
        need(&["libpq-dev"], || succeeds(Command::new("pg_config").arg("--version")));
        run(&mut cargo, "apt-get install -y libpq-dev    (Debian, Ubuntu)\nhint: brew install libpq    (macOS)");
        fs::remove_dir_all(folder.join("target")).expect("what was built can be deleted");
    });
    folder.join("bin/diesel")
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
/// Gives what it writes to standard output.
fn run(command: &mut Command, hint: &str) -> String {
    let output =
        command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}\nhint: {hint}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{said}{errors}\nhint: {hint}", output.status);
    said
}
