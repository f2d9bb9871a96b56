//! A drop is deferred, or is not any more. The database does nothing.
//!
//! What makes old and new programs able to run meanwhile is an operation of its own, and so is the drop.

use super::{Change, Contradiction, Operation, Sign, missing};
use crate::model::{Deferred, Schema};

/// Something leaves what programs may use, and stays in the database; or comes back from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDeferred {
    /// What it is.
    pub what: Deferred,
    /// Whether its drop is deferred from now on.
    pub deferred: bool,
}

impl Change for SetDeferred {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let what = self.what.describe();
        if !self.what.is_in(schema) {
            return Err(Contradiction(format!("{what} does not exist at this point")));
        }
        if self.deferred {
            let is_new = schema.deferred.insert(self.what.clone());
            is_new.then_some(()).ok_or_else(|| Contradiction(format!("the drop of {what} is deferred already")))
        } else {
            let was_there = schema.deferred.remove(&self.what);
            was_there.then_some(()).ok_or_else(|| missing("the deferred drop of", &what))
        }
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { deferred: !self.deferred, ..self.clone() }.into())
    }

    fn describe(&self) -> String {
        let what = self.what.describe();
        if self.deferred { format!("defer the drop of {what}") } else { format!("take up the drop of {what}") }
    }

    fn sign(&self) -> Sign {
        if self.deferred { Sign::Remove } else { Sign::Alter }
    }

    fn fragment(&self) -> String {
        let what = match &self.what {
            Deferred::Table(key) | Deferred::Enum(key) => key.clone(),
            Deferred::Column(table, column) => format!("{table}_{column}"),
        };
        if self.deferred { format!("defer_{what}") } else { String::new() }
    }

    fn table(&self) -> Option<&str> {
        match &self.what {
            Deferred::Table(key) | Deferred::Column(key, _) => Some(key),
            Deferred::Enum(_) => None,
        }
    }
}
