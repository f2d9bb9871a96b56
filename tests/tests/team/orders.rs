//! Git's other ways to bring migrations together or apart: reverts and picks of single commits, stashes, branches that are
//! switched while their migrations are applied. Where the command line refuses, what it advises is done, and never `reset`. It
//! must not write migrations by other means than the command line.

use makemigrations_tests::advice;
use makemigrations_tests::command::Finished;
use makemigrations_tests::random::Sketch;

use crate::developer::{Branch, Commit};
use crate::world::World;
use crate::{check, meet, work};

/// So often advice may lead to more of it.
const DEPTH: usize = 6;

/// The branch, when all commits of it stand on one landing, in a line.
fn line(world: &World, who: usize) -> Option<Branch> {
    let branch = world.developers[who].branch.clone()?;
    let is_line = !branch.is_merged_into && !branch.is_by_hand && branch.overrides.is_empty();
    (is_line && branch.commits.iter().all(|commit| commit.base == branch.base)).then_some(branch)
}

/// What the snapshots said before a commit of a branch.
fn before(world: &World, branch: &Branch, at: usize) -> Sketch {
    match at.checked_sub(1) {
        Some(before) => branch.commits[before].sketch.clone(),
        None => world.landings[branch.base].sketch.clone(),
    }
}

/// The commit of a branch of this person with a message.
fn id_of(world: &World, who: usize, tip: &str, message: &str) -> Option<String> {
    let listed = world.developers[who].repo.git(["log", "--format=%H %s", tip]);
    listed
        .lines()
        .find_map(|line| line.split_once(' ').filter(|(_, subject)| *subject == message))
        .map(|(id, _)| id.to_owned())
}

/// One of one's own commits is taken back by `git revert`.
pub(crate) fn revert(world: &mut World, who: usize) -> bool {
    let Some(branch) = line(world, who).filter(|branch| branch.commits.len() > 1) else { return false };
    if branch.is_dirty || branch.wanted != branch.recorded {
        return false;
    }
    let at = world.chance.below(branch.commits.len());
    let commit = branch.commits[at].clone();
    let settled = Sketch::merged(&commit.sketch, &branch.wanted, &before(world, &branch, at));
    let Some(id) = id_of(world, who, "HEAD", &commit.message) else { return false };
    world.note(&format!("{:?}", commit.message));
    single(world, who, &["revert", "--no-edit", &id], settled)
}

/// A commit of somebody else's branch is picked.
pub(crate) fn pick(world: &mut World, who: usize) -> bool {
    let Some(branch) = line(world, who).filter(|branch| !branch.is_dirty && branch.wanted == branch.recorded) else {
        return false;
    };
    let has_same = |other: &usize| {
        let theirs = line(world, *other).filter(|theirs| theirs.base == branch.base && !theirs.commits.is_empty());
        *other != who && theirs.is_some()
    };
    let others: Vec<usize> = (0..world.developers.len()).filter(has_same).collect();
    if others.is_empty() {
        return false;
    }
    let other = world.chance.of(&others);
    let theirs = line(world, other).expect("a branch in a line");
    let at = world.chance.below(theirs.commits.len());
    let commit = theirs.commits[at].clone();
    if branch.commits.iter().any(|own| own.message == commit.message) {
        return false;
    }
    let url = world.developers[other].repo.url();
    world.developers[who].repo.git(["fetch", "--quiet", &url, &theirs.name]);
    let Some(id) = id_of(world, who, "FETCH_HEAD", &commit.message) else { return false };
    let settled = Sketch::merged(&before(world, &theirs, at), &branch.wanted, &commit.sketch);
    world.note(&format!("{:?}", commit.message));
    single(world, who, &["cherry-pick", &id], settled)
}

/// A command of git that makes one commit out of another one.
fn single(world: &mut World, who: usize, command: &[&str], settled: Sketch) -> bool {
    let repo = world.developers[who].repo.clone();
    let (head, names) = (repo.head(), world.developers[who].project.migrations());
    let stopped = repo.try_git(command).code != Some(0);
    if stopped && repo.git(["status", "--porcelain"]).is_empty() && command[0] == "revert" {
        // What it would take back is gone already: git has nothing to commit, and forgets the revert.
        return true;
    }
    if stopped {
        meet::settle(world, who, &settled);
        repo.git(["add", "schema-snapshots"]);
        let done = renumbered(world, who);
        world.developers[who].look();
        if done.code != Some(0) {
            meet::is_for_a_person(world, &done);
            repo.git([command[0], "--abort"]);
            world.run(who, ["rebase", "--abort", "--yes"]).code(0);
            assert_eq!(world.developers[who].project.migrations(), names, "given up");
            return true;
        }
        let next = advice::commands(&done.stderr, "next: ");
        for line in next {
            paste(world, who, &line).code(0);
        }
    }
    let branch = world.developers[who].branch_mut();
    if repo.head() != head {
        let base = branch.base;
        // A revert of a revert is called `Reapply` by newer versions of git.
        let message = repo.git(["log", "-1", "--format=%s"]).trim_end().to_owned();
        branch.commits.push(Commit { message, sketch: settled.clone(), base });
    }
    finish(world, who, settled);
    true
}

