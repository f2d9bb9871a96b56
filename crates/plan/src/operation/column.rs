//! Columns appear, go, change and get another name.
//!
//! What refers to a dropped column must have been dropped before: nothing goes silently along.

use indexmap::map::Entry;

use super::{Change, Contradiction, Operation, Sign, exists, missing, rewrite, table, table_mut};
use crate::model::{Column, DefaultValue, Dialect, IndexTarget, Schema, Table};

/// A column appears, last in its table.
#[derive(Debug, Clone, PartialEq)]
pub struct AddColumn {
    /// The table's key.
    pub table: String,
    /// The column's name.
    pub column: String,
    /// All of it.
    pub definition: Column,
    /// SQL for the rows that exist already; needed when the column is not nullable and does not fill itself.
    pub backfill: Option<String>,
}

/// A column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropColumn {
    /// The table's key.
    pub table: String,
    /// The column's name.
    pub column: String,
}

/// A column gets another name. Keys, constraints, indexes and expressions of the same table and foreign keys of others
/// follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameColumn {
    /// The table's key.
    pub table: String,
    /// The name before.
    pub from: String,
    /// The name after.
    pub to: String,
}

/// A column changes in anything but its name.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterColumn {
    /// The table's key.
    pub table: String,
    /// The column's name.
    pub column: String,
    /// All of it, after the change.
    pub definition: Column,
    /// SQL for existing `NULL`s of a column that stops being nullable.
    pub backfill: Option<String>,
    /// SQL that makes the new type's value from the row.
    pub using: Option<String>,
}

fn find<'a>(schema: &'a Schema, key: &str, column: &str) -> Result<&'a Column, Contradiction> {
    table(schema, key)?.columns.get(column).ok_or_else(|| missing("column", &format!("{key}.{column}")))
}

/// What still refers to the column by name.
fn dependent(table: &Table, column: &str) -> Option<String> {
    let named = |columns: &[String]| columns.iter().any(|name| name == column);
    if table.is_key(column) {
        return Some("the primary key".to_owned());
    }
    let unique = table.unique.iter().find(|(_, unique)| named(&unique.columns) || named(&unique.include));
    let index = table.indexes.iter().find(|(_, index)| index.column_names().any(|name| name == column));
    let key = table.foreign_keys.iter().find(|(_, key)| named(&key.columns));
    let exclusion = table.exclusions.iter().find(|(_, exclusion)| exclusion.column_names().any(|name| name == column));
    unique
        .map(|(name, _)| name)
        .or(index.map(|(name, _)| name))
        .or(key.map(|(name, _)| name))
        .or(exclusion.map(|(name, _)| name))
        .map(|name| format!("`{name}`"))
}

