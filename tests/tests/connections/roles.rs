//! Roles that see less than all, and roles that may create where the runner's tables are. It must not test what migrations
//! do to data.

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{ENCODED_PASSWORD, Server, client, query_rows};

use crate::setup::Setup;

const TABLES: [&str; 3] = ["__makemigrations_lock", "__makemigrations_history", "__diesel_schema_migrations"];

/// A role of its own, and the URL with which it connects to the database.
fn role(direct: &str, name: &str) -> String {
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {name} LOGIN PASSWORD 'correct/horse@battery'; EXCEPTION WHEN duplicate_object THEN END $$"
    );
    client(direct).batch_execute(&create).unwrap();
    direct.replacen(&format!("postgres:{ENCODED_PASSWORD}@"), &format!("{name}:{ENCODED_PASSWORD}@"), 1)
}

#[track_caller]
fn execute(url: &str, sql: &str) {
    client(url).batch_execute(sql).unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
}

fn value(url: &str, sql: &str) -> String {
    query_rows(url, sql).remove(0).remove(0).unwrap_or_default()
}

#[test]
fn rows_behind_row_level_security_are_counted_or_asked_about() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    for force in [true, false] {
        let direct = server.database("hidden");
        let owner = role(&direct, "connections_owner");
        execute(&direct, "GRANT CREATE ON SCHEMA public TO connections_owner");
        setup.run(&owner, &["migrate"]).code(0);
        execute(&owner, "INSERT INTO ticket VALUES (1, 'a'), (2, 'b'); ALTER TABLE ticket ENABLE ROW LEVEL SECURITY");
        execute(&owner, "CREATE POLICY p ON ticket USING (title = current_setting('app.tenant', true))");
        let all = value(&direct, "SELECT count(*) FROM ticket");
        if force {
            execute(&owner, "ALTER TABLE ticket FORCE ROW LEVEL SECURITY");
            let finished = setup.run(&owner, &["migrate:down"]);
            finished.code(1).stderr_contains("could not be counted").stderr_contains("row-level security");
        } else {
            // The owner sees all of them.
            setup.run(&owner, &["migrate:down"]).code(1).stderr_contains("2 rows of ticket");
        }
        assert_eq!(value(&direct, "SELECT count(*) FROM ticket"), all);
        setup.run(&owner, &["migrate:down", "--yes"]).code(0);
    }
}

#[test]
fn a_migration_never_changes_a_part_of_the_rows_in_silence() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let direct = server.database("partly");
    let owner = role(&direct, "connections_owner");
    execute(&direct, "GRANT CREATE ON SCHEMA public TO connections_owner");
    setup.run(&owner, &["migrate"]).code(0);
    execute(&owner, "INSERT INTO ticket VALUES (1, 'a'), (2, 'b'); ALTER TABLE ticket ENABLE ROW LEVEL SECURITY");
    execute(&owner, "ALTER TABLE ticket FORCE ROW LEVEL SECURITY; CREATE POLICY p ON ticket USING (id = 1)");
    setup.run(&owner, &["makemigrations", "--empty", "--name", "fill", "--no-input"]).code(0);
    let name = setup.project.migrations().pop().unwrap();
    setup.project.write(&format!("migrations/{name}/up.sql"), "UPDATE ticket SET title = 'x';\n");
    setup.project.write(&format!("migrations/{name}/down.sql"), "SELECT 1;\n");
    setup.run(&owner, &["seal"]).code(0);
    setup.run(&owner, &["migrate"]).code(3).stderr_contains("row-level security");
    assert_eq!(value(&direct, "SELECT count(*) FROM ticket WHERE title = 'x'"), "0");
}

#[test]
fn what_somebody_else_made_under_the_runners_names_is_not_used() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    // What each does when it is used, as somebody who may create in `public` can have it.
    let function = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS \
                    $$ BEGIN EXECUTE 'CREATE TABLE IF NOT EXISTS ran AS SELECT current_user::text'; RETURN new; END $$; \
                    CREATE FUNCTION g() RETURNS text LANGUAGE plpgsql AS \
                    $$ BEGIN EXECUTE 'CREATE TABLE IF NOT EXISTS ran AS SELECT current_user::text'; RETURN ''; END $$;";
    let columns = |table: &str| match table {
        "__makemigrations_lock" => {
            "id integer PRIMARY KEY, host text, pid integer, user_name text, since timestamptz NOT NULL, tool text, \
             session integer"
        }
        "__makemigrations_history" => {
            "version text PRIMARY KEY, name text, checksum text, state text, started_at timestamptz, \
             finished_at timestamptz, tool_version text"
        }
        _ => "version varchar(50) PRIMARY KEY, run_on timestamp DEFAULT current_timestamp",
    };
    for table in TABLES {
        let plain = format!("CREATE TABLE {table} ({});", columns(table));
        for (what, sql) in [
            (
                "trigger",
                format!("{plain} CREATE TRIGGER x BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION f();"),
            ),
            ("rule", format!("{plain} CREATE RULE x AS ON INSERT TO {table} DO ALSO SELECT g();")),
            ("default", format!("{plain} ALTER TABLE {table} ADD more text DEFAULT g();")),
            ("check", format!("{plain} ALTER TABLE {table} ADD CHECK (g() = '');")),
            (
                "policy",
                format!(
                    "{plain} ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON {table} USING (g() = '');"
                ),
            ),
            ("view", format!("CREATE VIEW {table} AS SELECT g() AS version, g() AS name;")),
            ("nothing", plain.clone()),
        ] {
            let direct = server.database("hostile");
            let low = role(&direct, "connections_low");
            execute(&direct, "GRANT CREATE ON SCHEMA public TO connections_low");
            execute(&low, &format!("{function} {sql} GRANT ALL ON {table} TO public;"));
            let finished = setup.run(&direct, &["migrate"]);
            finished.code(3).stderr_contains(table).stderr_contains("connections_low");
            drop(setup.run(&direct, &["showmigrations"]));
            drop(setup.run(&direct, &["migrate:unlock"]));
            assert_eq!(value(&direct, "SELECT to_regclass('ran')"), "", "{table} {what}");
            assert_eq!(value(&direct, "SELECT to_regclass('ticket')"), "", "{table} {what}");
        }
    }
}

