//! What `inspect` reads from a real PostgreSQL: condo gives back its snapshots, every kind of object can be built again
//! from what was read, and what a snapshot cannot say is named. It must not look into the catalogue itself.

use std::collections::BTreeSet;

use makemigrations_inspect::{Difference, Inspected, Rows, compare, inspect, recognise};
use makemigrations_plan::diff::{self, Answers};
use makemigrations_plan::migration;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::record::Record;
use makemigrations_plan::snapshot::{self, Options, Source, Wanted};
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::files;
use makemigrations_tests::golden_cases;
use makemigrations_tests::postgres::{Server, client, known_lines, major};
use makemigrations_tests::random::{Pair, Recipe, TOGETHER};

/// Runs a prepared statement, as Diesel does: every value must be text.
fn ask(client: &mut postgres::Client, sql: &str) -> Result<Rows, postgres::Error> {
    let rows = client.query(sql, &[])?;
    Ok(rows.iter().map(|row| (0..row.len()).map(|index| row.get(index)).collect()).collect())
}

fn read(database: &Database) -> Inspected {
    let mut client = client(database.url());
    let query = &mut |sql: &str| ask(&mut client, sql).map_err(|error| format!("{error:?}\n{sql}"));
    inspect(Dialect::Postgres, query).unwrap_or_else(|error| panic!("{error}"))
}

fn wanted(snapshots: &[(String, String)]) -> Wanted {
    try_wanted(snapshots).unwrap_or_else(|errors| panic!("{errors}"))
}

fn try_wanted(snapshots: &[(String, String)]) -> Result<Wanted, String> {
    let sources: Vec<_> = snapshots
        .iter()
        .map(|(path, text)| Source {
            path: path.clone(),
            domain: Domain::new(path.trim_end_matches(".toml")).unwrap(),
            text: text.clone(),
        })
        .collect();
    snapshot::read(Dialect::Postgres, &sources).map_err(|errors| format!("{errors:#?}"))
}

/// The SQL that the planner makes of a schema.
fn creation(schema: &Schema) -> String {
    let wanted = Wanted { schema: schema.clone(), ..Wanted::default() };
    let plan = diff::diff(Dialect::Postgres, &Schema::default(), &wanted, &Answers::default(), None)
        .unwrap_or_else(|stop| panic!("{stop:#?}"));
    let record = Record::new(1, Dialect::Postgres, plan.operations);
    migration::files(&Schema::default(), &record).unwrap().up
}

/// A database that is made of a schema.
fn built(schema: &Schema) -> Database {
    let database = Database::new(Engine::Postgres, "inspect");
    database.execute(&creation(schema));
    database
}

/// What a database would say that is made of a schema; an empty one is and stays empty.
fn read_built(empty: &mut postgres::Client, schema: &Schema) -> Inspected {
    let sql = creation(schema);
    empty.batch_execute(&format!("BEGIN; {sql}")).unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    let found = inspect(Dialect::Postgres, &mut |sql| ask(empty, sql)).unwrap();
    empty.batch_execute("ROLLBACK").unwrap();
    found
}

/// What the database of a snapshot says, recognised, is the snapshot; and what it says makes the same database again.
fn check_gives_itself_back(empty: &mut postgres::Client, name: &str, known: &Schema) {
    let actual = read_built(empty, known);
    // An object of people's may make what has no place in the format elsewhere.
    let is_made = |name: &str| known.objects.values().any(|object| object.create.contains(name));
    let unknown: Vec<_> = actual.unknown.iter().filter(|line| !line.split('`').nth(1).is_some_and(is_made)).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "{name}");
    let found = recognise(&actual.schema, &actual.schema, known);
    assert_eq!(differences(&found, known), Vec::<String>::new(), "{name}");
    assert_eq!(found, *known, "{name}");
    let again = written_and_read(&actual.schema);
    assert_eq!(again, actual.schema, "{name}");
    let rebuilt = read_built(empty, &again).schema;
    // PostgreSQL can read its own spelling of an expression as another one, but not that one again.
    let is_respelled = |one: &Difference| {
        let parts = [".checks.", ".indexes.", ".exclusions.", ".generated", ".query", ".default"];
        one.actual.is_some() && one.expected.is_some() && parts.iter().any(|part| one.path.contains(part))
    };
    let found = compare(&rebuilt, &actual.schema).into_iter().filter(|one| !is_respelled(one));
    assert_eq!(found.map(|one| one.to_string()).collect::<Vec<_>>(), Vec::<String>::new(), "{name}");
    let settled = read_built(empty, &written_and_read(&rebuilt)).schema;
    assert_eq!(differences(&settled, &rebuilt), Vec::<String>::new(), "{name}");
}

