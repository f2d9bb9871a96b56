//! The lock file as a value: one checksum per file of every migration, the overrides, and what was adopted.
//!
//! Does not know whether the files are there: that is `verify`.

mod parse;

use crate::sum::{Sum, sum};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the lock file in the migrations folder.
pub const LOCK_FILE: &str = "migrations.lock";

const FIRST_LINE: &str = "# makemigrations lock 1";
const DIALECT: &str = "# dialect: ";
const ADOPTED: &str = "# adopted ";
const OVERRIDE: &str = "# override ";
const NOTES: [&str; 2] = [
    "# Checksums of the migrations, as `sha256sum -c` reads them. Written by cargo xtask: do not edit.",
    "# On a merge conflict: cargo xtask rebase",
];

/// A declared edit of a merged migration: the line `# override <migration> <reason>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Override {
    /// Name of the migration's folder.
    pub migration: String,
    /// Why. Empty in a line that gives none, which is a finding.
    pub reason: String,
}

impl Override {
    /// The override with its reason as the lock file has it: in one line, without what nobody can see.
    pub fn new(migration: impl Into<String>, reason: &str) -> Self {
        let visible: String = reason.chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
        Self { migration: migration.into(), reason: visible.split_whitespace().collect::<Vec<_>>().join(" ") }
    }

    /// Whether it says why, in letters or digits.
    #[must_use]
    pub fn has_reason(&self) -> bool {
        self.reason.chars().any(char::is_alphanumeric)
    }
}

/// Characters that take no room, or only look like room: with one of them two reasons would read the same.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The content of a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    dialect: Option<String>,
    lines: BTreeMap<String, BTreeMap<String, Sum>>,
    adopted: BTreeSet<String>,
    overrides: Vec<Override>,
}

/// What a lock file says that is not there.
pub(crate) static EMPTY: Lock =
    Lock { dialect: None, lines: BTreeMap::new(), adopted: BTreeSet::new(), overrides: Vec::new() };

impl Lock {
    /// A lock file without lines.
    pub fn new(dialect: impl Into<String>) -> Self {
        Self { dialect: Some(dialect.into()), ..Self::default() }
    }

    /// The dialect that the migrations are written in.
    #[must_use]
    pub fn dialect(&self) -> Option<&str> {
        self.dialect.as_deref()
    }

    /// Says in which dialect the migrations are written.
    pub fn set_dialect(&mut self, dialect: impl Into<String>) {
        self.dialect = Some(dialect.into());
    }

    /// The migrations that have lines.
    pub fn migrations(&self) -> impl Iterator<Item = &str> {
        self.lines.keys().map(String::as_str)
    }

    /// Every migration that has lines, with the recorded files.
    #[must_use]
    pub fn lines(&self) -> &BTreeMap<String, BTreeMap<String, Sum>> {
        &self.lines
    }

    /// The recorded files of a migration.
    #[must_use]
    pub fn files(&self, migration: &str) -> Option<&BTreeMap<String, Sum>> {
        self.lines.get(migration)
    }

    /// The recorded checksum of a file.
    #[must_use]
    pub fn sum(&self, migration: &str, file: &str) -> Option<Sum> {
        self.lines.get(migration)?.get(file).copied()
    }

    /// Records a file, or records it anew.
    pub fn record(&mut self, migration: impl Into<String>, file: impl Into<String>, sum: Sum) {
        self.lines.entry(migration.into()).or_default().insert(file.into(), sum);
    }

    /// Drops the lines of a migration, and that it was adopted. Its overrides stay: they are history.
    pub fn remove(&mut self, migration: &str) {
        self.lines.remove(migration);
        self.adopted.remove(migration);
    }

    /// The migrations that were there before this tool: written by hand, run by Diesel as they are.
    #[must_use]
    pub fn adopted(&self) -> &BTreeSet<String> {
        &self.adopted
    }

    /// Says that a migration was there before this tool.
    pub fn adopt(&mut self, migration: impl Into<String>) {
        self.adopted.insert(migration.into());
    }

    /// The overrides, sorted.
    #[must_use]
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// Declares an edit of a merged migration. A reason of several lines becomes one.
    pub fn add_override(&mut self, migration: impl Into<String>, reason: &str) {
        let new = Override::new(migration, reason);
        if let Err(position) = self.overrides.binary_search(&new) {
            self.overrides.insert(position, new);
        }
    }

    /// The text of the file, the same for the same content on every system.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        if let Some(dialect) = &self.dialect {
            text += &format!("{DIALECT}{dialect}\n");
        }
        for note in NOTES {
            text += &format!("{note}\n");
        }
        for migration in &self.adopted {
            text += &format!("{ADOPTED}{migration}\n");
        }
        for Override { migration, reason } in &self.overrides {
            text += format!("{OVERRIDE}{migration} {reason}").trim_end();
            text.push('\n');
        }
        for (migration, files) in &self.lines {
            text += &render_lines(migration, files);
        }
        text
    }
}

