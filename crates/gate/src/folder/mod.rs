//! A picture of a migrations folder in memory: from disk, from git's index or from a tree.
//!
//! Knows what belongs to a migration and what is ignored or refused; does not judge.

mod disk;

use crate::lock::{LOCK_FILE, adopted_in};
use crate::sum::{Sum, sum};
use std::collections::{BTreeMap, BTreeSet};

/// What an entry of the folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A plain file. Whether it is executable does not matter.
    File,
    /// A symbolic link.
    Link,
    /// Neither file nor folder: a submodule, a device, a pipe.
    Special,
}

/// A file of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    bytes: Vec<u8>,
    sum: Sum,
}

impl File {
    /// Its content, as it is.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its checksum.
    #[must_use]
    pub fn sum(&self) -> Sum {
        self.sum
    }
}

/// The lock file as found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum LockFile {
    #[default]
    Missing,
    Text(String),
    /// It is there and says nothing, because of what it is.
    Unreadable(&'static str),
}

/// Something that the gate does not look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The migration it would belong to; none for the migrations folder itself.
    pub(crate) migration: Option<String>,
    /// The file of the migration; none for the migration's folder itself.
    pub(crate) file: Option<String>,
    pub(crate) why: &'static str,
}

/// The files of one migration by name, `/` between the parts of a nested one.
pub(crate) type Files = BTreeMap<String, File>;

/// A migrations folder in memory.
///
/// Everything whose name starts with a dot is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    shown_as: String,
    reached_by: String,
    lock: LockFile,
    migrations: BTreeMap<String, Files>,
    empty: BTreeSet<String>,
    loose: BTreeSet<String>,
    backups: BTreeSet<(String, String)>,
    refused: Vec<Refused>,
}

impl Default for Folder {
    fn default() -> Self {
        Self {
            shown_as: "migrations".to_owned(),
            reached_by: String::new(),
            lock: LockFile::Missing,
            migrations: BTreeMap::new(),
            empty: BTreeSet::new(),
            loose: BTreeSet::new(),
            backups: BTreeSet::new(),
            refused: Vec::new(),
        }
    }
}

impl Folder {
    /// The folder with these entries: path below the migrations folder with `/` between its parts, content, kind.
    ///
    /// The content of a link or special entry is not looked at. The path `""` is the migrations folder itself, for the
    /// case that it is a link.
    pub fn from_files<P, B>(entries: impl IntoIterator<Item = (P, B, EntryKind)>) -> Self
    where
        P: AsRef<str>,
        B: Into<Vec<u8>>,
    {
        let mut folder = Self::default();
        for (path, bytes, kind) in entries {
            folder.insert(path.as_ref(), bytes.into(), kind);
        }
        folder
    }

    /// The same, shown under another path in findings and their commands: where it lies as seen from the workspace.
    /// `migrations` unless given.
    #[must_use]
    pub fn shown_as(mut self, path: impl Into<String>) -> Self {
        self.shown_as = path.into();
        self
    }

    /// The same, with what a command that is pasted needs before a path: `../../` where it is typed two folders further
    /// down. Nothing unless given.
    #[must_use]
    pub fn reached_by(mut self, above: impl Into<String>) -> Self {
        self.reached_by = above.into();
        self
    }

    /// The migrations that have files, by name of their folder.
    pub fn migrations(&self) -> impl Iterator<Item = &str> {
        self.migrations.keys().map(String::as_str)
    }

    /// The files of a migration by name, those in the lock file or not; without what is ignored.
    #[must_use]
    pub fn files(&self, migration: &str) -> Option<&BTreeMap<String, File>> {
        self.migrations.get(migration)
    }

    /// The text of the lock file. None when it is missing, or nothing that has a text.
    #[must_use]
    pub fn lock_text(&self) -> Option<&str> {
        match &self.lock {
            LockFile::Text(text) => Some(text),
            LockFile::Missing | LockFile::Unreadable(_) => None,
        }
    }

    /// The migrations that the lock file calls adopted: they were there before this tool, and have no record of it.
    #[must_use]
    pub fn adopted(&self) -> BTreeSet<String> {
        self.lock_text().map(adopted_in).unwrap_or_default()
    }

    /// How findings name the lock file.
    #[must_use]
    pub fn lock_path(&self) -> String {
        self.path(LOCK_FILE)
    }