/// What the snapshots say that are written of a schema.
fn written_and_read(schema: &Schema) -> Schema {
    let texts = snapshot::write(&Options::from(Dialect::Postgres), schema, &BTreeSet::new());
    let texts: Vec<_> = texts.into_iter().map(|(domain, text)| (format!("{domain}.toml"), text)).collect();
    wanted(&texts).schema
}

fn differences(actual: &Schema, expected: &Schema) -> Vec<String> {
    compare(actual, expected).iter().map(ToString::to_string).collect()
}

#[test]
fn condo_gives_back_its_snapshots() {
    let known = wanted(&condo::snapshots(Engine::Postgres)).schema;
    let (one, other) = (built(&known), built(&known));
    let reference = read(&other);
    let actual = read(&one);
    assert_eq!(actual.unknown, Vec::<String>::new());
    assert_eq!(actual.schema.tables.len(), 311);
    assert_eq!(differences(&actual.schema, &reference.schema), Vec::<String>::new());
    assert!(written_and_read(&actual.schema) == actual.schema, "the snapshots that are written say something else");
    let found = recognise(&actual.schema, &reference.schema, &known);
    assert_eq!(differences(&found, &known), Vec::<String>::new());
    assert!(found == known, "only `compare` takes them for the same");

    one.execute("ALTER TABLE \"Ticket\" ALTER COLUMN \"details\" DROP NOT NULL");
    let actual = read(&one);
    let expected = ["`tables.Ticket.columns.details.nullable`: `true`, expected `false`"];
    assert_eq!(differences(&actual.schema, &reference.schema), expected);
    // Everything else is still what people wrote.
    let mut changed = known.clone();
    changed.tables.get_mut("Ticket").unwrap().columns["details"].nullable = true;
    assert!(recognise(&actual.schema, &reference.schema, &known) == changed);
}

/// Everything that a snapshot can say, as people write it.
const EVERYTHING: &str = include_str!("../data/inspect-postgres/everything.toml");

#[test]
fn everything_that_a_snapshot_says_is_recognised() {
    let known = wanted(&[("housing.toml".to_owned(), known_lines(EVERYTHING))]).schema;
    let database = Database::new(Engine::Postgres, "inspect");
    check_gives_itself_back(&mut client(database.url()), "everything", &known);
}

#[test]
fn golden_cases_give_back_their_schemas() {
    let mut read_cases = 0;
    let database = Database::new(Engine::Postgres, "inspect");
    let mut empty = client(database.url());
    for case in golden_cases::accepted(Engine::Postgres) {
        let name = golden_cases::name(&case);
        let after = case.join("after");
        let snapshots: Vec<_> = files(&after)
            .into_iter()
            .map(|name| (name.clone(), std::fs::read_to_string(after.join(&name)).unwrap()))
            .collect();
        let since = std::fs::read_to_string(case.join("postgres/since")).map_or(0, |text| text.trim().parse().unwrap());
        if since > major() {
            continue;
        }
        // Snapshots that PostgreSQL cannot take are other tests' business.
        if let Ok(known) = try_wanted(&snapshots) {
            check_gives_itself_back(&mut empty, &name, &known.schema);
            read_cases += 1;
        }
    }
    assert!(read_cases > 60, "{read_cases} golden cases were read");
}

