//! Features of git that show one thing and keep another: replaced objects, grafts, filters, sparse checkouts, variables.
//! It must not need anything that a plain installation of git does not have.

use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::{LOCK, Merged};

use super::{fails, passes, recorded_edit, run, warns};

#[test]
fn git_tricks() {
    run(vec![
        fails("the base replaced by the edit", &["M014"], |m| {
            recorded_edit(m);
            m.git(["replace", "main", "HEAD"]);
            m.check()
        }),
        fails("the base's tree replaced", &["M014"], |m| {
            recorded_edit(m);
            m.git(["replace", "main^{tree}", "HEAD^{tree}"]);
            m.check()
        }),
        fails("the base's lock file replaced", &["M014"], |m| {
            recorded_edit(m);
            m.git(["replace", &format!("main:{LOCK}"), &format!("HEAD:{LOCK}")]);
            m.check()
        }),
        fails("the base grafted onto the edit", &["M014"], |m| {
            recorded_edit(m);
            let (main, head) = (m.git(["rev-parse", "main"]), m.head());
            m.append("README.md", "More.\n");
            m.commit_all("more");
            m.write(".git/info/grafts", format!("{main} {head}\n"));
            m.check()
        }),
        fails("parents replaced", &["M014"], |m| {
            recorded_edit(m);
            m.git(["replace", "--graft", "main", "HEAD"]);
            m.append("README.md", "More.\n");
            m.commit_all("more");
            m.check()
        }),
        fails("a commit on main grafted", &["M014"], |m| {
            m.checkout("main");
            m.checkout("feature");
            recorded_edit(m);
            let edit = m.head();
            m.checkout("main");
            m.git(["merge", "--quiet", "--ff-only", "feature"]);
            m.append("README.md", "More.\n");
            m.git(["commit", "--quiet", "--all", "--amend", "--no-edit"]);
            m.push_main();
            m.git(["replace", "--graft", "HEAD", &edit]);
            m.check()
        }),
        fails("a filter that hides the edit from git", &["M001"], |m| {
            m.write(".gitattributes", "*.sql filter=hide\n");
            m.config("filter.hide.clean", "sed /edited/d");
            m.config("filter.hide.smudge", "cat");
            m.commit_all("filter");
            m.edit(&m.first("up.sql"));
            m.git(["add", "--all"]);
            assert_eq!(m.git(["status", "--porcelain"]), "");
            m.check()
        }),
        fails("a filter that brings the edit", &["M001"], |m| {
            m.write(".gitattributes", "up.sql filter=edit\n");
            m.config("filter.edit.clean", "cat");
            m.config("filter.edit.smudge", "sed s/title/titel/");
            m.commit_all("filter");
            m.remove(&m.first("up.sql"));
            m.git(["checkout", "--quiet", "--", &m.first("up.sql")]);
            m.check()
        }),
        fails("the index says that the files are ignored", &["M001"], |m| {
            m.append(".gitignore", "migrations/\n");
            m.git(["rm", "-r", "--quiet", "--cached", "migrations"]);
            m.commit_all("ignore");
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        fails("the files are ignored and no longer in git", &["M002"], |m| {
            m.append(".gitignore", "migrations/\n");
            m.git(["rm", "-r", "--quiet", "--cached", "migrations"]);
            m.git(["add", ".gitignore"]);
            m.check().staged()
        }),
        fails("a sparse checkout without the migrations", &["M002"], |m| {
            m.git(["update-index", "--refresh"]);
            m.git(["sparse-checkout", "set", "schema-snapshots"]);
            assert!(!m.exists("migrations"));
            m.check()
        }),
        passes("a sparse checkout with the migrations", |m| {
            m.write("frontend/index.html", "<p>\n");
            m.commit_all("frontend");
            m.git(["sparse-checkout", "set", "schema-snapshots", "migrations"]);
            assert!(!m.exists("frontend"));
            m.check()
        }),
        passes("a sparse checkout, looking at the index", |m| {
            m.git(["sparse-checkout", "set", "schema-snapshots"]);
            m.check().staged()
        }),
        fails("GIT_DIR leads to a repository without the history", &["M014"], |m| {
            recorded_edit(m);
            let other = Repo::new();
            other.write("README.md", "Another one.\n");
            other.commit_all("start");
            let check = m.check().env("GIT_DIR", other.join(".git").display().to_string());
            check.gives(1, &["M014"]);
            check
        }),
        fails("GIT_DIR leads to a repository that has the edit as its base", &["M014"], |m| {
            recorded_edit(m);
            let other = Repo::new();
            other.copy(m.path());
            other.commit_all("start");
            other.commit_all("work");
            let check = m.check().env("GIT_DIR", other.join(".git").display().to_string());
            check.gives(1, &["M014"]);
            check
        }),
        fails("GIT_DIR as git sets it for hooks", &["M014"], |m| {
            recorded_edit(m);
            m.check().env("GIT_DIR", ".git")
        }),
        passes("GIT_DIR as git sets it for hooks, honest", |m| m.check().env("GIT_DIR", ".git")),
        fails("variables that replace refs and objects", &["M014"], |m| {
            recorded_edit(m);
            m.git(["update-ref", "refs/namespaces/x/refs/remotes/origin/main", "HEAD"]);
            m.git(["update-ref", "refs/other/x", "HEAD"]);
            m.check()
                .env("GIT_NAMESPACE", "x")
                .env("GIT_REPLACE_REF_BASE", "refs/other/")
                .env("GIT_CEILING_DIRECTORIES", "/")
        }),
        fails("variables that configure git", &["M014"], |m| {
            recorded_edit(m);
            m.check()
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", "core.worktree")
                .env("GIT_CONFIG_VALUE_0", "/")
        }),
        fails("a pathspec variable", &["M004"], |m| {
            m.write(&m.first("notes.txt"), "note\n");
            m.check().env("GIT_LITERAL_PATHSPECS", "0").env("GIT_GLOB_PATHSPECS", "1").env("GIT_ICASE_PATHSPECS", "1")
        }),
        fails("an alias and pagers in git's configuration", &["M014"], |m| {
            recorded_edit(m);
            m.config("alias.merge-base", "!true");
            m.config("core.pager", "false");
            m.config("color.ui", "always");
            m.config("core.quotePath", "true");
            m.config("log.showSignature", "true");
            m.check()
        }),
        passes("an alias and pagers in git's configuration, honest", |m| {
            m.config("core.pager", "false");
            m.config("color.ui", "always");
            m.config("core.fsmonitor", "false");
            m.config("core.ignoreCase", "true");
            m.config("diff.renames", "copies");
            m.check()
        }),
        fails("an edit in a submodule", &["M014"], |m| {
            recorded_edit(m);
            let outer = submodule(m);
            m.check().inside(&outer.folder("project"))
        }),
        passes("a submodule", |m| {
            let outer = submodule(m);
            m.check().inside(&outer.folder("project"))
        }),
        passes("another repository in the migrations", |m| {
            m.write("migrations/.git/HEAD", "ref: refs/heads/main\n");
            m.check()
        }),
        warns("a repository in a folder of the project", &["M020"], |m| {
            m.write("migrations/left/.git/config", "");
            m.check()
        }),
        passes("names that are not ASCII", |m| {
            m.write("schéma/été.txt", "x\n");
            m.commit_all("names");
            m.check().staged()
        }),
        fails("names that are not ASCII in a merged migration", &["M004"], |m| {
            m.write(&m.first("été.sql"), "SELECT 1;\n");
            m.record();
            m.commit_all("names");
            m.check().staged()
        }),
        passes("packed refs", |m| {
            m.git(["pack-refs", "--all"]);
            m.check()
        }),
        passes("no reflog and no loose object", |m| {
            m.git(["reflog", "expire", "--expire=now", "--all"]);
            m.git(["gc", "--quiet", "--prune=now"]);
            m.check()
        }),
    ]);
}

/// A repository with the project as the submodule `project`, on the branch's commit.
fn submodule(m: &Merged) -> Repo {
    let outer = Repo::new();
    outer.git(["submodule", "--quiet", "add", "-b", "feature", &m.url(), "project"]);
    outer.git(["-C", "project", "remote", "set-head", "origin", "main"]);
    outer.commit_all("submodule");
    outer
}
