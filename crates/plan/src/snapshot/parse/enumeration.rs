//! Enumerated types.
//!
//! Whether the key is free is checked where keys are resolved.

use super::{Name, Reader};
use crate::toml::{Entry, read_keys};

/// An enum.
#[derive(Debug)]
pub(crate) struct EnumNode<'a> {
    pub(crate) key: Name<'a>,
    pub(crate) values: Vec<Name<'a>>,
    pub(crate) schema: Option<Name<'a>>,
    pub(crate) comment: Option<Name<'a>>,
}

/// An entry of `enums`.
pub(super) fn read<'a>(reader: &mut Reader<'_, '_>, entry: &Entry<'a>) -> EnumNode<'a> {
    let mut node = EnumNode { key: entry.name(), values: Vec::new(), schema: None, comment: None };
    let Some(table) = entry.value.table(reader.report) else { return node };
    read_keys!(table, reader.report, entry, {
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
        "renamed_from" => reader.report.not_supported(&entry),
        "renamed_values" => reader.report.not_supported(&entry),
    });
    if table.get("values").is_none() {
        let message = format!("enum `{}` has no `values`", node.key.value);
        reader.report.missing_key(table, &["values"], node.key.span, message);
    }
    node
}
