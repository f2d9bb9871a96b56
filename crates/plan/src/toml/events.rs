//! The parser's events: what the builder is told, and the decoding of keys and scalars on the way.
//!
//! Where things go is decided by the [`Builder`].

use std::borrow::Cow;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Raw, Source};

use super::builder::{Builder, Fault, Frame, table};
use super::document::{Data, Document, Node, Origin};
use super::{Report, Span};

/// Arrays and inline tables within each other; the parser stops there instead of exhausting the stack.
const MAX_DEPTH: u32 = 80;

/// Tokens of a text; the list is worth keeping for the next one.
pub(crate) type Tokens = Vec<toml_parser::lexer::Token>;

pub(super) fn build<'i>(report: &mut Report<'i>, tokens: &mut Tokens) -> Document<'i> {
    let text = report.text;
    // More than four gigabytes of text would not fit the node numbers.
    let source = Source::new(if u32::try_from(text.len()).is_ok() { text } else { "" });
    tokens.clear();
    tokens.extend(source.lex());
    let mut builder = Builder::new(text, tokens.len());
    let mut errors: Vec<ParseError> = Vec::new();
    parse_document(tokens, &mut RecursionGuard::new(&mut builder, MAX_DEPTH), &mut errors);

    let mut found = builder.found;
    found.extend(errors.iter().map(|error| {
        let span = error.unexpected().or(error.context()).map(own_span).unwrap_or_default();
        Fault { span, message: describe(error), first: None, loses: true }
    }));
    found.sort_by_key(|fault| fault.span);
    if !found.is_empty()
        && let Some(span) = conflict(text)
    {
        report.conflict(span);
        found.clear();
    }
    for Fault { span, message, first, loses } in found {
        let help = first.map(|first| format!("first defined at `{}`", report.place(first)));
        report.fault(span, message, help, loses);
    }
    Document { nodes: builder.nodes }
}

/// The line with which git begins what it could not merge.
fn conflict(text: &str) -> Option<Span> {
    let starts_line = |place: usize| text[..place].is_empty() || text[..place].ends_with('\n');
    let marker = |marker: &str| text.match_indices(marker).map(|(place, _)| place).find(|place| starts_line(*place));
    let start = marker("<<<<<<< ")?;
    marker(">>>>>>> ").filter(|end| *end > start)?;
    let length = text[start..].lines().next().map_or(0, str::len);
    Some(Span::new(start, start + length))
}

impl<'i> Builder<'i> {
    fn raw(&self, span: toml_parser::Span, encoding: Option<Encoding>) -> Raw<'i> {
        Raw::new_unchecked(self.text.get(span.start()..span.end()).unwrap_or_default(), encoding, span)
    }

    /// A checkout may turn LF into CRLF: in a string over several lines that changes nothing.
    fn plain_line_ends(&self, span: toml_parser::Span, kind: Option<Encoding>, text: Cow<'i, str>) -> Cow<'i, str> {
        let raw = self.text.get(span.start()..span.end()).unwrap_or_default();
        if !raw.contains("\r\n") {
            return text;
        }
        let raw = raw.replace("\r\n", "\n");
        let mut text = Cow::Borrowed("");
        // Decoded a second time, so that an escaped `\r\n` stays; the first time was without an error.
        let decoded = Raw::new_unchecked(&raw, kind, span).decode_scalar(&mut text, &mut Vec::new());
        debug_assert!(matches!(decoded, ScalarKind::String));
        Cow::Owned(text.into_owned())
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
            ScalarKind::String => return Data::Text(self.plain_line_ends(span, kind, text)),
            ScalarKind::Boolean(value) => return Data::Boolean(value),
            ScalarKind::DateTime => return Data::Datetime,
            ScalarKind::Integer(radix) if radix.value() == 10 => {
                (!text.is_empty()).then_some(Data::Integer(text.clone()))
            }
            ScalarKind::Integer(radix) => {
                let value = u128::from_str_radix(&text, radix.value()).ok();
                value.map(|value| Data::Integer(Cow::Owned(value.to_string())))
            }
            ScalarKind::Float => Some(Data::Float(text.clone())),
        };
        number.unwrap_or_else(|| {
            let fault = if text.is_empty() { "the number has no digits" } else { "the number is too large" };
            self.fault(own_span(span), fault, None, false);
            Data::Invalid
        })
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
