//! Domain types, with their constraints.
//!
//! Which columns are of one is in the columns' types.

use std::collections::BTreeMap;

use makemigrations_sql::quote_identifier;

use super::{comment, qualified};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

const QUERY: &str = "
SELECT t.oid::text, n.nspname::text, t.typname::text, format_type(t.typbasetype, t.typtypmod),
    CASE WHEN t.typcollation <> b.typcollation
        THEN CASE WHEN ln.nspname IN ('pg_catalog', current_schema()) THEN '' ELSE quote_ident(ln.nspname) || '.' END
            || quote_ident(l.collname) END,
    t.typnotnull::text, coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault))
FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_type b ON b.oid = t.typbasetype
    LEFT JOIN pg_collation l ON l.oid = t.typcollation
    LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE t.typtype = 'd' AND t.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )";

/// One that is not valid can only be added afterwards.
const CONSTRAINTS: &str = "
SELECT k.oid::text, k.contypid::text, k.conname::text, k.convalidated::text, pg_get_constraintdef(k.oid)
FROM pg_constraint k WHERE k.oid >= 16384 AND k.contypid <> 0 AND k.contype = 'c'
ORDER BY k.conname";

struct Constraint {
    oid: u32,
    name: String,
    is_valid: bool,
    definition: String,
}

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let mut constraints: BTreeMap<u32, Vec<Constraint>> = BTreeMap::new();
    for mut row in catalogue.rows(CONSTRAINTS)? {
        let (oid, domain) = (row.number(), row.number());
        let (name, is_valid, definition) = (row.text(), row.flag(), row.text());
        constraints.entry(domain).or_default().push(Constraint { oid, name, is_valid, definition });
    }
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    for mut row in rows {
        let (oid, schema, name) = (row.number(), catalogue.place(row.text()), row.text());
        let sql_name = qualified(schema.as_deref(), &name);
        let mut create = format!("CREATE DOMAIN {sql_name} AS {}", row.text());
        if let Some(collation) = row.optional() {
            create.push_str(&format!(" COLLATE {collation}"));
        }
        let not_null = row.flag();
        if let Some(default) = row.optional() {
            create.push_str(&format!(" DEFAULT {default}"));
        }
        if not_null {
            create.push_str(" NOT NULL");
        }
        let (valid, later): (Vec<_>, Vec<_>) =
            constraints.remove(&oid).unwrap_or_default().into_iter().partition(|constraint| constraint.is_valid);
        for Constraint { name, definition, .. } in &valid {
            create.push_str(&format!(" CONSTRAINT {} {definition}", quote_identifier(name)));
        }
        for Constraint { name, definition, .. } in &later {
            let name = quote_identifier(name);
            create.push_str(&format!(";\nALTER DOMAIN {sql_name} ADD CONSTRAINT {name} {definition}"));
        }
        for Constraint { oid, name, .. } in valid.iter().chain(&later) {
            found.say(class::CONSTRAINT, *oid);
            let on = format!("{} ON DOMAIN {sql_name}", quote_identifier(name));
            create.push_str(&comment("CONSTRAINT", &on, found.take_comment(class::CONSTRAINT, *oid, 0)));
        }
        create.push_str(&comment("DOMAIN", &sql_name, found.take_comment(class::TYPE, oid, 0)));
        let drop = format!("DROP DOMAIN {sql_name}");
        let needs = Default::default();
        found.drafts.push(Draft { id: (class::TYPE, oid), kind: "domain", key: name, create, drop, needs });
    }
    Ok(())
}
