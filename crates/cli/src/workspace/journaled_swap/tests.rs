//! A swap that is interrupted after each of its steps, and what people do in between. Must not need git.

use std::collections::BTreeMap;

use super::*;
use crate::terminal::Terminal;

const A: &str = "1_a";
const B: &str = "2_b";
const C: &str = "3_c";

fn whole(name: &str) -> StoredMigration {
    StoredMigration { name: name.to_owned(), files: vec![("up.sql".to_owned(), name.as_bytes().to_vec())] }
}

/// Migrations and a folder of state.
struct Setup {
    root: tempfile::TempDir,
    guard: FolderLock,
}

/// A migrations folder with the migrations `A` and `B`, and its files.
fn start() -> Setup {
    let root = tempfile::TempDir::new().unwrap();
    let folder = root.path().join("migrations");
    [A, B].iter().for_each(|name| write_migration(&folder, &whole(name)).unwrap());
    fs::write(folder.join(LOCK_FILE), "<<<<<<< conflict").unwrap();
    create_folder(&root.path().join("src/d")).unwrap();
    fs::write(root.path().join(SCHEMA_RS), "old").unwrap();
    fs::write(root.path().join("src/d/gone.rs"), "g").unwrap();
    let guard = FolderLock::acquire(&folder, &Terminal::plain()).unwrap();
    Setup { root, guard }
}

impl Setup {
    fn state(&self) -> PathBuf {
        self.root.path().join("state/migrations")
    }

    fn open(&self) -> JournaledSwap<'_> {
        create_folder(&self.state()).unwrap();
        JournaledSwap::open(&self.guard, &self.state(), self.root.path()).unwrap()
    }

    fn files(&self) -> BTreeMap<String, String> {
        below(self.guard.folder())
    }

    fn sources(&self) -> BTreeMap<String, String> {
        below(&self.root.path().join("src"))
    }
}

