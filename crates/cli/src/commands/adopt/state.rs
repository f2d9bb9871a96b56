//! The schema that the migrations have left: of the database that has all of them, else of one that is made from the files.
//! Must not change the database.

use makemigrations_inspect::{Inspected, compare};
use makemigrations_plan::model::Dialect;
use makemigrations_run::{DatabaseUrl, MigrateOptions, Scratch, Source, State, migrate, status};

use super::{super::verify, existing::Existing, files::Copy};
use crate::{
    arguments::Adopt,
    error::{CliError, Result},
    terminal::{Terminal, progress::Progress},
    workflow::{catalogue, context::Context, database},
};

/// What is there, and where that is known from.
pub(super) struct Found {
    pub(super) inspected: Inspected,
    /// Where scratch databases are made.
    pub(super) beside: DatabaseUrl,
    /// For the report.
    pub(super) source: String,
}

/// Finds out what the migrations have left.
pub(super) fn find(context: &Context<'_>, arguments: &Adopt, dialect: Dialect, existing: &Existing) -> Result<Found> {
    let copy = Copy::of(&existing.folder, &existing.names, &existing.lock(dialect.as_str()))?;
    let source = Source::Folder(copy.path());
    let configured = database::configured(context)?.filter(|url| database::dialect(url) == dialect);
    let live = match configured.filter(|_| !arguments.files) {
        Some(url) => live(context, &url, &source)?,
        None => None,
    };
    let beside = match &live {
        Some((url, _)) => database::scratch(context, url, arguments.scratch_url.as_deref())?,
        None => match arguments.scratch_url.as_deref() {
            Some(_) => database::scratch(
                context,
                &verify::server(context, dialect, "adopt")?,
                arguments.scratch_url.as_deref(),
            )?,
            None => verify::server(context, dialect, "adopt")?,
        },
    };
    let made = from_files(context.terminal, &beside, &source);
    let Some((url, inspected)) = live else {
        let count = existing.names.len();
        let noun = if count == 1 { "migration" } else { "migrations" };
        let source = format!("from the files: {count} {noun}, run in a scratch database");
        let inspected = made.map_err(|error| {
            error.hint("the files are run from the first one on; where they cannot be, give the URL of a database that has them")
        })?;
        return Ok(Found { inspected, beside, source });
    };
    match made {
        Ok(made) => warn_of_differences(context.terminal, &url, &inspected, &made),
        Err(error) => {
            let message = format!("a new database cannot be made from the files: {}", error.message);
            context.terminal.warning(&message, Some("`cargo xtask verify` and `cargo xtask reset` need that"));
        }
    }
    Ok(Found { inspected, beside, source: format!("from `{url}`") })
}

/// What the database has, when it is one that Diesel has migrated.
fn live(context: &Context<'_>, url: &DatabaseUrl, source: &Source<'_>) -> Result<Option<(DatabaseUrl, Inspected)>> {
    let mut database = crate::workflow::database::open(context.terminal, url)?;
    let entries = status(&mut database, source)?.entries;
    if !entries.iter().any(|entry| entry.state.is_applied()) {
        context
            .terminal
            .say(&format!("note: none of the migrations is applied in `{url}`: the files are taken instead"));
        return Ok(None);
    }
    let listed = |of: &dyn Fn(State) -> bool| {
        let names = entries.iter().filter(|entry| of(entry.state));
        names.map(|entry| format!("`{}`", entry.name)).collect::<Vec<_>>().join(", ")
    };
    let missing = listed(&|state| !state.is_applied());
    let unknown = listed(&|state| state == State::Unknown);
    let files = "or take the schema from the files alone: `cargo xtask adopt --files`";
    if !missing.is_empty() {
        return Err(CliError::check(format!("`{url}` does not have all of the migrations: {missing}"))
            .hint("apply them first, as before: `diesel migration run`")
            .hint(files));
    }
    if !unknown.is_empty() {
        return Err(CliError::check(format!("`{url}` has migrations that are not in the folder: {unknown}"))
            .hint("restore them, or delete their rows from `__diesel_schema_migrations` when they are gone for good")
            .hint(files));
    }
    let inspected = catalogue::inspect(&mut database)?;
    Ok(Some((url.clone(), inspected)))
}

/// What a new database has.
fn from_files(terminal: &Terminal, beside: &DatabaseUrl, source: &Source<'_>) -> Result<Inspected> {
    let mut scratch = Scratch::beside(beside)?;
    let mut progress = Progress::brief(terminal);
    migrate(scratch.database(), source, &MigrateOptions::default(), &mut progress)?;
    catalogue::inspect(scratch.database())
}

fn warn_of_differences(terminal: &Terminal, url: &DatabaseUrl, live: &Inspected, made: &Inspected) {
    let differences = compare(&live.schema, &made.schema);
    if differences.is_empty() {
        return;
    }
    let message = format!(
        "`{url}` is not what its migrations make: it is taken as it is, and a new database will differ from it"
    );
    terminal.warning(&message, Some("to take what the files make: `cargo xtask adopt --files`; `cargo xtask drift` then names what the database has"));
    differences.iter().for_each(|difference| terminal.always(&format!("  {difference}")));
}
