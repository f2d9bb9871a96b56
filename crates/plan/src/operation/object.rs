//! Objects that people write in SQL appear, go and move to another domain.
//!
//! Another text is a drop and an add.

use super::{Change, Contradiction, Operation, Sign, missing, put, take};
use crate::model::{Domain, Object, Schema};

/// An object appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateObject {
    /// Its key.
    pub key: String,
    /// All of it.
    pub object: Object,
}

/// An object goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropObject {
    /// Its key.
    pub key: String,
}

/// An object moves to another domain; the database does not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveObject {
    /// The object's key.
    pub key: String,
    /// The domain after.
    pub domain: Domain,
}

fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a Object, Contradiction> {
    schema.objects.get(key).ok_or_else(|| missing("object", key))
}

impl Change for CreateObject {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        put(&mut schema.objects, "object", &self.key, self.object.clone())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropObject { key: self.key.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("create object {}", self.key)
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

impl Change for DropObject {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        take(&mut schema.objects, "object", &self.key).map(drop)
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(CreateObject { key: self.key.clone(), object: find(before, &self.key)?.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("drop object {}", self.key)
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

impl Change for MoveObject {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let object = schema.objects.get_mut(&self.key).ok_or_else(|| missing("object", &self.key))?;
        object.domain = self.domain.clone();
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), domain: find(before, &self.key)?.domain.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("move object {} to domain {}", self.key, self.domain)
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
