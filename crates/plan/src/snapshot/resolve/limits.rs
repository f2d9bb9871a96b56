//! What a database has no room for, or no means: too many columns, indexes of a method that cannot do what is asked, keys
//! that a partitioned table cannot have.
//!
//! Only what certainly fails; operator classes and what extensions bring are for the database to judge.

use makemigrations_sql::{TokenKind, tokens};

use super::{Draft, Resolver};
use crate::dialect::Feature;
use crate::model::{DataType, Dialect};
use crate::snapshot::parse::IndexNode;
use crate::snapshot::parse::index::TargetNode;
use crate::toml::Span;

pub(super) fn check(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>) {
    let columns = resolver.limits().columns;
    let node = draft.node;
    if node.columns.len() > columns {
        let message = format!("table `{}` has {} columns", node.key.value, node.columns.len());
        resolver.error_with_help(draft.file, node.key.span, message, format!("a table has at most {columns}"));
    }
    if let Some(key) = &draft.table.primary_key {
        let span = node.primary_key.as_ref().map_or(node.key.span, |key| key.span);
        check_width(resolver, draft, "a primary key", span, key.columns.len());
    }
    for unique in &node.unique {
        check_width(resolver, draft, "a unique constraint", unique.span, unique.columns.len() + unique.include.len());
    }
    for index in &node.indexes {
        check_width(resolver, draft, "an index", index.span, index.elements.len() + index.include.len());
    }
    for key in &node.foreign_keys {
        check_width(resolver, draft, "a foreign key", key.span, key.columns.len());
    }
    for exclusion in &node.exclusions {
        check_width(resolver, draft, "an exclusion constraint", exclusion.name.span, exclusion.elements.len());
    }
    if resolver.has(Feature::IndexMethods) {
        node.indexes.iter().for_each(|index| check_method(resolver, draft, index));
        check_exclusions(resolver, draft);
        check_btree_types(resolver, draft);
        check_partition_key(resolver, draft);
    }
}

fn check_width(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, what: &str, span: Span, columns: usize) {
    let most = resolver.limits().index_columns;
    if columns > most {
        let message = format!("table `{}`: {what} of {columns} columns", draft.node.key.value);
        resolver.error_with_help(draft.file, span, message, format!("{what} has at most {most}"));
    }
}

/// What PostgreSQL's own methods cannot do. Those of extensions are their own business.
fn check_method(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, index: &IndexNode<'_>) {
    let Some(method) = index.method.filter(|method| ["hash", "gin", "gist", "spgist", "brin"].contains(&method.value))
    else {
        return;
    };
    let (key, name, file) = (draft.node.key.value, method.value, draft.file);
    let mut refuse = |span, what: &str| {
        resolver.error(file, span, format!("table `{key}`: an index `using = \"{name}\"` {what}"));
    };
    if index.unique {
        refuse(index.span, "cannot be unique");
    }
    if name == "hash" && index.elements.len() > 1 {
        refuse(index.span, "has exactly one column");
    }
    if let (Some(include), false) = (index.include.first(), ["gist", "spgist"].contains(&name)) {
        refuse(include.span, "cannot `include` further columns");
    }
    for element in &index.elements {
        if element.descending {
            refuse(index.span, "has no order: leave `order = \"desc\"` out");
        }
        if let Some(nulls) = element.nulls {
            refuse(nulls.span, "has no order: leave `nulls` out");
        }
    }
}

fn check_exclusions(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>) {
    for exclusion in &draft.node.exclusions {
        if ["gin", "brin"].contains(&exclusion.method.value) {
            let message = format!(
                "table `{}`: an exclusion constraint cannot be `using = \"{}\"`",
                draft.node.key.value, exclusion.method.value
            );
            resolver.error_with_help(draft.file, exclusion.method.span, message, "use `gist`");
        }
    }
}

