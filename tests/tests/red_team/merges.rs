//! Merges, rebases and rewritten history: where an edit hides, and where honest work looks like one. It must not run in
//! continuous integration: that is the topic of `ci`.

use makemigrations_tests::merged::{LOCK, Merged};
use makemigrations_tests::project::Project;

use super::{fails, more, only_local, passes, recorded_edit, run, warns};

#[test]
fn merges() {
    run(vec![
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
        fails("an edit in a branch that is behind", &["M014"], |m| {
            main_moves(m);
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
            let name = Project::at(m).migrations().pop().unwrap();
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
    ]);
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
