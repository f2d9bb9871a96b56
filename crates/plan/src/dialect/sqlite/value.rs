//! What the value of each column is made from when a table is rebuilt: SQL over a row of the old table.
//!
//! Whether the new table takes the values is asked by `guard`.

use indexmap::IndexMap;
use makemigrations_sql::{quote_identifier, quote_literal};

use super::{
    alteration::{Alteration, Group},
    column, conversion,
    table::Layout,
};
use crate::{
    dialect::text,
    model::{Column, DataType},
    operation::{AddColumn, AlterColumn, RenameEnumValue},
};

/// What a column's value is made from, and what is known of it.
pub(super) struct Value {
    source: String,
    /// Labels of an enum in the source, and what they are called by now.
    renamed: Vec<(String, String)>,
    data_type: DataType,
    /// The labels of an enum that it may be; `None` when it may be anything.
    pub labels: Option<Vec<String>>,
    /// Whether the source is a column's name.
    is_column: bool,
    /// Whether it may be `NULL`, as far as nobody said what it is: what people write is not run twice to ask.
    pub nullable: bool,
    /// Whether the rows did not have it before.
    pub is_new: bool,
    /// Whether a person says how it is made.
    pub is_answered: bool,
}

impl Value {
    /// The value as SQL.
    pub(super) fn sql(&self) -> String {
        if self.renamed.is_empty() {
            return self.source.clone();
        }
        let branch =
            |(from, to): &(String, String)| format!(" WHEN {} THEN {}", quote_literal(from), quote_literal(to));
        let branches: String = self.renamed.iter().map(branch).collect();
        format!("CASE {0}{branches} ELSE {0} END", self.source)
    }

    /// The value as SQL before an operator.
    pub(super) fn operand(&self) -> String {
        if self.is_column { self.sql() } else { format!("({})", self.sql()) }
    }

    fn rename(&mut self, RenameEnumValue { from, to, .. }: &RenameEnumValue) {
        let labels = self.labels.iter_mut().flatten();
        labels.filter(|label| *label == from).for_each(|label| label.clone_from(to));
        if let Some((_, now)) = self.renamed.iter_mut().find(|(_, now)| now == from) {
            now.clone_from(to);
        } else if self.renamed.iter().all(|(source, _)| source != from) {
            self.renamed.push((from.clone(), to.clone()));
        }
    }
}

/// The value of every column after the changes.
pub(super) fn values(group: &Group<'_>) -> IndexMap<String, Value> {
    let old = |(name, item): (&String, &Column)| (name.clone(), kept(&group.before, name, item));
    let mut values: IndexMap<_, _> = group.before.table.columns.iter().map(old).collect();
    for (_, step) in &group.steps {
        match step {
            Alteration::AddColumn(add) => {
                values.insert(add.column.clone(), added(add));
            }
            Alteration::DropColumn { column, .. } => {
                values.shift_remove(*column);
            }
            Alteration::AlterColumn(alter) => {
                if let Some(value) = values.get_mut(&alter.column) {
                    *value = altered(value, alter);
                }
            }
            Alteration::RenameValue(rename) => {
                let of_enum = values.values_mut().filter(|value| value.data_type.enum_key() == Some(&rename.key));
                of_enum.for_each(|value| value.rename(rename));
            }
            Alteration::AddForeignKey(_)
            | Alteration::DropForeignKey(_)
            | Alteration::AddCheck(_)
            | Alteration::DropCheck(_)
            | Alteration::Values(_)
            | Alteration::Other => {}
        }
    }
    values
}

/// With the table's name: a lone quoted name that is no column would be a string to SQLite, in every row.
fn kept(before: &Layout, name: &str, column: &Column) -> Value {
    Value {
        source: format!("{}.{}", before.name(), quote_identifier(name)),
        renamed: Vec::new(),
        data_type: column.data_type.clone(),
        labels: before.labels.get(name).cloned(),
        is_column: true,
        nullable: !column::is_required(&before.table, name, column),
        is_new: false,
        is_answered: false,
    }
}

fn added(add: &AddColumn) -> Value {
    let column = &add.definition;
    let default = || column.default.as_ref().map(column::value);
    let given = add.backfill.as_deref().map(text::closed).or_else(default);
    Value {
        nullable: given.is_none(),
        source: given.unwrap_or_else(|| "NULL".to_owned()),
        renamed: Vec::new(),
        data_type: column.data_type.clone(),
        labels: None,
        is_column: false,
        is_new: true,
        is_answered: true,
    }
}

/// A `NULL` that is not allowed any more becomes the backfill; the default is for new rows only, as on PostgreSQL.
fn altered(value: &Value, alter: &AlterColumn) -> Value {
    let column = &alter.definition;
    let converted = || conversion::value(&value.data_type, &column.data_type, value.operand());
    let base = alter.using.as_deref().map_or_else(converted, text::closed);
    let fallback = alter.backfill.as_deref().map(text::closed);
    let nullable = value.nullable && fallback.is_none();
    let source = fallback.map_or_else(|| base.clone(), |fallback| format!("coalesce({base}, {fallback})"));
    Value {
        is_column: value.is_column && source == value.source,
        source,
        renamed: Vec::new(),
        data_type: column.data_type.clone(),
        labels: value.labels.clone().filter(|_| alter.using.is_none()),
        nullable,
        is_new: value.is_new,
        is_answered: value.is_answered || alter.using.is_some(),
    }
}
