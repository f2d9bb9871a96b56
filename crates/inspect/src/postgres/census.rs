//! The last question: what else is there? Whatever no reader has accounted for is named.
//!
//! Knows kinds of objects only by the catalogues they are rows of.

use super::{
    catalogue::Catalogue,
    found::{Found, class},
};

/// Catalogues whose rows stand alone.
const CATALOGUES: [&str; 21] = [
    "pg_extension",
    "pg_cast",
    "pg_operator",
    "pg_opclass",
    "pg_opfamily",
    "pg_collation",
    "pg_conversion",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_event_trigger",
    "pg_publication",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_language",
    "pg_transform",
    "pg_statistic_ext",
    "pg_am",
    "pg_default_acl",
    "pg_proc",
];

/// The others: with what they are part of, without what PostgreSQL makes by itself beside them. Before PostgreSQL 14 not
/// everybody may read the `oid` of a subscription, but its statistics.
const PARTS: &str = r"
SELECT 'pg_class'::regclass::oid, c.oid, CASE WHEN i.indrelid IS NOT NULL THEN 'pg_class'::regclass::oid END, i.indrelid
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE n.nspname !~ '^pg_(toast|temp)'
    AND c.relname <> '__diesel_schema_migrations' AND c.relname NOT LIKE '\_\_makemigrations\_%'
UNION ALL
SELECT 'pg_namespace'::regclass, oid, NULL, NULL FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
UNION ALL
SELECT 'pg_type'::regclass, t.oid, NULL, NULL
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE n.nspname !~ '^pg_(toast|temp)' AND t.typtype <> 'm' AND (t.typrelid = 0 OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)
UNION ALL
SELECT 'pg_constraint'::regclass, oid,
    CASE WHEN conrelid <> 0 THEN 'pg_class'::regclass ELSE 'pg_type'::regclass END,
    coalesce(nullif(conrelid, 0), contypid)
FROM pg_constraint WHERE conparentid = 0 AND contype <> 'n'
UNION ALL
SELECT 'pg_trigger'::regclass, oid, 'pg_class'::regclass, tgrelid
FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0
UNION ALL
SELECT 'pg_rewrite'::regclass, oid, 'pg_class'::regclass, ev_class FROM pg_rewrite WHERE rulename <> '_RETURN'
UNION ALL
SELECT 'pg_policy'::regclass, oid, 'pg_class'::regclass, polrelid FROM pg_policy
UNION ALL
SELECT 'pg_attrdef'::regclass, d.oid, 'pg_class'::regclass, d.adrelid
FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE c.relkind = 'v'
UNION ALL
SELECT 'pg_user_mapping'::regclass, umid, NULL, NULL FROM pg_user_mappings
UNION ALL
SELECT DISTINCT 'pg_subscription'::regclass, a.subid, NULL::oid, NULL::oid
FROM pg_subscription s JOIN pg_database b ON b.oid = s.subdbid JOIN pg_stat_subscription a ON a.subname = s.subname
WHERE b.datname = current_database()";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let alone = CATALOGUES.map(|name| format!("\nUNION ALL SELECT '{name}'::regclass, oid, NULL, NULL FROM {name}"));
    let query = format!(
        "SELECT class::text, oid::text, owner_class::text, owner::text
FROM ({PARTS}{}) AS object (class, oid, owner_class, owner)
WHERE oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = object.oid
        AND (d.deptype = 'e' OR d.deptype = 'i' AND class IN ('pg_proc'::regclass, 'pg_cast'::regclass)))",
        alone.concat()
    );
    let mut left = Vec::new();
    for mut row in catalogue.rows(&query)? {
        let id = (row.number(), row.number());
        let owner = row.optional().map(|class| (class.parse().unwrap_or_default(), row.number()));
        if !found.is_accounted_for(id) && owner.is_none_or(|owner| is_said(found, owner)) {
            left.push((id, 0, ""));
        }
    }
    left.extend(found.commented().map(|(id, column)| (id, column, "comment on ")));
    if left.is_empty() {
        return Ok(());
    }
    let rows =
        left.iter().map(|((class, row), column, what)| format!("({class}::oid, {row}::oid, {column}, '{what}')"));
    let query = format!(
        "SELECT what || type, schema, quote_ident(schema) || '.', identity
FROM (VALUES {}) AS one (class, oid, part, what), pg_identify_object(class, oid, part)",
        rows.collect::<Vec<_>>().join(", ")
    );
    for mut row in catalogue.rows(&query)? {
        let (kind, schema, prefix, identity) = (row.text(), row.optional(), row.text(), row.text());
        let is_first = schema.is_some_and(|schema| catalogue.place(schema).is_none());
        let name = identity.strip_prefix(&prefix).filter(|_| is_first).unwrap_or(&identity);
        found.unknown(format!("{kind} `{name}`"));
    }
    Ok(())
}

/// What is part of something that is named, or left out, is not named again.
fn is_said(found: &Found, (class, row): (u32, u32)) -> bool {
    match class {
        class::RELATION => found.table_key(row).or_else(|| found.view_key(row)).is_some(),
        _ => found.is_accounted_for((class, row)),
    }
}
