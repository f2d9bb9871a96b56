//! SQL texts: a string, or one per dialect.
//!
//! Looks at their tokens only as far as a text could break what stands around it.

use std::borrow::Cow;

use makemigrations_sql::{Token, TokenKind, tokens, transaction_control};

use super::{Name, Reader, Sql};
use crate::model::Dialect;
use crate::snapshot::format;
use crate::toml::{Data, Span, Spanned, Table, Value, read_keys};

/// What a text has to be in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One expression, part of a statement.
    Expression,
    /// Clauses at the end of a statement.
    Clauses,
    /// What a view shows.
    Query,
    /// Statements of their own.
    Statements,
}

/// A string, or `{ sql = "...", postgres?, sqlite?, mysql? }`.
pub(crate) fn read<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Sql<'a>> {
    read_as(reader, value, Form::Expression)
}

/// The same for the query of a view; a `;` at its end is no part of it.
pub(super) fn query<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Sql<'a>> {
    read_as(reader, value, Form::Query)
}

fn read_as<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>, form: Form) -> Option<Sql<'a>> {
    match value.data() {
        Data::Text(text) => checked(reader, value.span(), text, form),
        Data::Table { .. } => {
            let table = value.table(reader.report)?;
            Texts::read(reader, table).choose(reader, table, form)
        }
        _ => {
            value.expected(reader.report, "SQL text or `{ sql = \"...\" }`");
            None
        }
    }
}

/// The same for statements, which a dialect need not have: `Some(None)` when all texts are of others. A `;` at the end
/// is no part of them.
pub(super) fn statements<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Option<Sql<'a>>> {
    let Data::Table { .. } = value.data() else {
        return read_as(reader, value, Form::Statements).map(Some);
    };
    let table = value.table(reader.report)?;
    let texts = Texts::read(reader, table);
    match texts.find(reader, Form::Statements) {
        Some(found) => found.map(Some),
        None if table.entries().len() == 0 => texts.choose(reader, table, Form::Statements).map(Some),
        None => Some(None),
    }
}

/// `{ sql = "...", postgres?, sqlite?, mysql? }`.
pub(super) fn of_table<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<Sql<'a>> {
    Texts::read(reader, table).choose(reader, table, Form::Expression)
}

/// The texts of the dialects.
#[derive(Default)]
pub(super) struct Texts<'a> {
    pub(super) sql: Option<Value<'a>>,
    pub(super) postgres: Option<Value<'a>>,
    pub(super) sqlite: Option<Value<'a>>,
    pub(super) mysql: Option<Value<'a>>,
}

impl<'a> Texts<'a> {
    fn read(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Self {
        let mut texts = Self::default();
        read_keys!(table, reader.report, entry, format::SQL_TEXTS, {
            "sql" => texts.sql = Some(entry.value),
            "postgres" => texts.postgres = Some(entry.value),
            "sqlite" => texts.sqlite = Some(entry.value),
            "mysql" => texts.mysql = Some(entry.value),
        });
        texts
    }

    /// The dialect's own text, else the common one, which has to be there.
    pub(super) fn choose(&self, reader: &mut Reader<'_, '_>, table: Table<'a>, form: Form) -> Option<Sql<'a>> {
        let found = self.find(reader, form);
        if found.is_none() {
            let message = format!("no SQL text for {0}, expected `sql` or `{0}`", reader.dialect);
            reader.report.missing_key(table, &["sql", reader.dialect.as_str()], table.span(), message);
        }
        found.flatten()
    }

    /// The dialect's own text, else the common one, when there is one; within it `None` when it cannot be taken. Those of
    /// other dialects have to be texts as well.
    fn find(&self, reader: &mut Reader<'_, '_>, form: Form) -> Option<Option<Sql<'a>>> {
        let own = match reader.dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
        };
        let all = [self.mysql, self.postgres, self.sqlite, self.sql].into_iter().flatten();
        let texts: Vec<Name<'a>> = all.filter_map(|value| value.text(reader.report)).collect();
        let place = own.or(self.sql)?.span();
        let chosen = texts.into_iter().find(|text| text.span == place);
        Some(chosen.and_then(|text| checked(reader, text.span, text.value, form)))
    }
}

/// Refuses what would break out of its place.
pub(super) fn checked<'a>(reader: &mut Reader<'_, '_>, span: Span, text: &'a str, form: Form) -> Option<Sql<'a>> {
    if reader.verbatim {
        return Some(Spanned { value: Cow::Borrowed(text), span });
    }
    let text = trimmed(text, form);
    match flaw(text, form, reader.dialect) {
        Some(message) => {
            reader.report.error(span, message);
            None
        }
        None => Some(Spanned { value: Cow::Borrowed(text), span }),
    }
}

/// Without blanks around it, and without the `;` that the dialects write after a statement.
fn trimmed(text: &str, form: Form) -> &str {
    match form {
        Form::Expression | Form::Clauses => text.trim(),
        Form::Query | Form::Statements => text.trim().trim_end_matches(|c: char| c == ';' || c.is_whitespace()),
    }
}

