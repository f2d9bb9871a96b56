//! Changes of a type that alter values without an error: asked, said in the summary and in `down.sql`, and agreed to before
//! `migrate:down` makes them.

use makemigrations_tests::database::Engine;

use crate::setup::Setup;

fn table(column: &str) -> String {
    format!("[tables.t.columns]\nid = {{ type = \"integer\", primary_key = true }}\n{column}\n")
}

/// A migrated table with one row, and the snapshot of the change.
fn changed(engine: Engine, before: &str, value: &str, after: &str) -> Setup {
    let setup = Setup::new(engine);
    setup.snapshot("main", &table(&format!("v = {before}")));
    setup.run(["makemigrations"]).code(0);
    setup.migrate();
    setup.database.execute(&format!("INSERT INTO t VALUES (1, {value})"));
    setup.snapshot("main", &table(&format!("v = {after}")));
    setup
}

/// The flag that is printed for the database's own way.
fn offered(setup: &Setup) -> String {
    let asked = setup.run(["makemigrations", "--no-input"]);
    asked.code(2).stderr_contains("without an error").stderr_contains("--using t.v=<SQL>");
    let line = asked.stderr.lines().map(str::trim).find(|line| line.starts_with("--using")).unwrap();
    let flag = line.split("  ").next().unwrap().trim_start_matches("--using ");
    flag.trim_matches('\'').to_owned()
}

#[test]
fn what_alters_values_is_a_question_and_the_answer_is_offered() {
    for (engine, before, value, after, became) in [
        (Engine::Postgres, "\"numeric(10, 4)\"", "1.5", "\"integer\"", "2"),
        (Engine::Postgres, "\"numeric(10, 4)\"", "1.2345", "\"numeric(10, 2)\"", "1.23"),
        (Engine::Postgres, "\"timestamptz\"", "'2024-03-04 12:34:56+00'", "\"date\"", "2024-03-04"),
        (Engine::Postgres, "\"timestamp\"", "'2024-03-04 12:34:56.789'", "\"timestamp(0)\"", "2024-03-04 12:34:57"),
        (Engine::Postgres, "\"text\"", "'007'", "\"integer\"", "7"),
        (Engine::Postgres, "\"text\"", "'yes'", "\"boolean\"", "t"),
        (Engine::Postgres, "\"json\"", "'{\"b\":1,\"a\":2,\"a\":3}'", "\"jsonb\"", "{\"a\": 3, \"b\": 1}"),
        (Engine::Postgres, "\"double\"", "1.2345678901", "\"real\"", "1.2345679"),
        (Engine::Postgres, "\"integer\"", "2", "\"boolean\"", "t"),
        (Engine::Sqlite, "\"numeric(10, 4)\"", "1.5", "\"integer\"", "2"),
        (Engine::Sqlite, "\"timestamp\"", "'2024-03-04 12:34:56'", "\"date\"", "2024-03-04"),
        (Engine::Sqlite, "\"text\"", "'007'", "\"integer\"", "7"),
        (Engine::Sqlite, "\"double\"", "2.5", "\"bigint\"", "3"),
    ] {
        let setup = changed(engine, before, value, after);
        let was = setup.database.rows("SELECT v FROM t");
        let flag = offered(&setup);
        let planned = setup.run(["makemigrations", "--no-input", "--using", &flag]);
        planned
            .code(0)
            .stderr_contains("may lose: the values of t.v")
            .stderr_contains("going down does not bring back");
        planned.lacks("takes everything back");
        let down = setup.read(&format!("migrations/{}/down.sql", setup.migrations().pop().unwrap()));
        assert!(down.contains("-- Going down does not bring back:\n--   the values of t.v from before"), "{down}");
        setup.run(["check"]).code(0);
        setup.migrate();
        let text = if engine == Engine::Postgres { "v::text" } else { "v" };
        let now = setup.database.rows(&format!("SELECT {text} FROM t"));
        let now = now[0][0].as_deref().map(|text| if text == "true" { "t" } else { text });
        assert_eq!(now, Some(became), "{before} {after}");
        let refused = setup.run(["migrate:down"]);
        refused.code(1).stderr_contains("does not bring back the values of t.v").stderr_contains("--yes");
        setup.run(["migrate:down", "--yes"]).code(0);
        assert_eq!(setup.database.rows("SELECT v FROM t").len(), was.len());
    }
}

#[test]
fn what_holds_all_values_is_not_asked() {
    for engine in Engine::ALL {
        for (before, value, after) in [
            ("\"integer\"", "7", "\"bigint\""),
            ("\"varchar(10)\"", "'a'", "\"text\""),
            ("\"numeric(10, 2)\"", "1.5", "\"numeric(12, 2)\""),
            ("\"date\"", "'2024-03-04'", "\"timestamp\""),
            ("\"integer\"", "7", "\"text\""),
            // Refused where a value does not fit, which is no silence.
            ("\"text\"", "'a'", "\"varchar(5)\""),
            ("\"bigint\"", "7", "\"integer\""),
        ] {
            let setup = changed(engine, before, value, after);
            setup.run(["makemigrations", "--no-input"]).code(0).lacks("may lose: the values");
        }
    }
}

