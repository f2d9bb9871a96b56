//! Migrations, applications and whole projects that move, and what must not get lost on the way. It must not change the
//! settings but for that.

use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::{Check, Merged};

use super::{fails, passes, run};

#[test]
fn projects() {
    run(vec![
        fails("the project moved, something stays, and an edit", &["M014"], |m| {
            edited_and_moved(m);
            m.write("migrations/README.md", "Moved.\n");
            in_backend(m)
        }),
        fails("the project moved, something stays, and an edit, staged", &["M014"], |m| {
            edited_and_moved(m);
            m.write("migrations/.DS_Store", "");
            in_backend(m).staged()
        }),
        fails("the project moved, a copy stays, and an edit", &["M014"], |m| {
            let copy = m.folder("copy");
            copy.copy(&m.join("migrations"));
            edited_and_moved(m);
            m.rename("copy", "migrations");
            in_backend(m)
        }),
        fails("the project moved and every migration renamed", &["M003"], |m| {
            (0..3).for_each(|index| m.rename(&m.merged(index), &format!("{}x", m.merged(index))));
            m.record();
            moved(m);
            m.commit_all("move");
            in_backend(m)
        }),
        fails("the project moved to where something was, and an edit", &["M014"], |m| {
            m.checkout("main");
            m.write("backend/migrations/.gitkeep", "");
            m.commit_all("keep");
            m.push_main();
            m.checkout("feature");
            m.merge("main");
            m.remove("backend");
            edited_and_moved(m);
            in_backend(m)
        }),
        fails("the project moved, its setting base dropped, and an edit", &["M014"], |m| {
            m.checkout("main");
            m.settings("base = \"develop\"\n");
            m.commit_all("settings");
            m.push_main();
            m.git(["checkout", "--quiet", "-B", "develop"]);
            m.columns("");
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("priority");
            m.git(["update-ref", "refs/remotes/origin/develop", "HEAD"]);
            m.git(["checkout", "--quiet", "-b", "work"]);
            m.edit(&newest_folder(m, "up.sql"));
            m.record();
            m.settings("");
            moved(m);
            m.commit_all("move");
            in_backend(m)
        }),
        passes("a copy of a project that stays", |m| {
            m.folder("backend").copy(m.path());
            m.commit_all("copy");
            in_backend(m)
        }),
    ]);
}

#[test]
fn applications() {
    run(vec![
        passes("an application beside the workspace's own migrations", |m| {
            beside(m);
            m.commit_all("application");
            m.check().ci()
        }),
        passes("the own migrations become those of an application, and another one is new", |m| {
            shared(m);
            m.check().ci()
        }),
        fails("the own migrations become those of an application, with an edit", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            shared(m);
            m.check().ci()
        }),
        passes("an application renamed with its folder", |m| {
            shared_on_main(m);
            m.rename("a", "c");
            settings(m, "c", "c");
            m.commit_all("rename");
            m.check().ci()
        }),
        fails("an application renamed with its folder, with an edit", &["M001"], |m| {
            shared_on_main(m);
            m.rename("a", "c");
            settings(m, "c", "c");
            m.edit(&m.first("up.sql").replace("migrations/", "c/migrations/"));
            m.commit_all("rename");
            m.check().ci()
        }),
        fails("an application renamed, an edited copy of its folder", &["M001"], |m| {
            shared_on_main(m);
            m.folder("c").copy(&m.join("a"));
            settings(m, "c", "c");
            m.edit(&m.first("up.sql").replace("migrations/", "c/migrations/"));
            m.commit_all("copy");
            m.check().ci()
        }),
        fails("an application removed", &["M002"], |m| {
            shared_on_main(m);
            m.remove("a");
            settings(m, "", "");
            m.commit_all("remove");
            m.check().ci()
        }),
        fails("the own migrations removed beside an application", &["M002"], |m| {
            beside_on_main(m);
            m.remove("migrations");
            m.commit_all("remove");
            m.check().ci()
        }),
        fails("the own migrations removed beside an application, staged", &["M002"], |m| {
            beside_on_main(m);
            m.git(["rm", "-r", "--quiet", "migrations"]);
            m.check().staged()
        }),
        fails("the own migrations moved away from beside an application, with an edit", &["M002"], |m| {
            beside_on_main(m);
            m.edit(&m.first("up.sql"));
            m.rename("migrations", "old");
            m.commit_all("move");
            m.check().ci()
        }),
        passes("the folder of the own migrations taken over by an application", |m| {
            taken_over(m);
            m.commit_all("application");
            m.check().ci()
        }),
        fails("the folder of the own migrations taken over by an application, with an edit", &["M001"], |m| {
            taken_over(m);
            m.edit(&m.first("up.sql"));
            m.commit_all("application");
            m.check().ci()
        }),
    ]);
}

