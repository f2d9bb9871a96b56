//! What people grant in a database survives a migration that drops a view, an enum type, a function or a sequence and creates
//! it again: the SQL of golden cases on a real server, with roles. It must not judge the SQL's text, the golden cases do.

use std::path::Path;

use makemigrations_plan::diff::{self, Answers};
use makemigrations_plan::migration;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::record::Record;
use makemigrations_plan::snapshot::{self, Source};
use makemigrations_tests::database::{Database, Engine};

/// Roles belong to the whole server: another test may have made them.
const ROLES: &str = "
DO $$
BEGIN
    FOR number IN 1..2 LOOP
        BEGIN
            EXECUTE format('CREATE ROLE privileges_%s', number);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;
GRANT CREATE ON SCHEMA public TO privileges_1;
";

/// Owner, grants and options of every view, grants on their columns, the same of enum types, functions and sequences, with
/// what these have handed out last; in no order of grants.
/// What is granted by default and what is granted in so many words is the same.
const PRIVILEGES: &str = "
WITH item AS (
    SELECT format('%s %s', relkind, oid::regclass) AS name, relowner AS owner,
        coalesce(relacl, acldefault('r', relowner)) AS acl, reloptions AS options
    FROM pg_class WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT format('column %s.%s', attrelid::regclass, attname), NULL, attacl, NULL FROM pg_attribute WHERE attacl IS NOT NULL
    UNION ALL
    SELECT format('type %s', oid::regtype), typowner, coalesce(typacl, acldefault('T', typowner)), NULL FROM pg_type WHERE typtype = 'e'
    UNION ALL
    SELECT format('function %s', oid::regprocedure), proowner, coalesce(proacl, acldefault('f', proowner)), NULL
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND probin IS NULL
    UNION ALL
    SELECT format('sequence %s', oid::regclass), relowner, coalesce(relacl, acldefault('s', relowner)),
        ARRAY[pg_sequence_last_value(oid)::text]
    FROM pg_class WHERE relkind = 'S'
)
SELECT format('%s owner=%s grants=%s options=%s', name, owner::regrole,
    (SELECT string_agg(entry::text, ' ' ORDER BY entry::text) FROM unnest(acl) AS entry), options)
FROM item WHERE name NOT LIKE '% pg\\_%' AND name NOT LIKE '% information\\_schema%' ORDER BY 1
";

/// `renamed`: names before and after.
#[track_caller]
fn survive(case: &str, grants: &str, renamed: &[(&str, &str)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(case);
    let database = Database::new(Engine::Postgres, "privileges");
    let text = std::fs::read_to_string(folder.join("before/main.toml")).unwrap();
    let source = Source { path: "main.toml".to_owned(), domain: Domain::new("main").unwrap(), text };
    let before = snapshot::read(Dialect::Postgres, &[source]).unwrap();
    let plan = diff::diff(Dialect::Postgres, &Schema::default(), &before, &Answers::default(), None).unwrap();
    let record = Record::new(1, Dialect::Postgres, plan.operations);
    database.execute(&migration::files(&Schema::default(), &record).unwrap().up);
    database.execute(ROLES);
    database.execute(grants);
    let mut granted = database.column(PRIVILEGES);
    granted.sort();
    assert!(granted.iter().any(|line| line.contains("privileges_")), "{granted:#?}");
    let after = |line: &String| renamed.iter().fold(line.clone(), |line, (from, to)| line.replace(from, to));
    let mut granted_after: Vec<_> = granted.iter().map(after).collect();
    granted_after.sort();
    for (direction, expected) in [("up.sql", granted_after), ("down.sql", granted)] {
        database.execute(&std::fs::read_to_string(folder.join("postgres").join(direction)).unwrap());
        let mut found = database.column(PRIVILEGES);
        found.sort();
        assert_eq!(found, expected, "after {direction}");
    }
}

#[test]
fn those_of_views_that_step_aside() {
    survive(
        "pg-p59-views-step-aside",
        "
        GRANT SELECT ON analytics.ticket TO privileges_2 WITH GRANT OPTION;
        GRANT SELECT (title), UPDATE (title) ON priced TO privileges_2;
        GRANT SELECT ON sums TO PUBLIC;
        ALTER VIEW priced SET (security_barrier = true, check_option = 'cascaded');
        ALTER MATERIALIZED VIEW sums SET (fillfactor = 80);
        GRANT CREATE ON SCHEMA report TO privileges_1;
        ALTER VIEW report.top OWNER TO privileges_1;
        REVOKE DELETE ON report.top FROM privileges_1;
        GRANT SELECT ON report.top TO privileges_2;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO privileges_2;
        ",
        &[],
    );
}

#[test]
fn those_of_an_enum_that_is_made_anew() {
    survive(
        "pg-p56-another-order-and-another-value",
        "
        REVOKE ALL ON TYPE size FROM PUBLIC;
        GRANT USAGE ON TYPE size TO privileges_2 WITH GRANT OPTION;
        ALTER TYPE size OWNER TO privileges_1;
        ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO privileges_1;
        ",
        &[],
    );
}

#[test]
fn those_of_a_function_over_an_enum() {
    survive(
        "pg-p56-a-value-goes-from-everywhere",
        "
        REVOKE ALL ON FUNCTION next_state(state) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION next_state(state) TO privileges_2;
        ALTER FUNCTION next_state(state) OWNER TO privileges_1;
        GRANT SELECT ON open_ticket TO privileges_2;
        ",
        &[],
    );
}

#[test]
fn those_of_views_that_get_another_name_and_of_sequences() {
    survive(
        "pg-p59-views-get-another-name",
        "
        GRANT SELECT ON analytics.ticket TO privileges_2;
        GRANT SELECT ON open_ticket TO privileges_2 WITH GRANT OPTION;
        GRANT UPDATE (title) ON open_ticket TO privileges_2;
        REVOKE DELETE ON first FROM CURRENT_USER;
        GRANT SELECT ON second TO PUBLIC;
        GRANT USAGE ON SEQUENCE ticket_numbers TO privileges_2;
        ALTER SEQUENCE ticket_numbers OWNER TO privileges_1;
        SELECT nextval('ticket_numbers'), nextval('receipt_numbers') FROM generate_series(1, 7);
        ",
        &[
            ("analytics.ticket", "analytics.request"),
            ("open_ticket", "open_request"),
            ("first", "former"),
            ("second", "first"),
            ("former", "second"),
        ],
    );
}
