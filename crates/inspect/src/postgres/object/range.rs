//! Range types.
//!
//! One with a function that makes its values canonical cannot be written in one statement, and is left to be named.

use super::{comment, qualified};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

/// The name of the multirange type follows from the range's, unless it was given.
const QUERY: &str = "
SELECT t.oid::text, n.nspname::text, t.typname::text, concat_ws(', ',
        'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
        CASE WHEN NOT o.opcdefault THEN 'SUBTYPE_OPCLASS = ' || quote_ident(onsp.nspname) || '.' || quote_ident(o.opcname)
            END,
        CASE WHEN r.rngcollation <> s.typcollation
            THEN 'COLLATION = ' || quote_ident(ln.nspname) || '.' || quote_ident(l.collname) END,
        'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::text, '-'),
        'MULTIRANGE_TYPE_NAME = ' || quote_ident(m.typname))
FROM pg_range r
    JOIN pg_type t ON t.oid = r.rngtypid
    JOIN pg_type s ON s.oid = r.rngsubtype
    JOIN pg_type m ON m.oid = r.rngmultitypid
    JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_opclass o ON o.oid = r.rngsubopc
    JOIN pg_namespace onsp ON onsp.oid = o.opcnamespace
    LEFT JOIN pg_collation l ON l.oid = r.rngcollation
    LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE t.oid >= 16384 AND r.rngcanonical = 0 AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    for mut row in rows {
        let (oid, schema, name) = (row.number(), catalogue.place(row.text()), row.text());
        let sql_name = qualified(schema.as_deref(), &name);
        let mut create = format!("CREATE TYPE {sql_name} AS RANGE ({})", row.text());
        create.push_str(&comment("TYPE", &sql_name, found.take_comment(class::TYPE, oid, 0)));
        let drop = format!("DROP TYPE {sql_name}");
        let needs = Default::default();
        found.drafts.push(Draft { id: (class::TYPE, oid), kind: "type", key: name, create, drop, needs });
    }
    Ok(())
}
