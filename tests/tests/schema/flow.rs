//! `schema.rs` beside the migrations: written with them, found out of date by `check`, and kept by what writes either.

use std::time::Duration;

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::Engine;
use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::sum;
use makemigrations_tests::project::Project;

const TICKET: &str = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";

fn project(engine: Engine, setting: &str) -> Project {
    let project = Project::new(engine);
    project.settings(&format!("dialect = \"{}\"\nschema_rs = {setting}\n", engine.name()));
    project.snapshot("ticket", TICKET);
    project
}

#[test]
fn it_is_written_with_the_migration() {
    for engine in Engine::ALL {
        let project = project(engine, "\"src/schema.rs\"");
        project.run(["makemigrations", "--dry-run"]).code(0);
        assert!(!project.exists("src/schema.rs"));
        project.run(["makemigrations"]).code(0).stderr_contains("src/schema.rs");
        let text = project.read("src/schema.rs");
        assert!(text.contains("ticket (id)"), "{text}");
        project.run(["check"]).code(0);

        project.snapshot("ticket", &format!("{TICKET}size = {{ type = \"bigint\", nullable = true }}\n"));
        project.run(["makemigrations"]).code(0);
        assert!(project.read("src/schema.rs").contains("size -> Nullable<"));
        project.run(["check"]).code(0);
    }
}

#[test]
fn a_diesel_toml_needs_no_setting() {
    let project = Project::new(Engine::Postgres);
    project.snapshot("ticket", TICKET);
    project.write("diesel.toml", "[print_schema]\nfile = \"src/db/schema.rs\"\ncolumn_sorting = \"name\"\nodd = 1\n");
    project.run(["makemigrations"]).code(0).stderr_contains("unknown key `odd` of `[print_schema]`");
    assert!(project.read("src/db/schema.rs").contains("ticket (id)"));
    // The setting is about the place, not about what is printed.
    project.settings("dialect = \"postgres\"\nschema_rs = \"src/schema.rs\"\n");
    project.run(["schema"]).code(0);
    assert_eq!(project.read("src/schema.rs"), project.read("src/db/schema.rs"));
    project.write("diesel.toml", "[print_schema]\nfile = \"../out.rs\"\n");
    project.settings("dialect = \"postgres\"\n");
    project.run(["schema"]).code(2).stderr_contains("`../out.rs` of `diesel.toml` is not inside the workspace");
    project.write("diesel.toml", "[print_schema]\nwith_docs = \"all\"\n");
    project.run(["schema"]).code(2).stderr_contains("diesel.toml:2:13");
}

