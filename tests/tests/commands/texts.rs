//! SQL texts as people write them, with comments, tabs, capitals and settings of a session: nothing of it is drift, and
//! everything that a database reads is read alike. It must not know how a text is compared.

use makemigrations_tests::database::Engine;

use crate::setup::Setup;

const ID: &str = "id = { type = \"integer\", primary_key = true }\n";

impl Setup {
    #[track_caller]
    fn is_without_drift(&self) {
        self.run(["makemigrations", "--check"]).code(0);
        self.run(["drift"]).code(0).stderr_contains("no drift");
    }

    #[track_caller]
    fn applies(&self, snapshot: &str, flags: &[&str]) {
        self.project.snapshot("main", snapshot);
        self.next(flags);
        self.migrate();
        self.is_without_drift();
    }
}

/// As `pg_dump` begins, and as people write it.
#[test]
fn an_object_that_leaves_another_search_path_is_no_drift() {
    for setting in [
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "SET search_path TO pg_temp",
        "set SESSION Search_Path = 'pg_catalog'",
    ] {
        let setup = Setup::new(Engine::Postgres);
        let table = format!("[tables.t.columns]\n{ID}note = {{ type = \"text\", check = \"note <> ''\" }}\n");
        let object = format!(
            "[objects.one]\ncreate = \"\"\"{setting};\nCREATE FUNCTION public.one() RETURNS integer LANGUAGE sql AS \
             'SELECT 1'\"\"\"\ndrop = \"DROP FUNCTION public.one()\"\n"
        );
        setup.applies(&format!("{object}{table}"), &[]);
        // A real difference is still one.
        setup.database.execute("ALTER TABLE t ADD COLUMN by_hand integer");
        setup.run(["drift"]).code(1).stderr_contains("by_hand");
    }
}

#[test]
fn a_hand_written_search_path_is_no_drift() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.hand_written("path", "SELECT set_config('search_path', '', false);", "SELECT 1;");
    setup.migrate();
    setup.is_without_drift();
    setup.ticket("size = { type = \"integer\", nullable = true }\n");
    setup.migrate();
    setup.is_without_drift();
}

#[test]
fn comments_in_texts_are_no_drift() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.applies(
            &format!(
                "[tables.t]\nindexes = [{{ columns = [\"a\"], where = \"a -- it's the usual\\n > 0\" }}, {{ columns = [{{ expression \
                 = \"lower(b) /* (b) */\" }}], name = \"t_lower\" }}]\nchecks = [{{ name = \"t_a\", expression = \"A /* not \
                 b */ <\\t100\\r\\n-- the end\\r\\n\\t+ 0\" }}]\n[tables.t.columns]\n{ID}a = \"integer\"\nb = \"text\"\n\
                 c = {{ type = \"integer\", generated = {{ sql = \"a -- first\\n + 1\", stored = true }} }}\n\
                 [views.v]\nquery = \"SELECT A /* the first */,\\tB -- the second\\r\\nFROM T\"\n"
            ),
            &[],
        );
        setup.database.execute("INSERT INTO t (id, a, b) VALUES (1, 5, 'x')");
        assert_eq!(setup.database.value("SELECT c FROM t"), "6");
        setup.database.execute("DROP INDEX t_a_idx; CREATE INDEX t_a_idx ON t (a) WHERE a > 1 -- it's the usual");
        setup.run(["drift"]).code(1).stderr_contains("t_a_idx");
    }
}

