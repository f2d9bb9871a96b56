//! Which enums and tables there are, and which domains they come from.
//!
//! Of two with one key the first counts; their contents are resolved elsewhere.

use std::collections::BTreeSet;

use super::{Placed, Resolver, did_you_mean};
use crate::model::Dialect;
use crate::snapshot::parse::Name;
use crate::toml::nearest;

pub(super) fn collect(resolver: &mut Resolver<'_, '_, '_>) {
    let files = resolver.files;
    for (file, node) in files.iter().enumerate() {
        for item in &node.enums {
            if is_free(resolver, file, item.key) {
                resolver.enums.insert(item.key.value, Placed { file, node: item });
            }
        }
        for table in &node.tables {
            if is_free(resolver, file, table.key) {
                resolver.tables.insert(table.key.value, Placed { file, node: table });
            }
        }
        extensions(resolver, file);
    }
    dependencies(resolver);
}

/// Keys of tables and enums are unique across all domains.
fn is_free(resolver: &mut Resolver<'_, '_, '_>, file: usize, key: Name<'_>) -> bool {
    let table = resolver.tables.get(key.value).map(|found| ("table", found.file, found.node.key.span));
    let item = resolver.enums.get(key.value).map(|found| ("enum", found.file, found.node.key.span));
    let Some((kind, first, span)) = table.or(item) else { return true };
    let domain = resolver.files[first].domain;
    let place = resolver.reports[first].place(span);
    resolver.error_with_help(
        file,
        key.span,
        format!("`{}` is a {kind} of domain `{domain}` already: keys are unique across all domains", key.value)
            .replace("is a enum", "is an enum"),
        format!("the other one is at `{place}`"),
    );
    false
}

fn extensions(resolver: &mut Resolver<'_, '_, '_>, file: usize) {
    let Some(extensions) = &resolver.files[file].extensions else { return };
    if resolver.dialect == Dialect::Sqlite {
        let report = &mut resolver.reports[file];
        report.note(extensions.span, "extensions are PostgreSQL's and are ignored on SQLite");
        return;
    }
    let mut seen = BTreeSet::new();
    for name in &extensions.value {
        if name.value.is_empty() {
            resolver.error(file, name.span, "expected the name of an extension, found an empty string");
        } else if !seen.insert(name.value) {
            resolver.error(file, name.span, format!("extension `{}` is listed twice", name.value));
        }
        resolver.extensions.insert(name.value.to_owned());
    }
}

/// `depends_on` names domains that exist.
fn dependencies(resolver: &mut Resolver<'_, '_, '_>) {
    let files = resolver.files;
    let domains: BTreeSet<_> = files.iter().map(|file| file.domain.as_str()).collect();
    for (file, node) in files.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for name in node.depends_on.iter().flatten() {
            if !domains.contains(name.value) {
                let near = nearest(name.value, domains.iter().copied());
                let suggestion = did_you_mean(near);
                resolver.error(file, name.span, format!("no such domain `{}`{suggestion}", name.value));
            } else if !seen.insert(name.value) {
                resolver.reports[file].warning(name.span, format!("domain `{}` is listed twice", name.value));
            } else if name.value == node.domain.as_str() {
                resolver.reports[file].warning(name.span, "a domain need not list itself");
            }
        }
    }
}
