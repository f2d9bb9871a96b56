//! Enumerated types appear, go and grow.
//!
//! How a dialect gets rid of a value is the dialect's business.

use super::{Change, Contradiction, Operation, Sign, exists, missing};
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

/// An enum gets one more value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddEnumValue {
    /// The enum's key.
    pub key: String,
    /// The new label.
    pub value: String,
    /// The label it sorts before; `None` puts it last.
    pub before: Option<String>,
}

/// An enum loses a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropEnumValue {
    /// The enum's key.
    pub key: String,
    /// The label that goes.
    pub value: String,
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

fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a Enum, Contradiction> {
    schema.enums.get(key).ok_or_else(|| missing("enum", key))
}

fn find_mut<'a>(schema: &'a mut Schema, key: &str) -> Result<&'a mut Enum, Contradiction> {
    schema.enums.get_mut(key).ok_or_else(|| missing("enum", key))
}

fn position(values: &[String], value: &str) -> Result<usize, Contradiction> {
    values.iter().position(|known| known == value).ok_or_else(|| missing("enum value", value))
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

impl Change for AddEnumValue {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let values = &mut find_mut(schema, &self.key)?.values;
        if values.contains(&self.value) {
            return Err(exists("enum value", &self.value));
        }
        let place = match &self.before {
            Some(next) => position(values, next)?,
            None => values.len(),
        };
        values.insert(place, self.value.clone());
        Ok(())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropEnumValue { key: self.key.clone(), value: self.value.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("add value {} to enum {}", self.value, self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        format!("{}_{}", self.key, self.value)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl Change for DropEnumValue {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let values = &mut find_mut(schema, &self.key)?.values;
        let place = position(values, &self.value)?;
        values.remove(place);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        let values = &find(before, &self.key)?.values;
        let next = values.get(position(values, &self.value)? + 1).cloned();
        Ok(AddEnumValue { key: self.key.clone(), value: self.value.clone(), before: next }.into())
    }

    fn describe(&self) -> String {
        format!("drop value {} of enum {}", self.value, self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("remove_{}_{}", self.key, self.value)
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