/// What is wrong with a SQL expression that is pasted into a statement.
pub(crate) fn flaw_of_expression(text: &str, dialect: Dialect) -> Option<&'static str> {
    flaw(text.trim(), Form::Expression, dialect)
}

fn flaw(text: &str, form: Form, dialect: Dialect) -> Option<&'static str> {
    let mut depth = 0_usize;
    let mut brackets = 0_usize;
    let mut before = None;
    let mut is_empty = true;
    let mut ends_in_comment = false;
    for token in tokens(text, dialect) {
        if !token.terminated {
            return Some("the SQL text has a quote or comment that is not closed");
        }
        if is_empty && !token.is_blank() && form == Form::Query && !can_begin_query(token.text) {
            return Some("expected a query, as it stands after `CREATE VIEW ... AS`");
        }
        is_empty &= token.is_blank();
        ends_in_comment = token.is_line_comment();
        if form == Form::Expression && depth == 0 && begins_clause(&token, before) {
            return Some("expected one SQL expression, found another clause of a statement after it");
        }
        before = (!token.is_blank()).then_some(token).or(before);
        if token.kind != TokenKind::Symbol || form == Form::Statements {
            continue;
        }
        match token.text {
            "[" => brackets += 1,
            "]" => brackets = brackets.saturating_sub(1),
            "," if form == Form::Expression && depth == 0 && brackets == 0 => {
                return Some("expected one SQL expression, found `,` outside of parentheses");
            }
            ";" if form == Form::Query => return Some("expected one query, found `;`"),
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
        () if form == Form::Statements && !transaction_control(text, dialect).is_empty() => {
            Some("the SQL text begins or ends a transaction; the migration around it has one")
        }
        () => None,
    }
}

/// Whether the word goes on with the statement that an expression would be pasted into: `UPDATE ... SET a = 1 WHERE ...`.
fn begins_clause(token: &Token<'_>, before: Option<Token<'_>>) -> bool {
    let follows = |word: &str| before.is_some_and(|before| before.is_word(word));
    let is_member = before.is_some_and(|before| before.text == ".");
    (token.is_word("where") || token.is_word("returning") || token.is_word("from") && !follows("distinct"))
        && !is_member
}

fn can_begin_query(token: &str) -> bool {
    ["select", "with", "values", "table", "("].iter().any(|known| token.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw_of(text: &str, form: Form) -> Option<&'static str> {
        flaw(trimmed(text, form), form, Dialect::Postgres)
    }

    #[test]
    fn a_text_stays_in_its_place() {
        for fine in ["a > 0", "note <> ';)'", "a /* ( */ > 0", "a -- b\n> 0", "(a + b) > 0", "$$;$$ <> a"] {
            assert_eq!(flaw_of(fine, Form::Expression), None, "{fine}");
        }
        for fine in ["ARRAY[1, 2]", "coalesce(a, 1)", "a IS DISTINCT FROM b", "(SELECT b FROM c WHERE d)", "a.\"from\""]
        {
            assert_eq!(flaw_of(fine, Form::Expression), None, "{fine}");
        }
        for bad in ["1, b = 2", "1 WHERE id = 5", "o.v FROM other o", "1 RETURNING id"] {
            assert!(flaw_of(bad, Form::Expression).is_some(), "{bad}");
        }
        for bad in ["", " ", "-- a", "a > 0;", "a > 0)", "(a", "'a", "a > 0 -- why", "/* a"] {
            assert!(flaw_of(bad, Form::Expression).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_query_is_one_and_begins_like_one() {
        let fine =
            ["SELECT 1", " select 1 ;\n", "WITH a AS (SELECT 1) SELECT * FROM a", "(SELECT 1)", "-- why\nVALUES (1)"];
        for fine in fine {
            assert_eq!(flaw_of(fine, Form::Query), None, "{fine}");
        }
        for bad in
            ["", ";", "SELECT 1; SELECT 2", "CREATE VIEW a AS SELECT 1", "SELECT (1", "SELECT 1 -- why;", "ticket"]
        {
            assert!(flaw_of(bad, Form::Query).is_some(), "{bad}");
        }
    }

    #[test]
    fn statements_may_be_many_and_no_transaction() {
        let trigger = "CREATE TRIGGER a AFTER DELETE ON b BEGIN DELETE FROM c; END;";
        assert_eq!(flaw(trimmed(trigger, Form::Statements), Form::Statements, Dialect::Sqlite), None);
        for fine in ["SELECT 1; SELECT 2;", "CREATE FUNCTION a() AS $$ BEGIN; ) $$"] {
            assert_eq!(flaw_of(fine, Form::Statements), None, "{fine}");
        }
        assert_eq!(trimmed(" DROP TRIGGER a; \n;", Form::Statements), "DROP TRIGGER a");
        for bad in ["", " ; ", "-- a", "BEGIN; SELECT 1", "SELECT 1; COMMIT;", "SELECT $$ 1", "SELECT 1 -- a;"] {
            assert!(flaw_of(bad, Form::Statements).is_some(), "{bad}");
        }
    }
}
