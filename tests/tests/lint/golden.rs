//! What is found in what the generator writes: nothing in the first migration of any golden case and of condo, and in the
//! second ones no statement that the parser cannot follow. It must not use the command line where the planner is enough.

use std::collections::BTreeMap;
use std::path::Path;

use makemigrations_lint::{Direction, Finding, Levels, Linter, Migration, Origin, SqlFile};
use makemigrations_plan::diff::{self, Answers};
use makemigrations_plan::migration;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::operation::Operation;
use makemigrations_plan::record::{self, Record};
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_tests::command::makemigrations;
use makemigrations_tests::condo;
use makemigrations_tests::database::Engine;
use makemigrations_tests::project::Project;

fn schema(folder: &Path) -> Option<Schema> {
    let mut files: Vec<_> = std::fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let sources: Vec<Source> = files
        .into_iter()
        .map(|path| Source {
            path: path.file_name().unwrap().to_string_lossy().into_owned(),
            domain: Domain::new(path.file_stem().unwrap().to_string_lossy()).unwrap(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect();
    Some(snapshot::read(Dialect::Postgres, &sources).ok()?.schema)
}

fn lint(up: &str, before: &Schema, operations: &[Operation]) -> Vec<Finding> {
    let migration = Migration {
        name: "second",
        files: vec![SqlFile { path: "up.sql".to_owned(), text: up, direction: Direction::Up }],
        in_transaction: true,
        before,
        operations,
        origin: Origin::Generated,
        is_merged: false,
    };
    Linter::new(&Levels::default(), &[], [("second", up)]).next(&migration)
}

fn cases() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let is_for_postgres = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path.join("dialect")).map_or(true, |own| own.trim() == "postgres")
    };
    cases.retain(is_for_postgres);
    cases
}

#[test]
fn nothing_is_found_in_first_migrations() {
    let nothing = Schema::empty(Dialect::Postgres);
    let mut looked = 0;
    let mut wrong = String::new();
    for case in cases() {
        let Some(before) = schema(&case.join("before")) else { continue };
        let wanted = Wanted { schema: before, ..Wanted::default() };
        let Ok(plan) = diff::diff(Dialect::Postgres, &nothing, &wanted, &Answers::default(), None) else { continue };
        let record = Record::new(1, Dialect::Postgres, plan.operations);
        let up = migration::files(&nothing, &record).unwrap().up;
        for found in lint(&up, &nothing, &record.operations) {
            wrong += &format!("{}: {} {}\n   {}\n", case.display(), found.rule, found.message, found.statement);
        }
        looked += 1;
    }
    assert!(looked > 80, "{looked}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_parser_follows_whatever_the_generator_writes() {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = String::new();
    for case in cases() {
        let Some(before) = schema(&case.join("before")) else { continue };
        let Ok(up) = std::fs::read_to_string(case.join("postgres/up.sql")) else { continue };
        let operations = std::fs::read_to_string(case.join("postgres/operations.toml")).unwrap();
        let record = record::read("operations.toml", &operations).unwrap();
        for found in lint(&up, &before, &record.operations) {
            *rules.entry(found.rule).or_default() += 1;
            // What would fail, the golden cases themselves would show.
            let fails = [
                "unreadable-sql",
                "alter-after-changed-rows",
                "enum-value-used-at-once",
                "column-has-dependents",
                "transaction-nesting",
                "ban-in-transaction",
                "ban-psql-command",
                "set-without-local",
                "ban-search-path",
                "identifier-too-long",
                "ban-cascade",
                "incompatible-view-replacement",
                "foreign-key-type-differs",
            ];
            if fails.contains(&found.rule) {
                wrong += &format!("{}: {} {}\n   {}\n", case.display(), found.rule, found.message, found.statement);
            }
        }
    }
    assert!(rules.len() > 15, "{rules:?}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn nothing_is_found_in_condos_initial_migration() {
    let project = Project::new(Engine::Postgres);
    for (name, text) in condo::snapshots(Engine::Postgres) {
        project.write(&format!("schema-snapshots/{name}"), text);
    }
    makemigrations(&project, ["makemigrations"]).run().code(0);
    let linted = makemigrations(&project, ["lint", "--format", "json"]).run();
    let document: serde_json::Value = serde_json::from_str(&linted.code(0).stdout).unwrap();
    assert_eq!(document["findings"], serde_json::json!([]));
    makemigrations(&project, ["check"]).run().code(0).lacks("hazard");
}
