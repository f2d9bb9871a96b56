//! Where a command keeps what has to survive it: a folder in git's own folder, which no commit can bring, and which every work
//! tree has for itself. Must not know what is kept there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Repository, Unknown};
use crate::environment::Environment;

/// The folder in git's own folder.
const FOLDER: &str = "makemigrations";

/// The folder of state for the migrations folder `migrations`, relative to the workspace at `root`.
///
/// # Errors
/// When there is no repository, or git refuses.
pub(crate) fn folder(root: &Path, environment: &Environment, migrations: &str) -> Result<PathBuf, Unknown> {
    let repository = Repository::discover(root, environment)?;
    let path = repository.read(&["rev-parse", "--git-path", FOLDER])?;
    let path = String::from_utf8_lossy(&path);
    let path = repository.folder.join(path.trim_end_matches(['\n', '\r']));
    Ok(path.join(key(&format!("{}{migrations}", repository.prefix))))
}

/// The same without a process of git, for the question whether anything is kept. `None` also where only git could tell.
pub(crate) fn kept(root: &Path, environment: &Environment, migrations: &str) -> Option<PathBuf> {
    let path = without_git(root, migrations).or_else(|| {
        environment.path("GIT_DIR")?;
        folder(root, environment, migrations).ok()
    });
    path.filter(|path| path.is_dir())
}

/// The same without a process of git, whether anything is kept or not. `None` where only git could tell.
pub(crate) fn without_git(root: &Path, migrations: &str) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let (top, git) = root.ancestors().find_map(|top| Some((top, own_folder(top)?)))?;
    let mut inside = String::new();
    for part in root.strip_prefix(top).ok()?.components() {
        inside += &format!("{}/", part.as_os_str().to_string_lossy());
    }
    Some(git.join(FOLDER).join(key(&format!("{inside}{migrations}"))))
}

/// Git's own folder of a work tree at `top`: `.git`, or what the file of that name leads to.
fn own_folder(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    let found = if git.is_file() {
        let text = fs::read_to_string(&git).ok()?;
        top.join(text.strip_prefix("gitdir:")?.trim())
    } else {
        git
    };
    found.join("HEAD").is_file().then_some(found)
}

/// A path as the name of one folder.
fn key(path: &str) -> String {
    let mut key = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            key.push(char::from(byte));
        } else {
            key += &format!("%{byte:02X}");
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_name_and_says_all_of_the_path() {
        assert_eq!(key("migrations"), "migrations");
        assert_eq!(key("db stuff/m.x"), "db%20stuff%2Fm%2Ex");
        assert_ne!(key("a/b"), key("a%2Fb"));
    }

    #[test]
    fn the_folder_is_found_without_git() {
        let root = tempfile::TempDir::new().unwrap();
        let top = root.path().canonicalize().unwrap();
        let git = top.join("elsewhere/worktrees/w");
        fs::create_dir_all(git.join("makemigrations/ws%2Fmigrations")).unwrap();
        fs::write(git.join("HEAD"), "").unwrap();
        fs::create_dir_all(top.join("w/ws")).unwrap();
        fs::write(top.join("w/.git"), "gitdir: ../elsewhere/worktrees/w\n").unwrap();
        let (top, inside) = (top.join("w"), top.join("w/ws"));
        assert_eq!(own_folder(&top).unwrap(), top.join("../elsewhere/worktrees/w"));
        assert!(own_folder(&inside).is_none());
    }
}
