//! What is on main is taken back: by a migration more, and, as it must not be, by `git revert` of its migration. It must not
//! land the second.

use makemigrations_tests::random::Sketch;

use crate::world::{World, write};
use crate::{check, land, work};

/// The newest landing that brought migrations and no override, with the one before it.
fn newest_change(world: &World) -> Option<(usize, Vec<String>)> {
    let newest = world.newest();
    (1..=newest).rev().find_map(|index| {
        let (before, after) = (&world.landings[index - 1], &world.landings[index]);
        let new: Vec<_> =
            after.migrations.keys().filter(|name| !before.migrations.contains_key(*name)).cloned().collect();
        (!new.is_empty()).then_some((index, new))
    })
}

/// The snapshots go back, and a new migration does.
pub(crate) fn right(world: &mut World, who: usize) -> bool {
    let Some((index, _)) = newest_change(world) else { return false };
    if world.developers[who].branch.is_some() {
        return false;
    }
    let [before, after] = [index - 1, index].map(|index| world.landings[index].sketch.clone());
    let mut wanted = Sketch::merged(&after, &before, &world.main().sketch);
    if wanted == world.main().sketch {
        return false;
    }
    work::start(world, who);
    let developer = &mut world.developers[who];
    let branch = developer.branch_mut();
    let (files, _) = wanted.snapshots(&branch.recorded);
    (branch.wanted, branch.is_dirty) = (wanted, true);
    write(&developer.project, &files);
    work::complete(world, who);
    land::land_branch(world, who);
    true
}

/// The commits are taken back with their migrations: the check refuses it.
pub(crate) fn wrong(world: &mut World, who: usize) -> bool {
    let Some((index, names)) = newest_change(world) else { return false };
    if world.developers[who].branch.is_some() {
        return false;
    }
    let [before, after] = [index - 1, index].map(|index| world.landings[index].commit.clone());
    work::start(world, who);
    let repo = world.developers[who].repo.clone();
    let patch = repo.git(["diff", "--binary", &after, &before]);
    let patch = if patch.is_empty() { patch } else { patch + "\n" };
    repo.write("target/back.patch", patch);
    let done = repo.try_git(["apply", "--index", "--3way", "target/back.patch"]);
    if done.code == Some(0) {
        repo.commit_all("revert");
        world.note(&names.join(", "));
        check::fails(world, who, &[], &names);
        push_and_check(world, who, &names);
    }
    repo.git(["reset", "--quiet", "--hard"]);
    work::leave(world, who);
    done.code == Some(0)
}

/// Continuous integration sees the same on the merged tree.
pub(crate) fn push_and_check(world: &mut World, who: usize, names: &[String]) {
    let name = world.developers[who].branch().name.clone();
    world.developers[who].repo.git(["push", "--quiet", "--force", "origin", &format!("HEAD:{name}")]);
    let repo = world.queue_repo.clone();
    repo.git(["fetch", "--quiet"]);
    repo.git(["checkout", "--quiet", "--detach", "origin/main"]);
    let merged = repo.try_git(["merge", "--quiet", "--no-ff", "--no-edit", &format!("origin/{name}")]);
    if merged.code == Some(0) {
        let all = world.main().migrations.keys().cloned().collect();
        check::is_failed(&check::in_queue(world, true), names, &world.overrides(who), &all);
    } else {
        repo.git(["merge", "--abort"]);
    }
}