#[test]
fn random_schemas_give_themselves_back() {
    let database = Database::new(Engine::Postgres, "inspect");
    let mut empty = client(database.url());
    for seed in 0..15 {
        let recipe = Recipe { first: numbers(seed, 30), then: numbers(seed + 1000, 10), styles: [0, 0] };
        let pair = Pair::new(Engine::Postgres, &recipe, &TOGETHER.map(str::to_owned));
        for side in [pair.before, pair.after] {
            let snapshots: Vec<_> = side.into_iter().map(|(domain, text)| (format!("{domain}.toml"), text)).collect();
            check_gives_itself_back(&mut empty, &format!("seed {seed}"), &wanted(&snapshots).schema);
        }
    }
}

/// The same numbers for the same seed (SplitMix64).
fn numbers(seed: u64, count: u64) -> Vec<u64> {
    let number = |index: u64| {
        let mut number = (seed * 1000 + index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    };
    (0..count).map(number).collect()
}

/// Objects of every kind, and attributes that only PostgreSQL's own SQL shows.
const BY_HAND: &str = include_str!("../data/inspect-postgres/by_hand.sql");

/// Diesel's table and one of ours.
const BOOKKEEPING: &str = "
CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());
CREATE TABLE __makemigrations_history (id serial PRIMARY KEY, name text UNIQUE);
CREATE INDEX history_name ON __makemigrations_history (name);";

#[test]
fn what_was_read_builds_the_same_again() {
    let database = Database::new(Engine::Postgres, "inspect");
    database.execute(&known_lines(BY_HAND));
    database.execute(BOOKKEEPING);
    let read_once = read(&database);
    assert_eq!(read_once.unknown, Vec::<String>::new());
    let objects: Vec<_> = read_once.schema.objects.keys().map(String::as_str).collect();
    let mut expected = vec![
        "Order_Own orders",
        "Order_checked",
        "Order_row_security",
        "Order_touch",
        "Positive",
        "audit_Order_silence",
        "clean",
        "countdown",
        "f \"x",
        "half(n integer)",
        "half(n numeric)",
        "latest",
        "middle",
        "mood_change",
        "numbers",
        "order_count",
        "orders_instead",
        "price_range",
        "tools",
        "total",
        "touch",
        "we\"ird.na me_t \"x",
        "whole",
    ];
    expected.retain(|name| *name != "whole" || major() >= 14);
    assert_eq!(objects, expected);
    let tables: Vec<_> = read_once.schema.tables.keys().map(String::as_str).collect();
    assert_eq!(tables, ["Order", "audit_Order", "entry", "we\"ird.na me"]);
    assert_eq!(written_and_read(&read_once.schema), read_once.schema);
    let again = read(&built(&read_once.schema));
    assert_eq!(again.unknown, Vec::<String>::new());
    assert_eq!(differences(&again.schema, &read_once.schema), Vec::<String>::new());
    assert_eq!(again.schema.objects, read_once.schema.objects);
}

/// What the server writes into every column of tables, views and types since 15.20; older ones let it be written.
const STAMP: &str = "
UPDATE pg_attribute SET attoptions = array_append(coalesce(attoptions, '{}'), 'pg_attver=22158952')
WHERE attrelid IN (SELECT oid FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'c')) AND attnum > 0";

