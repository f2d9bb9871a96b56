//! Check constraints.
//!
//! Expressions are not understood.

use super::{Draft, Resolver};
use crate::model::name::NameKind;

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>) {
    for node in &draft.node.checks {
        let column = node.column.map(|column| column.value);
        let columns: Vec<_> = column.into_iter().collect();
        let name = resolver.name(&draft.owner(), NameKind::Check, "check constraint", node.name, node.span, &columns);
        draft.table.checks.insert(name, node.to_model());
    }
}
