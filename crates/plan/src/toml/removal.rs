//! Takes entries out of a TOML text and leaves every other byte as it is: comments, blanks, line ends, order.
//!
//! Knows keys and their places only, and nothing of what they mean.

use std::ops::Range;

use toml_parser::{
    Source,
    lexer::{Token, TokenKind},
};

use super::{Data, Document, Entry, Report, Tokens, Value, document::Origin};

/// The text without the entry below a chain of keys. What is not there is not taken.
pub(crate) fn without(text: &str, keys: &[&str]) -> String {
    let mut text = text.to_owned();
    // A table that is spread over several entries goes one by one.
    while let Some(range) = first_range(&text, keys) {
        text.replace_range(range, "");
    }
    text
}

/// What has to go first.
fn first_range(text: &str, keys: &[&str]) -> Option<Range<usize>> {
    let mut report = Report::new("", text);
    let document = Document::parse(&mut report, &mut Tokens::new());
    let (last, owners) = keys.split_last()?;
    let mut table = document.root();
    for key in owners {
        table = table.get(key)?.table(&mut report)?;
    }
    let mut entry = table.entries().find(|entry| entry.key == *last)?;
    loop {
        match inner(entry.value, &mut report) {
            Inner::Whole => return Some(entry_range(text, entry.span.start(), entry.value.span().end())),
            Inner::Entry(next) => entry = next,
            Inner::Header => return Some(line_range(text, entry.value.span().start())),
        }
    }
}

/// What a value consists of.
enum Inner<'a> {
    /// It stands at its key.
    Whole,
    /// Entries of their own, this one among them.
    Entry(Entry<'a>),
    /// Nothing but its header.
    Header,
}

fn inner<'a>(value: Value<'a>, report: &mut Report<'_>) -> Inner<'a> {
    match value.data() {
        Data::Table { origin: Origin::Dotted | Origin::Implicit | Origin::Header, .. } => {
            let table = value.table(report);
            match table.and_then(|table| table.entries().next()) {
                Some(entry) => Inner::Entry(entry),
                None => Inner::Header,
            }
        }
        _ => Inner::Whole,
    }
}

/// The bytes of an entry with what separates it from others; `key` is where its last key begins.
fn entry_range(text: &str, key: usize, end: usize) -> Range<usize> {
    let tokens: Vec<Token> = Source::new(text).lex().collect();
    let is_blank = |token: &&Token| token.kind() == TokenKind::Whitespace;
    let is_between =
        |token: &&Token| matches!(token.kind(), TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment);
    let place = |offset: usize| tokens.partition_point(|token| token.span().start() < offset);
    // Dotted keys begin further ahead.
    let mut first = place(key);
    loop {
        let mut before = tokens[..first].iter().enumerate().rev().filter(|(_, token)| !is_blank(token));
        match (before.next(), before.next()) {
            (Some((_, dot)), Some((owner, _))) if dot.kind() == TokenKind::Dot => first = owner,
            _ => break,
        }
    }
    let start = tokens.get(first).map_or(key, |token| token.span().start());
    let before = tokens[..first].iter().rev().find(|token| !is_between(token));
    let after = &tokens[place(end)..];
    let next = after.iter().find(|token| !is_between(token));
    let is_inline = tokens[..first]
        .iter()
        .rev()
        .find(|token| !is_blank(token))
        .is_some_and(|token| matches!(token.kind(), TokenKind::LeftCurlyBracket | TokenKind::Comma))
        || before.zip(next).is_some_and(|(before, next)| {
            matches!(before.kind(), TokenKind::LeftCurlyBracket | TokenKind::Comma)
                && matches!(next.kind(), TokenKind::RightCurlyBracket | TokenKind::Comma)
        });
    match (before, next) {
        (Some(comma), _) if is_inline && comma.kind() == TokenKind::Comma => comma.span().start()..end,
        (_, Some(comma)) if is_inline && comma.kind() == TokenKind::Comma => {
            let blanks = after.iter().skip_while(|token| token.kind() != TokenKind::Comma).skip(1);
            start..blanks.take_while(is_blank).last().map_or(comma.span().end(), |token| token.span().end())
        }
        (_, Some(bracket)) if is_inline => start..bracket.span().start(),
        _ => statement_range(text, start, end),
    }
}

/// A statement goes with its line, unless a comment stands there too.
fn statement_range(text: &str, start: usize, end: usize) -> Range<usize> {
    let line_start = text[..start].rfind('\n').map_or(0, |place| place + 1);
    let rest = &text[end..];
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let rest = &rest[blanks..];
    let is_alone = text[line_start..start].trim().is_empty();
    match rest.find('\n') {
        _ if rest.starts_with('#') => start..end + blanks,
        Some(line) if is_alone => line_start..end + blanks + line + 1,
        None if is_alone => line_start..text.len(),
        _ => start..end,
    }
}

/// The line of a header.
fn line_range(text: &str, at: usize) -> Range<usize> {
    let end = text[at..].find(']').map_or(text.len(), |place| at + place + 1);
    statement_range(text, at, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(keys: &str, before: &str, after: &str) {
        let keys: Vec<_> = keys.split('/').collect();
        assert_eq!(without(before, &keys), after);
        assert_eq!(without(&before.replace('\n', "\r\n"), &keys), after.replace('\n', "\r\n"));
    }

    #[test]
    fn an_entry_of_an_inline_table_goes_with_one_comma() {
        check("c/r", "c = { t = \"x\", r = \"a\" } # why\n", "c = { t = \"x\" } # why\n");
        check("c/r", "c = { r = \"a\", t = \"x\" }\n", "c = { t = \"x\" }\n");
        check("c/r", "c={t=1,r=\"a,b\",  n=true}\n", "c={t=1,  n=true}\n");
        check("c/r", "c = { r = { sql = \"1\" } }\n", "c = { }\n");
        check("c/b", "c = { t = 1, b.sql = \"1\", b.sqlite = \"2\", n = 1 }\n", "c = { t = 1, n = 1 }\n");
    }

    #[test]
    fn a_statement_goes_with_its_line_and_leaves_comments() {
        check("t/r", "[t]\n# above\n  r = \"a\"\nx = 1\n", "[t]\n# above\nx = 1\n");
        check("t/r", "[t]\nr = \"a\"   # beside\nx = 1\n", "[t]\n# beside\nx = 1\n");
        check("t/c/r", "t.c.r = \"a\"\nt . c . \"x\" = 1\n", "t . c . \"x\" = 1\n");
        check("t/r", "[t]\nx = 1\nr = \"a\"", "[t]\nx = 1\n");
        check("t/r", "[t]\nr = \"\"\"\na\n\"\"\"\nx = 1\n", "[t]\nx = 1\n");
    }

    #[test]
    fn a_table_of_its_own_goes_with_its_header() {
        check("e/v", "[e]\nx = 1\n\n[e.v]\na = \"b\"\n\"c d\" = \"e\"\n\n[f]\n", "[e]\nx = 1\n\n\n[f]\n");
        check("e/v/a", "[e.v]\na = \"b\"\nc = \"d\"\n", "[e.v]\nc = \"d\"\n");
        check("e/v/a", "[e]\nv = { a = \"b\", c = \"d\" }\n", "[e]\nv = { c = \"d\" }\n");
    }

    #[test]
    fn what_is_not_there_is_not_taken() {
        check("e/v", "[e]\nx = 1\n", "[e]\nx = 1\n");
        check("e/x/y", "[e]\nx = 1\n", "[e]\nx = 1\n");
    }
}
