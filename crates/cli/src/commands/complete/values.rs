//! Values that only the workspace knows: migrations, applications, domains, tables and columns. Must not fail: what cannot be
//! read is not offered.

use std::collections::BTreeSet;

use makemigrations_gate::{DirectoryName, Lock};
use makemigrations_plan::{model::Schema, operation::Operation};

use super::Candidate;
use crate::{
    environment::Environment,
    terminal::Terminal,
    workflow::{
        context::{Context, LookedAt},
        planning,
    },
    workspace::migrations::Migrations,
};

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    Applications,
    Dialects,
    Domains,
    Migrations,
    /// The same, and `zero`.
    Targets,
    /// `table.column=`, of the snapshots.
    Columns,
    /// `table.column=`, of columns that a migration drops.
    DroppedColumns,
    /// `old:new`
    Renames,
}

/// By command and argument; an empty command is any.
const KNOWN: [(&str, &str, Values); 16] = [
    ("", "app", Values::Applications),
    ("init", "dialect", Values::Dialects),
    ("makemigrations", "domain", Values::Domains),
    ("seal", "name", Values::Migrations),
    ("lint", "migrations", Values::Migrations),
    ("sqlmigrate", "name", Values::Migrations),
    ("squash", "from", Values::Migrations),
    ("squash", "to", Values::Migrations),
    ("migrate", "to", Values::Targets),
    ("migrate:down", "to", Values::Targets),
    ("migrate:down", "backfill", Values::DroppedColumns),
    ("squash", "backfill", Values::DroppedColumns),
    ("makemigrations", "backfill", Values::Columns),
    ("rebase", "backfill", Values::Columns),
    ("", "using", Values::Columns),
    ("", "rename", Values::Renames),
];

fn kind(command: &str, argument: &str) -> Option<Values> {
    let is_meant = |(of, name, _): &&(&str, &str, Values)| (of.is_empty() || *of == command) && *name == argument;
    KNOWN.iter().find(is_meant).map(|(_, _, kind)| *kind)
}

/// What the argument of the command can be, as far as `typed` leads.
pub(super) fn of(
    environment: &Environment,
    terminal: &Terminal,
    (command, argument): (&str, &str),
    (app, typed): (&Option<String>, &str),
) -> Vec<Candidate> {
    let Some(kind) = kind(command, argument) else { return Vec::new() };
    find(environment, terminal, kind, (app.as_deref(), typed)).unwrap_or_default()
}

fn find(
    environment: &Environment,
    terminal: &Terminal,
    kind: Values,
    (app, typed): (Option<&str>, &str),
) -> Option<Vec<Candidate>> {
    if kind == Values::Dialects {
        return Some(["postgres", "sqlite"].map(|name| Candidate::new(name, "")).to_vec());
    }
    let context = Context::open(environment, terminal, None, LookedAt::Disk).ok()?;
    if kind == Values::Applications {
        let all = context.applications().ok()?.into_iter();
        return Some(all.filter_map(|settings| Some(Candidate::new(settings.app?, settings.migrations))).collect());
    }
    let context = context.for_app(app).ok()?;
    let folder = context.view.migrations(&context.settings.migrations).ok()?;
    if matches!(kind, Values::Migrations | Values::Targets) {
        let names: Vec<&str> = folder.migrations().collect();
        let zero = (kind == Values::Targets).then(|| Candidate::new("zero", "before the first migration"));
        return Some(migrations(&names, typed).into_iter().chain(zero).collect());
    }
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = context.dialect(&lock).ok()?;
    let migrations = Migrations::of(&folder).unwrap_or_default();
    if kind == Values::DroppedColumns {
        let records = migrations.all.iter().filter_map(|recorded| recorded.read().ok());
        let operations = records.flat_map(|record| &record.operations);
        let dropped: BTreeSet<(&str, &str)> = operations
            .filter_map(|operation| match operation {
                Operation::DropColumn(drop) => Some((drop.table.as_str(), drop.column.as_str())),
                _ => None,
            })
            .collect();
        return Some(columns(dropped.into_iter(), typed, "="));
    }
    let ((), loaded) = planning::load(&context, dialect, &migrations, || ());
    let (wanted, present) = loaded.schemas();
    let wanted = wanted?;
    let found = match kind {
        Values::Domains => {
            let tables = wanted.tables.values().map(|table| &table.domain);
            let domains: BTreeSet<_> = tables.chain(wanted.enums.values().map(|item| &item.domain)).collect();
            domains.into_iter().map(|domain| Candidate::new(domain.as_str(), "")).collect()
        }
        Values::Renames => renames(&present?, &wanted, typed),
        Values::Columns
        | Values::Applications
        | Values::Dialects
        | Values::DroppedColumns
        | Values::Migrations
        | Values::Targets => columns(of_tables(&wanted), typed, "="),
    };
    Some(found)
}

