//! Golden cases: a folder each with the snapshots before and after, the answers given, and the migration that follows
//! for every dialect; and what a real database says of it, up, down and up again, with rows in it.
//! It must not use the runner or the command line: what is judged here is the SQL.
//!
//! `before/*.toml`, `after/*.toml`, `[answers.toml]`, `[rows.sql]` (loaded before), `[dialect]` (the only one), then for
//! each dialect `{up,down}.sql` and `operations.toml` (`up.2.sql` for a second migration), or `refused.txt`. With
//! `postgres/since` the SQL is for servers of that major version on, and older ones do not run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use makemigrations_plan::diagnostic::Diagnostic;
use makemigrations_plan::diff::{self, Answers, Stop};
use makemigrations_plan::hint::UsedHints;
use makemigrations_plan::history::{self, Entry};
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::operation::{Operation, apply_all};
use makemigrations_plan::record::{self, Record};
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_plan::{dialect, migration};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::golden;
use makemigrations_tests::postgres::major;
use makemigrations_tests::structure::structure;

#[test]
fn golden_cases_on_postgres() {
    run(Engine::Postgres, Dialect::Postgres);
}

#[test]
fn golden_cases_on_sqlite() {
    run(Engine::Sqlite, Dialect::Sqlite);
}

fn run(engine: Engine, dialect: Dialect) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 60, "the golden cases are gone");
    let only = std::env::var("GOLDEN_CASE").ok();
    let mut failed = Vec::new();
    for path in cases {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let own_dialect = std::fs::read_to_string(path.join("dialect")).ok();
        if own_dialect.is_some_and(|own| own.trim() != engine.name()) {
            continue;
        }
        let case = Case { path, engine, dialect };
        if let Err(panic) = std::panic::catch_unwind(|| case.check()) {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            failed.push(format!("=== {name}\n{}", text.unwrap_or_default()));
        }
    }
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n"));
}

struct Case {
    path: PathBuf,
    engine: Engine,
    dialect: Dialect,
}

/// One migration as the planner writes it.
struct Migration {
    up: String,
    down: String,
}

impl Case {
    fn check(&self) {
        let before = match self.snapshots("before") {
            Ok(before) => before,
            Err(errors) => return self.refused(&listed(&errors)),
        };
        let after = match self.snapshots("after") {
            Ok(after) => after,
            Err(errors) => return self.refused(&listed(&errors)),
        };
        let plan = match diff::diff(self.dialect, &before.schema, &after, &self.answers(), None) {
            Ok(plan) => plan,
            Err(stop) => return self.refused(&reason(&stop)),
        };
        assert!(!self.folder().join("refused.txt").exists(), "it is not refused any more");
        let used_hints = UsedHints::default().to_name(&plan.operations, &plan.used_hints);
        let record = Record { used_hints, ..Record::new(2, self.dialect, plan.operations.clone()) };
        let text = record::write(&record);
        let record = record::read("operations.toml", &text).unwrap();
        let used = history::used_hints([Entry { folder: "", path: "operations.toml", record: Ok(&record) }]).unwrap();
        let answers = Answers { used, ..Answers::default() };
        let again = diff::diff(self.dialect, &after.schema, &after, &answers, None).unwrap();
        assert_eq!(again.operations, [], "a schema differs from itself");

        let migrations = self.migrations(&before.schema, plan.operations);
        self.compare(&migrations);
        let since = std::fs::read_to_string(self.folder().join("since")).map_or(0, |text| text.trim().parse().unwrap());
        if since <= major() {
            self.play(&before.schema, &after.schema, &migrations);
        }
    }

    /// Up gives the new schema, down the old one, up again the new one; rows of tables that stay are all there.
    fn play(&self, before: &Schema, after: &Schema, migrations: &[Migration]) {
        let old = structure(&self.fresh(before));
        let new = structure(&self.fresh(after));
        let database = self.fresh(before);
        if let Ok(rows) = std::fs::read_to_string(self.path.join("rows.sql")) {
            database.execute(&rows);
        }
        let rows = counts(&database, before);
        let up = |when: &str| {
            for migration in migrations {
                database.execute(&migration.up);
            }
            assert_same(&structure(&database), &new, when);
        };
        up("after up");
        let kept = counts(&database, after);
        for (table, count) in &kept {
            let key = after.tables.iter().find(|(_, other)| other.name == *table).map(|(key, _)| key);
            let same = key.and_then(|key| before.tables.get(key)).and_then(|table| rows.get(&table.name));
            assert!(
                same.is_none_or(|before| before == count),
                "rows of {table} are lost: {same:?} before, {count} after"
            );
        }
        for migration in migrations.iter().rev() {
            database.execute(&migration.down);
        }
        assert_same(&structure(&database), &old, "after down");
        up("after up again");
    }

    fn fresh(&self, schema: &Schema) -> Database {
        let database = Database::new(self.engine, "golden");
        let wanted = Wanted { schema: schema.clone(), ..Wanted::default() };
        let plan = diff::diff(self.dialect, &Schema::empty(self.dialect), &wanted, &Answers::default(), None);
        let operations = plan.unwrap_or_else(|stop| panic!("from nothing: {}", reason(&stop))).operations;
        let record = Record::new(1, self.dialect, operations);
        database.execute(&migration::files(&Schema::empty(self.dialect), &record).unwrap().up);
        database
    }

