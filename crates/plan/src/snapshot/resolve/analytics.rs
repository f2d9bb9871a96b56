//! The views of tables for analytics: the same columns, with `NULL` instead of what is sensitive.
//!
//! Nothing later on knows that they were not written by hand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::quote_identifier;

use super::catalog::{Key, KeyKind};
use super::names::{Claimant, placed};
use super::{Draft, InFile, Resolver};
use crate::dialect::{postgres, table_name};
use crate::model::{Column, Dialect, Schema, Table, View};
use crate::toml::Span;

/// `<analytics schema>.<table key>`.
pub(in crate::snapshot) fn key_of(analytics_schema: &str, table: &str) -> String {
    format!("{analytics_schema}.{table}")
}

/// After those of everything that is declared, so that a clash is said of the view that nobody wrote.
pub(super) fn take_keys(resolver: &mut Resolver<'_, '_, '_>) {
    let tables: Vec<_> = resolver.tables.values().copied().collect();
    for InFile { file, node } in tables {
        let Some(span) = node.analytics_view else { continue };
        let key = key_of(resolver.analytics_schema, node.key.value);
        if let Some(found) = resolver.keys.get(key.as_str()).copied() {
            let place = resolver.reports[found.file].place(found.span);
            let kind = found.kind.with_article();
            let message = format!(
                "the analytics view of table `{}` needs the key `{key}`, which is {kind} already",
                node.key.value
            );
            resolver.error_with_help(file, span, message, format!("the other one is at `{place}`"));
        } else {
            resolver.keys.insert(Cow::Owned(key), Key { kind: KeyKind::View, file, span });
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
            let key = key_of(resolver.analytics_schema, draft.node.key.value);
            let view = resolve(resolver, draft, span, schema);
            // Of two with one key the first counts, and the other has been reported.
            schema.views.entry(key).or_insert(view);
        }
    }
}

fn resolve(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, span: Span, types: &Schema) -> View {
    let sensitive = draft.node.columns.iter().filter(|node| node.sensitive).map(|node| node.name.value);
    let sensitive: BTreeSet<_> = sensitive.collect();
    let (key, dialect) = (draft.node.key.value, resolver.dialect);
    let view = view(dialect, resolver.analytics_schema, types, (key, &draft.table), |name| sensitive.contains(name));
    if draft.is_named {
        let (what, schema) = ("analytics view", view.schema.as_deref());
        resolver.claim_relation(Claimant { what, schema, name: &view.name, file: draft.file, span });
    }
    view
}

/// The view of a table in the SQL schema `analytics_schema`; `types` has the enums of its columns.
pub(in crate::snapshot) fn view(
    dialect: Dialect,
    analytics_schema: &str,
    types: &Schema,
    (key, table): (&str, &Table),
    is_sensitive: impl Fn(&str) -> bool,
) -> View {
    let (schema, name) = placed(dialect, Some(analytics_schema), &table.name);
    let columns = table.columns.iter().map(|(name, column)| {
        let quoted = quote_identifier(name);
        if is_sensitive(name) {
            format!("  {} AS {quoted}", nothing(dialect, types, column))
        } else {
            format!("  {quoted}")
        }
    });
    let columns: Vec<_> = columns.collect();
    View {
        domain: table.domain.clone(),
        query: format!("SELECT\n{}\nFROM {}", columns.join(",\n"), table_name(table)),
        materialized: false,
        comment: None,
        depends_on: BTreeSet::from([key.to_owned()]),
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
