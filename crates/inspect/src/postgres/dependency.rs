//! What needs what, as the catalogue knows it.
//!
//! It is written down only where the format's own search of the texts would find something else.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::{graph::NameIndex, model::Schema};
use makemigrations_sql::{Dialect, TokenKind, tokens};

use super::{catalogue::Catalogue, found::Found};

/// Parts stand for what they are part of: a default for its table, an array for its elements, a row type for its table.
/// A sequence that goes with its column does not need it.
const QUERY: &str = "
SELECT DISTINCT
    CASE WHEN r.rulename = '_RETURN' OR f.oid IS NOT NULL OR k.conrelid <> 0 OR i.indexrelid IS NOT NULL
            THEN 'pg_class'::regclass::oid
        WHEN k.contypid <> 0 THEN 'pg_type'::regclass::oid
        ELSE d.classid END::text,
    coalesce(CASE WHEN r.rulename = '_RETURN' THEN r.ev_class END, f.adrelid, nullif(k.conrelid, 0),
        nullif(k.contypid, 0), i.indrelid, d.objid)::text,
    CASE WHEN element.typrelid <> 0 THEN 'pg_class'::regclass::oid ELSE d.refclassid END::text,
    coalesce(nullif(element.typrelid, 0), element.oid, d.refobjid)::text
FROM pg_depend d
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
    LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
    LEFT JOIN pg_type element ON element.oid = CASE
        WHEN EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid) THEN t.typelem ELSE t.oid END
WHERE d.objid >= 16384 AND d.refobjid >= 16384
    AND d.refclassid IN (
        'pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass)
    AND (d.deptype = 'n' OR d.deptype = 'a' AND (d.classid <> 'pg_class'::regclass OR i.indexrelid IS NOT NULL))
    AND NOT (d.classid = 'pg_constraint'::regclass AND d.refclassid = 'pg_class'::regclass)";

/// Runs when everything has its key.
pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mut row in catalogue.rows(QUERY)? {
        let (from, to) = ((row.number(), row.number()), (row.number(), row.number()));
        let (Some(from), Some(to)) = (found.keys.get(&from), found.keys.get(&to)) else { continue };
        if from != to && !found.schema.enums.contains_key(to) {
            needs.entry(from.clone()).or_default().insert(to.clone());
        }
    }
    let schema = &mut found.schema;
    let names = NameIndex::new(schema);
    for key in found.sql_functions.iter().filter_map(|id| found.keys.get(id)) {
        let needs = needs.entry(key.clone()).or_default();
        needs.extend(names.named_in_bodies(schema, key));
        needs.extend(named_in_strings(schema, key));
    }
    for (key, needs) in needs {
        if let Some(table) = schema.tables.get_mut(&key) {
            // Tables wait for tables by their foreign keys.
            let objects = needs.into_iter().filter(|need| schema.objects.contains_key(need));
            table.depends_on.extend(objects);
        } else if let Some(view) = schema.views.get_mut(&key) {
            view.depends_on.extend(needs);
        } else if let Some(object) = schema.objects.get_mut(&key) {
            object.depends_on.extend(needs);
        }
    }
    break_circles(schema);
    leave_out_obvious(&names, schema);
    Ok(())
}

/// The sequences that the body of a function names in strings: `nextval('numbers')` is looked up when it is made.
fn named_in_strings(schema: &Schema, key: &str) -> BTreeSet<String> {
    let strings = |sql: &str, kind: TokenKind| -> Vec<String> {
        tokens(sql, Dialect::Postgres).filter(|token| token.kind == kind).map(|token| token.text.to_owned()).collect()
    };
    let bodies =
        schema.objects.get(key).map_or_else(Vec::new, |object| strings(&object.create, TokenKind::DollarString));
    let inner = bodies.iter().filter_map(|body| body.trim_start_matches('$').split_once('$'));
    let names = inner.flat_map(|(_, body)| strings(body, TokenKind::String));
    let names = names.filter_map(|name| Some(name.trim_matches('\'').rsplit('.').next()?.trim_matches('"').to_owned()));
    names.filter(|name| name != key && schema.objects.contains_key(name)).collect()
}

/// A function whose body only mentions a table that needs the function is made before the table.
fn break_circles(schema: &mut Schema) {
    for (name, table) in &schema.tables {
        for need in &table.depends_on {
            schema.objects.get_mut(need).map(|object| object.depends_on.remove(name));
        }
    }
}

/// What is found without being written does not have to be written. What tables need comes before them by what it
/// declares, and keeps that.
fn leave_out_obvious(names: &NameIndex, schema: &mut Schema) {
    let early = needed_by_tables(schema);
    let views: Vec<_> = schema.views.keys().cloned().collect();
    for key in views {
        let Some(declared) = schema.views.get_mut(&key).map(|view| std::mem::take(&mut view.depends_on)) else {
            continue;
        };
        let same = names.needs(schema, &key) == declared;
        if let Some(view) = schema.views.get_mut(&key).filter(|_| !same) {
            view.depends_on = declared;
        }
    }
    let objects: Vec<_> = schema.objects.keys().filter(|key| !early.contains(*key)).cloned().collect();
    for key in objects {
        let Some(declared) = schema.objects.get_mut(&key).map(|object| std::mem::take(&mut object.depends_on)) else {
            continue;
        };
        let same = names.needs(schema, &key) == declared;
        if let Some(object) = schema.objects.get_mut(&key).filter(|_| !same) {
            object.depends_on = declared;
        }
    }
}

/// The objects that tables need, and those that these need.
fn needed_by_tables(schema: &Schema) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut waiting: Vec<_> = schema.tables.values().flat_map(|table| table.depends_on.iter().cloned()).collect();
    while let Some(key) = waiting.pop() {
        if needed.insert(key.clone()) {
            waiting.extend(schema.objects.get(&key).into_iter().flat_map(|object| object.depends_on.iter().cloned()));
        }
    }
    needed
}
