//! Indexes, of a table or a column.
//!
//! Which features a dialect has is checked where they are resolved.

use std::collections::BTreeMap;

use super::{Name, Reader, Sql, fragment, sql, unique};
use crate::model::{Index, IndexColumn, IndexTarget, Nulls};
use crate::snapshot::format;
use crate::toml::{Data, Entry, Span, Spanned, Table, Value, read_keys};

/// `order`: whether it is descending.
pub(crate) const ORDER: [(&str, bool); 2] = [("asc", false), ("desc", true)];

/// `nulls`.
pub(crate) const NULLS: [(&str, Nulls); 2] = [("first", Nulls::First), ("last", Nulls::Last)];

/// An index.
#[derive(Debug)]
pub(crate) struct IndexNode<'a> {
    pub(crate) span: Span,
    pub(crate) name: Option<Name<'a>>,
    pub(crate) elements: Vec<ElementNode<'a>>,
    pub(crate) unique: bool,
    /// Only records have it: a snapshot says it as a unique constraint with `where`.
    pub(crate) nulls_not_distinct: Option<Span>,
    pub(crate) predicate: Option<Sql<'a>>,
    pub(crate) method: Option<Name<'a>>,
    pub(crate) include: Vec<Name<'a>>,
    pub(crate) with: Option<Spanned<BTreeMap<String, String>>>,
}

/// An element of an index.
#[derive(Debug)]
pub(crate) struct ElementNode<'a> {
    pub(crate) target: TargetNode<'a>,
    pub(crate) descending: bool,
    pub(crate) nulls: Option<Spanned<Nulls>>,
    pub(crate) opclass: Option<Name<'a>>,
    pub(crate) collation: Option<Name<'a>>,
}

/// What an element indexes.
#[derive(Debug)]
pub(crate) enum TargetNode<'a> {
    Column(Name<'a>),
    Expression(Sql<'a>),
}

impl<'a> IndexNode<'a> {
    pub(crate) fn new(span: Span, name: Option<Name<'a>>, elements: Vec<ElementNode<'a>>) -> Self {
        Self {
            span,
            name,
            elements,
            unique: false,
            nulls_not_distinct: None,
            predicate: None,
            method: None,
            include: Vec::new(),
            with: None,
        }
    }

    pub(crate) fn to_model(&self) -> Index {
        Index {
            columns: self.elements.iter().map(ElementNode::to_model).collect(),
            unique: self.unique,
            nulls_not_distinct: self.nulls_not_distinct.is_some(),
            predicate: self.predicate.as_ref().map(|predicate| predicate.value.clone().into_owned()),
            // The default method is left out, so that writing it down is no change.
            method: self.method.map(|method| method.value.to_owned()).filter(|method| method != "btree"),
            include: unique::owned(&self.include),
            with: self.with.as_ref().map(|with| with.value.clone()).unwrap_or_default(),
        }
    }
}

impl<'a> ElementNode<'a> {
    pub(crate) fn plain(column: Name<'a>) -> Self {
        Self { target: TargetNode::Column(column), descending: false, nulls: None, opclass: None, collation: None }
    }

    fn to_model(&self) -> IndexColumn {
        let usual = if self.descending { Nulls::First } else { Nulls::Last };
        let owned = |name: Option<Name<'_>>| name.map(|name| name.value.to_owned());
        IndexColumn {
            target: self.target.to_model(),
            descending: self.descending,
            nulls: self.nulls.map(|nulls| nulls.value).filter(|nulls| *nulls != usual),
            opclass: owned(self.opclass),
            collation: owned(self.collation),
        }
    }
}

impl<'a> TargetNode<'a> {
    /// One of the two, which is all that an element may have.
    pub(super) fn either(
        reader: &mut Reader<'_, '_>,
        table: Table<'a>,
        column: Option<Name<'a>>,
        expression: Option<Sql<'a>>,
    ) -> Option<Self> {
        match (column, expression) {
            (Some(column), None) => Some(Self::Column(column)),
            (None, Some(expression)) => Some(Self::Expression(expression)),
            (None, None) if table.get("column").is_some() || table.get("expression").is_some() => None,
            _ => {
                let message = "expected either `column` or `expression`";
                reader.report.missing_key(table, &["column", "expression"], table.span(), message);
                None
            }
        }
    }

    pub(crate) fn to_model(&self) -> IndexTarget {
        match self {
            Self::Column(column) => IndexTarget::Column(column.value.to_owned()),
            Self::Expression(text) => IndexTarget::Expression(text.value.clone().into_owned()),
        }
    }
}

/// An element of `indexes`.
pub(crate) fn read<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<IndexNode<'a>> {
    let mut node = IndexNode::new(table.span(), None, Vec::new());
    let mut elements = None;
    read_keys!(table, reader.report, entry, format::INDEX, {
        "columns" => elements = Some(read_elements(reader, entry.value)),
        "name" => node.name = entry.value.text(reader.report),
        "unique" => node.unique = entry.value.flag(reader.report).is_some(),
        "where" => node.predicate = sql::read(reader, entry.value),
        "using" => node.method = reader.filled(entry.value),
        "include" => node.include = entry.value.texts(reader.report).unwrap_or_default(),
        "with" => node.with = parameters(reader, entry.value),
    });
    finish(reader, table, node, elements)
}

