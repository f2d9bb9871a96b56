//! What `inspect` reads from a real SQLite: condo and every golden case give back their snapshots, SQL that others wrote
//! is read too, and what a snapshot cannot say is named. It must not look into the catalogue itself.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use makemigrations_inspect::{Inspected, Rows, compare, inspect, recognise};
use makemigrations_plan::diff::{self, Answers};
use makemigrations_plan::migration;
use makemigrations_plan::model::{DataType, DefaultValue, Dialect, Domain, Schema};
use makemigrations_plan::record::Record;
use makemigrations_plan::snapshot::{self, Options, Source, Wanted};
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::random::{Pair, Recipe};
use proptest::collection::vec;
use proptest::prelude::*;

fn read(database: &Database) -> Inspected {
    let ask = &mut |sql: &str| -> Result<Rows, std::convert::Infallible> { Ok(database.rows(sql)) };
    let Ok(found) = inspect(Dialect::Sqlite, ask);
    found
}

fn wanted(snapshots: impl IntoIterator<Item = (String, String)>) -> Result<Wanted, String> {
    let source = |(path, text): (String, String)| {
        let domain = Domain::new(path.trim_end_matches(".toml")).unwrap();
        Source { path, domain, text }
    };
    let sources: Vec<_> = snapshots.into_iter().map(source).collect();
    snapshot::read(Dialect::Sqlite, &sources).map_err(|errors| format!("{errors:#?}"))
}

/// A database that the planner makes of a schema.
fn built(schema: &Schema) -> Database {
    let wanted = Wanted { schema: schema.clone(), ..Wanted::default() };
    let plan = diff::diff(Dialect::Sqlite, &Schema::default(), &wanted, &Answers::default(), None)
        .unwrap_or_else(|stop| panic!("{stop:#?}"));
    let record = Record { number: 1, dialect: Dialect::Sqlite, manual: false, operations: plan.operations };
    let files = migration::files(&Schema::default(), &record).unwrap();
    let database = Database::new(Engine::Sqlite, "inspect");
    database.execute(&files.up);
    database
}

fn differences(actual: &Schema, expected: &Schema) -> Vec<String> {
    compare(actual, expected).iter().map(ToString::to_string).collect()
}

/// The snapshot of what was read; none for a database with nothing in it.
fn written(schema: &Schema) -> Option<(String, String)> {
    let files = snapshot::write(&Options::from(Dialect::Sqlite), schema, &BTreeSet::new());
    files.into_iter().map(|(domain, text)| (format!("{domain}.toml"), text)).next()
}

#[test]
fn condo_gives_back_its_snapshots() {
    let known = wanted(condo::snapshots(Engine::Sqlite)).unwrap().schema;
    let (one, other) = (built(&known), built(&known));
    let queries = Cell::new(0);
    let mut spent = std::time::Duration::ZERO;
    let start = Instant::now();
    let Ok(actual) = inspect(Dialect::Sqlite, &mut |sql| -> Result<Rows, std::convert::Infallible> {
        queries.set(queries.get() + 1);
        let start = Instant::now();
        let rows = one.rows(sql);
        spent += start.elapsed();
        Ok(rows)
    });
    eprintln!("condo is read in {:?}, {spent:?} of it by SQLite", start.elapsed());
    assert_eq!(queries.get(), 5);
    assert_eq!(actual.unknown, Vec::<String>::new());
    assert_eq!(actual.schema.tables.len(), 311);
    assert_eq!(actual.schema.tables.values().map(|table| table.foreign_keys.len()).sum::<usize>(), 597);

    let reference = read(&other);
    assert!(actual == reference, "two databases that were built alike are read alike");
    let found = recognise(&actual.schema, &reference.schema, &known);
    assert_eq!(differences(&found, &known), Vec::<String>::new());
    assert!(found == known, "only `compare` takes them for the same");
    assert_same(&actual.schema, &kept(&known), "condo");

    let index = known.tables["Ticket"].indexes.keys().next().unwrap();
    one.execute(&format!("DROP INDEX \"{index}\""));
    let drifted = differences(&read(&one).schema, &reference.schema);
    assert_eq!(drifted.len(), 1, "{drifted:?}");
    assert!(drifted[0].contains(index.as_str()), "{drifted:?}");
}