#[test]
fn a_trigger_on_a_table_of_ours_is_refused() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    for table in TABLES {
        let direct = server.database("added");
        setup.run(&direct, &["migrate"]).code(0);
        let low = role(&direct, "connections_low");
        execute(
            &direct,
            &format!("GRANT CREATE ON SCHEMA public TO connections_low; GRANT ALL ON {table} TO connections_low"),
        );
        execute(&low, "CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$");
        execute(
            &low,
            &format!("CREATE TRIGGER \"X\" BEFORE INSERT OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION h()"),
        );
        let finished = setup.run(&direct, &["migrate:down", "--yes"]);
        finished.code(3).stderr_contains(table).stderr_contains("triggers: \"X\"");
        execute(&direct, &format!("DROP TRIGGER \"X\" ON {table}"));
        setup.run(&direct, &["migrate:down", "--yes"]).code(0);
    }
}

#[test]
fn no_function_or_operator_of_another_schema_is_called() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let direct = server.database("shadowed");
    let low = role(&direct, "connections_low");
    execute(&direct, "GRANT CREATE ON SCHEMA public TO connections_low");
    // A better match than PostgreSQL's own, as far as types go.
    let body = "LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE TABLE IF NOT EXISTS ran AS SELECT 1'; RETURN";
    execute(
        &low,
        &format!(
            "CREATE FUNCTION same(varchar, text) RETURNS boolean {body} true; END $$; \
             CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = same); \
             CREATE FUNCTION same(name, text) RETURNS boolean {body} true; END $$; \
             CREATE OPERATOR = (LEFTARG = name, RIGHTARG = text, FUNCTION = same); \
             CREATE FUNCTION format(text, name, name) RETURNS text {body} ''; END $$; \
             CREATE FUNCTION pg_try_advisory_lock(text) RETURNS boolean {body} true; END $$; \
             CREATE FUNCTION to_char(timestamp, unknown) RETURNS text {body} ''; END $$;"
        )
        .replace(
            "CREATE FUNCTION to_char(timestamp, unknown) RETURNS text",
            "CREATE FUNCTION to_char(timestamp, varchar) RETURNS text",
        ),
    );
    execute(
        &direct,
        &format!("ALTER DATABASE \"{}\" SET search_path = public, pg_catalog", direct.rsplit_once('/').unwrap().1),
    );
    setup.run(&direct, &["migrate"]).code(0);
    setup.run(&direct, &["showmigrations"]).code(0);
    setup.run(&direct, &["migrate:down", "--yes"]).code(0);
    setup.run(&direct, &["migrate:unlock"]).code(0);
    assert_eq!(value(&direct, "SELECT pg_catalog.to_regclass('public.ran')"), "");
}

#[test]
fn the_tables_are_where_diesel_looks_for_them() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let direct = server.database("schemas");
    execute(&direct, "CREATE SCHEMA \"My tenant\"");
    let tenant = format!("{direct}?options=-c%20search_path%3D%22My%5C%20tenant%22");
    setup.run(&tenant, &["migrate"]).code(0);
    let places = "SELECT string_agg(DISTINCT relnamespace::regnamespace::text, ',') FROM pg_class \
                  WHERE relname LIKE '\\_\\_%' OR relname = 'ticket'";
    assert_eq!(value(&direct, places), "\"My tenant\"");
    setup.run(&tenant, &["showmigrations"]).code(0).stdout_contains("applied ");
    // Another search path is another history, as for Diesel.
    setup.run(&direct, &["showmigrations"]).code(0).stdout_contains("pending ");
    setup.run(&tenant, &["migrate:down", "--yes"]).code(0);
}

#[test]
fn the_owner_of_the_database_and_members_of_the_owner_are_trusted() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let direct = server.database("owned");
    let (owner, member) = (role(&direct, "connections_owner"), role(&direct, "connections_member"));
    let name = direct.rsplit_once('/').unwrap().1;
    execute(
        &direct,
        &format!("ALTER DATABASE \"{name}\" OWNER TO connections_owner; GRANT connections_owner TO connections_member"),
    );
    setup.run(&owner, &["migrate"]).code(0);
    setup.run(&direct, &["migrate:down", "--yes"]).code(0);
    setup.run(&member, &["migrate"]).code(0);
    setup.run(&owner, &["showmigrations"]).code(0).stdout_contains("applied ");
}
