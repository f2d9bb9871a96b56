//! Main comes to a branch: by merge or rebase, with conflicts that a person settles. It must not write migrations by other
//! means than the command line.

use makemigrations_tests::advice;
use makemigrations_tests::command::Finished;
use makemigrations_tests::random::Sketch;

use crate::world::{World, version, write};
use crate::{check, orders, work};

/// What settles the migrations in the middle of a merge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MergeMethod {
    Rebase,
    Prove,
}

pub(crate) fn merge(world: &mut World, who: usize) -> bool {
    is_behind(world, who) && with_all_committed(world, who, |world, who| by_merge(world, who, MergeMethod::Rebase))
}

pub(crate) fn prove(world: &mut World, who: usize) -> bool {
    is_behind(world, who) && with_all_committed(world, who, |world, who| by_merge(world, who, MergeMethod::Prove))
}

pub(crate) fn rebase(world: &mut World, who: usize) -> bool {
    let is_line = world.developers[who].branch.as_ref().is_some_and(|branch| !branch.is_merged_into);
    is_line && is_behind(world, who) && with_all_committed(world, who, by_rebase)
}

/// One of the ways.
pub(crate) fn any(world: &mut World, who: usize) {
    let ways = [merge, prove, rebase, rebase];
    let first = world.chance.of(&ways);
    assert!(first(world, who) || merge(world, who), "main is newer than the branch");
}

fn is_behind(world: &World, who: usize) -> bool {
    world.developers[who].branch.as_ref().is_some_and(|branch| branch.base < world.newest())
}

fn with_all_committed(world: &mut World, who: usize, act: fn(&mut World, usize)) -> bool {
    work::complete(world, who);
    act(world, who);
    true
}

/// What a branch and the newest main want together.
pub(crate) fn settled(world: &World, base: usize, mine: &Sketch) -> Sketch {
    Sketch::merged(&world.landings[base].sketch, mine, &world.main().sketch)
}

fn by_merge(world: &mut World, who: usize, way: MergeMethod) {
    let newest = world.newest();
    let branch = world.developers[who].branch().clone();
    let own = world.own(who);
    let repo = world.developers[who].repo.clone();
    let settled = settled(world, branch.base, &branch.wanted);
    repo.git(["fetch", "--quiet"]);
    let merged = repo.try_git(["merge", "--no-edit", "origin/main"]);
    if merged.code == Some(0) {
        let branch = world.developers[who].branch_mut();
        (branch.base, branch.wanted, branch.recorded, branch.is_merged_into) = (newest, settled.clone(), settled, true);
        check::passes(world, who, &[]);
        return;
    }
    assert!(!repo.git(["ls-files", "--unmerged"]).is_empty(), "{}{}", merged.stdout, merged.stderr);
    conflicts(world, who);
    let moved = applied(world, who, &own);
    let is_first = world.chance.one_in(2);
    if is_first {
        settle(world, who, &settled);
    }
    let mut done =
        world.run(who, if way == MergeMethod::Prove { ["makemigrations", "--merge"] } else { ["rebase", "--yes"] });
    if way == MergeMethod::Prove {
        if done.code == Some(0) {
            world.note("proven");
        } else {
            done.code(1);
            world.note("not proven");
            done = world.run(who, ["rebase", "--yes"]);
        }
    }
    if !is_first {
        settle(world, who, &settled);
        if done.code != Some(0) {
            done = world.run(who, ["rebase", "--yes"]);
        }
    }
    world.developers[who].look();
    if done.code != Some(0) {
        is_for_a_person(world, &done);
        // What was settled so far would be in the way of `git merge --abort`.
        repo.git(["reset", "--quiet", "--hard"]);
        repo.git(["clean", "--quiet", "-fd"]);
        return start_over(world, who, settled);
    }
    if moved {
        world.did("moved applied migrations");
    }
    let branch = world.developers[who].branch_mut();
    (branch.base, branch.is_merged_into) = (newest, true);
    (branch.wanted, branch.recorded) = (settled.clone(), settled);
    complete(world, who);
    repo.git(["add", "--all"]);
    check::passes(world, who, &["--staged"]);
    repo.git(["commit", "--quiet", "--no-edit"]);
    world.developers[who].branch_mut().is_dirty = false;
}

