//! Any other object of a database, as the SQL that creates and drops it.
//!
//! What kind of object it is, is not known.

use super::{Name, Reader, Sql, sql};
use crate::snapshot::format;
use crate::toml::{Entry, read_keys};

/// An object.
#[derive(Debug)]
pub(crate) struct ObjectNode<'a> {
    pub(crate) key: Name<'a>,
    /// What to run; none when it cannot be read, or when this dialect does not have the object.
    pub(crate) texts: Option<ObjectTexts<'a>>,
    pub(crate) depends_on: Vec<Name<'a>>,
}

/// `create` and `drop`.
#[derive(Debug)]
pub(crate) struct ObjectTexts<'a> {
    pub(crate) create: Sql<'a>,
    pub(crate) drop: Sql<'a>,
}

/// An entry of `objects`. An object whose texts are all of other dialects is one of theirs only.
pub(super) fn read<'a>(reader: &mut Reader<'_, '_>, entry: &Entry<'a>) -> ObjectNode<'a> {
    let mut node = ObjectNode { key: entry.name(), texts: None, depends_on: Vec::new() };
    let Some(table) = entry.value.table(reader.report) else { return node };
    let (mut create, mut drop) = (None, None);
    read_keys!(table, reader.report, entry, format::OBJECT, {
        "create" => create = sql::statements(reader, entry.value),
        "drop" => drop = sql::statements(reader, entry.value),
        "depends_on" => node.depends_on = entry.value.texts(reader.report).unwrap_or_default(),
    });
    let key = node.key;
    for required in ["create", "drop"] {
        if table.get(required).is_none() {
            let message = format!("object `{}` has no `{required}`", key.value);
            reader.report.missing_key(table, &[required], key.span, message);
        }
    }
    let (Some(create), Some(drop)) = (create, drop) else { return node };
    let half = match (create, drop) {
        (Some(create), Some(drop)) => {
            node.texts = Some(ObjectTexts { create, drop });
            return node;
        }
        (None, None) => return node,
        (Some(_), None) => ("create", "drop"),
        (None, Some(_)) => ("drop", "create"),
    };
    let dialect = reader.dialect;
    let message = format!("object `{}` has a text for {dialect} in `{}` and none in `{}`", key.value, half.0, half.1);
    reader.report.error(key.span, message);
    node
}
