//! `makemigrations --manual`: operations recorded, their SQL prefilled and people's to change, then `seal`.

use makemigrations_tests::database::Engine;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

use crate::setup::{Setup, next, snapshot_ticket};

/// A column that existing rows get another value in than a literal.
const SIZE: &str = "size = { type = \"integer\", nullable = true }\n";

/// A project whose second migration is a manual one; nothing of it is changed yet.
fn manual(engine: Engine, flags: &[&str]) -> (Setup, String) {
    let setup = Setup::with_ticket(engine);
    snapshot_ticket(&setup, SIZE);
    let name = setup.next(&[&["--manual"], flags].concat());
    (setup, name)
}

fn is_manual(project: &Project, name: &str) -> bool {
    let record: toml::Table = project.read(&format!("migrations/{name}/operations.toml")).parse().unwrap();
    record.get("manual").and_then(toml::Value::as_bool) == Some(true)
}

#[test]
fn the_sql_is_prefilled_and_works_as_it_is() {
    for engine in Engine::ALL {
        let (setup, name) = manual(engine, &[]);
        assert_eq!(name, "2026-11-23-141201-0002_ticket_size");
        assert!(is_manual(&setup, &name));
        let up = setup.read(&format!("migrations/{name}/up.sql"));
        assert!(up.contains("yours to change") && up.contains("ADD COLUMN \"size\""), "{up}");
        setup.run(["makemigrations", "--check"]).code(0);
        setup.run(["check"]).code(0);
        setup.run(["seal"]).code(0).stderr_contains("nothing to seal");
        setup.migrate();
        assert_eq!(setup.database.value("SELECT count(size) FROM ticket"), "0");
        setup.run(["migrate:down", "--yes"]).code(0);
    }
}

#[test]
fn changed_sql_is_sealed_and_the_state_follows_the_operations() {
    for engine in Engine::ALL {
        let (setup, name) = manual(engine, &[]);
        setup.append(&format!("migrations/{name}/up.sql"), "UPDATE ticket SET size = length(title);\n");
        setup.run(["check"]).code(1).stderr_contains("M001").stderr_contains(&format!("cargo xtask seal {name}"));
        setup.run(["migrate"]).code(1).stderr_contains(&name);
        setup.run(["seal"]).code(0).stderr_contains(&name);
        setup.run(["check"]).code(0);
        setup.run(["makemigrations", "--check"]).code(0);

        setup.run(["migrate", "--to", "1"]).code(0);
        setup.database.execute("INSERT INTO ticket VALUES (1, 'four')");
        setup.migrate();
        assert_eq!(setup.database.value("SELECT CAST(size AS text) FROM ticket"), "4");
        // The column is known: the next change starts from it.
        let third = setup.ticket("");
        let down = setup.read(&format!("migrations/{third}/up.sql"));
        assert!(
            third.ends_with("-0003_delete_ticket_size") || down.contains("DROP COLUMN \"size\""),
            "{third}: {down}"
        );
    }
}

#[test]
fn a_sealed_one_that_is_changed_again_is_not_accepted() {
    let (setup, name) = manual(Engine::Sqlite, &["--name", "sizes"]);
    assert_eq!(name, "2026-11-23-141201-0002_sizes");
    let up = format!("migrations/{name}/up.sql");
    setup.append(&up, "UPDATE ticket SET size = 1;\n");
    setup.run(["seal"]).code(0);
    setup.append(&up, "UPDATE ticket SET size = 2;\n");
    setup.run(["check"]).code(1).stderr_contains("M001").stderr_contains(&name);
    setup.run(["seal", "sizes"]).code(0);
    setup.run(["check"]).code(0);
}

/// Only SQL is written by hand: the operations say what is in the state.
#[test]
fn operations_are_not_written_by_hand() {
    let (setup, name) = manual(Engine::Sqlite, &[]);
    let record = format!("migrations/{name}/operations.toml");
    let lock = setup.read("migrations/migrations.lock");
    setup.append(&format!("migrations/{name}/up.sql"), "UPDATE ticket SET size = 1;\n");
    let original = setup.read(&record);
    for text in [
        original.replace("type = \"integer\"", "type = \"bigint\""),
        original.replace("number = 2", "number = 3"),
        format!("{original}# a note\n"),
        format!("{original}no TOML = = \n"),
    ] {
        setup.write(&record, &text);
        let refused = setup.run(["seal", &name]);
        refused.code(1).stderr_contains(&record).stderr_contains("cargo xtask makemigrations --manual");
        assert_eq!(setup.read("migrations/migrations.lock"), lock);
    }
    setup.write(&record, &original);
    setup.run(["seal", &name]).code(0);
    setup.run(["check"]).code(0);
}