#[test]
fn what_the_server_stamps_on_columns_is_not_seen() {
    let database = Database::new(Engine::Postgres, "inspect");
    database.execute(&known_lines(BY_HAND));
    database.execute("CREATE EXTENSION pg_trgm; CREATE TABLE sampled (id integer PRIMARY KEY, plain text, said text)");
    database.execute("CREATE INDEX sampled_said ON sampled USING gist (said gist_trgm_ops (siglen = 32))");
    let before = read(&database);
    assert_eq!(before.unknown, Vec::<String>::new());
    database.execute(STAMP);
    assert_eq!(read(&database), before);

    // What somebody wrote is named, whatever is beside it.
    database.execute(
        "UPDATE pg_attribute SET attoptions = array_append(attoptions, 'n_distinct=5')
        WHERE attrelid = 'sampled'::regclass AND attname = 'plain'",
    );
    assert_eq!(read(&database).unknown, ["options of column `sampled.plain`"]);
}

/// What no snapshot can say.
const BEYOND: &str = include_str!("../data/inspect-postgres/beyond.sql");

#[test]
fn what_no_snapshot_can_say_is_named() {
    let database = Database::new(Engine::Postgres, "inspect");
    // The referenced columns must be unique at once, which a deferrable key is not.
    database.execute("CREATE TABLE item_key (id integer PRIMARY KEY)");
    database.execute(&known_lines(BEYOND));
    // PostgreSQL keeps the schema that it makes for these.
    database.execute("CREATE TEMPORARY TABLE passing (id integer PRIMARY KEY)");
    let found = read(&database);
    let mut expected = vec![
        "`DEFERRABLE` of constraint `item_pkey` of table `item`",
        "`DEFERRABLE` of constraint `unordered` of table `item`",
        "`INCLUDE` of constraint `item_pkey` of table `item`",
        "`NO INHERIT` of constraint `alone` of table `item`",
        "`NOT VALID` of constraint `late` of table `item`",
        "`UNLOGGED` of table `fast`",
        "access method `tree`",
        "cast `(public.mood AS integer)`",
        "clustering of table `item` on index `item_kind`",
        "collation `plain`",
        "comment on index `item_kind`",
        "comment on table constraint `late on public.item`",
        "comment on view column `items.id`",
        "conversion `latin`",
        "default acl `for role postgres on tables`",
        "default value `for public.items.kind`",
        "event trigger `watch`",
        "foreign key `pointer_at_fkey` of table `pointer`, because no snapshot has what it points at",
        "foreign table `remote`",
        "foreign-data wrapper `wrapper`",
        "inheritance of table `child` from `fast`",
        "invalid index `item_broken` of `item`",
        "name of the sequence behind column `item.number`: `item_counter`",
        "operator `===(pg_catalog.text,pg_catalog.text)`",
        "operator class `loose_ops USING hash`",
        "operator family `loose USING btree`",
        "operator family `loose_ops USING hash`",
        "options of view `items`: security_barrier=true",
        "ownership of sequence `codes` by column `coded.code`",
        "parameters of the sequence behind column `item.order`: INCREMENT BY 10",
        "partition `entry_2026` of table `entry`",
        "privileges of column `item.kind`",
        "privileges of function `same`",
        "privileges of table `item`",
        "publication `changes`",
        "replica identity of table `item`",
        "schema `other` of extension `citext`",
        "server `far`",
        "statistics object `item_parts`",
        "statistics target of index `item_half` of `item`",
        "statistics target, storage of column `item.kind`",
        "storage parameters of constraint `packed` of table `item`",
        "subscription `feed`",
        "table `nothing` without columns",
        "text search configuration `search`",
        "text search dictionary `words`",
        "the columns that `ON DELETE` sets of constraint `coded_item_fkey` of table `coded`",
        "the type that table `pairs` is made of",
        "type `shell`",
        "user mapping `public on server far`",
    ];
    expected.retain(|line| !line.starts_with("the columns that `ON DELETE` sets") || major() >= 15);
    assert_eq!(found.unknown, expected);
    // What is named as a whole is not in the schema as well.
    let tables: Vec<_> = found.schema.tables.keys().map(String::as_str).collect();
    assert_eq!(tables, ["child", "coded", "entry", "fast", "item", "item_key", "pairs", "pointer"]);
    database.execute("DROP SUBSCRIPTION feed");
}

