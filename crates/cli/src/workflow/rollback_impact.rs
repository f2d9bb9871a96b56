//! What going down does to the rows that are there, one migration at a time. Must not revert anything.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::{
    diagnostic::Diagnostic,
    model::{Dialect, Schema},
    operation::{
        InternalNames, Operation,
        effect::{Effect, effects},
        inverse,
        unrestored::{Unrestored, unrestored},
    },
    probe::{Probe, Severity, filled, probes},
};
use makemigrations_run::{Database, RollbackScript, Step};

use super::backfills::{self, Answered, Backfills};
use crate::{
    error::{CliError, Result},
    terminal::{Paint, Terminal, report::Texts},
    workspace::migrations::Migrations,
};

/// What going down would do.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    /// Data is lost, or may be.
    pub(crate) loses: bool,
    /// A migration would fail on the rows that are there.
    pub(crate) fails: bool,
    /// What reverts a migration instead of its `down.sql`, by version.
    pub(crate) scripts: BTreeMap<String, RollbackScript>,
    /// Answers that name nothing that is reverted.
    pub(crate) unused: Vec<String>,
}

/// One migration that is to be rolled back.
pub(crate) struct PlannedRollback {
    pub(crate) version: String,
    pub(crate) name: String,
    /// Whose SQL takes it back.
    pub(crate) sql: Sql,
    /// What takes it back.
    pub(crate) operations: Vec<Operation>,
    /// Names that things have in between only.
    pub(crate) internal: InternalNames,
    /// What that does not bring back.
    gone: Vec<Unrestored>,
}

/// Where the SQL of a migration comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sql {
    /// From its operations.
    Generated,
    /// From people, who have recorded what it does.
    Manual,
    /// From people, before anything was recorded.
    Adopted,
    /// It has none: it says what the adopted ones made.
    Baseline,
    /// From the database, which does not have its operations, or not those of what it was made on.
    Unrecorded,
}

/// What is to be reverted, and the answers that came with it.
pub(crate) struct Request<'a> {
    pub(crate) dialect: Dialect,
    /// All migrations that are applied, oldest first.
    pub(crate) applied: &'a Migrations,
    /// Those of which no operations are known, by name. Where there are any, nothing can be counted.
    pub(crate) unrecorded: &'a [String],
    pub(crate) steps: &'a [Step],
    pub(crate) backfills: &'a Backfills,
}

/// Says for each migration what it loses and fails on, having counted the rows, before any of them runs.
///
/// # Errors
/// When a column that comes back needs a value for the rows that are there, and nobody can be asked.
pub(crate) fn announce(terminal: &Terminal, database: &mut Database, request: &Request<'_>) -> Result<Cost> {
    let dialect = request.dialect;
    let (mut way, current) = read(terminal, request)?;
    let Answered { scripts, unused } =
        backfills::answer(terminal, database, dialect, &current, &mut way, request.backfills)?;
    let all: Vec<Operation> = way.iter().flat_map(|back| back.operations.iter().cloned()).collect();
    // What a later step brings back cannot be counted yet: only these questions have an answer now.
    let mut countable = probes(&current, &all).into_iter();
    let mut report = Report { terminal, cost: Cost::default(), is_silent: true, internal: InternalNames::default() };
    // What is created on the way holds no rows.
    let mut new = BTreeSet::new();
    let mut schema = current.clone();
    for back in &way {
        report.begin(back);
        for operation in &back.operations {
            if let Operation::CreateTable(create) = operation {
                new.insert(create.key.clone());
            }
            let asked = countable.next().unwrap_or_default();
            if operation.change().table().is_none_or(|table| !new.contains(table)) {
                let one = std::slice::from_ref(operation);
                report.costs(database, &asked, effects(dialect, &nearby(&schema, operation), one));
            }
            operation.apply(&mut schema).map_err(|error| CliError::usage(error.to_string()))?;
        }
        for gone in &back.gone {
            report.gone(database, &current, gone);
        }
        report.end(back);
    }
    Ok(Cost { scripts, unused, ..report.cost })
}

/// What an operation concerns alone: effects are looked for in a copy, and a schema is large.
fn nearby(schema: &Schema, operation: &Operation) -> Schema {
    let keys: BTreeSet<&str> = match operation {
        Operation::DropEnumValue(drop) => schema.columns_of_enum(&drop.key).map(|(table, _)| table).collect(),
        Operation::SetEnumValues(set) => schema.columns_of_enum(&set.key).map(|(table, _)| table).collect(),
        other => other.change().table().into_iter().collect(),
    };
    let tables = keys.into_iter().filter_map(|key| Some((key.to_owned(), schema.tables.get(key)?.clone()))).collect();
    let of_object = match operation {
        Operation::DropObject(drop) => schema.objects.get_key_value(&drop.key),
        _ => None,
    };
    let objects = of_object.into_iter().map(|(key, object)| (key.clone(), object.clone())).collect();
    Schema { tables, enums: schema.enums.clone(), objects, ..Schema::empty(schema.dialect) }
}

struct Report<'a> {
    terminal: &'a Terminal,
    cost: Cost,
    /// Whether nothing was said of the migration yet.
    is_silent: bool,
    /// Names of the migration that nobody has to know.
    internal: InternalNames,
}

