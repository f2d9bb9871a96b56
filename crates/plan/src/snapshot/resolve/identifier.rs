//! What a name must be so that a database takes it as it stands.
//!
//! Says nothing about whether it is free.

use super::Resolver;
use crate::model::Dialect;
use crate::snapshot::parse::Name;

/// Tables of Diesel and of this tool.
const OWN_TABLES: [&str; 3] = ["__diesel_schema_migrations", "__makemigrations_history", "__makemigrations_lock"];

/// Columns that every table of PostgreSQL has.
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

impl Resolver<'_, '_, '_> {
    /// A name of something: not empty, and not longer than what PostgreSQL keeps.
    pub(super) fn check_identifier(&mut self, file: usize, what: &str, name: Name<'_>) {
        let limit = self.dialect.max_identifier_bytes();
        if name.value.trim().is_empty() {
            self.error(file, name.span, format!("the name of a {what} cannot be empty"));
        } else if name.value.len() > limit {
            let message = format!("the name of {what} `{}` has {} bytes", name.value, name.value.len());
            self.error_with_help(
                file,
                name.span,
                message,
                format!("at most {limit} bytes fit a name; PostgreSQL would cut it"),
            );
        }
    }

    /// The name of a SQL schema.
    pub(super) fn check_schema_name(&mut self, file: usize, name: Name<'_>) {
        self.check_identifier(file, "schema", name);
        let is_own = name.value.starts_with("pg_") || name.value == "information_schema";
        if self.dialect == Dialect::Postgres && is_own {
            self.error(file, name.span, format!("`{}` is a schema that PostgreSQL keeps for itself", name.value));
        }
    }

    /// The SQL name of a table or view.
    pub(super) fn check_relation_name(&mut self, file: usize, what: &str, name: Name<'_>) {
        self.check_identifier(file, what, name);
        let folded = name.value.to_ascii_lowercase();
        if OWN_TABLES.contains(&folded.as_str()) {
            self.error(file, name.span, format!("`{}` is a table that migrations are recorded in", name.value));
        } else if self.dialect == Dialect::Sqlite && folded.starts_with("sqlite_") {
            self.error(
                file,
                name.span,
                format!("`{}`: SQLite keeps names that start with `sqlite_` for itself", name.value),
            );
        }
    }

    /// A column's name.
    pub(super) fn check_column_name(&mut self, file: usize, name: Name<'_>) {
        self.check_identifier(file, "column", name);
        if self.dialect == Dialect::Postgres && SYSTEM_COLUMNS.contains(&name.value) {
            self.error(file, name.span, format!("`{}` is a system column of every PostgreSQL table", name.value));
        }
    }
}
