//! The gate as a build script: fails `cargo build` when merged migrations no longer are what the lock file says.
//!
//! Never runs git, and so cannot tell an edit that was re-recorded: that is the job of `cargo xtask check`.

mod locate;

use crate::error::Error;
use crate::finding::{Finding, Severity};
use crate::folder::Folder;
use crate::lock::LOCK_FILE;
use crate::verify::verify;
use locate::{Located, locate};
use std::fmt;
use std::path::{Path, PathBuf};

/// What a build script says to Cargo. `Display` gives the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructions {
    watched: Vec<PathBuf>,
    lock: Option<PathBuf>,
    findings: Vec<Finding>,
}

impl Instructions {
    /// What the gate found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether the build fails.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in &self.watched {
            writeln!(f, "cargo::rerun-if-changed={}", path.display())?;
        }
        if let Some(lock) = &self.lock {
            writeln!(f, "cargo::rustc-env=MAKEMIGRATIONS_LOCK={}", lock.display())?;
        }
        for finding in &self.findings {
            let instruction = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            f.write_str(&lines(instruction, &finding.to_string()))?;
        }
        Ok(())
    }
}

/// Cargo takes one line at a time.
fn lines(instruction: &str, text: &str) -> String {
    text.lines().map(|line| format!("cargo::{instruction}={line}\n")).collect()
}

/// The whole build script of a crate that embeds migrations:
///
/// ```no_run
/// makemigrations_gate::build_script();
/// ```
///
/// Checks the migrations folder and fails the build with what it finds. Cargo runs it again when anything in the folder
/// changes, new migrations included, and then compiles the crate anew: what `embed_migrations!` alone does not see.
///
/// The folder is the one that `migrations` in `[workspace.metadata.makemigrations]` names, and those of its `apps`;
/// without the setting the nearest `migrations` in the crate's folder or above it, up to the workspace.
///
/// The crate can embed the lock file that was checked with `include_str!(env!("MAKEMIGRATIONS_LOCK"))`; with several
/// migrations folders there is no such variable.
#[expect(clippy::print_stdout, reason = "this is how a build script talks to Cargo")]
pub fn build_script() {
    // Of the crate that is built, so read when it is built: `env!` would give this crate's own folder.
    let directory = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    match try_build_script(&directory) {
        Ok(instructions) => print!("{instructions}"),
        Err(error) => print!("{}", lines("error", &error.to_string())),
    }
}

