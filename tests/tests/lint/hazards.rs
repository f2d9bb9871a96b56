//! Every row of the hazard table as a change of snapshots: its direct form is found, and what `--online` writes is the safe
//! form, in which nothing is found and which runs over rows. What no change of snapshots leads to says what shows it instead.

use std::collections::BTreeSet;
use std::path::Path;

use makemigrations_lint::{Direction, Finding, Level, Levels, Linter, Migration, Origin, Rule, SqlFile};
use makemigrations_plan::deferral::defer;
use makemigrations_plan::dialect::split;
use makemigrations_plan::diff::{Answers, Stop, diff, parse_assignment};
use makemigrations_plan::migration;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::online::{Online, steps};
use makemigrations_plan::operation::{Operation, apply_all};
use makemigrations_plan::record::{OnlineStep, Record};
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_sql::statements;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres;
use serde::Deserialize;

#[derive(Deserialize)]
struct Rows {
    row: Vec<Row>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Row {
    hazard: String,
    /// What is in the snapshots beside `schema.toml`, before and after.
    base: String,
    /// What is replaced, and by what.
    edits: Vec<[String; 2]>,
    /// What comes after the rest.
    append: String,
    /// In place of `edits` and `append` where the safe form is another wish.
    safe_edits: Vec<[String; 2]>,
    safe_append: String,
    backfills: Vec<String>,
    /// Rules that find the direct form.
    finds: Vec<String>,
    /// Rules that are off in generated SQL otherwise.
    levels: Vec<String>,
    /// What `--online` writes, in this order; `|` is the border of two migrations.
    writes: Vec<String>,
    /// Rules that warn of the online form as well: it takes a moment, and programs have to be ready.
    warns: Vec<String>,
    /// Why there is no online form.
    refused: String,
    /// Whether a person is asked first.
    asks: bool,
    /// Whether drops wait.
    deferred: bool,
    /// Why no change of snapshots leads to it, or what else there is to it.
    why: String,
    /// The tests that show that.
    shown_by: Vec<String>,
}

const SEED: &str = "INSERT INTO organization (id, name) SELECT g, 'o' || g FROM generate_series(1, 20) g;
INSERT INTO customer (id, organization) SELECT g, 1 + g % 20 FROM generate_series(1, 50) g;
INSERT INTO ticket (id, organization, customer, title, email, size, priority, price)
SELECT g, 1 + g % 20, CASE WHEN g % 3 = 0 THEN 1 + g % 50 END, 'title ' || g, 'e' || g,
CASE WHEN g % 2 = 0 THEN g % 50 + 1 END, 3, g FROM generate_series(1, 200) g;
INSERT INTO comment (id, ticket, body) SELECT g, g, 'body' FROM generate_series(1, 200) g;";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("data/hazards.toml")).unwrap();
    toml::from_str::<Rows>(&text).unwrap_or_else(|error| panic!("{error}")).row
}

impl Row {
    fn before_text(&self) -> String {
        let text = std::fs::read_to_string(root().join("../crates/lint/tests/cases/schema.toml")).unwrap();
        format!("{text}\n{}\n", self.base)
    }

    fn after(&self, edits: &[[String; 2]], append: &str) -> String {
        let edited = edits.iter().fold(self.before_text(), |text, [from, to]| {
            assert!(text.contains(from.as_str()), "{}: {from}", self.hazard);
            text.replacen(from.as_str(), to, 1)
        });
        format!("{edited}\n{append}\n")
    }

    fn direct(&self) -> String {
        self.after(&self.edits, &self.append)
    }

    fn safe(&self) -> String {
        if self.safe_edits.is_empty() && self.safe_append.is_empty() {
            return self.direct();
        }
        self.after(&self.safe_edits, &self.safe_append)
    }

    fn is_a_change(&self) -> bool {
        !self.edits.is_empty() || !self.append.is_empty()
    }

    fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        for rule in &self.levels {
            levels.set(rule, Level::Warning).unwrap();
        }
        levels
    }

    fn is_of_it(&self, rule: &str) -> bool {
        Rule::find(rule).is_some_and(|rule| rule.hazards.contains(&self.hazard.as_str()))
    }
}

fn schema(text: &str) -> Schema {
    let source = Source { path: "schema.toml".to_owned(), domain: Domain::new("main").unwrap(), text: text.to_owned() };
    snapshot::read(Dialect::Postgres, &[source]).unwrap_or_else(|errors| panic!("{errors:?}")).schema
}

