//! Pieces of SQL that read the same in every dialect: quoted names, lists, literals, references.
//!
//! Whole statements are the dialects' business.

use makemigrations_sql::{quote_identifier, tokens};

use crate::model::{Action, DefaultValue, Dialect, ForeignKey, Match, Table};

/// A quoted name, in its SQL schema when it has one.
pub(super) fn qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(name)),
        None => quote_identifier(name),
    }
}

/// The table's quoted SQL name.
pub(crate) fn table_name(table: &Table) -> String {
    qualified(table.schema.as_deref(), &table.name)
}

/// `"a", "b"`
pub(super) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| quote_identifier(name.as_ref())).collect();
    quoted.join(", ")
}

/// A default's value as SQL; an expression as it is, see [`closed`].
pub(super) fn value(default: &DefaultValue) -> String {
    match default {
        DefaultValue::Expression(text) => closed(text),
        DefaultValue::Number(_) | DefaultValue::Boolean(_) | DefaultValue::Text(_) => default.as_sql(),
    }
}

/// People's SQL, trimmed, with the line ended after a comment that would swallow what follows.
pub(super) fn closed(text: &str) -> String {
    let text = text.trim();
    // Whether it does depends on the dialect, and a line end is harmless.
    let is_open = |dialect| tokens(text, dialect).last().is_some_and(|token| token.is_line_comment());
    if Dialect::ALL.into_iter().any(is_open) { format!("{text}\n") } else { text.to_owned() }
}

/// People's SQL in parentheses.
pub(super) fn parenthesised(text: &str) -> String {
    format!("({})", closed(text))
}

/// A `FOREIGN KEY` constraint without its name; `target` is the referenced table.
pub(super) fn foreign_key(key: &ForeignKey, target: &Table) -> String {
    let (columns, references) = (list(&key.columns), list(&key.references));
    let mut sql = format!("FOREIGN KEY ({columns}) REFERENCES {} ({references})", table_name(target));
    match key.match_type {
        Match::Simple => {}
        Match::Full => sql.push_str(" MATCH FULL"),
    }
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != Action::NoAction {
            sql.push_str(&format!(" ON {event} {}", action.as_sql()));
        }
    }
    if let Some(deferrable) = key.deferrable {
        sql.push(' ');
        sql.push_str(deferrable.as_sql());
    }
    sql
}

/// The lines of a table's body, one item per line, in parentheses.
pub(super) fn body(items: &[String]) -> String {
    format!("(\n    {}\n)", items.join(",\n    "))
}

/// The text on one line, for a comment, whatever the names in it contain.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// A description as a comment's text: capitalised, on one line.
pub(super) fn remark(description: &str) -> String {
    let line = one_line(description);
    let mut characters = line.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_at_the_end_does_not_swallow_what_follows() {
        assert_eq!(parenthesised(" a > 0 -- positive "), "(a > 0 -- positive\n)");
        assert_eq!(parenthesised("a <> '--'"), "(a <> '--')");
    }

    #[test]
    fn a_remark_stays_on_its_line() {
        assert_eq!(remark("add column a\nb to c"), "Add column a b to c");
    }
}
