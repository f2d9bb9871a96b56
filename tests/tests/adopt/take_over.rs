//! The whole way, for each layout: adopted, changed, migrated, and looked at by Diesel. It must not look at what is refused.

use makemigrations_tests::database::{Database, Engine};

use crate::layouts::{ALL, DIALECTS, Layout};
use crate::project::Project;

/// What a database has, as snapshots.
#[track_caller]
fn inspected(project: &Project) -> String {
    let found = project.run(["inspect", "--no-scratch"]);
    found.code(0);
    found.stdout
}

/// Adopted, whichever way, everything is as it was, and the commands agree.
#[track_caller]
fn adopted(project: &Project, layout: &Layout) {
    let before = project.bytes();
    project.run(["adopt", "--dry-run"]).code(0).stdout_contains("write schema-snapshots/shop.toml");
    assert_eq!(project.bytes(), before, "{}", layout.name);
    assert!(!project.exists("schema-snapshots"));
    let found = project.run(["adopt"]);
    found.code(0).stderr_contains("adopted as they are").stderr_contains("next: `git add migrations schema-snapshots`");
    let after = project.bytes();
    let kept: Vec<_> = after.iter().filter(|(path, _)| before.iter().any(|(old, _)| old == path)).cloned().collect();
    assert_eq!(kept, before, "{}", layout.name);
    assert_eq!(after.len(), before.len() + 4, "{}: the baseline and the lock file", layout.name);
    project.run(["makemigrations"]).code(0).stderr_contains("no changes");
    project.run(["check"]).code(0).stderr_contains("ok:");
}

#[test]
fn a_live_database_is_taken_over() {
    for layout in ALL {
        let project = Project::of(layout);
        project.diesel_runs();
        adopted(&project, layout);
        goes_on(&project, layout);
    }
}

#[test]
fn without_a_database_the_files_are_enough() {
    for layout in ALL {
        let project = Project::of(layout);
        adopted(&project, layout);
        goes_on(&project, layout);
    }
}

/// The baseline goes in, a change after it, back and up again; Diesel sees all of it, and a new database gets the same.
#[track_caller]
fn goes_on(project: &Project, layout: &Layout) {
    let count = project.run(["showmigrations"]).code(0).stdout.lines().count();
    if layout.engine == Engine::Sqlite || project.run(["drift"]).code == Some(0) {
        // Also before the baseline is recorded, where Diesel has applied everything.
        project.run(["drift"]).code(0);
    }
    project.go(&[&["migrate"], &["drift"], &["verify"]]);
    project.diesel_has_applied(count);
    let (from, to) = layout.change;
    project.change(from, to, layout.flags);
    project.diesel_has_applied(count + 1);
    project.run(["inspect", "--write"]).code(0).stderr_contains("0 snapshots written");
    project.go(&[&["verify"], &["migrate:down", "--yes"], &["drift"], &["migrate"], &["drift"]]);
    let down = project.run(["migrate:down", "--steps", "2", "--yes"]);
    down.code(0).stderr_contains("_baseline\n  takes nothing back: it has made nothing");
    project.go(&[&["migrate"]]);
    project.diesel_has_applied(count + 1);
    let fresh = project.elsewhere();
    fresh.go(&[&["migrate"], &["drift"]]);
    fresh.diesel_has_applied(count + 1);
    assert_eq!(inspected(&fresh), inspected(project), "{}", layout.name);
    // Diesel alone makes the same of the folder.
    let by_diesel = project.elsewhere();
    by_diesel.diesel_runs();
    by_diesel.diesel_has_applied(count + 1);
    assert_eq!(inspected(&by_diesel), inspected(project), "{}", layout.name);
    by_diesel.go(&[&["migrate"], &["drift"]]);
}

/// The way down leads through files that others wrote: what they lose is not known, and what has none stays.
#[test]
fn the_way_down_is_theirs_below_the_baseline() {
    let project = Project::of(&crate::layouts::NUMBERS);
    project.diesel_runs();
    project.go(&[&["adopt"], &["migrate"]]);
    let refused = project.run(["migrate:down", "--steps", "2"]);
    refused.code(1).stderr_contains("`0010_more` cannot be reverted: it has no `down.sql`, or an empty one");
    project.run(["migrate:down", "--to", "zero", "--yes"]).code(1).stderr_contains("cannot be reverted");
    let files = [("0001_a/up.sql", "CREATE TABLE a (x INTEGER);"), ("0001_a/down.sql", "DROP TABLE a;")];
    let project = Project::with(Engine::Sqlite, &files);
    project.go(&[&["adopt"], &["migrate"]]);
    let refused = project.run(["migrate:down", "--to", "zero"]);
    refused.code(1).stderr_contains("adopted: what its `down.sql` loses is not known").stderr_contains("--yes");
    project.go(&[&["migrate:down", "--to", "zero", "--yes"], &["drift"], &["migrate"], &["drift"]]);
    project.run(["sqlmigrate", "0001_a", "--backwards"]).code(0).stdout_contains("DROP TABLE a;");
    project.run(["reset", "--yes"]).code(0).stderr_contains("2 migrations applied");
}

