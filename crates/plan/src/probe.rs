//! What going down loses or can fail on, as questions to the database: a text for people and a `SELECT count(*)`.
//!
//! Asks nothing itself, and only about what the database has now: a column that a later step brings back cannot be
//! counted yet.

use makemigrations_sql::quote_identifier;

use crate::{
    dialect::table_name,
    model::{Column, DataType, Exclusion, ForeignKey, Index, Schema, Table},
    operation::{Operation, mentions},
};

/// What a count above zero means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The step works and these are gone.
    Loses,
    /// The step would fail.
    Fails,
}

/// One thing to count before a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What a count above zero means.
    pub severity: Severity,
    /// What is counted: `rows of ticket`; the number goes before it.
    pub text: String,
    /// A query with one row and one column, a whole number.
    pub count_sql: String,
}

/// What `operations` lose or can fail on, for a database that looks like `current`.
#[must_use]
pub fn probes(current: &Schema, operations: &[Operation]) -> Vec<Probe> {
    let countable = operations.iter().filter(|operation| !reads_unknown(operation, operations));
    countable.filter_map(|operation| probe(current, operation)).collect()
}

/// Whether a SQL text of the operation may name a column that another one brings back or renames, so that the database
/// could not run the count.
fn reads_unknown(operation: &Operation, all: &[Operation]) -> bool {
    let (table, texts): (&str, Vec<&str>) = match operation {
        Operation::AddCheck(add) => (&add.table, vec![&add.definition.expression]),
        Operation::AddIndex(add) => (&add.table, add.definition.texts().collect()),
        _ => return false,
    };
    all.iter().any(|other| match other {
        Operation::AddColumn(add) => add.table == table && texts.iter().any(|text| mentions(text, &add.column)),
        Operation::RenameColumn(rename) => rename.table == table && texts.iter().any(|text| mentions(text, &rename.to)),
        _ => false,
    })
}

fn probe(current: &Schema, operation: &Operation) -> Option<Probe> {
    let table = |key: &str| current.tables.get(key);
    let loses = |text: String, count_sql: String| Some(Probe { severity: Severity::Loses, text, count_sql });
    let fails = |text: String, count_sql: String| Some(Probe { severity: Severity::Fails, text, count_sql });
    match operation {
        Operation::DropTable(drop) => {
            let from = table_name(table(&drop.key)?);
            loses(format!("rows of {}", drop.key), format!("SELECT count(*) FROM {from}"))
        }
        Operation::DropColumn(drop) => {
            let owner = table(&drop.table)?;
            if owner.columns.get(&drop.column)?.generated.is_some() {
                return None;
            }
            let column = quote_identifier(&drop.column);
            let text = format!("values of {}.{}", drop.table, drop.column);
            loses(text, format!("SELECT count({column}) FROM {}", table_name(owner)))
        }
        Operation::AddColumn(add) if add.definition.needs_backfill() && add.backfill.is_none() => {
            let text = format!("rows of {} that would need a value for {}", add.table, add.column);
            fails(text, format!("SELECT count(*) FROM {}", table_name(table(&add.table)?)))
        }
        Operation::AlterColumn(alter) => {
            let owner = table(&alter.table)?;
            let before = owner.columns.get(&alter.column)?;
            let place = format!("{}.{}", alter.table, alter.column);
            if alter.using.is_none() && before.data_type.is_foreign_to(&alter.definition.data_type) {
                let text = format!("values of {place} that nothing leads back to {} for", alter.definition.data_type);
                let column = quote_identifier(&alter.column);
                return fails(text, format!("SELECT count({column}) FROM {}", table_name(owner)));
            }
            altered(owner, &place, &alter.column, before, &alter.definition)
        }
        Operation::AddPrimaryKey(add) => {
            let owner = table(&add.table)?;
            let text = format!("keys of {} that are in use more than once", add.table);
            fails(text, duplicates(owner, add.definition.columns.iter().map(String::as_str), None)?)
        }
        Operation::AddUnique(add) => {
            let owner = table(&add.table)?;
            let text = format!("values of {} that would be duplicates under {}", add.table, add.name);
            fails(text, duplicates(owner, add.definition.columns.iter().map(String::as_str), None)?)
        }
        Operation::AddIndex(add) if is_countable(&add.definition) => {
            let owner = table(&add.table)?;
            let text = format!("values of {} that would be duplicates under {}", add.table, add.name);
            fails(text, duplicates(owner, add.definition.column_names(), add.definition.predicate.as_deref())?)
        }
        Operation::AddForeignKey(add) => {
            let (child, parent) = (table(&add.table)?, table(&add.definition.table)?);
            let text = format!("rows of {} that point at no row of {}", add.table, add.definition.table);
            fails(text, orphans(child, parent, &add.definition)?)
        }
        Operation::AddCheck(add) => {
            let owner = table(&add.table)?;
            let text = format!("rows of {} that violate {}", add.table, add.name);
            fails(text, format!("SELECT count(*) FROM {} WHERE NOT ({})", table_name(owner), add.definition.expression))
        }
        Operation::DropEnumValue(drop) => {
            let text = format!("rows that use the value {} of {}", drop.value, drop.key);
            fails(text, rows_with_values(current, &drop.key, &[&drop.value])?)
        }
        Operation::SetEnumValues(set) => {
            let known = &current.enums.get(&set.key)?.values;
            let gone: Vec<_> = known.iter().filter(|value| !set.values.contains(value)).collect();
            let names: Vec<_> = gone.iter().map(|value| value.as_str()).collect();
            let text = format!("rows that use the values {} of {}", names.join(", "), set.key);
            fails(text, rows_with_values(current, &set.key, &gone)?)
        }
        Operation::AddExclusion(add) => {
            let owner = table(&add.table)?;
            let text = format!("pairs of rows of {} that exclude each other under {}", add.table, add.name);
            fails(text, excluded(owner, &add.definition)?)
        }
        _ => None,
    }
}

