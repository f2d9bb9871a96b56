//! Reads plain files of a workspace: no pipe is waited for, no device read, and no link followed out of the workspace.
//!
//! Must not know what is in them.

use std::{
    fs::{self, File, Metadata},
    io::{self, ErrorKind, Read},
    path::Path,
};

/// The most that is read of a snapshot or manifest. A snapshot of a thousand tables has less than one MiB.
pub(crate) const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    File,
    Folder,
}

/// What is at `path` below `root`, with `/`; an error when it is something that is not read: a link, also on the way to
/// it, a pipe, a socket or a device.
pub(crate) fn find(root: &Path, path: &str) -> Result<Found, String> {
    let mut full = root.to_owned();
    let mut found = Found::Folder;
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        full.push(part);
        found = match fs::symlink_metadata(&full) {
            Ok(metadata) if metadata.is_symlink() => return Err(link(root, &full)),
            Ok(metadata) if metadata.is_dir() => Found::Folder,
            Ok(metadata) if metadata.is_file() => Found::File,
            Ok(metadata) => return Err(special(&metadata)),
            Err(error) if is_missing(&error) => return Ok(Found::Nothing),
            Err(error) => return Err(error.to_string()),
        };
    }
    Ok(found)
}

/// The bytes of the file at `full`, where a link may lead to another place of the workspace; `None` when nothing is there.
pub(crate) fn read(root: &Path, full: &Path) -> Result<Option<Vec<u8>>, String> {
    match fs::symlink_metadata(full) {
        Ok(metadata) if metadata.is_symlink() && !leads_inside(root, full) => return Err(link(root, full)),
        Ok(_) => {}
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    }
    // Asked before it is opened: opening a pipe waits for a writer.
    let metadata = fs::metadata(full).map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        return Err("it is a folder, expected a file".to_owned());
    }
    if !metadata.is_file() {
        return Err(special(&metadata));
    }
    let mut bytes = Vec::new();
    let file = File::open(full).map_err(|error| error.to_string())?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    check_size(&bytes)?;
    Ok(Some(bytes))
}

/// Refuses what is longer than is read, wherever it comes from.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), String> {
    match bytes.len() as u64 > MOST_BYTES {
        true => Err(format!("it is larger than {} MiB, which is the most that is read", MOST_BYTES / 1024 / 1024)),
        false => Ok(()),
    }
}

/// Whether a path is a plain file, or a link to one; no content is read.
pub(crate) fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn leads_inside(root: &Path, link: &Path) -> bool {
    match (root.canonicalize(), link.canonicalize()) {
        (Ok(root), Ok(target)) => target.starts_with(root),
        _ => false,
    }
}

/// What is wrong with a link; never what is in the file that it leads to.
fn link(root: &Path, link: &Path) -> String {
    if link.canonicalize().is_err() {
        "it is a link that leads nowhere".to_owned()
    } else if leads_inside(root, link) {
        "it is a link, expected a plain file".to_owned()
    } else {
        "it is a link that leads out of the workspace".to_owned()
    }
}

fn special(metadata: &Metadata) -> String {
    #[cfg(unix)]
    let what = {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            "a named pipe"
        } else if kind.is_socket() {
            "a socket"
        } else {
            "a device"
        }
    };
    #[cfg(not(unix))]
    let what = {
        let _: &Metadata = metadata;
        "something else"
    };
    format!("it is {what}, expected a file")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::{fs::symlink, net::UnixListener};

    use super::*;

    #[test]
    fn only_plain_files_are_found() {
        let (root, outside) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("s/folder")).unwrap();
        fs::write(at("s/a.toml"), "a").unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        symlink("nowhere", at("s/dangling.toml")).unwrap();
        symlink("a.toml", at("s/inside.toml")).unwrap();
        symlink(outside.path().join("secret"), at("s/outside.toml")).unwrap();
        symlink("s", at("linked")).unwrap();
        let socket = UnixListener::bind(at("s/socket.toml")).unwrap();
        assert_eq!(find(root.path(), "s/a.toml"), Ok(Found::File));
        assert_eq!(find(root.path(), "s/folder"), Ok(Found::Folder));
        assert_eq!(find(root.path(), "s/b.toml"), Ok(Found::Nothing));
        assert_eq!(find(root.path(), "s/a.toml/b"), Ok(Found::Nothing));
        for (path, why) in [
            ("s/dangling.toml", "leads nowhere"),
            ("s/inside.toml", "it is a link, expected a plain file"),
            ("s/outside.toml", "leads out of the workspace"),
            ("linked/a.toml", "it is a link"),
            ("s/socket.toml", "a socket"),
        ] {
            let error = find(root.path(), path).unwrap_err();
            assert!(error.contains(why), "{path}: {error}");
        }
        drop(socket);
    }

    #[test]
    fn a_link_is_followed_inside_the_workspace_only() {
        let (root, outside) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
        let at = |path: &str| root.path().join(path);
        fs::write(at("a"), "a").unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        symlink("a", at("inside")).unwrap();
        symlink(outside.path().join("secret"), at("outside")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        let read = |path: &str| read(root.path(), &at(path));
        assert_eq!(read("inside"), Ok(Some(b"a".to_vec())));
        assert_eq!(read("missing"), Ok(None));
        assert!(read("outside").unwrap_err().contains("out of the workspace"));
        assert!(read("device").unwrap_err().contains("out of the workspace"));
        assert!(read(".").unwrap_err().contains("a folder"));
    }

    #[test]
    fn a_file_has_a_size() {
        let root = tempfile::TempDir::new().unwrap();
        let path = root.path().join("large");
        File::create(&path).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert!(read(root.path(), &path).unwrap_err().contains("larger than 16 MiB"));
    }
}
