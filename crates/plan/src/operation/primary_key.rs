//! Primary keys appear, go and get another name.
//!
//! Columns of the key stay `NOT NULL` by themselves: nullability is the column's.

use super::{Change, Contradiction, Operation, Sign, exists, missing, refuse_missing, table, table_mut};
use crate::model::{PrimaryKey, Schema};

/// A table gets a primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddPrimaryKey {
    /// The table's key.
    pub table: String,
    /// All of it.
    pub definition: PrimaryKey,
}

/// A table loses its primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropPrimaryKey {
    /// The table's key.
    pub table: String,
}

/// A primary key gets another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamePrimaryKey {
    /// The table's key.
    pub table: String,
    /// The name before.
    pub from: String,
    /// The name after.
    pub to: String,
}

impl Change for AddPrimaryKey {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        refuse_missing(table, &self.table, self.definition.columns.iter().map(String::as_str))?;
        let place = &mut table.primary_key;
        if place.is_some() {
            return Err(exists("the primary key of table", &self.table));
        }
        *place = Some(self.definition.clone());
        Ok(())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropPrimaryKey { table: self.table.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("add primary key ({}) to {}", self.definition.columns.join(", "), self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        format!("{}_primary_key", self.table)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl Change for DropPrimaryKey {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        let dropped = table.primary_key.take();
        dropped.iter().for_each(|key| table.inherited.touch(&key.name));
        dropped.map(drop).ok_or_else(|| missing("the primary key of table", &self.table))
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        let definition = table(before, &self.table)?.primary_key.clone();
        let definition = definition.ok_or_else(|| missing("the primary key of table", &self.table))?;
        Ok(AddPrimaryKey { table: self.table.clone(), definition }.into())
    }

    fn describe(&self) -> String {
        format!("drop primary key of {}", self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("remove_{}_primary_key", self.table)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl Change for RenamePrimaryKey {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        table.inherited.touch(&self.from);
        match &mut table.primary_key {
            Some(key) if key.name == self.from => {
                key.name.clone_from(&self.to);
                Ok(())
            }
            _ => Err(missing("primary key", &self.from)),
        }
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { table: self.table.clone(), from: self.to.clone(), to: self.from.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("rename primary key {} of {} to {}", self.from, self.table, self.to)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("rename_{}_{}", self.from, self.to)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}
