//! Triggers, constraint triggers among them.
//!
//! Those that PostgreSQL makes for foreign keys are the keys'.

use makemigrations_sql::quote_identifier;

use super::{comment, key_on, owner};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

/// A constraint trigger has a constraint as well.
const QUERY: &str = "
SELECT t.oid::text, t.tgrelid::text, t.tgname::text, t.tgenabled::text, t.tgconstraint::text,
    pg_get_triggerdef(t.oid, true)
FROM pg_trigger t WHERE t.oid >= 16384 AND NOT t.tgisinternal AND t.tgparentid = 0";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    for mut row in rows {
        let (oid, relation, name, enabled) = (row.number(), row.number(), row.text(), row.text());
        let Some((table, key)) = owner(found, relation) else { continue };
        let constraint = row.number();
        if constraint != 0 {
            found.say(class::CONSTRAINT, constraint);
        }
        let quoted = quote_identifier(&name);
        let mut create = row.text();
        if let Some(state) = state(&enabled) {
            create.push_str(&format!(";\nALTER TABLE {table} {state} TRIGGER {quoted}"));
        }
        let on = format!("{quoted} ON {table}");
        create.push_str(&comment("TRIGGER", &on, found.take_comment(class::TRIGGER, oid, 0)));
        let drop = format!("DROP TRIGGER {on}");
        let (key, needs) = (key_on(&key, &name), [key].into());
        found.drafts.push(Draft { id: (class::TRIGGER, oid), kind: "trigger", key, create, drop, needs });
    }
    Ok(())
}

/// What a trigger or rule is set to, when that is not the usual.
pub(super) fn state(enabled: &str) -> Option<&'static str> {
    match enabled {
        "D" => Some("DISABLE"),
        "R" => Some("ENABLE REPLICA"),
        "A" => Some("ENABLE ALWAYS"),
        _ => None,
    }
}
