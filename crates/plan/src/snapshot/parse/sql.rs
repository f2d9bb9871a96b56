//! SQL texts: a string, or one per dialect.
//!
//! Looks at their tokens only as far as a text could break the statement around it.

use std::borrow::Cow;

use makemigrations_sql::{TokenKind, tokens};

use super::{Reader, Sql};
use crate::model::Dialect;
use crate::toml::{Data, Span, Spanned, Table, Value, read_keys};

/// A string, or `{ sql = "...", postgres?, sqlite?, mysql? }`.
pub(crate) fn read<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Sql<'a>> {
    match value.data() {
        Data::Text(text) => checked(reader, value.span(), text),
        Data::Table { .. } => {
            let table = value.table(reader.report)?;
            of_table(reader, table)
        }
        _ => {
            value.expected(reader.report, "SQL text or `{ sql = \"...\" }`");
            None
        }
    }
}

/// `{ sql = "...", postgres?, sqlite?, mysql? }`.
pub(super) fn of_table<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<Sql<'a>> {
    let mut texts = Texts::default();
    read_keys!(table, reader.report, entry, {
        "sql" => texts.sql = Some(entry.value),
        "postgres" => texts.postgres = Some(entry.value),
        "sqlite" => texts.sqlite = Some(entry.value),
        "mysql" => texts.mysql = Some(entry.value),
    });
    texts.choose(reader, table)
}

/// The texts of the dialects, while a table with them is read.
#[derive(Default)]
pub(super) struct Texts<'a> {
    pub(super) sql: Option<Value<'a>>,
    pub(super) postgres: Option<Value<'a>>,
    pub(super) sqlite: Option<Value<'a>>,
    pub(super) mysql: Option<Value<'a>>,
}

impl<'a> Texts<'a> {
    /// The dialect's own text, else the common one. All of them are checked, whichever is taken.
    pub(super) fn choose(self, reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<Sql<'a>> {
        let own = match reader.dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
        };
        let mut chosen = None;
        for value in [self.mysql, self.postgres, self.sqlite, self.sql, own].into_iter().flatten() {
            let is_own = own.or(self.sql).is_some_and(|own| own.span() == value.span());
            let text = value.text(reader.report);
            if is_own && chosen.is_none() {
                chosen = text.and_then(|text| checked(reader, text.span, text.value));
            }
        }
        if own.or(self.sql).is_none() {
            let message = format!("no SQL text for {0}, expected `sql` or `{0}`", reader.dialect);
            reader.report.missing_key(table, &["sql", reader.dialect.as_str()], table.span(), message);
        }
        chosen
    }
}

/// Refuses what would break out of its place in a statement.
pub(super) fn checked<'a>(reader: &mut Reader<'_, '_>, span: Span, text: &'a str) -> Option<Sql<'a>> {
    if reader.verbatim {
        return Some(Spanned { value: Cow::Borrowed(text), span });
    }
    match flaw(text) {
        Some(message) => {
            reader.report.error(span, message);
            None
        }
        None => Some(Spanned { value: Cow::Borrowed(text.trim()), span }),
    }
}

fn flaw(text: &str) -> Option<&'static str> {
    let mut depth = 0_usize;
    let mut is_empty = true;
    let mut ends_in_comment = false;
    for token in tokens(text) {
        if !token.terminated {
            return Some("the SQL text has a quote or comment that is not closed");
        }
        is_empty &= token.is_blank();
        ends_in_comment = token.kind == TokenKind::Comment && token.text.starts_with("--");
        if token.kind != TokenKind::Symbol {
            continue;
        }
        match token.text {
            ";" => return Some("expected one SQL expression, found `;`"),
            "(" => depth += 1,
            ")" if depth == 0 => return Some("the SQL text closes a parenthesis that it does not open"),
            ")" => depth -= 1,
            _ => {}
        }
    }
    match () {
        () if is_empty => Some("the SQL text is empty"),
        () if depth > 0 => Some("the SQL text opens a parenthesis that it does not close"),
        () if ends_in_comment => Some("the SQL text ends in a `--` comment, which would swallow what follows"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_in_its_place() {
        for fine in ["a > 0", "note <> ';)'", "a /* ( */ > 0", "a -- b\n> 0", "(a + b) > 0", "$$;$$ <> a"] {
            assert_eq!(flaw(fine), None, "{fine}");
        }
        for bad in ["", " ", "-- a", "a > 0;", "a > 0)", "(a", "'a", "a > 0 -- why", "/* a"] {
            assert!(flaw(bad).is_some(), "{bad}");
        }
    }
}
