//! `CREATE INDEX` as it was written: expressions and the condition.
//!
//! Columns, order and collations are told by the pragmas.

use super::cursor::Cursor;
use super::lexer::{Piece, closed, pieces};

#[derive(Debug)]
pub(super) struct CreateIndex {
    /// What each element indexes, without order and collation.
    pub(super) elements: Vec<String>,
    pub(super) predicate: Option<String>,
}

/// Reads the statement; `None` when it is not one.
pub(super) fn read(sql: &str) -> Option<CreateIndex> {
    let mut cursor = Cursor::new(sql);
    cursor.eat(&["CREATE"]).then_some(())?;
    cursor.eat(&["UNIQUE"]);
    cursor.eat(&["INDEX"]).then_some(())?;
    cursor.eat(&["IF", "NOT", "EXISTS"]);
    cursor.qualified_name()?;
    cursor.eat(&["ON"]).then_some(())?;
    cursor.name()?;
    let elements = cursor.list()?.into_iter().map(|part| target(part).to_owned()).collect();
    let predicate = cursor.eat(&["WHERE"]).then(|| cursor.rest().to_owned());
    Some(CreateIndex { elements, predicate })
}

/// `(lower(a)) COLLATE NOCASE DESC` without what follows the expression, and without parentheses around all of it.
fn target(part: &str) -> &str {
    let pieces = pieces(part);
    let mut rest = pieces.as_slice();
    if let [before @ .., last] = rest
        && (last.is_word("ASC") || last.is_word("DESC"))
    {
        rest = before;
    }
    if let [before @ .., collate, _] = rest
        && collate.is_word("COLLATE")
        && !before.is_empty()
    {
        rest = before;
    }
    if let [open, inner @ .., _] = rest
        && open.is_symbol("(")
        && closes_at_end(rest)
    {
        rest = inner;
    }
    match rest {
        [] => "",
        [first, ..] => closed(&part[first.start..rest[rest.len() - 1].end()]),
    }
}

/// Whether the parenthesis that opens first closes last.
fn closes_at_end(pieces: &[Piece<'_>]) -> bool {
    let mut depth = 0_usize;
    for (index, piece) in pieces.iter().enumerate() {
        if piece.is_symbol("(") {
            depth += 1;
        } else if piece.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            return index + 1 == pieces.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_found_in_any_spelling() {
        let sql = "create unique index if not exists main.[a b] on \"t\"(x, lower (y) desc, (a||','||b) collate nocase,
            (a) + (b)) where x is not null -- done";
        let index = read(sql).unwrap();
        assert_eq!(index.elements, ["x", "lower (y)", "a||','||b", "(a) + (b)"]);
        assert_eq!(index.predicate.as_deref(), Some("x is not null"));
    }
}