impl Report<'_> {
    fn begin(&mut self, back: &PlannedRollback) {
        self.terminal.say(&format!("revert {}", back.name));
        self.is_silent = true;
        self.internal = back.internal.clone();
    }

    fn end(&mut self, back: &PlannedRollback) {
        match back.sql {
            Sql::Manual => {
                self.cost.loses = true;
                self.line(Paint::Warning, "written by hand:", "what its SQL loses is not known");
            }
            Sql::Adopted => {
                self.cost.loses = true;
                self.line(
                    Paint::Warning,
                    "adopted:",
                    "what its `down.sql` loses is not known, nor what it leaves behind",
                );
            }
            Sql::Unrecorded => {
                self.cost.loses = true;
                self.line(Paint::Warning, "not recorded:", "what its SQL loses cannot be counted");
            }
            Sql::Baseline => {
                let good = self.terminal.paint(Paint::Good, "takes nothing back:");
                self.terminal.say(&format!("  {good} it has made nothing"));
            }
            Sql::Generated if self.is_silent => {
                self.terminal.say(&format!("  {}", self.terminal.paint(Paint::Good, "takes everything back")));
            }
            Sql::Generated => {}
        }
    }

    fn line(&mut self, paint: Paint, word: &str, what: &str) {
        self.is_silent = false;
        self.terminal.always(&format!("  {} {}", self.terminal.paint(paint, word), self.internal.shown(what)));
    }

    /// What one operation costs: counted where that is possible now.
    fn costs(&mut self, database: &mut Database, asked: &[Probe], effects: Vec<Effect>) {
        let impossible = effects.iter().any(|effect| matches!(effect, Effect::CannotBeDone(_)));
        for probe in asked {
            let (word, paint) = match probe.severity {
                Severity::Loses => ("loses", Paint::Error),
                Severity::Fails if impossible => ("cannot be reversed for", Paint::Error),
                Severity::Fails => ("fails on", Paint::Error),
            };
            match database.count(&probe.count_sql) {
                Ok(0) => continue,
                Ok(count) => {
                    self.line(paint, word, &probe.counted(count));
                    self.cost.fails |= probe.severity == Severity::Fails;
                }
                // Nobody knows how many there are: that has to be agreed to.
                Err(error) => {
                    self.terminal.detail(&error.to_string());
                    let why = error.message();
                    self.line(Paint::Warning, word, &format!("{}, which could not be counted: {why}", probe.text));
                    self.cost.loses = true;
                }
            }
            self.cost.loses |= probe.severity == Severity::Loses;
        }
        if asked.is_empty() {
            effects.into_iter().for_each(|effect| self.unknown(effect));
        }
    }

    /// What the migration has taken away, and its rollback does not bring back. Values that a change of type has made
    /// others look as if they came back.
    fn gone(&mut self, database: &mut Database, current: &Schema, gone: &Unrestored) {
        if let Some((table, column)) = &gone.converted {
            let count = filled(current, table, column).map(|query| database.count(&query));
            if matches!(count, Some(Ok(0))) {
                return;
            }
            self.cost.loses = true;
        }
        self.line(Paint::Warning, "does not bring back", &gone.what);
    }

    /// What cannot be asked before the steps above have run.
    fn unknown(&mut self, effect: Effect) {
        let (word, what) = match effect {
            Effect::LosesData(what) => {
                self.cost.loses = true;
                ("loses", what)
            }
            Effect::MayLose(what) => {
                self.cost.loses = true;
                return self.line(Paint::Error, "may lose", &what);
            }
            Effect::MayFail(what) => ("may fail on", what),
            Effect::CannotBeDone(what) => ("cannot be reversed for", what),
            Effect::NotRestored(_) | Effect::Locks(_) => return,
        };
        self.line(Paint::Warning, word, &format!("{what}, which cannot be counted now"));
    }
}

/// The applied migrations that are reverted, newest first, and the schema that the rollback starts from.
fn read(terminal: &Terminal, request: &Request<'_>) -> Result<(Vec<PlannedRollback>, Schema)> {
    let Request { dialect, applied: migrations, unrecorded, steps, .. } = *request;
    let unknown = |step: &Step| {
        let (version, name) = (step.version.clone(), step.name.clone());
        PlannedRollback {
            version,
            name,
            sql: Sql::Unrecorded,
            operations: Vec::new(),
            internal: InternalNames::default(),
            gone: Vec::new(),
        }
    };
    if !unrecorded.is_empty() {
        return Ok((steps.iter().map(unknown).collect(), Schema::default()));
    }
    let reverted: BTreeMap<&str, &str> = steps.iter().map(|step| (step.name.as_str(), step.version.as_str())).collect();
    let mut way = Vec::new();
    let visited = migrations.each_from(0, dialect, |recorded, record, before| {
        let Some(version) = reverted.get(recorded.name.as_str()) else { return Ok(()) };
        let mut gone = Vec::new();
        if !record.baseline && !record.manual {
            gone = unrestored(dialect, before, &record.operations);
        }
        let (sql, operations) = if record.baseline {
            (Sql::Baseline, Vec::new())
        } else {
            let operations = inverse(before, &record.operations)
                .map_err(|error| Diagnostic::error(&recorded.path, 0..0, error.to_string()))?;
            (if record.manual { Sql::Manual } else { Sql::Generated }, operations)
        };
        let internal = InternalNames::of(&record.operations);
        way.push(PlannedRollback {
            version: (*version).to_owned(),
            name: recorded.name.clone(),
            sql,
            operations,
            internal,
            gone,
        });
        Ok(())
    });
    way.reverse();
    // Diesel ran them before everything that is recorded.
    let adopted = steps.iter().filter(|step| migrations.adopted.contains(&step.name));
    way.extend(adopted.map(|step| PlannedRollback { sql: Sql::Adopted, ..unknown(step) }));
    match visited.and_then(|()| migrations.replay(dialect)) {
        Ok(current) => Ok((way, current)),
        Err(errors) => {
            let texts: Texts<'_> = migrations.all.iter().map(|m| (m.path.as_str(), m.text.as_str())).collect();
            terminal.diagnostics(&errors, &texts);
            Err(CliError::usage("the recorded migrations cannot be replayed"))
        }
    }
}
