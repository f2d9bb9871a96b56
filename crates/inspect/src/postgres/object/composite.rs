//! Composite types.
//!
//! The row types of tables and views are theirs.

use super::{comment, qualified};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

const QUERY: &str = "
SELECT c.oid::text, c.reltype::text, n.nspname::text, c.relname::text, (
        SELECT string_agg(
            quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || CASE
                WHEN a.attcollation = t.typcollation THEN ''
                WHEN ln.nspname IN ('pg_catalog', current_schema()) THEN ' COLLATE ' || quote_ident(l.collname)
                ELSE ' COLLATE ' || quote_ident(ln.nspname) || '.' || quote_ident(l.collname) END,
            ', ' ORDER BY a.attnum)
        FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_collation l ON l.oid = a.attcollation
            LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'c' AND c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.deptype = 'e' AND (d.classid, d.objid) IN (('pg_class'::regclass, c.oid), ('pg_type'::regclass, c.reltype))
    )";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    for mut row in rows {
        let (oid, of_type, schema, name) = (row.number(), row.number(), catalogue.place(row.text()), row.text());
        let sql_name = qualified(schema.as_deref(), &name);
        let mut create = format!("CREATE TYPE {sql_name} AS ({})", row.text());
        create.push_str(&comment("TYPE", &sql_name, found.take_comment(class::TYPE, of_type, 0)));
        let drop = format!("DROP TYPE {sql_name}");
        found.say(class::TYPE, of_type);
        let needs = Default::default();
        found.drafts.push(Draft { id: (class::RELATION, oid), kind: "type", key: name, create, drop, needs });
    }
    Ok(())
}
