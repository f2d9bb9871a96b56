//! The top level of a snapshot file.
//!
//! What belongs together across files is put together later.

use super::{EnumNode, Name, ObjectNode, Reader, TableNode, ViewNode, enumeration, object, table, view};
use crate::model::{Dialect, Domain};
use crate::snapshot::format;
use crate::toml::{Report, Span, Spanned, Table, Value, read_keys};

/// A snapshot file.
#[derive(Debug)]
pub(crate) struct FileNode<'a> {
    pub(crate) domain: &'a Domain,
    /// Whether the format is known; else the rest is empty.
    pub(crate) is_known: bool,
    pub(crate) extensions: Option<Spanned<Vec<Name<'a>>>>,
    pub(crate) depends_on: Option<Vec<Name<'a>>>,
    pub(crate) enums: Vec<EnumNode<'a>>,
    pub(crate) tables: Vec<TableNode<'a>>,
    pub(crate) views: Vec<ViewNode<'a>>,
    pub(crate) objects: Vec<ObjectNode<'a>>,
}

/// Reads a file. One of another format is not read any further.
pub(in crate::snapshot) fn file<'a>(
    dialect: Dialect,
    domain: &'a Domain,
    root: Table<'a>,
    report: &mut Report<'_>,
) -> FileNode<'a> {
    let mut node = FileNode {
        domain,
        is_known: false,
        extensions: None,
        depends_on: None,
        enums: Vec::new(),
        tables: Vec::new(),
        views: Vec::new(),
        objects: Vec::new(),
    };
    let reader = &mut Reader { dialect, verbatim: false, report };
    match root.get("format") {
        Some(format) if !is_known(reader, format) => return node,
        Some(_) => {}
        None => reader.report.missing_key(root, &["format"], Span::default(), "missing `format = 1`"),
    }
    node.is_known = true;
    read_keys!(root, reader.report, entry, format::FILE, {
        "format" => {},
        "extensions" => {
            let names = entry.value.texts(reader.report);
            node.extensions = names.map(|value| Spanned { value, span: entry.span });
        },
        "depends_on" => node.depends_on = entry.value.texts(reader.report),
        "enums" => {
            for entry in entry.value.table(reader.report).into_iter().flat_map(Table::entries) {
                node.enums.push(enumeration::read(reader, &entry));
            }
        },
        "tables" => {
            for entry in entry.value.table(reader.report).into_iter().flat_map(Table::entries) {
                node.tables.push(table::read(reader, &entry));
            }
        },
        "views" => {
            for entry in entry.value.table(reader.report).into_iter().flat_map(Table::entries) {
                node.views.push(view::read(reader, &entry));
            }
        },
        "objects" => {
            for entry in entry.value.table(reader.report).into_iter().flat_map(Table::entries) {
                node.objects.push(object::read(reader, &entry));
            }
        },
    });
    node
}

fn is_known(reader: &mut Reader<'_, '_>, format: Value<'_>) -> bool {
    match format.integer(reader.report) {
        Some(1) => true,
        Some(number) => {
            reader.report.error_with_help(
                format.span(),
                format!("snapshot format {number} is not known, expected `1`"),
                "a newer version of makemigrations may read it",
            );
            false
        }
        None => false,
    }
}
