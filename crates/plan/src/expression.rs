//! What a SQL expression certainly reads: the words in it that can only be columns.
//!
//! Does not parse: where a word could be anything else, nothing is said about it. So what is found is there, and what is
//! there may not be found.

use std::collections::BTreeSet;

use makemigrations_sql::{ReferenceRole, Token, TokenKind, references, tokens};

use crate::model::{Dialect, Table};

/// A column that an expression reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnReference {
    /// The table that it is said to be of, where one is said.
    pub(crate) qualifier: Option<String>,
    /// The name as the database reads it: folded to lower case on PostgreSQL unless it is quoted.
    pub(crate) name: String,
    /// The name as it is written.
    pub(crate) written: String,
}

/// Words that stand where a value stands and are none of a column.
const CONSTANTS: [&str; 30] = [
    "all",
    "any",
    "array",
    "case",
    "cast",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "distinct",
    "else",
    "end",
    "exists",
    "false",
    "interval",
    "localtime",
    "localtimestamp",
    "not",
    "null",
    "row",
    "session_user",
    "some",
    "system_user",
    "true",
    "user",
    "value",
];

/// Words after which a value stands.
const BEFORE: [&str; 11] = ["and", "between", "case", "else", "ilike", "in", "like", "not", "or", "then", "when"];

/// Words that follow a value.
const AFTER: [&str; 18] = [
    "and", "between", "collate", "else", "end", "glob", "ilike", "in", "is", "isnull", "like", "not", "notnull", "or",
    "regexp", "similar", "then", "when",
];

/// Columns that a table has without having been given them.
const SYSTEM: [&str; 9] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "rowid", "oid", "_rowid_"];

/// Whether it reads other rows, which no expression about one row can.
pub(crate) fn has_subquery(dialect: Dialect, text: &str) -> bool {
    let words: Vec<_> = tokens(text, dialect).filter(|token| !token.is_blank()).collect();
    words.windows(2).any(|pair| pair[0].text == "(" && pair[1].is_word("select"))
}

/// The words of an expression that can only be columns.
pub(crate) fn column_references(dialect: Dialect, text: &str) -> Vec<ColumnReference> {
    let all: Vec<_> = tokens(text, dialect).filter(|token| !token.is_blank()).collect();
    let mut found = Vec::new();
    if has_subquery(dialect, text) {
        // Names in it can be those of another table.
        return found;
    }
    // The reader of references takes a name for a column in doubt; only where this does not doubt either it is one.
    let is_column = |found: &makemigrations_sql::Reference<'_>| found.role == ReferenceRole::Column;
    let columns: BTreeSet<_> =
        references(text, dialect).iter().filter(|found| is_column(found)).map(|found| found.token.start).collect();
    for (index, token) in all.iter().enumerate() {
        let Some(first) = identifier(dialect, token) else { continue };
        if !starts_value(&all[..index]) {
            continue;
        }
        let rest = &all[index + 1..];
        let (qualifier, name, token, rest) = match rest {
            [dot, second, rest @ ..] if dot.text == "." => {
                let Some(name) = identifier(dialect, second) else { continue };
                (Some(first), name, second, rest)
            }
            _ => (None, first, token, rest),
        };
        if ends_value(rest) && columns.contains(&token.start) {
            found.push(ColumnReference { qualifier, name, written: token.text.to_owned() });
        }
    }
    found
}

/// The first of `references` that the table does not have, of those that name no other table.
pub(crate) fn missing_column(dialect: Dialect, table: &Table, text: &str) -> Option<ColumnReference> {
    column_references(dialect, text).into_iter().find(|reference| {
        reference.qualifier.is_none() && !has_column(dialect, table, &reference.name) && reference.name != table.name
    })
}

/// Whether a name is that of a column, as the database compares them.
pub(crate) fn has_column(dialect: Dialect, table: &Table, name: &str) -> bool {
    table.columns.contains_key(name)
        || SYSTEM.contains(&name.to_ascii_lowercase().as_str())
        || table.columns.keys().any(|column| dialect.is_same_name(column, name))
}

