//! What a developer does alone: branches, changes, migrations, commits. It must not bring anything from others.

use makemigrations_tests::random::Sketch;

use crate::check;
use crate::developer::{Branch, Commit};
use crate::orders;
use crate::world::{World, flag_arguments, version, write};

/// A branch from the newest main.
pub(crate) fn start(world: &mut World, who: usize) -> bool {
    if world.developers[who].branch.is_some() {
        return false;
    }
    catch_up(world, who);
    branch(world, who);
    true
}

/// A branch from what main was when it was fetched last.
pub(crate) fn start_stale(world: &mut World, who: usize) -> bool {
    let developer = &world.developers[who];
    let base = &world.landings[developer.main];
    let is_behind = developer.main < world.newest();
    // What is applied and not there could not be rolled back from there.
    let fits = developer.applied().iter().all(|applied| base.migrations.keys().any(|name| version(name) == *applied));
    if developer.branch.is_some() || !is_behind || !fits {
        return false;
    }
    branch(world, who);
    true
}

/// Fetches, and brings the local main to what the server has.
pub(crate) fn catch_up(world: &mut World, who: usize) {
    let newest = world.newest();
    let developer = &mut world.developers[who];
    developer.repo.git(["fetch", "--quiet"]);
    developer.repo.git(["merge", "--quiet", "--ff-only", "origin/main"]);
    developer.main = newest;
}

fn branch(world: &mut World, who: usize) {
    let number = world.chance.number() % 100_000;
    let developer = &mut world.developers[who];
    let name = format!("{}-{number}", developer.name);
    developer.repo.branch(&name);
    let sketch = world.landings[developer.main].sketch.clone();
    developer.branch = Some(Branch {
        name,
        base: developer.main,
        recorded: sketch.clone(),
        wanted: sketch,
        commits: Vec::new(),
        is_merged_into: false,
        is_dirty: false,
        overrides: Vec::new(),
        is_by_hand: false,
    });
}

/// One to three changes of the snapshots.
pub(crate) fn change(world: &mut World, who: usize) -> bool {
    let Some(branch) = world.developers[who].branch.clone() else { return false };
    let mut wanted = branch.wanted.clone();
    for _ in 0..=world.chance.below(3) {
        if let Some(edit) = wanted.edit(&mut world.chance, &world.without) {
            world.note(edit);
        }
    }
    want(world, who, wanted)
}

/// A change of what somebody else changes on another branch, or has just brought to main.
pub(crate) fn clash(world: &mut World, who: usize) -> bool {
    let Some(branch) = world.developers[who].branch.clone() else { return false };
    let base = world.landings[branch.base].sketch.clone();
    let others = world.developers.iter().enumerate().filter(|(other, _)| *other != who);
    let mut others: Vec<Sketch> = others.filter_map(|(_, other)| Some(other.branch.as_ref()?.wanted.clone())).collect();
    others.push(world.main().sketch.clone());
    let first = world.chance.below(others.len());
    others.rotate_left(first);
    let mut wanted = branch.wanted.clone();
    let how = others.iter().find_map(|other| wanted.clash(&base, other, &mut world.chance));
    let Some(how) = how else { return false };
    world.note(how);
    want(world, who, wanted)
}

/// Writes the snapshots.
fn want(world: &mut World, who: usize, mut wanted: Sketch) -> bool {
    let developer = &mut world.developers[who];
    let branch = developer.branch_mut();
    if branch.wanted == wanted {
        return false;
    }
    let (files, _) = wanted.snapshots(&branch.recorded);
    (branch.wanted, branch.is_dirty) = (wanted, true);
    write(&developer.project, &files);
    true
}

/// Writes the migrations that are due.
pub(crate) fn make(world: &mut World, who: usize) -> bool {
    let Some(branch) = &world.developers[who].branch else { return false };
    let is_due = branch.wanted != branch.recorded;
    if is_due {
        record(world, who);
    }
    is_due
}

/// Writes the migrations that the snapshots want on top of those that are there.
pub(crate) fn record(world: &mut World, who: usize) {
    let developer = &mut world.developers[who];
    let mut wanted = developer.branch().wanted.clone();
    let (files, flags) = wanted.snapshots(&developer.branch().recorded);
    write(&developer.project, &files);
    let mut arguments = vec!["makemigrations".to_owned(), "--no-input".to_owned(), "--no-renames".to_owned()];
    arguments.extend(flag_arguments(&flags));
    let before = developer.project.migrations();
    world.run(who, &arguments).code(0);
    let developer = &mut world.developers[who];
    let new: Vec<_> = developer.project.migrations().into_iter().filter(|name| !before.contains(name)).collect();
    let branch = developer.branch_mut();
    (branch.recorded, branch.wanted, branch.is_dirty) = (wanted.clone(), wanted, true);
    world.note(&new.join(", "));
}

pub(crate) fn migrate(world: &mut World, who: usize) -> bool {
    let migrated = world.run(who, ["migrate"]);
    check::migrated(world, who, &migrated);
    true
}

/// The database made anew: it runs the texts that are here.
pub(crate) fn reset(world: &mut World, who: usize) -> bool {
    world.run(who, ["reset", "--yes"]).code(0);
    world.developers[who].look();
    assert!(world.developers[who].differing().is_empty());
    true
}

