//! Enumerated types.
//!
//! Which columns have them is read with the columns.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::Enum;
use makemigrations_sql::quote_literal;

use super::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
    object::{comment, qualified},
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
        if values.is_empty() || found.schema.enums.contains_key(&name) {
            // The key of an enum is its SQL name, whatever its schema is: another one of that name is an object.
            let sql_name = qualified(schema.as_deref(), &name);
            let labels: Vec<_> = values.iter().map(|value| quote_literal(value)).collect();
            let mut create = format!("CREATE TYPE {sql_name} AS ENUM ({})", labels.join(", "));
            create.push_str(&comment("TYPE", &sql_name, found.take_comment(class::TYPE, oid, 0)));
            let (drop, needs) = (format!("DROP TYPE {sql_name}"), BTreeSet::new());
            found.drafts.push(Draft { id: (class::TYPE, oid), kind: "type", key: name, create, drop, needs });
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