/// How many rows have one of the values; `None` when there are no values or no columns for them.
fn rows_with_values(current: &Schema, key: &str, values: &[&String]) -> Option<String> {
    let values: Vec<_> = values.iter().map(|value| makemigrations_sql::quote_literal(value)).collect();
    let count = |(key, name): (&str, &str)| {
        let owner = &current.tables[key];
        let column = quote_identifier(name);
        let condition = match owner.columns[name].data_type {
            DataType::Array(_) => {
                let any = values.iter().map(|value| format!("{value} = ANY({column})"));
                any.collect::<Vec<_>>().join(" OR ")
            }
            _ => format!("{column} IN ({})", values.join(", ")),
        };
        format!("(SELECT count(*) FROM {} WHERE {condition})", table_name(owner))
    };
    let counts: Vec<_> = current.columns_of_enum(key).map(count).collect();
    (!values.is_empty() && !counts.is_empty()).then(|| format!("SELECT {}", counts.join(" + ")))
}

/// Pairs of rows for which every operator says yes; `None` where an element is more than a column.
fn excluded(owner: &Table, exclusion: &Exclusion) -> Option<String> {
    let names: Vec<_> = exclusion.column_names().collect();
    let known = names.len() == exclusion.elements.len() && names.iter().all(|name| owner.columns.contains_key(*name));
    if !known || exclusion.predicate.is_some() {
        return None;
    }
    let same = exclusion.elements.iter().zip(names).map(|(element, name)| {
        let column = quote_identifier(name);
        format!("a.{column} {} b.{column}", element.operator)
    });
    let conditions: Vec<_> = ["a.ctid < b.ctid".to_owned()].into_iter().chain(same).collect();
    let from = table_name(owner);
    Some(format!("SELECT count(*) FROM {from} AS a, {from} AS b WHERE {}", conditions.join(" AND ")))
}

fn altered(owner: &Table, place: &str, name: &str, before: &Column, after: &Column) -> Option<Probe> {
    let (column, from) = (quote_identifier(name), table_name(owner));
    let probe = |severity, text: String, condition: String| {
        Some(Probe { severity, text, count_sql: format!("SELECT count(*) FROM {from} WHERE {condition}") })
    };
    if before.nullable && !after.nullable {
        return probe(Severity::Fails, format!("rows with NULL in {place}"), format!("{column} IS NULL"));
    }
    if !before.data_type.narrows_to(&after.data_type) {
        return None;
    }
    let bounds = match after.data_type.storage() {
        DataType::Smallint => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        DataType::Integer => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        _ => None,
    };
    let text = format!("values of {place} that do not fit into {}", after.data_type);
    match (&after.data_type, bounds) {
        (_, Some((least, most))) if before.data_type.is_integer() => {
            probe(Severity::Fails, text, format!("{column} NOT BETWEEN {least} AND {most}"))
        }
        (DataType::Varchar(Some(size)) | DataType::Char(size), _) if is_text(&before.data_type) => {
            probe(Severity::Fails, text, format!("length({column}) > {size}"))
        }
        _ => {
            let text = format!("values of {place} that may lose something or not fit into {}", after.data_type);
            probe(Severity::Loses, text, format!("{column} IS NOT NULL"))
        }
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Text | DataType::Citext | DataType::Varchar(_) | DataType::Char(_))
}

/// Whether its duplicates can be counted by its columns alone.
fn is_countable(index: &Index) -> bool {
    index.unique && index.column_names().count() == index.columns.len()
}

fn duplicates<'a>(owner: &Table, columns: impl Iterator<Item = &'a str>, predicate: Option<&str>) -> Option<String> {
    let columns: Vec<_> = columns.collect();
    if !columns.iter().all(|column| owner.columns.contains_key(*column)) {
        return None;
    }
    let quoted: Vec<_> = columns.into_iter().map(quote_identifier).collect();
    let mut conditions: Vec<_> = quoted.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    conditions.extend(predicate.map(|text| format!("({text})")));
    Some(format!(
        "SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} GROUP BY {} HAVING count(*) > 1) AS \"duplicates\"",
        table_name(owner),
        conditions.join(" AND "),
        quoted.join(", ")
    ))
}

fn orphans(child: &Table, parent: &Table, key: &ForeignKey) -> Option<String> {
    let known = key.columns.iter().all(|column| child.columns.contains_key(column))
        && key.references.iter().all(|column| parent.columns.contains_key(column));
    if !known {
        return None;
    }
    let filled = key.columns.iter().map(|column| format!("c.{} IS NOT NULL", quote_identifier(column)));
    let equal = key.columns.iter().zip(&key.references);
    let equal = equal.map(|(from, to)| format!("p.{} = c.{}", quote_identifier(to), quote_identifier(from)));
    Some(format!(
        "SELECT count(*) FROM {} AS c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
        table_name(child),
        filled.collect::<Vec<_>>().join(" AND "),
        table_name(parent),
        equal.collect::<Vec<_>>().join(" AND ")
    ))
}
