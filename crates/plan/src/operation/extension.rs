//! PostgreSQL extensions appear and go.
//!
//! What an extension contains is never looked at.

use super::{Change, Contradiction, Operation, Sign, exists, missing};
use crate::model::Schema;

/// An extension appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateExtension {
    /// Its name.
    pub name: String,
}

/// An extension goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropExtension {
    /// Its name.
    pub name: String,
}

impl Change for CreateExtension {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if schema.extensions.insert(self.name.clone()) { Ok(()) } else { Err(exists("extension", &self.name)) }
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropExtension { name: self.name.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("create extension {}", self.name)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        format!("extension_{}", self.name)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

impl Change for DropExtension {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if schema.extensions.remove(&self.name) { Ok(()) } else { Err(missing("extension", &self.name)) }
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(CreateExtension { name: self.name.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("drop extension {}", self.name)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("delete_extension_{}", self.name)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}
