//! Lists folders of a workspace: in the order of names on every system, and a link is a link, never followed. Must not open
//! what is in them.

use std::{io, path::Path};

use walkdir::{DirEntry, WalkDir};

use crate::error::{CliError, Result};

/// What is directly in a folder; `None` when no folder is there.
pub(crate) fn children(folder: &Path) -> Result<Option<Vec<DirEntry>>> {
    // A link to the folder itself leads on, as everywhere where a path is given.
    if folder.metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        return Ok(None);
    }
    let walk = WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name();
    match walk.into_iter().collect::<std::result::Result<_, _>>() {
        Ok(entries) => Ok(Some(entries)),
        Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(refused(folder, error)),
    }
}

/// The plain files below a folder, however deep, with their paths below it, with `/`.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, DirEntry)>> {
    // What is no folder has no files, which would pass for an empty one.
    folder.read_dir().map_err(|error| CliError::io("read", folder, &error))?;
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let entry = entry.map_err(|error| refused(folder, error))?;
        if entry.file_type().is_file() {
            found.push((below(folder, entry.path()), entry));
        }
    }
    Ok(found)
}

fn below(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn refused(folder: &Path, error: walkdir::Error) -> CliError {
    let path = error.path().unwrap_or(folder).to_owned();
    CliError::io("read", &path, &error.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_are_listed_in_order_and_links_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        for path in ["b/x.sql", "a/deep/y.sql", "a/.z", "c.sql"] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        #[cfg(unix)]
        {
            // A loop, and one that leads nowhere.
            std::os::unix::fs::symlink("..", root.path().join("a/loop")).unwrap();
            std::os::unix::fs::symlink("nowhere", root.path().join("a/gone")).unwrap();
        }
        let found: Vec<_> = files(root.path()).unwrap().into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, ["a/.z", "a/deep/y.sql", "b/x.sql", "c.sql"]);
        let names = |path: &str| {
            let found = children(&root.path().join(path)).unwrap();
            found
                .map(|all| all.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>())
        };
        assert_eq!(names("").unwrap(), ["a", "b", "c.sql"]);
        assert_eq!((names("nowhere"), names("c.sql")), (None, None));
        assert!(files(&root.path().join("c.sql")).is_err() && files(&root.path().join("nowhere")).is_err());
    }
}