/// PostgreSQL 18 has more that no snapshot can say.
const BEYOND_18: &str = "
CREATE EXTENSION btree_gist;
CREATE TABLE house (id integer PRIMARY KEY, number integer, twice integer GENERATED ALWAYS AS (number * 2) VIRTUAL);
ALTER TABLE house ADD CONSTRAINT numbered NOT NULL number NOT VALID;
CREATE TABLE rent (
    house integer CONSTRAINT let REFERENCES house NOT ENFORCED, during daterange,
    CONSTRAINT positive CHECK (house > 0) NOT ENFORCED,
    CONSTRAINT rented PRIMARY KEY (house, during WITHOUT OVERLAPS)
);
CREATE TABLE visit (
    house integer, during daterange,
    CONSTRAINT visited UNIQUE (house, during WITHOUT OVERLAPS),
    CONSTRAINT within FOREIGN KEY (house, PERIOD during) REFERENCES rent (house, PERIOD during)
);";

#[test]
fn what_postgresql_18_has_more_is_named() {
    let server = Server::start_version(18);
    let mut client = client(&server.database("inspect"));
    client.batch_execute(BEYOND_18).unwrap();
    let found = inspect(Dialect::Postgres, &mut |sql| ask(&mut client, sql)).unwrap();
    assert_eq!(
        found.unknown,
        [
            "`NOT ENFORCED` of constraint `let` of table `rent`",
            "`NOT ENFORCED` of constraint `positive` of table `rent`",
            "`NOT VALID` of `NOT NULL` of column `house.number`",
            "`PERIOD` of constraint `within` of table `visit`",
            "`VIRTUAL` of column `house.twice`",
            "`WITHOUT OVERLAPS` of constraint `rented` of table `rent`",
            "`WITHOUT OVERLAPS` of constraint `visited` of table `visit`",
        ]
    );
}

#[test]
fn the_session_s_settings_change_nothing_and_stay() {
    let database = Database::new(Engine::Postgres, "inspect");
    database.execute(
        "CREATE SCHEMA app;
        CREATE TYPE app.mood AS ENUM ('low');
        CREATE TABLE house (id integer PRIMARY KEY, mood app.mood);
        CREATE TABLE app.ticket (
            house integer REFERENCES house, mood app.mood DEFAULT 'low', moment timestamptz DEFAULT '2026-02-01 00:00Z',
            day date DEFAULT '2026-02-01', length interval DEFAULT '1 day 2 hours', raw bytea DEFAULT '\\x00ff',
            serial serial
        );
        CREATE VIEW app.tickets AS SELECT t.*, h.id FROM app.ticket t JOIN house h ON h.id = t.house;
        CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER touch BEFORE INSERT ON app.ticket FOR EACH ROW EXECUTE FUNCTION app.touch();",
    );
    let read_with = |settings: &str, transaction: &str| {
        let mut client = client(database.url());
        client.batch_execute(&format!("{settings}; {transaction}")).unwrap();
        let all = "SELECT string_agg(name || setting, ',' ORDER BY name) FROM pg_settings WHERE context = 'user'";
        let before: String = client.query_one(all, &[]).unwrap().get(0);
        let found = inspect(Dialect::Postgres, &mut |sql| ask(&mut client, sql)).unwrap();
        assert_eq!(client.query_one(all, &[]).unwrap().get::<_, String>(0), before);
        found
    };
    let plain = read_with("SET search_path = app", "");
    let odd = "SET search_path = nowhere, app, public, pg_catalog; SET TimeZone = 'Asia/Tokyo'; \
        SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape'; \
        SET quote_all_identifiers = on; SET standard_conforming_strings = off";
    assert_eq!(read_with(odd, ""), plain);
    assert_eq!(read_with(odd, "BEGIN"), plain);

    assert_eq!(plain.unknown, Vec::<String>::new());
    let ticket = &plain.schema.tables["ticket"];
    assert_eq!(
        (ticket.schema.as_deref(), ticket.columns["moment"].default.as_ref().unwrap().as_sql()),
        (None, "'2026-02-01 00:00:00+00'".to_owned())
    );
    assert_eq!(plain.schema.tables["house"].schema.as_deref(), Some("public"));
    assert_eq!(plain.schema.objects["touch"].create.lines().next(), Some("CREATE FUNCTION touch()"));
    let trigger = "CREATE TRIGGER touch BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION touch()";
    assert_eq!(plain.schema.objects["ticket_touch"].create, trigger);
}

