//! What the statements of an object's text create: the kind and the name at their heads.
//!
//! What follows the head is not read.

use std::collections::BTreeSet;

use makemigrations_sql::{Dialect, Token, statements, tokens};

/// A kind of object and its name; for what has a name only on its table, the table's name comes first.
pub(super) type Head = (&'static str, Option<String>, String);

const KINDS: [&str; 10] =
    ["function", "procedure", "aggregate", "trigger", "rule", "policy", "sequence", "domain", "type", "schema"];

/// The heads of a text's statements.
pub(super) fn heads(create: &str, dialect: Dialect) -> BTreeSet<Head> {
    statements(create, dialect).into_iter().filter_map(|statement| head(statement.text, dialect)).collect()
}

fn head(statement: &str, dialect: Dialect) -> Option<Head> {
    let words: Vec<_> = tokens(statement, dialect).filter(|token| !token.is_blank()).collect();
    let first = words.first()?;
    if first.is_word("alter") {
        return row_security(&words, dialect);
    }
    if !first.is_word("create") {
        return None;
    }
    // `OR REPLACE`, `CONSTRAINT`, `TEMPORARY` and the like stand between.
    let (index, kind) = words
        .iter()
        .enumerate()
        .take(5)
        .find_map(|(index, word)| Some((index, *KINDS.iter().find(|kind| word.is_word(kind))?)))?;
    let mut rest = &words[index + 1..];
    if let [one, two, three, after @ ..] = rest
        && one.is_word("if")
        && two.is_word("not")
        && three.is_word("exists")
    {
        rest = after;
    }
    let (name, rest) = dotted(rest, dialect)?;
    let before_table = match kind {
        "trigger" | "policy" => "on",
        "rule" => "to",
        _ => return Some((kind, None, name)),
    };
    let at = rest.iter().position(|word| word.is_word(before_table))?;
    let (table, _) = dotted(&rest[at + 1..], dialect)?;
    Some((kind, Some(table), name))
}

/// `ALTER TABLE "ticket" ENABLE ROW LEVEL SECURITY`
fn row_security(words: &[Token<'_>], dialect: Dialect) -> Option<Head> {
    let rest = words.get(2..).filter(|_| words[1].is_word("table"))?;
    let rest = if rest.first()?.is_word("only") { &rest[1..] } else { rest };
    let (table, rest) = dotted(rest, dialect)?;
    let is = ["row", "level", "security"]
        .iter()
        .zip(rest.iter().rev().take(3).rev())
        .all(|(word, token)| token.is_word(word));
    (is && rest.len() > 3).then(|| ("row_security", Some(table), String::new()))
}

/// The last part of a name with dots, and what follows it.
fn dotted<'a, 't>(words: &'a [Token<'t>], dialect: Dialect) -> Option<(String, &'a [Token<'t>])> {
    let (first, mut rest) = words.split_first()?;
    let mut name = identifier(first, dialect)?;
    while let [dot, part, after @ ..] = rest {
        if dot.text != "." {
            break;
        }
        name = identifier(part, dialect)?;
        rest = after;
    }
    Some((name, rest))
}

/// A name as the database compares it.
fn identifier(token: &Token<'_>, dialect: Dialect) -> Option<String> {
    token.name(dialect).map(|name| dialect.name_key(&name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Head {
        let heads: Vec<_> = heads(text, Dialect::Postgres).into_iter().collect();
        assert_eq!(heads.len(), 1, "{text}");
        heads[0].clone()
    }

    #[test]
    fn a_name_is_what_the_database_reads() {
        let plain = |kind, name: &str| (kind, None, name.to_owned());
        assert_eq!(one("CREATE OR REPLACE FUNCTION public.Touch() RETURNS trigger"), plain("function", "touch"));
        assert_eq!(one("create sequence if not exists \"Ticket number\""), plain("sequence", "Ticket number"));
        assert_eq!(one("CREATE TYPE pair AS (a int, b int)"), plain("type", "pair"));
        let on = |kind, name: &str| (kind, Some("ticket".to_owned()), name.to_owned());
        assert_eq!(one("CREATE TRIGGER touch BEFORE UPDATE OF a ON ticket FOR EACH ROW"), on("trigger", "touch"));
        assert_eq!(one("CREATE RULE r AS ON INSERT TO ticket DO INSTEAD NOTHING"), on("rule", "r"));
        assert_eq!(one("ALTER TABLE \"ticket\" ENABLE ROW LEVEL SECURITY"), on("row_security", ""));
    }

    #[test]
    fn several_statements_create_several_things() {
        let text =
            "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql; CREATE DOMAIN d AS int; GRANT x TO y";
        assert_eq!(heads(text, Dialect::Postgres).len(), 2);
        assert!(heads("ALTER TABLE ticket ADD COLUMN a int", Dialect::Postgres).is_empty());
    }
}
