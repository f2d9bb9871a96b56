//! One domain alone: what the wanted schema is then, and what cannot be taken without another domain.
//!
//! Plans nothing. What would be lost or would not run is refused with the other domain's name.

use super::{
    Answers, Problems,
    rename::{Mapping, Mappings, resembles_enum, resembles_table},
};
use crate::{
    graph::{NameIndex, has_literal, is_in_array, names_column, table_parts},
    model::{Column, DefaultValue, Dialect, Domain, ForeignKey, Schema, Table},
    snapshot::{Hints, Wanted},
};

/// The present schema with the objects of one domain as wanted, and the hints on them.
///
/// # Errors
/// What changes in another domain as well.
pub(super) fn narrowed(
    present: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    domain: &Domain,
) -> Result<Wanted, Vec<String>> {
    let target = schema(present, &wanted.schema, domain);
    let mut refused = crossing(present, wanted, answers, domain);
    if refused.is_empty() {
        refused = needed_elsewhere(present, &target, &wanted.schema, domain);
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let hints = hints(wanted, domain);
    Ok(Wanted { schema: target, hints, notes: Vec::new(), sensitive: wanted.sensitive.clone() })
}

fn schema(present: &Schema, wanted: &Schema, domain: &Domain) -> Schema {
    let mut target = present.clone();
    target.tables.retain(|_, table| table.domain != *domain);
    target.enums.retain(|_, item| item.domain != *domain);
    let tables = wanted.tables.iter().filter(|(_, table)| table.domain == *domain);
    target.tables.extend(tables.map(|(key, table)| (key.clone(), table.clone())));
    let enums = wanted.enums.iter().filter(|(_, item)| item.domain == *domain);
    target.enums.extend(enums.map(|(key, item)| (key.clone(), item.clone())));
    target.views.retain(|_, view| view.domain != *domain);
    target.objects.retain(|_, object| object.domain != *domain);
    let views = wanted.views.iter().filter(|(_, view)| view.domain == *domain);
    target.views.extend(views.map(|(key, view)| (key.clone(), view.clone())));
    let objects = wanted.objects.iter().filter(|(_, object)| object.domain == *domain);
    target.objects.extend(objects.map(|(key, object)| (key.clone(), object.clone())));
    // Extensions belong to no domain: new ones may be needed by this one, none is dropped.
    target.extensions.extend(wanted.extensions.iter().cloned());
    target.schemas = target.used_schemas();
    target
}

fn hints(wanted: &Wanted, domain: &Domain) -> Hints {
    let Wanted { schema, hints, .. } = wanted;
    let mut hints = hints.clone();
    let is_own = |table: &String| schema.tables.get(table).is_some_and(|table| table.domain == *domain);
    hints.tables.retain(|key, _| is_own(key));
    hints.columns.retain(|(key, _), _| is_own(key));
    hints.enums.retain(|key, _| schema.enums.get(key).is_some_and(|item| item.domain == *domain));
    hints
}

/// What goes from this domain to another one, or comes from there, under the same name or a new one.
fn crossing(present: &Schema, wanted: &Wanted, answers: &Answers, domain: &Domain) -> Vec<String> {
    // Wrong flags and hints are said when the plan is made.
    let all = Mappings::solve(present, &wanted.schema, wanted, answers, &mut Problems::default());
    let enums = all.renamed_enums();
    let mut found = moved_out(present, &wanted.schema, &all, domain);
    let (recorded, target) = (&present.tables, &wanted.schema.tables);
    moves(
        "table",
        &all.tables,
        (&|key| Some(&recorded.get(key)?.domain), &|key| Some(&target.get(key)?.domain)),
        &|from, to| !answers.no_renames && resembles_table((from, &recorded[from]), (to, &target[to]), &enums),
        domain,
        &mut found,
    );
    let (recorded, target) = (&present.enums, &wanted.schema.enums);
    moves(
        "enum",
        &all.enums,
        (&|key| Some(&recorded.get(key)?.domain), &|key| Some(&target.get(key)?.domain)),
        &|from, to| !answers.no_renames && resembles_enum((from, &recorded[from]), (to, &target[to])),
        domain,
        &mut found,
    );
    let views = present.views.iter().filter(|(_, view)| view.domain == *domain);
    let views = views.filter_map(|(key, _)| Some(("view", key, &wanted.schema.views.get(key)?.domain)));
    let objects = present.objects.iter().filter(|(_, object)| object.domain == *domain);
    let objects = objects.filter_map(|(key, _)| Some(("object", key, &wanted.schema.objects.get(key)?.domain)));
    for (kind, key, other) in views.chain(objects).filter(|(_, _, other)| *other != domain) {
        found.push(format!("{kind} `{key}` moves to domain `{other}`: {TOGETHER}"));
    }
    found
}

/// The way on.
const TOGETHER: &str = "leave `--domain` out";

type DomainOf<'a> = &'a dyn Fn(&str) -> Option<&'a Domain>;

fn moves(
    kind: &str,
    mapping: &Mapping,
    (recorded, target): (DomainOf<'_>, DomainOf<'_>),
    resembles: &dyn Fn(&str, &str) -> bool,
    domain: &Domain,
    found: &mut Vec<String>,
) {
    for (from, to) in &mapping.pairs {
        match (recorded(from), target(to)) {
            (Some(before), Some(after)) if before == domain && after != domain => {
                found.push(format!("{kind} `{from}` becomes `{to}` of domain `{after}`: {TOGETHER}"));
            }
            (Some(before), Some(after)) if before != domain && after == domain => {
                found.push(format!("{kind} `{to}` was `{from}` of domain `{before}`: {TOGETHER}"));
            }
            _ => {}
        }
    }
    for (from, before) in mapping.gone.iter().filter_map(|from| Some((from, recorded(from)?))) {
        for (to, after) in mapping.come.iter().filter_map(|to| Some((to, target(to)?))) {
            let crosses = (before == domain) != (after == domain);
            if crosses && resembles(from, to) {
                found.push(format!(
                    "{kind} `{from}` of domain `{before}` goes and `{to}` of domain `{after}` comes, which resembles it: \
                     {TOGETHER} to say whether it was renamed; `--no-renames` says that it was not"
                ));
                break;
            }
        }
    }
}

impl Mapping {
    /// Whether what is recorded under the name stays under it.
    fn keeps(&self, name: &str) -> bool {
        !self.gone.iter().any(|gone| gone == name) && !self.pairs.iter().any(|(from, _)| from == name)
    }
}

/// Names that stay where they are, and are in another domain now.
fn moved_out(present: &Schema, wanted: &Schema, mappings: &Mappings, domain: &Domain) -> Vec<String> {
    let mut found = Vec::new();
    for (key, table) in
        present.tables.iter().filter(|(key, table)| table.domain == *domain && mappings.tables.keeps(key))
    {
        if let Some(other) = wanted.tables.get(key).filter(|other| other.domain != table.domain) {
            found.push(format!("table `{key}` moves to domain `{}`: {TOGETHER}", other.domain));
        }
    }
    for (key, item) in present.enums.iter().filter(|(key, item)| item.domain == *domain && mappings.enums.keeps(key)) {
        if let Some(other) = wanted.enums.get(key).filter(|other| other.domain != item.domain) {
            found.push(format!("enum `{key}` moves to domain `{}`: {TOGETHER}", other.domain));
        }
    }
    found
}

/// Whether a table, view or object has the key.
fn is_there(schema: &Schema, key: &str) -> bool {
    schema.tables.contains_key(key) || schema.views.contains_key(key) || schema.objects.contains_key(key)
}

/// What would point at nothing, or use what only another domain's change brings.
fn needed_elsewhere(present: &Schema, target: &Schema, wanted: &Schema, domain: &Domain) -> Vec<String> {
    let mut found = Vec::new();
    let names = NameIndex::new(wanted);
    for key in wanted.views.keys().chain(wanted.objects.keys()).filter(|key| is_there(target, key)) {
        for needed in names.needs(wanted, key) {
            if !is_there(target, &needed) {
                found.push(format!("`{key}` would need `{needed}`, which changes in another domain: {TOGETHER}"));
                break;
            }
        }
    }
    for (key, view) in wanted.views.iter().filter(|(_, view)| view.domain == *domain) {
        for needed in names.needs(wanted, key) {
            found.extend(new_column(&view.query, &needed, present, target, wanted).map(|column| {
                let other = &wanted.tables[&needed].domain;
                format!("view `{key}` reads column `{needed}.{column}`, which comes in domain `{other}`: {TOGETHER}")
            }));
            if let (Some(now), Some(then)) = (target.objects.get(&needed), wanted.objects.get(&needed))
                && now != then
            {
                let other = &then.domain;
                found.push(format!("view `{key}` uses `{needed}`, which changes in domain `{other}`: {TOGETHER}"));
            }
        }
    }
    for (key, table) in &target.tables {
        for needed in table.depends_on.iter().filter(|needed| !is_there(target, needed)) {
            found.push(format!("table `{key}` needs `{needed}`, which changes in another domain: {TOGETHER}"));
        }
        for (name, reference) in &table.foreign_keys {
            let other = &reference.table;
            if !reference.has_target(target) {
                found.push(format!(
                    "foreign key `{name}` of table `{key}` would point at `{other}`, which changes in another domain: \
                     {TOGETHER}"
                ));
            } else if !fits(key, reference, target) && fits(key, reference, wanted) {
                found.push(format!(
                    "foreign key `{name}` of table `{key}` needs the types that columns of `{other}` or its own get in \
                     another domain: {TOGETHER}"
                ));
            }
        }
        for (column, definition) in &table.columns {
            if let Some(item) = definition.data_type.enum_key().filter(|item| !target.enums.contains_key(*item)) {
                found.push(format!(
                    "column `{key}.{column}` would need enum `{item}`, which changes in another domain: {TOGETHER}"
                ));
            }
        }
        found.extend(new_labels(key, table, target, wanted));
    }
    found
}

/// A column that a query reads and that only comes in another domain.
fn new_column<'a>(
    query: &str,
    table: &str,
    present: &Schema,
    target: &Schema,
    wanted: &'a Schema,
) -> Option<&'a String> {
    let (then, now) = (wanted.tables.get(table)?, target.tables.get(table)?);
    let mut new = then.columns.keys().filter(|column| !now.columns.contains_key(*column));
    // Another table may have a column of that name: only what none has is known to be this one.
    let elsewhere = |column: &str| {
        let others = present.tables.iter().filter(|(key, _)| *key != table);
        others
            .filter(|(_, other)| names_column(wanted.dialect, query, &other.name))
            .any(|(_, other)| other.columns.contains_key(column))
    };
    new.find(|column| names_column(wanted.dialect, query, column) && !elsewhere(column))
}

