//! Files that a set-up command wants: decided first, written at the end, or only shown. Must not know what they are for.

use std::{
    collections::BTreeMap,
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::{
    error::{CliError, Result},
    terminal::Terminal,
};

/// What will be written, and what is left to a person.
#[derive(Debug)]
pub(crate) struct Changes {
    root: PathBuf,
    files: BTreeMap<PathBuf, File>,
    by_hand: Vec<String>,
}

#[derive(Debug)]
struct File {
    before: Option<String>,
    after: String,
    /// Whether it is to be executable when it is new; one that is there stays as it is.
    is_program: bool,
}

impl Changes {
    /// Nothing yet. Paths are shown relative to `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new(), by_hand: Vec::new() }
    }

    /// The text of a file as it will be, with `\n` at the ends of its lines. `None` when it is not there.
    pub(crate) fn read(&self, path: &Path) -> Result<Option<String>> {
        match self.files.get(path) {
            Some(file) => Ok(Some(file.after.replace("\r\n", "\n"))),
            None => Ok(on_disk(path)?.map(|text| text.replace("\r\n", "\n"))),
        }
    }

    /// Wants a file to have this text. The line ends stay those that it has.
    pub(crate) fn write(&mut self, path: &Path, text: impl Into<String>) -> Result<()> {
        self.put(path, text.into(), false)
    }

    /// The same for a file that is to be executable when it is new.
    pub(crate) fn write_program(&mut self, path: &Path, text: impl Into<String>) -> Result<()> {
        self.put(path, text.into(), true)
    }

    /// Wants a file to have these very bytes, line ends included.
    pub(crate) fn write_exactly(&mut self, path: &Path, text: String) -> Result<()> {
        let before = on_disk(path)?;
        if before.as_ref() != Some(&text) {
            self.files.insert(path.to_owned(), File { before, after: text, is_program: false });
        }
        Ok(())
    }

    fn put(&mut self, path: &Path, text: String, is_program: bool) -> Result<()> {
        let before = match self.files.remove(path) {
            Some(file) => file.before,
            None => on_disk(path)?,
        };
        let ends_in_cr = before.as_ref().is_some_and(|before| before.contains("\r\n"));
        let after = if ends_in_cr { text.replace('\n', "\r\n") } else { text };
        if before.as_ref() != Some(&after) {
            self.files.insert(path.to_owned(), File { before, after, is_program });
        }
        Ok(())
    }

    /// Something that a person has to do, in one or more lines.
    pub(crate) fn by_hand(&mut self, step: impl Into<String>) {
        self.by_hand.push(step.into());
    }

    /// Writes everything, and says what.
    pub(crate) fn finish(self, terminal: &Terminal, is_dry_run: bool) -> Result<()> {
        for (path, file) in &self.files {
            let shown = path.strip_prefix(&self.root).unwrap_or(path).display();
            if is_dry_run {
                terminal.say(&format!("would {} `{shown}`", if file.before.is_some() { "change" } else { "create" }));
                continue;
            }
            write(path, file)?;
            terminal.say(&format!("{} `{shown}`", if file.before.is_some() { "changed" } else { "created" }));
        }
        for step in &self.by_hand {
            terminal.say(&format!("left to you: {}", step.replace('\n', "\n    ")));
        }
        if self.files.is_empty() {
            terminal.say(if self.by_hand.is_empty() { "nothing to do" } else { "nothing to write" });
        }
        Ok(())
    }
}

fn on_disk(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::io("read", path, &error)),
    }
}

/// Through a file beside it, so that what people wrote is not lost on a full disk.
fn write(path: &Path, file: &File) -> Result<()> {
    // What a link leads to is changed, and not the link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let failed = |error: &std::io::Error| CliError::io("write", path, error);
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| CliError::io("create", folder, &error))?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!(".makemigrations-unfinished-{name}"));
    let replace = || {
        let mut new = fs::File::create(&unfinished)?;
        new.write_all(file.after.as_bytes())?;
        match fs::metadata(&target) {
            Ok(metadata) => new.set_permissions(metadata.permissions())?,
            Err(_) if file.is_program => make_executable(&new)?,
            Err(_) => {}
        }
        new.sync_all()?;
        fs::rename(&unfinished, &target)
    };
    replace().map_err(|error| {
        // It is of no use to anybody.
        drop(fs::remove_file(&unfinished));
        failed(&error)
    })
}

#[cfg(unix)]
fn make_executable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata()?.permissions().mode();
    // Whoever may read it may run it.
    file.set_permissions(fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)))
}

#[cfg(not(unix))]
fn make_executable(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_stay_and_equal_texts_are_not_written() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "a\r\nb\r\n").unwrap();
        let mut changes = Changes::new(folder.path());
        assert_eq!(changes.read(&path).unwrap().unwrap(), "a\nb\n");
        changes.write(&path, "a\nb\n").unwrap();
        assert!(changes.files.is_empty());
        changes.write(&path, "a\nb\nc\n").unwrap();
        assert_eq!(changes.read(&path).unwrap().unwrap(), "a\nb\nc\n");
        changes.finish(&Terminal::plain(), false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\r\nb\r\nc\r\n");
    }

    #[test]
    fn a_dry_run_writes_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut changes = Changes::new(folder.path());
        changes.write(&folder.path().join("x/a"), "a").unwrap();
        changes.finish(&Terminal::plain(), true).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::TempDir::new().unwrap();
        let (target, link, new) = (folder.path().join("t"), folder.path().join("l"), folder.path().join("n"));
        fs::write(&target, "a").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o700)).unwrap();
        symlink(&target, &link).unwrap();
        let mut changes = Changes::new(folder.path());
        changes.write(&link, "b").unwrap();
        changes.write_program(&new, "c").unwrap();
        changes.finish(&Terminal::plain(), false).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "b");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&target), mode(&new) & 0o100), (0o700, 0o100));
    }
}
