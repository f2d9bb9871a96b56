//! Enumerated types.
//!
//! Which columns have them is read with the columns.

use std::collections::BTreeMap;

use makemigrations_plan::model::Enum;

use super::{
    catalogue::Catalogue,
    found::{Found, class},
};
use crate::domain;

const QUERY: &str = "
SELECT t.oid::text, n.nspname::text, t.typname::text, e.enumlabel::text
FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_enum e ON e.enumtypid = t.oid
WHERE t.typtype = 'e' AND t.oid >= 16384
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )
ORDER BY t.oid, e.enumsortorder";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let mut enums: BTreeMap<u32, (Option<String>, String, Vec<String>)> = BTreeMap::new();
    for mut row in catalogue.rows(QUERY)? {
        let (oid, schema, name) = (row.number(), row.text(), row.text());
        let place = catalogue.place(schema);
        enums.entry(oid).or_insert((place, name, Vec::new())).2.extend(row.optional());
    }
    let mut enums: Vec<_> = enums.into_iter().collect();
    enums.sort_by(|(_, a), (_, b)| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    for (oid, (schema, name, values)) in enums {
        let said = schema.as_ref().map_or_else(|| name.clone(), |schema| format!("{schema}.{name}"));
        if values.is_empty() {
            found.unknown(format!("enum `{said}` without values"));
        } else if found.schema.enums.contains_key(&name) {
            // The key of an enum is its SQL name, whatever its schema is.
            found.unknown(format!("enum `{said}`, because another enum has the same name"));
        } else {
            let comment = found.take_comment(class::TYPE, oid, 0);
            found.keys.insert((class::TYPE, oid), name.clone());
            found.schema.enums.insert(name, Enum { domain: domain(), schema, values, comment });
        }
        // Named or not, what is said about it is said.
        found.say(class::TYPE, oid);
    }
    Ok(())
}