#[test]
fn the_number_of_queries_does_not_grow() {
    let count = |database: &Database| {
        let (mut client, mut count) = (client(database.url()), 0);
        let query = &mut |sql: &str| {
            count += 1;
            ask(&mut client, sql)
        };
        inspect(Dialect::Postgres, query).unwrap();
        count
    };
    let (empty, full) = (Database::new(Engine::Postgres, "inspect"), Database::new(Engine::Postgres, "inspect"));
    full.execute(&known_lines(BY_HAND));
    assert_eq!(count(&full), count(&empty));
}

/// Changes by hand to the database of [`EVERYTHING`], and all that is different then.
const BY_HAND_LATER: [(&str, &[&str]); 18] = [
    (
        "ALTER TABLE organization ALTER name TYPE text",
        &[
            "`tables.organization.columns.name.type`: `text`, expected `varchar(100)`",
            "`tables.organization.columns.name.collation`: missing, expected `C`",
        ],
    ),
    (
        "ALTER TABLE \"Ticket\" ALTER counted SET DEFAULT 1",
        &["`tables.Ticket.columns.counted.default`: `1`, expected `0`"],
    ),
    (
        "ALTER TABLE organization ALTER code SET GENERATED BY DEFAULT",
        &["`tables.organization.columns.code.identity`: `by_default`, expected `always`"],
    ),
    (
        "ALTER TABLE \"Ticket\" ALTER lower_title DROP EXPRESSION",
        &["`tables.Ticket.columns.lower_title.generated`: missing, expected `(lower(title)) stored`"],
    ),
    (
        "ALTER TABLE \"Ticket\" ALTER id DROP DEFAULT; DROP SEQUENCE \"Ticket_id_seq\"",
        &["`tables.Ticket.columns.id.type`: `integer`, expected `serial`"],
    ),
    ("ALTER TABLE \"Ticket\" ADD extra integer", &["`tables.Ticket.columns.extra`: `integer null`, expected nothing"]),
    (
        "COMMENT ON COLUMN organization.name IS NULL",
        &["`tables.organization.columns.name.comment`: missing, expected `As registered`"],
    ),
    (
        "DROP INDEX request_many; CREATE INDEX request_many ON \"Ticket\" (status)",
        &["`tables.Ticket.indexes.request_many`: `(status)`, expected `(status, moment desc nulls last, \
         (lower(title)) text_pattern_ops, title collation C nulls first) include (big) with (fillfactor = 70) \
         where price IS NOT NULL`"],
    ),
    (
        "ALTER TABLE \"Ticket\" DROP CONSTRAINT request_sane",
        &["`tables.Ticket.checks.request_sane`: missing, \
         expected `(counted >= 0) AND ((weight < (100)::double precision) OR paid)`"],
    ),
    (
        "ALTER TABLE \"Ticket\" DROP CONSTRAINT \"Ticket_parent_fkey\"",
        &["`tables.Ticket.foreign_keys.Ticket_parent_fkey`: missing, \
         expected `(parent) -> Ticket(id) deferrable deferred match full`"],
    ),
    (
        "ALTER TABLE \"Ticket\" DROP CONSTRAINT request_overlap",
        &["`tables.Ticket.exclusions.request_overlap`: missing, \
         expected `gist (organization with =, (tstzrange(moment, NULL::timestamp with time zone)) with &&) where paid`"],
    ),
    (
        "ALTER TYPE ticket_status RENAME VALUE 'new' TO 'fresh'; CREATE SCHEMA empty",
        &[
            "`enums.ticket_status.values`: `fresh, it's open, closed`, expected `new, it's open, closed`",
            "`views.open_request.query`: `SELECT \"Ticket\".id, \"Ticket\".title FROM \"Ticket\" WHERE (\"Ticket\".status = \
         'fresh'::ticket_status)`, expected `SELECT \"Ticket\".id, \"Ticket\".title FROM \"Ticket\" WHERE \
         (\"Ticket\".status = 'new'::ticket_status)`",
            "`objects.empty`: `CREATE SCHEMA \"empty\"`, expected nothing",
        ],
    ),
    (
        "DROP VIEW open_request",
        &["`views.open_request`: missing, expected `SELECT \"Ticket\".id, \"Ticket\".title FROM \"Ticket\" WHERE \
         (\"Ticket\".status = 'new'::ticket_status)`"],
    ),
    (
        "DROP INDEX audit.totals_organization_idx",
        &["`views.audit.totals.indexes.totals_organization_idx`: missing, expected `unique (organization)`"],
    ),
    (
        "ALTER TABLE log SET (fillfactor = 90)",
        &["`tables.log.options`: `WITH (fillfactor = 90)`, expected `WITH (fillfactor = 80)`"],
    ),
    (
        "DROP TRIGGER touch ON \"Ticket\"",
        &[
            "`objects.Ticket_touch`: missing, expected `CREATE TRIGGER touch BEFORE UPDATE OF title ON \"Ticket\" FOR EACH \
         ROW WHEN (old.title <> new.title) EXECUTE FUNCTION touch()`",
        ],
    ),
    (
        "CREATE FUNCTION touch(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1'",
        &[
            "`objects.touch(integer)`: `CREATE FUNCTION touch(integer) RETURNS integer LANGUAGE sql AS $function$SELECT \
         $1$function$`, expected nothing",
        ],
    ),
    ("CREATE EXTENSION hstore", &["`extensions.hstore`: `hstore`, expected nothing"]),
];