/// SQLite writes the new names into the texts that it keeps, in quotes and without.
#[test]
fn a_rename_leaves_no_drift() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        let text = |column: &str| {
            format!(
                "[tables.t]\nindexes = [{{ columns = [\"n\"], where = \"{column} > 0\" }}, {{ columns = [{{ expression = \
                 \"{column} + 1\" }}], name = \"t_next\" }}]\n[tables.t.columns]\n{ID}n = {{ type = \"integer\", nullable = \
                 true }}\n{column} = {{ type = \"integer\", check = \"{column} > 0 AND {column} /* as {column} */ < 100\" }}\n\
                 twice = {{ type = \"integer\", generated = {{ sql = \"{column} * 2\", stored = true }} }}\n"
            )
        };
        setup.applies(&text("a"), &[]);
        setup.database.execute("INSERT INTO t (id, a) VALUES (1, 7)");
        setup.applies(&text("b"), &["--rename", "t.a:b"]);
        setup.applies(&text("c"), &["--rename", "t.b:c"]);
        assert_eq!(setup.database.value("SELECT twice FROM t"), "14");
        setup.run(["migrate:down", "--yes"]).code(0);
        setup.run(["drift"]).code(0);
    }
}

#[test]
fn a_renamed_table_leaves_no_drift() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        let text = |table: &str| {
            format!(
                "[tables.{table}.columns]\n{ID}parent = {{ type = \"integer\", nullable = true, references = \"{table}\" }}\n\
                 [views.v]\nquery = \"SELECT X.id\\tFROM\\t{table} AS X WHERE -- of {table}\\r\\nX.ID > 0\"\n"
            )
        };
        setup.applies(&text("t"), &[]);
        setup.database.execute("INSERT INTO t (id, parent) VALUES (1, 1)");
        setup.applies(&text("u"), &["--rename", "t:u"]);
        assert_eq!(setup.database.value("SELECT count(*) FROM v"), "1");
    }
}

/// To SQLite a comment ends where it is closed first; to PostgreSQL each needs its own end.
#[test]
fn comments_nest_where_the_database_nests_them() {
    let up = "/* one /* two */ CREATE TABLE extra (x integer); -- */";
    let setup = Setup::with_ticket(Engine::Sqlite);
    setup.hand_written("extra", up, "/* one /* two */ DROP TABLE extra; -- */");
    setup.run(["check"]).code(0).lacks("M013");
    setup.migrate();
    assert_eq!(setup.tables(), ["extra", "ticket"]);
    setup.run(["migrate:down", "--yes"]).code(0);
    assert_eq!(setup.tables(), ["ticket"]);
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.hand_written("extra", &format!("{up}\nSELECT 1;"), "SELECT 1;");
    setup.migrate();
    assert_eq!(setup.tables(), ["ticket"]);
}

/// What the one takes for a comment the other runs.
#[test]
fn begin_after_a_comment_is_found_where_the_database_would_run_it() {
    let up = "/* one /* two */ BEGIN; SELECT 1; -- */\nSELECT 2;";
    let setup = Setup::with_ticket(Engine::Sqlite);
    let name = setup.next(&["--empty", "--name", "begin"]);
    setup.write(&format!("migrations/{name}/up.sql"), format!("{up}\n"));
    setup.run(["seal", &name]);
    setup.run(["check"]).code(1).stderr_contains("M013").stderr_contains(&name);
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.hand_written("begin", up, "SELECT 1;");
    setup.run(["check"]).lacks("M013");
    setup.migrate();
}

/// The same in the text of an object, where a quote in a comment opens nothing.
#[test]
fn a_trigger_with_comments_that_do_not_nest_is_one_statement() {
    let setup = Setup::new(Engine::Sqlite);
    setup.applies(
        &format!(
            "[tables.t.columns]\n{ID}n = {{ type = \"integer\", nullable = true }}\n[objects.touch]\ncreate = \"\"\"CREATE \
             TRIGGER touch AFTER INSERT ON t /* it's /* one */ BEGIN\n  UPDATE t SET n = 1 WHERE id = NEW.id; -- END; */\n\
             END\"\"\"\ndrop = \"DROP TRIGGER touch\"\n"
        ),
        &[],
    );
    setup.database.execute("INSERT INTO t (id) VALUES (1)");
    assert_eq!(setup.database.value("SELECT n FROM t"), "1");
    setup.run(["verify"]).code(0);
}
