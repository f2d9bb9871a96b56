//! What `inspect` reads from a real PostgreSQL: condo gives back its snapshots, every kind of object can be built again
//! from what was read, and what a snapshot cannot say is named. It must not look into the catalogue itself.

use makemigrations_inspect::{Inspected, Rows, compare, inspect, recognise};
use makemigrations_plan::diff::{self, Answers};
use makemigrations_plan::migration;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::record::Record;
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres::client;

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
    let sources: Vec<_> = snapshots
        .iter()
        .map(|(path, text)| Source {
            path: path.clone(),
            domain: Domain::new(path.trim_end_matches(".toml")).unwrap(),
            text: text.clone(),
        })
        .collect();
    snapshot::read(Dialect::Postgres, &sources).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// A database that the planner makes of a schema.
fn built(schema: &Schema) -> Database {
    let wanted = Wanted { schema: schema.clone(), ..Wanted::default() };
    let plan = diff::diff(Dialect::Postgres, &Schema::default(), &wanted, &Answers::default(), None)
        .unwrap_or_else(|stop| panic!("{stop:#?}"));
    let record = Record { number: 1, dialect: Dialect::Postgres, manual: false, operations: plan.operations };
    let files = migration::files(&Schema::default(), &record).unwrap();
    let database = Database::new(Engine::Postgres, "inspect");
    database.execute(&files.up);
    database
}

/// What the database of a snapshot says, recognised, is the snapshot.
fn recognised(snapshot: &str) -> (Schema, Schema) {
    let known = wanted(&[("housing.toml".to_owned(), snapshot.to_owned())]).schema;
    let read = read(&built(&known));
    assert_eq!(read.unknown, Vec::<String>::new());
    (recognise(&read.schema, &read.schema, &known), known)
}

fn differences(actual: &Schema, expected: &Schema) -> Vec<String> {
    compare(actual, expected).iter().map(ToString::to_string).collect()
}

