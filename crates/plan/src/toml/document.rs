//! A TOML file as a tree whose parts know their place.
//!
//! Reading it in terms of what is expected reports to a [`Report`]; nothing here knows what the keys mean.

use std::borrow::Cow;
use std::ops::Range;

use super::events::Tokens;
use super::report::{Report, alternatives};
use super::suggest::nearest;

/// A piece of a text, in bytes. Narrow, because every value carries one; longer texts are not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let narrow = |place| u32::try_from(place).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start()..span.end()
    }
}

/// Something and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// A parsed file. Values live in one list and refer to each other by their place in it: a tree of boxes costs more to
/// build and to drop than the text to parse.
#[derive(Debug)]
pub(crate) struct Document<'i> {
    pub(super) nodes: Vec<Node<'i>>,
}

#[derive(Debug)]
pub(super) struct Node<'i> {
    pub(super) span: Span,
    pub(super) data: Data<'i>,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Data<'i> {
    /// A string, escapes decoded.
    Text(Cow<'i, str>),
    /// A whole number, in decimal digits, of any size.
    Integer(Cow<'i, str>),
    /// A number with a fraction or an exponent as it is written, without `_`; `inf` and `nan` as well.
    Float(Cow<'i, str>),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time or both.
    Datetime,
    /// Something with an error in it that has been reported.
    Invalid,
    /// A list; `of_tables` when it comes from `[[headers]]`.
    Array { items: Vec<u32>, of_tables: bool },
    /// A table.
    Table { entries: Vec<Pair<'i>>, origin: Origin },
}

/// How a table came to be, which decides what may be added to it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Between the keys of a header.
    Implicit,
    /// By its own header.
    Header,
    /// Between the keys of `a.b = 1`.
    Dotted,
    /// `{ ... }`, complete.
    Inline,
}

#[derive(Debug)]
pub(crate) struct Pair<'i> {
    pub(super) key: Cow<'i, str>,
    pub(super) span: Span,
    pub(super) value: u32,
}

impl<'i> Document<'i> {
    /// Parses the report's text; syntax errors go to the report and leave the tree as complete as possible.
    pub(crate) fn parse(report: &mut Report<'i>, tokens: &mut Tokens) -> Self {
        super::events::build(report, tokens)
    }

    /// The whole file.
    pub(crate) fn root(&self) -> Table<'_> {
        Table { document: self, id: 0 }
    }
}

/// A value of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    document: &'a Document<'a>,
    id: u32,
}

impl<'a> Value<'a> {
    fn node(self) -> &'a Node<'a> {
        &self.document.nodes[self.id as usize]
    }

    pub(crate) fn span(self) -> Span {
        self.node().span
    }

    pub(crate) fn data(self) -> &'a Data<'a> {
        &self.node().data
    }

    /// Says that something else was expected here.
    pub(crate) fn expected(self, report: &mut Report<'_>, what: &str) {
        let found = match self.data() {
            Data::Text(_) => "a string",
            Data::Integer(_) => "an integer",
            Data::Float(_) => "a float",
            Data::Boolean(_) => "a boolean",
            Data::Datetime => "a date or time",
            Data::Array { .. } => "an array",
            Data::Table { .. } => "a table",
            Data::Invalid => return,
        };
        report.error(self.span(), format!("expected {what}, found {found}"));
    }

    pub(crate) fn text(self, report: &mut Report<'_>) -> Option<Spanned<&'a str>> {
        if let Data::Text(text) = self.data() {
            return Some(Spanned { value: text, span: self.span() });
        }
        self.expected(report, "a string");
        None
    }

    pub(crate) fn boolean(self, report: &mut Report<'_>) -> Option<Spanned<bool>> {
        if let Data::Boolean(value) = self.data() {
            return Some(Spanned { value: *value, span: self.span() });
        }
        self.expected(report, "`true` or `false`");
        None
    }

    /// The place, when the value is `true`.
    pub(crate) fn flag(self, report: &mut Report<'_>) -> Option<Span> {
        self.boolean(report).filter(|flag| flag.value).map(|flag| flag.span)
    }

    pub(crate) fn integer(self, report: &mut Report<'_>) -> Option<i64> {
        if let Data::Integer(digits) = self.data() {
            let number = digits.parse().ok();
            if number.is_none() {
                report.error(self.span(), "the number is too large");
            }
            return number;
        }
        self.expected(report, "an integer");
        None
    }

    pub(crate) fn table(self, report: &mut Report<'_>) -> Option<Table<'a>> {
        if let Data::Table { .. } = self.data() {
            return Some(Table { document: self.document, id: self.id });
        }
        self.expected(report, "a table");
        None
    }

    /// The elements of an array; none when it is something else.
    pub(crate) fn array(self, report: &mut Report<'_>, of: &str) -> Option<Array<'a>> {
        if let Data::Array { items, .. } = self.data() {
            return Some(Array { document: self.document, items });
        }
        self.expected(report, &format!("an array of {of}"));
        None
    }

    /// The strings of an array of strings.
    pub(crate) fn texts(self, report: &mut Report<'_>) -> Option<Vec<Spanned<&'a str>>> {
        let items = self.array(report, "strings")?;
        Some(items.values().filter_map(|item| item.text(report)).collect())
    }

    /// A string out of a few, by what it means.
    pub(crate) fn word<T: Copy>(self, report: &mut Report<'_>, words: &[(&str, T)]) -> Option<Spanned<T>> {
        let text = self.text(report)?;
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let end = match nearest(text.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("expected {}", alternatives(&known)),
            };
            report.error(text.span, format!("unknown value `{}`, {end}", text.value));
        }
        found.map(|(_, value)| Spanned { value: *value, span: text.span })
    }
}

/// The elements of an array.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Array<'a> {
    document: &'a Document<'a>,
    items: &'a [u32],
}

impl<'a> Array<'a> {
    pub(crate) fn values(self) -> impl Iterator<Item = Value<'a>> {
        self.items.iter().map(move |id| Value { document: self.document, id: *id })
    }

    pub(crate) fn is_empty(self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn len(self) -> usize {
        self.items.len()
    }
}

/// A table of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    document: &'a Document<'a>,
    id: u32,
}

impl<'a> Table<'a> {
    pub(crate) fn span(self) -> Span {
        self.document.nodes[self.id as usize].span
    }

    /// The entries in the order of the file.
    pub(crate) fn entries(self) -> impl ExactSizeIterator<Item = Entry<'a>> {
        let entries: &[Pair<'_>] = match &self.document.nodes[self.id as usize].data {
            Data::Table { entries, .. } => entries,
            _ => &[],
        };
        entries.iter().map(move |pair| Entry {
            key: &pair.key,
            span: pair.span,
            value: Value { document: self.document, id: pair.value },
        })
    }

    pub(crate) fn get(self, key: &str) -> Option<Value<'a>> {
        self.entries().find(|entry| entry.key == key).map(|entry| entry.value)
    }
}

/// A key with its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a str,
    /// The place of the key.
    pub(crate) span: Span,
    pub(crate) value: Value<'a>,
}

impl<'a> Entry<'a> {
    /// The key as a name with its place.
    pub(crate) fn name(&self) -> Spanned<&'a str> {
        Spanned { value: self.key, span: self.span }
    }
}
