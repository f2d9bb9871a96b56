//! Views appear, go, get another comment or domain.
//!
//! A view never changes in place: another query is a drop and an add, with everything that reads it.

use super::{Change, Contradiction, Operation, Sign, missing, put, take};
use crate::model::{Domain, Schema, View};

/// A view appears.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    /// Its key.
    pub key: String,
    /// All of it.
    pub view: View,
}

/// A view goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropView {
    /// Its key.
    pub key: String,
}

/// A view's comment appears, changes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetViewComment {
    /// The view's key.
    pub key: String,
    /// The comment after.
    pub comment: Option<String>,
}

/// A view moves to another domain; the database does not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveView {
    /// The view's key.
    pub key: String,
    /// The domain after.
    pub domain: Domain,
}

fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a View, Contradiction> {
    schema.views.get(key).ok_or_else(|| missing("view", key))
}

fn find_mut<'a>(schema: &'a mut Schema, key: &str) -> Result<&'a mut View, Contradiction> {
    schema.views.get_mut(key).ok_or_else(|| missing("view", key))
}

impl Change for CreateView {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        put(&mut schema.views, "view", &self.key, self.view.clone())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropView { key: self.key.clone() }.into())
    }

    fn describe(&self) -> String {
        let kind = if self.view.materialized { "materialized view" } else { "view" };
        format!("create {kind} {}", self.key)
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

impl Change for DropView {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        take(&mut schema.views, "view", &self.key).map(drop)
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(CreateView { key: self.key.clone(), view: find(before, &self.key)?.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("drop view {}", self.key)
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

impl Change for SetViewComment {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut(schema, &self.key)?.comment.clone_from(&self.comment);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), comment: find(before, &self.key)?.comment.clone() }.into())
    }

    fn describe(&self) -> String {
        let verb = if self.comment.is_some() { "comment on" } else { "drop the comment of" };
        format!("{verb} view {}", self.key)
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

impl Change for MoveView {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut(schema, &self.key)?.domain = self.domain.clone();
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), domain: find(before, &self.key)?.domain.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("move view {} to domain {}", self.key, self.domain)
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