#[test]
fn golden_cases_give_back_their_schemas() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let mut read_cases = 0;
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let only = std::fs::read_to_string(case.join("dialect")).unwrap_or_else(|_| Engine::Sqlite.name().to_owned());
        if only.trim() != Engine::Sqlite.name() {
            continue;
        }
        // Snapshots that SQLite cannot take are other tests' business.
        if let Ok(known) = wanted(snapshots(&case.join("after"))) {
            check_gives_itself_back(&name, &known.schema);
            read_cases += 1;
        }
    }
    assert!(read_cases > 60, "{read_cases} golden cases were read");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn random_schemas_give_themselves_back(first in vec(any::<u64>(), 0..30), then in vec(any::<u64>(), 0..10)) {
        let pair = Pair::new(Engine::Sqlite, &Recipe { first, then }, &[]);
        for side in [pair.before, pair.after] {
            let known = wanted(side.into_iter().map(|(domain, text)| (format!("{domain}.toml"), text))).unwrap();
            check_gives_itself_back("random", &known.schema);
        }
    }
}

/// What is read of a database that was built from the schema.
fn check_gives_itself_back(name: &str, known: &Schema) {
    let actual = read(&built(known));
    assert_eq!(actual.unknown, Vec::<String>::new(), "{name}");
    assert_same(&actual.schema, &kept(known), name);
    let found = recognise(&actual.schema, &actual.schema, known);
    assert_eq!(differences(&found, known), Vec::<String>::new(), "{name}");
    assert!(found == *known, "{name}: only `compare` takes them for the same");
    assert_builds_itself(name, &actual.schema);
}

/// Snapshots that say what was read make the same database again.
fn assert_builds_itself(name: &str, schema: &Schema) {
    let text = written(schema);
    let again = wanted(text.clone()).unwrap_or_else(|error| panic!("{name}: {error}\n{text:?}")).schema;
    assert!(again == *schema, "{name}\n{text:?}");
    let rebuilt = read(&built(&again));
    assert_eq!(differences(&rebuilt.schema, schema), Vec::<String>::new(), "{name}");
}

fn snapshots(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

/// A table as far as SQLite keeps it, one line a fact.
type Facts = BTreeMap<String, BTreeSet<String>>;

fn assert_same(actual: &Schema, expected: &Facts, what: &str) {
    let actual = facts(actual);
    for (table, expected) in expected {
        let found = actual.get(table).unwrap_or_else(|| panic!("{what}: no table `{table}`"));
        let missing: Vec<_> = expected.difference(found).collect();
        let surplus: Vec<_> = found.difference(expected).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "{what}: `{table}`\n- {missing:#?}\n+ {surplus:#?}");
    }
    assert_eq!(actual.len(), expected.len(), "{what}");
}

/// What a database built from the schema must say.
fn kept(schema: &Schema) -> Facts {
    let mut kept = schema.clone();
    for (key, table) in &mut kept.tables {
        table.domain = Domain::new("database").unwrap();
        let whole_key = table.single_key().map(str::to_owned);
        for (name, column) in &mut table.columns {
            let counts = column.data_type.is_serial() || column.identity.is_some();
            if counts && whole_key.as_ref() == Some(name) {
                column.data_type = DataType::Integer;
                column.identity = Some(makemigrations_plan::model::Identity::AutoIncrement);
            }
            let values = column.data_type.enum_key().map(|key| schema.enums[key].values.clone());
            if let Some(values) = values {
                let values: Vec<_> = values.iter().map(|value| quoted(value, '\'')).collect();
                let column = quoted(name, '"');
                let expression = format!("{column} IN ({})", values.join(", "));
                table.checks.insert(format!("{key} {name}"), makemigrations_plan::model::Check { expression });
            }
            if column.data_type == DataType::Citext {
                column.collation.get_or_insert("NOCASE".to_owned());
            }
            column.data_type = match column.data_type.storage() {
                DataType::Uuid | DataType::Interval(_) | DataType::Citext | DataType::Enum(_) => DataType::Text,
                DataType::Time(_) | DataType::Timetz(_) => DataType::Time(None),
                DataType::Timestamp(_) => DataType::Timestamp(None),
                DataType::Timestamptz(_) => DataType::Timestamptz(None),
                other => other,
            };
        }
        for foreign_key in table.foreign_keys.values_mut() {
            foreign_key.table = schema.tables[&foreign_key.table].name.clone();
        }
    }
    facts(&kept)
}

