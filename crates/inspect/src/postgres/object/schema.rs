//! SQL schemas.
//!
//! One with a table, enum or view in it comes with that; any other is an object.

use makemigrations_sql::quote_identifier;

use super::comment;
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

/// Read when every table, enum and view is known.
const QUERY: &str = "
SELECT n.oid::text, n.nspname::text
FROM pg_namespace n
WHERE n.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'public'
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
    )";

pub(in crate::postgres) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let used = found.schema.used_schemas();
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    for mut row in rows {
        let oid = row.number();
        let Some(name) = catalogue.place(row.text()) else {
            found.name_whole(class::NAMESPACE, oid);
            continue;
        };
        if used.contains(&name) {
            found.say(class::NAMESPACE, oid);
            found.schema.schemas.insert(name);
            continue;
        }
        let quoted = quote_identifier(&name);
        let mut create = format!("CREATE SCHEMA {quoted}");
        create.push_str(&comment("SCHEMA", &quoted, found.take_comment(class::NAMESPACE, oid, 0)));
        let drop = format!("DROP SCHEMA {quoted}");
        let needs = Default::default();
        found.drafts.push(Draft { id: (class::NAMESPACE, oid), kind: "schema", key: name, create, drop, needs });
    }
    Ok(())
}
