//! What tables, views and objects say they depend on: it exists, it can be waited for, and nothing waits for itself.
//!
//! Foreign keys are no part of this: cycles of them are fine.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::KeyKind;
use super::{InFile, Resolver};
use crate::graph::NameIndex;
use crate::graph::names_in;
use crate::model::Schema;
use crate::snapshot::parse::Name;
use crate::toml::{Span, nearest};

/// Something that can depend on others.
#[derive(Debug, Clone, Copy)]
struct Dependent<'a> {
    kind: KeyKind,
    key: Name<'a>,
    file: usize,
    declared: &'a [Name<'a>],
    /// The place of a view's query.
    query: Option<Span>,
}

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>, schema: &mut Schema) {
    let dependents = dependents(resolver);
    for dependent in dependents.values() {
        let found = declared(resolver, dependent, schema);
        let key = dependent.key.value;
        let table = schema.tables.get_mut(key).map(|table| &mut table.depends_on);
        let view = schema.views.get_mut(key).map(|view| &mut view.depends_on);
        let object = schema.objects.get_mut(key).map(|object| &mut object.depends_on);
        if let Some(depends_on) = table.or(view).or(object) {
            *depends_on = found;
        }
    }
    let names = NameIndex::new(schema);
    for dependent in dependents.values().filter(|dependent| dependent.declared.is_empty()) {
        check_query(resolver, dependent, &names, schema);
    }
    check_cycles(resolver, &dependents, &names, schema);
}

fn dependents<'a>(resolver: &Resolver<'a, '_, '_>) -> BTreeMap<&'a str, Dependent<'a>> {
    let tables = resolver.tables.values().map(|InFile { file, node }| Dependent {
        kind: KeyKind::Table,
        key: node.key,
        file: *file,
        declared: &node.depends_on,
        query: None,
    });
    let views = resolver.views.values().map(|InFile { file, node }| Dependent {
        kind: KeyKind::View,
        key: node.key,
        file: *file,
        declared: &node.depends_on,
        query: node.query.as_ref().map(|query| query.span),
    });
    let objects = resolver.objects.values().map(|InFile { file, node }| Dependent {
        kind: KeyKind::Object,
        key: node.key,
        file: *file,
        declared: &node.depends_on,
        query: None,
    });
    tables.chain(views).chain(objects).map(|dependent| (dependent.key.value, dependent)).collect()
}

/// The declared keys of what this dialect has.
fn declared(resolver: &mut Resolver<'_, '_, '_>, dependent: &Dependent<'_>, schema: &Schema) -> BTreeSet<String> {
    let Dependent { kind, key, file, declared, .. } = *dependent;
    let what = format!("{} `{}`", kind.name(), key.value);
    let mut found = BTreeSet::new();
    for name in declared {
        let Some(target) = resolver.keys.get(name.value).copied() else {
            let wanted = if kind == KeyKind::Table { "object" } else { "table, view or object" };
            let near = nearest(name.value, candidates(resolver, kind));
            let near = near.map(str::to_owned);
            let message = format!("{what} depends on `{}`: no such {wanted}", name.value);
            resolver.unknown(file, name.span, message, near.as_deref());
            continue;
        };
        if name.value == key.value {
            resolver.error(file, name.span, format!("{what} depends on itself"));
        } else if target.kind == KeyKind::Enum || kind == KeyKind::Table && target.kind != KeyKind::Object {
            let message = format!("{what} depends on `{}`, which is {}", name.value, target.kind.with_article());
            resolver.error_with_help(file, name.span, message, why_not(target.kind));
        } else if !found.insert(name.value.to_owned()) {
            resolver.reports[file].warning(name.span, format!("`{}` is listed twice", name.value));
        } else {
            let message = format!("{what} depends on {} `{}`", target.kind.name(), name.value);
            resolver.check_boundary(file, name.span, &message, target.file);
        }
    }
    // An object whose text is for another dialect is not there to be waited for.
    found.retain(|key| {
        schema.tables.contains_key(key) || schema.views.contains_key(key) || schema.objects.contains_key(key)
    });
    found
}

/// What could have been meant.
fn candidates<'r>(resolver: &'r Resolver<'_, '_, '_>, kind: KeyKind) -> impl Iterator<Item = &'r str> {
    let fits = move |found: KeyKind| found == KeyKind::Object || kind != KeyKind::Table && found != KeyKind::Enum;
    resolver.keys.iter().filter(move |(_, found)| fits(found.kind)).map(|(key, _)| &**key)
}

fn why_not(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Enum => "enums are there before everything else; leave it out",
        KeyKind::Table => "a foreign key waits for its table by itself; leave it out",
        KeyKind::View | KeyKind::Object => "a table can wait for `objects` only",
    }
}

