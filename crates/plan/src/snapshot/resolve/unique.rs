//! Unique constraints; a partial one becomes a unique index.
//!
//! Full unique indexes that are declared as such are indexes.

use super::{Draft, Resolver};
use crate::dialect::Feature;
use crate::model::name::NameKind;
use crate::snapshot::parse::index::{ElementNode, IndexNode};
use crate::snapshot::parse::{Name, UniqueNode};

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>) {
    for node in &draft.node.unique {
        resolve(resolver, draft, node);
    }
}

fn resolve(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>, node: &UniqueNode<'_>) {
    let file = draft.file;
    let deferrable = node.deferrable.map(|deferrable| deferrable.span);
    resolver.refuse_lacking(draft, Feature::DeferrableUnique, deferrable, "a deferrable unique constraint");
    resolver.refuse_lacking(draft, Feature::NullsNotDistinct, node.nulls_not_distinct, "`nulls_not_distinct`");
    resolver.check_include(draft, &node.include, &node.columns);
    if let (Some(deferrable), Some(_)) = (deferrable, &node.predicate) {
        resolver.error(file, deferrable, "a unique constraint with `where` is an index, which cannot be deferrable");
    }
    if !resolver.check_columns(draft, &node.columns) {
        return;
    }
    // A partial one is an index, with the automatic name of a constraint.
    let kind = if node.predicate.is_some() && node.name.is_some() { NameKind::Index } else { NameKind::Unique };
    let name = resolver.name(&draft.owner(), kind, "unique constraint", node.name, node.span, &names(&node.columns));
    if node.predicate.is_some() {
        let elements = node.columns.iter().map(|column| ElementNode::plain(*column)).collect();
        let index = IndexNode::new(node.span, node.name, elements);
        let mut index = index.to_model();
        index.unique = true;
        index.predicate = node.predicate.as_ref().map(|predicate| predicate.value.clone().into_owned());
        index.nulls_not_distinct = node.nulls_not_distinct.is_some();
        index.include = names(&node.include).into_iter().map(str::to_owned).collect();
        draft.table.indexes.insert(name, index);
    } else {
        draft.table.unique.insert(name, node.to_model());
    }
}

pub(super) fn names<'a>(columns: &[Name<'a>]) -> Vec<&'a str> {
    columns.iter().map(|column| column.value).collect()
}

impl Resolver<'_, '_, '_> {
    /// `include`: columns that exist, and that the key does not have.
    pub(super) fn check_include(&mut self, draft: &Draft<'_>, include: &[Name<'_>], key: &[Name<'_>]) {
        let first = include.first().map(|name| name.span);
        self.refuse_lacking(draft, Feature::IncludedColumns, first, "`include`");
        if self.check_columns(draft, include) {
            for name in include.iter().filter(|name| key.iter().any(|column| column.value == name.value)) {
                self.error(
                    draft.file,
                    name.span,
                    format!("column `{}` is indexed and need not be included", name.value),
                );
            }
        }
    }
}
