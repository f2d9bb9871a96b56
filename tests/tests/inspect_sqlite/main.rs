//! What `inspect` reads from a real SQLite: condo and every golden case give back their snapshots, SQL that others wrote
//! is read too, and what a snapshot cannot say is named. It must not look into the catalogue itself.

mod facts;
mod foreign;

use std::collections::BTreeSet;
use std::path::Path;

use makemigrations_inspect::{Inspected, Rows, compare, inspect, recognise};
use makemigrations_plan::diff::{self, Answers};
use makemigrations_plan::migration;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::record::Record;
use makemigrations_plan::snapshot::{self, Options, Source, Wanted};
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::golden_cases;
use makemigrations_tests::random::{Pair, Recipe, TOGETHER};

use facts::{assert_same, kept};

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
    let plan = diff::diff(Dialect::Sqlite, &Schema::empty(Dialect::Sqlite), &wanted, &Answers::default(), None)
        .unwrap_or_else(|stop| panic!("{stop:#?}"));
    let record = Record::new(1, Dialect::Sqlite, plan.operations);
    let files = migration::files(&Schema::empty(Dialect::Sqlite), &record).unwrap();
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
    let mut queries = 0;
    let Ok(actual) = inspect(Dialect::Sqlite, &mut |sql| -> Result<Rows, std::convert::Infallible> {
        queries += 1;
        Ok(one.rows(sql))
    });
    assert_eq!(queries, 5);
    assert_eq!(actual.unknown, Vec::<String>::new());
    assert_eq!(actual.schema.tables.len(), 311);
    assert_eq!(actual.schema.tables.values().map(|table| table.foreign_keys.len()).sum::<usize>(), 597);

    let reference = read(&other);
    assert!(actual == reference, "two databases that were built alike are read alike");
    let found = recognise(&actual.schema, &reference.schema, &known);
    assert_eq!(differences(&found, &known), Vec::<String>::new());
    assert!(found == known, "only `compare` takes them for the same");
    assert_same(&actual.schema, &kept(&known), "condo");

    // Written again, the snapshots say the same.
    let files = snapshot::write(&Options::from(Dialect::Sqlite), &known, &BTreeSet::new());
    let again = wanted(files.into_iter().map(|(domain, text)| (format!("{domain}.toml"), text))).unwrap();
    assert!(again.schema == known, "condo is written as something else");

    let index = known.tables["Ticket"].indexes.keys().next().unwrap();
    one.execute(&format!("DROP INDEX \"{index}\""));
    let drifted = differences(&read(&one).schema, &reference.schema);
    assert_eq!(drifted.len(), 1, "{drifted:?}");
    assert!(drifted[0].contains(index.as_str()), "{drifted:?}");
}

#[test]
fn golden_cases_give_back_their_schemas() {
    let mut read_cases = 0;
    for case in golden_cases::accepted(Engine::Sqlite) {
        // Snapshots that SQLite cannot take are other tests' business.
        if let Ok(known) = wanted(snapshots(&case.join("after"))) {
            check_gives_itself_back(&golden_cases::name(&case), &known.schema);
            read_cases += 1;
        }
    }
    assert!(read_cases > 60, "{read_cases} golden cases were read");
}

#[test]
fn random_schemas_give_themselves_back() {
    for seed in 0..15 {
        let recipe = Recipe { first: numbers(seed, 30), then: numbers(seed + 1000, 10), styles: [0, 0] };
        let pair = Pair::new(Engine::Sqlite, &recipe, &TOGETHER.map(str::to_owned));
        for side in [pair.before, pair.after] {
            let known = wanted(side.into_iter().map(|(domain, text)| (format!("{domain}.toml"), text))).unwrap();
            check_gives_itself_back(&format!("seed {seed}"), &known.schema);
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
