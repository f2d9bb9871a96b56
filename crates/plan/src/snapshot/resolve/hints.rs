//! Hints, with the SQL text of literals.
//!
//! Whether they still name something is for the comparison to say.

use std::collections::BTreeMap;

use super::{Draft, Resolver};
use crate::model::DefaultValue;
use crate::snapshot::parse::Name;
use crate::snapshot::{ColumnHint, Hinted, Hints, TableHint};
use crate::toml::Span;

pub(super) fn collect(resolver: &mut Resolver<'_, '_, '_>, drafts: &BTreeMap<&str, Draft<'_>>, hints: &mut Hints) {
    let mut tables = BTreeMap::new();
    for (key, Draft { file, node, .. }) in drafts {
        let path = resolver.reports[*file].path;
        if let Some(name) = node.renamed_from {
            once(resolver, *file, "table", name, &mut tables);
            hints.tables.insert((*key).to_owned(), TableHint { renamed_from: hinted(path, name.value, name.span) });
        }
        let mut columns = BTreeMap::new();
        for column in &node.columns {
            if let Some(name) = column.renamed_from {
                once(resolver, *file, "column", name, &mut columns);
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

/// Two things cannot both have been one.
fn once<'a>(
    resolver: &mut Resolver<'_, '_, '_>,
    file: usize,
    what: &str,
    name: Name<'a>,
    seen: &mut BTreeMap<&'a str, (usize, Span)>,
) {
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