fn quoted(text: &str, mark: char) -> String {
    format!("{mark}{}{mark}", text.replace(mark, &format!("{mark}{mark}")))
}

/// By SQL name. Names that SQLite does not have are left out: those of checks.
fn facts(schema: &Schema) -> Facts {
    let of_table = |table: &makemigrations_plan::model::Table| {
        let mut facts = BTreeSet::new();
        for (name, column) in &table.columns {
            let default = column.default.as_ref().map(DefaultValue::as_sql);
            let mut column = column.clone();
            column.default = default.map(DefaultValue::Expression);
            facts.insert(format!("column {name} {column:?}"));
        }
        facts.insert(format!("primary key {:?}", table.primary_key));
        // To SQLite a unique constraint is a unique index.
        facts.extend(table.unique.iter().map(|(name, unique)| format!("unique {name} {:?}", unique.columns)));
        for (name, index) in &table.indexes {
            let is_whole =
                index.unique && index.predicate.is_none() && index.column_names().count() == index.columns.len();
            facts.insert(match is_whole {
                true => format!("unique {name} {:?}", index.column_names().collect::<Vec<_>>()),
                false => format!("index {name} {index:?}"),
            });
        }
        facts.extend(table.foreign_keys.iter().map(|(name, key)| format!("foreign key {name} {key:?}")));
        facts.extend(table.checks.values().map(|check| format!("check {}", check.expression)));
        facts.insert(format!("options {:?}", table.options));
        facts
    };
    schema.tables.values().map(|table| (table.name.clone(), of_table(table))).collect()
}

/// As different hands write it.
const FOREIGN_SQL: &str = r#"
create table if not exists main.[parent table] (   -- a bracket's name
    id integer primary key, /* no `NOT NULL`: it is the row's number /* */
    `code` varchar ( 10 ) not null collate nocase constraint code_is_own unique,
    kind TEXT NOT NULL DEFAULT "it's" CHECK (kind in ('a', 'b')) check (length(kind) > 0),
    ratio double precision default -.5,
    made DATETIME DEFAULT (datetime('now')) not null,
    upper_code text as (upper(code)),
    stored_code text generated always as (lower(code) || ', ') stored,
    constraint [both (of them)] check (ratio > 0 or kind = 'a') unique (kind, ratio)
);
CREATE TABLE child (
    "Parent" INT REFERENCES "PARENT TABLE" ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
    code VARCHAR(10),
    other integer not null,
    n INTEGER CONSTRAINT child_n PRIMARY KEY AUTOINCREMENT,
    flag bool default 0 not null,
    price decimal(12,2) default 9.90,
    CHECK (price > 0), constraint to_code foreign key (code) references [parent table](CODE) not deferrable,
    FOREIGN KEY (other) REFERENCES child ON DELETE NO ACTION
);
CREATE TABLE pair (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a)) WITHOUT ROWID, strict;
create unique index own on child (code, flag);
create unique index child_flag_idx on child (flag);
CREATE INDEX "odd ""one""" ON child (lower(code) desc, (price + 1), code collate nocase, flag desc)
    where other > 0 -- some
;
CREATE INDEX of_price ON child(price);
create view [the codes] as
    select code from [parent table] -- all
;
CREATE VIEW named(a, b) AS SELECT 1, 2;
create trigger child after insert on child begin
    update child set flag = 1 where n = new.n;
end;
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL);
CREATE TABLE __makemigrations_history (version TEXT);
ANALYZE;
"#;

const FOREIGN_SNAPSHOT: &str = r##"format = 1

[tables.child]
primary_key = { columns = ["n"], name = "child_n" }

[tables.child.columns]
Parent = { type = "integer", nullable = true, references = { table = "parent table", on_delete = "set_null", on_update = "cascade", deferrable = "deferred" } }
code   = { type = "varchar(10)", nullable = true, references = { table = "parent table", column = "code", name = "to_code" } }
other  = { type = "integer", references = "child" }
n      = { type = "integer", auto_increment = true }
flag   = { type = "boolean", default = false }
price  = { type = "numeric(12, 2)", nullable = true, default = 9.9, index = { name = "of_price" }, check = "price > 0" }

[[tables.child.unique]]
name = "own"
columns = ["code", "flag"]

