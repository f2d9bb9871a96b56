//! `migrate --fake-initial`: whether a database has all that the initial migrations create. Must not change it.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::DirectoryName;
use makemigrations_plan::{
    model::{Dialect, Table},
    operation::Operation,
};
use makemigrations_run::{Database, Entry, Source, State, status};
use makemigrations_sql::quote_literal;

use super::{context::Context, database};
use crate::{
    error::{CliError, Result},
    workspace::migrations::Migrations,
};

/// The name that the first migration gets by itself.
const INITIAL: &str = "initial";

/// The versions of the pending initial migrations of which the database has every table and column: the oldest migration,
/// and those right after it that are called `initial` as well.
///
/// # Errors
/// When the database has some of an initial migration and not the rest.
pub(crate) fn existing(
    context: &Context<'_>,
    database: &mut Database,
    source: &Source<'_>,
) -> Result<BTreeSet<String>> {
    let dialect = database::dialect(database.url());
    let migrations = Migrations::of(&context.view.migrations(&context.settings.migrations)?)?;
    let entries = status(database, source)?.entries;
    let is_initial = |(index, entry): &(usize, Entry)| *index == 0 || DirectoryName::parse(&entry.name).name == INITIAL;
    let mut found = BTreeSet::new();
    for (_, entry) in entries.into_iter().enumerate().take_while(is_initial) {
        let recorded = migrations.all.iter().find(|recorded| recorded.name == entry.name);
        let Some(record) = recorded.and_then(|recorded| recorded.read().ok()) else { break };
        if !matches!(entry.state, State::Pending | State::OutOfOrder) {
            continue;
        }
        let created = created(&record.operations);
        let (there, missing) = divided(database, dialect, &created)?;
        match (there.is_empty(), missing.is_empty()) {
            (false, true) => {
                context.terminal.say(&format!(
                    "`{}` is recorded as applied: the database has {}; `cargo xtask drift` compares the rest",
                    entry.name,
                    listed(&there)
                ));
                found.insert(entry.version);
            }
            // It runs, as any other.
            (true, _) => break,
            (false, false) => {
                let message = format!(
                    "`{}` is neither there nor absent: the database has {}, and not {}",
                    entry.name,
                    listed(&there),
                    listed(&missing)
                );
                return Err(CliError::check(message).hint(
                    "create what is missing, or drop what is there, and run it again; or take the database over as it \
                           is: `cargo xtask inspect`",
                ));
            }
        }
    }
    Ok(found)
}

/// Tables with the columns that operations create; a column of a table that was there before stands alone.
fn created(operations: &[Operation]) -> BTreeMap<(Option<String>, String), BTreeSet<String>> {
    let place = |table: &Table| (table.schema.clone(), table.name.clone());
    let mut tables: BTreeMap<&str, (Option<String>, String)> = BTreeMap::new();
    let mut found: BTreeMap<(Option<String>, String), BTreeSet<String>> = BTreeMap::new();
    for operation in operations {
        match operation {
            Operation::CreateTable(create) => {
                let definition = &create.definition;
                tables.insert(&create.key, place(definition));
                found.entry(place(definition)).or_default().extend(definition.columns.keys().cloned());
            }
            Operation::AddColumn(add) => {
                let place = tables.get(add.table.as_str()).cloned();
                let place = place.unwrap_or_else(|| (None, add.table.clone()));
                found.entry(place).or_default().insert(add.column.clone());
            }
            _ => {}
        }
    }
    found
}

/// Which of these tables and columns the database has, and which not.
fn divided(
    database: &mut Database,
    dialect: Dialect,
    created: &BTreeMap<(Option<String>, String), BTreeSet<String>>,
) -> Result<(Vec<String>, Vec<String>)> {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for ((schema, name), columns) in created {
        let rows = database.rows(&columns_of(dialect, schema.as_deref(), name))?;
        let present: BTreeSet<String> = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
        if present.is_empty() {
            missing.push(format!("table `{name}`"));
            continue;
        }
        there.push(format!("table `{name}`"));
        missing.extend(columns.difference(&present).map(|column| format!("column `{name}.{column}`")));
    }
    Ok((there, missing))
}

/// Lists the columns of a table.
fn columns_of(dialect: Dialect, schema: Option<&str>, name: &str) -> String {
    let name = quote_literal(name);
    match dialect {
        Dialect::Postgres => {
            let schema = schema.map_or_else(|| "current_schema()".to_owned(), quote_literal);
            format!(
                "SELECT column_name::text FROM information_schema.columns \
                 WHERE table_schema = {schema} AND table_name = {name}"
            )
        }
        Dialect::Sqlite => format!("SELECT name FROM pragma_table_info({name})"),
    }
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let rest = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if rest == 0 { shown } else { format!("{shown} and {rest} more") }
}