/// Git stops at each commit that conflicts.
fn by_rebase(world: &mut World, who: usize) {
    let newest = world.newest();
    let branch = world.developers[who].branch().clone();
    let own = world.own(who);
    let moved = applied(world, who, &own);
    let repo = world.developers[who].repo.clone();
    repo.git(["fetch", "--quiet"]);
    let mut rebased = repo.try_git(["rebase", "origin/main"]);
    let mut is_stopped = false;
    while rebased.code != Some(0) {
        let message = repo.git(["log", "-1", "--format=%s", "REBASE_HEAD"]);
        let commit = branch.commits.iter().find(|commit| commit.message == message);
        let commit = commit.unwrap_or_else(|| panic!("`{message}` is no commit of the branch: {:?}", branch.commits));
        let settled = settled(world, commit.base, &commit.sketch);
        conflicts(world, who);
        settle(world, who, &settled);
        let done = world.run(who, ["rebase", "--yes"]);
        world.developers[who].look();
        if done.code != Some(0) {
            is_for_a_person(world, &done);
            repo.git(["rebase", "--abort"]);
            return start_over(world, who, self::settled(world, branch.base, &branch.wanted));
        }
        is_stopped = true;
        repo.git(["add", "--all"]);
        let is_empty = repo.try_git(["diff", "--cached", "--quiet", "HEAD"]).code == Some(0);
        rebased = repo.try_git(["rebase", if is_empty { "--skip" } else { "--continue" }]);
    }
    if moved && is_stopped {
        world.did("moved applied migrations");
    }
    let wanted = settled(world, branch.base, &branch.wanted);
    let landings = world.landings.clone();
    let developer = &mut world.developers[who];
    let branch = developer.branch_mut();
    for commit in &mut branch.commits {
        commit.sketch = Sketch::merged(&landings[commit.base].sketch, &commit.sketch, &landings[newest].sketch);
        commit.base = newest;
    }
    branch.base = newest;
    (branch.wanted, branch.recorded) = (wanted.clone(), wanted.clone());
    settle(world, who, &wanted);
    restore(world, who);
    complete(world, who);
    if !repo.git(["status", "--porcelain"]).is_empty() {
        work::commit_all(world, who);
    }
    check::passes(world, who, &[]);
}

/// Somebody has picked a commit of the branch to main, and a later one has made the same migration anew: git drops the first and
/// plays the second, which deletes what is merged.
pub(crate) fn restore(world: &mut World, who: usize) {
    let checked = world.run(who, ["check"]);
    if !checked.stderr.contains("was removed; it is merged into") {
        return;
    }
    world.did("brought back what git has deleted");
    let advice = advice::commands(&checked.stderr, "restore it: ");
    let command = advice.iter().find(|command| command.starts_with("git ")).expect("a command of git");
    orders::paste(world, who, command).code(0);
    world.run(who, ["rebase", "--yes"]).code(0);
    world.developers[who].look();
}

/// The lock file conflicts wherever both sides have migrations; snapshots do where they meet.
fn conflicts(world: &mut World, who: usize) {
    let unmerged = world.developers[who].repo.git(["diff", "--name-only", "--diff-filter=U"]);
    if unmerged.contains("migrations.lock") {
        world.did("conflict in the lock file");
    }
    if unmerged.contains("schema-snapshots") {
        world.did("conflict in the snapshots");
    }
    assert!(!unmerged.is_empty());
}

/// Takes both, as a person does.
pub(crate) fn settle(world: &World, who: usize, settled: &Sketch) {
    let mut settled = settled.clone();
    let (files, _) = settled.snapshots(&world.main().sketch);
    write(&world.developers[who].project, &files);
}

/// Whether one of these migrations is applied.
fn applied(world: &World, who: usize, own: &[String]) -> bool {
    let applied = world.developers[who].applied();
    own.iter().any(|name| applied.contains(&version(name)))
}

/// Where the tool says that it cannot go on alone.
pub(crate) fn is_for_a_person(world: &mut World, done: &Finished) {
    world.note(done.stderr.trim());
    done.stderr_contains("hint:");
    let is_known = ["in conflict: ", " to be answered first", "cannot be written anew", "written by hand"]
        .iter()
        .any(|text| done.stderr.contains(text));
    assert!(is_known, "{}", done.stderr);
    world.did("left to a person");
}

/// What the snapshots still want, when the migrations that moved are not all of it: everything of one's own is written
/// from the snapshots.
pub(crate) fn complete(world: &mut World, who: usize) {
    let checked = world.run(who, ["makemigrations", "--check", "--no-input"]);
    if checked.code == Some(0) {
        return;
    }
    world.did("snapshots wanted more");
    let own = world.own(who);
    work::all_down(world, who);
    work::regenerate(world, who, &own);
}

/// Deletes one's own migrations before the merge, and writes them after it.
fn start_over(world: &mut World, who: usize, settled: Sketch) {
    let own = world.own(who);
    work::all_down(world, who);
    let newest = world.newest();
    let merged = world.landings[world.developers[who].branch().base].commit.clone();
    let developer = &mut world.developers[who];
    own.iter().for_each(|name| developer.project.remove(&format!("migrations/{name}")));
    let repo = developer.repo.clone();
    repo.git(["checkout", "--quiet", &merged, "--", "migrations", "schema-snapshots"]);
    repo.commit_all("start over");
    let again = repo.try_git(["merge", "--no-edit", "origin/main"]);
    again.code(0);
    let main = world.main().sketch.clone();
    let branch = world.developers[who].branch_mut();
    (branch.base, branch.is_merged_into, branch.is_by_hand) = (newest, true, false);
    (branch.wanted, branch.recorded) = (settled, main);
    work::record(world, who);
    work::commit_all(world, who);
    check::passes(world, who, &[]);
}
