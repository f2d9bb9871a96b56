//! Indexes of tables and of materialized views.
//!
//! Operator classes and methods are names that only the database can check.

use std::collections::BTreeMap;

use makemigrations_sql::{TokenKind, tokens};

use super::names::Owner;
use super::{Draft, Resolver};
use crate::dialect::Feature;
use crate::model::name::NameKind;
use crate::model::{Dialect, Index, IndexTarget};
use crate::snapshot::parse::IndexNode;
use crate::snapshot::parse::index::TargetNode;

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>) {
    for node in &draft.node.indexes {
        resolve(resolver, draft, node);
    }
}

fn resolve(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>, node: &IndexNode<'_>) {
    let file = draft.file;
    let method = node.method.filter(|method| method.value != "btree").map(|method| method.span);
    resolver.refuse_lacking(draft, Feature::IndexMethods, method, "`using`");
    let with = node.with.as_ref().map(|with| with.span);
    resolver.refuse_lacking(draft, Feature::StorageParameters, with, "`with`");
    let mut columns = Vec::with_capacity(node.elements.len());
    for element in &node.elements {
        let opclass = element.opclass.map(|opclass| opclass.span);
        resolver.refuse_lacking(draft, Feature::OperatorClasses, opclass, "`opclass`");
        let nulls = element.nulls.map(|nulls| nulls.span);
        resolver.refuse_lacking(draft, Feature::NullsOrder, nulls, "`nulls`");
        if let Some(collation) = element.collation {
            resolver.check_collation_name(file, collation);
        }
        if let TargetNode::Column(column) = &element.target {
            columns.push(*column);
        }
    }
    resolver.check_include(draft, &node.include, &columns);
    if !resolver.check_columns(draft, &columns) {
        return;
    }
    let name = name(resolver, &draft.owner(), node);
    draft.table.indexes.insert(name, node.to_model());
}

/// The indexes of a materialized view. Its columns are the query's, so nothing here knows them.
pub(super) fn resolve_of_view(
    resolver: &mut Resolver<'_, '_, '_>,
    view: &Owner<'_>,
    nodes: &[IndexNode<'_>],
) -> BTreeMap<String, Index> {
    nodes.iter().map(|node| (name(resolver, view, node), node.to_model())).collect()
}

fn name(resolver: &mut Resolver<'_, '_, '_>, owner: &Owner<'_>, node: &IndexNode<'_>) -> String {
    let dialect = resolver.dialect;
    let parts: Vec<_> = node.elements.iter().map(|element| name_part(dialect, &element.target.to_model())).collect();
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    resolver.name(owner, NameKind::Index, "index", node.name, node.span, &parts)
}

/// What an element adds to an automatic name.
pub(in crate::snapshot) fn name_part(dialect: Dialect, target: &IndexTarget) -> String {
    match target {
        IndexTarget::Column(column) => column.clone(),
        IndexTarget::Expression(text) => name_of_expression(dialect, text),
    }
}

/// What an expression adds to an automatic name: PostgreSQL's choice, a function's name or else `expr`.
fn name_of_expression(dialect: Dialect, text: &str) -> String {
    let tokens: Vec<_> = tokens(text, dialect).filter(|token| !token.is_blank()).collect();
    let [function, open, arguments @ ..] = tokens.as_slice() else { return "expr".to_owned() };
    if function.kind != TokenKind::Word || open.text != "(" {
        return "expr".to_owned();
    }
    let mut depth = 1_usize;
    for (index, token) in arguments.iter().enumerate() {
        match token.text {
            "(" if token.kind == TokenKind::Symbol => depth += 1,
            ")" if token.kind == TokenKind::Symbol => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let is_last = index + 1 == arguments.len();
            return if is_last { function.text.to_lowercase() } else { "expr".to_owned() };
        }
    }
    "expr".to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Dialect, name_of_expression};

    #[test]
    fn expressions_are_named_as_postgresql_names_them() {
        assert_eq!(name_of_expression(Dialect::Postgres, "lower(title)"), "lower");
        assert_eq!(name_of_expression(Dialect::Postgres, "COALESCE(a, (b))"), "coalesce");
        assert_eq!(name_of_expression(Dialect::Postgres, "lower(a) || lower(b)"), "expr");
        assert_eq!(name_of_expression(Dialect::Postgres, "a + b"), "expr");
        assert_eq!(name_of_expression(Dialect::Postgres, "("), "expr");
    }
}
