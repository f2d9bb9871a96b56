//! Exclusion constraints.
//!
//! Operators and access methods are names that only a database can check.

use super::index::TargetNode;
use super::{Name, Reader, Sql, fragment, sql};
use crate::model::{Exclusion, ExclusionElement};
use crate::snapshot::format;
use crate::toml::{Table, Value, read_keys};

/// An exclusion constraint.
#[derive(Debug)]
pub(crate) struct ExclusionNode<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) method: Name<'a>,
    pub(crate) elements: Vec<ExclusionElementNode<'a>>,
    pub(crate) predicate: Option<Sql<'a>>,
}

/// An element of an exclusion constraint.
#[derive(Debug)]
pub(crate) struct ExclusionElementNode<'a> {
    pub(crate) target: TargetNode<'a>,
    pub(crate) operator: Sql<'a>,
}

impl ExclusionNode<'_> {
    pub(crate) fn to_model(&self) -> Exclusion {
        let element = |node: &ExclusionElementNode<'_>| ExclusionElement {
            target: node.target.to_model(),
            operator: node.operator.value.clone().into_owned(),
        };
        Exclusion {
            method: self.method.value.to_owned(),
            elements: self.elements.iter().map(element).collect(),
            predicate: self.predicate.as_ref().map(|predicate| predicate.value.clone().into_owned()),
        }
    }
}

/// An element of `exclusions`.
pub(crate) fn read<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<ExclusionNode<'a>> {
    let (mut name, mut method, mut elements, mut predicate) = (None, None, None, None);
    read_keys!(table, reader.report, entry, format::EXCLUSION, {
        "name" => name = entry.value.text(reader.report),
        "using" => method = reader.filled(entry.value),
        "elements" => elements = read_elements(reader, entry.value),
        "where" => predicate = sql::read(reader, entry.value),
    });
    for required in ["name", "using", "elements"] {
        if table.get(required).is_none() {
            let message = format!("an exclusion constraint needs `{required}`");
            reader.report.missing_key(table, &[required], table.span(), message);
        }
    }
    Some(ExclusionNode { name: name?, method: method?, elements: elements?, predicate })
}

fn read_elements<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Vec<ExclusionElementNode<'a>>> {
    let items = value.array(reader.report, "tables")?;
    if items.is_empty() {
        reader.report.error(value.span(), "expected at least one element");
        return None;
    }
    let elements = reader.list(value, element);
    (elements.len() == items.len()).then_some(elements)
}

fn element<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<ExclusionElementNode<'a>> {
    let (mut column, mut expression, mut operator) = (None, None, None);
    read_keys!(table, reader.report, entry, format::EXCLUSION_ELEMENT, {
        "column" => column = entry.value.text(reader.report),
        "expression" => expression = sql::read(reader, entry.value),
        "with" => {
            operator = sql::read(reader, entry.value);
            if let Some(text) = &operator {
                reader.refuse(text.span, fragment::flaw_of_operator(&text.value));
            }
        },
    });
    if table.get("with").is_none() {
        let message = "an element needs `with`, the operator: `with = \"&&\"`";
        reader.report.missing_key(table, &["with"], table.span(), message);
    }
    let target = TargetNode::either(reader, table, column, expression);
    Some(ExclusionElementNode { target: target?, operator: operator? })
}