/// Every name that leads to one migration and begins as typed. Where nothing is, the short ones.
fn migrations(names: &[&str], typed: &str) -> Vec<Candidate> {
    let parts: Vec<_> = names.iter().map(|name| (*name, DirectoryName::parse(name))).collect();
    let mut found = Vec::new();
    for (name, part) in &parts {
        let number = part.number.map(|number| (number.to_string(), format!("{number:04}")));
        let short = part.name.to_string();
        let is_one = !short.is_empty() && parts.iter().filter(|(_, other)| other.name == part.name).count() == 1;
        if is_one && short.starts_with(typed) {
            found.push(Candidate::new(short, *name));
        } else if typed.is_empty() {
            found.push(Candidate::new(*name, ""));
        } else {
            let numbers = number.into_iter().flat_map(|(plain, padded)| [plain, padded]);
            let number = numbers.into_iter().find(|number| number.starts_with(typed));
            found.extend(number.map(|number| Candidate::new(number, *name)));
            found.extend(name.starts_with(typed).then(|| Candidate::new(*name, "")));
        }
    }
    found
}

fn of_tables(schema: &Schema) -> impl Iterator<Item = (&str, &str)> {
    let tables = schema.tables.iter();
    tables.flat_map(|(key, table)| table.columns.keys().map(move |column| (key.as_str(), column.as_str())))
}

/// Tables, and behind a table's name its columns, with `end` behind them. Names that would have to be quoted are left out.
fn columns<'s>(all: impl Iterator<Item = (&'s str, &'s str)>, typed: &str, end: &str) -> Vec<Candidate> {
    let plain = all.filter(|(table, column)| is_plain(table) && is_plain(column));
    let found: BTreeSet<String> = match typed.split_once('.') {
        Some((typed, _)) => {
            plain.filter(|(table, _)| *table == typed).map(|(table, column)| format!("{table}.{column}{end}")).collect()
        }
        None => plain.map(|(table, _)| format!("{table}.")).collect(),
    };
    found.into_iter().map(|value| Candidate::new(value, "")).collect()
}

/// What is gone from the snapshots, then what has come.
fn renames(present: &Schema, wanted: &Schema, typed: &str) -> Vec<Candidate> {
    let new_tables = wanted.tables.keys().filter(|key| !present.tables.contains_key(*key) && is_plain(key));
    let has = |schema: &Schema, (table, column): (&str, &str)| {
        schema.tables.get(table).is_some_and(|table| table.columns.contains_key(column))
    };
    if let Some((old, _)) = typed.split_once(':') {
        let names: Vec<String> = match old.split_once('.') {
            Some((table, _)) => {
                let columns = wanted.tables.get(table).into_iter().flat_map(|table| table.columns.keys());
                columns.filter(|column| is_plain(column) && !has(present, (table, column))).cloned().collect()
            }
            None => new_tables.cloned().collect(),
        };
        return names.into_iter().map(|name| Candidate::new(format!("{old}:{name}"), "")).collect();
    }
    let gone_tables = present.tables.keys().filter(|key| !wanted.tables.contains_key(*key) && is_plain(key));
    let gone_columns = of_tables(present)
        .filter(|(table, column)| wanted.tables.contains_key(*table) && !has(wanted, (*table, *column)));
    let tables = gone_tables.map(|key| Candidate::new(format!("{key}:"), "a table that is gone"));
    tables.chain(columns(gone_columns, typed, ":")).collect()
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn every_known_argument_is_in_the_grammar() {
        let mut root = Arguments::command();
        root.build();
        for (command, argument, _) in KNOWN {
            let mut commands = root.get_subcommands().filter(|found| command.is_empty() || found.get_name() == command);
            let has = commands.any(|found| found.get_arguments().any(|found| found.get_id() == argument));
            assert!(has, "{command} {argument}");
        }
    }

    #[test]
    fn migrations_are_found_by_each_of_their_names() {
        let names = ["2026-11-23-141200-0001_initial", "2026-11-23-141201-0002_data", "2026-11-23-141202-0003_data"];
        let found = |typed: &str| {
            let found: Vec<String> = migrations(&names, typed).into_iter().map(|found| found.value).collect();
            found
        };
        assert_eq!(found(""), ["initial", names[1], names[2]]);
        assert_eq!(found("in"), ["initial"]);
        assert_eq!(found("3"), ["3"]);
        assert_eq!(found("000"), ["0001", "0002", "0003"]);
        assert_eq!(found("2026"), names);
        assert_eq!(found("data"), Vec::<String>::new());
    }
}
