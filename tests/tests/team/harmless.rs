//! What comes into a folder of migrations without being an edit. It must not be refused.

use makemigrations_tests::folder::Folder;

use crate::world::World;
use crate::{check, work};

/// A kind of harmless thing: its name, whether it is warned about, and what does it to a migration's folder.
type ChangeKind = (&'static str, bool, fn(&Folder, &str));

const KINDS: [ChangeKind; 6] = [
    ("harmless: .DS_Store", true, ds_store),
    ("harmless: executable bit", false, executable),
    ("harmless: CRLF", false, crlf),
    ("harmless: an empty folder", true, empty_folder),
    ("harmless: a loose file", true, loose_file),
    ("harmless: a swap file", true, swap_file),
];

/// So many are tried one after the other.
const AT_ONCE: usize = 2;

pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, ..)| *name)
}

pub(crate) fn harmless(world: &mut World, who: usize) -> bool {
    if world.developers[who].branch.as_ref().is_some_and(|branch| branch.is_dirty || branch.wanted != branch.recorded) {
        return false;
    }
    for _ in 0..AT_ONCE {
        one(world, who);
    }
    true
}

fn one(world: &mut World, who: usize) {
    let (name, is_warned, act) = world.rarest(&KINDS, |(name, ..)| name);
    let migrations = world.developers[who].project.migrations();
    let migration = migrations[world.chance.below(migrations.len())].clone();
    world.note(&migration);
    act(&world.developers[who].project, &format!("migrations/{migration}"));
    let repo = world.developers[who].repo.clone();
    for arguments in [&[][..], &["--staged"]] {
        repo.git(["add", "--all"]);
        if is_warned {
            world.run(who, [&["check"], arguments].concat()).code(0);
        } else {
            check::passes(world, who, arguments);
        }
    }
    // It is no edit for a database either.
    work::migrate(world, who);
    repo.git(["reset", "--quiet", "--hard"]);
    repo.git(["clean", "--quiet", "-fd"]);
    world.did(name);
}

fn ds_store(project: &Folder, migration: &str) {
    project.write("migrations/.DS_Store", "\0\0\0\u{1}Bud1");
    project.write(&format!("{migration}/.DS_Store"), "\0\0\0\u{1}Bud1");
}

fn executable(project: &Folder, migration: &str) {
    let path = project.join(&format!("{migration}/up.sql"));
    let mut permissions = std::fs::metadata(&path).expect("a file that is there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    std::fs::set_permissions(&path, permissions).expect("a file of one's own");
}

fn crlf(project: &Folder, migration: &str) {
    for file in ["up.sql", "down.sql", "operations.toml"] {
        let name = format!("{migration}/{file}");
        let text = project.read(&name).replace("\r\n", "\n").replace('\n', "\r\n");
        project.write(&name, text);
    }
}

fn empty_folder(project: &Folder, _: &str) {
    std::fs::create_dir(project.join("migrations/2020-01-01-000000-0001_nothing")).expect("a folder of one's own");
}

fn loose_file(project: &Folder, _: &str) {
    project.write("migrations/NOTES.txt", "What we decided.\n");
}

fn swap_file(project: &Folder, migration: &str) {
    project.write(&format!("{migration}/.up.sql.swp"), "b0VIM");
}
