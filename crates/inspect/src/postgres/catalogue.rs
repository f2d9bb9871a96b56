//! Questions to PostgreSQL's catalogue, answered in one spelling whatever the session is set to.
//!
//! Knows no kind of object, and leaves the session as it was.

use makemigrations_sql::quote_literal;

use crate::{Rows, row::Row};

/// What the spelling of expressions and types depends on. `search_path` becomes its own first schema: names in that one
/// are written without it, all others with it.
const SETTINGS: [(&str, &str); 6] = [
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("quote_all_identifiers", "off"),
    ("standard_conforming_strings", "on"),
];

/// The version that has compression by column, and multiranges.
pub(super) const FOURTEEN: u32 = 140_000;

/// The version that has `NULLS NOT DISTINCT` and `ON DELETE SET NULL (columns)`.
pub(super) const FIFTEEN: u32 = 150_000;

/// The version that has constraints over periods, constraints that are not enforced, rows for NOT NULL in `pg_constraint`
/// and virtual columns.
pub(super) const EIGHTEEN: u32 = 180_000;

/// A database's catalogue.
pub(super) struct Catalogue<'a, E> {
    query: &'a mut dyn FnMut(&str) -> Result<Rows, E>,
    version: u32,
    first: Option<String>,
    /// The settings of each question, as rows of `VALUES`.
    wanted: String,
    /// The same as they were.
    before: String,
}

impl<'a, E> Catalogue<'a, E> {
    pub(super) fn open(query: &'a mut dyn FnMut(&str) -> Result<Rows, E>) -> Result<Self, E> {
        let settings = SETTINGS.map(|(name, _)| format!("current_setting({})", quote_literal(name))).join(", ");
        let rows = query(&format!(
            "SELECT current_setting('server_version_num'), current_schema()::text, quote_ident(current_schema()), \
             current_setting('search_path'), {settings}"
        ))?;
        let mut row = Row::new(rows.into_iter().next().unwrap_or_default());
        let (version, first, path) = (row.number(), row.optional(), row.text());
        let mut wanted = vec![value("search_path", &path)];
        let mut before = vec![value("search_path", &row.text())];
        for (name, text) in SETTINGS {
            wanted.push(value(name, text));
            before.push(value(name, &row.text()));
        }
        Ok(Self { query, version, first, wanted: wanted.join(", "), before: before.join(", ") })
    }

    /// Undoes what a transaction of the caller would keep until its end.
    pub(super) fn close(self) -> Result<(), E> {
        (self.query)(&format!("SELECT {}::text", apply(&self.before))).map(drop)
    }

    /// One text or another, by the server's version.
    pub(super) fn since<'t>(&self, version: u32, new: &'t str, old: &'t str) -> &'t str {
        if self.version >= version { new } else { old }
    }

    /// The SQL schema of an object: `None` is the search path's first.
    pub(super) fn place(&self, schema: String) -> Option<String> {
        (self.first.as_ref() != Some(&schema)).then_some(schema)
    }

    /// The rows of a question. The settings last for the statement, or for the caller's transaction until
    /// [`Catalogue::close`]. The question refers to them, so that they are made before anything of it is computed.
    pub(super) fn rows(&mut self, sql: &str) -> Result<impl Iterator<Item = Row> + use<E>, E> {
        let settings = apply(&self.wanted);
        let rows = (self.query)(&format!(
            "SELECT found.* FROM (SELECT {settings} AS made) AS session,\n\
             LATERAL (SELECT answer.* FROM ({sql}) AS answer WHERE session.made > 0 OFFSET 0) AS found"
        ))?;
        Ok(rows.into_iter().map(Row::new))
    }
}

/// A `FROM` item with the options of a column, `option` in the order of `position`; `attribute` is the alias of its row of
/// `pg_attribute`. Without those the server stamps on every column by itself (`pg_attver` since 15.20): nobody wrote them,
/// and `pg_` is PostgreSQL's own prefix.
pub(super) fn column_options(attribute: &str) -> String {
    format!(
        r"(SELECT * FROM unnest({attribute}.attoptions) WITH ORDINALITY AS written (option, position)
            WHERE option NOT LIKE 'pg\_%') AS options"
    )
}

fn value(name: &str, text: &str) -> String {
    format!("({}, {})", quote_literal(name), quote_literal(text))
}

fn apply(values: &str) -> String {
    format!("(SELECT count(set_config(name, setting, true)) FROM (VALUES {values}) AS setting (name, setting))")
}
