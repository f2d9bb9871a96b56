//! What is proven to commute does so on real databases: two random changes of one random schema, one after the other, each
//! written for the schema that it meets. It must not run the command line.
//!
//! `COMMUTE_PAIRS` pairs per dialect, from the seed `COMMUTE_SEED` on (0).

use std::collections::BTreeMap;

use makemigrations_plan::branch::commute::{Fit, commute, fit};
use makemigrations_plan::diff::{self, Answers, diff};
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::operation::{Operation, apply_all};
use makemigrations_plan::record::Record;
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_plan::{dialect, migration};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::random::{Pair, Recipe, TOGETHER};

/// So few edits that there are pairs that have nothing to do with each other.
const EDITS: usize = 3;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a whole number"))
}

fn read(dialect: Dialect, files: &BTreeMap<&'static str, String>) -> Wanted {
    let source = |(domain, text): (&&str, &String)| Source {
        path: format!("{domain}.toml"),
        domain: Domain::new(*domain).expect("a domain's name"),
        text: text.clone(),
    };
    snapshot::read(dialect, &files.iter().map(source).collect::<Vec<_>>()).expect("a valid snapshot")
}

/// The schema before, and the operations of one change.
fn change(engine: Engine, dialect: Dialect, recipe: &Recipe) -> Option<(Schema, Vec<Operation>)> {
    let without: Vec<_> = TOGETHER.into_iter().chain(["toggle_extension"]).map(str::to_owned).collect();
    let pair = Pair::new(engine, recipe, &without);
    let assigned = |flags: &[String]| flags.iter().map(|flag| diff::parse_assignment(flag).unwrap()).collect();
    let answers = Answers {
        renames: pair.flags.renames.iter().map(|flag| diff::parse_rename(flag).unwrap()).collect(),
        no_renames: true,
        backfills: assigned(&pair.flags.backfills),
        usings: assigned(&pair.flags.usings),
        ..Answers::default()
    };
    let before = read(dialect, &pair.before).schema;
    // What the planner refuses is the topic of other tests.
    let operations = diff(dialect, &before, &read(dialect, &pair.after), &answers, None).ok()?.operations;
    (!operations.is_empty()).then_some((before, operations))
}

/// The SQL of a change, as migrations.
fn scripts(dialect: Dialect, before: &Schema, operations: &[Operation]) -> Vec<String> {
    let mut schema = before.clone();
    let mut scripts = Vec::new();
    for operations in dialect::split(dialect, before, operations).unwrap() {
        let record = Record::new(1, dialect, operations);
        let files = migration::files(&schema, &record).unwrap();
        schema = apply_all(&schema, &record.operations).unwrap();
        let is_framed = files.metadata.is_some();
        scripts.push(if is_framed { files.up } else { format!("BEGIN;\n{}\nCOMMIT;", files.up) });
    }
    scripts
}

fn creation(dialect: Dialect, schema: &Schema) -> Vec<Operation> {
    let wanted = Wanted { schema: schema.clone(), ..Wanted::default() };
    diff(dialect, &Schema::empty(dialect), &wanted, &Answers::default(), None).unwrap().operations
}

/// Makes the schema and both changes in a database of its own, `first` first.
fn run(engine: Engine, dialect: Dialect, before: &Schema, first: &[Operation], second: &[Operation]) {
    let database = Database::new(engine, "commute");
    let between = apply_all(before, first).unwrap();
    let all = [
        scripts(dialect, &Schema::empty(dialect), &creation(dialect, before)),
        scripts(dialect, before, first),
        scripts(dialect, &between, second),
    ];
    all.iter().flatten().for_each(|script| database.execute(script));
}

fn prove(engine: Engine, dialect: Dialect, pairs: u64) {
    let start = number("COMMUTE_SEED", 0);
    let mut commuting = 0;
    let mut all = 0;
    for seed in start..start + number("COMMUTE_PAIRS", pairs) {
        let (mut ours, mut theirs) = (Recipe::new(seed), Recipe::new(seed + 1_000_000));
        theirs.first.clone_from(&ours.first);
        theirs.styles = ours.styles;
        ours.then.truncate(EDITS);
        theirs.then.truncate(EDITS);
        let changes = (change(engine, dialect, &ours), change(engine, dialect, &theirs));
        let (Some((before, ours)), Some((_, theirs))) = changes else { continue };
        all += 1;
        let result = commute(&before, &ours, &theirs);
        assert_eq!(result.is_ok(), commute(&before, &theirs, &ours).is_ok(), "seed {seed}");
        if result.is_err() {
            continue;
        }
        commuting += 1;
        // What `rebase` decides one operation at a time agrees.
        let (mut own, mut now) = (before.clone(), apply_all(&before, &theirs).unwrap());
        for operation in &ours {
            assert_eq!(fit(operation, &own, &now), Fit::Fits, "seed {seed}: {operation:?}");
            operation.apply(&mut own).unwrap();
            operation.apply(&mut now).unwrap();
        }
        let names = |operations: &[Operation]| -> Vec<_> {
            operations.iter().map(|operation| operation.change().describe()).collect()
        };
        println!("seed {seed}: {:?} and {:?}", names(&ours), names(&theirs));
        run(engine, dialect, &before, &theirs, &ours);
        run(engine, dialect, &before, &ours, &theirs);
    }
    assert!(commuting * 10 > all, "{commuting} of {all} commute");
    assert!(commuting < all);
}

#[test]
fn on_sqlite() {
    prove(Engine::Sqlite, Dialect::Sqlite, 150);
}

#[test]
fn on_postgres() {
    prove(Engine::Postgres, Dialect::Postgres, 60);
}
