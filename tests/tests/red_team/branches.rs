//! Branches, merges, rebases and refs: where an edit hides, and where honest work looks like one. It must not run in
//! continuous integration: that is the topic of `ci`.

use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::{LOCK, Merged};

use super::{fails, passes, run, warns};

#[test]
fn branches() {
    run(vec![
        fails("the local main moved to the edit", &["M014"], |m| {
            recorded_edit(m);
            m.git(["branch", "--quiet", "--force", "main", "HEAD"]);
            more(m);
            m.check()
        }),
        fails("a tag of the remote branch's name", &["M014"], |m| {
            recorded_edit(m);
            m.git(["tag", "origin/main"]);
            m.git(["tag", "origin/HEAD"]);
            more(m);
            m.check()
        }),
        fails("a tag of the local branch's name", &["M014"], |m| {
            only_local(m);
            recorded_edit(m);
            m.git(["tag", "main"]);
            more(m);
            m.check()
        }),
        fails("a local branch of the remote branch's name", &["M014"], |m| {
            recorded_edit(m);
            m.git(["branch", "origin/main"]);
            m.git(["branch", "origin/HEAD"]);
            more(m);
            m.check()
        }),
        fails("a local branch called HEAD", &["M014"], |m| {
            recorded_edit(m);
            m.git(["update-ref", "refs/heads/HEAD", "main"]);
            more(m);
            m.check()
        }),
        fails("without a remote", &["M014"], |m| {
            only_local(m);
            recorded_edit(m);
            m.check()
        }),
        fails("the default branch has another name", &["M014"], |m| {
            m.git(["branch", "--quiet", "--move", "main", "trunk"]);
            m.git(["update-ref", "refs/remotes/origin/trunk", "trunk"]);
            m.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk"]);
            m.git(["update-ref", "-d", "refs/remotes/origin/main"]);
            recorded_edit(m);
            m.check()
        }),
        fails("origin/HEAD is not there", &["M014"], |m| {
            m.git(["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
            recorded_edit(m);
            m.check()
        }),
        fails("the default branch is master", &["M014"], |m| {
            m.git(["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
            m.git(["update-ref", "refs/remotes/origin/master", "main"]);
            m.git(["update-ref", "-d", "refs/remotes/origin/main"]);
            m.git(["branch", "--quiet", "--move", "main", "master"]);
            recorded_edit(m);
            m.check()
        }),
        fails("an edit in a merge commit", &["M014"], |m| {
            main_moves(m);
            m.try_git(["merge", "--quiet", "--no-commit", "main"]).code(0);
            m.edit(&m.first("up.sql"));
            m.record();
            m.commit_all("merge");
            m.check()
        }),
        fails("main merged as if nothing had been there", &["M002"], |m| {
            // The branch removed a migration, and the merge keeps it so.
            m.remove(&m.merged(2));
            m.record();
            m.commit_all("remove");
            main_moves(m);
            m.git(["merge", "--quiet", "--no-edit", "--strategy-option=ours", "main"]);
            m.check()
        }),
        fails("main merged with the strategy ours", &["M002"], |m| {
            main_gets_a_migration(m);
            m.git(["merge", "--quiet", "--no-edit", "--strategy=ours", "main"]);
            m.check()
        }),
        fails("an edit merged from another branch", &["M014"], |m| {
            m.git(["checkout", "--quiet", "-b", "side", "main"]);
            recorded_edit(m);
            m.checkout("feature");
            m.try_git(["merge", "--quiet", "--no-commit", "side"]).code(0);
            m.record();
            m.commit_all("merge");
            m.check()
        }),
        fails("an edit in a squashed branch", &["M014"], |m| {
            recorded_edit(m);
            m.git(["reset", "--quiet", "--soft", "main"]);
            m.commit_all("all at once");
            m.check()
        }),
        fails("an edit picked onto main", &["M014"], |m| {
            recorded_edit(m);
            m.git(["checkout", "--quiet", "-b", "picked", "main"]);
            m.git(["checkout", "--quiet", "feature", "--", "."]);
            m.commit_all("picked");
            m.check()
        }),
        fails("an edit after a rebase", &["M014"], |m| {
            recorded_edit(m);
            main_moves(m);
            m.git(["rebase", "--quiet", "main"]);
            m.check()
        }),
        fails("an edit on a detached HEAD", &["M014"], |m| {
            recorded_edit(m);
            m.git(["checkout", "--quiet", "--detach"]);
            m.check()
        }),
        fails("an edit in a branch that is behind", &["M014"], |m| {
            main_moves(m);
            recorded_edit(m);
            m.check()
        }),
        fails("an edit committed on main", &["M014"], |m| {
            m.checkout("main");
            recorded_edit(m);
            m.check()
        }),
        fails("an edit committed on main and pushed", &["M014"], |m| {
            m.checkout("main");
            recorded_edit(m);
            m.push_main();
            m.check()
        }),
        fails("an edit committed on main without a remote", &["M014"], |m| {
            only_local(m);
            m.checkout("main");
            recorded_edit(m);
            m.check()
        }),
        fails("an edit merged into main", &["M014"], |m| {
            recorded_edit(m);
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.check()
        }),
        fails("an edit merged into main, looked at without a branch", &["M014"], |m| {
            recorded_edit(m);
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.git(["checkout", "--quiet", "--detach"]);
            m.check()
        }),
        fails("an edit on main that is not committed", &["M001"], |m| {
            m.checkout("main");
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        fails("an edit of what the newest commit on main brought", &["M014"], |m| {
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.branch("next");
            m.edit(&m.own("up.sql"));
            m.replace(&m.own("operations.toml"), "dialect = \"sqlite\"\n", "dialect = \"sqlite\"\nmanual = true\n");
            m.record();
            m.check()
        }),
        fails("an edit on a new branch that is not committed", &["M014"], |m| {
            m.git(["checkout", "--quiet", "-b", "side", "main"]);
            m.edit(&m.newest("up.sql"));
            m.record();
            m.check()
        }),
        fails("an edit on main without a branch that is not committed", &["M014"], |m| {
            m.git(["checkout", "--quiet", "--detach", "main"]);
            m.edit(&m.newest("up.sql"));
            m.record();
            m.check()
        }),
        fails("an edit of what was pushed to main last", &["M014"], |m| {
            m.checkout("main");
            m.edit(&m.newest("up.sql"));
            m.record();
            m.check()
        }),
        fails("a merged migration reverted", &["M002"], |m| {
            m.git(["checkout", "--quiet", "-b", "side", "main"]);
            m.git(["revert", "--no-edit", "main"]);
            m.check()
        }),
        fails("an edit where main has lost its lock file", &["M014"], |m| {
            main_loses_its_lock_file(m);
            m.edit(&m.newest("up.sql"));
            m.record();
            m.check()
        }),
        passes("main has lost its lock file, and the branch brings it back", |m| {
            main_loses_its_lock_file(m);
            m.check()
        }),
        passes("the newest migration of a main that is nowhere else made anew", |m| {
            only_local(m);
            m.checkout("main");
            m.remove(&m.merged(2));
            m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
            m.tool(&["makemigrations", "--no-input", "--name", "ticket_ticket_titled"]);
            assert!(m.exists(&m.merged(2)));
            m.check()
        }),
        warns("the first commit is about to be made", &["M019"], |m| {
            m.remove(".git");
            m.git(["init", "--quiet", "--initial-branch=main"]);
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        passes("a project without migrations", |m| {
            m.checkout("main");
            m.remove("migrations");
            m.write("schema-snapshots/ticket.toml", "format = 1\n");
            m.git(["add", "--all"]);
            let tree = m.git(["write-tree"]);
            let commit = m.git(["commit-tree", &tree, "-m", "start"]);
            m.git(["reset", "--quiet", "--hard", &commit]);
            m.push_main();
            m.branch("side");
            more(m);
            m.check()
        }),
        fails("an edit in a worktree", &["M014"], |m| {
            let worktree = m.worktree("side");
            worktree.append(&m.first("up.sql"), "-- edited\n");
            let text = worktree.read(LOCK);
            m.edit(&m.first("up.sql"));
            m.record();
            worktree.write(LOCK, m.read(LOCK));
            assert_ne!(worktree.read(LOCK), text);
            m.git(["checkout", "--quiet", "--", "."]);
            m.check().inside(&worktree)
        }),
        fails("history on main rewritten, the branch has the old one", &["M001"], |m| {
            m.checkout("main");
            m.edit(&m.newest("up.sql"));
            m.record();
            m.git(["commit", "--quiet", "--all", "--amend", "--no-edit"]);
            m.push_main();
            m.checkout("feature");
            m.check()
        }),
        fails("history of the branch rewritten from the start", &["M001", "M019"], |m| {
            // The same names with other content, from no commit of main's.
            m.git(["checkout", "--quiet", "--orphan", "again"]);
            recorded_edit(m);
            m.check()
        }),
        warns("history of the branch rewritten from the start, with an override", &["M014", "M019"], |m| {
            let name = m.names().next().unwrap().to_owned();
            m.edit(&m.first("up.sql"));
            m.tool(&["seal", &name, "--override", "--reason", "ticket 4711"]);
            m.git(["checkout", "--quiet", "--orphan", "again"]);
            m.commit_all("again");
            m.check()
        }),
        fails("a merged migration rewritten before the branch begins", &["M001"], |m| {
            m.git(["checkout", "--quiet", "-b", "rewritten", "main~1"]);
            m.git(["checkout", "--quiet", "main", "--", "."]);
            m.edit(&m.newest("up.sql"));
            m.record();
            m.commit_all("rewritten");
            m.check()
        }),
        fails("a migration picked from main and edited", &["M001"], |m| {
            m.git(["reset", "--quiet", "--hard", "main"]);
            main_gets_a_migration(m);
            m.git(["reset", "--quiet", "--hard", "main~1"]);
            m.commit_all("work");
            m.git(["cherry-pick", "main"]);
            let name = makemigrations_tests::project::Project::at(m).migrations().pop().unwrap();
            m.edit(&format!("migrations/{name}/up.sql"));
            m.record();
            m.commit_all("edit");
            m.check()
        }),
        fails("an edit between two merges of main", &["M014"], |m| {
            main_moves(m);
            m.merge("main");
            recorded_edit(m);
            main_moves(m);
            m.merge("main");
            m.check()
        }),
        fails("an edit where branch and main merged each other", &["M014"], |m| {
            criss_cross(m);
            recorded_edit(m);
            m.check()
        }),
        passes("branch and main merged each other", |m| {
            criss_cross(m);
            m.check()
        }),
        passes("a branch without anything of its own", |m| {
            m.git(["checkout", "--quiet", "-b", "side", "main"]);
            m.check()
        }),
        passes("a branch that is merely behind", |m| {
            main_moves(m);
            m.check()
        }),
        passes("a branch behind a migration on main", |m| {
            main_gets_a_migration(m);
            m.check()
        }),
        passes("main merged into the branch", |m| {
            main_moves(m);
            m.merge("main");
            m.check()
        }),
        passes("main with a migration merged into a branch without one", |m| {
            m.git(["reset", "--quiet", "--hard", "main"]);
            more(m);
            main_gets_a_migration(m);
            m.merge("main");
            m.check()
        }),
        passes("a migration picked from main", |m| {
            m.git(["reset", "--quiet", "--hard", "main"]);
            more(m);
            main_gets_a_migration(m);
            m.git(["cherry-pick", "main"]);
            m.check()
        }),
        passes("the branch rebased on main", |m| {
            main_moves(m);
            m.git(["rebase", "--quiet", "main"]);
            m.check()
        }),
        passes("the branch renamed", |m| {
            m.git(["branch", "--quiet", "--move", "wip/other-name"]);
            m.check()
        }),
        passes("tags, with and without a text", |m| {
            m.git(["tag", "v1", "main~1"]);
            m.git(["tag", "--annotate", "--message", "second", "v2", "main"]);
            m.check()
        }),
        passes("an annotated tag as base", |m| {
            m.git(["tag", "--annotate", "--message", "second", "v2", "main"]);
            m.settings("base = \"v2\"\n");
            m.check()
        }),
        passes("a detached HEAD", |m| {
            m.git(["checkout", "--quiet", "--detach"]);
            m.check()
        }),
        passes("main", |m| {
            m.checkout("main");
            m.check()
        }),
        passes("main after the branch was merged", |m| {
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.check()
        }),
        passes("main after the branch was squashed", |m| {
            m.checkout("main");
            m.git(["merge", "--quiet", "--squash", "feature"]);
            m.commit_all("squashed");
            m.push_main();
            m.checkout("feature");
            m.check()
        }),
        passes("main ahead of its remote", |m| {
            m.checkout("main");
            more(m);
            m.merge("feature");
            m.check()
        }),
        passes("a worktree", |m| m.check().inside(&m.worktree("side"))),
        passes("a worktree of a detached commit", |m| {
            let worktree = m.worktree("side");
            worktree.git(["checkout", "--quiet", "--detach"]);
            m.check().inside(&worktree)
        }),
        passes("a folder inside the project", |m| m.check().inside(&m.folder("src/deep"))),
        passes("the migrations folder", |m| m.check().inside(&m.folder("migrations"))),
        passes("without a remote, honest", |m| {
            only_local(m);
            m.check()
        }),
        passes("the first commit", |m| {
            first_commit(m);
            m.check()
        }),
        passes("the first commit, two branches", |m| {
            first_commit(m);
            m.branch("work");
            m.check()
        }),
        warns("no commit yet", &["M019"], |m| {
            m.remove(".git");
            m.git(["init", "--quiet", "--initial-branch=main"]);
            m.check()
        }),
        warns("no git", &["M019"], |m| {
            m.remove(".git");
            m.check()
        }),
        fails("no git, and an edit", &["M001", "M019"], |m| {
            m.remove(".git");
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        warns("nothing to compare with", &["M019"], |m| {
            m.forget_main();
            m.check()
        }),
        warns("no common history", &["M019"], |m| {
            m.git(["checkout", "--quiet", "--orphan", "again"]);
            m.commit_all("again");
            m.check()
        }),
        warns("a shallow clone", &["M019"], |m| {
            let clone = m.clone_feature(&["--depth=1"]);
            m.check().inside(&clone)
        }),
        fails("a shallow clone, and an edit", &["M001", "M019"], |m| {
            let clone = m.clone_feature(&["--depth=1"]);
            clone.append(&m.first("up.sql"), "-- edited\n");
            m.check().inside(&clone)
        }),
        passes("a clone without blobs", |m| {
            m.config("uploadpack.allowFilter", "true");
            m.config("uploadpack.allowAnySHA1InWant", "true");
            let clone = m.clone_feature(&["--filter=blob:none"]);
            m.check().inside(&clone)
        }),
        passes("the project in a folder of the repository", |m| {
            let outer = nested(m);
            m.check().inside(&outer.folder("backend"))
        }),
        fails("an edit of a project in a folder of the repository", &["M001"], |m| {
            let outer = nested(m);
            outer.append(&format!("backend/{}", m.first("up.sql")), "-- edited\n");
            m.check().inside(&outer.folder("backend"))
        }),
        fails("a staged edit of a project in a folder of the repository", &["M001"], |m| {
            let outer = nested(m);
            outer.append(&format!("backend/{}", m.first("up.sql")), "-- edited\n");
            outer.git(["add", "--all"]);
            m.check().inside(&outer.folder("backend")).staged()
        }),
    ]);
}

fn recorded_edit(m: &Merged) {
    m.edit(&m.first("up.sql"));
    m.record();
    m.commit_all("edit");
}

fn more(m: &Merged) {
    m.append("README.md", "More.\n");
    m.commit_all("more");
}

fn only_local(m: &Merged) {
    m.git(["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
    m.git(["update-ref", "-d", "refs/remotes/origin/main"]);
    m.git(["remote", "remove", "origin"]);
}

/// `main` without its lock file, and the branch on top of it with it.
fn main_loses_its_lock_file(m: &Merged) {
    let text = m.read(LOCK);
    m.checkout("main");
    m.remove(LOCK);
    m.commit_all("no lock file");
    m.push_main();
    m.checkout("feature");
    // It was changed on one side and removed on the other.
    m.try_git(["merge", "--quiet", "--no-edit", "main"]).code(1);
    m.write(LOCK, text);
    m.commit_all("merge");
}

/// `main` gets a commit that has nothing to do with migrations.
fn main_moves(m: &Merged) {
    let branch = m.git(["branch", "--show-current"]);
    m.checkout("main");
    m.write("NEWS.md", format!("News since {}.\n", m.head()));
    m.commit_all("news");
    m.push_main();
    m.checkout(&branch);
}

fn main_gets_a_migration(m: &Merged) {
    let branch = m.git(["branch", "--show-current"]);
    m.checkout("main");
    m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
    m.tool(&["makemigrations", "--no-input"]);
    m.commit_all("urgent");
    m.push_main();
    m.checkout(&branch);
}

/// Two merge bases: `main` merged the branch's first commit, and the branch what `main` was before.
fn criss_cross(m: &Merged) {
    m.append("README.md", "More.\n");
    let ours = m.commit_all("more");
    main_moves(m);
    let theirs = m.git(["rev-parse", "main"]);
    m.merge(&theirs);
    m.checkout("main");
    m.merge(&ours);
    m.push_main();
    m.checkout("feature");
    assert_eq!(m.git(["merge-base", "--all", "HEAD", "origin/main"]).lines().count(), 2);
}

/// One commit on `main`, with all that is in the branch.
fn first_commit(m: &Merged) {
    let commit = m.git(["commit-tree", "HEAD^{tree}", "-m", "start"]);
    m.git(["checkout", "--quiet", "-B", "main", &commit]);
    m.push_main();
}

/// The same history in the folder `backend` of a repository: one commit with what is on `main`, one with the branch.
fn nested(m: &Merged) -> Repo {
    let outer = Repo::new();
    m.checkout("main");
    outer.folder("backend").copy(m.path());
    outer.commit_all("start");
    outer.branch("feature");
    m.checkout("feature");
    outer.folder("backend").copy(m.path());
    outer.commit_all("priority");
    outer
}
