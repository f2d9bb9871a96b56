//! The merge queue: only what passes on top of main lands. It must not settle conflicts: developers do.

use std::collections::BTreeSet;

use crate::world::{Landing, World, files_of};
use crate::{check, meet, work};

/// How a branch comes to main.
#[derive(Clone, Copy)]
enum LandingMethod {
    Merge,
    Squash,
    Rebase,
    /// All commits of the branch, as they are.
    FastForward,
}

pub(crate) fn land(world: &mut World, who: usize) -> bool {
    if world.developers[who].branch.is_none() {
        return false;
    }
    work::complete(world, who);
    if world.developers[who].branch().commits.is_empty() {
        return false;
    }
    land_branch(world, who);
    true
}

/// Brings a branch to main; when it is not ready, its developer brings main to it first.
pub(crate) fn land_branch(world: &mut World, who: usize) {
    if !enqueue(world, who) {
        world.did("not up to date for the queue");
        meet::any(world, who);
        assert!(enqueue(world, who), "a branch on top of main does not land");
    }
}

/// Whether it landed.
fn enqueue(world: &mut World, who: usize) -> bool {
    let branch = world.developers[who].branch().clone();
    let own = world.own(who);
    let name = branch.name.as_str();
    world.developers[who].repo.git(["push", "--quiet", "--force", "origin", name]);
    let repo = world.queue_repo.clone();
    repo.git(["fetch", "--quiet"]);
    repo.git(["checkout", "--quiet", "--detach", "origin/main"]);
    let theirs =
        world.main().migrations.keys().filter(|name| !world.landings[branch.base].migrations.contains_key(*name));
    // Who has picked their commit has the same migration.
    let has_both = theirs.count() > 0 && own.iter().any(|name| !world.main().migrations.contains_key(name));
    let remote = format!("origin/{name}");
    let merged = repo.try_git(["merge", "--quiet", "--no-ff", "--no-edit", &remote]);
    if merged.code != Some(0) {
        assert!(branch.base < world.newest(), "{}{}", merged.stdout, merged.stderr);
        repo.git(["merge", "--abort"]);
        return false;
    }
    assert!(!has_both, "two branches with migrations of their own were merged without a conflict");
    let checked = check::in_queue(world, true);
    let mut overrides = world.main().overrides.clone();
    overrides.extend(branch.overrides.iter().cloned());
    check::is_passed(&checked, &overrides);
    let ways = if branch.is_merged_into {
        [LandingMethod::Merge, LandingMethod::Squash, LandingMethod::Merge, LandingMethod::Squash]
    } else {
        [LandingMethod::Merge, LandingMethod::Squash, LandingMethod::Rebase, LandingMethod::FastForward]
    };
    let way = world.chance.of(&ways);
    push(world, way, &remote);
    // A branch that is behind has only one of the two.
    let sketch =
        if branch.wanted == world.landings[branch.base].sketch { world.main().sketch.clone() } else { branch.wanted };
    repo.git(["fetch", "--quiet"]);
    repo.git(["checkout", "--quiet", "-B", "main", "origin/main"]);
    let landing = Landing { commit: repo.head(), sketch, migrations: files_of(&world.queue), overrides };
    is_sound(world, &landing);
    world.landings.push(landing);
    world.note(&format!("landed {}", own.join(", ")));
    work::leave(world, who);
    true
}

/// Puts what is checked out on main.
fn push(world: &mut World, way: LandingMethod, remote: &str) {
    let repo = world.queue_repo.clone();
    let mut done = "merge commit";
    match way {
        LandingMethod::Merge => {}
        LandingMethod::Squash => {
            repo.git(["checkout", "--quiet", "--detach", "origin/main"]);
            repo.git(["merge", "--quiet", "--squash", remote]);
            repo.commit_all("squashed");
            done = "squash merge";
        }
        LandingMethod::FastForward => {
            let merged = repo.head();
            let is_on_top = repo.try_git(["merge-base", "--is-ancestor", "origin/main", remote]).code == Some(0);
            repo.git(["checkout", "--quiet", "--detach", remote]);
            if is_on_top && only_adds(world) {
                done = "fast-forward";
            } else {
                repo.git(["checkout", "--quiet", "--detach", &merged]);
            }
        }
        LandingMethod::Rebase => {
            let merged = repo.head();
            repo.git(["checkout", "--quiet", "--detach", remote]);
            let is_rebased = repo.try_git(["rebase", "--quiet", "origin/main"]).code == Some(0);
            if is_rebased && only_adds(world) {
                done = "rebase merge";
            } else {
                if !is_rebased {
                    repo.git(["rebase", "--abort"]);
                }
                repo.git(["checkout", "--quiet", "--detach", &merged]);
            }
        }
    }
    world.did(done);
    repo.git(["push", "--quiet", "origin", "HEAD:main"]);
}

/// Whether no commit takes back a migration of the one before: main would have had it for one commit, so that it cannot go
/// any more, and such a branch is merged or squashed.
fn only_adds(world: &World) -> bool {
    let repo = &world.queue_repo;
    let commits = repo.git(["rev-list", "--reverse", "origin/main..HEAD"]);
    let files = |commit: &str| -> BTreeSet<String> {
        let listed = repo.git(["ls-tree", "-r", commit, "--", "migrations"]);
        listed.lines().filter(|line| !line.ends_with("migrations.lock")).map(str::to_owned).collect()
    };
    let all: Vec<_> = commits.lines().map(files).collect();
    all.windows(2).all(|pair| pair[0].is_subset(&pair[1]))
}

/// Main passes its own check, and nothing of it has changed that was not declared.
fn is_sound(world: &World, new: &Landing) {
    check::is_passed(&check::in_queue(world, false), &new.overrides);
    for (name, files) in &world.main().migrations {
        let is_declared = new.overrides.iter().any(|over| over.migration == *name);
        assert!(is_declared || new.migrations.get(name) == Some(files), "`{name}` has changed on main");
    }
}