fn below(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(below(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}

fn expected(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

const SCHEMA_RS: &str = "src/schema.rs";

/// The generated files: one that changes, one that comes, one that goes.
fn generated_files() -> Vec<GeneratedFile> {
    let file = |path: &str, text: Option<&str>| GeneratedFile { path: path.to_owned(), text: text.map(str::to_owned) };
    vec![file(SCHEMA_RS, Some("new")), file("src/d/new.rs", Some("n")), file("src/d/gone.rs", None)]
}

fn paths() -> Vec<String> {
    generated_files().into_iter().map(|file| file.path).collect()
}

const SOURCES_BEFORE: [(&str, &str); 2] = [("schema.rs", "old"), ("d/gone.rs", "g")];
const SOURCES_AFTER: [(&str, &str); 2] = [("schema.rs", "new"), ("d/new.rs", "n")];

const AFTER: [(&str, &str); 3] = [("1_a/up.sql", A), ("3_c/up.sql", C), (LOCK_FILE, "new")];
const BEFORE: [(&str, &str); 3] = [("1_a/up.sql", A), ("2_b/up.sql", B), (LOCK_FILE, "<<<<<<< conflict")];

/// Prepares `B` to become `C`, and does as many things as `steps` before it is interrupted.
fn begin(setup: &Setup, steps: usize) {
    let swap = setup.open();
    swap.prepare(&Commits::default(), &[B.to_owned()], &[whole(C)], ("new", &generated_files())).unwrap();
    let names = |name: &str| vec![name.to_owned()];
    let journal = Journal {
        by: "squash 2 3".to_owned(),
        folder: whole_path(setup.guard.folder()),
        commits: Commits::default(),
        out: names(B),
        into: names(C),
        old: names(B),
        new: names(C),
        written: paths(),
        generated: paths(),
    };
    swap.write(JOURNAL, &journal.render()).unwrap();
    let folder = setup.guard.folder();
    let unfinished = folder.join(format!("{}{B}", write::UNFINISHED));
    let moves: [&dyn Fn(); 6] = [
        &|| fs::rename(folder.join(B), &unfinished).unwrap(),
        &|| fs::remove_dir_all(&unfinished).unwrap(),
        &|| write_migration(folder, &whole(C)).unwrap(),
        &|| fs::write(folder.join(LOCK_FILE), "new").unwrap(),
        &|| fs::write(setup.root.path().join(SCHEMA_RS), "new").unwrap(),
        &|| fs::remove_file(setup.root.path().join("src/d/gone.rs")).unwrap(),
    ];
    moves.iter().take(steps).for_each(|step| step());
}

#[test]
fn one_goes_and_one_comes() {
    let setup = start();
    let mut swap = setup.open();
    assert!(swap.interrupted().is_none() && swap.rolled_back().unwrap().is_empty());
    swap.prepare(&Commits::default(), &[B.to_owned()], &[whole(C)], ("new", &generated_files())).unwrap();
    swap.make("squash 2 3", Commits::default(), (&[B.to_owned()], &[whole(C)]), &generated_files()).unwrap();
    assert_eq!(swap.written(), paths());
    assert!(swap.saved().is_empty());
    let found = interrupted(&setup.state(), setup.guard.folder()).unwrap();
    assert_eq!(found.as_deref(), Some("squash 2 3"));
    swap.end().unwrap();
    assert_eq!(setup.files(), expected(&AFTER));
    assert_eq!(setup.sources(), expected(&SOURCES_AFTER));
    assert_eq!(interrupted(&setup.state(), setup.guard.folder()).unwrap(), None);
    assert!(!setup.root.path().join("state").exists());
}

#[test]
fn whatever_was_done_before_an_interruption_it_goes_on_or_back() {
    for steps in 0..=6 {
        for is_back in [false, true] {
            let setup = start();
            begin(&setup, steps);
            write::clean(&setup.guard).unwrap();
            let mut swap = setup.open();
            assert_eq!(swap.interrupted(), Some("squash 2 3"));
            if is_back {
                swap.put_back(false).unwrap();
            } else {
                swap.go_on().unwrap();
            }
            swap.end().unwrap();
            let wanted = if is_back { &BEFORE } else { &AFTER };
            assert_eq!(setup.files(), expected(wanted), "{steps} {is_back}");
            let wanted = if is_back { &SOURCES_BEFORE } else { &SOURCES_AFTER };
            assert_eq!(setup.sources(), expected(wanted), "{steps} {is_back}");
        }
    }
}

#[test]
fn what_people_changed_in_between_is_copied() {
    let setup = start();
    begin(&setup, 4);
    fs::write(setup.guard.folder().join(C).join("up.sql"), "precious").unwrap();
    let mut swap = setup.open();
    swap.put_back(false).unwrap();
    assert_eq!(setup.files(), expected(&BEFORE));
    assert!(swap.saved()[0].contains("migrations.saved/3_c"), "{:?}", swap.saved());
    swap.end().unwrap();
    let saved = setup.root.path().join("state/migrations.saved/3_c/up.sql");
    assert_eq!(fs::read_to_string(saved).unwrap(), "precious");
}

/// Two swaps in one step of git: what comes back is what was there before the first.
#[test]
fn the_second_exchange_of_a_step_remembers_the_first() {
    let setup = start();
    let commits = Commits { head: Some("a".repeat(40)), step: Some("b".repeat(40)), ..Commits::default() };
    let only_the_first = generated_files();
    let of_both = [GeneratedFile { path: SCHEMA_RS.to_owned(), text: Some("newer".to_owned()) }];
    for (old, new, lock, files) in
        [(B, "3_c", "new", only_the_first.as_slice()), ("3_c", "4_d", "newer", of_both.as_slice())]
    {
        let (old, new) = ([old.to_owned()], [whole(new)]);
        let mut swap = setup.open();
        swap.prepare(&commits, &old, &new, (lock, files)).unwrap();
        swap.make("rebase", commits.clone(), (&old, &new), files).unwrap();
        swap.keep().unwrap();
    }
    assert_eq!(setup.files(), expected(&[("1_a/up.sql", A), ("4_d/up.sql", "4_d"), (LOCK_FILE, "newer")]));
    assert_eq!(setup.sources(), expected(&[("schema.rs", "newer"), ("d/new.rs", "n")]));
    let mut swap = setup.open();
    assert_eq!(swap.made().unwrap().len(), 2);
    swap.put_back(true).unwrap();
    assert_eq!(setup.files(), expected(&BEFORE));
    assert_eq!(setup.sources(), expected(&SOURCES_BEFORE));
}

#[test]
fn a_failure_puts_everything_back() {
    let setup = start();
    let mut swap = setup.open();
    swap.prepare(&Commits::default(), &[B.to_owned()], &[whole(C)], ("new", &generated_files())).unwrap();
    // In the way of what comes.
    fs::write(setup.guard.folder().join(C), "").unwrap();
    let error =
        swap.make("squash 2 3", Commits::default(), (&[B.to_owned()], &[whole(C)]), &generated_files()).unwrap_err();
    assert!(error.message.contains(C), "{}", error.message);
    assert_eq!(setup.files().get("2_b/up.sql").map(String::as_str), Some(B));
    assert_eq!(setup.sources(), expected(&SOURCES_BEFORE));
    // What is in the way is nobody's to move.
    assert!(swap.interrupted().is_some());
}

#[cfg(unix)]
#[test]
fn nothing_is_done_through_a_link() {
    let setup = start();
    let elsewhere = setup.root.path().join("elsewhere");
    write_migration(&elsewhere, &whole(B)).unwrap();
    begin(&setup, 0);
    fs::remove_dir_all(setup.guard.folder().join(B)).unwrap();
    std::os::unix::fs::symlink(elsewhere.join(B), setup.guard.folder().join(B)).unwrap();
    let error = setup.open().go_on().unwrap_err();
    assert!(error.message.contains("symbolic link"), "{}", error.message);
    assert!(elsewhere.join(B).join("up.sql").is_file());
    let link = setup.root.path().join("link");
    std::os::unix::fs::symlink(setup.guard.folder(), &link).unwrap();
    let guard = FolderLock::try_acquire(&link);
    assert!(guard.is_none_or(|guard| JournaledSwap::open(&guard, &setup.state(), setup.root.path()).is_err()));
}
