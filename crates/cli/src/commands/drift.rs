//! `drift`: whether a database is as its applied migrations say. Must not change it.

use crate::{
    arguments::Drift,
    error::{CliError, Result},
    terminal::Paint,
    workflow::{catalogue, context::Context, database},
};

pub(crate) fn run(context: &Context<'_>, arguments: &Drift) -> Result<()> {
    let mut database = database::connect(context)?;
    let url = database.url().clone();
    let dialect = database::dialect(&url);
    let migrations = catalogue::applied(context, &mut database)?;
    let count = migrations.all.len();
    let recorded = catalogue::recorded(context.terminal, dialect, &migrations, count)?;
    let actual = catalogue::inspect(&mut database)?;
    let beside = database::scratch(context, &url, arguments.scratch_url.as_deref())?;
    let expected = catalogue::built(&beside, dialect, &recorded)?;
    let differences = catalogue::differences(&beside, dialect, &actual.schema, &expected.schema);
    context.terminal.differences(&differences, &catalogue::unexpressed(&actual, &expected));
    let noun = if count == 1 { "migration says" } else { "migrations say" };
    if differences.is_empty() {
        let good = context.terminal.paint(Paint::Good, "no drift:");
        context.terminal.say(&format!("{good} `{url}` is as its {count} applied {noun}"));
        return Ok(());
    }
    if count == 0 {
        return Err(CliError::check(format!("`{url}` has no applied migration and is not empty")).hint(
            "to take it over: `cargo xtask inspect --write`, `cargo xtask makemigrations`, `cargo xtask migrate --fake`; with \
             migrations of Diesel's: `cargo xtask adopt`",
        ));
    }
    let differ = if differences.len() == 1 { "difference" } else { "differences" };
    let message = format!("`{url}` is not as its {count} applied {noun}: {} {differ}", differences.len());
    Err(CliError::check(message)
        .hint("if the migrations are right, take back in the database what was done to it by hand")
        .hint(
            "if the database is right, change the snapshots, then `cargo xtask makemigrations` and `cargo xtask migrate \
             --fake`",
        ))
}
