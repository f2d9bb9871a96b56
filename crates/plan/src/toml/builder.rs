//! Parser events to a [`Document`].
//!
//! Decides what a key may add to (TOML's rules on redefinition); what the keys mean is not its business. Never fails:
//! what contradicts is reported and left out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Raw, Source};

use super::document::{Data, Document, Node, Origin, Pair};
use super::{Report, Span};

/// Arrays and inline tables within each other; the parser stops there instead of exhausting the stack.
const MAX_DEPTH: u32 = 80;

/// Tables up to this size are searched entry by entry.
const SMALL_TABLE: usize = 16;

pub(super) fn build<'i>(report: &mut Report<'i>) -> Document<'i> {
    let text = report.text;
    // More than four gigabytes of text would not fit the node numbers.
    let source = Source::new(if u32::try_from(text.len()).is_ok() { text } else { "" });
    let tokens = source.lex().into_vec();
    let mut builder = Builder::new(text, tokens.len());
    let mut errors: Vec<ParseError> = Vec::new();
    parse_document(&tokens, &mut RecursionGuard::new(&mut builder, MAX_DEPTH), &mut errors);

    let mut found = builder.found;
    found.extend(errors.iter().map(|error| {
        let span = error.unexpected().or(error.context()).map(own_span).unwrap_or_default();
        Fault { span, message: describe(error), first: None, loses: true }
    }));
    found.sort_by_key(|fault| fault.span);
    for Fault { span, message, first, loses } in found {
        let help = first.map(|first| format!("first defined at `{}`", report.place(first)));
        report.fault(span, message, help, loses);
    }
    Document { nodes: builder.nodes }
}

struct Builder<'i> {
    text: &'i str,
    nodes: Vec<Node<'i>>,
    /// The keys of tables that have outgrown a search entry by entry.
    indexes: BTreeMap<u32, BTreeMap<Cow<'i, str>, usize>>,
    /// The table that the last header opened.
    current: u32,
    /// Keys read so far of a header or of the left side of `=`.
    path: Vec<(Cow<'i, str>, Span)>,
    /// Where the header began, while one is being read, and whether it has two brackets.
    header: Option<(Span, bool)>,
    /// Where the value after `=` goes, at the top level.
    pending: Option<Slot<'i>>,
    /// Arrays and inline tables that are not closed yet.
    open: Vec<Frame<'i>>,
    found: Vec<Fault>,
}

/// An error in the text.
struct Fault {
    span: Span,
    message: String,
    /// The place of what it contradicts.
    first: Option<Span>,
    /// Whether more than one value may be lost with it.
    loses: bool,
}

struct Slot<'i> {
    table: u32,
    key: Cow<'i, str>,
    span: Span,
}

enum Frame<'i> {
    Array(u32),
    Table(u32, Option<Slot<'i>>),
}

impl<'i> Builder<'i> {
    fn new(text: &'i str, tokens: usize) -> Self {
        let mut nodes = Vec::with_capacity(tokens / 4 + 1);
        nodes.push(table(Span::default(), Origin::Header));
        Self {
            text,
            nodes,
            indexes: BTreeMap::new(),
            current: 0,
            path: Vec::new(),
            header: None,
            pending: None,
            open: Vec::new(),
            found: Vec::new(),
        }
    }

    fn add(&mut self, node: Node<'i>) -> u32 {
        self.nodes.push(node);
        // One node takes at least one byte of text, and the text is shorter than `u32::MAX`.
        (self.nodes.len() - 1) as u32
    }

    fn entries(&self, table: u32) -> &[Pair<'i>] {
        match &self.nodes[table as usize].data {
            Data::Table { entries, .. } => entries,
            _ => &[],
        }
    }

    fn find(&self, table: u32, key: &str) -> Option<usize> {
        let entries = self.entries(table);
        // Headers mostly continue the table before them.
        if entries.last().is_some_and(|last| last.key == key) {
            return Some(entries.len() - 1);
        }
        if entries.len() <= SMALL_TABLE {
            return entries.iter().position(|entry| entry.key == key);
        }
        self.indexes.get(&table)?.get(key).copied()
    }

    fn insert(&mut self, table: u32, key: Cow<'i, str>, span: Span, value: u32) {
        let Data::Table { entries, .. } = &mut self.nodes[table as usize].data else { return };
        let place = entries.len();
        if place >= SMALL_TABLE {
            let index = self.indexes.entry(table).or_default();
            if index.is_empty() {
                index.extend(entries.iter().enumerate().map(|(place, entry)| (entry.key.clone(), place)));
            }
            index.insert(key.clone(), place);
        }
        entries.push(Pair { key, span, value });
    }

