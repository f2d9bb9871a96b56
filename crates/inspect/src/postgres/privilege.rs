//! Privileges and security labels: the format has none, so what differs from a new object's is named.
//!
//! Who has which is the server's business and not listed.

use std::collections::BTreeMap;

use super::{catalogue::Catalogue, found::Found};

const QUERY: &str = "
SELECT kind, class::text, oid::text, name FROM (
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END AS kind,
        'pg_class'::regclass::oid AS class, c.oid, c.relname::text AS name, c.relacl AS acl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner) AS usual
    FROM pg_class c WHERE c.oid >= 16384
    UNION ALL
    SELECT 'column', 'pg_class'::regclass, c.oid, c.relname || '.' || a.attname, a.attacl,
        acldefault('c', c.relowner)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND a.attrelid >= 16384
    UNION ALL
    SELECT 'function', 'pg_proc'::regclass, oid, proname, proacl, acldefault('f', proowner)
    FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT 'type', 'pg_type'::regclass, oid, typname, typacl, acldefault('T', typowner)
    FROM pg_type WHERE oid >= 16384
    UNION ALL
    SELECT 'schema', 'pg_namespace'::regclass, oid, nspname, nspacl, acldefault('n', nspowner)
    FROM pg_namespace WHERE oid >= 16384
) AS object WHERE acl IS NOT NULL AND NOT (acl @> usual AND acl <@ usual)
ORDER BY kind, name";

const LABELS: &str = "
SELECT DISTINCT object.type, object.identity
FROM pg_seclabel l, pg_identify_object(l.classoid, l.objoid, l.objsubid) AS object
WHERE l.objoid >= 16384";

/// So many are named, the others are counted.
const NAMED: usize = 5;

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let mut objects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mut row in catalogue.rows(QUERY)? {
        let (kind, id) = (row.text(), (row.number(), row.number()));
        if found.is_accounted_for(id) {
            objects.entry(kind).or_default().push(format!("`{}`", row.text()));
        }
    }
    for (kind, names) in objects {
        let line = match names.as_slice() {
            [one] => format!("privileges of {kind} {one}"),
            some if some.len() <= NAMED => format!("privileges of {kind}s {}", some.join(", ")),
            many => format!("privileges of {kind}s {} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
        };
        found.unknown(line);
    }
    for mut row in catalogue.rows(LABELS)? {
        found.unknown(format!("security label of {} `{}`", row.text(), row.text()));
    }
    Ok(())
}
