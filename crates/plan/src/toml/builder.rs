//! A [`Document`](super::Document) while it is being put together.
//!
//! Decides what a key may add to (TOML's rules on redefinition); what the keys mean is not its business. Never fails:
//! what contradicts is reported and left out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Span;
use super::document::{Data, Node, Origin, Pair};

/// Tables up to this size are searched entry by entry.
const SMALL_TABLE: usize = 16;

pub(super) struct Builder<'i> {
    pub(super) text: &'i str,
    pub(super) nodes: Vec<Node<'i>>,
    /// The keys of tables that have outgrown a search entry by entry.
    indexes: BTreeMap<u32, BTreeMap<Cow<'i, str>, usize>>,
    /// The table that the last header opened.
    current: u32,
    /// Keys read so far of a header or of the left side of `=`.
    pub(super) path: Vec<(Cow<'i, str>, Span)>,
    /// Where the header began, while one is being read, and whether it has two brackets.
    pub(super) header: Option<(Span, bool)>,
    /// Where the value after `=` goes, at the top level.
    pub(super) pending: Option<Slot<'i>>,
    /// Arrays and inline tables that are not closed yet.
    pub(super) open: Vec<Frame<'i>>,
    pub(super) found: Vec<Fault>,
}

/// An error in the text.
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
    /// The place of what it contradicts.
    pub(super) first: Option<Span>,
    /// Whether more than one value may be lost with it.
    pub(super) loses: bool,
}

/// Where the value after a key goes.
pub(super) struct Slot<'i> {
    table: u32,
    key: Cow<'i, str>,
    span: Span,
}

/// Something that is open.
pub(super) enum Frame<'i> {
    Array(u32),
    Table(u32, Option<Slot<'i>>),
}

impl<'i> Builder<'i> {
    pub(super) fn new(text: &'i str, tokens: usize) -> Self {
        let mut nodes = Vec::with_capacity(tokens / 2 + 1);
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

    pub(super) fn add(&mut self, node: Node<'i>) -> u32 {
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

    pub(super) fn fault(&mut self, span: Span, message: impl Into<String>, first: Option<Span>, loses: bool) {
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

    pub(super) fn close_header(&mut self, end: usize) {
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
    pub(super) fn slot(&mut self) -> Option<Slot<'i>> {
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

    pub(super) fn place(&mut self, value: u32) {
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

    pub(super) fn close(&mut self, end: usize, is_array: bool) {
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

/// An empty table.
pub(super) fn table<'i>(span: Span, origin: Origin) -> Node<'i> {
    Node { span, data: Data::Table { entries: Vec::new(), origin } }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Report};
    use super::*;

    /// The tree in one line, keys in order.
    fn shown(document: &Document<'_>, id: u32) -> String {
        match &document.nodes[id as usize].data {
            Data::Text(text) => format!("{text:?}"),
            Data::Integer(digits) | Data::Float(digits) => digits.to_string(),
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
        let document = Document::parse(&mut report, &mut Vec::new());
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
        Document::parse(&mut report, &mut Vec::new());
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
        let text = "a = 0xfffffffffffffffffffffffffffffffff\nb = \"\\u0000\"\nc = 1_0e9_99\nd = 99999999999999999999\n";
        let nul = "the character NUL cannot be part of a name or text";
        let large = "the number is too large";
        check(text, "{a=! b=! c=10e999 d=99999999999999999999}", &[(4, large), (44, nul)]);
    }
}
