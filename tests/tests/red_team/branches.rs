//! Refs, clones and folders: what counts as merged, and where an edit hides from that. It must not merge anything, and
//! must not run in continuous integration: those are the topics of `merges` and `ci`.

use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::{LOCK, Merged};

use super::{fails, more, only_local, passes, recorded_edit, run, warns};

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
        fails("an edit on a detached HEAD", &["M014"], |m| {
            recorded_edit(m);
            m.git(["checkout", "--quiet", "--detach"]);
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
        fails("an edit on main that is not committed", &["M001"], |m| {
            m.checkout("main");
            m.edit(&m.first("up.sql"));
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
        passes("a branch without anything of its own", |m| {
            m.git(["checkout", "--quiet", "-b", "side", "main"]);
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
        passes("the project moved into a folder", |m| {
            moved(m);
            m.commit_all("move");
            m.check().inside(&m.folder("backend"))
        }),
        passes("the project moved into a folder, not committed", |m| {
            moved(m);
            m.check().inside(&m.folder("backend"))
        }),
        fails("the project moved into a folder, with an edit", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            moved(m);
            m.commit_all("move");
            m.check().inside(&m.folder("backend"))
        }),
        fails("the project moved into a folder, without a merged migration", &["M002"], |m| {
            m.remove(&m.merged(2));
            m.record();
            moved(m);
            m.commit_all("move");
            m.check().inside(&m.folder("backend"))
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

/// Moves the project into the folder `backend` of its repository.
fn moved(m: &Merged) {
    std::fs::create_dir(m.join("backend")).unwrap();
    for part in ["Cargo.toml", "migrations", "schema-snapshots"] {
        m.rename(part, &format!("backend/{part}"));
    }
}
