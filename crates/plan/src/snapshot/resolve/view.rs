//! Views, with the indexes of the materialized ones.
//!
//! What a query reads is found where dependencies are.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Claimant, Owner, placed};
use super::{InFile, Resolver, index};
use crate::dialect::Feature;
use crate::model::{Schema, View};
use crate::snapshot::parse::ViewNode;

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>, schema: &mut Schema) {
    let views: Vec<_> = resolver.views.values().copied().collect();
    for InFile { file, node } in views {
        if let Some(view) = resolve(resolver, file, node) {
            schema.views.insert(node.key.value.to_owned(), view);
        }
    }
}

fn resolve(resolver: &mut Resolver<'_, '_, '_>, file: usize, node: &ViewNode<'_>) -> Option<View> {
    let given = node.name.unwrap_or(node.key);
    resolver.check_relation_name(file, "view", given);
    if node.name.is_some() && node.key.value.is_empty() {
        resolver.error(file, node.key.span, "the key of a view cannot be empty");
    }
    if let Some(schema) = node.schema {
        resolver.check_schema_name(file, schema);
    }
    let (schema, name) = placed(resolver.dialect, node.schema.map(|schema| schema.value), given.value);
    let claimant = Claimant { what: "view", schema: schema.as_deref(), name: &name, file, span: given.span };
    let is_named = resolver.claim_relation(claimant);
    check_kind(resolver, file, node);
    let owner = Owner { file, name: &name, schema: schema.as_deref(), is_named };
    let indexes = match resolver.has(Feature::MaterializedViews) {
        true => index::resolve_of_view(resolver, &owner, &node.indexes),
        false => BTreeMap::new(),
    };
    let has_comments = resolver.has(Feature::Comments);
    Some(View {
        domain: resolver.files[file].domain.clone(),
        query: node.query.as_ref()?.value.clone().into_owned(),
        materialized: node.materialized.is_some(),
        comment: node.comment.filter(|_| has_comments).map(|comment| comment.value.to_owned()),
        depends_on: BTreeSet::new(),
        indexes,
        schema,
        name,
    })
}

/// Only rows that are kept can be indexed, and only PostgreSQL keeps them.
fn check_kind(resolver: &mut Resolver<'_, '_, '_>, file: usize, node: &ViewNode<'_>) {
    let first = node.indexes.first().map(|index| index.span);
    let owner = format!("view `{}`", node.key.value);
    let feature = Feature::MaterializedViews;
    resolver.refuse_lacking_in(file, &owner, feature, node.materialized, "`materialized`");
    resolver.refuse_lacking_in(file, &owner, feature, first, "`indexes`");
    if let (Some(first), None) = (first, node.materialized)
        && resolver.has(feature)
    {
        let message = format!("{owner} has `indexes`, which only a materialized view can have");
        resolver.error_with_help(file, first, message, "add `materialized = true` to the view");
    }
}