    fn fault(&mut self, span: Span, message: impl Into<String>, first: Option<Span>, loses: bool) {
        self.found.push(Fault { span, message: message.into(), first, loses });
    }

    /// Follows the keys of a header, but the last: tables come to be, and an array of tables means its last one.
    fn descend(&mut self, path: &[(Cow<'i, str>, Span)]) -> Option<u32> {
        let mut table = 0;
        for (key, span) in path {
            let Some(place) = self.find(table, key) else {
                let child = self.add(self::table(*span, Origin::Implicit));
                self.insert(table, key.clone(), *span, child);
                table = child;
                continue;
            };
            let (first, value) = (self.entries(table)[place].span, self.entries(table)[place].value);
            table = match &self.nodes[value as usize].data {
                Data::Table { origin: Origin::Inline, .. } => {
                    self.fault(*span, format!("`{key}` is a complete table and cannot be extended"), Some(first), true);
                    return None;
                }
                Data::Table { .. } => value,
                Data::Array { items, of_tables: true } => *items.last()?,
                Data::Invalid => return None,
                _ => {
                    self.fault(*span, format!("`{key}` is not a table"), Some(first), true);
                    return None;
                }
            };
        }
        Some(table)
    }

    fn close_header(&mut self, end: usize) {
        let Some((start, is_array)) = self.header.take() else { return };
        let mut path = std::mem::take(&mut self.path);
        let span = Span::new(start.start(), end);
        // Where the entries of a header with an error go: out of sight.
        self.current = self.add(table(span, Origin::Header));
        let Some((key, key_span)) = path.pop() else { return };
        let Some(parent) = self.descend(&path) else { return };
        let Some(place) = self.find(parent, &key) else {
            let mut value = self.current;
            if is_array {
                value = self.add(Node { span, data: Data::Array { items: vec![self.current], of_tables: true } });
            }
            self.insert(parent, key, key_span, value);
            return;
        };
        let (first, value) = (self.entries(parent)[place].span, self.entries(parent)[place].value);
        match &mut self.nodes[value as usize].data {
            Data::Array { items, of_tables: true } if is_array => items.push(self.current),
            Data::Table { origin, .. } if !is_array && *origin == Origin::Implicit => {
                *origin = Origin::Header;
                self.nodes[value as usize].span = span;
                self.current = value;
            }
            _ => self.fault(key_span, format!("duplicate key `{key}`"), Some(first), true),
        }
    }

    /// Turns the keys before a `=` into the place for the value.
    fn slot(&mut self) -> Option<Slot<'i>> {
        let (key, span) = self.path.pop()?;
        let path = std::mem::take(&mut self.path);
        let mut table = match self.open.last() {
            Some(Frame::Table(table, _)) => *table,
            Some(Frame::Array(_)) => return None,
            None => self.current,
        };
        for (key, span) in path {
            table = match self.find(table, &key) {
                None => {
                    let child = self.add(self::table(span, Origin::Dotted));
                    self.insert(table, key, span, child);
                    child
                }
                Some(place) => {
                    let (first, value) = (self.entries(table)[place].span, self.entries(table)[place].value);
                    let Data::Table { origin: Origin::Dotted, .. } = self.nodes[value as usize].data else {
                        self.fault(span, format!("duplicate key `{key}`"), Some(first), false);
                        return None;
                    };
                    value
                }
            };
        }
        if let Some(place) = self.find(table, &key) {
            let first = self.entries(table)[place].span;
            self.fault(span, format!("duplicate key `{key}`"), Some(first), false);
            return None;
        }
        Some(Slot { table, key, span })
    }

    fn place(&mut self, value: u32) {
        let slot = match self.open.last_mut() {
            Some(Frame::Array(array)) => {
                if let Data::Array { items, .. } = &mut self.nodes[*array as usize].data {
                    items.push(value);
                }
                return;
            }
            Some(Frame::Table(_, slot)) => slot.take(),
            None => self.pending.take(),
        };
        if let Some(Slot { table, key, span }) = slot {
            self.insert(table, key, span, value);
        }
    }

    fn raw(&self, span: toml_parser::Span, encoding: Option<Encoding>) -> Raw<'i> {
        Raw::new_unchecked(self.text.get(span.start()..span.end()).unwrap_or_default(), encoding, span)
    }