#[test]
fn condo_gives_back_its_snapshots() {
    let known = wanted(&condo::snapshots(Engine::Postgres)).schema;
    let (one, other) = (built(&known), built(&known));
    let reference = read(&other);
    let start = std::time::Instant::now();
    let actual = read(&one);
    eprintln!("condo is read in {:?}", start.elapsed());
    assert_eq!(actual.unknown, Vec::<String>::new());
    assert_eq!(actual.schema.tables.len(), 311);
    assert_eq!(differences(&actual.schema, &reference.schema), Vec::<String>::new());
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
const EVERYTHING: &str = r#"
format = 1
extensions = ["citext", "btree_gist"]

[enums.ticket_status]
values = ["new", "it's open", "closed"]
comment = "Where a request is"

[enums.severity]
schema = "audit"
values = ["low", "high"]

[tables.organization]
comment = "Who owns houses"
[tables.organization.columns]
id = { type = "bigint", primary_key = true, auto_increment = true }
code = { type = "integer", identity = "always", unique = true }
name = { type = "varchar(100)", collation = "C", comment = "As registered" }
email = { type = "citext", nullable = true }

[tables.request]
name = "Ticket"
depends_on = ["positive", "next_number"]
[tables.request.columns]
id = { type = "serial", primary_key = true }
organization = { type = "bigint", references = { table = "organization", on_delete = "cascade", on_update = "restrict" }, index = true }
parent = { type = "integer", nullable = true, references = { table = "request", deferrable = "deferred", match = "full" } }
status = { type = "ticket_status", default = "it's open" }
severity = { type = "severity", nullable = true }
tags = { type = "text[]", default = "{}" }
statuses = { type = "ticket_status[]", nullable = true }
price = { type = "numeric(12, 2)", nullable = true, check = "price > 0", default = "0.10" }
weight = { type = "double", default = -1.5 }
counted = { type = "smallint", default = 0 }
big = { type = "bigint", default = 5 }
paid = { type = "boolean", default = false }
title = { type = "text", default = "" }
lower_title = { type = "text", nullable = true, generated = { sql = "lower(title)", stored = true } }
length = { type = "interval", nullable = true }
moment = { type = "timestamptz(3)", default = { sql = "now()" } }
day = { type = "date", default = "2026-01-01" }
during = { type = "tstzrange", nullable = true }
address = { type = "inet", nullable = true }
flags = { type = "bit(3)", nullable = true }
short = { type = "char(3)", default = "abc" }
raw = { type = "bytes", nullable = true }
key = { type = "uuid", default = { sql = "gen_random_uuid()" } }
place = { type = { sql = "point" }, nullable = true }
amount = { type = { sql = "positive" }, nullable = true }
number = { type = "bigint", default = { sql = "next_number()" } }
[[tables.request.unique]]
columns = ["organization", "number"]
include = ["title"]
nulls_not_distinct = true
[[tables.request.unique]]
columns = ["key"]
deferrable = "immediate"
[[tables.request.unique]]
columns = ["title"]
where = "paid"
[[tables.request.indexes]]
name = "request_many"
columns = ["status", { column = "moment", order = "desc", nulls = "last" }, { expression = "lower(title)", opclass = "text_pattern_ops" }, { column = "title", collation = "C", nulls = "first" }]
include = ["big"]
where = "price IS NOT NULL"
with = { fillfactor = "70" }
[[tables.request.indexes]]
columns = ["tags"]
using = "gin"
[[tables.request.checks]]
name = "request_sane"
expression = "counted >= 0 AND (weight < 100 OR paid)"
[[tables.request.exclusions]]
name = "request_overlap"
using = "gist"
elements = [{ column = "organization", with = "=" }, { expression = "tstzrange(moment, NULL)", with = "&&" }]
where = "paid"

[tables.event]
name = "log"
schema = "audit"
options = "PARTITION BY RANGE (at)"
[tables.event.columns]
at = "timestamptz"
severity = "severity"
request = { type = "integer", references = "request" }

[tables.log]
analytics_view = true
options = "WITH (fillfactor = 80)"
[tables.log.columns]
id = { type = "bigserial", primary_key = true }
secret = { type = "text", sensitive = true }

[views.open_request]
query = "SELECT id, title FROM \"Ticket\" WHERE status = 'new'"
comment = "What waits"

[views.totals]
schema = "audit"
materialized = true
query = "SELECT organization, count(*) AS requests FROM \"Ticket\" GROUP BY organization"
[[views.totals.indexes]]
columns = ["organization"]
unique = true

[objects.positive]
create = "CREATE DOMAIN positive AS numeric(10, 2) DEFAULT 1 NOT NULL CHECK (VALUE > 0)"
drop = "DROP DOMAIN positive"

[objects.next_number]
create = """
CREATE SEQUENCE ticket_numbers START 100;
CREATE FUNCTION next_number() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('ticket_numbers') $$;
COMMENT ON FUNCTION next_number() IS 'The next one'"""
drop = "DROP FUNCTION next_number(); DROP SEQUENCE ticket_numbers"

[objects.touch]
create = """
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.moment = now(); RETURN NEW; END $$"""
drop = "DROP FUNCTION touch()"

[objects.touch_request]
depends_on = ["request", "touch"]
create = "CREATE TRIGGER touch BEFORE UPDATE OF title ON \"Ticket\" FOR EACH ROW WHEN (OLD.title <> NEW.title) EXECUTE FUNCTION touch()"
drop = "DROP TRIGGER touch ON \"Ticket\""

[objects.own_requests]
depends_on = ["request"]
create = """
ALTER TABLE "Ticket" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Ticket" FOR SELECT USING (number > 0)"""
drop = """
DROP POLICY own ON "Ticket";
ALTER TABLE "Ticket" DISABLE ROW LEVEL SECURITY"""

[objects.pair]
create = "CREATE TYPE pair AS (a int, b text)"
drop = "DROP TYPE pair"
"#;

#[test]
fn everything_that_a_snapshot_says_is_recognised() {
    let (found, known) = recognised(EVERYTHING);
    assert_eq!(differences(&found, &known), Vec::<String>::new());
    assert_eq!(found, known);
}

/// Objects of every kind, and attributes that only PostgreSQL's own SQL shows.
const BY_HAND: &str = r#"
CREATE EXTENSION hstore;
CREATE SCHEMA audit;
CREATE SCHEMA tools;
COMMENT ON SCHEMA tools IS 'Only functions';
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TYPE audit.mood_change AS (before mood, after mood, note text COLLATE "C");
COMMENT ON TYPE audit.mood_change IS 'What happened';
CREATE TYPE price_range AS RANGE (subtype = numeric, multirange_type_name = price_ranges);
CREATE DOMAIN "Positive" AS integer DEFAULT 1 NOT NULL CONSTRAINT above CHECK (VALUE > 0);
ALTER DOMAIN "Positive" ADD CONSTRAINT below CHECK (VALUE < 1000) NOT VALID;
COMMENT ON CONSTRAINT above ON DOMAIN "Positive" IS 'More than nothing';

CREATE SEQUENCE numbers AS integer START 5 INCREMENT 5 MINVALUE 5 MAXVALUE 500 CACHE 3 CYCLE;
CREATE SEQUENCE countdown INCREMENT -1;
CREATE FUNCTION tools.half(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n / 2';
CREATE FUNCTION tools.half(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT n / 2';

CREATE TABLE "Order" (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    number integer DEFAULT nextval('numbers'),
    amount "Positive",
    changes audit.mood_change[],
    prices price_range,
    half integer GENERATED ALWAYS AS (tools.half(number)) STORED,
    attributes hstore,
    "select" text DEFAULT 'it''s'::text || '!',
    moment timestamptz DEFAULT '2026-01-01 00:00:00+03',
    CONSTRAINT halves CHECK (tools.half(number) > 0)
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE INDEX orders_half ON "Order" (tools.half(number), moment DESC NULLS LAST);
CREATE INDEX orders_attributes ON "Order" USING gist (attributes gist_hstore_ops (siglen = 32));
CREATE TABLE audit."Order" (id bigint PRIMARY KEY, "order" integer REFERENCES "Order" ON DELETE SET NULL, of mood);
CREATE TABLE audit.entry (at date, what text) PARTITION BY RANGE (at);

CREATE FUNCTION order_count() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM "Order" $$;
COMMENT ON FUNCTION order_count() IS 'How many';
CREATE FUNCTION latest(OUT id integer, OUT number integer) LANGUAGE sql AS 'SELECT id, number FROM "Order"';
CREATE FUNCTION whole("Order") RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT $1."select"; END;
CREATE PROCEDURE clean(days integer DEFAULT 30) LANGUAGE plpgsql AS $$ BEGIN DELETE FROM audit.entry; END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE AGGREGATE total(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
    FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);

CREATE VIEW orders AS SELECT id, number, order_count() AS orders FROM "Order" WHERE amount > 1;
CREATE VIEW audit.orders AS SELECT * FROM orders;
CREATE MATERIALIZED VIEW order_totals AS SELECT number, count(*) AS count FROM "Order" GROUP BY number;
CREATE UNIQUE INDEX order_totals_number ON order_totals (number);
COMMENT ON MATERIALIZED VIEW order_totals IS 'Once a day';

CREATE TRIGGER touch BEFORE UPDATE ON "Order" FOR EACH ROW WHEN (OLD.number > 0) EXECUTE FUNCTION touch();
ALTER TABLE "Order" DISABLE TRIGGER touch;
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON "Order" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TRIGGER checked ON "Order" IS 'At the end';
CREATE TRIGGER instead INSTEAD OF DELETE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE silence AS ON DELETE TO audit."Order" DO INSTEAD NOTHING;
ALTER TABLE "Order" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Order" FORCE ROW LEVEL SECURITY;
CREATE POLICY "Own orders" ON "Order" AS RESTRICTIVE FOR UPDATE TO postgres USING (number > 0) WITH CHECK (id > 0);
"#;

/// Diesel's table and one of ours.
const BOOKKEEPING: &str = "
CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());
CREATE TABLE __makemigrations_history (id serial PRIMARY KEY, name text UNIQUE);
CREATE INDEX history_name ON __makemigrations_history (name);";

#[test]
fn what_was_read_builds_the_same_again() {
    let database = Database::new(Engine::Postgres, "inspect");
    database.execute(BY_HAND);
    database.execute(BOOKKEEPING);
    let read_once = read(&database);
    assert_eq!(read_once.unknown, Vec::<String>::new());
    let objects: Vec<_> = read_once.schema.objects.keys().map(String::as_str).collect();
    assert_eq!(
        objects,
        [
            "Order_Own orders",
            "Order_checked",
            "Order_row_security",
            "Order_touch",
            "Positive",
            "audit_Order_silence",
            "clean",
            "countdown",
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
            "whole",
        ]
    );
    let tables: Vec<_> = read_once.schema.tables.keys().map(String::as_str).collect();
    assert_eq!(tables, ["Order", "audit_Order", "entry"]);
    let again = read(&built(&read_once.schema));
    assert_eq!(again.unknown, Vec::<String>::new());
    assert_eq!(differences(&again.schema, &read_once.schema), Vec::<String>::new());
    assert_eq!(again.schema.objects, read_once.schema.objects);
}

/// What no snapshot can say.
const BEYOND: &str = r#"
CREATE TABLE entry (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE entry_2026 PARTITION OF entry FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE entry_2026 ADD CONSTRAINT entry_2026_pkey PRIMARY KEY (at);
CREATE INDEX entry_what ON entry (what);
CREATE TABLE pointer (at date REFERENCES entry_2026);

CREATE UNLOGGED TABLE fast (id integer);
CREATE TABLE child () INHERITS (fast);
CREATE TYPE pair AS (a integer, b integer);
CREATE TABLE pairs OF pair;
CREATE TABLE nothing ();
CREATE TYPE empty AS ENUM ();
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('low');
CREATE TYPE other.mood AS ENUM ('high');
CREATE TYPE shell;
CREATE EXTENSION citext SCHEMA other;

CREATE TABLE item (
    id integer, number serial, "order" integer GENERATED ALWAYS AS IDENTITY (INCREMENT BY 10), part integer, kind text,
    during int4range, CONSTRAINT item_pkey PRIMARY KEY (id) INCLUDE (part) DEFERRABLE,
    CONSTRAINT unordered EXCLUDE USING gist (during WITH &&) DEFERRABLE,
    CONSTRAINT packed UNIQUE (part, kind) WITH (fillfactor = 50),
    CONSTRAINT alone CHECK (part > 0) NO INHERIT
);
ALTER SEQUENCE item_number_seq RENAME TO item_counter;
ALTER TABLE item ADD CONSTRAINT late CHECK (part > 1) NOT VALID;
ALTER TABLE item ALTER kind SET STATISTICS 500, ALTER kind SET STORAGE EXTERNAL;
ALTER TABLE item REPLICA IDENTITY FULL;
CREATE INDEX item_kind ON item (kind);
CREATE INDEX item_broken ON item (kind);
CLUSTER item USING item_kind;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'item_broken'::regclass;
COMMENT ON INDEX item_kind IS 'By kind';
COMMENT ON CONSTRAINT late ON item IS 'Later';
CREATE SEQUENCE codes;
CREATE TABLE coded (code integer DEFAULT nextval('codes'), item integer, kind text,
    FOREIGN KEY (item) REFERENCES item_key ON DELETE SET NULL (item));
ALTER SEQUENCE codes OWNED BY coded.code;
CREATE STATISTICS item_parts ON part, kind FROM item;

CREATE VIEW items WITH (security_barrier) AS SELECT id, kind FROM item;
ALTER VIEW items ALTER kind SET DEFAULT 'x';
COMMENT ON COLUMN items.id IS 'Its number';

CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER far FOREIGN DATA WRAPPER wrapper;
CREATE USER MAPPING FOR PUBLIC SERVER far;
CREATE FOREIGN TABLE remote (id integer CHECK (id > 0)) SERVER far;

CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE OPERATOR FAMILY loose USING btree;
CREATE OPERATOR CLASS loose_ops FOR TYPE integer USING hash AS OPERATOR 1 =;
CREATE CAST (mood AS integer) WITH INOUT;
CREATE COLLATION plain (LOCALE = 'C');
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION search (COPY = simple);
CREATE ACCESS METHOD tree TYPE INDEX HANDLER bthandler;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION on_ddl();
CREATE PUBLICATION changes FOR TABLE item;
CREATE SUBSCRIPTION feed CONNECTION '' PUBLICATION changes WITH (connect = false, slot_name = NONE);
GRANT SELECT ON item TO PUBLIC;
GRANT UPDATE (kind) ON item TO PUBLIC;
REVOKE EXECUTE ON FUNCTION same(text, text) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
"#;

#[test]
fn what_no_snapshot_can_say_is_named() {
    let database = Database::new(Engine::Postgres, "inspect");
    // The referenced columns must be unique at once, which a deferrable key is not.
    database.execute("CREATE TABLE item_key (id integer PRIMARY KEY)");
    database.execute(BEYOND);
    let found = read(&database);
    assert_eq!(
        found.unknown,
        [
            "`DEFERRABLE` of constraint `item_pkey` of table `item`",
            "`DEFERRABLE` of constraint `unordered` of table `item`",
            "`INCLUDE` of constraint `item_pkey` of table `item`",
            "`NO INHERIT` of constraint `alone` of table `item`",
            "access method `tree`",
            "cast `(public.mood AS integer)`",
            "collation `plain`",
            "comment on index `item_kind`",
            "comment on table constraint `late on public.item`",
            "comment on view column `items.id`",
            "constraint `late` of table `item` is not valid",
            "conversion `latin`",
            "default acl `for role postgres on tables`",
            "default value `for public.items.kind`",
            "enum `empty` without values",
            "enum `other.mood`, because another enum has the same name",
            "event trigger `watch`",
            "foreign key `pointer_at_fkey` of table `pointer`: no snapshot can have what it points at",
            "foreign table `remote`",
            "foreign-data wrapper `wrapper`",
            "index `item_broken` of `item` is invalid",
            "inheritance of table `child` from `fast`",
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
            "statistics target, storage of column `item.kind`",
            "storage parameters of constraint `packed` of table `item`",
            "subscription `feed`",
            "table `fast` is unlogged",
            "table `item` is clustered on index `item_kind`",
            "table `nothing` without columns",
            "table `pairs` is made of a type",
            "text search configuration `search`",
            "text search dictionary `words`",
            "the columns that `ON DELETE` sets of constraint `coded_item_fkey` of table `coded`",
            "type `shell`",
            "user mapping `public on server far`",
        ]
    );
    // What is named as a whole is not in the schema as well.
    let tables: Vec<_> = found.schema.tables.keys().map(String::as_str).collect();
    assert_eq!(tables, ["child", "coded", "entry", "fast", "item", "item_key", "pairs", "pointer"]);
    database.execute("DROP SUBSCRIPTION feed");
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
    full.execute(BY_HAND);
    assert_eq!(count(&full), count(&empty));
}
