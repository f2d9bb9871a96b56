//! Tables appear, go, get another name, comment or domain.
//!
//! A created table carries its columns, keys, constraints and indexes; later changes to them are operations of their own.

use super::{Change, Contradiction, Operation, Sign, exists, missing, rewrite, table, table_mut};
use crate::model::{Domain, Schema, Table};

/// A table appears, with everything on it.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// Its key.
    pub key: String,
    /// All of it. Foreign keys may point at tables that appear later in the same migration.
    pub table: Table,
}

/// A table goes, with everything on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropTable {
    /// Its key.
    pub key: String,
}

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

/// A table moves to another domain; the database does not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTable {
    /// Its key.
    pub key: String,
    /// The domain after.
    pub domain: Domain,
}

/// A table moves to another SQL schema, with its indexes, constraints and sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetTableSchema {
    /// The table's key.
    pub key: String,
    /// The SQL schema after; `None` is the search path's first.
    pub schema: Option<String>,
}

/// A table's comment appears, changes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetTableComment {
    /// The table's key.
    pub key: String,
    /// The comment after.
    pub comment: Option<String>,
}

impl Change for CreateTable {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        super::put(&mut schema.tables, "table", &self.key, self.table.clone())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(DropTable { key: self.key.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("create table {}", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        self.key.clone()
    }

    fn table(&self) -> Option<&str> {
        Some(&self.key)
    }
}

impl Change for DropTable {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        super::take(&mut schema.tables, "table", &self.key).map(drop)
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(CreateTable { key: self.key.clone(), table: table(before, &self.key)?.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("drop table {}", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("delete_{}", self.key)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.key)
    }
}

impl Change for RenameTable {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if self.from != self.to && schema.tables.contains_key(&self.to) {
            return Err(exists("table", &self.to));
        }
        let mut renamed = schema.tables.remove(&self.from).ok_or_else(|| missing("table", &self.from))?;
        let name = std::mem::replace(&mut renamed.name, self.name.clone());
        if name != self.name {
            rewrite::each_text(&mut renamed, &mut |text| *text = rewrite::rename_qualifier(text, &name, &self.name));
        }
        schema.tables.insert(self.to.clone(), renamed);
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

impl Change for MoveTable {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        table_mut(schema, &self.key)?.domain = self.domain.clone();
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), domain: table(before, &self.key)?.domain.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("move table {} to domain {}", self.key, self.domain)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("move_{}_{}", self.key, self.domain)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.key)
    }
}

impl Change for SetTableSchema {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        table_mut(schema, &self.key)?.schema.clone_from(&self.schema);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), schema: table(before, &self.key)?.schema.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("move table {} to SQL schema {}", self.key, self.schema.as_deref().unwrap_or("public"))
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_schema", self.key)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.key)
    }
}

impl Change for SetTableComment {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        table_mut(schema, &self.key)?.comment.clone_from(&self.comment);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), comment: table(before, &self.key)?.comment.clone() }.into())
    }

    fn describe(&self) -> String {
        let verb = if self.comment.is_some() { "comment on" } else { "drop the comment of" };
        format!("{verb} table {}", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_comment", self.key)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.key)
    }
}
