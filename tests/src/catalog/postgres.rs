//! PostgreSQL's catalogue through `pg_catalog`. It must not repair what is there.

use super::Catalog;
use crate::database::Database;

/// `relation`: tables with their names, without ours, Diesel's and those of extensions.
const RELATION: &str = r"
WITH relation AS (
    SELECT c.oid, CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
        AND c.relname <> '__diesel_schema_migrations' AND c.relname NOT LIKE '\_\_makemigrations\_%'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
), named AS (
    SELECT a.attrelid, a.attnum, a.attname FROM pg_attribute a
)";

const COLUMNS: &str = "
SELECT t.name || '.' || a.attname || CASE WHEN a.attnotnull THEN '' ELSE ' null' END
FROM relation t JOIN pg_attribute a ON a.attrelid = t.oid
WHERE a.attnum > 0 AND NOT a.attisdropped";

/// Indexes of one uniqueness, without those behind a constraint; `{unique}` is `true` or `false`.
const INDEXES: &str = "
SELECT t.name || '(' || (
    SELECT string_agg(
        CASE k.attnum WHEN 0 THEN '<expression>' ELSE a.attname END
            || CASE WHEN i.indoption[k.position - 1] & 1 = 1 THEN ' desc' ELSE '' END
            || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END,
        ',' ORDER BY k.position)
    FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position)
    JOIN pg_opclass o ON o.oid = i.indclass[k.position - 1]
    LEFT JOIN named a ON a.attrelid = t.oid AND a.attnum = k.attnum
    WHERE k.position <= i.indnkeyatts
) || ')' || CASE WHEN i.indpred IS NULL THEN '' ELSE ' where' END
FROM relation t JOIN pg_index i ON i.indrelid = t.oid
WHERE i.indisunique = {unique}
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))";

const FOREIGN_KEYS: &str = "
SELECT t.name || '(' || (
    SELECT string_agg(a.attname, ',' ORDER BY k.position) FROM unnest(c.conkey) WITH ORDINALITY k (attnum, position)
    JOIN named a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
) || ') -> ' || target.name || '(' || (
    SELECT string_agg(a.attname, ',' ORDER BY k.position) FROM unnest(c.confkey) WITH ORDINALITY k (attnum, position)
    JOIN named a ON a.attrelid = c.confrelid AND a.attnum = k.attnum
) || ')'
FROM relation t JOIN pg_constraint c ON c.conrelid = t.oid JOIN relation target ON target.oid = c.confrelid
WHERE c.contype = 'f'";

const CHECKS: &str = "SELECT t.name FROM relation t JOIN pg_constraint c ON c.conrelid = t.oid WHERE c.contype = 'c'";

const ENUMS: &str = "
SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || t.typname || '('
    || string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) || ')'
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid JOIN pg_namespace n ON n.oid = t.typnamespace
GROUP BY n.nspname, t.typname";

/// Tables, views, sequences, indexes that are left without a table, types, functions, schemas and extensions.
pub(super) const USER_OBJECTS: &str = r"
WITH schema AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'
), object (kind, name) AS (
    SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'relation' END,
        c.relname
    FROM pg_class c JOIN schema s ON s.oid = c.relnamespace WHERE c.relkind NOT IN ('i', 'I', 't')
    UNION ALL
    SELECT 'type', t.typname FROM pg_type t JOIN schema s ON s.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r')
    UNION ALL
    SELECT 'function', p.proname FROM pg_proc p JOIN schema s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 'schema', nspname FROM schema WHERE nspname <> 'public'
    UNION ALL
    SELECT 'extension', extname FROM pg_extension WHERE extname <> 'plpgsql'
)
SELECT kind || ' ' || name FROM object
WHERE name NOT LIKE '\_\_diesel\_schema\_migrations%' AND name NOT LIKE '\_\_makemigrations\_%'
ORDER BY kind, name";

pub(super) fn catalog(database: &Database) -> Catalog {
    let column = |query: &str| database.column(&format!("{RELATION}{query}"));
    Catalog {
        tables: column("SELECT name FROM relation"),
        columns: column(COLUMNS),
        primary_keys: column(&keys('p')),
        unique_constraints: column(&keys('u')),
        foreign_keys: column(FOREIGN_KEYS),
        unique_indexes: column(&INDEXES.replace("{unique}", "true")),
        indexes: column(&INDEXES.replace("{unique}", "false")),
        checks: column(CHECKS),
        enums: column(ENUMS),
    }
}

/// Primary keys (`p`) or unique constraints (`u`).
fn keys(kind: char) -> String {
    format!(
        "
SELECT t.name || '(' || (
    SELECT string_agg(a.attname, ',' ORDER BY k.position) FROM unnest(c.conkey) WITH ORDINALITY k (attnum, position)
    JOIN named a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
) || ')'
FROM relation t JOIN pg_constraint c ON c.conrelid = t.oid WHERE c.contype = '{kind}'"
    )
}
