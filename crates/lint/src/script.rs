//! One SQL file as the parser sees it: its statements, and where they are. Must not judge them.

use std::{ops::Range, panic::AssertUnwindSafe};

use squawk_syntax::{
    Parse, SourceFile, SyntaxNode,
    ast::{self, AstNode},
};

/// A parsed file.
pub(crate) struct Script<'t> {
    pub(crate) text: &'t str,
    pub(crate) parse: Parse<SourceFile>,
    pub(crate) statements: Vec<Statement>,
    /// Where the parser could not follow, with its message.
    pub(crate) errors: Vec<(usize, String)>,
}

/// A statement, without the comments before it and the semicolon after it.
pub(crate) struct Statement {
    pub(crate) node: ast::Stmt,
    pub(crate) range: Range<usize>,
}

impl<'t> Script<'t> {
    /// Parses a file; `None` when the parser fails over it.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        // The parser comes from elsewhere: what it makes of texts that are no SQL at all is not known.
        std::panic::catch_unwind(AssertUnwindSafe(|| Self::parsed(text))).ok()
    }

    fn parsed(text: &'t str) -> Self {
        let parse = SourceFile::parse(text);
        let errors = parse.errors().into_iter();
        let errors = errors.map(|error| (usize::from(error.range().start()), error.message().to_owned())).collect();
        let statements = parse.tree().stmts().filter_map(Statement::of).collect();
        Self { text, parse, statements, errors }
    }

    pub(crate) fn text_of(&self, statement: &Statement) -> &'t str {
        &self.text[statement.range.clone()]
    }

    /// Line and column of a place, both from 1, the column in characters.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        position(self.text, offset)
    }
}

pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

impl Statement {
    fn of(node: ast::Stmt) -> Option<Self> {
        if matches!(node, ast::Stmt::EmptyStmt(_)) {
            return None;
        }
        let range = range_of(node.syntax())?;
        Some(Self { node, range })
    }
}

/// Where a node is, without blanks, comments and the semicolon at its ends.
pub(crate) fn range_of(node: &SyntaxNode) -> Option<Range<usize>> {
    let counts = |token: &squawk_syntax::SyntaxToken| {
        !token.kind().is_trivia() && token.text() != ";" && !token.text().is_empty()
    };
    let tokens = node.descendants_with_tokens().filter_map(|element| element.into_token());
    let mut tokens = tokens.filter(counts);
    let first = tokens.next()?;
    let last = tokens.last().unwrap_or_else(|| first.clone());
    Some(usize::from(first.text_range().start())..usize::from(last.text_range().end()))
}
