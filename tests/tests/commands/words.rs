//! What is said to a person at night: what failed and where, how much stays, and the next command.

use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

use crate::setup::{Setup, snapshot_ticket};

#[test]
fn no_line_names_all_the_migrations_of_a_run() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        for number in 0..9 {
            setup.run(["makemigrations", "--empty", "--name", &format!("step_{number}")]).code(0);
        }
        setup.hand_written("broken", "SELECT no_such_column FROM ticket;", "SELECT 1;");
        let finished = setup.run(["migrate"]);
        finished.code(3).stderr_contains("_broken/up.sql:1` failed");
        finished.stderr_contains("applied before it, and staying so: 10 migrations\n");
        finished.stderr_contains("_step_0`\n").stderr_contains("hint: ").stderr_contains("`cargo xtask migrate`");
        assert!(finished.stderr.lines().all(|line| line.len() < 250), "{}", finished.stderr);
        // Adopted by the history as well.
        setup.database.execute("DELETE FROM __makemigrations_history");
        let finished = setup.run(["migrate"]);
        finished.stderr_contains("checksums of the present files: 10 migrations\n");
        assert!(finished.stderr.lines().all(|line| line.len() < 250), "{}", finished.stderr);
    }
}

#[test]
fn a_guard_says_what_it_found_and_not_how() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'much too long')");
        snapshot_ticket(&setup, "");
        setup.replace("schema-snapshots/ticket.toml", "title = \"text\"", "title = \"varchar(3)\"");
        setup.next(&[]);
        let finished = setup.run(["migrate"]);
        finished.code(3).stderr_contains(match engine {
            Engine::Postgres => "refuses: 1 row of \"ticket\" with a value in \"title\"",
            Engine::Sqlite => "refuses: values of `ticket.title` do not fit into varchar(3)",
        });
        finished.lacks("RAISE").lacks("DO $$").lacks("__makemigrations_guard");
        finished.stderr_contains("hint: settle what it says, then `cargo xtask migrate`");
    }
}

#[test]
fn the_folder_of_a_sqlite_file_is_not_made() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let (missing, file) = (setup.join("missing/deep/x.db"), setup.join("Cargo.toml/x.db"));
    for command in ["migrate", "showmigrations", "drift", "migrate:down"] {
        for path in [missing.display().to_string(), format!("sqlite://{}", missing.display())] {
            let finished = setup.run([command, "--database-url", &path]);
            finished.code(3).stderr_contains("missing/deep` is not there").stderr_contains("`mkdir -p ");
        }
        let finished = setup.command([command]).env("DATABASE_URL", file.display().to_string()).run();
        finished.code(3).stderr_contains("Cargo.toml` is no folder");
        assert!(!setup.exists("missing"), "{command}");
    }
    // A file in a folder that is there, in the command's own, and the default.
    setup.run(["migrate", "--database-url", "new.db"]).code(0);
    assert!(setup.exists("new.db"));
    setup.project.run(["migrate"]).code(0);
    assert!(setup.exists("target/dev.sqlite3"));
}

#[test]
fn commands_to_paste_quote_their_paths() {
    let top = Folder::temporary();
    let repo = Repo::init(&top);
    let project = Project::with_settings(&top, "dialect = \"sqlite\"\nmigrations = \"db stuff/migrations\"\n");
    project.write(".gitignore", "target/\n");
    snapshot_ticket(&project, "");
    project.run(["makemigrations"]).code(0);
    let name = project.files().into_iter().find_map(|file| Some(file.strip_suffix("/up.sql")?.to_owned())).unwrap();
    repo.commit_all("merged");
    repo.branch("mine");
    // An edit, a file more, and the lock file changed for it: one command brings all of it back.
    project.append(&format!("{name}/up.sql"), "-- edited\n");
    project.write(&format!("{name}/notes.txt"), "more\n");
    repo.git(["add", "--all"]);
    let finished = project.run(["check"]);
    finished.code(1).stderr_contains("'db stuff/migrations/");
    let commands: Vec<_> = finished
        .stderr
        .split('`')
        .filter(|text| ["git restore ", "rm "].iter().any(|start| text.starts_with(start)))
        .collect();
    assert_eq!(commands.len(), 2, "{}", finished.stderr);
    for command in commands {
        let ran = std::process::Command::new("sh").args(["-c", command]).current_dir(top.path()).status().unwrap();
        assert!(ran.success(), "{command}");
    }
    project.run(["check"]).code(0);
}

#[test]
fn two_statements_outside_of_a_transaction_are_found_before_migrate() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    let (one, two) = ("CREATE INDEX CONCURRENTLY a ON ticket (title);", "CREATE INDEX CONCURRENTLY b ON ticket (id);");
    let name = setup.next(&["--empty", "--name", "indexes"]);
    let write = |file: &str, text: String| setup.write(&format!("migrations/{name}/{file}"), text);
    write("metadata.toml", "run_in_transaction = false\n".to_owned());
    for (up, down) in [(format!("-- Both.\n{one}\n{two}\n"), ""), (format!("{one}\n"), "DROP INDEX b; DROP INDEX a;")] {
        write("up.sql", up);
        write("down.sql", format!("-- Nothing else.\n{down}\n"));
        for command in [&["seal"][..], &["check"], &["migrate"]] {
            setup.run(command).code(1).stderr_contains("M022").stderr_contains(&name).stderr_contains("2 statements");
        }
    }
    write("up.sql", format!("-- One; only one.\n{one} -- Really;\n"));
    write("down.sql", "DROP INDEX a;\n".to_owned());
    setup.run(["seal"]).code(0);
    setup.run(["check"]).code(0);
    setup.migrate();
    setup.run(["migrate:down", "--yes"]).code(0);
    // The frame of a rebuild needs several.
    let sqlite = Setup::with_ticket(Engine::Sqlite);
    let name = sqlite.next(&["--empty", "--name", "frame"]);
    sqlite.write(&format!("migrations/{name}/metadata.toml"), "run_in_transaction = false\n");
    sqlite.write(&format!("migrations/{name}/up.sql"), "BEGIN IMMEDIATE; CREATE TABLE a (b); COMMIT;\n");
    sqlite.run(["seal"]).code(0);
    let database = Database::new(Engine::Sqlite, "frame");
    sqlite.command(["migrate"]).env("DATABASE_URL", database.url()).run().code(0);
}