/// The same in a record, where a partial unique constraint has become what it is.
pub(crate) fn read_recorded<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<IndexNode<'a>> {
    let mut node = IndexNode::new(table.span(), None, Vec::new());
    let mut elements = None;
    read_keys!(table, reader.report, entry, {
        "columns" => elements = Some(read_elements(reader, entry.value)),
        "name" => node.name = entry.value.text(reader.report),
        "unique" => node.unique = entry.value.flag(reader.report).is_some(),
        "nulls_not_distinct" => node.nulls_not_distinct = entry.value.flag(reader.report),
        "where" => node.predicate = sql::read(reader, entry.value),
        "using" => node.method = entry.value.text(reader.report),
        "include" => node.include = entry.value.texts(reader.report).unwrap_or_default(),
        "with" => node.with = parameters(reader, entry.value),
    });
    finish(reader, table, node, elements)
}

fn finish<'a>(
    reader: &mut Reader<'_, '_>,
    table: Table<'a>,
    mut node: IndexNode<'a>,
    elements: Option<Option<Vec<ElementNode<'a>>>>,
) -> Option<IndexNode<'a>> {
    if elements.is_none() {
        reader.report.missing_key(table, &["columns"], table.span(), "an index needs `columns`");
    }
    node.elements = elements.flatten()?;
    Some(node)
}

/// `index` of a column: `true` or `{ name = "..." }`.
pub(super) fn of_column<'a>(reader: &mut Reader<'_, '_>, entry: &Entry<'a>, column: Name<'a>) -> Option<IndexNode<'a>> {
    let name = unique::switch(reader, entry.value)?;
    Some(IndexNode::new(entry.value.span(), name, vec![ElementNode::plain(column)]))
}

fn read_elements<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Vec<ElementNode<'a>>> {
    let items = value.array(reader.report, "columns")?;
    if items.is_empty() {
        reader.report.error(value.span(), "expected at least one column");
        return None;
    }
    let elements: Vec<_> = items.values().filter_map(|item| element(reader, item)).collect();
    (elements.len() == items.len()).then_some(elements)
}

fn element<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<ElementNode<'a>> {
    if let Data::Text(name) = value.data() {
        return Some(ElementNode::plain(Spanned { value: name, span: value.span() }));
    }
    let Data::Table { .. } = value.data() else {
        value.expected(reader.report, "a column's name or `{ column = \"...\" }`");
        return None;
    };
    let table = value.table(reader.report)?;
    let (mut column, mut expression) = (None, None);
    let (mut descending, mut nulls, mut opclass, mut collation) = (false, None, None, None);
    read_keys!(table, reader.report, entry, format::INDEX_ELEMENT, {
        "column" => column = entry.value.text(reader.report),
        "expression" => expression = sql::read(reader, entry.value),
        "order" => descending = entry.value.word(reader.report, &ORDER).is_some_and(|order| order.value),
        "nulls" => nulls = entry.value.word(reader.report, &NULLS),
        "opclass" => {
            opclass = reader.filled(entry.value);
            if let Some(name) = opclass {
                reader.refuse(name.span, fragment::flaw_of_operator_class(name.value));
            }
        },
        "collation" => collation = reader.filled(entry.value),
    });
    let target = TargetNode::either(reader, table, column, expression)?;
    Some(ElementNode { target, descending, nulls, opclass, collation })
}

/// `with`: storage parameters, whose values are numbers, words or switches.
fn parameters(reader: &mut Reader<'_, '_>, value: Value<'_>) -> Option<Spanned<BTreeMap<String, String>>> {
    let mut parameters = BTreeMap::new();
    for entry in value.table(reader.report)?.entries() {
        let text = match entry.value.data() {
            Data::Text(text) => text.clone().into_owned(),
            Data::Integer(number) | Data::Float(number) => number.clone().into_owned(),
            Data::Boolean(flag) => flag.to_string(),
            Data::Datetime | Data::Array { .. } | Data::Table { .. } | Data::Invalid => {
                entry.value.expected(reader.report, "a string, a number, `true` or `false`");
                continue;
            }
        };
        reader.refuse(entry.span, fragment::flaw_of_parameter_name(entry.key));
        reader.refuse(entry.value.span(), fragment::flaw_of_parameter_value(&text));
        parameters.insert(entry.key.to_owned(), text);
    }
    Some(Spanned { value: parameters, span: value.span() })
}