fn plan(before: &Schema, after: &str, answers: &Answers) -> Result<Vec<Operation>, Stop> {
    let wanted = Wanted { schema: schema(after), ..Wanted::default() };
    Ok(diff(Dialect::Postgres, before, &wanted, answers, None)?.operations)
}

/// A migration as it is written.
struct Written {
    before: Schema,
    record: Record,
    up: String,
    in_transaction: bool,
}

fn written(before: &Schema, parts: Vec<(Vec<Operation>, Option<OnlineStep>)>) -> Vec<Written> {
    let mut schema = before.clone();
    let write = |(operations, step): (Vec<Operation>, Option<OnlineStep>)| {
        let before = schema.clone();
        schema = apply_all(&schema, &operations).unwrap();
        let record = Record { step, ..Record::new(2, Dialect::Postgres, operations) };
        let files = migration::files(&before, &record).unwrap();
        Written { before, record, up: files.up, in_transaction: files.metadata.is_none() }
    };
    parts.into_iter().map(write).collect()
}

fn lint(migrations: &[Written], levels: &Levels) -> Vec<Finding> {
    let names: Vec<String> = (2..migrations.len() + 2).map(|number| format!("migration_{number}")).collect();
    let texts = names.iter().zip(migrations).map(|(name, written)| (name.as_str(), written.up.as_str()));
    let mut linter = Linter::new(levels, &[], texts);
    let look = |(name, written): (&String, &Written)| {
        linter.next(&Migration {
            name,
            files: vec![SqlFile { path: format!("{name}/up.sql"), text: &written.up, direction: Direction::Up }],
            in_transaction: written.in_transaction,
            before: &written.before,
            operations: &written.record.operations,
            origin: Origin::Generated,
            is_merged: false,
        })
    };
    names.iter().zip(migrations).flat_map(look).collect()
}

fn listed(findings: &[Finding]) -> String {
    findings.iter().map(|found| format!("  {} {}: {}\n", found.level.as_str(), found.rule, found.statement)).collect()
}

/// The migrations of a change in one piece, as far as one transaction can do it.
fn direct(before: &Schema, operations: &[Operation]) -> Vec<Written> {
    let parts = split(Dialect::Postgres, before, operations).unwrap();
    written(before, parts.into_iter().map(|part| (part, None)).collect())
}

fn online(before: &Schema, operations: &[Operation]) -> Result<Vec<Written>, Vec<String>> {
    let online = Online { tables: before.tables.keys().cloned().collect(), batch_size: 50, pause_ms: 0 };
    let mut schema = before.clone();
    let mut all = Vec::new();
    for part in split(Dialect::Postgres, before, operations).unwrap() {
        for step in steps(&schema, &part, &online)? {
            all.push((step.operations, Some(OnlineStep { number: 1, of: 2, is_online: step.is_online })));
        }
        schema = apply_all(&schema, &part).unwrap();
    }
    Ok(written(before, all))
}

/// The fragments stand in this order, `|` at the border of two migrations.
fn assert_writes(row: &Row, migrations: &[Written]) {
    let text: String = migrations.iter().map(|written| format!("{}\n|\n", written.up)).collect();
    let mut rest = text.as_str();
    for fragment in &row.writes {
        let wanted = if fragment == "|" { "\n|\n" } else { fragment.as_str() };
        let place = rest.find(wanted);
        let place = place.unwrap_or_else(|| panic!("{}: `{fragment}` does not come in\n{text}", row.hazard));
        // Without a border between them, two fragments are in one migration.
        assert!(
            wanted == "\n|\n" || !rest[..place].contains("\n|\n"),
            "{}: before `{fragment}` in\n{text}",
            row.hazard
        );
        rest = &rest[place + wanted.len() - usize::from(wanted == "\n|\n")..];
    }
}

/// Over rows, as Diesel runs it.
fn run(row: &Row, before: &Schema, migrations: &[Written]) {
    let database = Database::new(Engine::Postgres, &format!("hazard_{}", row.hazard.to_lowercase()));
    let nothing = Schema::empty(Dialect::Postgres);
    let first = diff(
        Dialect::Postgres,
        &nothing,
        &Wanted { schema: before.clone(), ..Wanted::default() },
        &Answers::default(),
        None,
    );
    for one in direct(&nothing, &first.unwrap().operations) {
        database.execute(&one.up);
    }
    database.execute(SEED);
    let mut client = postgres::client(database.url());
    for one in migrations {
        let text = if one.in_transaction { format!("BEGIN;\n{}\n;COMMIT", one.up) } else { one.up.clone() };
        client.batch_execute(&text).unwrap_or_else(|error| panic!("{}: {error:?}\n{}", row.hazard, one.up));
    }
}

