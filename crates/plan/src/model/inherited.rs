//! What others wrote into the text of a table, which SQLite keeps as it is.
//!
//! Where a constraint stands in that text is not known, and nothing can be taken out of it in place.

use std::collections::BTreeSet;

use super::Table;

/// The names of columns and constraints that a table had when it was adopted, until the first of them goes or changes:
/// then the table is made anew, in this tool's words. Empty for every other table.
///
/// Never a difference between two tables: what they are is the same.
#[derive(Debug, Clone, Default)]
pub struct Inherited(BTreeSet<String>);

impl PartialEq for Inherited {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Inherited {}

impl Inherited {
    /// Everything that the table has now.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let key = table.primary_key.iter().map(|key| &key.name);
        let unique = table.unique.keys().chain(table.checks.keys()).chain(table.foreign_keys.keys());
        Self(table.columns.keys().chain(key).chain(unique).cloned().collect())
    }

    /// Whether there is nothing of others in the table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something of that name was there when the table was adopted.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Something goes or changes: with it everything is made anew, when it was there.
    pub fn touch(&mut self, name: &str) {
        if self.has(name) {
            self.0.clear();
        }
    }

    /// A column gets another name, which SQLite changes everywhere in the text.
    pub fn rename(&mut self, from: &str, to: &str) {
        if self.0.remove(from) {
            self.0.insert(to.to_owned());
        }
    }
}
