//! `--backfill` on the way down: what the rows that are there get in a NOT NULL column that comes back. It must not test
//! `makemigrations --backfill`.

use makemigrations_tests::database::Engine;

use crate::diesel_view::assert_applied;
use crate::setup::{Setup, snapshot_ticket};

const FIRST: &str = "2026-11-23-141200-0001_initial";

/// A project whose second migration leaves two rows without what `before` says; the columns of `after` stay.
fn dropped(engine: Engine, before: &str, after: &str, rows: &str) -> (Setup, String) {
    let setup = Setup::new(engine);
    setup.snapshot("t", before);
    setup.next(&[]);
    setup.migrate();
    setup.database.execute(rows);
    setup.snapshot("t", after);
    let second = setup.next(&[]);
    setup.migrate();
    (setup, second)
}

const KEY: &str = "id = { type = \"integer\", primary_key = true }\n";

#[test]
fn the_flag_of_each_column_is_named_and_several_are_given() {
    for engine in Engine::ALL {
        let before = format!(
            "[tables.t.columns]\n{KEY}a = \"text\"\n\"odd Name\" = \"integer\"\nb = {{ type = \"text\", nullable = true }}\n"
        );
        let after = format!("[tables.t.columns]\n{KEY}");
        let rows = "INSERT INTO t (id, a, \"odd Name\") VALUES (1, 'x', 7), (2, 'y', 8)";
        let (setup, second) = dropped(engine, &before, &after, rows);
        let asked = setup.run(["migrate:down", "--yes"]);
        asked.code(2).stderr_contains("--backfill t.a=<SQL>").stderr_contains("--backfill 't.\"odd Name\"=<SQL>'");
        asked.lacks("t.b");
        assert_applied(&setup, &[FIRST, &second]);
        setup
            .run(["migrate:down", "--yes", "--backfill", "t.a='z'"])
            .code(2)
            .lacks("t.a=<SQL>")
            .stderr_contains("odd Name");
        let wrong = setup.run([
            "migrate:down",
            "--yes",
            "--backfill",
            "t.a='z'",
            "--backfill",
            "t.\"odd Name\"=id",
            "--backfill",
            "t.c=1",
        ]);
        wrong.code(2).stderr_contains("`t.c`");
        setup
            .run(["migrate:down", "--yes", "--backfill", "t.a='it''s '", "--backfill", "t.\"odd Name\"=id * 10"])
            .code(0);
        assert_applied(&setup, &[FIRST]);
        assert_eq!(setup.database.column("SELECT a FROM t ORDER BY id"), ["it's ", "it's "]);
        assert_eq!(setup.database.column("SELECT \"odd Name\" FROM t ORDER BY id"), ["10", "20"]);
        setup.snapshot("t", &before);
        setup.run(["drift"]).code(0);
        setup.run(["migrate"]).code(0);
    }
}

#[test]
fn without_rows_nothing_is_asked() {
    for engine in Engine::ALL {
        let (before, after) =
            (format!("[tables.t.columns]\n{KEY}a = \"text\"\n"), format!("[tables.t.columns]\n{KEY}"));
        let (setup, _) = dropped(engine, &before, &after, "SELECT 1");
        setup.run(["migrate:down"]).code(0);
        assert_applied(&setup, &[FIRST]);
    }
}

/// A column that was NOT NULL and is so again, over rows that have NULL by now.
#[test]
fn nulls_of_a_column_that_becomes_not_null_again() {
    for engine in Engine::ALL {
        let before = format!("[tables.t.columns]\n{KEY}a = \"text\"\n");
        let after = format!("[tables.t.columns]\n{KEY}a = {{ type = \"text\", nullable = true }}\n");
        let (setup, second) = dropped(engine, &before, &after, "INSERT INTO t (id, a) VALUES (1, 'x')");
        setup.database.execute("INSERT INTO t (id, a) VALUES (2, NULL)");
        setup.run(["migrate:down"]).code(2).stderr_contains("--backfill t.a=<SQL>");
        assert_applied(&setup, &[FIRST, &second]);
        setup.run(["migrate:down", "--backfill", "t.a='none'"]).code(0);
        assert_eq!(setup.database.column("SELECT a FROM t ORDER BY id"), ["x", "none"]);
    }
}