/// Whether a foreign key's columns have the types of what it points at.
fn fits(key: &str, reference: &ForeignKey, schema: &Schema) -> bool {
    let (Some(own), Some(other)) = (schema.tables.get(key), schema.tables.get(&reference.table)) else { return false };
    let stored = |table: &Table, column: &String| table.columns.get(column).map(|column| column.data_type.storage());
    reference.columns.iter().zip(&reference.references).all(|(a, b)| stored(own, a) == stored(other, b))
}

/// Labels that a table uses and that its enum only gets, or loses, in another domain.
fn new_labels(key: &str, table: &Table, target: &Schema, wanted: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    if wanted.tables.get(key) != Some(table) {
        // It is as it is recorded.
        return found;
    }
    let texts: Vec<&str> = table_parts(table).into_iter().flat_map(|part| part.texts).collect();
    for (column, definition) in &table.columns {
        let Some(item) = definition.data_type.enum_key() else { continue };
        let (Some(now), Some(then)) = (target.enums.get(item), wanted.enums.get(item)) else { continue };
        for label in then.values.iter().filter(|label| !now.values.contains(label)) {
            let in_text = texts.iter().any(|text| has_literal(target.dialect, text, label));
            if in_text || is_default(target.dialect, definition, label) {
                found.push(format!(
                    "column `{key}.{column}` uses value `{label}` of enum `{item}`, which comes in domain `{}`: \
                     {TOGETHER}",
                    then.domain
                ));
            }
        }
    }
    found
}

fn is_default(dialect: Dialect, column: &Column, label: &str) -> bool {
    match &column.default {
        Some(DefaultValue::Text(text)) => text == label || is_in_array(text, label),
        Some(DefaultValue::Expression(text)) => has_literal(dialect, text, label),
        Some(DefaultValue::Number(_) | DefaultValue::Boolean(_)) | None => false,
    }
}
