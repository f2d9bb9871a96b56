//! Drops that wait: how they leave a plan, what is owed, and the change that pays it. Must not write.

use std::collections::BTreeSet;

use makemigrations_plan::{
    deferral::{self, NotDeferrable},
    model::{Deferred, Dialect, Schema},
    operation::{Contradiction, Operation, apply_all},
};

use super::{context::Context, online};
use crate::{
    error::{CliError, Result},
    git::base::Merged,
    terminal::Terminal,
    workspace::migrations::Migrations,
};

/// The operations of a plan, with drops deferred where the settings say so.
///
/// # Errors
/// Where they cannot wait, or what comes needs the place of something that waits.
pub(crate) fn in_plan(
    context: &Context<'_>,
    (dialect, present): (Dialect, &Schema),
    migrations: &Migrations,
    operations: Vec<Operation>,
) -> Result<Vec<Operation>> {
    let operations = if context.settings.defers_drops {
        refuse_sqlite(dialect)?;
        let in_use = online::tables_in_use(&context.merged(), dialect, migrations);
        deferral::defer(present, &operations, &in_use).map_err(|error| match error {
            NotDeferrable::Contradiction(contradiction) => occupied(present, &contradiction),
            NotDeferrable::Extension { .. } => CliError::usage(format!("drops cannot be deferred here: {error}"))
                .hint("take the extension out of the snapshots after `cargo xtask makemigrations --contract`"),
        })?
    } else {
        operations
    };
    apply_all(present, &operations).map_err(|contradiction| occupied(present, &contradiction))?;
    Ok(operations)
}

/// What comes does not fit what is there.
fn occupied(present: &Schema, contradiction: &Contradiction) -> CliError {
    if present.deferred.is_empty() {
        return CliError::usage(format!("defect in makemigrations, please report it: {contradiction}"));
    }
    let waiting: Vec<_> = present.deferred.iter().map(Deferred::describe).collect();
    let message = format!("this change meets what is still to be dropped ({}): {contradiction}", waiting.join(", "));
    CliError::usage(message).hint("drop it first, once that is merged: `cargo xtask makemigrations --contract`")
}

fn refuse_sqlite(dialect: Dialect) -> Result<()> {
    match dialect {
        Dialect::Postgres => Ok(()),
        Dialect::Sqlite => Err(CliError::usage("the setting `drops = \"deferred\"` is for PostgreSQL")
            .hint("leave it out: an application and its SQLite file are deployed together")),
    }
}

/// The drops whose deferral is merged, as operations.
pub(crate) fn contract(
    context: &Context<'_>,
    (dialect, present): (Dialect, &Schema),
    migrations: &Migrations,
) -> Vec<Operation> {
    let merged = merged(&context.merged(), dialect, migrations);
    let waiting: Vec<_> = present.deferred.difference(&merged).map(Deferred::describe).collect();
    if !waiting.is_empty() {
        context.terminal.say(&format!("not dropped yet, because the deferral is not merged: {}", waiting.join(", ")));
    }
    deferral::contract(present, &merged)
}

/// What merged migrations defer, as it is called after all migrations.
fn merged(merged: &Merged, dialect: Dialect, migrations: &Migrations) -> BTreeSet<Deferred> {
    let count = online::merged_count(merged, migrations);
    // What cannot be replayed has been reported.
    let schema = migrations.replay_first(count, dialect).unwrap_or_else(|_| Schema::empty(dialect));
    let mut deferred = schema.deferred;
    for record in migrations.all[count..].iter().filter_map(|recorded| recorded.read().ok()) {
        for operation in &record.operations {
            if let Operation::RenameTable(rename) = operation {
                deferred = deferred.into_iter().map(|one| one.renamed(&rename.from, &rename.to)).collect();
            }
        }
    }
    deferred
}

/// One line for each drop that is owed.
pub(crate) fn owed(schema: &Schema) -> Vec<String> {
    schema.deferred.iter().map(Deferred::describe).collect()
}

/// Says what is owed.
pub(crate) fn say(terminal: &Terminal, schema: &Schema) {
    let owed = owed(schema);
    if owed.is_empty() {
        return;
    }
    terminal.say("to be dropped, when no program uses it any more (`cargo xtask makemigrations --contract`):");
    owed.iter().for_each(|line| terminal.say(&format!("  - {line}")));
}
