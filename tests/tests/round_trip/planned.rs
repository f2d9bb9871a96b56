//! A pair as the product plans it. It must not run anything.

use std::collections::BTreeMap;

use makemigrations_plan::diagnostic::Diagnostic;
use makemigrations_plan::diff::{self, Answers, Stop};
use makemigrations_plan::hint::UsedHints;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::operation::effect::{Effect, effects};
use makemigrations_plan::operation::{Operation, apply_all, inverse};
use makemigrations_plan::probe::{Probe, probes};
use makemigrations_plan::record::{self, Record};
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_plan::{dialect, migration};
use makemigrations_tests::database::Engine;
use makemigrations_tests::random::{Chance, Pair};

use crate::following;

/// Everything that is to run.
pub(crate) struct Planned {
    pub(crate) fresh_before: Script,
    pub(crate) fresh_after: Script,
    pub(crate) steps: Vec<Step>,
}

/// One direction of one migration.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) sql: String,
    pub(crate) in_transaction: bool,
    /// What it may fail on, as the product says beforehand.
    pub(crate) announced: Vec<String>,
    /// What the product counts before it goes down.
    pub(crate) probes: Vec<Probe>,
}

/// One migration.
pub(crate) struct Step {
    pub(crate) up: Script,
    pub(crate) down: Script,
}

/// Plans both schemas from nothing and the way between them, as `history` does after the changes that used the hints.
///
/// # Errors
/// What the product says against it.
pub(crate) fn plan(engine: Engine, pair: &Pair, used: &mut UsedHints) -> Result<Planned, String> {
    let dialect = match engine {
        Engine::Postgres => Dialect::Postgres,
        Engine::Sqlite => Dialect::Sqlite,
    };
    let before = read(dialect, &pair.before).map_err(|errors| format!("before is invalid: {errors}"))?;
    let after = read(dialect, &pair.after).map_err(|errors| format!("after is invalid: {errors}"))?;
    let given = Answers { used: used.clone(), no_renames: pair.following.is_none(), ..answers(pair)? };
    let plan = match pair.following {
        None => diff::diff(dialect, &before.schema, &after, &given, None)
            .map_err(|stop| format!("no plan: {}", reason(&stop)))?,
        Some(seed) => following::plan(dialect, &before.schema, &after, given, &mut Chance::new(seed))?,
    };
    let named = used.to_name(&plan.operations, &plan.used_hints);
    used.advance(&plan.operations, &named);
    let operations = plan.operations;
    let again = Answers { no_renames: true, used: used.clone(), ..Answers::default() };
    match diff::diff(dialect, &after.schema, &after, &again, None) {
        Ok(again) if again.operations.is_empty() => {}
        Ok(again) => return Err(format!("after differs from itself: {:?}", again.operations)),
        Err(stop) => return Err(format!("after differs from itself: {}", reason(&stop))),
    }
    Ok(Planned {
        fresh_before: fresh(dialect, &before.schema).map_err(|error| format!("before from nothing: {error}"))?,
        fresh_after: fresh(dialect, &after.schema).map_err(|error| format!("after from nothing: {error}"))?,
        steps: steps(dialect, &before.schema, &operations)?,
    })
}

fn read(dialect: Dialect, files: &BTreeMap<&'static str, String>) -> Result<Wanted, String> {
    let source = |(domain, text): (&&str, &String)| Source {
        path: format!("{domain}.toml"),
        domain: Domain::new(*domain).expect("a domain's name"),
        text: text.clone(),
    };
    snapshot::read(dialect, &files.iter().map(source).collect::<Vec<_>>()).map_err(|errors| listed(&errors))
}

fn answers(pair: &Pair) -> Result<Answers, String> {
    let renames = pair.flags.renames.iter().map(|flag| diff::parse_rename(flag).map_err(|error| error.to_string()));
    let assigned = |flags: &[String]| {
        let parsed = flags.iter().map(|flag| diff::parse_assignment(flag).map_err(|error| error.to_string()));
        parsed.collect::<Result<BTreeMap<_, _>, _>>()
    };
    Ok(Answers {
        renames: renames.collect::<Result<_, _>>()?,
        backfills: assigned(&pair.flags.backfills)?,
        usings: assigned(&pair.flags.usings)?,
        ..Answers::default()
    })
}

fn fresh(dialect: Dialect, schema: &Schema) -> Result<Script, String> {
    let wanted = Wanted { schema: schema.clone(), ..Wanted::default() };
    let plan = diff::diff(dialect, &Schema::empty(dialect), &wanted, &Answers::default(), None);
    let operations = plan.map_err(|stop| reason(&stop))?.operations;
    let record = Record::new(1, dialect, operations);
    let files = migration::files(&Schema::empty(dialect), &record).map_err(|error| error.to_string())?;
    Ok(Script { sql: files.up, in_transaction: files.metadata.is_none(), announced: Vec::new(), probes: Vec::new() })
}

fn steps(dialect: Dialect, before: &Schema, operations: &[Operation]) -> Result<Vec<Step>, String> {
    let mut schema = before.clone();
    let mut steps = Vec::new();
    for operations in dialect::split(dialect, before, operations).map_err(|error| error.to_string())? {
        let record = Record::new(2 + steps.len() as u64, dialect, operations);
        let files = migration::files(&schema, &record).map_err(|error| error.to_string())?;
        let read = record::read("operations.toml", &record::write(&record));
        let read = read.map_err(|errors| format!("the record does not read back: {}", listed(&errors)))?;
        if read != record {
            return Err(format!("the record reads back as something else:\n{}", record::write(&record)));
        }
        let next = apply_all(&schema, &record.operations).map_err(|error| error.to_string())?;
        let back = inverse(&schema, &record.operations).map_err(|error| error.to_string())?;
        let in_transaction = files.metadata.is_none();
        let script = |sql: String, effects: Vec<Effect>, probes: Vec<Probe>| {
            let announced = effects.into_iter().filter_map(|effect| match effect {
                Effect::MayFail(what) | Effect::CannotBeDone(what) => Some(what),
                Effect::LosesData(_) | Effect::MayLose(_) | Effect::NotRestored(_) | Effect::Locks(_) => None,
            });
            Script { sql, in_transaction, announced: announced.collect(), probes }
        };
        steps.push(Step {
            up: script(files.up, effects(dialect, &schema, &record.operations), Vec::new()),
            down: script(files.down, effects(dialect, &next, &back), probes(&next, &back).concat()),
        });
        schema = next;
    }
    Ok(steps)
}

pub(crate) fn reason(stop: &Stop) -> String {
    match stop {
        Stop::Questions(questions) => questions.iter().map(|question| question.text()).collect::<Vec<_>>().join("\n"),
        Stop::Refused(messages) | Stop::UnknownAnswers(messages) => messages.join("\n"),
        Stop::InvalidHints(errors) => listed(errors),
    }
}

fn listed(diagnostics: &[Diagnostic]) -> String {
    let line = |item: &Diagnostic| {
        let help = item.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}: {}{help}", item.path, item.message)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}
