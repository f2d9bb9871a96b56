//! Objects that are kept as SQL.
//!
//! Their texts are written as they are.

use super::text::{push_header, push_list, push_sql};
use crate::model::Object;

pub(super) fn push_object(out: &mut String, key: &str, object: &Object) {
    let Object { domain: _, create, drop, depends_on } = object;
    push_header(out, &["objects", key], false);
    push_list(out, "depends_on", depends_on);
    push_sql(out, "create", create);
    push_sql(out, "drop", drop);
}
