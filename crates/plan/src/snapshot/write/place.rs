//! Where a table or view is: its `name` and `schema`.
//!
//! SQLite has the schema in the name; here it is found there again.

use super::text::push_line;
use crate::model::Dialect;

pub(super) fn push_place(out: &mut String, dialect: Dialect, key: &str, schema: Option<&str>, name: &str) {
    let (schema, name) = match dialect.has_sql_schemas() {
        true => (schema, name),
        false => unfolded(dialect, key, name).map_or((None, name), |(schema, name)| (Some(schema), name)),
    };
    push_line(out, "name", Some(name).filter(|name| *name != key));
    push_line(out, "schema", schema);
}

/// `crm_deal` of the key `deal` is `deal` in `crm`. Any other name stays whole, unless only its parts are short enough to
/// be written.
fn unfolded<'n>(dialect: Dialect, key: &str, name: &'n str) -> Option<(&'n str, &'n str)> {
    let limit = dialect.max_identifier_bytes();
    let mut parts = name.match_indices('_').map(|(at, _)| (&name[..at], &name[at + 1..]));
    let (schema, rest) = parts.find(|(_, rest)| *rest == key || (name.len() > limit && rest.len() <= limit))?;
    // `public` is no part of a name, and what a database keeps for itself is nobody's.
    let is_own = schema.starts_with("pg") || schema == "information_schema" || rest.starts_with("sqlite_");
    (!schema.trim().is_empty() && schema != "public" && !is_own).then_some((schema, rest))
}
