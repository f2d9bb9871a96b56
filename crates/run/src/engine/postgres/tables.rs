//! The runner's tables on a PostgreSQL server: the schema that they are in, and whether they are what this tool made. Must
//! not read or write their rows.
//!
//! Whoever may create in the schema could have made a table of such a name first, with triggers, rules or expressions that
//! run with the rights of whoever uses it. So a table is looked at in the catalogue before it is used; before it is written
//! to, its owner has to be somebody who could do all that anyway.

use makemigrations_sql::{Dialect, quote_identifier, tokens};

use super::Postgres;
use crate::engine::{Engine, Refusal};

/// The names. No others are looked for in the runner's schema.
const NAMES: [&str; 3] = ["__diesel_schema_migrations", "__makemigrations_history", "__makemigrations_lock"];

/// Where the runner's own statements look for what is named without a schema: functions and operators of PostgreSQL itself.
pub(super) const OWN_PATH: &str = "SET search_path = pg_catalog, pg_temp;";

/// The schema of Diesel's table as the session finds it, else of the runner's tables, else the one in which a new table
/// would be, as Diesel makes it.
pub(super) const SCHEMA: &str = "SELECT coalesce(found.name, pg_catalog.current_schema()::pg_catalog.text) FROM (SELECT 1) AS one \
    LEFT JOIN (SELECT namespace.nspname::pg_catalog.text AS name FROM pg_catalog.unnest('{__diesel_schema_migrations,__makemigrations_history,__makemigrations_lock}'::pg_catalog.text[]) WITH ORDINALITY AS wanted (name, place) \
    JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(wanted.name) \
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
    WHERE class.relpersistence OPERATOR(pg_catalog.<>) 't' ORDER BY wanted.place LIMIT 1) AS found ON true";

/// What the catalogue says of a table. Whoever owns it is trusted who is the session's own role, one that this is a member
/// of (a superuser is of all), a superuser, or the owner of the database.
const FACTS: &str = "SELECT class.relkind::text, owner.rolname::text, \
    (class.relowner = me.oid OR owner.rolsuper OR class.relowner = (SELECT datdba FROM pg_database WHERE datname = current_database()) \
        OR (NOT me.rolsuper AND pg_has_role(me.oid, class.relowner, 'MEMBER')))::text, \
    (SELECT string_agg(quote_ident(tgname), ', ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = class.oid AND NOT tgisinternal), \
    (SELECT string_agg(quote_ident(rulename), ', ' ORDER BY rulename) FROM pg_rewrite WHERE ev_class = class.oid), \
    (class.relrowsecurity OR class.relforcerowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid))::text, \
    (class.relhassubclass OR class.relispartition OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = class.oid))::text, \
    EXISTS (SELECT FROM pg_attribute AS attribute JOIN pg_type AS type ON type.oid = attribute.atttypid \
        WHERE attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped \
        AND type.typnamespace <> 'pg_catalog'::regnamespace)::text, \
    me.rolname::text \
    FROM pg_class AS class JOIN pg_roles AS owner ON owner.oid = class.relowner \
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace, pg_roles AS me \
    WHERE namespace.nspname = $1 AND class.relname = $2 AND me.rolname = current_user";

/// A statement of the runner with the schema before the names of its tables: here, so that none can be forgotten.
pub(super) fn qualified(schema: &str, sql: &str) -> String {
    let schema = quote_identifier(schema);
    tokens(sql, Dialect::Postgres).fold(String::with_capacity(sql.len()), |mut text, token| {
        if NAMES.contains(&token.text) {
            text += &schema;
            text.push('.');
        }
        text + token.text
    })
}

/// Whether the table is there. Fails where it is not to be used: `is_written` wants an owner who can be trusted.
pub(super) fn is_there(engine: &mut Postgres, name: &str, is_written: bool) -> Result<bool, Refusal> {
    let schema = engine.schema.clone();
    let rows = engine.query(FACTS, &[Some(&schema), Some(name)])?;
    let Some(row) = rows.first() else { return Ok(false) };
    let is = |column| row.get(column) == Some("true");
    let full = format!("{}.{}", quote_identifier(&schema), quote_identifier(name));
    let owner = row.text(1).unwrap_or_default();
    let refuse = |why: String, hint: String| {
        let message = format!("`{full}` of the role `{owner}` is not used: {why}");
        Err(Refusal { hint: Some(hint), ..Refusal::new(message) })
    };
    let look =
        || format!("look at `{full}`, and who may create in the schema: nothing but this tool's table has that name");
    if row.get(0) != Some("r") {
        return refuse("it is no plain table".to_owned(), look());
    }
    if is(7) {
        return refuse("a column has a type that is not PostgreSQL's own".to_owned(), look());
    }
    if is(6) {
        return refuse("another table inherits from it, or it from another one".to_owned(), look());
    }
    if !is_written {
        return Ok(true);
    }
    if !is(2) {
        let me = row.text(8).unwrap_or_default();
        let why = format!("its triggers and rules would run with the rights of `{me}`");
        let take = format!(
            "run as `{owner}`; or look at it, and make it yours: `ALTER TABLE {full} OWNER TO {}`",
            quote_identifier(&me)
        );
        return refuse(why, take);
    }
    if let Some(triggers) = row.get(3) {
        return refuse(format!("it has triggers: {triggers}"), format!("drop them: `DROP TRIGGER ... ON {full}`"));
    }
    if let Some(rules) = row.get(4) {
        return refuse(format!("it has rules: {rules}"), format!("drop them: `DROP RULE ... ON {full}`"));
    }
    if is(5) {
        return refuse(
            "it has row-level security, which can hide what was applied".to_owned(),
            format!("`ALTER TABLE {full} DISABLE ROW LEVEL SECURITY`, and drop its policies"),
        );
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_comes_before_names_and_not_into_texts() {
        let sql = "INSERT INTO __makemigrations_lock (a) VALUES ('__makemigrations_lock') -- __makemigrations_lock";
        let expected =
            "INSERT INTO \"My\".__makemigrations_lock (a) VALUES ('__makemigrations_lock') -- __makemigrations_lock";
        assert_eq!(qualified("My", sql), expected);
    }
}