#[test]
fn each_change_by_hand_is_what_it_is() {
    let known = wanted(&[("housing.toml".to_owned(), known_lines(EVERYTHING))]).schema;
    let database = built(&known);
    let reference = read(&database).schema;
    let mut client = client(database.url());
    for (change, expected) in BY_HAND_LATER {
        client.batch_execute(&format!("BEGIN; {change}")).unwrap_or_else(|error| panic!("{error:?}\n{change}"));
        let actual = inspect(Dialect::Postgres, &mut |sql| ask(&mut client, sql)).unwrap();
        // Since PostgreSQL 16 a view of one table says its columns without it.
        let shortened = |text: &String| if major() < 16 { text.clone() } else { text.replace("\"Ticket\".", "") };
        let expected: Vec<_> = expected.iter().map(|text| shortened(&(*text).to_owned())).collect();
        let found: Vec<_> = differences(&actual.schema, &reference).iter().map(shortened).collect();
        assert_eq!(found, expected, "{change}");
        client.batch_execute("ROLLBACK").unwrap();
    }
    let after = inspect(Dialect::Postgres, &mut |sql| ask(&mut client, sql)).unwrap();
    assert_eq!(after.schema, reference);
}

#[test]
fn nobody_needs_rights_to_look() {
    let database = Database::new(Engine::Postgres, "inspect");
    database.execute(&known_lines(BY_HAND));
    let mut client = client(database.url());
    // A role that every server has, and that may do nothing here.
    client.batch_execute("SET ROLE pg_signal_backend").unwrap();
    let found = inspect(Dialect::Postgres, &mut |sql| ask(&mut client, sql)).unwrap();
    assert_eq!(found, read(&database));
}
