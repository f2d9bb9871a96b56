//! What going down loses or can fail on, as questions to the database: a text for people and a `SELECT count(*)`.
//!
//! Asks nothing itself, and only about what the database has now: a column that a later step brings back cannot be
//! counted yet.

mod changed;

use makemigrations_sql::quote_identifier;

use crate::{
    dialect::table_name,
    model::{Column, Conversion, DataType, Dialect, Exclusion, ForeignKey, Index, Schema, Table},
    operation::{AlterColumn, Operation},
};
use changed::Changed;

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
    /// What is counted, of several: `rows of ticket`. With its number, see [`Self::counted`].
    pub text: String,
    /// A query with one row and one column, a whole number.
    pub count_sql: String,
}

impl Probe {
    /// What was counted, with its number: `1 row of ticket`, `3 rows of ticket`. The texts begin with a noun and have no
    /// verb that would change with the number.
    #[must_use]
    pub fn counted(&self, count: i64) -> String {
        match self.text.split_once("s ") {
            Some((noun, rest)) if count == 1 => format!("1 {noun} {rest}"),
            _ => format!("{count} {}", self.text),
        }
    }
}

/// What each of `operations` loses or can fail on, for a database that looks like `current`: one list for each operation,
/// in their order.
///
/// What reads something that an earlier operation changes is left out: the database could not run the count, or its
/// answer would be another one then. An enum that an earlier operation renames is counted under the name that it has now.
#[must_use]
pub fn probes(current: &Schema, operations: &[Operation]) -> Vec<Vec<Probe>> {
    let mut changed = Changed::new(current.dialect);
    let mut found = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let is_moot = is_moot(operation, &operations[index + 1..]);
        let asked = ask(current, operation, &changed).into_iter();
        let asked = asked.filter(|question| !is_moot && !changed.disturbs(question));
        found.push(asked.map(|question| question.probe).collect());
        changed.after(current, operation);
    }
    found
}

/// Whether the column that an operation alters becomes computed afterwards: its values are not needed then.
fn is_moot(operation: &Operation, later: &[Operation]) -> bool {
    let Operation::AlterColumn(alter) = operation else { return false };
    later.iter().any(|other| match other {
        Operation::AlterColumn(other) => {
            other.table == alter.table && other.column == alter.column && other.definition.generated.is_some()
        }
        _ => false,
    })
}

/// A probe and what its count reads.
struct Question<'a> {
    probe: Probe,
    /// Columns, each with its table's key.
    columns: Vec<(&'a str, &'a str)>,
    /// SQL texts over a row, each with its table's key.
    texts: Vec<(&'a str, &'a str)>,
    /// Tables of which it reads no column, or of which there is none yet.
    tables: Vec<&'a str>,
}

impl<'a> Question<'a> {
    fn new(severity: Severity, text: String, count_sql: String) -> Self {
        let probe = Probe { severity, text, count_sql };
        Self { probe, columns: Vec::new(), texts: Vec::new(), tables: Vec::new() }
    }

    fn fails(text: String, count_sql: String) -> Self {
        Self::new(Severity::Fails, text, count_sql)
    }

    fn loses(text: String, count_sql: String) -> Self {
        Self::new(Severity::Loses, text, count_sql)
    }

    fn reading(mut self, table: &'a str, columns: impl IntoIterator<Item = &'a str>) -> Self {
        self.columns.extend(columns.into_iter().map(|column| (table, column)));
        self
    }

    fn reading_text(mut self, table: &'a str, texts: impl IntoIterator<Item = &'a str>) -> Self {
        self.texts.extend(texts.into_iter().map(|text| (table, text)));
        self
    }

    fn reading_table(mut self, table: &'a str) -> Self {
        self.tables.push(table);
        self
    }
}

fn ask<'a>(current: &'a Schema, operation: &'a Operation, changed: &Changed) -> Vec<Question<'a>> {
    match operation {
        Operation::DropEnumValue(drop) => {
            let Some(key) = changed.current_enum(current, &drop.key) else { return Vec::new() };
            let what = format!("rows with the value {} of {key}", drop.value);
            rows_with_values(current, key, &[&drop.value], &what)
        }
        Operation::SetEnumValues(set) => {
            let Some(key) = changed.current_enum(current, &set.key) else { return Vec::new() };
            let gone: Vec<_> = current.enums[key].values.iter().filter(|value| !set.values.contains(value)).collect();
            let names: Vec<_> = gone.iter().map(|value| value.as_str()).collect();
            let what = format!("rows with one of the values {} of {key}", names.join(", "));
            rows_with_values(current, key, &gone, &what)
        }
        other => one(current, other).into_iter().collect(),
    }
}

