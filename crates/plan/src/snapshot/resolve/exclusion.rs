//! Exclusion constraints.
//!
//! Whether a type has the operator is for the database to say.

use super::names::{Claimant, Namespace};
use super::{Draft, Resolver};
use crate::dialect::Feature;
use crate::snapshot::parse::exclusion::ExclusionNode;
use crate::snapshot::parse::index::TargetNode;

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>) {
    for node in &draft.node.exclusions {
        resolver.refuse_lacking(draft, Feature::Exclusions, Some(node.name.span), "`exclusions`");
        if has_its_columns(resolver, draft, node) {
            let what = "exclusion constraint";
            let (schema, name, span) = (draft.table.schema.as_deref(), node.name.value, node.name.span);
            resolver.check_identifier(draft.file, what, node.name);
            let claimant = Claimant { what, schema, name, file: draft.file, span };
            if resolver.claim(Namespace::Constraints, Some(&draft.table.name), claimant) {
                resolver.claim(Namespace::Relations, None, claimant);
            }
            draft.table.exclusions.insert(name.to_owned(), node.to_model());
        }
    }
}

/// One column may be compared in two ways, so each is looked up by itself.
fn has_its_columns(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, node: &ExclusionNode<'_>) -> bool {
    let mut fine = true;
    for element in &node.elements {
        if let TargetNode::Column(column) = &element.target {
            fine &= resolver.check_columns(draft, &[*column]);
        }
    }
    fine
}
