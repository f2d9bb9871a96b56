//! Edits of merged migrations that slip into a branch: the check names each, also when the lock file was written anew to
//! hide it. It must not land any.

use makemigrations_tests::folder::Folder;
use makemigrations_tests::merged::{LOCK, record};

use crate::revert::push_and_check;
use crate::world::World;
use crate::{check, work};

/// A kind of edit: its name, whether the lock file can be made to agree with it, and what does it. Gives the names that the
/// check has to say.
type EditKind = (&'static str, bool, fn(&Folder, &[String], usize) -> Vec<String>);

const KINDS: [EditKind; 20] = [
    ("slip: up.sql", true, |project, names, at| edit(project, names, at, "up.sql", |text| text + "-- edited\n")),
    ("slip: down.sql", true, |project, names, at| edit(project, names, at, "down.sql", |text| text + "-- edited\n")),
    ("slip: operations.toml", true, |project, names, at| {
        edit(project, names, at, "operations.toml", |text| text + "# edited\n")
    }),
    ("slip: a space", true, |project, names, at| {
        edit(project, names, at, "up.sql", |text| text.replacen('\n', " \n", 1))
    }),
    ("slip: a line less", true, |project, names, at| {
        edit(project, names, at, "down.sql", |text| {
            text.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
        })
    }),
    ("slip: no last line end", true, |project, names, at| {
        edit(project, names, at, "up.sql", |text| text.trim_end_matches('\n').to_owned())
    }),
    ("slip: a lone carriage return", true, |project, names, at| {
        edit(project, names, at, "up.sql", |text| text.replacen(' ', "\r ", 1))
    }),
    ("slip: a byte order mark", true, |project, names, at| {
        edit(project, names, at, "up.sql", |text| format!("\u{feff}{text}"))
    }),
    ("slip: a checksum", false, checksum),
    ("slip: a line of the lock file gone", false, line_gone),
    ("slip: all lines of a migration gone", false, lines_gone),
    ("slip: an override without a reason", false, override_without_reason),
    ("slip: a file gone", true, file_gone),
    ("slip: a folder gone", true, folder_gone),
    ("slip: a file more", true, file_more),
    ("slip: another name", true, another_name),
    ("slip: a later version", true, later_version),
    ("slip: two changed places", true, changed_places),
    ("slip: an older migration", true, older_migration),
    ("slip: another metadata.toml", true, |project, names, at| {
        project.write(&format!("migrations/{}/metadata.toml", names[at]), "run_in_transaction = false # slipped in\n");
        vec![names[at].clone()]
    }),
];

/// So many edits are tried one after the other.
const AT_ONCE: usize = 4;

pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, ..)| *name)
}

pub(crate) fn slip(world: &mut World, who: usize) -> bool {
    let Some(branch) = world.developers[who].branch.clone() else { return false };
    work::complete(world, who);
    for _ in 0..AT_ONCE {
        one(world, who, branch.base);
    }
    true
}

fn one(world: &mut World, who: usize, base: usize) {
    let (kind, can_be_hidden, act) = world.rarest(&KINDS, |(name, ..)| name);
    let names: Vec<String> = world.landings[base].migrations.keys().cloned().collect();
    let at = world.chance.below(names.len());
    let repo = world.developers[who].repo.clone();
    let expected = act(&world.developers[who].project, &names, at);
    let is_hidden = can_be_hidden && world.chance.one_in(2);
    if is_hidden {
        record(&world.developers[who].project);
    }
    let is_committed = world.chance.one_in(2);
    world.did(kind);
    world.note(&format!("{expected:?}, hidden {is_hidden}, committed {is_committed}"));
    repo.git(["add", "--all"]);
    check::fails(world, who, &["--staged"], &expected);
    let before = repo.head();
    if is_committed {
        repo.commit_all("slipped in");
    }
    check::fails(world, who, &[], &expected);
    if is_committed {
        push_and_check(world, who, &expected);
    }
    repo.git(["reset", "--quiet", "--hard", &before]);
    repo.git(["clean", "--quiet", "-fd"]);
    check::passes(world, who, &[]);
}

fn edit(project: &Folder, names: &[String], at: usize, file: &str, how: fn(String) -> String) -> Vec<String> {
    let path = format!("migrations/{}/{file}", names[at]);
    let before = project.read(&path);
    let after = how(before.clone());
    assert_ne!(before, after);
    project.write(&path, after);
    vec![names[at].clone()]
}

/// Changes the lines of the lock file that belong to a migration.
fn lines(project: &Folder, name: &str, mut keep: impl FnMut(&str) -> Option<String>) {
    let mark = format!("  {name}/");
    let text: Vec<String> = project
        .read(LOCK)
        .lines()
        .filter_map(|line| if line.contains(&mark) { keep(line) } else { Some(line.to_owned()) })
        .collect();
    project.write(LOCK, text.join("\n") + "\n");
}

fn checksum(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    lines(project, &names[at], |line| {
        let digit = if line.starts_with('0') { '1' } else { '0' };
        Some(format!("{digit}{}", &line[1..]))
    });
    vec![names[at].clone()]
}

fn line_gone(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    lines(project, &names[at], |line| (!line.ends_with("/up.sql")).then(|| line.to_owned()));
    vec![names[at].clone()]
}

fn lines_gone(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    lines(project, &names[at], |_| None);
    vec![names[at].clone()]
}

fn override_without_reason(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    let edited = edit(project, names, at, "up.sql", |text| text + "-- edited\n");
    record(project);
    let text = project.read(LOCK);
    let position = text.lines().take_while(|line| line.starts_with('#')).count();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.insert(position, format!("# override {}", names[at]));
    project.write(LOCK, lines.join("\n") + "\n");
    edited
}

fn file_gone(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    project.remove(&format!("migrations/{}/down.sql", names[at]));
    vec![names[at].clone()]
}

fn folder_gone(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    project.remove(&format!("migrations/{}", names[at]));
    vec![names[at].clone()]
}

fn file_more(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    project.write(&format!("migrations/{}/extra.sql", names[at]), "SELECT 1;\n");
    vec![names[at].clone()]
}

fn another_name(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    project.rename(&format!("migrations/{}", names[at]), &format!("migrations/{}_again", names[at]));
    vec![names[at].clone()]
}

/// Behind all others, with the number that it has.
fn later_version(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    let name = &names[at];
    project.rename(&format!("migrations/{name}"), &format!("migrations/2031{}", &name[4..]));
    vec![name.clone()]
}

/// Two migrations with each other's files.
fn changed_places(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    let (one, other) = (&names[at], &names[(at + 1) % names.len()]);
    let paths = [one, other].map(|name| format!("migrations/{name}"));
    if one == other {
        return another_name(project, names, at);
    }
    project.rename(&paths[0], "migrations/.between");
    project.rename(&paths[1], &paths[0]);
    project.rename("migrations/.between", &paths[1]);
    vec![one.clone(), other.clone()]
}

/// A new migration that sorts before all that is merged.
fn older_migration(project: &Folder, names: &[String], at: usize) -> Vec<String> {
    let new = "2020-01-01-000000-9000_early".to_owned();
    for file in ["up.sql", "down.sql", "operations.toml"] {
        let bytes = project.read_bytes(&format!("migrations/{}/{file}", names[at]));
        project.write(&format!("migrations/{new}/{file}"), bytes);
    }
    vec![new]
}
