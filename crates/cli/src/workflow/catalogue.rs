//! Databases as schemas: what one has, and what it would have if it were as recorded. Must not say which of two is right.

use makemigrations_gate::wording::{below, counted, listed};
use makemigrations_inspect::{Difference, Inspected, compare};
use makemigrations_plan::{
    diff::{self, Answers, diff},
    migration,
    model::{Dialect, Schema},
    operation::Operation,
    record::Record,
    snapshot::Wanted,
};
use makemigrations_run::{Database, DatabaseUrl, Scratch, Source, State, status};

use super::{context::Context, database};
use crate::{
    error::{CliError, Result},
    terminal::{Terminal, report::Texts},
    workspace::migrations::Migrations,
};

/// What a database has.
pub(crate) fn inspect(database: &mut Database) -> Result<Inspected> {
    let dialect = database::dialect(database.url());
    match dialect {
        // What ran here before may have left another one (`pg_dump` writes such lines), and names are spelled by it.
        Dialect::Postgres => database.execute("RESET search_path")?,
        Dialect::Sqlite => {}
    }
    Ok(makemigrations_inspect::inspect(dialect, &mut |sql| database.rows(sql))?)
}

/// What a database beside `url` has that is made from `schema`, as the database itself spells it.
pub(crate) fn built(url: &DatabaseUrl, dialect: Dialect, schema: &Schema) -> Result<Inspected> {
    let mut scratch = Scratch::beside(url).map_err(|error| {
        let is_refused = matches!(error, makemigrations_run::Error::NoScratch { .. });
        let error = CliError::from(error);
        if is_refused { error.hint("or make it on another server: `--scratch-url URL`") } else { error }
    })?;
    let script = creation(dialect, schema)?;
    scratch.database().execute(&script).map_err(|error| {
        let error = CliError::from(error);
        CliError {
            message: format!("the recorded state cannot be built in a scratch database: {}", error.message),
            ..error
        }
    })?;
    inspect(scratch.database())
}

/// How `actual` differs from `expected`, which is [`built`] beside `url`.
///
/// What PostgreSQL makes of its own spelling can be another one: of `(a AND b) AND c` it says `a AND b AND c` the second
/// time. So what was recorded as a database spelled it (`adopt`, `inspect --write`) is compared as it is spelled then.
pub(crate) fn differences(url: &DatabaseUrl, dialect: Dialect, actual: &Schema, expected: &Schema) -> Vec<Difference> {
    let mut differences = compare(actual, expected);
    if !differences.iter().any(|one| one.actual.is_some() && one.expected.is_some()) {
        return differences;
    }
    // Where it cannot be built anew, every difference stands.
    if let Ok(again) = built(url, dialect, actual) {
        let left = compare(&again.schema, expected);
        differences.retain(|one| left.iter().any(|other| other.path == one.path));
    }
    differences
}

/// SQL that makes the schema in an empty database.
fn creation(dialect: Dialect, schema: &Schema) -> Result<String> {
    let record = Record::new(1, dialect, operations(dialect, schema)?);
    let files = migration::files(&Schema::empty(dialect), &record)
        .map_err(|error| CliError::usage(format!("the recorded state cannot be built from nothing: {error}")))?;
    Ok(files.up)
}

/// What makes the schema from nothing.
pub(crate) fn operations(dialect: Dialect, schema: &Schema) -> Result<Vec<Operation>> {
    // A database says of nothing that it is to be dropped.
    let schema = Schema { deferred: Default::default(), ..schema.clone() };
    let wanted = Wanted { schema, ..Wanted::default() };
    let refuse = |why: String| CliError::usage(format!("the schema cannot be built from nothing: {why}"));
    let plan =
        diff(dialect, &Schema::empty(dialect), &wanted, &Answers::default(), None).map_err(|stop| match stop {
            diff::Stop::Questions(questions) => {
                refuse(questions.iter().map(diff::Question::text).collect::<Vec<_>>().join("; "))
            }
            diff::Stop::Refused(reasons) | diff::Stop::UnknownAnswers(reasons) => refuse(reasons.join("; ")),
            diff::Stop::InvalidHints(errors) => {
                refuse(errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "))
            }
        })?;
    Ok(plan.operations)
}

/// What `actual` has, and `expected` has not, that snapshots cannot express: privileges for example. Nobody recorded whether
/// it should be there, so it is no difference.
pub(crate) fn unexpressed(actual: &Inspected, expected: &Inspected) -> Vec<String> {
    actual.unknown.iter().filter(|line| !expected.unknown.contains(line)).cloned().collect()
}

/// The migrations of the folder that are applied in a database.
///
/// # Errors
/// When some are applied that are not there, or not as they are there: what they did is not known.
pub(crate) fn applied(context: &Context<'_>, database: &mut Database) -> Result<Migrations> {
    let folder = context.migrations();
    let entries = status(database, &Source::Folder(&folder))?.entries;
    let in_state = |state| -> Vec<String> {
        entries.iter().filter(|entry| entry.state == state).map(|entry| entry.name.clone()).collect()
    };
    for (state, what, hint) in [
        (
            State::Unknown,
            "applied, but not among the migrations",
            "restore the folder (`git restore`), or switch to the branch that has it; `cargo xtask rebase` rolls back what \
             git still knows, `cargo xtask reset` makes a local database anew",
        ),
        (State::Edited, "edited after it was applied", "restore its files (`git restore`)"),
    ] {
        let names = in_state(state);
        if !names.is_empty() {
            return Err(CliError::check(format!("{what}: {}", listed(&names))).hint(hint));
        }
    }
    let applied: Vec<&str> =
        entries.iter().filter(|entry| entry.state.is_applied()).map(|entry| entry.name.as_str()).collect();
    let mut migrations = Migrations::of(&context.view.migrations(&context.settings.migrations)?)?;
    let missing: Vec<&str> =
        migrations.adopted.iter().map(String::as_str).filter(|name| !applied.contains(name)).collect();
    if !missing.is_empty() && missing.len() < migrations.adopted.len() {
        return Err(CliError::check(format!(
            "not applied: {}; what is there before all that was adopted is applied was never recorded{}",
            counted(&missing),
            below(&missing)
        ))
        .hint("cargo xtask migrate"));
    }
    // It runs nothing: what it says holds as soon as the adopted ones are applied.
    let baseline = migrations.baseline().filter(|_| missing.is_empty()).map(|baseline| baseline.name.clone());
    migrations
        .all
        .retain(|recorded| applied.contains(&recorded.name.as_str()) || Some(&recorded.name) == baseline.as_ref());
    Ok(migrations)
}

/// The schema after the first `count` of the migrations.
pub(crate) fn recorded(terminal: &Terminal, dialect: Dialect, migrations: &Migrations, count: usize) -> Result<Schema> {
    migrations.replay_first(count, dialect).map_err(|errors| {
        let texts: Texts<'_> = migrations.all.iter().map(|m| (m.path.as_str(), m.text.as_str())).collect();
        terminal.diagnostics(&errors, &texts);
        CliError::usage("the recorded migrations cannot be replayed")
    })
}
