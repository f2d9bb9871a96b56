//! Hints, with the SQL text of literals.
//!
//! Whether they still name something is for the comparison to say.

use std::collections::BTreeMap;

use super::{Draft, Placed, Resolver, did_you_mean};
use crate::model::DefaultValue;
use crate::snapshot::parse::{EnumNode, Name};
use crate::snapshot::{ColumnHint, EnumHint, Hinted, Hints, TableHint};
use crate::toml::{Span, nearest};

pub(super) fn collect(resolver: &mut Resolver<'_, '_, '_>, drafts: &BTreeMap<&str, Draft<'_>>, hints: &mut Hints) {
    of_enums(resolver, hints);
    let mut tables = BTreeMap::new();
    for (key, Draft { file, node, .. }) in drafts {
        let path = resolver.reports[*file].path;
        if let Some(name) = node.renamed_from {
            once(resolver, *file, ("table", key), name, &mut tables);
            hints.tables.insert((*key).to_owned(), TableHint { renamed_from: hinted(path, name.value, name.span) });
        }
        let mut columns = BTreeMap::new();
        for column in &node.columns {
            if let Some(name) = column.renamed_from {
                once(resolver, *file, ("column", column.name.value), name, &mut columns);
            }
            let renamed_from = column.renamed_from.map(|name| hinted(path, name.value, name.span));
            let backfill = column.backfill.as_ref().map(|hint| hinted(path, &sql_of(&hint.value), hint.span));
            let using = column.using.as_ref().map(|hint| hinted(path, &hint.value, hint.span));
            let hint = ColumnHint { renamed_from, backfill, using };
            if hint != ColumnHint::default() {
                hints.columns.insert(((*key).to_owned(), column.name.value.to_owned()), hint);
            }
        }
    }
}

fn hinted(path: &str, value: &str, span: Span) -> Hinted<String> {
    Hinted { value: value.to_owned(), path: path.to_owned(), span: span.into() }
}

fn of_enums(resolver: &mut Resolver<'_, '_, '_>, hints: &mut Hints) {
    let enums: Vec<_> = resolver.enums.values().copied().collect();
    let mut seen = BTreeMap::new();
    for Placed { file, node } in enums {
        let path = resolver.reports[file].path;
        if let Some(name) = node.renamed_from {
            once(resolver, file, ("enum", node.key.value), name, &mut seen);
        }
        let renamed_from = node.renamed_from.map(|name| hinted(path, name.value, name.span));
        let hint = EnumHint { renamed_from, renamed_values: of_values(resolver, file, node) };
        if hint != EnumHint::default() {
            hints.enums.insert(node.key.value.to_owned(), hint);
        }
    }
}

/// The values that have other labels now, by the labels that they had.
fn of_values(
    resolver: &mut Resolver<'_, '_, '_>,
    file: usize,
    node: &EnumNode<'_>,
) -> BTreeMap<String, Hinted<String>> {
    let path = resolver.reports[file].path;
    let mut renamed = BTreeMap::new();
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for (before, now) in &node.renamed_values {
        let known = || node.values.iter().map(|value| value.value);
        if before.value == now.value {
            let message = format!("value `{}` of enum `{}` is renamed to itself", now.value, node.key.value);
            resolver.error(file, now.span, message);
        } else if let Some(first) = seen.insert(now.value, before.span) {
            let place = resolver.reports[file].place(first);
            let message = format!("another value of enum `{}` is renamed to `{}` already", node.key.value, now.value);
            resolver.error_with_help(file, before.span, message, format!("the other one is at `{place}`"));
        } else if known().any(|value| value == now.value) {
            renamed.insert(before.value.to_owned(), hinted(path, now.value, now.span));
        } else {
            let suggestion = did_you_mean(nearest(now.value, known()));
            let message = format!(
                "the hint `renamed_values` names nothing: enum `{}` has no value `{}`{suggestion}",
                node.key.value, now.value
            );
            resolver.reports[file].note(now.span, message);
        }
    }
    renamed
}

/// Two things cannot both have been one, and nothing gets its own name.
fn once<'a>(
    resolver: &mut Resolver<'_, '_, '_>,
    file: usize,
    (what, own): (&str, &str),
    name: Name<'a>,
    seen: &mut BTreeMap<&'a str, (usize, Span)>,
) {
    if name.value == own {
        resolver.error(file, name.span, format!("{what} `{own}` is `renamed_from` itself"));
    }
    if let Some((first, span)) = seen.insert(name.value, (file, name.span)) {
        let place = resolver.reports[first].place(span);
        let message = format!("another {what} is `renamed_from` `{}` already", name.value);
        resolver.error_with_help(file, name.span, message, format!("the other one is at `{place}`"));
    }
}

/// A literal as SQL.
fn sql_of(value: &DefaultValue) -> String {
    match value {
        // With its point also when it is whole: recorded backfills say `1.0`.
        DefaultValue::Float(number) => format!("{number:?}"),
        other => other.as_sql(),
    }
}
