//! The environment every program started by a test gets, so that a developer's machine and CI give the same result.
//! It must not start anything itself.

use std::path::PathBuf;
use std::process::Command;

/// The clock of the command line under test; it decides the versions of new migrations.
pub const NOW: &str = "2026-11-23T14:12:00Z";

/// What programs need to run at all. All else is removed: `CI`, `GITHUB_*`, `GIT_*`, `DATABASE_URL`, what Cargo sets
/// for the tests themselves.
const KEPT: [&str; 18] = [
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "CARGO_HOME",
    "CARGO_HTTP_CAINFO",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "HTTPS_PROXY",
    "SSL_CERT_FILE",
    "LLVM_PROFILE_FILE",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "USERPROFILE",
    "APPDATA",
    "PATHEXT",
];

/// Replaces the command's environment by the pinned one: no configuration of git, of Cargo's caller or of CI is seen.
pub fn pin(command: &mut Command) {
    command.env_clear();
    for name in KEPT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("NO_COLOR", "1")
        .env("MAKEMIGRATIONS_NOW", NOW);
}

/// The path of one of this package's programs.
///
/// # Panics
/// When it was not built: Cargo builds it for integration tests, not for `--lib`.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    // Cargo says where it is; without Cargo (a debugger) it is beside the folder of the test program.
    let path = std::env::var_os(format!("CARGO_BIN_EXE_{name}")).map_or_else(
        || {
            let test = std::env::current_exe().expect("a running program has a path");
            let folder = test.ancestors().nth(2).expect("`target/<profile>/deps/<test>`");
            folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "`{}` is not built\nhint: cargo build --package makemigrations-tests --bins",
        path.display()
    );
    path
}

/// Whether this process is root's: new files belong to it. The only safe way to ask that the standard library has.
#[cfg(unix)]
#[must_use]
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;

    tempfile::tempfile().and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.uid() == 0)
}

/// Nobody is root on Windows.
#[cfg(not(unix))]
#[must_use]
pub fn is_root() -> bool {
    false
}
