//! Row security: that a table has it, and its policies.
//!
//! Roles are named and not known: they belong to the server.

use makemigrations_sql::quote_identifier;

use super::{comment, key_on, owner};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

const ROW_SECURITY: &str = "
SELECT c.oid::text, c.relrowsecurity::text, c.relforcerowsecurity::text
FROM pg_class c WHERE c.oid >= 16384 AND (c.relrowsecurity OR c.relforcerowsecurity)";

const POLICIES: &str = "
SELECT p.oid::text, p.polrelid::text, p.polname::text, p.polpermissive::text, p.polcmd::text,
    (
        SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ' ORDER BY role)
        FROM unnest(p.polroles) AS role
    ),
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p WHERE p.oid >= 16384";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    row_security(catalogue, found)?;
    let rows: Vec<_> = catalogue.rows(POLICIES)?.collect();
    for mut row in rows {
        let (oid, relation, name) = (row.number(), row.number(), row.text());
        let Some((table, key)) = owner(found, relation) else { continue };
        let on = format!("{} ON {table}", quote_identifier(&name));
        let mut create = format!("CREATE POLICY {on}");
        if !row.flag() {
            create.push_str(" AS RESTRICTIVE");
        }
        create.push_str(match row.text().as_str() {
            "r" => " FOR SELECT",
            "a" => " FOR INSERT",
            "w" => " FOR UPDATE",
            "d" => " FOR DELETE",
            _ => "",
        });
        let roles = row.text();
        if roles != "PUBLIC" {
            create.push_str(&format!(" TO {roles}"));
        }
        if let Some(condition) = row.optional() {
            create.push_str(&format!(" USING ({condition})"));
        }
        if let Some(condition) = row.optional() {
            create.push_str(&format!(" WITH CHECK ({condition})"));
        }
        create.push_str(&comment("POLICY", &on, found.take_comment(class::POLICY, oid, 0)));
        let drop = format!("DROP POLICY {on}");
        let (key, needs) = (key_on(&key, &name), [key].into());
        found.drafts.push(Draft { id: (class::POLICY, oid), kind: "policy", key, create, drop, needs });
    }
    Ok(())
}

fn row_security<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(ROW_SECURITY)?.collect();
    for mut row in rows {
        let (relation, enabled, forced) = (row.number(), row.flag(), row.flag());
        let Some((table, key)) = owner(found, relation) else { continue };
        let states = [(enabled, "ENABLE", "DISABLE"), (forced, "FORCE", "NO FORCE")];
        let states: Vec<_> = states.into_iter().filter(|(on, ..)| *on).collect();
        let alter = |word: &str| format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY");
        let create: Vec<_> = states.iter().map(|(_, on, _)| alter(on)).collect();
        let drop: Vec<_> = states.iter().rev().map(|(.., off)| alter(off)).collect();
        found.drafts.push(Draft {
            id: (class::ROW_SECURITY, relation),
            kind: "row_security",
            key: format!("{key}_row_security"),
            create: create.join(";\n"),
            drop: drop.join(";\n"),
            needs: [key].into(),
        });
    }
    Ok(())
}
