//! Which enums, tables, views and objects there are, and which domains they come from.
//!
//! Of two with one key the first counts; their contents are resolved elsewhere.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{InFile, Resolver, analytics, boundary, did_you_mean};
use crate::dialect::Feature;
use crate::snapshot::parse::Name;
use crate::toml::{Span, nearest};

/// What a key can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Enum,
    Table,
    View,
    Object,
}

impl KeyKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Enum => "enum",
            Self::Table => "table",
            Self::View => "view",
            Self::Object => "object",
        }
    }

    pub(super) const fn with_article(self) -> &'static str {
        match self {
            Self::Enum => "an enum",
            Self::Table => "a table",
            Self::View => "a view",
            Self::Object => "an object",
        }
    }
}

/// What a key is of, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) kind: KeyKind,
    pub(super) file: usize,
    pub(super) span: Span,
}

pub(super) fn collect(resolver: &mut Resolver<'_, '_, '_>) {
    let files = resolver.files;
    for (file, node) in files.iter().enumerate() {
        for item in &node.enums {
            if take(resolver, file, item.key, KeyKind::Enum) {
                resolver.enums.insert(item.key.value, InFile { file, node: item });
            }
        }
        for table in &node.tables {
            if take(resolver, file, table.key, KeyKind::Table) {
                resolver.tables.insert(table.key.value, InFile { file, node: table });
            }
        }
        for view in &node.views {
            if take(resolver, file, view.key, KeyKind::View) {
                resolver.views.insert(view.key.value, InFile { file, node: view });
            }
        }
        for object in &node.objects {
            if take(resolver, file, object.key, KeyKind::Object) {
                resolver.objects.insert(object.key.value, InFile { file, node: object });
            }
        }
        extensions(resolver, file);
    }
    analytics::take_keys(resolver);
    dependencies(resolver);
}

/// Keys are unique across all domains and kinds.
fn take<'a>(resolver: &mut Resolver<'a, '_, '_>, file: usize, key: Name<'a>, kind: KeyKind) -> bool {
    let Some(found) = resolver.keys.get(key.value).copied() else {
        resolver.keys.insert(Cow::Borrowed(key.value), Key { kind, file, span: key.span });
        return true;
    };
    let (domain, place) = (resolver.files[found.file].domain, resolver.reports[found.file].place(found.span));
    let kind = found.kind.with_article();
    resolver.error_with_help(
        file,
        key.span,
        format!("`{}` is {kind} of domain `{domain}` already: keys are unique across all domains", key.value),
        format!("the other one is at `{place}`"),
    );
    false
}

fn extensions(resolver: &mut Resolver<'_, '_, '_>, file: usize) {
    let Some(extensions) = &resolver.files[file].extensions else { return };
    if let Some(why) = resolver.lack(Feature::Extensions) {
        resolver.reports[file].note(extensions.span, why);
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

/// `depends_on` names domains that exist. Several files of a domain are read together.
fn dependencies(resolver: &mut Resolver<'_, '_, '_>) {
    let files = resolver.files;
    let domains: BTreeSet<_> = files.iter().map(|file| file.domain.as_str()).collect();
    for (file, node) in files.iter().enumerate() {
        let Some(depends_on) = &node.depends_on else { continue };
        let mut seen = BTreeSet::new();
        for name in depends_on {
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
        resolver.allowed.entry(node.domain.as_str()).or_default().extend(seen);
    }
    boundary::note_cycles(resolver);
}
