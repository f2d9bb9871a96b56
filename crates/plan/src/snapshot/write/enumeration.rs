//! Enums.
//!
//! Which columns use them is not said here.

use super::text::{push_header, push_line, push_list};
use crate::model::Enum;

pub(super) fn push_enum(out: &mut String, key: &str, item: &Enum) {
    let Enum { domain: _, schema, values, comment } = item;
    push_header(out, &["enums", key], false);
    push_list(out, "values", values);
    push_line(out, "schema", schema.as_deref());
    push_line(out, "comment", comment.as_deref());
}