/// A migration that is not committed goes into a stash, and comes out of it on top of another one.
pub(crate) fn stash(world: &mut World, who: usize) -> bool {
    let Some(branch) = line(world, who).filter(|branch| !branch.is_dirty && branch.wanted == branch.recorded) else {
        return false;
    };
    if !work::change(world, who) {
        return false;
    }
    work::make(world, who);
    let stashed = world.developers[who].branch().wanted.clone();
    let repo = world.developers[who].repo.clone();
    repo.git(["stash", "--quiet", "--include-untracked"]);
    let is_stashed = !repo.git(["stash", "list"]).is_empty();
    let mine = world.developers[who].branch_mut();
    (mine.wanted, mine.recorded, mine.is_dirty) = (branch.wanted.clone(), branch.wanted.clone(), false);
    work::change(world, who);
    work::complete(world, who);
    let current = world.developers[who].branch().wanted.clone();
    let settled = Sketch::merged(&branch.wanted, &stashed, &current);
    let is_popped = !is_stashed || repo.try_git(["stash", "pop"]).code == Some(0);
    meet::settle(world, who, &settled);
    if !is_popped {
        repo.git(["add", "schema-snapshots"]);
    }
    let done = renumbered(world, who);
    world.developers[who].look();
    if !is_popped {
        repo.git(["stash", "drop", "--quiet"]);
    }
    if done.code != Some(0) {
        meet::is_for_a_person(world, &done);
        repo.git(["reset", "--quiet", "--hard"]);
        repo.git(["clean", "--quiet", "-fd"]);
        return true;
    }
    world.developers[who].branch_mut().is_dirty = true;
    finish(world, who, settled);
    true
}

/// `git pull --rebase --autostash` with a migration that is not committed.
pub(crate) fn autostash(world: &mut World, who: usize) -> bool {
    let Some(branch) = line(world, who).filter(|branch| branch.base < world.newest()) else { return false };
    work::complete(world, who);
    let is_changed = work::change(world, who);
    if is_changed {
        work::make(world, who);
    }
    let newest = world.newest();
    let branch = Branch { commits: world.developers[who].branch().commits.clone(), ..branch };
    let wanted = meet::settled(world, branch.base, &world.developers[who].branch().wanted.clone());
    let repo = world.developers[who].repo.clone();
    repo.git(["fetch", "--quiet"]);
    let mut rebased = repo.try_git(["rebase", "--autostash", "origin/main"]);
    while repo.exists(".git/rebase-merge") {
        let message = repo.git(["log", "-1", "--format=%s", "REBASE_HEAD"]);
        let commit = branch.commits.iter().find(|commit| commit.message == message);
        let commit = commit.unwrap_or_else(|| panic!("`{message}` is no commit of the branch: {:?}", branch.commits));
        meet::settle(world, who, &meet::settled(world, commit.base, &commit.sketch));
        repo.git(["add", "schema-snapshots"]);
        let done = renumbered(world, who);
        world.developers[who].look();
        if done.code != Some(0) {
            meet::is_for_a_person(world, &done);
            repo.git(["rebase", "--abort"]);
            drop(repo.try_git(["stash", "drop", "--quiet"]));
            repo.git(["reset", "--quiet", "--hard"]);
            repo.git(["clean", "--quiet", "-fd"]);
            world.run(who, ["rebase", "--abort", "--yes"]).code(0);
            let last = world.developers[who].branch().commits.last().map(|commit| commit.sketch.clone());
            let sketch = last.unwrap_or_else(|| world.landings[branch.base].sketch.clone());
            let own = world.developers[who].branch_mut();
            (own.wanted, own.recorded, own.is_dirty) = (sketch.clone(), sketch, false);
            advised(world, who, "cargo xtask migrate");
            return true;
        }
        let next = advice::commands(&done.stderr, "next: ");
        for line in next {
            rebased = paste(world, who, &line);
        }
    }
    drop(rebased);
    let is_stuck = !repo.git(["ls-files", "--unmerged"]).is_empty();
    meet::settle(world, who, &wanted);
    if is_stuck {
        repo.git(["add", "schema-snapshots"]);
    }
    let landings = world.landings.clone();
    let own = world.developers[who].branch_mut();
    for commit in &mut own.commits {
        commit.sketch = Sketch::merged(&landings[commit.base].sketch, &commit.sketch, &landings[newest].sketch);
        commit.base = newest;
    }
    own.base = newest;
    meet::restore(world, who);
    let done = renumbered(world, who);
    world.developers[who].look();
    if is_stuck {
        repo.git(["stash", "drop", "--quiet"]);
    }
    if done.code != Some(0) {
        meet::is_for_a_person(world, &done);
        let own = world.own(who);
        repo.git(["reset", "--quiet"]);
        // git has put both sides into it.
        repo.git(["checkout", "--quiet", "HEAD", "--", "migrations/migrations.lock"]);
        let branch = world.developers[who].branch_mut();
        branch.wanted = wanted;
        work::regenerate(world, who, &own);
        work::commit_all(world, who);
        advised(world, who, "cargo xtask migrate");
        check::passes(world, who, &[]);
        return true;
    }
    world.developers[who].branch_mut().is_dirty = true;
    finish(world, who, wanted);
    true
}

