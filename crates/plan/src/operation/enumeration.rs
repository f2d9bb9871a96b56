//! Enumerated types appear, go, and get another name, SQL schema, comment or domain.
//!
//! Their values are `enum_value`'s.

use super::{Change, Contradiction, Operation, Sign, exists, missing, rewrite};
use crate::model::{Domain, Enum, Schema};

/// An enum appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateEnum {
    /// Its key.
    pub key: String,
    /// All of it.
    pub definition: Enum,
}

/// An enum goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropEnum {
    /// Its key.
    pub key: String,
}

/// An enum gets another key, which is its SQL name. The types of columns and the casts in texts follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameEnum {
    /// The key before.
    pub from: String,
    /// The key after.
    pub to: String,
}

/// An enum moves to another SQL schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetEnumSchema {
    /// The enum's key.
    pub key: String,
    /// The SQL schema after; `None` is the search path's first.
    pub schema: Option<String>,
}

/// An enum's comment appears, changes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetEnumComment {
    /// The enum's key.
    pub key: String,
    /// The comment after.
    pub comment: Option<String>,
}

/// An enum moves to another domain; the database does not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveEnum {
    /// The enum's key.
    pub key: String,
    /// The domain after.
    pub domain: Domain,
}

pub(super) fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a Enum, Contradiction> {
    schema.enums.get(key).ok_or_else(|| missing("enum", key))
}

pub(super) fn find_mut<'a>(schema: &'a mut Schema, key: &str) -> Result<&'a mut Enum, Contradiction> {
    schema.enums.get_mut(key).ok_or_else(|| missing("enum", key))
}

impl Change for CreateEnum {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        super::put(&mut schema.enums, "enum", &self.key, self.definition.clone())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropEnum { key: self.key.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("create enum {}", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        self.key.clone()
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl Change for DropEnum {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if let Some((table, column)) = schema.columns_of_enum(&self.key).next() {
            return Err(Contradiction(format!("enum `{}` is still the type of `{table}.{column}`", self.key)));
        }
        super::take(&mut schema.enums, "enum", &self.key).map(drop)
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(CreateEnum { key: self.key.clone(), definition: find(before, &self.key)?.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("drop enum {}", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("delete_{}", self.key)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl Change for RenameEnum {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if schema.enums.contains_key(&self.to) {
            return Err(exists("enum", &self.to));
        }
        let definition = schema.enums.remove(&self.from).ok_or_else(|| missing("enum", &self.from))?;
        schema.enums.insert(self.to.clone(), definition);
        for table in schema.tables.values_mut() {
            for column in table.columns.values_mut() {
                column.data_type.rename_enum(&self.from, &self.to);
            }
            let mut rename = |text: &mut String| *text = rewrite::rename_type(text, &self.from, &self.to);
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

impl Change for SetEnumSchema {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut(schema, &self.key)?.schema.clone_from(&self.schema);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), schema: find(before, &self.key)?.schema.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("move enum {} to SQL schema {}", self.key, self.schema.as_deref().unwrap_or("public"))
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_schema", self.key)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl Change for SetEnumComment {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut(schema, &self.key)?.comment.clone_from(&self.comment);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), comment: find(before, &self.key)?.comment.clone() }.into())
    }

    fn describe(&self) -> String {
        let verb = if self.comment.is_some() { "comment on" } else { "drop the comment of" };
        format!("{verb} enum {}", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_comment", self.key)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl Change for MoveEnum {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut(schema, &self.key)?.domain = self.domain.clone();
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), domain: find(before, &self.key)?.domain.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("move enum {} to domain {}", self.key, self.domain)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("move_{}_{}", self.key, self.domain)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}