/// What is there before all of theirs is applied nobody has recorded, and nobody guesses it.
#[test]
fn half_of_theirs_is_nothing_that_is_recorded() {
    for engine in Engine::ALL {
        let table = |name: &str| format!("CREATE TABLE {name} (x INTEGER PRIMARY KEY NOT NULL);");
        let project = Project::with(engine, &[("0001_a/up.sql", &*table("a")), ("0002_b/up.sql", &*table("b"))]);
        project.go(&[&["adopt"], &["drift"], &["migrate", "--to", "0001_a"]]);
        project
            .run(["drift"])
            .code(1)
            .stderr_contains("not applied: `0002_b`")
            .stderr_contains("hint: cargo xtask migrate");
        project.go(&[&["migrate", "--to", "0002_b"], &["drift"], &["migrate"], &["drift"]]);
    }
}

/// One folder for each dialect in one workspace, each an application: their snapshots beside each other.
#[test]
fn one_schema_on_two_dialects_is_two_applications() {
    let project = Project::new(Engine::Sqlite);
    for (dialect, files) in DIALECTS {
        for (path, text) in files {
            project.write(&format!("migrations/{dialect}/{path}"), text);
        }
    }
    project.repo.commit_all("as it was");
    project.repo.branch("adopt");
    let told = project.run(["adopt"]);
    told.code(2).stderr_contains("`migrations` holds folders of migrations: `mysql`, `postgresql`, `sqlite`");
    let line = |app: &str, dialect: &str| {
        let folders = format!("migrations = \"migrations/{app}\", snapshots = \"schema-snapshots/{app}\"");
        format!("{app} = {{ dialect = \"{dialect}\", {folders} }}\n")
    };
    let lines = [line("postgresql", "postgres"), line("sqlite", "sqlite")];
    for line in &lines {
        told.stderr_contains(line);
    }
    let settings = format!("\n[workspace.metadata.makemigrations.apps]\n{}", lines.concat());
    project.append("Cargo.toml", settings);
    let server = Database::new(Engine::Postgres, "dialects");
    let on = |url: &str, arguments: &[&str]| {
        let command = makemigrations_tests::command::makemigrations(&project, arguments);
        command.env("DATABASE_URL", url).run()
    };
    let sqlite = |arguments: &[&str]| on(project.database.url(), &[&["--app", "sqlite"], arguments].concat());
    let postgres = |arguments: &[&str]| on(server.url(), &[&["--app", "postgresql"], arguments].concat());
    sqlite(&["adopt"]).code(0).stderr_contains("wrote schema-snapshots/sqlite/sqlite.toml");
    postgres(&["adopt"]).code(0).stderr_contains("wrote schema-snapshots/postgresql/postgresql.toml");
    project.run(["check"]).code(0);
    let hint = "password_hint = { type = \"text\", nullable = true }";
    for app in ["sqlite", "postgresql"] {
        let snapshot = format!("schema-snapshots/{app}/{app}.toml");
        project.replace(&snapshot, hint, &format!("{hint}\ntheme = {{ type = \"text\", nullable = true }}"));
    }
    for run in [&sqlite as &dyn Fn(&[&str]) -> _, &postgres] {
        run(&["makemigrations"]).code(0).stderr_contains("users_theme");
        run(&["migrate"]).code(0);
        run(&["drift"]).code(0);
        run(&["verify"]).code(0);
    }
    project.run(["check"]).code(0);
    assert!(!project.exists("migrations/migrations.lock"));
}

/// The second dialect finds the snapshots that the first one brought: they say the same, so there is nothing to write.
#[test]
fn snapshots_that_say_what_is_there_stay() {
    let project = Project::new(Engine::Sqlite);
    let text = "CREATE TABLE a (x INTEGER NOT NULL PRIMARY KEY, y TEXT NOT NULL UNIQUE);";
    project.write("migrations/sqlite/0001_a/up.sql", text);
    project.write("migrations/postgres/0001_a/up.sql", text);
    let settings = "\n[workspace.metadata.makemigrations.apps]\nserver = { dialect = \"postgres\", migrations = \
                    \"migrations/postgres\" }\nembedded = { dialect = \"sqlite\", migrations = \"migrations/sqlite\" }\n";
    project.append("Cargo.toml", settings);
    project.repo.commit_all("as it was");
    project.repo.branch("adopt");
    let server = Database::new(Engine::Postgres, "server");
    let on = |url: &str, app: &str| {
        let command = makemigrations_tests::command::makemigrations(&project, ["adopt", "--app", app]);
        command.env("DATABASE_URL", url).run()
    };
    on(server.url(), "server").code(0).stderr_contains("wrote schema-snapshots/server.toml");
    let before = project.read("schema-snapshots/server.toml");
    project.replace("schema-snapshots/server.toml", "\ny =", "\nz =");
    let refused = on(project.database.url(), "embedded");
    refused.code(1).stderr_contains("they do not say what is there").stderr_contains("apps.embedded");
    assert!(!project.exists("migrations/sqlite/migrations.lock"));
    project.write("schema-snapshots/server.toml", &before);
    on(project.database.url(), "embedded").code(0).lacks("wrote schema-snapshots");
    assert_eq!(project.read("schema-snapshots/server.toml"), before);
    project.run(["check"]).code(0);
}

/// What one domain is to another project is several files here.
#[test]
fn a_map_names_the_domains() {
    let project = Project::of(&crate::layouts::NUMBERS);
    project.write("map.toml", "feed = [\"feed\"]\nreader = [\"item\", \"unread\"]\n");
    project.go(&[&["adopt", "--domain-map", "map.toml"], &["makemigrations", "--check"], &["check"]]);
    let files = project.files();
    let snapshots: Vec<_> = files.iter().filter(|path| path.starts_with("schema-snapshots")).collect();
    assert_eq!(snapshots, ["schema-snapshots/feed.toml", "schema-snapshots/reader.toml"]);
}
