//! Finds PostgreSQL's programs: installed ones, else those of a package. It must not start a server.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::package;
use crate::tools::numbers;

/// Without all of these an installation is only a client.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where packages put servers that are not on the path; `*` stands for one folder name of any kind.
const PLACES: [&str; 8] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/opt/local/lib/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
];

/// The programs of one PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installation {
    folder: PathBuf,
    /// As `postgres --version` says, such as `15.18`.
    pub(super) version: String,
}

impl Installation {
    /// The newest of a major version that is installed completely, on the path or in the usual places; where none is, the
    /// one of the registry of npm.
    pub(super) fn of(major: u32) -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: BTreeSet<PathBuf> = std::env::split_paths(&path)
            .chain(PLACES.iter().flat_map(|place| expand(place)))
            // A link to one of its programs finds the rest of an installation only through its real path.
            .filter_map(|folder| folder.join(executable("initdb")).canonicalize().ok()?.parent().map(Path::to_path_buf))
            .filter(|folder| PROGRAMS.iter().all(|program| folder.join(executable(program)).is_file()))
            .collect();
        let installed = folders
            .into_iter()
            .filter_map(|folder| Some(Self { version: version(&folder)?, folder }))
            .filter(|installation| numbers(&installation.version).first() == Some(&major))
            .max_by_key(|installation| numbers(&installation.version));
        if let Some(installation) = installed {
            return Ok(installation);
        }
        let folder = package::programs(major)?;
        let version = version(&folder).ok_or_else(|| format!("`{}`: its `postgres` does not run", folder.display()))?;
        Ok(Self { folder, version })
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(executable(name))
    }
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// The folders that a place with at most one `*` stands for.
fn expand(place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else {
        return vec![PathBuf::from(place)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .map(|name| PathBuf::from(format!("{parent}/{name}{after}")))
        .collect()
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0)` is `15.18`.
fn version(folder: &Path) -> Option<String> {
    let output = Command::new(folder.join(executable("postgres"))).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_is_by_number() {
        assert!(numbers("16.2") > numbers("9.6.24"));
        assert!(numbers("17beta1") > numbers("16.9"));
        assert!(numbers("15.18") > numbers("15.9"));
    }

    #[test]
    fn a_place_without_a_star_is_itself() {
        assert_eq!(expand("/usr/local/pgsql/bin"), [PathBuf::from("/usr/local/pgsql/bin")]);
        assert_eq!(expand("/no/such/place/*/bin"), Vec::<PathBuf>::new());
    }
}