/// To main and back with the branch's migrations applied: on each side they are taken back as advised.
pub(crate) fn switch(world: &mut World, who: usize) -> bool {
    let Some(branch) = world.developers[who].branch.clone() else { return false };
    if branch.is_dirty || branch.wanted != branch.recorded {
        return false;
    }
    let repo = world.developers[who].repo.clone();
    repo.checkout("main");
    work::catch_up(world, who);
    advised(world, who, "cargo xtask migrate");
    world.run(who, ["drift"]).code(0);
    repo.checkout(&branch.name);
    advised(world, who, "cargo xtask migrate");
    world.run(who, ["drift"]).code(0);
    world.developers[who].look();
    true
}

fn renumbered(world: &mut World, who: usize) -> Finished {
    without_absent(world, who, &["rebase", "--yes"])
}

/// A command; what is applied and not here any more is taken back first, where it says so.
pub(crate) fn without_absent(world: &mut World, who: usize, command: &[&str]) -> Finished {
    let mut done = world.run(who, command);
    for _ in 0..DEPTH {
        if done.code != Some(1) || !done.stderr.contains("hint: `cargo xtask migrate:down --absent`") {
            break;
        }
        let next = advice::commands(&done.stderr, "hint: ");
        let absent = next.iter().find(|next| next.ends_with(" migrate:down --absent")).expect("it is there");
        world.note(&format!("advised: {absent}"));
        paste(world, who, &format!("{absent} --yes")).code(0);
        world.developers[who].look();
        done = world.run(who, command);
    }
    done
}

/// What the snapshots want more, and the database: in the end it has what the branch has.
fn finish(world: &mut World, who: usize, settled: Sketch) {
    let branch = world.developers[who].branch_mut();
    (branch.wanted, branch.recorded) = (settled.clone(), settled.clone());
    meet::settle(world, who, &settled);
    meet::complete(world, who);
    if !world.developers[who].repo.git(["status", "--porcelain"]).is_empty() {
        work::commit_all(world, who);
    }
    check::passes(world, who, &[]);
    advised(world, who, "cargo xtask migrate");
    world.run(who, ["drift"]).code(0);
    world.developers[who].look();
}

/// A line in this person's shell.
pub(crate) fn paste(world: &mut World, who: usize, line: &str) -> Finished {
    let url = world.developers[who].database.url().to_owned();
    let now = world.next_now(who);
    advice::shell(&world.developers[who].project, line).env("MAKEMIGRATIONS_NOW", now).env("DATABASE_URL", url).run()
}

/// Runs a command; where it is refused, what its hint says, as often as that leads on.
fn advised(world: &mut World, who: usize, line: &str) {
    by_advice(world, who, line, DEPTH);
    world.developers[who].look();
}

fn by_advice(world: &mut World, who: usize, line: &str, depth: usize) {
    let mut last = String::new();
    for _ in 0..DEPTH {
        let said = paste(world, who, line);
        if said.code == Some(0) {
            return;
        }
        assert!(depth > 0, "advice leads nowhere: {line}\n{}", said.stderr);
        said.code(1).stderr_contains("hint: ");
        let next = advice::commands(&said.stderr, "hint: ");
        let next: Vec<_> =
            next.iter().filter(|next| next.starts_with("cargo xtask ") && !next.contains(" reset")).collect();
        // Of a merged one the files are restored; here it is about the branch's own.
        let next = next.iter().find(|next| next.ends_with("migrate:down --absent")).or(next.first());
        let next = next.unwrap_or_else(|| panic!("no command but reset\n{}", said.stderr));
        world.note(&format!("advised: {next}"));
        let consent = if next.contains(" makemigrations") { "" } else { " --yes" };
        last.clone_from(&said.stderr);
        by_advice(world, who, &format!("{next}{consent}"), depth - 1);
    }
    panic!("advice leads nowhere: {line}\n{last}");
}
