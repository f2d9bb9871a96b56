//! SQL schemas appear and go.
//!
//! Which objects live in one is said by the objects.

use super::{Change, Contradiction, Operation, Sign, exists, missing};
use crate::model::Schema;

/// A SQL schema appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSchema {
    /// Its name.
    pub name: String,
}

/// A SQL schema goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropSchema {
    /// Its name.
    pub name: String,
}

impl Change for CreateSchema {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if schema.schemas.insert(self.name.clone()) { Ok(()) } else { Err(exists("schema", &self.name)) }
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropSchema { name: self.name.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("create schema {}", self.name)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        format!("schema_{}", self.name)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl Change for DropSchema {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if schema.schemas.remove(&self.name) { Ok(()) } else { Err(missing("schema", &self.name)) }
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(CreateSchema { name: self.name.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("drop schema {}", self.name)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("delete_schema_{}", self.name)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}
