//! Every row of the hazard table as cases: a rule finds the unsafe form and is silent about the safe one, about the same words
//! in strings, comments and bodies, and about what the migration itself has made. Must not need a database.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::path::Path;

use makemigrations_lint::{Direction, Finding, Level, Levels, Linter, Migration, Origin, Rule, SqlFile};
use makemigrations_plan::{
    model::{Dialect, Domain, Schema},
    snapshot::{self, Source},
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    hazard: String,
    rule: String,
    level: Option<String>,
    setting: Option<String>,
    lock: Option<String>,
    blocks: Option<String>,
    tables: Option<Vec<String>>,
    says: Option<String>,
    r#unsafe: Vec<String>,
    safe: Vec<String>,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn cases() -> Vec<Case> {
    let files = ["locks.toml", "columns.toml", "rest.toml"];
    let read = |file: &str| {
        let text = std::fs::read_to_string(folder().join(file)).unwrap();
        toml::from_str::<Cases>(&text).unwrap_or_else(|error| panic!("{file}: {error}")).case
    };
    files.iter().flat_map(|file| read(file)).collect()
}

fn schema() -> Schema {
    let text = std::fs::read_to_string(folder().join("schema.toml")).unwrap();
    let source = Source { path: "schema.toml".to_owned(), domain: Domain::new("main").unwrap(), text };
    snapshot::read(Dialect::Postgres, &[source]).unwrap_or_else(|errors| panic!("{errors:?}")).schema
}

fn lint(migrations: &[Migration<'_>], levels: &Levels, earlier: &[&str]) -> Vec<Finding> {
    let texts = migrations.iter().map(|migration| (migration.name, migration.files[0].text));
    let mut linter = Linter::new(levels, earlier, texts);
    migrations.iter().flat_map(|migration| linter.next(migration)).collect()
}

/// Migrations from one text, divided by `-- next migration`; `-- alone` says that one runs outside of a transaction.
fn run(schema: &Schema, text: &str, levels: &Levels) -> Vec<Finding> {
    let parts: Vec<&str> = text.split("-- next migration\n").collect();
    let names: Vec<String> = (0..parts.len()).map(|index| format!("migration_{index}")).collect();
    let migrations: Vec<Migration<'_>> = parts
        .iter()
        .zip(&names)
        .map(|(part, name)| Migration {
            name,
            files: vec![SqlFile { path: format!("{name}/up.sql"), text: part, direction: Direction::Up }],
            in_transaction: !part.starts_with("-- alone\n"),
            before: schema,
            operations: &[],
            origin: Origin::Written(String::new()),
            is_merged: false,
        })
        .collect();
    lint(&migrations, levels, &[])
}

fn levels_of(case: &Case) -> Levels {
    let mut levels = Levels::default();
    if let Some(setting) = &case.setting {
        levels.set(&case.rule, Level::parse(setting).unwrap()).unwrap();
    }
    levels
}

fn listed(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|found| format!("  {} {}:{} {}\n", found.rule, found.line, found.column, found.message))
        .collect()
}

#[test]
fn unsafe_forms_are_found() {
    let schema = schema();
    let mut wrong = String::new();
    for case in cases() {
        assert!(
            Rule::find(&case.rule).is_some_and(|rule| rule.hazards.contains(&case.hazard.as_str())),
            "{} {}",
            case.hazard,
            case.rule
        );
        for text in &case.r#unsafe {
            let findings = run(&schema, text, &levels_of(&case));
            let Some(found) = findings.iter().find(|found| found.rule == case.rule) else {
                wrong += &format!("{} {} does not find: {text}\n{}", case.hazard, case.rule, listed(&findings));
                continue;
            };
            let mut expect = |what: &str, expected: Option<String>, actual: Option<String>| {
                if expected.is_some() && expected != actual {
                    wrong +=
                        &format!("{} {}: {what} {actual:?}, expected {expected:?}: {text}\n", case.hazard, case.rule);
                }
            };
            expect(
                "level",
                Some(case.level.clone().unwrap_or_else(|| "error".to_owned())),
                Some(found.level.as_str().to_owned()),
            );
            expect("lock", case.lock.clone(), found.lock.map(|lock| lock.to_string()));
            expect("blocks", case.blocks.clone(), found.blocks().map(str::to_owned));
            expect("tables", case.tables.as_ref().map(|tables| tables.join(" ")), Some(found.tables.join(" ")));
            if let Some(words) = case.says.as_ref().filter(|words| !found.message.contains(*words)) {
                wrong += &format!("{} {} does not say {words}: {}\n", case.hazard, case.rule, found.message);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn safe_forms_are_left_alone() {
    let schema = schema();
    let mut wrong = String::new();
    for case in cases() {
        for text in &case.safe {
            let findings = run(&schema, text, &levels_of(&case));
            if findings.iter().any(|found| found.rule == case.rule || found.rule == "unreadable-sql") {
                wrong += &format!("{} {} finds: {text}\n{}", case.hazard, case.rule, listed(&findings));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn words_in_strings_comments_and_bodies_are_no_statements() {
    let schema = schema();
    for case in cases() {
        for text in case.r#unsafe.iter().filter(|text| !text.contains("$$") && !text.contains("-- next")) {
            let quoted = text.replace('\'', "''").replace('\\', "");
            let inner = text.replace('\\', "");
            let commented: String = text.lines().map(|line| format!("-- {line}\n")).collect();
            for hidden in [
                format!("SELECT '{quoted}';"),
                format!("{commented}SELECT 1;"),
                format!("/* {inner} */ SELECT 1;"),
                format!("DO $body$ BEGIN PERFORM $inner${inner}$inner$; END $body$;"),
            ] {
                // A body is a string to the database as well, until it runs; `UPDATE` in it is what a backfill is.
                let findings = run(&schema, &hidden, &Levels::default());
                assert!(findings.iter().all(|found| found.rule != case.rule), "{hidden}\n{}", listed(&findings));
            }
        }
    }
}

#[test]
fn every_row_of_the_hazard_table_has_cases() {
    let cases = cases();
    for row in 1..=45 {
        let row = format!("H{row:02}");
        let of_row: Vec<&Case> = cases.iter().filter(|case| case.hazard == row).collect();
        assert!(!of_row.is_empty(), "{row}");
        assert!(of_row.iter().any(|case| !case.safe.is_empty()), "{row} has no safe form");
    }
}

#[test]
fn tables_of_the_same_branch_are_new_until_they_are_merged() {
    let schema = schema();
    let text = "CREATE TABLE fresh (id bigint PRIMARY KEY);\n-- next migration\nCREATE INDEX fresh_id ON fresh (id);";
    assert_eq!(run(&schema, text, &Levels::default()), []);
    let parts: Vec<&str> = text.split("-- next migration\n").collect();
    let migration = |text, is_merged| Migration {
        name: "a",
        files: vec![SqlFile { path: "a/up.sql".to_owned(), text, direction: Direction::Up }],
        in_transaction: true,
        before: &schema,
        operations: &[],
        origin: Origin::Generated,
        is_merged,
    };
    for (merged, expected) in [([false, false], 0), ([true, false], 1), ([true, true], 1)] {
        let migrations = [migration(parts[0], merged[0]), migration(parts[1], merged[1])];
        assert_eq!(lint(&migrations, &Levels::default(), &[]).len(), expected, "{merged:?}");
    }
}

#[test]
fn comments_silence_one_rule_for_one_statement() {
    let schema = schema();
    let index = "CREATE INDEX ticket_size ON ticket (size);\n";
    let found = |text: &str| {
        let findings = run(&schema, text, &Levels::default());
        findings.iter().map(|found| format!("{} {}", found.rule, found.line)).collect::<Vec<_>>()
    };
    let rule = "require-concurrent-index-creation";
    assert_eq!(found(index), [format!("{rule} 1")]);
    let allowed = format!("-- lint:allow {rule} reason=\"small\"\n{index}");
    assert!(found(&allowed).is_empty());
    assert_eq!(found(&format!("{allowed}{index}")), [format!("{rule} 3")], "only the statement after it");
    let without = format!("-- lint:allow {rule}\n{index}");
    assert_eq!(found(&without), ["lint-allow-without-reason 1".to_owned(), format!("{rule} 2")]);
    let other = format!("-- lint:allow ban-drop-table reason=\"small\"\n{index}");
    assert_eq!(found(&other), ["unused-lint-allow 1".to_owned(), format!("{rule} 2")]);
    let far = format!("-- lint:allow {rule} reason=\"small\"\n\n{index}");
    assert_eq!(found(&far), ["unused-lint-allow 1".to_owned(), format!("{rule} 3")]);
    let misspelled = "-- lint:allow ban-drop-colum reason=\"small\"\nALTER TABLE ticket DROP COLUMN meta;";
    let findings = run(&schema, misspelled, &Levels::default());
    assert!(findings[0].message.contains("did you mean `ban-drop-column`"), "{}", findings[0].message);
    assert_eq!(found(&format!("SELECT '-- lint:allow {rule}';")), Vec::<String>::new());
}

#[test]
fn a_finding_says_where_it_is() {
    let text = "-- grüße\nSELECT 1;\n\n  /* ä */ CREATE INDEX\n  ticket_size ON ticket (size)\n;\n";
    let findings = run(&schema(), text, &Levels::default());
    let [found] = findings.as_slice() else { panic!("{}", listed(&findings)) };
    assert_eq!((found.line, found.column), (4, 11));
    assert_eq!(found.statement, "CREATE INDEX ticket_size ON ticket (size)");
    assert_eq!((found.file.as_str(), found.migration.as_str()), ("migration_0/up.sql", "migration_0"));
}

#[test]
fn the_way_down_is_asked_only_what_would_fail_or_leak() {
    let schema = schema();
    let down = |text| {
        let migration = Migration {
            name: "a",
            files: vec![SqlFile { path: "a/down.sql".to_owned(), text, direction: Direction::Other }],
            in_transaction: true,
            before: &schema,
            operations: &[],
            origin: Origin::Written(String::new()),
            is_merged: false,
        };
        lint(&[migration], &Levels::default(), &[]).iter().map(|found| found.rule).collect::<Vec<_>>()
    };
    assert!(down("DROP TABLE ticket;").is_empty());
    assert_eq!(down("DROP INDEX CONCURRENTLY ticket_price;"), ["ban-in-transaction"]);
    assert_eq!(down("COMMIT;"), ["transaction-nesting"]);
}

proptest! {
    /// Whatever is in a file, something is said about it.
    #[test]
    fn no_text_makes_it_fail(parts in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..20), noise in ".{0,20}") {
        let text = format!("{}{noise}", parts.concat());
        run(&schema(), &text, &Levels::default());
    }
}

const PIECES: [&str; 24] = [
    "ALTER TABLE ticket ",
    "ADD COLUMN a ",
    "integer ",
    "DROP COLUMN title",
    "ADD CONSTRAINT x CHECK (",
    "size > 0",
    ") ",
    "NOT VALID",
    ";\n",
    "CREATE ",
    "INDEX CONCURRENTLY ",
    "ON ticket (size)",
    "'",
    "$$",
    "/*",
    "-- lint:allow ban-drop-column reason=\"x\"\n",
    "\\i",
    "UPDATE ticket SET ",
    "a = 1",
    "SET ",
    "REFERENCES organization",
    "COMMIT",
    "\u{feff}",
    "ä\"",
];