/// The migrations that the text of a lock file calls adopted, also where the rest of it is in conflict.
pub(crate) fn adopted_in(text: &str) -> BTreeSet<String> {
    // A checkout may have CRLF, which `lines` takes off.
    text.lines().filter_map(|line| line.strip_prefix(ADOPTED)).map(str::to_owned).collect()
}

/// One checksum for a whole migration: that of its lines in the lock file. None when it has none.
#[must_use]
pub fn migration_sum(lock: &Lock, migration: &str) -> Option<Sum> {
    lock.files(migration).map(|files| sum(render_lines(migration, files).as_bytes()))
}

fn render_lines(migration: &str, files: &BTreeMap<String, Sum>) -> String {
    files.iter().map(|(file, sum)| format!("{sum}  {migration}/{file}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lock() -> Lock {
        let mut lock = Lock::new("sqlite");
        lock.record("b", "up.sql", sum(b"b"));
        lock.record("a", "up.sql", sum(b"a"));
        lock.record("a", "down.sql", sum(b"abc"));
        lock
    }

    #[test]
    fn is_written_like_this() {
        let mut lock = lock();
        lock.add_override("a", " hot\nfix  4711 ");
        lock.adopt("b");
        lock.adopt("a name");
        assert_eq!(
            lock.render(),
            "# makemigrations lock 1\n\
             # dialect: sqlite\n\
             # Checksums of the migrations, as `sha256sum -c` reads them. Written by cargo xtask: do not edit.\n\
             # On a merge conflict: cargo xtask rebase\n\
             # adopted a name\n\
             # adopted b\n\
             # override a hot fix 4711\n\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a/down.sql\n\
             ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a/up.sql\n\
             3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b/up.sql\n"
        );
    }

    #[test]
    fn the_sum_of_a_migration_changes_with_each_of_its_files_only() {
        let before = lock();
        let mut after = before.clone();
        after.record("a", "down.sql", sum(b"x"));
        assert_ne!(migration_sum(&before, "a"), migration_sum(&after, "a"));
        assert_eq!(migration_sum(&before, "b"), migration_sum(&after, "b"));
        after.remove("a");
        assert_eq!(migration_sum(&after, "a"), None);
    }

    #[cfg(unix)]
    #[test]
    fn sha256sum_accepts_it() {
        let folder = tempfile::TempDir::new().unwrap();
        for (path, text) in [("a/up.sql", "a"), ("a/down.sql", "abc"), ("b/up.sql", "b")] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut lock = lock();
        lock.add_override("a", "a reason");
        lock.adopt("b");
        std::fs::write(folder.path().join(LOCK_FILE), lock.render()).unwrap();
        let check = || {
            let mut command = std::process::Command::new("sha256sum");
            command.args(["--check", "--strict", "--quiet", LOCK_FILE]).current_dir(&folder).output()
        };
        // Not every system has it.
        if let Ok(output) = check() {
            assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
            std::fs::write(folder.path().join("b/up.sql"), "edited").unwrap();
            assert!(!check().unwrap().status.success());
        }
    }

    fn name() -> impl Strategy<Value = String> {
        "[a-z0-9_-]{1,9}"
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            dialect in proptest::option::of("[a-z]{1,9}"),
            files in proptest::collection::vec((name(), "[a-z][a-z.]{0,4}(/[a-z][a-z. ]{0,5})?", ".*"), 0..9),
            overrides in proptest::collection::vec((name(), "\\PC*"), 0..3),
            adopted in proptest::collection::btree_set("[a-z][a-z0-9 _-]{0,8}", 0..3),
        ) {
            let mut lock = Lock { dialect, ..Lock::default() };
            for (migration, file, content) in files {
                lock.record(migration, file, sum(content.as_bytes()));
            }
            for (migration, reason) in overrides {
                lock.add_override(migration, &reason);
            }
            adopted.iter().for_each(|migration| lock.adopt(migration.as_str()));
            prop_assert_eq!(&adopted_in(&lock.render()), lock.adopted());
            prop_assert_eq!(Lock::parse(&lock.render()), (lock, Vec::new()));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(?s)(# makemigrations lock 1\n)?(.|# |\n|override |adopted |dialect: |[0-9a-f]{64}  a/b\n)*") {
            let (lock, findings) = Lock::parse(&text);
            prop_assert_eq!(findings.is_empty(), lock.render() == text.replace("\r\n", "\n"));
        }
    }
}