/// Rolls the newest migration back, when it is one's own.
pub(crate) fn down(world: &mut World, who: usize) -> bool {
    let own = world.own(who);
    let newest = world.developers[who].applied().pop().and_then(|version| world.developers[who].named(&version));
    let Some(newest) = newest.filter(|newest| own.contains(newest)) else { return false };
    world.note(&newest);
    world.run(who, ["migrate:down", "--yes", "--force"]).code(0);
    world.developers[who].look();
    true
}

/// Rolls back all of one's own that is applied.
pub(crate) fn all_down(world: &mut World, who: usize) {
    let own = world.own(who);
    let developer = &world.developers[who];
    let applied: Vec<_> = developer.applied().iter().filter_map(|version| developer.named(version)).collect();
    let count = applied.iter().filter(|name| own.contains(name)).count();
    if count > 0 {
        let merged = applied.iter().rev().find(|name| !own.contains(name)).expect("the first migration is merged");
        let merged = merged.clone();
        orders::without_absent(world, who, &["migrate:down", "--to", &merged, "--yes", "--force"]).code(0);
        world.developers[who].look();
    }
}

pub(crate) fn commit(world: &mut World, who: usize) -> bool {
    let is_dirty = world.developers[who].branch.as_ref().is_some_and(|branch| branch.is_dirty);
    if is_dirty {
        commit_all(world, who);
    }
    is_dirty
}

/// Commits everything; what is staged passes, as the hook wants it, when the migrations are there.
pub(crate) fn commit_all(world: &mut World, who: usize) {
    let is_hooked = world.chance.one_in(2);
    let developer = &mut world.developers[who];
    developer.repo.git(["add", "--all"]);
    let is_recorded = developer.branch().wanted == developer.branch().recorded;
    if is_hooked && is_recorded {
        check::passes(world, who, &["--staged"]);
    }
    let developer = &mut world.developers[who];
    let branch = developer.branch_mut();
    let message = format!("{} {}", branch.name, branch.commits.len() + 1);
    branch.commits.push(Commit { message: message.clone(), sketch: branch.wanted.clone(), base: branch.base });
    branch.is_dirty = false;
    developer.repo.commit_all(&message);
}

/// Everything has its migration and is committed.
pub(crate) fn complete(world: &mut World, who: usize) {
    make(world, who);
    commit(world, who);
}

/// A second thought: back, delete, generate.
pub(crate) fn again(world: &mut World, who: usize) -> bool {
    let own = world.own(who);
    let is_possible = world.developers[who].branch.as_ref().is_some_and(|branch| !branch.is_by_hand);
    if own.is_empty() || !is_possible {
        return false;
    }
    all_down(world, who);
    regenerate(world, who, &own);
    true
}

/// Deletes one's own migrations and writes them from the snapshots.
pub(crate) fn regenerate(world: &mut World, who: usize, own: &[String]) {
    let developer = &mut world.developers[who];
    own.iter().for_each(|name| developer.project.remove(&format!("migrations/{name}")));
    let base = developer.branch().base;
    let sketch = world.landings[base].sketch.clone();
    let branch = world.developers[who].branch_mut();
    (branch.recorded, branch.is_by_hand, branch.is_dirty) = (sketch, false, true);
    record(world, who);
}

/// SQL of one's own, which has to be sealed.
pub(crate) fn by_hand(world: &mut World, who: usize) -> bool {
    let is_ready = world.developers[who].branch.as_ref().is_some_and(|branch| branch.wanted == branch.recorded);
    if !is_ready {
        return false;
    }
    world.run(who, ["makemigrations", "--empty", "--name", "by_hand"]).code(0);
    let name = world.own(who).pop().expect("it was written just now");
    let developer = &mut world.developers[who];
    developer.project.append(&format!("migrations/{name}/up.sql"), "SELECT 1;\n");
    let branch = developer.branch_mut();
    (branch.is_by_hand, branch.is_dirty) = (true, true);
    world.note(&name);
    check::fails(world, who, &[], &[name]);
    world.run(who, ["seal"]).code(0);
    check::passes(world, who, &[]);
    true
}

pub(crate) fn squash(world: &mut World, who: usize) -> bool {
    let own = world.own(who);
    let is_ready = world.developers[who].branch.as_ref().is_some_and(|branch| branch.wanted == branch.recorded);
    if own.len() < 2 || !is_ready {
        return false;
    }
    let squashed = world.run(who, ["squash", "--yes"]);
    world.developers[who].look();
    let is_by_hand = world.developers[who].branch().is_by_hand;
    if is_by_hand && squashed.code == Some(1) {
        squashed.stderr_contains("hint:");
        return true;
    }
    squashed.code(0);
    world.developers[who].branch_mut().is_dirty = true;
    world.note(&format!("{} -> {}", own.len(), world.own(who).join(", ")));
    check::passes(world, who, &[]);
    true
}

/// The branch comes to nothing; its migrations are rolled back first.
pub(crate) fn abandon(world: &mut World, who: usize) -> bool {
    if world.developers[who].branch.is_none() {
        return false;
    }
    all_down(world, who);
    leave(world, who);
    true
}

/// Forgets the branch, and is on the newest main.
pub(crate) fn leave(world: &mut World, who: usize) {
    let developer = &mut world.developers[who];
    let branch = developer.branch.take().expect("a branch");
    developer.repo.git(["reset", "--quiet", "--hard"]);
    developer.repo.git(["clean", "--quiet", "-fd"]);
    developer.repo.checkout("main");
    developer.repo.git(["branch", "--quiet", "-D", &branch.name]);
    catch_up(world, who);
}
