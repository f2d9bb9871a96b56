//! The views of tables for analytics: the same columns, with `NULL` instead of what is sensitive.
//!
//! Nothing later on knows that they were not written by hand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::quote_identifier;

use super::catalog::{Key, Kind};
use super::names::Claimant;
use super::{Draft, Placed, Resolver};
use crate::dialect::{postgres, table_name};
use crate::model::{Column, Dialect, Schema, View};
use crate::toml::Span;

/// `<analytics schema>.<table key>`.
fn key_of(resolver: &Resolver<'_, '_, '_>, table: &str) -> String {
    format!("{}.{table}", resolver.analytics_schema)
}

/// After those of everything that is declared, so that a clash is said of the view that nobody wrote.
pub(super) fn take_keys(resolver: &mut Resolver<'_, '_, '_>) {
    let tables: Vec<_> = resolver.tables.values().copied().collect();
    for Placed { file, node } in tables {
        let Some(span) = node.analytics_view else { continue };
        let key = key_of(resolver, node.key.value);
        if let Some(found) = resolver.keys.get(key.as_str()).copied() {
            let place = resolver.reports[found.file].place(found.span);
            let kind = found.kind.with_article();
            let message = format!(
                "the analytics view of table `{}` needs the key `{key}`, which is {kind} already",
                node.key.value
            );
            resolver.error_with_help(file, span, message, format!("the other one is at `{place}`"));
        } else {
            resolver.keys.insert(Cow::Owned(key), Key { kind: Kind::View, file, span });
        }
    }
}

pub(super) fn resolve_all(
    resolver: &mut Resolver<'_, '_, '_>,
    drafts: &BTreeMap<&str, Draft<'_>>,
    schema: &mut Schema,
) {
    for draft in drafts.values() {
        if let Some(span) = draft.node.analytics_view {
            let key = key_of(resolver, draft.node.key.value);
            let view = resolve(resolver, draft, span, schema);
            // Of two with one key the first counts, and the other has been reported.
            schema.views.entry(key).or_insert(view);
        }
    }
}

fn resolve(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, span: Span, types: &Schema) -> View {
    let (schema, name) = resolver.placed(Some(resolver.analytics_schema), &draft.table.name);
    if draft.is_named {
        let claimant =
            Claimant { what: "analytics view", schema: schema.as_deref(), name: &name, file: draft.file, span };
        resolver.claim_relation(claimant);
    }
    let columns = draft.node.columns.iter().zip(draft.table.columns.iter());
    let columns = columns.map(|(node, (name, column))| {
        let quoted = quote_identifier(name);
        if node.sensitive { format!("{} AS {quoted}", nothing(resolver.dialect, types, column)) } else { quoted }
    });
    let columns: Vec<_> = columns.map(|column| format!("  {column}")).collect();
    View {
        domain: draft.table.domain.clone(),
        query: format!("SELECT\n{}\nFROM {}", columns.join(",\n"), table_name(&draft.table)),
        materialized: false,
        comment: None,
        depends_on: BTreeSet::from([draft.node.key.value.to_owned()]),
        indexes: BTreeMap::new(),
        schema,
        name,
    }
}

/// `NULL` of the column's type, so that the view's columns have the types of the table's.
fn nothing(dialect: Dialect, types: &Schema, column: &Column) -> String {
    match dialect {
        Dialect::Postgres => format!("CAST(NULL AS {})", postgres::stored_type(types, &column.data_type)),
        Dialect::Sqlite => "NULL".to_owned(),
    }
}
