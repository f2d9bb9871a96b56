//! Compiles generated files against the Diesel that the tests themselves are linked with, so that nothing is built for it.
//! It must not know what is in them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use makemigrations_tests::folder::Folder;

/// Checks a library crate, `src/lib.rs` of a folder, as `cargo check` does. A warning is an error: generated files give none.
#[track_caller]
pub(crate) fn compiles(folder: &Folder, what: &str) {
    static DIESEL: OnceLock<PathBuf> = OnceLock::new();
    let diesel = DIESEL.get_or_init(linked_diesel);
    if let Err(errors) = check(folder, diesel) {
        panic!("{what}: it does not compile\n{errors}");
    }
}

fn check(folder: &Folder, diesel: &Path) -> Result<(), String> {
    let output = Command::new(rustc())
        .args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "compiled", "--emit", "metadata"])
        .args(["--color", "never", "-D", "warnings", "-o"])
        .arg(folder.join("compiled.rmeta"))
        .arg("-L")
        .arg(format!("dependency={}", dependencies().display()))
        .arg("--extern")
        .arg(format!("diesel={}", diesel.display()))
        .arg(folder.join("src/lib.rs"))
        .current_dir(folder.path())
        .output()
        .expect("the compiler that Cargo uses can be started");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// The compiler beside the Cargo that runs the tests.
fn rustc() -> PathBuf {
    let beside = std::env::var_os("CARGO").map(|cargo| PathBuf::from(cargo).with_file_name("rustc"));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| "rustc".into())
}

/// The folder of this test program and of what it is linked with.
fn dependencies() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    test.parent().expect("a program in a folder").to_path_buf()
}

/// Builds with other features, and of other compilers, may lie beside it.
fn linked_diesel() -> PathBuf {
    let entries = std::fs::read_dir(dependencies()).expect("the folder of this program");
    let mut built: Vec<(SystemTime, PathBuf)> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|end| end == "rlib"))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libdiesel-")))
        .map(|path| (path.metadata().and_then(|data| data.modified()).expect("a file that was built"), path))
        .collect();
    built.sort();
    let probe = Folder::temporary();
    probe.write("src/lib.rs", "pub use diesel::{pg::Pg, sqlite::{Sqlite, SqliteConnection}};\n");
    let mut refused = String::new();
    for (_, path) in built.into_iter().rev() {
        match check(&probe, &path) {
            Ok(()) => return path,
            Err(errors) => refused += &errors,
        }
    }
    panic!("no Diesel with both backends in `{}`\n{refused}", dependencies().display())
}