    /// How findings name something below the migrations folder.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        if below.is_empty() { self.shown_as.clone() } else { format!("{}/{below}", self.shown_as) }
    }

    /// Something below the migrations folder as an argument of a command that is pasted into a shell.
    #[must_use]
    pub fn typed(&self, below: &str) -> String {
        quoted(&self.reached(below))
    }

    /// The command that brings files or folders below it back as a commit has them, for the folder that commands are typed
    /// in.
    #[must_use]
    pub fn restore<P: AsRef<str>>(&self, revision: &str, below: &[P]) -> String {
        let paths: Vec<_> = below.iter().map(|below| self.reached(below.as_ref())).collect();
        restore_command(revision, &paths)
    }

    /// A path below the folder from where commands are typed, without quotes.
    fn reached(&self, below: &str) -> String {
        format!("{}{}", self.reached_by, self.path(below))
    }

    /// The folder that shown paths start from, likewise; empty where the command is typed in it.
    pub(crate) fn above(&self) -> &str {
        &self.reached_by
    }

    pub(crate) fn lock(&self) -> &LockFile {
        &self.lock
    }

    pub(crate) fn empty(&self) -> &BTreeSet<String> {
        &self.empty
    }

    pub(crate) fn loose(&self) -> &BTreeSet<String> {
        &self.loose
    }

    /// Migration and name of the files that editors leave behind.
    pub(crate) fn backups(&self) -> &BTreeSet<(String, String)> {
        &self.backups
    }

    pub(crate) fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Whether the migrations folder itself is a link.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused.iter().any(|refused| refused.migration.is_none())
    }

    fn insert(&mut self, path: &str, bytes: Vec<u8>, kind: EntryKind) {
        if path.split('/').any(|part| part.starts_with('.')) {
            return;
        }
        let (top, file) = match path.split_once('/') {
            Some((top, file)) => (top, Some(file)),
            None => (path, None),
        };
        if path == LOCK_FILE {
            self.lock = lock_file(bytes, kind);
        } else if let Some(why) = refusal(path, kind) {
            let migration = (!top.is_empty()).then(|| top.to_owned());
            self.refused.push(Refused { migration, file: file.map(str::to_owned), why });
        } else if top == LOCK_FILE {
            self.lock = LockFile::Unreadable("a folder");
        } else if let Some(file) = file {
            if file.ends_with('~') {
                self.backups.insert((top.to_owned(), file.to_owned()));
            } else {
                let sum = sum(&bytes);
                self.migrations.entry(top.to_owned()).or_default().insert(file.to_owned(), File { bytes, sum });
            }
        } else {
            self.loose.insert(path.to_owned());
        }
    }
}

/// The command that brings paths back as a commit has them, in the work tree and in the index, and takes away what was
/// added to them. `revision` and `paths` are not quoted yet.
#[must_use]
pub fn restore_command<P: AsRef<str>>(revision: &str, paths: &[P]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| quoted(path.as_ref())).collect();
    format!("git restore --source={} --staged --worktree -- {}", quoted(revision), paths.join(" "))
}

/// A word of a shell's command line: in quotes where a shell would take it for something else.
#[must_use]
pub fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@%:".contains(c);
    if text.chars().all(is_plain) && !text.starts_with('-') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn lock_file(bytes: Vec<u8>, kind: EntryKind) -> LockFile {
    match kind {
        EntryKind::File => String::from_utf8(bytes).map_or(LockFile::Unreadable("not a text"), LockFile::Text),
        EntryKind::Link => LockFile::Unreadable("a symbolic link"),
        EntryKind::Special => LockFile::Unreadable("not a plain file"),
    }
}

/// Why an entry cannot be looked at.
fn refusal(path: &str, kind: EntryKind) -> Option<&'static str> {
    match kind {
        EntryKind::Link => Some("is a symbolic link"),
        EntryKind::Special if path.is_empty() => Some("is a submodule, or no folder at all"),
        EntryKind::File if path.is_empty() => Some("is a file"),
        EntryKind::Special => Some("is not a plain file"),
        // A line of the lock file could not name it.
        EntryKind::File if path.contains(|c: char| c.is_control() || c == '\\' || c == '\u{fffd}') => {
            Some("has a name with control characters, a backslash or what is not text")
        }
        EntryKind::File => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(paths: &[&str]) -> Folder {
        Folder::from_files(paths.iter().map(|path| (path, "x", EntryKind::File)))
    }

    #[test]
    fn what_starts_with_a_dot_is_not_there() {
        assert_eq!(folder(&[".DS_Store", "a/.up.sql.swp", "a/.git/config", ".a/up.sql"]), Folder::default());
        assert_eq!(Folder::from_files([(".a", "", EntryKind::Link), ("a/.b", "", EntryKind::Link)]), Folder::default());
    }

    #[test]
    fn entries_are_sorted_into_what_they_are() {
        let folder = folder(&["migrations.lock", "README.md", "a/up.sql", "a/up.sql~", "a/more/x", "b/\u{fffd}"]);
        assert_eq!(folder.lock_text(), Some("x"));
        assert_eq!(folder.loose().iter().collect::<Vec<_>>(), ["README.md"]);
        assert_eq!(folder.files("a").unwrap().keys().collect::<Vec<_>>(), ["more/x", "up.sql"]);
        assert_eq!(folder.backups().len(), 1);
        assert_eq!(folder.refused().len(), 1);
        assert_eq!(folder.migrations().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_path_in_a_command_is_one_word_from_where_it_is_typed() {
        let folder = Folder::default().shown_as("db/up").reached_by("../../");
        assert_eq!(folder.typed("a/up.sql"), "../../db/up/a/up.sql");
        assert_eq!(Folder::default().typed("a b"), "'migrations/a b'");
        assert_eq!(Folder::default().typed("it's"), "'migrations/it'\\''s'");
    }

    #[test]
    fn a_lock_file_that_is_no_text_is_not_missing() {
        for (entry, why) in [
            (("migrations.lock", vec![0xff], EntryKind::File), "not a text"),
            (("migrations.lock", vec![], EntryKind::Link), "a symbolic link"),
            (("migrations.lock/up.sql", vec![], EntryKind::File), "a folder"),
        ] {
            assert_eq!(Folder::from_files([entry]).lock(), &LockFile::Unreadable(why));
        }
    }
}
