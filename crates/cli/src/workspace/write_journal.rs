//! Says in git's own folder which names are about to change, so that the next command finishes what a killed one has begun: new
//! migrations, and the generated files that go with them. Must not decide what is in them.
//!
//! Everything is on disk under unfinished names before it is written, and the lock file comes first: where that has the new
//! migrations, what is left are renames; where it has not, nothing has changed yet.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use makemigrations_gate::{LOCK_FILE, Lock, sum};

use super::{
    generated::{self, GeneratedFile},
    journaled_swap::{is_inside, is_migration_name, whole_path},
    lock::FolderLock,
    write::{self, NewMigration},
};
use crate::error::{CliError, Result};

const FIRST_LINE: &str = "# makemigrations write 1";

/// Where the journal of a migrations folder is.
#[derive(Debug, Clone)]
pub(crate) struct WriteJournal {
    /// The workspace.
    root: PathBuf,
    /// `None` where git has no folder of its own: then nothing is written down.
    path: Option<PathBuf>,
}

/// What is about to get its name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Begun {
    migrations: Vec<String>,
    /// Generated files with the checksums of what they are to be.
    files: Vec<(String, String)>,
    /// Generated files that go.
    gone: Vec<String>,
}

impl WriteJournal {
    /// `state` is the folder of state that git's own has for the migrations.
    pub(crate) fn new(root: &Path, state: Option<&Path>) -> Self {
        let beside = |state: &Path| {
            let key = state.file_name().unwrap_or_default().to_string_lossy();
            state.with_file_name(format!("{key}.write"))
        };
        Self { root: root.to_owned(), path: state.map(beside) }
    }

