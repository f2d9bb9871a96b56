//! Rows for the first schema, and what must be left of them after a change. It must not make the change.
//!
//! Every table gets the same number of rows, and rows of the same number point at each other: so every foreign key holds
//! without asking the database, cycles included. The last row has `NULL` wherever it may.

use std::collections::{BTreeMap, BTreeSet};

use super::column_type::{ColumnType, Family};
use super::draft::{Column, Draft, Id, Table};
use super::lineage::{Lineage, Ties};
use super::text::{literal, quoted, table_name};

/// How many rows every table gets.
pub(crate) const ROWS: usize = 3;

/// Where counters are put: far beyond the rows, so that a lost counter shows.
pub const COUNTER: i64 = 50;

/// A table that both schemas have.
#[derive(Clone, Debug)]
pub struct SurvivingTable {
    /// Its key, for messages.
    pub table: String,
    /// Its rows in the first schema, in order: a query.
    pub before: String,
    /// The same columns of the same rows in the second schema.
    pub after: String,
    /// What may happen to each column, and its name.
    pub columns: Vec<(String, ValueChange)>,
}

/// What a change may do to the values of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueChange {
    /// Nothing.
    Same,
    /// A `NULL` becomes something, and nothing else.
    Filled,
    /// Text that another text type may pad with blanks.
    Padded,
    /// The same, and what is longer than so many characters is cut, as the answer says.
    Cut(usize),
    /// Labels get other names, and a `NULL` may become something.
    Relabelled(BTreeMap<String, String>),
    /// Anything.
    Free,
}

/// The rows as SQL, to run where foreign keys are not enforced.
pub(crate) fn rows(draft: &Draft, ties: &Ties, lineage: &Lineage, after: &Draft) -> Vec<String> {
    let required = required(draft);
    let mut sql = Vec::new();
    for (id, table) in &draft.tables {
        let columns: Vec<_> =
            table.columns.iter().filter(|column| column.counter.is_none() && column.generated.is_none()).collect();
        let names: Vec<_> = columns.iter().map(|column| quoted(&column.name)).collect();
        let row = |row: usize| {
            let value = |column: &&Column| {
                if row == ROWS && column.nullable && !required.contains(&(*id, column.id)) {
                    return "NULL".to_owned();
                }
                cell(draft, *id, column, row, ties, lineage, after)
            };
            format!("({})", columns.iter().map(value).collect::<Vec<_>>().join(", "))
        };
        let values: Vec<_> = (1..=ROWS).map(row).collect();
        sql.push(format!(
            "INSERT INTO {} ({}) VALUES {}",
            table_name(draft, table),
            names.join(", "),
            values.join(", ")
        ));
        for column in table.columns.iter().filter(|column| column.counter.is_some()) {
            sql.push(if draft.is_postgres() {
                let sequence = sequence(draft, table, column);
                format!("SELECT setval({sequence}, {COUNTER})")
            } else {
                format!(
                    "UPDATE sqlite_sequence SET seq = {COUNTER} WHERE name = {}",
                    literal(sqlite_name(table).as_str())
                )
            });
        }
    }
    sql
}

/// Columns that a key needs to be filled although they may be `NULL`: what is pointed at, and keys that are all or
/// nothing.
fn required(draft: &Draft) -> BTreeSet<(Id, Id)> {
    let mut required = BTreeSet::new();
    for table in draft.tables.values() {
        for key in table.foreign_keys.values() {
            required.extend(key.references.iter().map(|column| (key.table, *column)));
        }
    }
    loop {
        let before = required.len();
        for (id, table) in &draft.tables {
            for key in table.foreign_keys.values().filter(|key| key.full) {
                let is_filled = |column: &Id| {
                    required.contains(&(*id, *column)) || table.column(*column).is_some_and(|column| !column.nullable)
                };
                if key.columns.iter().any(is_filled) {
                    required.extend(key.columns.iter().map(|column| (*id, *column)));
                }
            }
        }
        if required.len() == before {
            return required;
        }
    }
}

fn cell(
    draft: &Draft,
    table: Id,
    column: &Column,
    row: usize,
    ties: &Ties,
    lineage: &Lineage,
    after: &Draft,
) -> String {
    let place = (table, column.id);
    let number = ties.number(place, row);
    let is_tied = ties.is_tied(place);
    match column.kind {
        ColumnType::Enum(id) | ColumnType::EnumArray(id) => {
            // Values that stay: a removed value that rows use is refused, and that is another test.
            let label = kept_label(draft, id, row, lineage, after);
            match column.kind {
                ColumnType::EnumArray(_) => {
                    literal(&format!("{{\"{}\"}}", label.replace('\\', "\\\\").replace('"', "\\\"")))
                }
                ColumnType::Enum(_) | ColumnType::Named(_) => literal(&label),
            }
        }
        ColumnType::Named("text") if !is_tied && column.id.is_multiple_of(3) => {
            literal(&format!("it's {number}: \"ж\"; --\n{}", "long ".repeat(row * 40)))
        }
        ColumnType::Named(_) => column.kind.literal(draft, number),
    }
}