fn answers(row: &Row) -> Answers {
    let backfills = row.backfills.iter().map(|text| parse_assignment(text).unwrap()).collect();
    Answers { no_renames: true, backfills, ..Answers::default() }
}

/// Judges one row, and says what is wrong.
fn judge(row: &Row) -> String {
    let mut wrong = String::new();
    let before = schema(&row.before_text());
    if row.asks {
        let asked = plan(&before, &row.direct(), &Answers::default());
        assert!(matches!(asked, Err(Stop::Questions(_))), "{}: nobody is asked", row.hazard);
    }
    let unsafe_form =
        plan(&before, &row.direct(), &answers(row)).unwrap_or_else(|stop| panic!("{}: {stop:?}", row.hazard));
    let findings = lint(&direct(&before, &unsafe_form), &row.levels());
    for rule in &row.finds {
        assert!(row.is_of_it(rule), "{}: {rule}", row.hazard);
        if !findings.iter().any(|found| found.rule == rule) {
            wrong += &format!("{}: {rule} does not find the direct form\n{}", row.hazard, listed(&findings));
        }
    }
    let mut wish = plan(&before, &row.safe(), &answers(row)).unwrap();
    if row.deferred {
        wish = defer(&before, &wish, &before.tables.keys().cloned().collect()).unwrap();
    }
    let migrations = match online(&before, &wish) {
        Err(reasons) if !row.refused.is_empty() => {
            assert!(reasons.iter().any(|reason| reason.contains(&row.refused)), "{}: {reasons:?}", row.hazard);
            return wrong;
        }
        Err(reasons) => return format!("{wrong}{}: refused: {reasons:?}\n", row.hazard),
        Ok(_) if !row.refused.is_empty() => return format!("{wrong}{}: is not refused\n", row.hazard),
        Ok(migrations) => migrations,
    };
    assert_writes(row, &migrations);
    let findings = lint(&migrations, &row.levels());
    let is_expected = |found: &Finding| found.level != Level::Error && row.warns.iter().any(|rule| rule == found.rule);
    let unexpected: Vec<Finding> = findings.iter().filter(|found| !is_expected(found)).cloned().collect();
    if !unexpected.is_empty() {
        wrong += &format!("{}: in what `--online` writes\n{}", row.hazard, listed(&unexpected));
    }
    for rule in &row.warns {
        if !findings.iter().any(|found| found.rule == rule) {
            wrong += &format!("{}: {rule} does not warn\n", row.hazard);
        }
    }
    for one in migrations.iter().filter(|one| !one.in_transaction) {
        assert_eq!(statements(&one.up, makemigrations_sql::Dialect::Postgres).len(), 1, "{}", one.up);
    }
    run(row, &before, &migrations);
    wrong
}

#[test]
fn what_is_online_is_the_safe_form_of_every_row() {
    let wrong: String = rows().iter().filter(|row| row.is_a_change()).map(judge).collect();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_row_is_there_or_says_what_shows_it() {
    let rows = rows();
    let expected: Vec<String> = (1..=45).map(|number| format!("H{number:02}")).collect();
    assert_eq!(rows.iter().map(|row| row.hazard.clone()).collect::<Vec<_>>(), expected);
    let mut functions = BTreeSet::new();
    for folder in ["tests", "../crates/lint/tests", "../crates/run/src"] {
        for entry in walkdir::WalkDir::new(root().join(folder)) {
            let entry = entry.unwrap();
            if entry.path().extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                let names = text.lines().filter_map(|line| line.trim().strip_prefix("fn ")?.split_once("()"));
                functions.extend(names.map(|(name, _)| name.to_owned()));
            }
        }
    }
    for row in &rows {
        let says = !row.why.is_empty() && !row.shown_by.is_empty();
        assert!(row.is_a_change() || says, "{}", row.hazard);
        for name in &row.shown_by {
            assert!(functions.contains(name), "{}: there is no test `{name}`", row.hazard);
        }
    }
}
