//! Numbers of snapshots, digit by digit: in the database, in the record, and back out of the database.

use makemigrations_tests::database::Engine;

use crate::setup::Setup;

fn snapshot(setup: &Setup, columns: &str) {
    setup
        .snapshot("main", &format!("[tables.t.columns]\nid = {{ type = \"integer\", primary_key = true }}\n{columns}"));
}

#[test]
fn defaults_keep_their_digits() {
    let setup = Setup::new(Engine::Postgres);
    snapshot(
        &setup,
        "a = { type = \"numeric\", default = 123456789012345678.125 }\n\
         b = { type = \"numeric(10, 2)\", default = 20.0 }\n\
         c = { type = \"double\", default = 0.0 }\n\
         d = { type = \"numeric\", default = 99999999999999999999 }\n\
         e = { type = \"integer\", default = 0x10 }\n\
         f = { type = \"integer\", default = 1_000 }\n\
         g = { type = \"integer\", default = +5 }\n\
         h = { type = \"numeric\", default = 1.50 }\n\
         i = { type = \"numeric\", default = 1e30 }\n",
    );
    setup.run(["makemigrations"]).code(0);
    setup.migrate();
    setup.run(["makemigrations", "--check"]).code(0);
    setup.run(["check"]).code(0);
    setup.run(["drift"]).code(0);
    setup.run(["inspect", "--write"]).code(0);
    setup.database.execute("INSERT INTO t (id) VALUES (1)");
    let row = setup
        .database
        .rows("SELECT a::text, b::text, c::text, d::text, e::text, f::text, g::text, h::text, i::text FROM t");
    let row: Vec<_> = row[0].iter().map(|value| value.as_deref().unwrap()).collect();
    let whole = "1000000000000000000000000000000";
    assert_eq!(row, ["123456789012345678.125", "20.00", "0", "99999999999999999999", "16", "1000", "5", "1.50", whole]);
    // What is printed is what was written.
    let printed = setup.run(["inspect"]);
    printed.code(0).stdout_contains("default = 123456789012345678.125").stdout_contains("default = 20.0");
}

#[test]
fn a_backfill_keeps_its_digits() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        snapshot(&setup, "");
        setup.run(["makemigrations"]).code(0);
        setup.migrate();
        setup.database.execute("INSERT INTO t VALUES (1)");
        snapshot(&setup, "a = { type = \"numeric(6, 2)\", backfill = 20.10 }\n");
        setup.run(["makemigrations"]).code(0);
        let up = setup.read(&format!("migrations/{}/up.sql", setup.migrations().pop().unwrap()));
        assert!(up.contains("20.10"), "{up}");
    }
}

#[test]
fn another_spelling_of_the_digits_is_a_change_and_another_of_the_number_is_none() {
    let setup = Setup::new(Engine::Postgres);
    snapshot(&setup, "a = { type = \"numeric\", default = 1_000 }\n");
    setup.run(["makemigrations"]).code(0);
    for same in ["1000", "+1000", "0x3e8"] {
        snapshot(&setup, &format!("a = {{ type = \"numeric\", default = {same} }}\n"));
        setup.run(["makemigrations", "--check"]).code(0);
    }
    snapshot(&setup, "a = { type = \"numeric\", default = 1000.00 }\n");
    setup.run(["makemigrations", "--check"]).code(1);
}

#[test]
fn what_a_column_does_not_hold_is_said() {
    for (engine, column, said) in [
        (Engine::Sqlite, "{ type = \"numeric\", default = 123456789012345678.125 }", "it becomes 123456789012345680"),
        (Engine::Sqlite, "{ type = \"numeric\", default = 1e400 }", "a number that a float can hold"),
        (Engine::Postgres, "{ type = \"double\", default = 1e400 }", "a number that a float can hold"),
        (Engine::Postgres, "{ type = \"real\", default = 1.23456789012 }", "it becomes 1.2345679"),
        (Engine::Postgres, "{ type = \"numeric(4, 2)\", default = 1.005 }", "2 digits after the point"),
        (Engine::Postgres, "{ type = \"numeric\", default = inf }", "expected a finite number"),
        (Engine::Postgres, "{ type = \"bigint\", default = 9223372036854775808 }", "expected an integer between"),
        (Engine::Postgres, "{ type = \"numeric\", default = 1e9999999 }", "the number is too large"),
    ] {
        let setup = Setup::new(engine);
        snapshot(&setup, &format!("a = {column}\n"));
        setup.run(["makemigrations", "--dry-run"]).stderr_contains(said);
    }
}