[[tables.child.indexes]]
columns = ["flag"]
unique = true

[[tables.child.indexes]]
name = 'odd "one"'
columns = [{ expression = "lower(code)", order = "desc" }, { expression = "price + 1" }, { column = "code", collation = "NOCASE" }, { column = "flag", order = "desc" }]
where = "other > 0"

[tables.pair]
primary_key = ["b", "a"]
options = "STRICT, WITHOUT ROWID"

[tables.pair.columns]
a = "text"
b = "text"

[tables."parent table".columns]
id          = { type = "integer", primary_key = true }
code        = { type = "varchar(10)", unique = { name = "code_is_own" }, collation = "NOCASE" }
kind        = { type = "text", default = "it's", check = "kind in ('a', 'b')" }
ratio       = { type = "double", nullable = true, default = -0.5 }
made        = { type = "timestamp", default = { sql = "datetime('now')" } }
upper_code  = { type = "text", nullable = true, generated = { sql = "upper(code)", stored = false } }
stored_code = { type = "text", nullable = true, generated = "lower(code) || ', '" }

[[tables."parent table".unique]]
columns = ["kind", "ratio"]

[[tables."parent table".checks]]
name = "both (of them)"
expression = "ratio > 0 or kind = 'a'"

[[tables."parent table".checks]]
name = "parent table_kind_check1"
expression = "length(kind) > 0"

[views."the codes"]
query = "select code from [parent table]"

[objects.child_2]
create = '''
CREATE TRIGGER child after insert on child begin
    update child set flag = 1 where n = new.n;
end
'''
drop = 'DROP TRIGGER "child"'

[objects.named]
create = "CREATE VIEW named(a, b) AS SELECT 1, 2"
drop = 'DROP VIEW "named"'
"##;

#[test]
fn what_others_wrote_is_read() {
    let database = Database::new(Engine::Sqlite, "foreign");
    database.execute(FOREIGN_SQL);
    let found = read(&database);
    assert_eq!(found.unknown, Vec::<String>::new());
    assert_eq!(written(&found.schema), Some(("database.toml".to_owned(), FOREIGN_SNAPSHOT.to_owned())));
    assert_builds_itself("what others wrote", &found.schema);
}

#[test]
fn what_a_snapshot_cannot_say_is_named() {
    let database = Database::new(Engine::Sqlite, "beyond");
    database.execute(BEYOND);
    let expected = [
        "`MATCH FULL` of a foreign key of table `odd`",
        "`NULL` in column `odd.id`, which is part of the primary key",
        "`ON CONFLICT IGNORE` of `NOT NULL` of column `a` of table `odd`",
        "`ON CONFLICT REPLACE` of `UNIQUE` of column `b` of table `odd`",
        "`a DESC` in the primary key of table `other`",
        "`c DESC` in a `UNIQUE` of table `odd`",
        "collation `NOCASE` of column `odd.c`",
        "column `odd.a` without a type",
        "foreign key (`d`) of table `odd`: `nowhere` has no such key",
        "foreign key (`e`) of table `odd`: `odd` has no such key",
        "shadow table `words_config`",
        "shadow table `words_content`",
        "shadow table `words_data`",
        "shadow table `words_docsize`",
        "shadow table `words_idx`",
        "the name `same` of a constraint of table `other`, which something else has too",
        "the name `there` of `NOT NULL` of column `a` of table `odd`",
        "virtual table `words`",
    ];
    let found = read(&database);
    assert_eq!(found.unknown, expected);
    assert_builds_itself("beyond", &found.schema);
}

const BEYOND: &str = "
CREATE VIRTUAL TABLE words USING fts5(body);
CREATE TABLE odd (
    id TEXT PRIMARY KEY,
    a CONSTRAINT there NOT NULL ON CONFLICT IGNORE,
    b TEXT COLLATE BINARY UNIQUE ON CONFLICT REPLACE,
    c INTEGER COLLATE NOCASE,
    d TEXT REFERENCES nowhere (x) MATCH FULL,
    e TEXT REFERENCES odd (a),
    CONSTRAINT same CHECK (a > 0),
    UNIQUE (c DESC)
);
CREATE TABLE other (a INTEGER, CONSTRAINT same CHECK (a > 0), PRIMARY KEY (a DESC));
";
