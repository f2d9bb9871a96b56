//! Views, plain and materialized.
//!
//! Owner, grants and options of one that goes and comes back are `privilege`'s.

use super::{comment, index};
use crate::{
    dialect::text::{closed, qualified},
    model::{Schema, View},
    operation::{Contradiction, CreateView, DropView, SetViewComment},
};

pub(super) fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a View, Contradiction> {
    schema.views.get(key).ok_or_else(|| Contradiction(format!("view `{key}` does not exist at this point")))
}

/// The view's quoted SQL name.
pub(super) fn name(view: &View) -> String {
    qualified(view.schema.as_deref(), &view.name)
}

/// The word for its kind.
pub(super) fn kind(view: &View) -> &'static str {
    if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" }
}

/// A materialized one is filled at once: the indexes and whoever reads it next find its rows.
pub(super) fn create(change: &CreateView) -> Vec<String> {
    let view = &change.definition;
    let (name, query) = (name(view), closed(&view.query));
    let filled = if view.materialized { "\nWITH DATA" } else { "" };
    let mut sql = vec![format!("CREATE {} {name} AS\n{query}{filled}", kind(view))];
    sql.extend(view.indexes.iter().map(|(index, definition)| index::create(&name, index, definition)));
    sql.extend(view.comment.iter().map(|text| comment::on_view(view, Some(text))));
    sql
}

pub(super) fn drop(schema: &Schema, change: &DropView) -> Result<String, Contradiction> {
    let view = find(schema, &change.key)?;
    Ok(format!("DROP {} {}", kind(view), name(view)))
}

pub(super) fn set_comment(schema: &Schema, change: &SetViewComment) -> Result<String, Contradiction> {
    Ok(comment::on_view(find(schema, &change.key)?, change.comment.as_deref()))
}