    /// `NUL` can be escaped in TOML and exists in no database.
    fn refuse_nul(&mut self, text: &str, span: Span) -> bool {
        let has_nul = text.as_bytes().contains(&0);
        if has_nul {
            self.fault(span, "the character NUL cannot be part of a name or text", None, false);
        }
        has_nul
    }

    fn scalar_data(&mut self, span: toml_parser::Span, kind: Option<Encoding>, sink: &mut dyn ErrorSink) -> Data<'i> {
        let mut errors: Vec<ParseError> = Vec::new();
        let mut text = Cow::Borrowed("");
        let scalar = self.raw(span, kind).decode_scalar(&mut text, &mut errors);
        if !errors.is_empty() {
            let word = self.text.get(span.start()..span.end()).unwrap_or_default();
            if kind.is_none() && word.starts_with(|c: char| c.is_alphabetic()) {
                self.fault(own_span(span), format!("`{word}` is not a value, strings are quoted"), None, true);
            } else {
                errors.into_iter().for_each(|error| sink.report_error(error));
            }
            return Data::Invalid;
        }
        let number = match scalar {
            ScalarKind::String if self.refuse_nul(&text, own_span(span)) => return Data::Invalid,
            ScalarKind::String => return Data::Text(text),
            ScalarKind::Boolean(value) => return Data::Boolean(value),
            ScalarKind::DateTime => return Data::Datetime,
            ScalarKind::Integer(radix) => i64::from_str_radix(&text, radix.value()).ok().map(Data::Integer),
            ScalarKind::Float => {
                let value = text.parse::<f64>().ok();
                value.filter(|value| value.is_finite() || text.ends_with("inf") || value.is_nan()).map(Data::Float)
            }
        };
        number.unwrap_or_else(|| {
            let fault = if text.is_empty() { "the number has no digits" } else { "the number is too large" };
            self.fault(own_span(span), fault, None, false);
            Data::Invalid
        })
    }

    fn close(&mut self, end: usize, is_array: bool) {
        let id = match self.open.last() {
            Some(Frame::Array(id)) if is_array => *id,
            Some(Frame::Table(id, _)) if !is_array => *id,
            _ => return,
        };
        self.open.pop();
        let span = &mut self.nodes[id as usize].span;
        *span = Span::new(span.start(), end);
    }
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.open.clear();
        self.path.clear();
        self.header = Some((own_span(span), false));
    }

    fn std_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.close_header(span.end());
    }

    fn array_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.open.clear();
        self.path.clear();
        self.header = Some((own_span(span), true));
    }

    fn array_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.close_header(span.end());
    }

    fn inline_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        let id = self.add(table(own_span(span), Origin::Inline));
        self.place(id);
        self.open.push(Frame::Table(id, None));
        true
    }

    fn inline_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.path.clear();
        self.close(span.end(), false);
    }

    fn array_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        let data = Data::Array { items: Vec::new(), of_tables: false };
        let id = self.add(Node { span: own_span(span), data });
        self.place(id);
        self.open.push(Frame::Array(id));
        true
    }

    fn array_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.close(span.end(), true);
    }

    fn simple_key(&mut self, span: toml_parser::Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut key = Cow::Borrowed("");
        self.raw(span, kind).decode_key(&mut key, error);
        self.refuse_nul(&key, own_span(span));
        self.path.push((key, own_span(span)));
    }

    fn key_val_sep(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        let slot = self.slot();
        match self.open.last_mut() {
            Some(Frame::Table(_, place)) => *place = slot,
            Some(Frame::Array(_)) => {}
            None => self.pending = slot,
        }
    }

    fn scalar(&mut self, span: toml_parser::Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let data = self.scalar_data(span, kind, error);
        let id = self.add(Node { span: own_span(span), data });
        self.place(id);
    }

    fn value_sep(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.path.clear();
    }

    fn comment(&mut self, span: toml_parser::Span, error: &mut dyn ErrorSink) {
        self.raw(span, None).decode_comment(error);
    }

    fn newline(&mut self, span: toml_parser::Span, error: &mut dyn ErrorSink) {
        self.raw(span, None).decode_newline(error);
        // An unclosed header ends with its line.
        self.close_header(span.start());
        if self.open.is_empty() {
            self.path.clear();
            self.pending = None;
        }
    }
}

fn table<'i>(span: Span, origin: Origin) -> Node<'i> {
    Node { span, data: Data::Table { entries: Vec::new(), origin } }
}