fn kept_label(draft: &Draft, id: Id, row: usize, lineage: &Lineage, after: &Draft) -> String {
    let item = &draft.enums[&id];
    let successor = lineage.enums.iter().find(|(_, origin)| **origin == id).and_then(|(id, _)| after.enums.get(id));
    let stays = |label: &&(Id, String)| {
        successor.is_none_or(|next| next.labels.iter().any(|(id, text)| *id == label.0 || *text == label.1))
    };
    let kept: Vec<_> = item.labels.iter().filter(stays).collect();
    let labels: Vec<_> = if kept.is_empty() { item.labels.iter().collect() } else { kept };
    labels[row % labels.len()].1.clone()
}

/// The tables that both schemas have, and what becomes of their columns.
pub(crate) fn kept(before: &Draft, after: &Draft, lineage: &Lineage) -> Vec<SurvivingTable> {
    let table = |(id, origin): (&Id, &Id)| {
        let (old, new) = (&before.tables[origin], &after.tables[id]);
        let pairs = new.columns.iter().filter_map(|column| {
            let old = old.column(*lineage.columns.get(&(*id, column.id))?)?;
            Some((old, column))
        });
        let pairs: Vec<_> = pairs.collect();
        // Another table under the name of this one: nothing tells its rows apart, they can only be counted.
        let is_same = pairs.first().is_some_and(|(one, other)| one.id == old.token().id && other.id == new.token().id);
        let pairs = if is_same { pairs } else { Vec::new() };
        let query = |draft: &Draft, table: &Table, columns: Vec<&Column>| {
            let values = columns.iter().map(|column| format!("CAST({} AS text)", quoted(&column.name)));
            let values: Vec<_> = if is_same { values.collect() } else { vec!["1".to_owned()] };
            let token = quoted(&table.token().name);
            format!("SELECT {} FROM {} ORDER BY {token}", values.join(", "), table_name(draft, table))
        };
        let changes = pairs.iter().map(|(old, new)| (new.name.clone(), value_change(before, after, lineage, old, new)));
        SurvivingTable {
            table: new.key.clone(),
            before: query(before, old, pairs.iter().map(|(old, _)| *old).collect()),
            after: query(after, new, pairs.iter().map(|(_, new)| *new).collect()),
            columns: changes.collect(),
        }
    };
    lineage.tables.iter().map(table).collect()
}

fn value_change(before: &Draft, after: &Draft, lineage: &Lineage, old: &Column, new: &Column) -> ValueChange {
    if old.generated.is_some() || new.generated.is_some() {
        return ValueChange::Free;
    }
    if lineage.is_same_kind(old.kind, new.kind) {
        let renamed = renamed_labels(before, after, old.kind, new.kind);
        return match (old.nullable && !new.nullable, renamed.is_empty(), new.kind) {
            (_, false, ColumnType::Enum(_)) => ValueChange::Relabelled(renamed),
            (_, false, _) => ValueChange::Free,
            (true, true, _) => ValueChange::Filled,
            (false, true, _) => ValueChange::Same,
        };
    }
    let both = |family: Family| old.kind.family() == family && new.kind.family() == family;
    let is_padded = new.kind == ColumnType::Named("char(24)") || old.kind == ColumnType::Named("char(24)");
    if old.nullable && !new.nullable {
        ValueChange::Free
    } else if (both(Family::Text) || old.kind.counts() && new.kind.family() == Family::Text) && is_padded {
        if after.is_postgres() && new.kind == ColumnType::Named("char(24)") {
            ValueChange::Cut(24)
        } else {
            ValueChange::Padded
        }
    } else if both(Family::Text) || old.kind.counts() && (new.kind.counts() || new.kind.family() == Family::Text) {
        ValueChange::Same
    } else {
        ValueChange::Free
    }
}

fn renamed_labels(before: &Draft, after: &Draft, old: ColumnType, new: ColumnType) -> BTreeMap<String, String> {
    let (Some(old), Some(new)) = (old.enumeration(), new.enumeration()) else { return BTreeMap::new() };
    let labels = &after.enums[&new].labels;
    let renamed = before.enums[&old].labels.iter().filter_map(|(id, text)| {
        let (_, next) = labels.iter().find(|(other, _)| other == id)?;
        (next != text).then(|| (text.clone(), next.clone()))
    });
    renamed.collect()
}

/// Queries for the next value of every counter that both schemas have, in the first and in the second.
pub(crate) fn counters(before: &Draft, after: &Draft, lineage: &Lineage) -> Vec<(String, String)> {
    let query = |draft: &Draft, table: &Table, column: &Column| {
        if draft.is_postgres() {
            format!("SELECT nextval({})", sequence(draft, table, column))
        } else {
            format!("SELECT seq + 1 FROM sqlite_sequence WHERE name = {}", literal(&sqlite_name(table)))
        }
    };
    let mut found = Vec::new();
    for (id, origin) in &lineage.tables {
        let (old_table, new_table) = (&before.tables[origin], &after.tables[id]);
        for column in new_table.columns.iter().filter(|column| column.counter.is_some()) {
            let old = lineage.columns.get(&(*id, column.id)).and_then(|id| old_table.column(*id));
            if let Some(old) = old.filter(|old| old.counter.is_some()) {
                found.push((query(before, old_table, old), query(after, new_table, column)));
            }
        }
    }
    found
}

fn sequence(draft: &Draft, table: &Table, column: &Column) -> String {
    format!("pg_get_serial_sequence({}, {})", literal(&table_name(draft, table)), literal(&column.name))
}

fn sqlite_name(table: &Table) -> String {
    let name = table.sql_name();
    table.schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}_{name}"))
}
