//! Extensions.
//!
//! What is inside of them is theirs: no other reader sees it.

use super::{
    catalogue::Catalogue,
    found::{Found, class},
};

/// `plpgsql` is in every new database.
const QUERY: &str = "
SELECT e.oid::text, e.extname::text, n.nspname::text
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    for mut row in catalogue.rows(QUERY)? {
        let (oid, name) = (row.number(), row.text());
        if let Some(schema) = catalogue.place(row.text()).filter(|schema| schema != "pg_catalog") {
            found.unknown(format!("schema `{schema}` of extension `{name}`"));
        }
        found.say(class::EXTENSION, oid);
        found.schema.extensions.insert(name);
    }
    Ok(())
}
