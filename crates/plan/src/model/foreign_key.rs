//! Foreign keys.
//!
//! Whether the referenced columns are unique is checked where snapshots are read.

use super::Schema;

/// A foreign key; its constraint name is its key in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Columns of the referencing table; never empty.
    pub columns: Vec<String>,
    /// Key of the referenced table.
    pub table: String,
    /// Referenced columns, as many as `columns`.
    pub references: Vec<String>,
    /// `ON DELETE`.
    pub on_delete: Action,
    /// `ON UPDATE`.
    pub on_update: Action,
    /// Whether and how checking can wait for the commit.
    pub deferrable: Option<Deferrable>,
    /// `MATCH`.
    pub match_type: Match,
}

impl ForeignKey {
    /// Whether the schema has the table and the columns that it points at.
    #[must_use]
    pub fn has_target(&self, schema: &Schema) -> bool {
        let target = schema.tables.get(&self.table);
        target.is_some_and(|table| self.references.iter().all(|column| table.columns.contains_key(column)))
    }
}

/// What happens to referencing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// The change fails at the end of the statement, or of the transaction when deferred.
    #[default]
    NoAction,
    /// The change fails at once.
    Restrict,
    /// Referencing rows go or change along.
    Cascade,
    /// Referencing columns become `NULL`.
    SetNull,
    /// Referencing columns become their default.
    SetDefault,
}

impl Action {
    /// Every action with its name in snapshots and in SQL.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::NoAction, "no_action", "NO ACTION"),
        (Self::Restrict, "restrict", "RESTRICT"),
        (Self::Cascade, "cascade", "CASCADE"),
        (Self::SetNull, "set_null", "SET NULL"),
        (Self::SetDefault, "set_default", "SET DEFAULT"),
    ];

    /// The name in snapshots and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The words in SQL.
    #[must_use]
    pub fn as_sql(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

/// When a deferrable constraint is checked by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferrable {
    /// `DEFERRABLE INITIALLY IMMEDIATE`.
    Immediate,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    Deferred,
}

impl Deferrable {
    /// The name in snapshots and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Deferred => "deferred",
        }
    }

    /// The words in SQL.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Immediate => "DEFERRABLE INITIALLY IMMEDIATE",
            Self::Deferred => "DEFERRABLE INITIALLY DEFERRED",
        }
    }
}

/// How a composite key with some `NULL`s is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Match {
    /// Any `NULL` and the row is not checked.
    #[default]
    Simple,
    /// All `NULL` or none.
    Full,
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn the_table_of_actions_is_in_the_order_of_the_enum() {
        for (index, (action, ..)) in Action::ALL.into_iter().enumerate() {
            assert_eq!(action as usize, index);
        }
    }
}