    fn migrations(&self, before: &Schema, operations: Vec<Operation>) -> Vec<Migration> {
        let mut schema = before.clone();
        let mut migrations = Vec::new();
        for operations in dialect::split(self.dialect, before, &operations).unwrap() {
            let number = migrations.len() as u64 + 2;
            let record = Record::new(number, self.dialect, operations);
            let files = migration::files(&schema, &record).unwrap();
            let text = record::write(&record);
            assert_eq!(files.operations, text);
            let read = record::read("operations.toml", &text).unwrap_or_else(|errors| panic!("{}", listed(&errors)));
            assert_eq!(read, record, "the record reads back as something else");
            schema = apply_all(&schema, &record.operations).unwrap();
            migrations.push(Migration { up: files.up, down: files.down });
            let suffix = if number == 2 { String::new() } else { format!(".{}", number - 1) };
            std::fs::create_dir_all(self.folder()).unwrap();
            golden::check(&self.folder().join(format!("operations{suffix}.toml")), &text);
        }
        migrations
    }

    fn compare(&self, migrations: &[Migration]) {
        for (index, migration) in migrations.iter().enumerate() {
            let suffix = if index == 0 { String::new() } else { format!(".{}", index + 1) };
            golden::check(&self.folder().join(format!("up{suffix}.sql")), &migration.up);
            golden::check(&self.folder().join(format!("down{suffix}.sql")), &migration.down);
        }
    }

    fn refused(&self, text: &str) {
        std::fs::create_dir_all(self.folder()).unwrap();
        assert!(!self.folder().join("up.sql").exists(), "it is refused now:\n{text}");
        golden::check(&self.folder().join("refused.txt"), text);
    }

    fn folder(&self) -> PathBuf {
        self.path.join(self.engine.name())
    }

    fn snapshots(&self, folder: &str) -> Result<Wanted, Vec<Diagnostic>> {
        let folder = self.path.join(folder);
        let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let source = |path: PathBuf| {
            let domain = Domain::new(path.file_stem().unwrap().to_string_lossy()).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            Source { path: path.file_name().unwrap().to_string_lossy().into_owned(), domain, text }
        };
        snapshot::read(self.dialect, &files.into_iter().map(source).collect::<Vec<_>>())
    }

    fn answers(&self) -> Answers {
        let Ok(text) = std::fs::read_to_string(self.path.join("answers.toml")) else { return Answers::default() };
        let table: toml::Table = text.parse().unwrap();
        let list = |key: &str| -> Vec<String> {
            let values = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
            values.map(|value| value.as_str().unwrap().to_owned()).collect()
        };
        let assigned = |key: &str| list(key).iter().map(|flag| diff::parse_assignment(flag).unwrap()).collect();
        // Recorded without SQL, as the database makes them: nobody is asked.
        let column = |place: &str| {
            let (table, column) = place.split_once('.').unwrap();
            (table.to_owned(), column.to_owned())
        };
        Answers {
            renames: list("rename").iter().map(|flag| diff::parse_rename(flag).unwrap()).collect(),
            no_renames: table.get("no_renames").is_some_and(|value| value.as_bool().unwrap()),
            backfills: assigned("backfill"),
            usings: assigned("using"),
            conversions: list("conversions").iter().map(|place| column(place)).collect(),
            ..Answers::default()
        }
    }
}

/// Rows by SQL name of the table.
fn counts(database: &Database, schema: &Schema) -> BTreeMap<String, String> {
    let count = |table: &makemigrations_plan::model::Table| {
        let quoted = format!("\"{}\"", table.name.replace('"', "\"\""));
        let name = table.schema.as_ref().map_or(quoted.clone(), |schema| format!("\"{schema}\".{quoted}"));
        (table.name.clone(), database.value(&format!("SELECT count(*) FROM {name}")))
    };
    schema.tables.values().map(count).collect()
}

fn assert_same(actual: &[String], expected: &[String], when: &str) {
    let missing = expected.iter().filter(|line| !actual.contains(line)).map(|line| format!("- {line}"));
    let surplus = actual.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
    let difference: Vec<_> = missing.chain(surplus).collect();
    assert!(difference.is_empty(), "the database {when} is not as if made afresh:\n{}", difference.join("\n"));
}

fn reason(stop: &Stop) -> String {
    match stop {
        Stop::Questions(questions) => questions
            .iter()
            .map(|question| {
                let choices =
                    question.choices().into_iter().map(|choice| format!("  {}: {}\n", choice.flag, choice.meaning));
                format!("{}\n{}", question.text(), choices.collect::<String>())
            })
            .collect(),
        Stop::Refused(messages) | Stop::UnknownAnswers(messages) => {
            messages.iter().map(|text| format!("{text}\n")).collect()
        }
        Stop::InvalidHints(errors) => listed(errors),
    }
}

fn listed(diagnostics: &[Diagnostic]) -> String {
    let line = |item: &Diagnostic| {
        let help = item.help.as_ref().map(|help| format!("\n  {help}")).unwrap_or_default();
        format!("{}: {}{help}\n", item.path, item.message)
    };
    diagnostics.iter().map(line).collect()
}