/// The name that a token is, unless it is a word with a meaning of its own.
fn identifier(dialect: Dialect, token: &Token<'_>) -> Option<String> {
    match token.kind {
        TokenKind::Word => {
            let folded = token.text.to_lowercase();
            let has_meaning = CONSTANTS.contains(&folded.as_str())
                || BEFORE.contains(&folded.as_str())
                || AFTER.contains(&folded.as_str());
            let is_name = token.text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
            if is_name && !has_meaning { token.name(dialect) } else { None }
        }
        TokenKind::QuotedIdentifier if !dialect.reads_unknown_names_as_text() => token.name(dialect),
        _ => None,
    }
}

/// Whether what comes next is a value.
fn starts_value(before: &[Token<'_>]) -> bool {
    let Some(last) = before.last() else { return true };
    match last.kind {
        TokenKind::Word => BEFORE.contains(&last.text.to_lowercase().as_str()),
        TokenKind::Symbol => match last.text {
            "(" | "," => true,
            // `=>` names an argument, `::` and `.` go on with what is before.
            text => "=<>+-*/%|&~!#@^".contains(text) && !is_pair(before, "=>"),
        },
        _ => false,
    }
}

/// Whether a value ends here.
fn ends_value(rest: &[Token<'_>]) -> bool {
    let Some(next) = rest.first() else { return true };
    match next.kind {
        TokenKind::Word => AFTER.contains(&next.text.to_lowercase().as_str()),
        TokenKind::Symbol => match next.text {
            ")" | "," => true,
            "=" => rest.get(1).is_none_or(|after| after.text != ">" || after.start != next.start + 1),
            ":" => rest.get(1).is_some_and(|after| after.text == ":"),
            text => "<>+-*/%|&~!#@^".contains(text),
        },
        _ => false,
    }
}

/// Whether the last two tokens are these two characters without anything between.
fn is_pair(before: &[Token<'_>], pair: &str) -> bool {
    let [.., first, second] = before else { return false };
    pair.starts_with(first.text) && pair.ends_with(second.text) && first.start + first.text.len() == second.start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dialect: Dialect, text: &str) -> Vec<String> {
        let found = column_references(dialect, text).into_iter();
        found
            .map(|found| found.qualifier.map_or(found.name.clone(), |table| format!("{table}.{}", found.name)))
            .collect()
    }

    #[test]
    fn only_what_can_be_nothing_else_is_a_column() {
        for (text, expected) in [
            ("price > 0", vec!["price"]),
            ("Price > 0 AND \"Size\" IS NOT NULL", vec!["price", "Size"]),
            ("a IN (b, 'c') OR NOT d", vec!["a", "b", "d"]),
            ("t.a <> lower(b)", vec!["t.a", "b"]),
            ("CASE WHEN a THEN b ELSE c END", vec!["a", "b", "c"]),
            ("a::date > CURRENT_DATE", vec!["a"]),
            ("extract(year FROM a) > 2000", vec![]),
            ("CAST(a AS numeric(3, 2)) = date '2020-01-01'", vec![]),
            ("make_interval(days => 1) < b", vec!["b"]),
            ("a AT TIME ZONE 'utc' > now()", vec![]),
            ("a COLLATE \"C\" > 'x'", vec!["a"]),
            ("a = ANY (ARRAY['x'])", vec!["a"]),
            ("pg_catalog.lower(a) = s.f(b)", vec!["a", "b"]),
            ("data ->> 'key' = 'a'", vec!["data"]),
            ("EXISTS (SELECT 1 FROM u WHERE v = 1)", vec![]),
            ("1e5 > 0 AND X'00' = b", vec!["b"]),
        ] {
            assert_eq!(names(Dialect::Postgres, text), expected, "{text}");
        }
    }

    #[test]
    fn sqlite_reads_unknown_names_in_quotes_as_texts() {
        assert_eq!(names(Dialect::Sqlite, "\"a\" > 0 AND B > 0"), ["B"]);
        let mut table = Table::new(crate::model::Domain::new("d").unwrap(), "t");
        table.columns.insert("b".to_owned(), crate::model::Column::new(crate::model::DataType::Text, true));
        assert_eq!(missing_column(Dialect::Sqlite, &table, "B > rowid"), None);
        assert_eq!(missing_column(Dialect::Postgres, &table, "b > c").map(|found| found.name).as_deref(), Some("c"));
        assert_eq!(missing_column(Dialect::Postgres, &table, "t IS NOT NULL"), None);
    }
}
