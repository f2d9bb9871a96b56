//! Indexes.
//!
//! Operator classes and methods are names that only the database can check.

use makemigrations_sql::{TokenKind, tokens};

use super::{Draft, Resolver};
use crate::model::name::Kind;
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
    resolver.refuse_on_sqlite(draft, method, "`using`", "SQLite has one kind of index");
    let with = node.with.as_ref().map(|with| with.span);
    resolver.refuse_on_sqlite(draft, with, "`with`", "SQLite's indexes have no storage parameters");
    let mut columns = Vec::with_capacity(node.elements.len());
    let mut parts = Vec::with_capacity(node.elements.len());
    for element in &node.elements {
        let opclass = element.opclass.map(|opclass| opclass.span);
        resolver.refuse_on_sqlite(draft, opclass, "`opclass`", "operator classes are PostgreSQL's");
        let nulls = element.nulls.map(|nulls| nulls.span);
        resolver.refuse_on_sqlite(draft, nulls, "`nulls`", "SQLite's indexes sort `NULL`s first");
        if let Some(collation) = element.collation {
            resolver.check_collation_name(file, collation);
        }
        match &element.target {
            TargetNode::Column(column) => {
                columns.push(*column);
                parts.push(column.value.to_owned());
            }
            TargetNode::Expression(text) => parts.push(name_of_expression(&text.value)),
        }
    }
    resolver.check_include(draft, &node.include, &columns);
    if !resolver.check_columns(draft, &columns) {
        return;
    }
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let name = resolver.name(draft, Kind::Index, "index", node.name, node.span, &parts);
    draft.table.indexes.insert(name, node.to_model());
}

/// What an expression adds to an automatic name: PostgreSQL's choice, a function's name or else `expr`.
fn name_of_expression(text: &str) -> String {
    let tokens: Vec<_> = tokens(text).filter(|token| !token.is_blank()).collect();
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
    use super::name_of_expression;

    #[test]
    fn expressions_are_named_as_postgresql_names_them() {
        assert_eq!(name_of_expression("lower(title)"), "lower");
        assert_eq!(name_of_expression("COALESCE(a, (b))"), "coalesce");
        assert_eq!(name_of_expression("lower(a) || lower(b)"), "expr");
        assert_eq!(name_of_expression("a + b"), "expr");
        assert_eq!(name_of_expression("("), "expr");
    }
}
