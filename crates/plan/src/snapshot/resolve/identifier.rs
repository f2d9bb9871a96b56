//! What a name must be so that a database takes it as it stands.
//!
//! Says nothing about whether it is free.

use super::Resolver;
use crate::snapshot::parse::Name;

/// Tables of Diesel and of this tool.
const OWN_TABLES: [&str; 3] = ["__diesel_schema_migrations", "__makemigrations_history", "__makemigrations_lock"];

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
        let limits = self.limits();
        if (limits.is_reserved_schema)(name.value) {
            let message = format!("`{}` is a schema that {} keeps for itself", name.value, limits.title);
            self.error(file, name.span, message);
        }
    }

    /// The SQL name of a table or view.
    pub(super) fn check_relation_name(&mut self, file: usize, what: &str, name: Name<'_>) {
        self.check_identifier(file, what, name);
        let folded = name.value.to_ascii_lowercase();
        if OWN_TABLES.contains(&folded.as_str()) {
            self.error(file, name.span, format!("`{}` is a table that migrations are recorded in", name.value));
        } else if let Some(start) = self.limits().reserved_relation
            && folded.starts_with(start)
        {
            let title = self.limits().title;
            let message = format!("`{}`: {title} keeps names that start with `{start}` for itself", name.value);
            self.error(file, name.span, message);
        }
    }

    /// A column's name.
    pub(super) fn check_column_name(&mut self, file: usize, name: Name<'_>) {
        self.check_identifier(file, "column", name);
        let limits = self.limits();
        if limits.system_columns.contains(&name.value) {
            let message = format!("`{}` is a system column of every {} table", name.value, limits.title);
            self.error(file, name.span, message);
        }
    }
}