impl Change for AddColumn {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        match table_mut(schema, &self.table)?.columns.entry(self.column.clone()) {
            Entry::Occupied(_) => Err(exists("column", &format!("{}.{}", self.table, self.column))),
            Entry::Vacant(place) => {
                place.insert(self.definition.clone());
                Ok(())
            }
        }
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropColumn { table: self.table.clone(), column: self.column.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("add column {} to {}", self.column, self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        format!("{}_{}", self.table, self.column)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl Change for DropColumn {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        if let Some(dependent) = dependent(table, &self.column) {
            return Err(Contradiction(format!("column `{}.{}` is still used by {dependent}", self.table, self.column)));
        }
        table.inherited.touch(&self.column);
        let dropped = table.columns.shift_remove(&self.column);
        dropped.map(drop).ok_or_else(|| missing("column", &format!("{}.{}", self.table, self.column)))
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        let definition = find(before, &self.table, &self.column)?.clone();
        Ok(AddColumn { table: self.table.clone(), column: self.column.clone(), definition, backfill: None }.into())
    }

    fn describe(&self) -> String {
        format!("drop column {} of {}", self.column, self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("remove_{}_{}", self.table, self.column)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl Change for RenameColumn {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let dialect = schema.dialect;
        let table = table_mut(schema, &self.table)?;
        let place = table.columns.get_index_of(&self.from);
        let place = place.ok_or_else(|| missing("column", &format!("{}.{}", self.table, self.from)))?;
        if table.columns.contains_key(&self.to) {
            return Err(exists("column", &format!("{}.{}", self.table, self.to)));
        }
        if let Some(definition) = table.columns.shift_remove(&self.from) {
            table.columns.shift_insert(place, self.to.clone(), definition);
        }
        table.inherited.rename(&self.from, &self.to);
        self.rename_inside(dialect, table);
        for (owner, definition) in &mut schema.tables {
            for key in definition.foreign_keys.values_mut() {
                if owner == &self.table {
                    self.rename_in(&mut key.columns);
                }
                if key.table == self.table {
                    self.rename_in(&mut key.references);
                }
            }
        }
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        find(before, &self.table, &self.from)?;
        Ok(Self { table: self.table.clone(), from: self.to.clone(), to: self.from.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("rename column {} of {} to {}", self.from, self.table, self.to)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("rename_{}_{}_{}", self.from, self.table, self.to)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl RenameColumn {
    fn rename_inside(&self, dialect: Dialect, table: &mut Table) {
        if let Some(key) = &mut table.primary_key {
            self.rename_in(&mut key.columns);
        }
        for unique in table.unique.values_mut() {
            self.rename_in(&mut unique.columns);
            self.rename_in(&mut unique.include);
        }
        for index in table.indexes.values_mut() {
            index.columns.iter_mut().for_each(|element| self.rename_target(&mut element.target));
            self.rename_in(&mut index.include);
        }
        for exclusion in table.exclusions.values_mut() {
            exclusion.elements.iter_mut().for_each(|element| self.rename_target(&mut element.target));
        }
        rewrite::each_text(table, &mut |text| *text = rewrite::rename_column(dialect, text, &self.from, &self.to));
    }

    fn rename_target(&self, target: &mut IndexTarget) {
        match target {
            IndexTarget::Column(name) => self.rename_name(name),
            IndexTarget::Expression(_) => {}
        }
    }

    fn rename_in(&self, names: &mut [String]) {
        names.iter_mut().for_each(|name| self.rename_name(name));
    }

    fn rename_name(&self, name: &mut String) {
        if *name == self.from {
            name.clone_from(&self.to);
        }
    }
}

impl AlterColumn {
    /// What changes of the column, from `before`: `` text -> varchar(20) ``, `NULL -> NOT NULL`, `default 0 -> 1`.
    #[must_use]
    pub fn differences(&self, before: &Column) -> Vec<String> {
        let (after, mut found) = (&self.definition, Vec::new());
        let mut compare = |what: &str, from: Option<String>, to: Option<String>| {
            if from != to {
                let shown = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
                let prefix = if what.is_empty() { String::new() } else { format!("{what} ") };
                found.push(format!("{prefix}{} -> {}", shown(from), shown(to)));
            }
        };
        let null = |column: &Column| Some(if column.nullable { "NULL" } else { "NOT NULL" }.to_owned());
        let default = |column: &Column| column.default.as_ref().map(DefaultValue::as_sql);
        let counter = |column: &Column| column.identity.map(|identity| identity.as_str().to_owned());
        let generated = |column: &Column| {
            let how = |generated: &crate::model::Generated| if generated.stored { "stored" } else { "virtual" };
            column.generated.as_ref().map(|generated| format!("({}) {}", generated.expression, how(generated)))
        };
        compare("", Some(before.data_type.to_string()), Some(after.data_type.to_string()));
        compare("", null(before), null(after));
        compare("default", default(before), default(after));
        compare("identity", counter(before), counter(after));
        compare("generated", generated(before), generated(after));
        compare("collation", before.collation.clone(), after.collation.clone());
        if before.comment != after.comment {
            found.push("comment".to_owned());
        }
        found
    }
}

impl Change for AlterColumn {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        table.inherited.touch(&self.column);
        let column = table.columns.get_mut(&self.column);
        *column.ok_or_else(|| missing("column", &format!("{}.{}", self.table, self.column)))? = self.definition.clone();
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        let definition = find(before, &self.table, &self.column)?.clone();
        let (table, column) = (self.table.clone(), self.column.clone());
        Ok(Self { table, column, definition, backfill: None, using: None }.into())
    }

    fn describe(&self) -> String {
        format!("alter column {} of {}", self.column, self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_{}", self.table, self.column)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}