fn one<'a>(current: &'a Schema, operation: &'a Operation) -> Option<Question<'a>> {
    let table = |key: &str| current.tables.get(key);
    Some(match operation {
        Operation::DropTable(drop) => {
            let from = table(&drop.key)?;
            Question::loses(format!("rows of {}", drop.key), count_rows(from)).reading_table(&drop.key)
        }
        Operation::DropColumn(drop) => {
            let owner = table(&drop.table)?;
            if owner.columns.get(&drop.column)?.generated.is_some() {
                return None;
            }
            let text = format!("values of {}.{}", drop.table, drop.column);
            Question::loses(text, count_filled(owner, &drop.column)).reading(&drop.table, [drop.column.as_str()])
        }
        Operation::AddColumn(add) if add.definition.needs_backfill() && add.backfill.is_none() => {
            let text = format!("rows of {} that would need a value for {}", add.table, add.column);
            Question::fails(text, count_rows(table(&add.table)?)).reading_table(&add.table)
        }
        Operation::AlterColumn(alter) => {
            let owner = table(&alter.table)?;
            let probe = altered(current.dialect, owner, alter, owner.columns.get(&alter.column)?)?;
            Question::new(probe.severity, probe.text, probe.count_sql).reading(&alter.table, [alter.column.as_str()])
        }
        Operation::AddPrimaryKey(add) => {
            let columns = || add.definition.columns.iter().map(String::as_str);
            let text = format!("keys of {} that would be in use more than once", add.table);
            Question::fails(text, duplicates(table(&add.table)?, columns(), None)?).reading(&add.table, columns())
        }
        Operation::AddUnique(add) => {
            let columns = || add.definition.columns.iter().map(String::as_str);
            let text = format!("values of {} that would be in use more than once under {}", add.table, add.name);
            Question::fails(text, duplicates(table(&add.table)?, columns(), None)?).reading(&add.table, columns())
        }
        Operation::AddIndex(add) if is_countable(&add.definition) => {
            let text = format!("values of {} that would be in use more than once under {}", add.table, add.name);
            let predicate = add.definition.predicate.as_deref();
            let count = duplicates(table(&add.table)?, add.definition.column_names(), predicate)?;
            Question::fails(text, count)
                .reading(&add.table, add.definition.column_names())
                .reading_text(&add.table, add.definition.texts())
        }
        Operation::AddForeignKey(add) => {
            let (child, key) = (table(&add.table)?, &add.definition);
            let text = format!("rows of {} that would point at no row of {}", add.table, key.table);
            let question = Question::fails(text, orphans(child, table(&key.table), key)?)
                .reading(&add.table, key.columns.iter().map(String::as_str));
            match table(&key.table) {
                Some(_) => question.reading(&key.table, key.references.iter().map(String::as_str)),
                None => question.reading_table(&key.table),
            }
        }
        Operation::AddCheck(add) => {
            let (owner, expression) = (table(&add.table)?, add.definition.expression.as_str());
            let text = format!("rows of {} that would violate {}", add.table, add.name);
            Question::fails(text, format!("SELECT count(*) FROM {} WHERE NOT ({expression})", table_name(owner)))
                .reading_table(&add.table)
                .reading_text(&add.table, [expression])
        }
        Operation::AddExclusion(add) => {
            let text = format!("pairs of rows of {} that would exclude each other under {}", add.table, add.name);
            Question::fails(text, excluded(table(&add.table)?, &add.definition)?)
                .reading(&add.table, add.definition.column_names())
        }
        _ => return None,
    })
}

/// Counts the rows of a table.
#[must_use]
pub fn count_rows(table: &Table) -> String {
    format!("SELECT count(*) FROM {}", table_name(table))
}

/// Counts the rows of a table that have `NULL` in a column.
#[must_use]
pub fn count_nulls(table: &Table, column: &str) -> String {
    format!("SELECT count(*) FROM {} WHERE {} IS NULL", table_name(table), quote_identifier(column))
}

/// The query that counts the values of a column; `None` where there is no such column.
#[must_use]
pub fn filled(current: &Schema, table: &str, column: &str) -> Option<String> {
    let owner = current.tables.get(table).filter(|owner| owner.columns.contains_key(column))?;
    Some(count_filled(owner, column))
}

