//! What tables, views and objects declare to need of each other becomes something else.
//!
//! What follows from it is decided by `graph`.

use std::collections::BTreeSet;

use super::{Change, Contradiction, Operation, Sign, missing};
use crate::model::Schema;

/// What a table, view or object declares to need becomes another list; the database does not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDependsOn {
    /// The key of the table, view or object.
    pub key: String,
    /// The keys after.
    pub depends_on: BTreeSet<String>,
}

impl SetDependsOn {
    fn find<'a>(&self, schema: &'a Schema) -> Result<&'a BTreeSet<String>, Contradiction> {
        let table = schema.tables.get(&self.key).map(|table| &table.depends_on);
        let view = || schema.views.get(&self.key).map(|view| &view.depends_on);
        let object = || schema.objects.get(&self.key).map(|object| &object.depends_on);
        table.or_else(view).or_else(object).ok_or_else(|| missing("table, view or object", &self.key))
    }
}

impl Change for SetDependsOn {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        self.find(schema)?;
        let table = schema.tables.get_mut(&self.key).map(|table| &mut table.depends_on);
        let view = schema.views.get_mut(&self.key).map(|view| &mut view.depends_on);
        let object = schema.objects.get_mut(&self.key).map(|object| &mut object.depends_on);
        if let Some(found) = table.or(view).or(object) {
            found.clone_from(&self.depends_on);
        }
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), depends_on: self.find(before)?.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("set what {} depends on", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_depends_on", self.key)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}
