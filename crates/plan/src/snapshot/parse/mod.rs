//! One snapshot file to nodes: the words of the format, each with its place.
//!
//! Short forms are spelled out here. Nothing is looked up: whether names exist is for `resolve` to say.

pub(crate) mod check;
pub(crate) mod column;
mod enumeration;
pub(crate) mod exclusion;
mod file;
mod fragment;
pub(crate) mod foreign_key;
pub(crate) mod index;
mod object;
pub(crate) mod sql;
pub(crate) mod table;
pub(crate) mod unique;
mod view;

pub(super) use column::{ColumnNode, Literal, TypeNode};
pub(super) use enumeration::EnumNode;
pub(super) use file::{FileNode, file};
pub(super) use foreign_key::{ForeignKeyNode, Referenced};
pub(super) use index::IndexNode;
pub(super) use object::ObjectNode;
pub(super) use table::TableNode;
pub(super) use unique::UniqueNode;
pub(super) use view::ViewNode;

use std::borrow::Cow;

use crate::model::{DefaultValue, Dialect, Number};
use crate::toml::{Array, Report, Span, Spanned, Table, Value, read_keys};

/// A name or text out of the file, with its place.
pub(crate) type Name<'a> = Spanned<&'a str>;

/// A SQL text for the dialect at hand.
pub(crate) type Sql<'a> = Spanned<Cow<'a, str>>;

/// What readers of nodes need: where to complain, and which dialect's texts to take.
#[derive(Debug)]
pub(crate) struct Reader<'r, 'p> {
    pub(crate) dialect: Dialect,
    /// Whether SQL texts are taken to the letter, because they have been read before.
    pub(crate) verbatim: bool,
    pub(crate) report: &'r mut Report<'p>,
}

impl Reader<'_, '_> {
    /// An array of tables, each read by `read`.
    pub(crate) fn list<'a, T>(
        &mut self,
        value: Value<'a>,
        mut read: impl FnMut(&mut Self, Table<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(items) = value.array(self.report, "tables") else { return Vec::new() };
        let mut list = Vec::with_capacity(items.len());
        for item in items.values() {
            if let Some(table) = item.table(self.report) {
                list.extend(read(self, table));
            }
        }
        list
    }

    /// A string with something in it.
    pub(crate) fn filled<'a>(&mut self, value: Value<'a>) -> Option<Name<'a>> {
        let name = value.text(self.report)?;
        if !self.verbatim && name.value.trim().is_empty() {
            self.report.error(name.span, "expected a name, found an empty string");
            return None;
        }
        Some(name)
    }

    /// Refuses a text that would not stay in its place.
    pub(crate) fn refuse(&mut self, span: Span, flaw: Option<&'static str>) {
        if let Some(flaw) = flaw.filter(|_| !self.verbatim) {
            self.report.error(span, flaw);
        }
    }

    /// A list that must name something.
    pub(crate) fn names<'a>(&mut self, value: Value<'a>) -> Option<Vec<Name<'a>>> {
        let names = value.texts(self.report)?;
        if value.array(self.report, "strings").is_some_and(Array::is_empty) {
            self.report.error(value.span(), "expected at least one column");
            return None;
        }
        Some(names)
    }

    /// `literal`s of defaults and backfills.
    pub(crate) fn literal(&mut self, value: Value<'_>) -> Option<DefaultValue> {
        use crate::toml::Data;

        Some(match value.data() {
            Data::Text(text) => DefaultValue::Text(text.clone().into_owned()),
            Data::Integer(text) | Data::Float(text) => {
                let number = match value.data() {
                    // Records from before digits were kept have floats, and the SQL of them.
                    Data::Float(_) if self.verbatim => text.parse().ok().and_then(Number::recorded_float),
                    _ => Number::parse(text),
                };
                let Some(number) = number else {
                    let is_finite = text.ends_with(|c: char| c.is_ascii_digit());
                    let message = if is_finite { "the number is too large" } else { "expected a finite number" };
                    self.report.error_with_help(value.span(), message, "write it as SQL: `{ sql = \"'NaN'\" }`");
                    return None;
                };
                DefaultValue::Number(number)
            }
            Data::Boolean(flag) => DefaultValue::Boolean(*flag),
            Data::Table { .. } if self.verbatim && value.table(self.report)?.get("number").is_some() => {
                let mut number = None;
                read_keys!(value.table(self.report)?, self.report, entry, {
                    "number" => number = entry.value.text(self.report),
                });
                let number = number?;
                let Some(parsed) = Number::parse(number.value) else {
                    self.report.error(number.span, "expected a number");
                    return None;
                };
                DefaultValue::Number(parsed)
            }
            Data::Table { .. } => {
                let table = value.table(self.report)?;
                DefaultValue::Expression(sql::of_table(self, table)?.value.into_owned())
            }
            Data::Datetime | Data::Array { .. } | Data::Invalid => {
                value.expected(self.report, "a string, a number, `true`, `false` or `{ sql = \"...\" }`");
                return None;
            }
        })
    }
}
