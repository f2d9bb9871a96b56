//! `check --staged`: what the next commit will have, whatever lies in the work tree. It must not commit anything.

use makemigrations_tests::merged::{LOCK, Merged};

use super::{fails, passes, run, warns};

#[test]
fn staged() {
    run(vec![
        fails("an edit that is staged and taken back in the work tree", &["M001"], |m| {
            staged_edit(m);
            m.check().staged()
        }),
        passes("the same, looking at the work tree", |m| {
            staged_edit(m);
            m.check()
        }),
        passes("an edit that is not staged", |m| {
            m.edit(&m.first("up.sql"));
            m.check().staged()
        }),
        fails("the same, looking at the work tree", &["M001"], |m| {
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        fails("an edit and its line staged", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.git(["add", "--all"]);
            m.git(["restore", "--worktree", "--source=HEAD", "."]);
            m.check().staged()
        }),
        fails("only the line staged", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.git(["add", LOCK]);
            m.check().staged()
        }),
        fails("a removal staged", &["M002"], |m| {
            m.git(["rm", "-r", "--quiet", "--cached", &m.merged(1)]);
            m.check().staged()
        }),
        passes("a removal that is not staged", |m| {
            m.remove(&m.merged(1));
            m.check().staged()
        }),
        fails("a rename staged", &["M003"], |m| {
            let folder = m.merged(1);
            m.git(["mv", &folder, &format!("{folder}_again")]);
            m.rename(&format!("{folder}_again"), &folder);
            m.check().staged()
        }),
        fails("a file added and staged", &["M004"], |m| {
            m.write(&m.first("notes.txt"), "note\n");
            m.git(["add", "--all"]);
            m.remove(&m.first("notes.txt"));
            m.check().staged()
        }),
        passes("a file added and not staged", |m| {
            m.write(&m.first("notes.txt"), "note\n");
            m.check().staged()
        }),
        fails("a file that git only intends to add, in the work tree", &["M004"], |m| {
            m.write(&m.first("notes.txt"), "note\n");
            m.git(["add", "--intent-to-add", &m.first("notes.txt")]);
            m.check()
        }),
        passes("a file that git only intends to add is not in the next commit", |m| {
            m.write(&m.first("notes.txt"), "note\n");
            m.git(["add", "--intent-to-add", &m.first("notes.txt")]);
            m.check().staged()
        }),
        fails("the lock file's removal staged", &["M016"], |m| {
            m.git(["rm", "--quiet", "--cached", LOCK]);
            m.check().staged()
        }),
        fails("the lock file staged with a line twice", &["M016"], |m| {
            let text = m.read(LOCK);
            m.append(LOCK, format!("{}\n", text.lines().last().unwrap()));
            m.git(["add", "--all"]);
            m.write(LOCK, text);
            m.check().staged()
        }),
        fails("an own migration without its lock lines staged", &["M005"], |m| {
            m.git(["reset", "--quiet", "--soft", "main"]);
            m.git(["restore", "--staged", "--source=main", LOCK]);
            m.check().staged()
        }),
        fails("lock lines without their own migration staged", &["M006"], |m| {
            m.git(["rm", "-r", "--quiet", "--cached", &m.own_folder()]);
            m.check().staged()
        }),
        fails("a conflict in the lock file", &["M016", "M008"], |m| {
            m.checkout("main");
            m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("urgent");
            m.push_main();
            m.checkout("feature");
            m.try_git(["merge", "--quiet", "main"]).code(1);
            m.check().staged()
        }),
        fails("a merged file as a submodule", &["M015"], |m| {
            m.git(["rm", "--quiet", "--cached", &m.first("up.sql")]);
            m.git(["update-index", "--add", "--cacheinfo", &format!("160000,{},{}", m.head(), m.first("up.sql"))]);
            m.check().staged()
        }),
        fails("a merged migration as a submodule", &["M015"], |m| {
            m.git(["rm", "-r", "--quiet", "--cached", &m.merged(1)]);
            m.git(["update-index", "--add", "--cacheinfo", &format!("160000,{},{}", m.head(), m.merged(1))]);
            m.check().staged()
        }),
        fails("an edit of which git was told to assume that there is none", &["M001"], |m| {
            m.git(["update-index", "--assume-unchanged", &m.first("up.sql")]);
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        fails("an edit that git was told to skip", &["M001"], |m| {
            m.git(["update-index", "--skip-worktree", &m.first("up.sql")]);
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        passes("an edit that git was told to skip is not in the next commit", |m| {
            m.git(["update-index", "--skip-worktree", &m.first("up.sql")]);
            m.edit(&m.first("up.sql"));
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        fails("an edit behind a staged one", &["M001"], |m| {
            staged_edit(m);
            m.edit(&m.first("up.sql"));
            m.check().staged()
        }),
        fails("a staged edit on main", &["M001"], |m| {
            m.checkout("main");
            staged_edit(m);
            m.check().staged()
        }),
        fails("a staged edit in continuous integration", &["M001"], |m| {
            staged_edit(m);
            m.check().staged().ci().env("GITHUB_BASE_REF", "main")
        }),
        fails("a snapshot staged without its migration", &[], |m| {
            m.columns("urgent = { type = \"boolean\", nullable = true }\n");
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        passes("a snapshot that is not staged", |m| {
            m.columns("urgent = { type = \"boolean\", nullable = true }\n");
            m.check().staged()
        }),
        passes("an executable bit staged", |m| {
            m.git(["update-index", "--chmod=+x", &m.first("up.sql")]);
            m.check().staged()
        }),
        passes("a new migration staged with its snapshot", |m| {
            m.columns("urgent = { type = \"boolean\", nullable = true }\n");
            m.tool(&["makemigrations", "--no-input"]);
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        passes("the own migration regenerated and staged", |m| {
            m.git(["rm", "-r", "--quiet", &m.own_folder()]);
            m.columns("urgent = { type = \"boolean\", nullable = true }\n");
            m.tool(&["makemigrations", "--no-input"]);
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        passes("a file that is only intended to be added, and gone again", |m| {
            m.write("migrations/later/up.sql", "");
            m.git(["add", "--intent-to-add", "migrations/later/up.sql"]);
            m.remove("migrations/later");
            m.check().staged()
        }),
        fails("an empty file staged", &["M005", "M011"], |m| {
            m.write("migrations/2027-01-01-000000-0009_later/up.sql", "");
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        warns("an override staged", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            let name = m.names().next().unwrap().to_owned();
            m.tool(&["seal", &name, "--override", "--reason", "ticket 4711"]);
            m.git(["add", "--all"]);
            m.git(["restore", "--worktree", "--source=HEAD", "."]);
            m.check().staged()
        }),
        warns("a loose file staged", &["M020"], |m| {
            m.write("migrations/README.md", "Do not edit.\n");
            m.git(["add", "--all"]);
            m.check().staged()
        }),
    ]);
}

/// Stages an edit and takes it back in the work tree.
fn staged_edit(m: &Merged) {
    let text = m.read(&m.first("up.sql"));
    m.edit(&m.first("up.sql"));
    m.git(["add", "--all"]);
    m.write(&m.first("up.sql"), text);
}