    /// The workspace.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a command was killed while names changed.
    pub(crate) fn is_there(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.is_file())
    }

    /// Writes down what is about to be named. Alone, a migration needs no journal: it is there or not.
    pub(super) fn begin(&self, guard: &FolderLock, new: &[NewMigration], files: &[GeneratedFile]) -> Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| !files.is_empty() || new.len() > 1) else { return Ok(()) };
        let mut text = format!("{FIRST_LINE}\nfolder {}\n", whole_path(guard.folder()));
        new.iter().for_each(|migration| text += &format!("migration {}\n", migration.name));
        for file in files {
            text += &match &file.text {
                Some(content) => format!("file {} {}\n", sum(content.as_bytes()), file.path),
                None => format!("gone {}\n", file.path),
            };
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| CliError::io("create", folder, &error))?;
        write::create(path, &text)
    }

    /// Forgets it.
    pub(super) fn end(&self) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(CliError::io("delete", path, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Finishes what was begun, or forgets it where nothing has changed. Says whether something was done.
    ///
    /// # Errors
    /// When a file cannot be renamed or deleted.
    pub(crate) fn finish(&self, guard: &FolderLock) -> Result<bool> {
        let Some(path) = &self.path else { return Ok(false) };
        let Ok(text) = fs::read_to_string(path) else { return Ok(false) };
        let begun = parse(&text, &whole_path(guard.folder()));
        let done = match &begun {
            Some(begun) if self.is_in_lock_file(guard, begun) => self.go_on(guard, begun)?,
            Some(_) | None => false,
        };
        if let Some(begun) = begun {
            for (file, _) in &begun.files {
                drop(fs::remove_file(write::unfinished_name(&self.root.join(file))));
            }
        }
        self.end()?;
        Ok(done)
    }

    fn is_in_lock_file(&self, guard: &FolderLock, begun: &Begun) -> bool {
        let text = fs::read_to_string(guard.folder().join(LOCK_FILE)).unwrap_or_default();
        let lock = Lock::parse(&text).0;
        begun.migrations.iter().all(|name| lock.files(name).is_some())
    }

    fn go_on(&self, guard: &FolderLock, begun: &Begun) -> Result<bool> {
        for name in &begun.migrations {
            let target = guard.folder().join(name);
            if fs::symlink_metadata(&target).is_err() {
                let unfinished = guard.folder().join(format!("{}{name}", write::UNFINISHED));
                if !unfinished.is_dir() {
                    // Somebody has tidied up: the gate says what is missing.
                    return Ok(false);
                }
                fs::rename(unfinished, &target).map_err(|error| CliError::io("create", &target, &error))?;
            }
        }
        for (file, expected) in &begun.files {
            let target = self.root.join(file);
            let unfinished = write::unfinished_name(&target);
            let is_plain = fs::symlink_metadata(&unfinished).is_ok_and(|metadata| metadata.is_file());
            if is_plain && fs::read(&unfinished).is_ok_and(|bytes| sum(&bytes).to_string() == *expected) {
                fs::rename(unfinished, &target).map_err(|error| CliError::io("write", &target, &error))?;
            }
        }
        let gone = begun.gone.iter().map(|path| GeneratedFile { path: path.clone(), text: None });
        generated::delete(&self.root, &gone.collect::<Vec<_>>())?;
        Ok(true)
    }
}

/// `None` where it is of another folder or version, or damaged: then nothing can be gone by.
fn parse(text: &str, folder: &str) -> Option<Begun> {
    let mut lines = text.lines();
    if lines.next()? != FIRST_LINE || lines.next()?.strip_prefix("folder ")? != folder {
        return None;
    }
    let mut begun = Begun::default();
    for line in lines {
        match line.split_once(' ')? {
            ("migration", name) if is_migration_name(name) => begun.migrations.push(name.to_owned()),
            ("gone", path) if is_inside(path) => begun.gone.push(path.to_owned()),
            ("file", rest) => {
                let (sum, path) = rest.split_once(' ').filter(|(_, path)| is_inside(path))?;
                begun.files.push((path.to_owned(), sum.to_owned()));
            }
            _ => return None,
        }
    }
    Some(begun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Terminal;

    const FIRST: &str = "2026-01-01-000000-0001_a";
    const SECOND: &str = "2026-01-01-000001-0002_b";

    fn new(name: &str) -> NewMigration {
        let files = [("up.sql", "SELECT 1;\n"), ("down.sql", "SELECT 2;\n")];
        NewMigration {
            name: name.to_owned(),
            files: files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
        }
    }

    fn generated_files() -> Vec<GeneratedFile> {
        let file =
            |path: &str, text: Option<&str>| GeneratedFile { path: path.to_owned(), text: text.map(str::to_owned) };
        vec![file("src/schema.rs", Some("new")), file("src/d/new.rs", Some("n")), file("src/d/gone.rs", None)]
    }

    /// The names below a folder with the texts of files.
    fn all(folder: &Path) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = crate::workspace::walk::files(folder)
            .unwrap()
            .into_iter()
            .map(|(path, entry)| (path, fs::read_to_string(entry.path()).unwrap()))
            .collect();
        found.sort();
        found
    }

    fn workspace() -> tempfile::TempDir {
        let workspace = tempfile::TempDir::new().unwrap();
        let before = [("src/schema.rs", "old"), ("src/d/gone.rs", "g"), ("migrations/migrations.lock", "# old\n")];
        for (path, text) in before {
            let path = workspace.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        workspace
    }

    fn journal(root: &Path) -> WriteJournal {
        WriteJournal::new(root, Some(&root.join(".git/makemigrations/migrations")))
    }

    fn lock_with(new: &[NewMigration]) -> Lock {
        let mut lock = Lock::new("sqlite");
        for migration in new {
            migration.files.iter().for_each(|(file, text)| lock.record(&migration.name, file, sum(text.as_bytes())));
        }
        lock
    }

    /// Killed before the first name changes, and after each: of the lock file, two migrations, two generated files, the one that
    /// goes, and the journal.
    #[test]
    fn wherever_a_command_is_killed_the_next_one_finds_all_or_nothing() {
        let finished = workspace();
        let guard = FolderLock::acquire(&finished.path().join("migrations"), &Terminal::plain()).unwrap();
        let migrations = [new(FIRST), new(SECOND)];
        let journal_of_it = journal(finished.path());
        write::migrations(&guard, Lock::new("sqlite"), &migrations, &generated_files(), &journal_of_it).unwrap();
        let (before, after) = (all(workspace().path()), all(finished.path()));
        for kill in 0..=7 {
            let workspace = workspace();
            let root = workspace.path();
            let guard = FolderLock::acquire(&root.join("migrations"), &Terminal::plain()).unwrap();
            let journal = journal(root);
            let unfinished = migrations.each_ref().map(|migration| write::unfinished(&guard, migration).unwrap());
            let texts = generated::texts(root, &generated_files());
            for text in &texts {
                write::create(&write::unfinished_name(&text.path), &text.text).unwrap();
            }
            journal.begin(&guard, &migrations, &generated_files()).unwrap();
            let named = |text: &write::Text| fs::rename(write::unfinished_name(&text.path), &text.path).unwrap();
            let changes: [&dyn Fn(); 7] = [
                &|| write::lock_file(&guard, &lock_with(&migrations)).unwrap(),
                &|| fs::rename(&unfinished[0], guard.folder().join(FIRST)).unwrap(),
                &|| fs::rename(&unfinished[1], guard.folder().join(SECOND)).unwrap(),
                &|| named(&texts[0]),
                &|| named(&texts[1]),
                &|| fs::remove_file(root.join("src/d/gone.rs")).unwrap(),
                &|| journal.end().unwrap(),
            ];
            changes.iter().take(kill).for_each(|change| change());
            assert_eq!(journal.is_there(), kill < 7);
            assert_eq!(journal.finish(&guard).unwrap(), (1..7).contains(&kill), "{kill}");
            write::clean(&guard).unwrap();
            assert_eq!(all(root), if kill == 0 { before.clone() } else { after.clone() }, "{kill}");
            assert!(!journal.is_there());
        }
    }

    #[test]
    fn a_journal_of_another_folder_or_with_names_that_lead_elsewhere_is_not_gone_by() {
        let text = |line: &str| format!("{FIRST_LINE}\nfolder /a\n{line}\n");
        assert!(parse(&text(&format!("migration {FIRST}")), "/a").is_some());
        assert!(parse(&text(&format!("migration {FIRST}")), "/b").is_none());
        for line in ["migration ../x", "gone ../x", "file 00 /etc/passwd", "file 00", "gone .git/config", "other x"] {
            assert!(parse(&text(line), "/a").is_none(), "{line}");
        }
    }

    #[test]
    fn what_somebody_wrote_meanwhile_is_not_taken_for_it() {
        let workspace = workspace();
        let root = workspace.path();
        let guard = FolderLock::acquire(&root.join("migrations"), &Terminal::plain()).unwrap();
        let (journal, migrations) = (journal(root), [new(FIRST)]);
        journal.begin(&guard, &migrations, &generated_files()).unwrap();
        write::lock_file(&guard, &lock_with(&migrations)).unwrap();
        fs::rename(write::unfinished(&guard, &migrations[0]).unwrap(), guard.folder().join(FIRST)).unwrap();
        fs::write(write::unfinished_name(&root.join("src/schema.rs")), "of somebody else").unwrap();
        assert!(journal.finish(&guard).unwrap());
        assert_eq!(fs::read_to_string(root.join("src/schema.rs")).unwrap(), "old");
    }
}
