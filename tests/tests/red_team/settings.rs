//! Settings that a branch changes in its own favour. It must not change what is on `main`, unless a case says so.

use makemigrations_tests::merged::{LOCK, Merged};

use super::{fails, passes, run};

#[test]
fn settings() {
    run(vec![
        fails("base moved to the branch itself", &["M001"], |m| {
            m.settings("base = \"feature\"\n");
            committed_edit(m)
        }),
        fails("base moved to another branch with the edit", &["M001"], |m| {
            m.edit(&m.first("up.sql"));
            m.settings("base = \"accomplice\"\n");
            m.commit_all("edit");
            m.git(["branch", "accomplice"]);
            m.git(["update-ref", "refs/remotes/origin/accomplice", "accomplice"]);
            m.append("README.md", "More.\n");
            m.commit_all("more");
            m.check()
        }),
        fails("base moved, edited and recorded", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.settings("base = \"accomplice\"\n");
            m.commit_all("edit");
            m.git(["branch", "accomplice"]);
            m.append("README.md", "More.\n");
            m.commit_all("more");
            m.check()
        }),
        fails("base moved to HEAD", &["M001"], |m| {
            m.settings("base = \"HEAD\"\n");
            committed_edit(m)
        }),
        fails("base moved to a commit with the edit", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            let commit = m.commit_all("edit");
            m.settings(&format!("base = \"{commit}\"\n"));
            m.commit_all("settings");
            m.check()
        }),
        fails("base moved to before the merged migrations", &["M014"], |m| {
            m.git(["tag", "long-ago", "main~2"]);
            m.settings("base = \"long-ago\"\n");
            m.edit(&m.newest("up.sql"));
            m.record();
            m.commit_all("edit");
            m.check()
        }),
        fails("base moved to what is not there", &["M001", "M019"], |m| {
            m.settings("base = \"nowhere\"\n");
            committed_edit(m)
        }),
        fails("base moved, but not committed", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.commit_all("edit");
            m.git(["branch", "accomplice"]);
            m.append("README.md", "More.\n");
            m.commit_all("more");
            m.settings("base = \"accomplice\"\n");
            m.check()
        }),
        fails("base on main, removed by the branch", &["M014"], |m| {
            release_branch(m);
            m.edit(&m.first("up.sql"));
            m.record();
            m.settings("");
            m.commit_all("edit");
            m.check()
        }),
        fails("migrations pointed at a clean copy, the old ones edited", &["M001"], |m| {
            m.folder("copy").copy(&m.join("migrations"));
            m.settings("migrations = \"copy\"\n");
            committed_edit(m)
        }),
        fails("migrations pointed at an edited copy", &["M001"], |m| {
            m.folder("copy").copy(&m.join("migrations"));
            m.edit(&m.first("up.sql").replace("migrations/", "copy/"));
            m.settings("migrations = \"copy\"\n");
            m.commit_all("copy");
            m.check()
        }),
        fails("migrations pointed at an edited and recorded copy", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.folder("copy").copy(&m.join("migrations"));
            m.git(["checkout", "--quiet", "HEAD", "--", "migrations"]);
            m.settings("migrations = \"copy\"\n");
            m.commit_all("copy");
            m.check()
        }),
        fails("migrations pointed at a copy, the old ones removed and recorded", &["M002"], |m| {
            m.remove(&m.merged(2));
            m.record();
            m.rename("migrations", "moved");
            m.settings("migrations = \"moved\"\n");
            m.commit_all("move");
            m.check()
        }),
        fails("migrations pointed at an empty folder", &["M002"], |m| {
            m.write("empty/.gitkeep", "");
            m.settings("migrations = \"empty\"\n");
            m.commit_all("empty");
            m.check()
        }),
        passes("base named as it is", |m| {
            m.settings("base = \"main\"\n");
            m.commit_all("settings");
            m.check()
        }),
        passes("base named with its remote", |m| {
            m.settings("base = \"origin/main\"\n");
            m.commit_all("settings");
            m.check()
        }),
        passes("base on main is a release branch", |m| {
            release_branch(m);
            m.check()
        }),
        passes("a release branch that names itself as base", |m| {
            own_release(m);
            m.columns_on_main(
                "urgent = { type = \"boolean\", nullable = true }\nlate = { type = \"text\", nullable = true }\n",
            );
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("late");
            m.check().ci()
        }),
        fails("an edit of what only the release branch has", &["M001"], |m| {
            let name = own_release(m);
            m.edit(&format!("migrations/{name}/up.sql"));
            m.commit_all("edit");
            m.check().ci()
        }),
        fails("a push of an edit to the release branch", &["M014"], |m| {
            let name = own_release(m);
            m.edit(&format!("migrations/{name}/up.sql"));
            m.record();
            m.commit_all("edit");
            m.git(["update-ref", "refs/remotes/origin/release/1", "HEAD"]);
            m.git(["checkout", "--quiet", "--detach"]);
            m.check().ci()
        }),
        passes("migrations in another folder from the start", |m| {
            elsewhere(m);
            m.check()
        }),
        fails("an edit of migrations in another folder", &["M001"], |m| {
            elsewhere(m);
            m.edit(&m.first("up.sql").replace("migrations/", "db/up/"));
            m.commit_all("edit");
            m.check()
        }),
        passes("the settings without anything", |m| {
            m.write("Cargo.toml", "[workspace]\nmembers = []\n");
            m.commit_all("settings");
            m.check()
        }),
    ]);
}

