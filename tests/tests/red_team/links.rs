//! Symbolic links in and around the migrations. It must not follow one.

#![cfg(unix)]

use std::os::unix::fs::symlink;

use makemigrations_tests::folder::Folder;
use makemigrations_tests::merged::{LOCK, Merged};

use super::settings::elsewhere;
use super::{fails, passes, run};

#[test]
fn links() {
    run(vec![
        fails("the migrations folder is a link to an identical copy", &["M015"], |m| {
            replaced(m, "migrations");
            m.check()
        }),
        fails("the migrations folder is a link to a copy, and committed", &["M015"], |m| {
            replaced(m, "migrations");
            m.commit_all("link");
            m.check()
        }),
        fails("the migrations folder is a link to an edited copy", &["M015"], |m| {
            replaced(m, "migrations");
            m.edit(&m.first("up.sql").replace("migrations/", "copies/migrations/"));
            m.check()
        }),
        fails("the migrations folder is a link that leads out of the repository", &["M015"], |m| {
            let elsewhere = Folder::temporary();
            elsewhere.copy(&m.join("migrations"));
            m.remove("migrations");
            symlink(elsewhere.path(), m.join("migrations")).unwrap();
            // Both folders have to be there while the check runs.
            let check = m.check();
            check.gives(1, &["M015"]);
            check
        }),
        fails("the migrations folder is a link to nothing", &["M015"], |m| {
            m.remove("migrations");
            symlink("nowhere", m.join("migrations")).unwrap();
            m.check()
        }),
        fails("a merged migration is a link to an identical copy", &["M015"], |m| {
            replaced(m, &m.merged(1));
            m.check()
        }),
        fails("a merged migration is a link to another one", &["M015"], |m| {
            m.remove(&m.merged(1));
            symlink(m.names().next().unwrap(), m.join(&m.merged(1))).unwrap();
            m.check()
        }),
        fails("a merged migration is a link to nothing", &["M015"], |m| {
            m.remove(&m.merged(1));
            symlink("nowhere", m.join(&m.merged(1))).unwrap();
            m.check()
        }),
        fails("a merged file is a link to an identical copy", &["M015"], |m| {
            replaced(m, &m.first("up.sql"));
            m.check()
        }),
        fails("a merged file is a link, and committed with its line", &["M015"], |m| {
            replaced(m, &m.first("up.sql"));
            m.commit_all("link");
            m.check()
        }),
        fails("a merged file is a link to nothing", &["M015"], |m| {
            m.remove(&m.first("up.sql"));
            symlink("nowhere", m.join(&m.first("up.sql"))).unwrap();
            m.check()
        }),
        fails("an own file is a link", &["M015"], |m| {
            replaced(m, &m.own("up.sql"));
            m.check()
        }),
        fails("the own migration is a link", &["M015"], |m| {
            replaced(m, &m.own_folder());
            m.check()
        }),
        fails("a link added to a merged migration", &["M015"], |m| {
            symlink("up.sql", m.join(&m.first("more.sql"))).unwrap();
            m.check()
        }),
        fails("a link beside the migrations", &["M015"], |m| {
            symlink(m.names().next().unwrap(), m.join("migrations/latest")).unwrap();
            m.check()
        }),
        fails("the lock file is a link to an identical copy", &["M016"], |m| {
            replaced(m, LOCK);
            m.check()
        }),
        fails("the lock file is a link to nothing", &["M016"], |m| {
            m.remove(LOCK);
            symlink("nowhere", m.join(LOCK)).unwrap();
            m.check()
        }),
        fails("a folder above the migrations is a link to an identical copy", &["M015"], |m| {
            elsewhere(m);
            replaced(m, "db");
            m.check()
        }),
        fails("a folder above the migrations is staged as a link", &["M015"], |m| {
            elsewhere(m);
            replaced(m, "db");
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        fails("a folder above the migrations is a link to an edited copy", &["M015"], |m| {
            elsewhere(m);
            replaced(m, "db");
            m.edit(&m.first("up.sql").replace("migrations/", "copies/db/up/"));
            m.commit_all("link");
            m.check()
        }),
        fails("a file in the place of the migrations", &["M015"], |m| {
            m.remove("migrations");
            m.write("migrations", "x");
            m.check()
        }),
        fails("a file in the place of the migrations, staged", &["M015"], |m| {
            m.remove("migrations");
            m.write("migrations", "x");
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        fails("a pipe in a merged file's place", &["M015"], |m| {
            m.remove(&m.first("up.sql"));
            let made = std::process::Command::new("mkfifo").arg(m.join(&m.first("up.sql"))).status().unwrap();
            assert!(made.success());
            m.check()
        }),
        fails("a name that is no text in a merged migration", &["M015"], |m| {
            use std::os::unix::ffi::OsStrExt;
            let name = std::ffi::OsStr::from_bytes(b"up\xff.sql");
            std::fs::write(m.join(&m.merged(0)).join(name), "SELECT 1;\n").unwrap();
            m.check()
        }),
        fails("a name of two lines in a merged migration", &["M015"], |m| {
            m.write(&m.first("up.sql\nx"), "SELECT 1;\n");
            m.check()
        }),
        fails("links are staged", &["M015"], |m| {
            replaced(m, &m.first("up.sql"));
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        fails("the migrations folder is staged as a link", &["M015"], |m| {
            replaced(m, "migrations");
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        fails("git writes a link as a plain file", &["M001"], |m| {
            // What a checkout of a link gives where the file system has none.
            m.write(&m.first("up.sql"), "../../copies/up.sql");
            m.check()
        }),
        passes("an editor's lock is a link that starts with a dot", |m| {
            symlink("me@machine.1:1", m.join(&m.first(".#up.sql"))).unwrap();
            symlink("me@machine.1:1", m.join("migrations/.#migrations.lock")).unwrap();
            m.check()
        }),
        passes("a link outside of the migrations", |m| {
            symlink("migrations", m.join("migrations-again")).unwrap();
            symlink(m.first("up.sql"), m.join("latest.sql")).unwrap();
            m.commit_all("links");
            m.check()
        }),
        passes("the project itself is behind a link", |m| {
            let outside = m.folder("target");
            symlink(m.path(), outside.join("link")).unwrap();
            m.check().inside(&outside.folder("link"))
        }),
    ]);
}

/// Moves something to `copies/` and leaves a link to it.
fn replaced(m: &Merged, path: &str) {
    let copy = format!("copies/{path}");
    std::fs::create_dir_all(m.join(copy.rsplit_once('/').unwrap().0)).unwrap();
    m.rename(path, &copy);
    symlink(m.join(&copy), m.join(path)).unwrap();
}
