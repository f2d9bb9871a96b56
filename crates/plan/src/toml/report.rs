//! Where the readers of one file put what they find wrong.
//!
//! Keeps silent about what follows from a syntax error; says nothing by itself.

use std::fmt::Display;

use super::{Entry, Span, Table, nearest};
use crate::diagnostic::{Crossing, Diagnostic};

/// The findings in one file.
#[derive(Debug)]
pub(crate) struct Report<'p> {
    pub(crate) path: &'p str,
    pub(crate) text: &'p str,
    found: Vec<Diagnostic>,
    /// Lines with a syntax error.
    broken: Vec<Span>,
    /// Whether nothing more is taken.
    is_closed: bool,
}

impl<'p> Report<'p> {
    pub(crate) fn new(path: &'p str, text: &'p str) -> Self {
        Self { path, text, found: Vec::new(), broken: Vec::new(), is_closed: false }
    }

    /// Whether the file is not valid TOML, so that parts of it may be missing.
    pub(crate) fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    pub(crate) fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }

    /// An error of TOML's own. When it `loses` other parts of the file, only the first of a line counts: what comes
    /// after it mostly follows from it.
    pub(super) fn fault(&mut self, span: Span, message: String, help: Option<String>, loses: bool) {
        if loses {
            // They come in the order of the text.
            if self.broken.last().is_some_and(|line| span.start() <= line.end()) {
                return;
            }
            self.broken.push(line_around(self.text, span.start()));
        }
        let mut diagnostic = Diagnostic::error(self.path, clamp(self.text, span).into(), message);
        diagnostic.help = help;
        self.found.push(diagnostic);
    }

    /// Git's conflict markers: what else is wrong follows from them, or is for after the merge.
    pub(super) fn conflict(&mut self, span: Span) {
        let help = "settle what both sides want, and delete the lines `<<<<<<<`, `=======` and `>>>>>>>`";
        self.fault(span, "git's conflict markers".to_owned(), Some(help.to_owned()), true);
        self.is_closed = true;
    }

    /// From here on nothing is said about a broken file: with parts of it missing, the rest need not fit together.
    pub(crate) fn close_if_broken(&mut self) {
        self.is_closed = self.is_broken();
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.span.start;
        let after = self.broken.partition_point(|line| line.start() <= place);
        let in_broken_line = after > 0 && place <= self.broken[after - 1].end();
        if !self.is_closed && !in_broken_line {
            self.found.push(diagnostic);
        }
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(self.path, span.into(), message));
    }

    pub(crate) fn error_with_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::error(self.path, span.into(), message).with_help(help));
    }

    pub(crate) fn crossing(&mut self, span: Span, crossing: Crossing) {
        self.push(Diagnostic::crossing(self.path, span.into(), crossing));
    }

    pub(crate) fn warning(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::warning(self.path, span.into(), message));
    }

    pub(crate) fn warning_with_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::warning(self.path, span.into(), message).with_help(help));
    }

    pub(crate) fn note(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::note(self.path, span.into(), message));
    }

    /// Something that has to be there and is not; in a broken file it may only have been lost.
    pub(crate) fn missing(&mut self, span: Span, message: impl Into<String>) {
        if !self.is_broken() {
            self.error(span, message);
        }
    }

    /// A key that has to be there, under one of these names; a slip of it is already an unknown key.
    pub(crate) fn missing_key(&mut self, table: Table<'_>, keys: &[&str], span: Span, message: impl Into<String>) {
        let slip = |entry: Entry<'_>| !keys.contains(&entry.key) && nearest(entry.key, keys.iter().copied()).is_some();
        if !table.entries().any(slip) {
            self.missing(span, message);
        }
    }

    /// A key that is not one of those that may stand there.
    pub(crate) fn unknown_key(&mut self, entry: &Entry<'_>, known: &[&str]) {
        let help = || format!("expected {}", alternatives(known));
        match nearest(entry.key, known.iter().copied()) {
            Some(near) => self.error(entry.span, format!("unknown key `{}`, did you mean `{near}`?", entry.key)),
            None => self.error_with_help(entry.span, format!("unknown key `{}`", entry.key), help()),
        }
    }

    /// `path:line:column` of a place, for messages about two places.
    pub(crate) fn place(&self, span: Span) -> String {
        let before = &self.text[..span.start().min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.path)
    }
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn alternatives(words: &[impl Display]) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        let separator = match index {
            0 => "",
            _ if index + 1 == words.len() => " or ",
            _ => ", ",
        };
        text.push_str(&format!("{separator}`{word}`"));
    }
    text
}

fn line_around(text: &str, place: usize) -> Span {
    let place = place.min(text.len());
    let bytes = text.as_bytes();
    let start = bytes[..place].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = bytes[place..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |length| place + length);
    Span::new(start, end)
}

/// The span within the text and between characters.
fn clamp(text: &str, span: Span) -> Span {
    let floor = |mut place: usize| {
        place = place.min(text.len());
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        place
    };
    let start = floor(span.start());
    Span::new(start, floor(span.end()).max(start))
}
