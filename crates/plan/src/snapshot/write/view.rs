//! Views.
//!
//! A table's analytics view is a line of the table.

use super::Writer;
use super::index::push_index;
use super::place::push_place;
use super::text::{push_flag, push_header, push_line, push_list, push_sql};
use crate::model::View;

pub(super) fn push_view(out: &mut String, writer: &Writer<'_>, key: &str, view: &View) {
    let View { domain: _, name, schema, query, materialized, comment, depends_on, indexes } = view;
    push_header(out, &["views", key], false);
    push_place(out, writer.options.dialect, key, schema.as_deref(), name);
    push_line(out, "comment", comment.as_deref());
    push_flag(out, "materialized", *materialized);
    push_list(out, "depends_on", depends_on);
    push_sql(out, "query", query);
    for (index_name, index) in indexes {
        push_index(out, writer, &["views", key, "indexes"], name, index_name, index);
    }
}