fn own_span(span: toml_parser::Span) -> Span {
    Span::new(span.start(), span.end())
}

fn describe(error: &ParseError) -> String {
    let mut message = error.description().to_owned();
    let expected = error.expected().unwrap_or_default().iter().map(|expected| match expected {
        Expected::Literal("\n") => "a line end".to_owned(),
        Expected::Literal(text) => format!("`{text}`"),
        Expected::Description(text) => (*text).to_owned(),
        _ => "something else".to_owned(),
    });
    let expected: Vec<_> = expected.collect();
    if !expected.is_empty() {
        message.push_str(", expected ");
        message.push_str(&expected.join(", "));
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in one line, keys in order.
    fn shown(document: &Document<'_>, id: u32) -> String {
        match &document.nodes[id as usize].data {
            Data::Text(text) => format!("{text:?}"),
            Data::Integer(value) => value.to_string(),
            Data::Float(value) => format!("{value:?}"),
            Data::Boolean(value) => value.to_string(),
            Data::Datetime => "datetime".to_owned(),
            Data::Invalid => "!".to_owned(),
            Data::Array { items, .. } => {
                format!("[{}]", items.iter().map(|id| shown(document, *id)).collect::<Vec<_>>().join(" "))
            }
            Data::Table { entries, .. } => {
                let entries = entries.iter().map(|pair| format!("{}={}", pair.key, shown(document, pair.value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn check(text: &str, tree: &str, errors: &[(usize, &str)]) {
        let mut report = Report::new("a.toml", text);
        let document = Document::parse(&mut report);
        assert_eq!(shown(&document, 0), tree, "{text}");
        let found: Vec<_> = report.into_found().into_iter().map(|error| (error.span.start, error.message)).collect();
        let found: Vec<_> = found.iter().map(|(start, message)| (*start, message.as_str())).collect();
        assert_eq!(found, errors, "{text}");
    }

    #[test]
    fn tables_keep_the_order_of_the_file() {
        check(
            "z = 1\na.b.c = 'x'\na.b.d = 0x1F\n[t.u]\nk = [1, {n = true}]\n[t]\nv = 1.5\n[[l]]\n[[l]]\nq = 1",
            "{z=1 a={b={c=\"x\" d=31}} t={u={k=[1 {n=true}]} v=1.5} l=[{} {q=1}]}",
            &[],
        );
    }

    #[test]
    fn headers_open_tables_once() {
        check("[a.b]\nx = 1\n[a]\ny = 2\n[a.c]\n", "{a={b={x=1} y=2 c={}}}", &[]);
        check("[a]\nx = 1\n[a]\ny = 2\n", "{a={x=1}}", &[(11, "duplicate key `a`")]);
        check("a = 1\n[a]\nx = 1\n", "{a=1}", &[(7, "duplicate key `a`")]);
        check("a = 1\n[a.b]\nx = 1\n", "{a=1}", &[(7, "`a` is not a table")]);
        check("a = {}\n[a.b]\nx = 1\n", "{a={}}", &[(8, "`a` is a complete table and cannot be extended")]);
        check("[a]\nb.c = 1\n[a.b]\n", "{a={b={c=1}}}", &[(15, "duplicate key `b`")]);
        check("[a.b]\n[a]\nb.c = 1\n", "{a={b={}}}", &[(10, "duplicate key `b`")]);
        check("a = [{}]\n[[a]]\n", "{a=[{}]}", &[(11, "duplicate key `a`")]);
    }

    #[test]
    fn many_keys_are_still_told_apart() {
        let mut text: String = (0..40).map(|number| format!("k{number} = 1\n")).collect();
        text.push_str("k3 = 2\n");
        let mut report = Report::new("a.toml", &text);
        Document::parse(&mut report);
        assert_eq!(report.into_found()[0].message, "duplicate key `k3`");
    }

    #[test]
    fn a_syntax_error_costs_its_line_only() {
        check(
            "a = 0x\nb = nope\nc = 1\n",
            "{a=! b=! c=1}",
            &[(4, "the number has no digits"), (11, "`nope` is not a value, strings are quoted")],
        );
        check("[a\nb = 1\n", "{a={b=1}}", &[(2, "unclosed table, expected `]`")]);
        let text = "a = 99999999999999999999\nb = \"\\u0000\"\nc = 1e999\n";
        let nul = "the character NUL cannot be part of a name or text";
        let large = "the number is too large";
        check(text, "{a=! b=! c=!}", &[(4, large), (29, nul), (42, large)]);
    }
}
