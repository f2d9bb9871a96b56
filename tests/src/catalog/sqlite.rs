//! SQLite's catalogue through its pragmas; only checks are read from the text of `sqlite_schema`, which is the one place
//! that has them. It must not repair what is there.

use super::Catalog;
use crate::database::Database;

/// Tables without SQLite's, Diesel's and ours.
const TABLES: &str = r"
SELECT name, sql FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
    AND name <> '__diesel_schema_migrations' AND name NOT LIKE '\_\_makemigrations\_%' ESCAPE '\'";

pub(super) const USER_OBJECTS: &str = r"
SELECT type || ' ' || name FROM sqlite_schema
WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND tbl_name NOT LIKE '\_\_makemigrations\_%' ESCAPE '\'
    AND tbl_name <> '__diesel_schema_migrations'
ORDER BY type, name";

pub(super) fn catalog(database: &Database) -> Catalog {
    let mut catalog = Catalog::default();
    for row in database.rows(TABLES) {
        let [Some(table), Some(sql)] = &row[..] else { panic!("{row:?}") };
        let literal = format!("'{}'", table.replace('\'', "''"));
        let column = |query: &str| database.column(&query.replace("{table}", &literal));
        catalog.columns.extend(column(COLUMNS));
        catalog.primary_keys.extend(column(PRIMARY_KEY));
        catalog.unique_constraints.extend(column(&indexes("\"unique\" AND origin <> 'pk' AND plain")));
        catalog.unique_indexes.extend(column(&indexes("\"unique\" AND origin <> 'pk' AND NOT plain")));
        catalog.indexes.extend(column(&indexes("NOT \"unique\"")));
        catalog.foreign_keys.extend(column(FOREIGN_KEYS));
        catalog.checks.extend(std::iter::repeat_n(table.clone(), checks(sql)));
        catalog.tables.push(table.clone());
    }
    catalog
}

/// A primary key's column may be NULL by a mistake that SQLite keeps for compatibility; whether the product guards
/// against it is not asked here.
const COLUMNS: &str = r#"
SELECT {table} || '.' || name || CASE WHEN "notnull" OR pk > 0 THEN '' ELSE ' null' END
FROM pragma_table_xinfo({table})"#;

const PRIMARY_KEY: &str = "
SELECT {table} || '(' || group_concat(name, ',' ORDER BY pk) || ')'
FROM pragma_table_xinfo({table}) WHERE pk > 0 HAVING count(*) > 0";

/// A target column that is not written is the target's primary key.
const FOREIGN_KEYS: &str = r#"
SELECT {table} || '(' || group_concat("from", ',' ORDER BY seq) || ') -> ' || "table" || '('
    || group_concat(coalesce("to", (SELECT name FROM pragma_table_xinfo("table") WHERE pk = seq + 1)), ',' ORDER BY seq)
    || ')'
FROM pragma_foreign_key_list({table}) GROUP BY id"#;

/// The indexes for which a condition on `"unique"`, `origin` and `plain` (whole columns, no condition) holds.
fn indexes(condition: &str) -> String {
    format!(
        r#"
WITH listed AS (
    SELECT l."unique", l.origin, NOT l.partial AND NOT EXISTS (
            SELECT 1 FROM pragma_index_xinfo(l.name) WHERE key AND name IS NULL
        ) AS plain,
        {{table}} || '(' || (
            SELECT group_concat(coalesce(name, '<expression>') || CASE WHEN "desc" THEN ' desc' ELSE '' END, ',' ORDER BY seqno)
            FROM pragma_index_xinfo(l.name) WHERE key
        ) || ')' || CASE WHEN l.partial THEN ' where' ELSE '' END AS text
    FROM pragma_index_list({{table}}) l
)
SELECT text FROM listed WHERE {condition}"#
    )
}

/// The number of times the word CHECK stands in a CREATE TABLE outside strings, quoted names and comments.
fn checks(sql: &str) -> usize {
    let mut count = 0;
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            first if is_word(first) => {
                let length = rest.find(|other| !is_word(other)).unwrap_or(rest.len());
                count += usize::from(rest[..length].eq_ignore_ascii_case("check"));
                length
            }
            first => first.len_utf8(),
        };
        rest = &rest[length..];
    }
    count
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::checks;

    #[test]
    fn checks_are_counted_outside_names_and_strings() {
        let sql = "CREATE TABLE \"check\" (a INTEGER CHECK (a > 0), -- CHECK\n b TEXT DEFAULT 'it''s CHECK', \
                   checked TEXT, /* CHECK */ CONSTRAINT [CHECK] check (b <> ''))";
        assert_eq!(checks(sql), 2);
    }
}