/// The way down loses what the way up could take.
#[test]
fn the_way_down_says_what_it_alters() {
    for engine in Engine::ALL {
        let setup = changed(engine, "\"integer\"", "7", "\"numeric(10, 2)\"");
        setup.run(["makemigrations"]).code(0).stderr_contains("going down may lose: values of t.v");
        let down = setup.read(&format!("migrations/{}/down.sql", setup.migrations().pop().unwrap()));
        assert!(down.contains("-- Going down may lose:\n--   values of t.v, from numeric(10, 2) to integer"), "{down}");
        setup.migrate();
        setup.database.execute("UPDATE t SET v = 7.5");
        setup.run(["migrate:down"]).code(1).stderr_contains("--yes");
        setup.run(["migrate:down", "--yes"]).code(0);
        assert_eq!(setup.database.value("SELECT v FROM t"), "8");
    }
}

/// An expression of a person's: what it makes of the values does not come back, and without rows there is nothing to say.
#[test]
fn an_expression_is_never_said_to_take_everything_back() {
    for engine in Engine::ALL {
        let after = "{ type = \"integer\", using = \"length(v)\" }";
        let setup = changed(engine, "\"text\"", "'hello'", after);
        let planned = setup.run(["makemigrations"]);
        planned.code(0).stderr_contains("may lose: the values of t.v as they are: `length(v)` replaces them");
        planned.lacks("takes everything back");
        setup.migrate();
        setup.run(["migrate:down"]).code(1);
        assert_eq!(setup.database.value("SELECT v FROM t"), "5");
        setup.database.execute("DELETE FROM t");
        setup.run(["migrate:down"]).code(0).stderr_contains("takes everything back");
    }
}

#[test]
fn rows_of_a_dropped_table_do_not_come_back() {
    for engine in Engine::ALL {
        let setup = changed(engine, "\"text\"", "'x'", "\"text\"");
        setup.snapshot("main", "[tables.u.columns]\nid = { type = \"integer\", primary_key = true }\n");
        let planned = setup.run(["makemigrations", "--no-renames"]);
        planned.code(0).stderr_contains("going down does not bring back the rows of table t");
        planned.lacks("takes everything back");
        setup.migrate();
        let said = setup.run(["migrate:down", "--yes"]);
        said.code(0).stderr_contains("does not bring back the rows of table t");
        said.lacks("takes everything back");
        assert_eq!(setup.database.value("SELECT count(*) FROM t"), "0");
    }
}

#[test]
fn a_flag_that_changes_nothing_is_an_error() {
    for engine in Engine::ALL {
        let setup = changed(engine, "\"text\"", "'x'", "\"text\"\nw = { type = \"text\", nullable = true }");
        let files = setup.files();
        for (flag, value) in [
            ("--using", "t.v=upper(v)"),
            ("--using", "t.w=upper(v)"),
            ("--backfill", "t.v='x'"),
            ("--using", "t.v=v; DROP TABLE t"),
            ("--using", "t.v=v, w = 'x'"),
            ("--backfill", "t.w='x' WHERE id = 1"),
        ] {
            setup.run(["makemigrations", flag, value]).code(2).stderr_contains(value.split('=').next().unwrap());
            assert_eq!(setup.files(), files);
        }
        setup.run(["makemigrations", "--backfill", "t.w='x'"]).code(0);
        // Up to date, and still nothing to use it for.
        setup.run(["makemigrations", "--using", "t.v=upper(v)"]).code(2);
    }
}

/// The text of an object that takes rows away says so, on both ways.
#[test]
fn an_object_that_drops_a_table_says_so() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        let object = |create: &str| {
            let main = table("v = \"text\"");
            setup.snapshot(
                "main",
                &format!("{main}\n[objects.side]\ncreate = \"{create}\"\ndrop = \"drop table side\"\n"),
            );
        };
        object("create table side (id integer)");
        setup.run(["makemigrations"]).code(0).stderr_contains("going down may lose: rows or values: object side");
        setup.migrate();
        setup.database.execute("INSERT INTO side VALUES (1)");
        object("create table if not exists side (id integer)");
        let planned = setup.run(["makemigrations"]);
        planned.code(0).stderr_contains("may lose: rows or values: object side runs `drop table side`");
        planned.lacks("takes everything back");
        setup.migrate();
        setup.database.execute("INSERT INTO side VALUES (1)");
        setup.run(["migrate:down"]).code(1).stderr_contains("drop table side").stderr_contains("--yes");
        assert_eq!(setup.database.value("SELECT count(*) FROM side"), "1");
        setup.run(["migrate:down", "--yes"]).code(0);
    }
}