/// The folder of migrations in a repository of its own is not what this one has.
#[test]
fn a_submodule_is_refused_where_it_comes_in_and_where_it_is_merged() {
    let m = Merged::fresh();
    let other = Repo::new();
    other.copy(&m.join("migrations"));
    other.commit_all("migrations");
    m.git(["rm", "-r", "--quiet", "migrations"]);
    m.git(["submodule", "--quiet", "add", &other.url(), "migrations"]);
    m.commit_all("submodule");
    m.check().ci().gives(1, &["M015"]);
    m.git(["checkout", "--quiet", "-B", "main"]);
    m.push_main();
    m.git(["checkout", "--quiet", "-b", "next"]);
    m.edit(&m.first("up.sql"));
    m.check().ci().gives(1, &["M015", "M019"]);
}

/// A file of the newest migration.
fn newest_folder(m: &Merged, file: &str) -> String {
    let files = m.files();
    let folders = files.iter().filter_map(|path| path.strip_prefix("migrations/")?.split_once('/'));
    let newest = folders.map(|(name, _)| name).max().unwrap();
    format!("migrations/{newest}/{file}")
}

fn edited_and_moved(m: &Merged) {
    m.edit(&m.first("up.sql"));
    m.record();
    moved(m);
    m.commit_all("move");
}

/// Moves the project into the folder `backend` of its repository.
fn moved(m: &Merged) {
    std::fs::create_dir(m.join("backend")).unwrap();
    for part in ["Cargo.toml", "migrations", "schema-snapshots"] {
        m.rename(part, &format!("backend/{part}"));
    }
}

fn in_backend(m: &Merged) -> Check {
    m.check().inside(&m.folder("backend")).ci()
}

/// Settings with the application `b`, and with one more unless its name is empty.
fn settings(m: &Merged, name: &str, folder: &str) {
    let other = match name {
        "" => String::new(),
        name => format!("{name} = {{ migrations = \"{folder}/migrations\", snapshots = \"{folder}/schema\" }}\n"),
    };
    m.settings(&format!(
        "[workspace.metadata.makemigrations.apps]\n\
         b = {{ migrations = \"b/migrations\", snapshots = \"b/schema\" }}\n{other}"
    ));
}

/// The workspace's own migrations are those of the application `a`, in the same folder.
fn taken_over(m: &Merged) {
    m.rename("schema-snapshots", "snapshots");
    m.settings(
        "[workspace.metadata.makemigrations.apps]\n\
         a = { migrations = \"migrations\", snapshots = \"snapshots\" }\n",
    );
}

/// The application `b` with its first migration, of the same name as the merged one.
fn beside(m: &Merged) {
    settings(m, "", "");
    m.write("b/schema/ticket.toml", TICKET);
    m.tool(&["makemigrations", "--app", "b", "--no-input"]);
}

fn beside_on_main(m: &Merged) {
    m.checkout("main");
    beside(m);
    m.commit_all("application");
    m.push_main();
    m.git(["checkout", "--quiet", "-B", "feature"]);
}

/// What was the workspace's own is that of the application `a`; `b` is new.
fn shared(m: &Merged) {
    std::fs::create_dir(m.join("a")).unwrap();
    m.rename("migrations", "a/migrations");
    m.rename("schema-snapshots", "a/schema");
    settings(m, "a", "a");
    m.write("b/schema/ticket.toml", TICKET);
    m.tool(&["makemigrations", "--app", "b", "--no-input"]);
    m.commit_all("applications");
}

fn shared_on_main(m: &Merged) {
    m.checkout("main");
    shared(m);
    m.push_main();
    m.git(["checkout", "--quiet", "-B", "feature"]);
}

const TICKET: &str = "format = 1\n\n[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n";