/// A view reads only what the domain may refer to. Its own list has been checked entry by entry.
fn check_query(resolver: &mut Resolver<'_, '_, '_>, dependent: &Dependent<'_>, names: &NameIndex, schema: &Schema) {
    let (KeyKind::View, Some(query)) = (dependent.kind, dependent.query) else { return };
    let Some(view) = schema.views.get(dependent.key.value) else { return };
    let named = names_in(schema.dialect, &view.query);
    let mut files = BTreeMap::new();
    for key in names.needs(schema, dependent.key.value) {
        let Some(target) = resolver.keys.get(key.as_str()).copied() else { continue };
        // A function may have the name of one that the database has anyway: only the object's key says that it is meant.
        if target.kind == KeyKind::Object && !named.contains(&key) {
            continue;
        }
        // A table and its analytics view have one name: the table is what is meant.
        let is_table = target.kind == KeyKind::Table;
        if is_table || !files.contains_key(&target.file) {
            files.insert(target.file, key);
        }
    }
    for (file, key) in files {
        let message = format!("view `{}` reads `{key}`", dependent.key.value);
        resolver.check_boundary(dependent.file, query, &message, file);
    }
}

/// SQL creates one thing after the other.
fn check_cycles(
    resolver: &mut Resolver<'_, '_, '_>,
    dependents: &BTreeMap<&str, Dependent<'_>>,
    names: &NameIndex,
    schema: &Schema,
) {
    let edges = dependents.values().map(|dependent| {
        let key = dependent.key.value;
        let needs = match dependent.kind {
            KeyKind::View => names.needs(schema, key),
            KeyKind::Table => schema.tables.get(key).map(|table| table.depends_on.clone()).unwrap_or_default(),
            // What only looks like a name in the text of an object says nothing for sure.
            KeyKind::Object => schema.objects.get(key).map(|object| object.depends_on.clone()).unwrap_or_default(),
            KeyKind::Enum => BTreeSet::new(),
        };
        (key.to_owned(), needs)
    });
    for mut cycle in cycles(edges.filter(|(_, needs)| !needs.is_empty()).collect()) {
        let declared = |cycle: &[String], index: usize| {
            let names = dependents.get(cycle[index].as_str()).map_or(&[][..], |dependent| dependent.declared);
            names.iter().find(|name| name.value == cycle[(index + 1) % cycle.len()]).map(|name| name.span)
        };
        let is_declared: Vec<_> = (0..cycle.len()).map(|index| declared(&cycle, index).is_some()).collect();
        // Said where somebody wrote it, if anybody did.
        cycle.rotate_left(is_declared.iter().position(|is_declared| *is_declared).unwrap_or(0));
        let Some(first) = dependents.get(cycle[0].as_str()) else { continue };
        let span = declared(&cycle, 0).or(first.query).unwrap_or(first.key.span);
        let help = if is_declared.contains(&false) {
            "none can be created before the others; where a query only seems to name something, say in `depends_on` \
             what the view reads"
        } else {
            "none can be created before the others: take one out of `depends_on`"
        };
        resolver.error_with_help(first.file, span, format!("these depend on each other: {}", chain(&cycle)), help);
    }
}

/// A cycle as arrows, back to where it starts.
pub(super) fn chain(cycle: &[String]) -> String {
    let names: Vec<_> = cycle.iter().chain(cycle.first()).map(|name| format!("`{name}`")).collect();
    names.join(" -> ")
}

/// Cycles that share no key, each from its smallest key on.
pub(super) fn cycles(mut edges: BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    loop {
        // What needs nothing that is left is in no cycle.
        loop {
            let before = edges.len();
            let left: BTreeSet<_> = edges.keys().cloned().collect();
            edges.retain(|_, needs| needs.iter().any(|key| left.contains(key)));
            if edges.len() == before {
                break;
            }
        }
        let Some(start) = edges.keys().next() else { return found };
        let mut path = vec![start.clone()];
        let cycle = loop {
            let needs = path.last().and_then(|key| edges.get(key)).into_iter().flatten();
            let Some(next) = needs.filter(|key| edges.contains_key(*key)).min() else { return found };
            if let Some(first) = path.iter().position(|key| key == next) {
                break path.split_off(first);
            }
            path.push(next.clone());
        };
        edges.retain(|key, _| !cycle.contains(key));
        let smallest = cycle.iter().enumerate().min_by_key(|(_, key)| *key).map_or(0, |(index, _)| index);
        let mut cycle = cycle;
        cycle.rotate_left(smallest);
        found.push(cycle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cycle_is_found_once_and_what_hangs_on_it_is_none() {
        let edges = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "d"), ("e", "f"), ("f", "")];
        let edges = edges.map(|(key, needs)| (key.to_owned(), BTreeSet::from([needs.to_owned()])));
        assert_eq!(cycles(edges.into_iter().collect()), [vec!["b", "c"], vec!["d"]]);
    }
}
