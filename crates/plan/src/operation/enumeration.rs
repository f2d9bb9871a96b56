//! Enumerated types get another name.
//!
//! What can happen to any kind is `schema_object`'s, their values are `enum_value`'s.

use super::{Change, Contradiction, Operation, Sign, exists, missing, rewrite};
use crate::model::{Enum, Schema};

/// An enum gets another key, which is its SQL name. The types of columns and the casts in texts follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameEnum {
    /// The key before.
    pub from: String,
    /// The key after.
    pub to: String,
}

pub(super) fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a Enum, Contradiction> {
    schema.enums.get(key).ok_or_else(|| missing("enum", key))
}

pub(super) fn find_mut<'a>(schema: &'a mut Schema, key: &str) -> Result<&'a mut Enum, Contradiction> {
    schema.enums.get_mut(key).ok_or_else(|| missing("enum", key))
}

impl Change for RenameEnum {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if schema.enums.contains_key(&self.to) {
            return Err(exists("enum", &self.to));
        }
        let definition = schema.enums.remove(&self.from).ok_or_else(|| missing("enum", &self.from))?;
        schema.enums.insert(self.to.clone(), definition);
        let dialect = schema.dialect;
        for table in schema.tables.values_mut() {
            for column in table.columns.values_mut() {
                column.data_type.rename_enum(&self.from, &self.to);
            }
            let mut rename = |text: &mut String| *text = rewrite::rename_type(dialect, text, &self.from, &self.to);
            rewrite::each_default(table, &mut rename);
            rewrite::each_text(table, &mut rename);
        }
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        find(before, &self.from)?;
        Ok(Self { from: self.to.clone(), to: self.from.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("rename enum {} to {}", self.from, self.to)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("rename_{}_{}", self.from, self.to)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}
