//! Range types.
//!
//! One with a function that makes its values canonical cannot be written in one statement, and is left to be named.

use super::{comment, qualified};
use crate::postgres::{
    catalogue::{Catalogue, FOURTEEN},
    found::{Draft, Found, class},
};

/// The name of the multirange type follows from the range's, unless it was given. What is rare is asked for by the row:
/// so many joins would take longer to plan than to run.
const QUERY: &str = "
SELECT t.oid::text, n.nspname::text, t.typname::text, concat_ws(', ',
        'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
        'SUBTYPE_OPCLASS = ' || (
            SELECT quote_ident(own.nspname) || '.' || quote_ident(o.opcname)
            FROM pg_opclass o JOIN pg_namespace own ON own.oid = o.opcnamespace
            WHERE o.oid = r.rngsubopc AND NOT o.opcdefault
        ),
        'COLLATION = ' || (
            SELECT quote_ident(own.nspname) || '.' || quote_ident(l.collname)
            FROM pg_collation l JOIN pg_namespace own ON own.oid = l.collnamespace
            WHERE l.oid = r.rngcollation AND l.oid <> (SELECT s.typcollation FROM pg_type s WHERE s.oid = r.rngsubtype)
        ),
        'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::text, '-'),
        'MULTIRANGE_TYPE_NAME = ' || {multirange})
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND r.rngcanonical = 0 AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let multirange = "(SELECT quote_ident(m.typname) FROM pg_type m WHERE m.oid = r.rngmultitypid)";
    let query = QUERY.replace("{multirange}", catalogue.since(FOURTEEN, multirange, "NULL"));
    let rows: Vec<_> = catalogue.rows(&query)?.collect();
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
