//! The values of enumerated types appear, go, and get another name or order.
//!
//! How a dialect gets rid of a value is the dialect's business.

use super::{
    Change, Contradiction, Operation, Sign,
    enumeration::{find, find_mut},
    exists, missing, rewrite,
};
use crate::model::{DataType, DefaultValue, Dialect, Schema};

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

/// A value of an enum gets another label; rows that have it follow, and so do the defaults of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameEnumValue {
    /// The enum's key.
    pub key: String,
    /// The label before.
    pub from: String,
    /// The label after.
    pub to: String,
}

/// An enum's values become another list: some go, some appear, some change places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetEnumValues {
    /// The enum's key.
    pub key: String,
    /// The labels after, in their order.
    pub values: Vec<String>,
}

fn position(values: &[String], value: &str) -> Result<usize, Contradiction> {
    values.iter().position(|known| known == value).ok_or_else(|| missing("enum value", value))
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

impl Change for RenameEnumValue {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let values = &mut find_mut(schema, &self.key)?.values;
        if values.contains(&self.to) {
            return Err(exists("enum value", &self.to));
        }
        let place = position(values, &self.from)?;
        values[place].clone_from(&self.to);
        let dialect = schema.dialect;
        let columns = schema.tables.values_mut().flat_map(|table| table.columns.values_mut());
        for column in columns.filter(|column| column.data_type.enum_key() == Some(&self.key)) {
            if let Some(default) = &mut column.default {
                self.rename_in(dialect, default, &column.data_type);
            }
        }
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        position(&find(before, &self.key)?.values, &self.from)?;
        Ok(Self { key: self.key.clone(), from: self.to.clone(), to: self.from.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("rename value {} of enum {} to {}", self.from, self.key, self.to)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("rename_{}_{}_{}", self.from, self.key, self.to)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl RenameEnumValue {
    fn rename_in(&self, dialect: Dialect, default: &mut DefaultValue, data_type: &DataType) {
        match (default, data_type) {
            (DefaultValue::Text(text), DataType::Enum(_)) if *text == self.from => text.clone_from(&self.to),
            (DefaultValue::Text(text), DataType::Array(_)) => {
                *text = rewrite::rename_in_array(text, &self.from, &self.to);
            }
            (DefaultValue::Expression(text), DataType::Array(_)) => {
                let renamed = |inner: &str| rewrite::rename_in_array(inner, &self.from, &self.to);
                *text = rewrite::rename_literal(dialect, text, &self.from, &self.to);
                *text = rewrite::each_literal(dialect, text, renamed);
            }
            (DefaultValue::Expression(text), _) => *text = rewrite::rename_literal(dialect, text, &self.from, &self.to),
            (DefaultValue::Text(_) | DefaultValue::Number(_) | DefaultValue::Boolean(_), _) => {}
        }
    }
}

impl Change for SetEnumValues {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut(schema, &self.key)?.values.clone_from(&self.values);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), values: find(before, &self.key)?.values.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("set the values of enum {}", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}", self.key)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}