/// Types whose values have no order, so that neither keys nor plain indexes can have them.
fn check_btree_types(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>) {
    let table = &draft.table;
    let unordered = |name: &str| {
        let data_type = &table.columns.get(name)?.data_type;
        let is_unordered = matches!(data_type, DataType::Json | DataType::Postgres("xml"));
        is_unordered.then(|| data_type.to_string())
    };
    let mut found = Vec::new();
    if let Some(key) = &table.primary_key {
        found.extend(key.columns.iter().map(|column| ("the primary key", draft.node.key.span, column.as_str())));
    }
    for unique in &draft.node.unique {
        found.extend(unique.columns.iter().map(|column| ("a unique constraint", column.span, column.value)));
    }
    for index in draft.node.indexes.iter().filter(|index| index.method.is_none_or(|method| method.value == "btree")) {
        for element in index.elements.iter().filter(|element| element.opclass.is_none()) {
            if let TargetNode::Column(column) = &element.target {
                found.push(("an index", column.span, column.value));
            }
        }
    }
    for (what, span, column) in found {
        let Some(data_type) = unordered(column) else { continue };
        let message = format!("column `{column}` has type `{data_type}`, which {what} cannot have: it has no order");
        if data_type == "json" {
            resolver.error_with_help(draft.file, span, message, "`jsonb` has one");
        } else {
            resolver.error(draft.file, span, message);
        }
    }
}

/// Each partition has its own indexes: only with the partition key in it is a key unique in all of them.
fn check_partition_key(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>) {
    let Some(partition) = draft.table.options.as_deref().and_then(partition_key) else { return };
    let node = draft.node;
    let mut keys: Vec<(&str, Span, Vec<&str>)> = Vec::new();
    if let Some(key) = &draft.table.primary_key {
        let span = node.primary_key.as_ref().map_or(node.key.span, |key| key.span);
        keys.push(("the primary key", span, key.columns.iter().map(String::as_str).collect()));
    }
    for unique in &node.unique {
        let columns = unique.columns.iter().map(|column| column.value).collect();
        keys.push(("a unique constraint", unique.span, columns));
    }
    for index in node.indexes.iter().filter(|index| index.unique) {
        let columns = index.elements.iter().filter_map(|element| match &element.target {
            TargetNode::Column(column) => Some(column.value),
            TargetNode::Expression(_) => None,
        });
        keys.push(("a unique index", index.span, columns.collect()));
    }
    for (what, span, columns) in keys {
        let problem = match &partition {
            PartitionKey::Expression => format!("it is partitioned by an expression, so {what} is not possible"),
            PartitionKey::Columns(wanted) => {
                let missing = wanted.iter().find(|column| !columns.contains(&column.as_str()));
                let Some(missing) = missing else { continue };
                format!("{what} has to have the column `{missing}` of the partition key as well")
            }
        };
        resolver.error(draft.file, span, format!("table `{}`: {problem}", node.key.value));
    }
}

/// What a table is partitioned by.
#[derive(Debug, PartialEq, Eq)]
enum PartitionKey {
    Columns(Vec<String>),
    Expression,
}

/// The key in `PARTITION BY RANGE (a, b)`. Nothing where it cannot be told.
fn partition_key(options: &str) -> Option<PartitionKey> {
    let all: Vec<_> = tokens(options, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
    let start = all.windows(2).position(|pair| pair[0].is_word("partition") && pair[1].is_word("by"))?;
    let [_, open, rest @ ..] = all.get(start + 2..)? else { return None };
    if open.text != "(" {
        return None;
    }
    let mut columns = Vec::new();
    for (index, token) in rest.iter().enumerate() {
        let is_first = index == 0 || rest[index - 1].text == ",";
        match (token.kind, token.text) {
            (_, ")") => return Some(PartitionKey::Columns(columns)),
            (_, "(") => return Some(PartitionKey::Expression),
            (TokenKind::Word, text) if is_first => columns.push(text.to_lowercase()),
            (TokenKind::QuotedIdentifier, text) if is_first => {
                columns.push(text.get(1..text.len().checked_sub(1)?)?.replace("\"\"", "\""));
            }
            // An operator class or a collation.
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_key_is_read_as_far_as_it_is_columns() {
        let columns =
            |names: &[&str]| Some(PartitionKey::Columns(names.iter().map(|name| (*name).to_owned()).collect()));
        assert_eq!(partition_key("PARTITION BY RANGE (at)"), columns(&["at"]));
        assert_eq!(
            partition_key("partition /* by */ by list (\"A\" text_ops, At COLLATE \"C\")"),
            columns(&["A", "at"])
        );
        assert_eq!(partition_key("PARTITION BY HASH (lower(a))"), Some(PartitionKey::Expression));
        assert_eq!(partition_key("PARTITION BY RANGE ((a + 1))"), Some(PartitionKey::Expression));
        for none in ["WITH (fillfactor = 70)", "PARTITION BY", "PARTITION BY RANGE", "PARTITION BY RANGE (a", ""] {
            assert_eq!(partition_key(none), None, "{none}");
        }
    }
}
