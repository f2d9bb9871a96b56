//! Hints, with the SQL text of literals.
//!
//! Whether they still name something is for the comparison to say.

use std::collections::BTreeMap;

use super::{Draft, InFile, Resolver};
use crate::snapshot::parse::EnumNode;
use crate::snapshot::{ColumnHint, EnumHint, Hinted, Hints, TableHint};
use crate::toml::Span;

pub(super) fn collect(resolver: &Resolver<'_, '_, '_>, drafts: &BTreeMap<&str, Draft<'_>>, hints: &mut Hints) {
    of_enums(resolver, hints);
    for (key, Draft { file, node, .. }) in drafts {
        let path = resolver.reports[*file].path;
        if let Some(name) = node.renamed_from {
            hints.tables.insert((*key).to_owned(), TableHint { renamed_from: hinted(path, name.value, name.span) });
        }
        for column in &node.columns {
            let renamed_from = column.renamed_from.map(|name| hinted(path, name.value, name.span));
            let backfill = column.backfill.as_ref().map(|hint| hinted(path, &hint.value.as_sql(), hint.span));
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

fn of_enums(resolver: &Resolver<'_, '_, '_>, hints: &mut Hints) {
    let enums: Vec<_> = resolver.enums.values().copied().collect();
    for InFile { file, node } in enums {
        let path = resolver.reports[file].path;
        let renamed_from = node.renamed_from.map(|name| hinted(path, name.value, name.span));
        let hint = EnumHint { renamed_from, renamed_values: of_values(resolver, file, node) };
        if hint != EnumHint::default() {
            hints.enums.insert(node.key.value.to_owned(), hint);
        }
    }
}

/// The values that have other labels now, by the labels that they had.
fn of_values(resolver: &Resolver<'_, '_, '_>, file: usize, node: &EnumNode<'_>) -> BTreeMap<String, Hinted<String>> {
    let path = resolver.reports[file].path;
    let renamed = node.renamed_values.iter();
    renamed.map(|(before, now)| (before.value.to_owned(), hinted(path, now.value, now.span))).collect()
}
