//! Squashed migrations against what they stand for: each in a scratch database of its own, then one compared with the
//! other. Must not touch any other database.

use std::collections::BTreeMap;

use makemigrations_gate::DirectoryName;
use makemigrations_inspect::{Inspected, compare};
use makemigrations_run::{DatabaseUrl, MigrateOptions, Scratch, Source, Target, migrate};
use makemigrations_sql::quote_identifier;

use super::{catalogue, context::Context};
use crate::{
    error::{CliError, Result},
    terminal::progress::Progress,
};

/// Compares what the squashed migration `name` leads to with what the migrations lead to that it stands for.
pub(crate) fn verify(context: &Context<'_>, url: &DatabaseUrl, name: &str) -> Result<()> {
    let expected = reached(context, url, name, true)?;
    let actual = reached(context, url, name, false)?;
    let (expected, expected_rows) = expected;
    let (actual, actual_rows) = actual;
    let found = compare(&actual.schema, &expected.schema);
    // What snapshots cannot express has no words to compare, only lines.
    let missing = catalogue::unexpressed(&expected, &actual);
    let surplus = catalogue::unexpressed(&actual, &expected);
    let rows: Vec<String> = expected_rows
        .iter()
        .filter_map(|(table, without)| {
            let with = actual_rows.get(table).filter(|with| *with != without)?;
            Some(format!("rows of {table}: {without} without it, {with} with it"))
        })
        .collect();
    if found.is_empty() && missing.is_empty() && surplus.is_empty() && rows.is_empty() {
        context.terminal.say(&format!("squashed: `{name}` does what the migrations do that it stands for"));
        return Ok(());
    }
    context.terminal.differences(&found, &[]);
    let lines = [("only without it", &missing), ("only with it", &surplus)];
    for (where_from, line) in lines.into_iter().flat_map(|(what, lines)| lines.iter().map(move |line| (what, line))) {
        context.terminal.data(&format!("{where_from}: {line}"));
    }
    rows.iter().for_each(|line| context.terminal.data(line));
    let count = match found.len() + missing.len() + surplus.len() + rows.len() {
        1 => "1 difference".to_owned(),
        several => format!("{several} differences"),
    };
    Err(CliError::check(format!("`{name}/squashed.sql` does not do what the migrations do that it stands for: {count}"))
        .hint(format!("not merged yet: delete its folder, and `cargo xtask squash` again, or correct its SQL and `cargo xtask seal {name} --reason TEXT`"))
        .hint(format!("merged: correct its SQL, then `cargo xtask seal {name} --override --reason TEXT`")))
}

/// What a new database has after that migration, and how many rows are in each of its tables.
fn reached(
    context: &Context<'_>,
    url: &DatabaseUrl,
    name: &str,
    one_by_one: bool,
) -> Result<(Inspected, BTreeMap<String, i64>)> {
    let mut scratch = Scratch::beside(url)?;
    let target = Target::Version(DirectoryName::parse(name).version);
    let options = MigrateOptions { target, one_by_one, ..MigrateOptions::default() };
    let folder = context.migrations();
    let mut progress = Progress::brief(context.terminal);
    migrate(scratch.database(), &Source::Folder(&folder), &options, &mut progress)?;
    let inspected = catalogue::inspect(scratch.database())?;
    let mut rows = BTreeMap::new();
    for table in inspected.schema.tables.values() {
        let parts = [table.schema.as_deref(), Some(&table.name)].into_iter().flatten().map(quote_identifier);
        let quoted = parts.collect::<Vec<_>>().join(".");
        let count = scratch.database().count(&format!("SELECT count(*) FROM {quoted}"))?;
        rows.insert(quoted, count);
    }
    Ok((inspected, rows))
}
