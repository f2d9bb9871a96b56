//! Tables: everything of one as SQL texts, and the statements on a whole table.
//!
//! What becomes of the rows when a table changes is told by `alteration` and `rebuild`.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use makemigrations_sql::quote_identifier;

use super::{Point, check, column, constraint::Unnamed, enumeration, foreign_key, index, primary_key, unique};
use crate::{
    dialect::text,
    model::Table,
    operation::{Contradiction, Operation},
};

/// A table at one point of a migration, and the SQL that SQLite would keep of it.
pub(super) struct Layout {
    /// The model it was made from.
    pub table: Table,
    /// The lines of its columns, by name.
    pub columns: IndexMap<String, String>,
    /// The lines of what is written with no column.
    pub constraints: Vec<String>,
    /// The labels that each column of an enum may have, by the column's name.
    pub labels: BTreeMap<String, Vec<String>>,
    /// `CREATE INDEX` statements by name; unique constraints are among them.
    pub indexes: BTreeMap<String, String>,
}

impl Layout {
    /// The layout of the table `key`; `later` are the renames that are still to come.
    ///
    /// # Errors
    /// When it, a table it references or an enum is not there, or a type is not SQLite's.
    pub(super) fn of(point: Point<'_>, key: &str, later: &[&Operation]) -> Result<Self, Contradiction> {
        let missing = || Contradiction(format!("table `{key}` does not exist at this point"));
        let table = point.now.tables.get(key).ok_or_else(missing)?.clone();
        let unnamed = Unnamed::of(&table, key, later, point.end);
        let line = |(name, item)| Ok((String::clone(name), column::definition(point, &table, &unnamed, name, item)?));
        let columns = table.columns.iter().map(line).collect::<Result<_, _>>()?;
        let mut constraints: Vec<_> = primary_key::constraint(&table, &unnamed).into_iter().collect();
        constraints.extend(foreign_key::constraints(point, &table, &unnamed)?);
        constraints.extend(check::constraints(&table, &unnamed));
        let unique = table.unique.iter().map(|(name, item)| (name.clone(), unique::create(&table, name, item)));
        let plain = table.indexes.iter().map(|(name, item)| (name.clone(), index::create(&table, name, item)));
        let indexes = unique.chain(plain).collect();
        let labels = enumeration::labels(point.now, &table);
        Ok(Self { columns, constraints, labels, indexes, table })
    }

    /// Its SQL name, quoted.
    pub(super) fn name(&self) -> String {
        quote_identifier(&self.table.name)
    }

    /// `CREATE TABLE` under a name of the caller's. A reference to itself keeps the table's own name.
    pub(super) fn create(&self, name: &str) -> String {
        let lines: Vec<_> = self.columns.values().chain(&self.constraints).cloned().collect();
        let mut sql = format!("CREATE TABLE {} {}", quote_identifier(name), text::body(&lines));
        if let Some(options) = &self.table.options {
            sql.push(' ');
            sql.push_str(&text::closed(options));
        }
        sql
    }

    /// Whether its rows are numbered by a counter of its own.
    pub(super) fn has_counter(&self) -> bool {
        self.table.columns.iter().any(|(name, item)| primary_key::is_counter(&self.table, name, item))
    }
}

/// `DROP TABLE`.
pub(super) fn drop(table: &Table) -> String {
    format!("DROP TABLE {}", quote_identifier(&table.name))
}

/// `ALTER TABLE ... RENAME TO`. To SQLite, names that differ only in case are one name, and taken: then the table goes by
/// the name `between`.
pub(super) fn rename(from: &str, to: &str, between: &str) -> Vec<String> {
    let statement =
        |from: &str, to: &str| format!("ALTER TABLE {} RENAME TO {}", quote_identifier(from), quote_identifier(to));
    if from == to {
        Vec::new()
    } else if from.eq_ignore_ascii_case(to) {
        vec![statement(from, between), statement(between, to)]
    } else {
        vec![statement(from, to)]
    }
}