#[test]
fn check_shows_the_lines_that_differ() {
    let repo = Repo::new();
    let project = Project::with_settings(&repo, "dialect = \"sqlite\"\nschema_rs = \"src/schema.rs\"\n");
    project.snapshot("ticket", TICKET);
    project.run(["makemigrations"]).code(0);
    repo.commit_all("all");
    project.run(["check"]).code(0);
    project.run(["schema", "--check"]).code(0);

    let good = project.read("src/schema.rs");
    project.write("src/schema.rs", good.replace("Text", "Integer"));
    for command in [&["check"][..], &["schema", "--check"]] {
        let finished = project.run(command);
        finished.code(1).stderr_contains("-        title -> Integer,").stderr_contains("+        title -> Text,");
        finished.stderr_contains("src/schema.rs:6").stderr_contains("cargo xtask schema");
    }
    let json = project.run(["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.code(1).stdout).unwrap();
    assert_eq!(document["findings"][0]["id"], "schema");
    assert_eq!(document["findings"][0]["line"], 6);
    project
        .run(["check", "--format", "github"])
        .code(1)
        .stdout_contains("::error file=src/schema.rs,line=6,title=schema");

    // What is staged is judged, not what is on disk.
    project.run(["check", "--staged"]).code(0);
    repo.git(["add", "-A"]);
    project.write("src/schema.rs", &good);
    project.run(["check", "--staged"]).code(1).stderr_contains("git add 'src/schema.rs'");
    project.run(["check"]).code(0);

    // Git may have changed the line ends.
    project.write("src/schema.rs", good.replace('\n', "\r\n"));
    project.run(["check"]).code(0);
    std::fs::remove_file(project.join("src/schema.rs")).unwrap();
    project.run(["check"]).code(1).stderr_contains("`src/schema.rs` is not there");
    project.run(["schema"]).code(0);
    assert_eq!(project.read("src/schema.rs"), good);
}

#[test]
fn without_a_file_it_is_printed() {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("ticket", TICKET);
    project.run(["schema"]).code(0).stdout_contains("ticket (id)");
    project.run(["schema", "--check"]).code(2).stderr_contains("`schema_rs`");
    assert!(project.files().iter().all(|file| !file.ends_with(".rs")));
}

#[test]
fn each_domain_may_have_its_own_file() {
    let project = project(Engine::Postgres, "{ path = \"src/schema.rs\", per_domain = true }");
    project.snapshot("house", "[tables.house.columns]\nid = { type = \"integer\", primary_key = true }\n");
    project.snapshot("ticket", &format!("{TICKET}house = {{ type = \"integer\", references = \"house\" }}\n"));
    project.run(["makemigrations"]).code(0);
    let root = project.read("src/schema.rs");
    assert!(root.contains("pub mod house;") && root.contains("joinable!(ticket -> house (house))"), "{root}");
    assert!(project.read("src/schema/domains/ticket.rs").contains("ticket (id)"));
    project.run(["check"]).code(0);

    // A domain that goes takes its file along; a file of somebody else's stays.
    project.write("src/schema/domains/mine.rs", "// mine\n");
    std::fs::remove_file(project.join("schema-snapshots/house.toml")).unwrap();
    project.snapshot("ticket", TICKET);
    project.run(["makemigrations"]).code(0);
    assert!(!project.exists("src/schema/domains/house.rs") && project.exists("src/schema/domains/mine.rs"));
}

#[test]
fn one_domain_alone_shows_what_is_reached() {
    let project = project(Engine::Sqlite, "\"src/schema.rs\"");
    project.run(["makemigrations"]).code(0);
    project.snapshot(
        "ticket",
        &format!("size = 1\n{TICKET}")
            .replace("size = 1\n", "")
            .replace("title", "note = { type = \"text\", nullable = true }\ntitle"),
    );
    project.snapshot("house", "[tables.house.columns]\nid = { type = \"integer\", primary_key = true }\n");
    project.run(["makemigrations", "--domain", "ticket"]).code(0);
    let text = project.read("src/schema.rs");
    assert!(!text.contains("house"), "{text}");
    let place = |word: &str| text.find(word).unwrap_or_else(|| panic!("no `{word}`\n{text}"));
    assert!(place("note ->") < place("title ->"), "columns are as declared\n{text}");
}

/// Both or none, however it ends.
#[test]
fn a_run_that_is_killed_leaves_both_or_none() {
    for delay in [0, 2, 5, 10, 15, 20, 30, 40, 60, 90, 150] {
        let project = project(Engine::Sqlite, "\"src/schema.rs\"");
        let running = makemigrations(&project, ["makemigrations"]).spawn();
        drop(running.kill_after(Duration::from_millis(delay)));
        let has_migration = !project.migrations().is_empty();
        assert_eq!(has_migration, project.exists("src/schema.rs"), "killed after {delay} ms");
        project.run(["makemigrations"]).code(0);
        project.run(["check"]).code(0);
        let unfinished: Vec<_> =
            project.files().into_iter().filter(|file| file.contains("makemigrations-new")).collect();
        assert_eq!(unfinished, Vec::<String>::new(), "killed after {delay} ms");
    }
}

/// Between the names of the last two files: the migration is there, `schema.rs` has still its unfinished name, and the journal in
/// git's folder knows of both.
#[test]
fn the_next_command_finishes_what_a_killed_one_had_begun() {
    for command in [&["check"][..], &["schema", "--check"], &["makemigrations"], &["showmigrations"]] {
        let settings = "dialect = \"sqlite\"\nschema_rs = \"src/schema.rs\"\n";
        let project = Project::with_settings(&Repo::new(), settings);
        project.snapshot("ticket", TICKET);
        project.run(["makemigrations"]).code(0);
        let old = project.read("src/schema.rs");
        let first = project.migrations();
        project.snapshot("ticket", &format!("{TICKET}size = {{ type = \"bigint\", nullable = true }}\n"));
        project.run(["makemigrations"]).code(0).lacks("killed");
        let new = project.read("src/schema.rs");
        let name = project.migrations().into_iter().find(|name| !first.contains(name)).unwrap();
        project.rename("src/schema.rs", "src/.makemigrations-new-schema.rs");
        project.write("src/schema.rs", &old);
        let sum = sum(new.as_bytes());
        let folder = project.join("migrations").display().to_string();
        let journal =
            format!("# makemigrations write 1\nfolder {folder}\nmigration {name}\nfile {sum} src/schema.rs\n");
        project.write(".git/makemigrations/migrations.write", journal);
        project.run(command).code(0).stderr_contains("note: finished what a command that was killed had begun");
        assert_eq!(project.read("src/schema.rs"), new);
        assert!(!project.exists("src/.makemigrations-new-schema.rs"));
        project.run(["schema", "--check"]).code(0).lacks("killed");
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    for (setting, message) in [
        ("1", "setting `schema_rs` has to be a text"),
        ("\"../schema.rs\"", "inside the workspace"),
        ("{ path = \"a.rs\", enums = \"java\" }", "`enums` has to be"),
        ("{ path = \"a.rs\", pro_domain = true }", "unknown key `pro_domain`"),
    ] {
        project(Engine::Sqlite, setting).run(["schema"]).code(2).stderr_contains(message);
    }
}
