//! What `check` and `migrate` have to say, from what the test knows. It must not change anything.

use std::collections::BTreeSet;

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::merged::found;

use crate::world::{Override, World};

/// States that a check of somebody's work tree passes, and names what is declared and nothing else.
#[track_caller]
pub(crate) fn passes(world: &mut World, who: usize, arguments: &[&str]) {
    let overrides = world.overrides(who);
    let checked = world.run(who, [&["check"], arguments].concat());
    is_passed(&checked, &overrides);
}

/// States that a check passes.
#[track_caller]
pub(crate) fn is_passed(checked: &Finished, overrides: &[Override]) {
    checked.code(0);
    for over in overrides {
        checked.stderr_contains(&over.migration).stderr_contains(&over.reason);
    }
    let text = format!("{}{}", checked.stdout, checked.stderr);
    let ids = found(&text);
    assert!(ids.is_empty() || !overrides.is_empty(), "invented: {ids:?}\n{text}");
}

/// States that a check of somebody's work tree fails, and names these migrations.
#[track_caller]
pub(crate) fn fails(world: &mut World, who: usize, arguments: &[&str], names: &[String]) {
    let overrides = world.overrides(who);
    let all: BTreeSet<String> = world.landings.last().into_iter().flat_map(|l| l.migrations.keys().cloned()).collect();
    let checked = world.run(who, [&["check"], arguments].concat());
    is_failed(&checked, names, &overrides, &all);
}

/// States that a check fails, and names these migrations; of `all` it names no other that is not declared.
#[track_caller]
pub(crate) fn is_failed(checked: &Finished, names: &[String], overrides: &[Override], all: &BTreeSet<String>) {
    checked.code(1);
    let text = format!("{}{}", checked.stdout, checked.stderr);
    for name in names {
        assert!(text.contains(name.as_str()), "missed: `{name}`\n{text}");
    }
    for line in text.lines().filter(|line| line.starts_with("error[")) {
        // What a finding is about comes first; what it is compared with may be another migration.
        let subject = line.split('`').nth(1).unwrap_or_default();
        let is_known = names.iter().any(|name| subject.contains(name.as_str()))
            || overrides.iter().any(|over| over.migration == subject);
        assert!(is_known || !all.contains(subject), "invented: `{subject}`, and not only {names:?}\n{text}");
    }
}

/// Continuous integration's look at what is checked out in its clone.
#[track_caller]
pub(crate) fn in_queue(world: &World, is_request: bool) -> Finished {
    let command = makemigrations(&world.queue, ["check"]).env("CI", "true");
    if is_request { command.env("GITHUB_BASE_REF", "main").run() } else { command.run() }
}

/// States what `migrate` said: it works, and names what was declared where the database has run another text. Where that is
/// not declared here, on a branch from before, it refuses and names it.
#[track_caller]
pub(crate) fn migrated(world: &mut World, who: usize, migrated: &Finished) {
    let overrides = world.overrides(who);
    let differing = world.developers[who].differing();
    let undeclared: Vec<_> =
        differing.iter().filter(|name| overrides.iter().all(|over| over.migration != **name)).collect();
    if !undeclared.is_empty() {
        migrated.code(1);
        for name in undeclared {
            migrated.stderr_contains(name);
        }
        return world.did("a newer text in a database");
    }
    migrated.code(0);
    world.developers[who].look();
    let differing = world.developers[who].differing();
    let mut is_old = false;
    for over in &overrides {
        if differing.contains(&over.migration) {
            migrated.stderr_contains(&over.migration).stderr_contains(&over.reason);
            is_old = true;
        } else {
            migrated.lacks(&over.reason);
        }
    }
    if is_old {
        world.did("an old text in a database");
    }
}
