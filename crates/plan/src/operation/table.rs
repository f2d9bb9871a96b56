//! Tables get another name.
//!
//! What can happen to any kind is `schema_object`'s; a created table carries its columns, keys, constraints and indexes, and later
//! changes to these are operations of their own.

use super::{Change, Contradiction, Operation, Sign, exists, missing, rewrite, table};
use crate::model::Schema;

/// A table gets another key, SQL name, or both. Foreign keys of other tables and declared dependencies follow, and so do
/// its own expressions where they name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameTable {
    /// The key before.
    pub from: String,
    /// The key after.
    pub to: String,
    /// The SQL name after.
    pub name: String,
}

impl Change for RenameTable {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if self.from != self.to && schema.tables.contains_key(&self.to) {
            return Err(exists("table", &self.to));
        }
        let mut renamed = schema.tables.remove(&self.from).ok_or_else(|| missing("table", &self.from))?;
        let name = std::mem::replace(&mut renamed.name, self.name.clone());
        if name != self.name {
            let dialect = schema.dialect;
            rewrite::each_text(&mut renamed, &mut |text| {
                *text = rewrite::rename_qualifier(dialect, text, &name, &self.name);
            });
        }
        schema.tables.insert(self.to.clone(), renamed);
        if schema.deferred.iter().any(|deferred| deferred.is_of_table(&self.from)) {
            let deferred = std::mem::take(&mut schema.deferred);
            schema.deferred = deferred.into_iter().map(|one| one.renamed(&self.from, &self.to)).collect();
        }
        let views = schema.views.values_mut().map(|view| &mut view.depends_on);
        for needed in views.chain(schema.objects.values_mut().map(|object| &mut object.depends_on)) {
            if needed.remove(&self.from) {
                needed.insert(self.to.clone());
            }
        }
        for key in schema.tables.values_mut().flat_map(|table| table.foreign_keys.values_mut()) {
            if key.table == self.from {
                key.table.clone_from(&self.to);
            }
        }
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        let name = table(before, &self.from)?.name.clone();
        Ok(Self { from: self.to.clone(), to: self.from.clone(), name }.into())
    }

    fn describe(&self) -> String {
        if self.from == self.to {
            format!("rename table {} in the database to {}", self.from, self.name)
        } else {
            format!("rename table {} to {}", self.from, self.to)
        }
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        if self.from == self.to {
            format!("alter_{}_table", self.to)
        } else {
            format!("rename_{}_{}", self.from, self.to)
        }
    }

    fn table(&self) -> Option<&str> {
        Some(&self.to)
    }
}