/// How many values of a column are not `NULL`.
fn count_filled(owner: &Table, column: &str) -> String {
    format!("SELECT count({}) FROM {}", quote_identifier(column), table_name(owner))
}

/// How many rows have one of the values, for each column apart: one may go while the others stay.
fn rows_with_values<'a>(current: &'a Schema, key: &'a str, values: &[&String], what: &str) -> Vec<Question<'a>> {
    if values.is_empty() {
        return Vec::new();
    }
    let values: Vec<_> = values.iter().map(|value| makemigrations_sql::quote_literal(value)).collect();
    let count = |(key, name): (&'a str, &'a str)| {
        let owner = &current.tables[key];
        let column = quote_identifier(name);
        let condition = match owner.columns[name].data_type {
            DataType::Array(_) => {
                let any = values.iter().map(|value| format!("{value} = ANY({column})"));
                any.collect::<Vec<_>>().join(" OR ")
            }
            _ => format!("{column} IN ({})", values.join(", ")),
        };
        let count = format!("SELECT count(*) FROM {} WHERE {condition}", table_name(owner));
        Question::fails(format!("{what} in {key}.{name}"), count).reading(key, [name])
    };
    current.columns_of_enum(key).map(count).collect()
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

fn altered(dialect: Dialect, owner: &Table, alter: &AlterColumn, before: &Column) -> Option<Probe> {
    let (name, after) = (&alter.column, &alter.definition);
    let (column, from, place) = (quote_identifier(name), table_name(owner), format!("{}.{name}", alter.table));
    let probe = |severity, text: String, condition: String| {
        Some(Probe { severity, text, count_sql: format!("SELECT count(*) FROM {from} WHERE {condition}") })
    };
    if after.generated.is_some() {
        // What is computed anew has nothing to fit.
        let loses = || Probe {
            severity: Severity::Loses,
            text: format!("values of {place}, which becomes computed"),
            count_sql: count_filled(owner, name),
        };
        return before.generated.is_none().then(loses);
    }
    if alter.using.is_none() && before.data_type.is_foreign_to(&after.data_type) {
        let text = format!("values of {place} that nothing leads back to {} for", after.data_type);
        return Some(Probe { severity: Severity::Fails, text, count_sql: count_filled(owner, name) });
    }
    if before.nullable && !after.nullable && before.generated.is_some() && after.default.is_some() {
        // SQLite copies the rows of what was computed and lets the default stand in for `NULL`, PostgreSQL does not.
        return None;
    }
    if before.nullable && !after.nullable && alter.backfill.is_none() {
        return probe(Severity::Fails, format!("rows with NULL in {place}"), format!("{column} IS NULL"));
    }
    match before.data_type.conversion_to(&after.data_type, dialect) {
        Conversion::Holds => return None,
        Conversion::Refuses if !before.data_type.narrows_to(&after.data_type) => return None,
        Conversion::Refuses | Conversion::Alters(_) | Conversion::Unknown => {}
    }
    let bounds = match after.data_type.storage() {
        DataType::Smallint => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        DataType::Integer => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        _ => None,
    };
    let text = format!("values of {place} that would not fit into {}", after.data_type);
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

/// Rows whose key finds no row; all that have a key, when there is no table to find it in.
fn orphans(child: &Table, parent: Option<&Table>, key: &ForeignKey) -> Option<String> {
    let known = key.columns.iter().all(|column| child.columns.contains_key(column))
        && parent.is_none_or(|parent| key.references.iter().all(|column| parent.columns.contains_key(column)));
    if !known {
        return None;
    }
    let mut conditions: Vec<_> =
        key.columns.iter().map(|column| format!("c.{} IS NOT NULL", quote_identifier(column))).collect();
    if let Some(parent) = parent {
        let equal = key.columns.iter().zip(&key.references);
        let equal = equal.map(|(from, to)| format!("p.{} = c.{}", quote_identifier(to), quote_identifier(from)));
        let equal = equal.collect::<Vec<_>>().join(" AND ");
        conditions.push(format!("NOT EXISTS (SELECT 1 FROM {} AS p WHERE {equal})", table_name(parent)));
    }
    Some(format!("SELECT count(*) FROM {} AS c WHERE {}", table_name(child), conditions.join(" AND ")))
}

#[cfg(test)]
mod tests;
