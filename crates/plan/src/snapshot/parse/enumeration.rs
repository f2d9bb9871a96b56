//! Enumerated types.
//!
//! Whether the key is free is checked where keys are resolved.

use super::{Name, Reader};
use crate::snapshot::format;
use crate::toml::{Entry, Table, read_keys};

/// An enum.
#[derive(Debug)]
pub(crate) struct EnumNode<'a> {
    pub(crate) key: Name<'a>,
    pub(crate) values: Vec<Name<'a>>,
    pub(crate) schema: Option<Name<'a>>,
    pub(crate) comment: Option<Name<'a>>,
    pub(crate) renamed_from: Option<Name<'a>>,
    /// Values before and now.
    pub(crate) renamed_values: Vec<(Name<'a>, Name<'a>)>,
}

/// An entry of `enums`.
pub(super) fn read<'a>(reader: &mut Reader<'_, '_>, entry: &Entry<'a>) -> EnumNode<'a> {
    let mut node = EnumNode {
        key: entry.name(),
        values: Vec::new(),
        schema: None,
        comment: None,
        renamed_from: None,
        renamed_values: Vec::new(),
    };
    let Some(table) = entry.value.table(reader.report) else { return node };
    read_keys!(table, reader.report, entry, format::ENUM, {
        "values" => {
            if let Some(items) = entry.value.array(reader.report, "strings") {
                if items.is_empty() {
                    reader.report.error(entry.value.span(), format!("enum `{}` has no values", node.key.value));
                }
                node.values = items.values().filter_map(|item| item.text(reader.report)).collect();
            }
        },
        "schema" => node.schema = entry.value.text(reader.report),
        "comment" => node.comment = entry.value.text(reader.report),
        "renamed_from" => node.renamed_from = reader.filled(entry.value),
        "renamed_values" => {
            for entry in entry.value.table(reader.report).into_iter().flat_map(Table::entries) {
                node.renamed_values.extend(entry.value.text(reader.report).map(|now| (entry.name(), now)));
            }
        },
    });
    if table.get("values").is_none() {
        let message = format!("enum `{}` has no `values`", node.key.value);
        reader.report.missing_key(table, &["values"], node.key.span, message);
    }
    node
}
