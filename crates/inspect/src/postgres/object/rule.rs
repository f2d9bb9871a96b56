//! Rewrite rules.
//!
//! The rule that makes a view what it is, is the view.

use makemigrations_sql::quote_identifier;

use super::{comment, key_on, owner, trigger::state};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

const QUERY: &str = "
SELECT r.oid::text, r.ev_class::text, r.rulename::text, r.ev_enabled::text, pg_get_ruledef(r.oid, true)
FROM pg_rewrite r WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    for mut row in rows {
        let (oid, relation, name, enabled) = (row.number(), row.number(), row.text(), row.text());
        let Some((table, key)) = owner(found, relation) else { continue };
        let quoted = quote_identifier(&name);
        let mut create = row.text().trim().trim_end_matches(';').to_owned();
        if let Some(state) = state(&enabled) {
            create.push_str(&format!(";\nALTER TABLE {table} {state} RULE {quoted}"));
        }
        let on = format!("{quoted} ON {table}");
        create.push_str(&comment("RULE", &on, found.take_comment(class::RULE, oid, 0)));
        let drop = format!("DROP RULE {on}");
        let (key, needs) = (key_on(&key, &name), [key].into());
        found.drafts.push(Draft { id: (class::RULE, oid), kind: "rule", key, create, drop, needs });
    }
    Ok(())
}