fn committed_edit(m: &Merged) -> makemigrations_tests::merged::Check {
    m.edit(&m.first("up.sql"));
    m.commit_all("edit");
    m.check()
}

/// `main` says that `release` counts as merged; `release` is at `main`, and the branch on top of it.
fn release_branch(m: &Merged) {
    m.checkout("main");
    m.settings("base = \"release\"\n");
    m.commit_all("settings");
    m.push_main();
    m.git(["update-ref", "refs/remotes/origin/release", "main"]);
    m.checkout("feature");
    m.merge("main");
}

/// A release branch with a migration that `main` does not have, and which says itself that it counts as merged; and the
/// branch `fix` on top of it, checked out. Gives the name of the migration.
fn own_release(m: &Merged) -> String {
    m.git(["checkout", "--quiet", "-b", "release/1", "main"]);
    m.settings("base = \"release/1\"\n");
    m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
    m.tool(&["makemigrations", "--no-input"]);
    m.commit_all("urgent");
    m.git(["update-ref", "refs/remotes/origin/release/1", "HEAD"]);
    m.git(["checkout", "--quiet", "-b", "fix"]);
    let files = m.files();
    let ups = files.iter().filter_map(|file| file.strip_prefix("migrations/")?.strip_suffix("/up.sql"));
    ups.max().unwrap().to_owned()
}

/// `main` with its migrations in `db/up` and the branch on top; as if it had never been otherwise.
pub(super) fn elsewhere(m: &Merged) {
    m.checkout("main");
    m.rename("migrations", "db-up");
    std::fs::create_dir(m.join("db")).unwrap();
    m.rename("db-up", "db/up");
    m.settings("migrations = \"db/up\"\n");
    m.git(["add", "--all"]);
    // A history of one commit: no migration was ever anywhere else.
    let tree = m.git(["write-tree"]);
    let commit = m.git(["commit-tree", &tree, "-m", "start"]);
    m.git(["reset", "--quiet", "--hard", &commit]);
    m.push_main();
    m.git(["checkout", "--quiet", "-B", "feature"]);
    m.columns("");
    m.tool(&["makemigrations", "--no-input"]);
    m.commit_all("priority");
    assert!(m.exists(&LOCK.replace("migrations/", "db/up/")));
}