/// The table is called otherwise now, and both names mean it.
#[test]
fn a_table_that_has_another_name_by_now() {
    for engine in Engine::ALL {
        for key in ["t", "u"] {
            let before = format!("[tables.t.columns]\n{KEY}a = \"text\"\n");
            let after = format!("[tables.t.columns]\n{KEY}");
            let (setup, _) = dropped(engine, &before, &after, "INSERT INTO t (id, a) VALUES (1, 'x')");
            setup.snapshot("t", &after.replace("tables.t", "tables.u"));
            setup.next(&["--rename", "t:u"]);
            setup.migrate();
            setup.run(["migrate:down", "--steps", "2"]).code(2).stderr_contains("--backfill t.a=<SQL>");
            setup.run(["migrate:down", "--steps", "2", "--backfill", &format!("{key}.a='y'")]).code(0);
            assert_eq!(setup.database.column("SELECT a FROM t"), ["y"]);
        }
    }
}

#[test]
fn a_down_that_people_wrote_is_not_filled_from_outside() {
    for engine in Engine::ALL {
        let (before, after) =
            (format!("[tables.t.columns]\n{KEY}a = \"text\"\n"), format!("[tables.t.columns]\n{KEY}"));
        let (setup, second) = dropped(engine, &before, &after, "INSERT INTO t (id, a) VALUES (1, 'x')");
        let path = format!("migrations/{second}/down.sql");
        setup.append(&path, "-- as people like it\n");
        setup.run(["seal", &second]).code(0);
        setup.run(["migrate:down", "--yes", "--backfill", "t.a='y'"]).code(2).stderr_contains("written by hand");
        setup.run(["migrate:down", "--yes"]).code(1).stderr_contains("--force");
        assert_applied(&setup, &[FIRST, &second]);
    }
}

/// What is absent is filled as well.
#[test]
fn an_absent_migration_is_answered_for() {
    for engine in Engine::ALL {
        let (before, after) =
            (format!("[tables.t.columns]\n{KEY}a = \"text\"\n"), format!("[tables.t.columns]\n{KEY}"));
        let (setup, second) = dropped(engine, &before, &after, "INSERT INTO t (id, a) VALUES (1, 'x')");
        setup.remove(&format!("migrations/{second}"));
        setup.snapshot("t", &before);
        setup.run(["makemigrations", "--no-input"]).code(0);
        setup.run(["migrate:down", "--absent"]).code(2).stderr_contains("--backfill t.a=<SQL>");
        setup.run(["migrate:down", "--absent", "--backfill", "t.a='y'"]).code(0);
        assert_eq!(setup.database.column("SELECT a FROM t"), ["y"]);
        setup.run(["drift"]).code(0);
    }
}

/// `squash` rolls back, and takes the same answers.
#[test]
fn squash_takes_them() {
    use makemigrations_tests::{folder::Folder, git::Repo};
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        let repo = Repo::init(&Folder::clone(&setup.project));
        setup.snapshot("t", &format!("[tables.t.columns]\n{KEY}a = \"text\"\n"));
        setup.next(&[]);
        setup.migrate();
        setup.database.execute("INSERT INTO t (id, a) VALUES (1, 'x')");
        repo.commit_all("base");
        repo.branch("mine");
        setup.snapshot("t", &format!("[tables.t.columns]\n{KEY}"));
        setup.next(&[]);
        setup.snapshot("t", &format!("[tables.t.columns]\n{KEY}b = {{ type = \"text\", nullable = true }}\n"));
        setup.next(&[]);
        setup.migrate();
        setup.run(["squash", "--yes"]).code(2).stderr_contains("--backfill t.a=<SQL>");
        setup.run(["squash", "--yes", "--backfill", "t.a='y'"]).code(0);
        setup.run(["drift"]).code(0);
        setup.run(["showmigrations"]).code(0).lacks("pending").lacks("unknown");
    }
}

#[test]
fn a_flag_that_is_no_assignment() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    snapshot_ticket(&setup.project, "");
    setup.run(["migrate:down", "--backfill", "t.a"]).code(2).stderr_contains("`table.column=SQL`");
    setup.run(["migrate:down", "--backfill", "t.a=1", "--backfill", "t.a=2"]).code(2).stderr_contains("twice");
}
