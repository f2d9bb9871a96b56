//! Views and objects that depend on an enum type: they are dropped before the type is made anew and re-created after it.
//!
//! A plan that takes values away says so itself. The rollback of an added value does not, and gets it here.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use makemigrations_sql::tokens;

use super::remade::remakes;
use crate::{
    graph::{NameIndex, Needs, dependents_first, names_column, names_in, with_dependents},
    model::{Dialect, Schema},
    operation::{Contradiction, DropObject, DropView, Operation, inverse},
};

/// The operations, with drops before and creates after all that make a type anew under something that still stands.
pub(super) fn around<'a>(before: &Schema, operations: &'a [Operation]) -> Result<Cow<'a, [Operation]>, Contradiction> {
    if !operations.iter().any(|operation| remakes(operation).is_some()) {
        return Ok(Cow::Borrowed(operations));
    }
    let mut schema = before.clone();
    let mut all = Vec::with_capacity(operations.len());
    let mut rest = operations;
    while let Some(first) = rest.first() {
        let key = remakes(first);
        let drops = key.map_or_else(Vec::new, |key| over(&schema, key));
        let together = rest.iter().take_while(|operation| key.is_some() && remakes(operation) == key).count();
        let (these, later) = rest.split_at(together.max(1));
        let back = inverse(&schema, &drops)?;
        for operation in these {
            operation.apply(&mut schema)?;
        }
        all.extend(drops);
        all.extend_from_slice(these);
        all.extend(back);
        rest = later;
    }
    Ok(Cow::Owned(all))
}

/// Drops of everything that reads a column of the enum or names it, and of what needs one of these. What a table needs
/// stays: the database says what is in the way.
fn over(schema: &Schema, key: &str) -> Vec<Operation> {
    let mut columns: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, column) in schema.columns_of_enum(key) {
        let known = columns.entry(table).or_default();
        known.insert(column);
        // Computed columns over it go as well.
        let computed = schema.tables[table].columns.iter().filter(|(_, definition)| {
            definition
                .generated
                .as_ref()
                .is_some_and(|generated| names_column(Dialect::Postgres, &generated.expression, column))
        });
        known.extend(computed.map(|(name, _)| name.as_str()));
    }
    let tables: BTreeSet<&String> = schema.tables.values().flat_map(|table| &table.depends_on).collect();
    let index = NameIndex::new(schema);
    let mut needs: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for (name, view) in &schema.views {
        let needed = index.needs(schema, name);
        if needed.iter().any(|needed| columns.contains_key(needed.as_str())) || names(&view.query, &[key]) {
            gone.insert(name.clone());
        }
        needs.insert(name, needed);
    }
    for (name, object) in schema.objects.iter().filter(|(name, _)| !tables.contains(name)) {
        let needed = index.needs(schema, name);
        let read = needed.iter().filter_map(|needed| columns.get(needed.as_str())).flatten().copied();
        let read: Vec<_> = read.collect();
        let reads_all = !read.is_empty() && tokens(&object.create, Dialect::Postgres).any(|token| token.text == "*");
        if reads_all || names(&object.create, &read) || names(&object.create, &[key]) {
            gone.insert(name.clone());
        }
        needs.insert(name, needed);
    }
    let gone = with_dependents(&needs, gone);
    let order = dependents_first(gone, |key| Needs::of_dependent(&index, schema, key));
    order.into_iter().map(|key| drop_of(schema, key)).collect()
}

fn drop_of(schema: &Schema, key: String) -> Operation {
    if schema.views.contains_key(&key) { DropView::new(key).into() } else { DropObject::new(key).into() }
}

fn names(text: &str, wanted: &[&str]) -> bool {
    let found = names_in(Dialect::Postgres, text);
    wanted.iter().any(|name| found.contains(name))
}