/// What [`build_script`] does for the crate in `directory`, without printing it.
///
/// # Errors
///
/// [`Error`] when there is no migrations folder, or it cannot be read. Findings are no errors: see
/// [`Instructions::fails`].
pub fn try_build_script(directory: &Path) -> Result<Instructions, Error> {
    let Located { folders, manifests } = locate(directory)?;
    let lock = match folders.as_slice() {
        [(path, _)] => Some(path.join(LOCK_FILE)),
        _ => None,
    };
    let mut watched = manifests;
    let mut findings = Vec::new();
    for (path, shown_as) in folders {
        let depth = Path::new(&shown_as).components().count();
        let root = path.ancestors().nth(depth).unwrap_or(directory);
        findings.extend(verify(&Folder::read_inside(root, &shown_as)?.shown_as(shown_as)));
        // Cargo looks at everything below a folder, so that files come and go with it.
        watched.push(path);
    }
    Ok(Instructions { watched, lock, findings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lock, sum};
    use std::fs;
    use tempfile::TempDir;

    fn write(root: &TempDir, path: &str, text: &str) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn project(setting: &str, folder: &str) -> TempDir {
        let root = TempDir::new().unwrap();
        write(&root, "Cargo.toml", &format!("[workspace]\nmembers = []\n{setting}"));
        write(&root, "app/Cargo.toml", "[package]\nname = \"app\"\n");
        let mut lock = Lock::new("sqlite");
        lock.record("a", "up.sql", sum(b"SELECT 1;"));
        write(&root, &format!("{folder}/a/up.sql"), "SELECT 1;");
        write(&root, &format!("{folder}/migrations.lock"), &lock.render());
        root
    }

    fn run(root: &TempDir) -> Result<Instructions, Error> {
        try_build_script(&root.path().join("app"))
    }

    #[test]
    fn watches_the_folder_and_the_settings() {
        let root = project("", "migrations");
        let path = |below: &str| root.path().join(below).display().to_string();
        let expected = format!(
            "cargo::rerun-if-changed={}\ncargo::rerun-if-changed={}\ncargo::rustc-env=MAKEMIGRATIONS_LOCK={}\n",
            path("Cargo.toml"),
            path("migrations"),
            path("migrations/migrations.lock"),
        );
        assert_eq!(run(&root).unwrap().to_string(), expected);
    }

    #[test]
    fn an_edit_fails_the_build_with_text_in_single_lines() {
        let root = project("", "migrations");
        write(&root, "migrations/a/up.sql", "SELECT 2;");
        write(&root, "migrations/notes.txt", "");
        let instructions = run(&root).unwrap();
        assert!(instructions.fails());
        let text = instructions.to_string();
        assert!(text.contains("cargo::error=M001: `a/up.sql` was edited"), "{text}");
        assert!(text.contains("\ncargo::error=  --> migrations/a/up.sql\ncargo::error=  hint: "), "{text}");
        assert!(text.contains("\ncargo::warning=M020: `migrations/notes.txt`"), "{text}");
        assert!(text.lines().all(|line| line.starts_with("cargo::")), "{text}");
    }

    #[test]
    fn the_setting_names_the_folder() {
        let root = project("[workspace.metadata.makemigrations]\nmigrations = 'db/up'\n", "db/up");
        write(&root, "db/up/a/up.sql", "SELECT 2;");
        write(&root, "migrations/other/up.sql", "not looked at");
        let paths: Vec<_> = run(&root).unwrap().findings().iter().map(|finding| finding.path.clone()).collect();
        assert_eq!(paths, [Some("db/up/a/up.sql".to_owned())]);
    }

    #[test]
    fn several_applications_are_all_checked() {
        let setting = "[workspace.metadata.makemigrations.apps.one]\nmigrations = 'one'\n[workspace.metadata]\n\
                       makemigrations.apps.two.migrations = \"two\"\n";
        let root = project(setting, "one");
        write(&root, "two/b/up.sql", "SELECT 1;");
        let text = run(&root).unwrap().to_string();
        assert!(text.contains("the lock file `two/migrations.lock` is missing"), "{text}");
        assert!(text.contains(&format!("={}\n", root.path().join("one").display())), "{text}");
        assert!(!text.contains("MAKEMIGRATIONS_LOCK"), "{text}");
    }

    #[test]
    fn a_folder_that_holds_those_of_applications_is_nobodys_own() {
        let setting = "[workspace.metadata.makemigrations.apps.one]\nmigrations = 'migrations/one'\n";
        let root = project(setting, "migrations/one");
        write(&root, "migrations/mysql/a/up.sql", "SELECT 1;");
        let instructions = run(&root).unwrap();
        assert_eq!(instructions.findings(), []);
        // With a lock file it is one.
        write(&root, "migrations/migrations.lock", &Lock::new("sqlite").render());
        assert!(run(&root).unwrap().fails());
    }

    #[test]
    fn the_nearest_folder_wins_up_to_the_workspace() {
        let root = project("", "app/migrations");
        write(&root, "migrations/x/up.sql", "");
        assert!(!run(&root).unwrap().fails());
        let nested = TempDir::new().unwrap();
        write(&nested, "migrations/x/up.sql", "");
        write(&nested, "inner/Cargo.toml", "[workspace]");
        let error = try_build_script(&nested.path().join("inner")).unwrap_err();
        assert!(matches!(error, Error::NoFolder { .. }), "{error}");
    }

    #[test]
    fn without_a_folder_the_error_says_where_it_was_looked_for() {
        let root = TempDir::new().unwrap();
        write(&root, "package/Cargo.toml", "[package]");
        let directory = root.path().join("package");
        let message = try_build_script(&directory).unwrap_err().to_string();
        assert!(message.contains(&directory.display().to_string()) && message.contains("hint: "), "{message}");
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_not_ignored() {
        let named = project("[workspace.metadata.makemigrations]\nmigrations = 'nowhere'\n", "migrations");
        assert!(matches!(run(&named), Err(Error::SettingNamesNothing { .. })));
        for setting in [
            "[workspace.metadata.makemigrations]\nmigrations = \"a\\u0062\"\n",
            "[workspace.metadata.makemigrations]\nmigrations = [\n",
            "[workspace.metadata]\nmakemigrations = { migrations = 'x' }\n",
            "[workspace.metadata.makemigrations]\napps = { one = { migrations = 'x' } }\n",
        ] {
            let root = project(setting, "migrations");
            assert!(matches!(run(&root), Err(Error::SettingNotRead { line: 4, .. })), "{setting}");
        }
    }
}