/// What nobody sealed but recorded by other means.
#[test]
fn a_record_that_was_rewritten_is_a_finding() {
    let (setup, name) = manual(Engine::Sqlite, &[]);
    let record = format!("migrations/{name}/operations.toml");
    // Without its lines it is as good as new to `seal`.
    let lock = setup.read("migrations/migrations.lock");
    let without: String = lock
        .lines()
        .filter(|line| !line.contains(&record["migrations/".len()..]))
        .map(|line| format!("{line}\n"))
        .collect();
    setup.append(&record, "# a note\n");
    setup.write("migrations/migrations.lock", without);
    setup.run(["seal", &name]).code(0);
    setup.run(["check"]).code(1).stderr_contains("M017").stderr_contains(&record);
}

#[test]
fn declaring_generated_sql_by_hand_is_as_good_as_sealing() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let name = setup.ticket(SIZE);
    assert!(!is_manual(&setup, &name));
    setup.append(&format!("migrations/{name}/up.sql"), "UPDATE ticket SET size = 1;\n");
    setup.replace(&format!("migrations/{name}/operations.toml"), "\"sqlite\"\n", "\"sqlite\"\nmanual = true\n");
    setup.run(["seal"]).code(0);
    setup.run(["check"]).code(0);
}

#[test]
fn nothing_is_written_where_nothing_is_to_be_written() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    setup.run(["makemigrations", "--manual"]).code(0).stderr_contains("no changes");
    setup.run(["makemigrations", "--manual", "--check"]).code(0);
    snapshot_ticket(&setup, SIZE);
    let before = setup.files();
    setup.run(["makemigrations", "--manual", "--check"]).code(1).stderr_contains("size");
    let shown = setup.run(["makemigrations", "--manual", "--dry-run"]);
    shown.code(0).stdout_contains("yours to change").stdout_contains("ADD COLUMN").lacks("cargo xtask seal 2026");
    setup.run(["makemigrations", "--manual", "--empty"]).code(2);
    assert_eq!(setup.files(), before);
}

/// On PostgreSQL a new enum value is used in a migration of its own: both are manual.
#[test]
fn two_migrations_at_once_are_both_manual() {
    let setup = Setup::new(Engine::Postgres);
    let snapshot = |values: &str, default: &str| {
        setup.snapshot(
            "ticket",
            &format!(
                "[enums.status]\nvalues = [{values}]\n\n[tables.ticket.columns]\nid = {{ type = \"integer\", primary_key = \
                 true }}\nstatus = {{ type = \"status\", default = \"{default}\" }}\n"
            ),
        );
    };
    snapshot("\"new\"", "new");
    next(&setup, &[]);
    snapshot("\"new\", \"open\"", "open");
    setup.run(["makemigrations", "--manual", "--name", "opened"]).code(0);
    let names = setup.migrations();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names[1..].iter().all(|name| is_manual(&setup, name)) && names[2].ends_with("_opened"), "{names:?}");
    setup.run(["check"]).code(0);
    setup.migrate();
}

/// A merged one is frozen like any other.
#[test]
fn a_merged_manual_one_is_frozen() {
    let (setup, name) = manual(Engine::Sqlite, &[]);
    setup.append(&format!("migrations/{name}/up.sql"), "UPDATE ticket SET size = 1;\n");
    setup.run(["seal"]).code(0);
    let repo = Repo::init(&setup);
    repo.commit_all("merged");
    repo.branch("next");
    setup.run(["check"]).code(0);
    setup.append(&format!("migrations/{name}/up.sql"), "-- later\n");
    setup.run(["seal"]).code(1).stderr_contains(&name);
    setup.run(["check"]).code(1).stderr_contains("M001");
}
