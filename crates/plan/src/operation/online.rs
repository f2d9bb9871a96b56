//! Steps of a change that leave the schema as it is: rows get a value in batches, a constraint is checked for the rows that
//! were there before it.
//!
//! A backfill has nothing to take back. Which change has which steps is decided elsewhere.

use super::{Change, Contradiction, Operation, Sign, missing, table};
use crate::model::Schema;

/// Rows without a value in a column get one, some at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillColumn {
    /// The table's key.
    pub table: String,
    /// The column's name.
    pub column: String,
    /// SQL for the value, from the row.
    pub value: String,
    /// How many rows one transaction looks at.
    pub batch_size: u32,
    /// How long it waits after each, in milliseconds.
    pub pause_ms: u32,
}

/// What the drop of a column begins with that others fill, so that its own rollback can fill it again: going down, rows
/// without a value get one, some at a time. Going up, the database does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillOnRollback(pub BackfillColumn);

/// A foreign key or a check is checked for the rows that were there before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidateConstraint {
    /// The table's key.
    pub table: String,
    /// The constraint's name.
    pub name: String,
}

/// The rollback of a validation, and what a drop begins with so that its own rollback can validate again. The database does
/// nothing: what is validated may stay so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidateConstraint {
    /// The table's key.
    pub table: String,
    /// The constraint's name.
    pub name: String,
}

/// The statistics of a table are collected anew, when no lock is in the way any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzeTable {
    /// The table's key.
    pub table: String,
}

fn find_constraint(schema: &Schema, key: &str, name: &str) -> Result<(), Contradiction> {
    let table = table(schema, key)?;
    let is_there = table.foreign_keys.contains_key(name) || table.checks.contains_key(name);
    is_there.then_some(()).ok_or_else(|| missing("constraint", name))
}

impl Change for BackfillColumn {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let is_there = table(schema, &self.table)?.columns.contains_key(&self.column);
        is_there.then_some(()).ok_or_else(|| missing("column", &format!("{}.{}", self.table, self.column)))
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(self.clone().into())
    }

    fn has_inverse(&self) -> bool {
        false
    }

    fn describe(&self) -> String {
        format!("backfill {} of {} in batches of {}", self.column, self.table, self.batch_size)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("backfill_{}_{}", self.table, self.column)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl Change for BackfillOnRollback {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        self.0.apply(schema)
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(self.0.clone().into())
    }

    fn describe(&self) -> String {
        format!("leave {} of {} as it is, to be filled when this is rolled back", self.0.column, self.0.table)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("backfill_{}_{}_on_rollback", self.0.table, self.0.column)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.0.table)
    }
}

impl Change for ValidateConstraint {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_constraint(schema, &self.table, &self.name)
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(InvalidateConstraint { table: self.table.clone(), name: self.name.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("validate {} of {}", self.name, self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("validate_{}", self.name)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl Change for InvalidateConstraint {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_constraint(schema, &self.table, &self.name)
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(ValidateConstraint { table: self.table.clone(), name: self.name.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("leave {} of {} as it is, validated or not", self.name, self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("invalidate_{}", self.name)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl Change for AnalyzeTable {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        table(schema, &self.table).map(|_| ())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(self.clone().into())
    }

    fn has_inverse(&self) -> bool {
        false
    }

    fn describe(&self) -> String {
        format!("collect the statistics of {}", self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("analyze_{}", self.table)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}
