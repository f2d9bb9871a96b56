//! Everything a database's catalogue says of its structure, one line an object, to compare two databases.
//! It must not know what the lines mean: equal lists are equal schemas.
//!
//! Columns are in no order: a column that a reverted migration brings back stands last.

use makemigrations_sql::{Dialect, Token, TokenKind, tokens};

use crate::database::{Database, Engine};

/// The lines, sorted.
///
/// # Panics
/// When the database refuses.
#[must_use]
pub fn structure(database: &Database) -> Vec<String> {
    lines(database.engine(), database.rows(query(database.engine())))
}

/// The query that [`lines`] makes sense of.
#[must_use]
pub fn query(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => POSTGRES,
        Engine::Sqlite => SQLITE,
    }
}

/// The lines from the rows of [`query`], sorted.
///
/// # Panics
/// When they are the rows of something else.
#[must_use]
pub fn lines(engine: Engine, rows: Vec<Vec<Option<String>>>) -> Vec<String> {
    let line = |row: Vec<Option<String>>| row.into_iter().next().flatten().expect("one text in every row");
    let mut lines: Vec<_> = match engine {
        Engine::Postgres => rows.into_iter().map(line).map(flattened).collect(),
        Engine::Sqlite => rows.into_iter().map(line).flat_map(|line| of_text(&line)).collect(),
    };
    lines.sort();
    lines
}

/// SQLite keeps checks and computed columns only in its text of the table: what stands in parentheses after their words.
fn of_text(line: &str) -> Vec<String> {
    let Some(rest) = line.strip_prefix("text ") else {
        // What stands after one of these is a text of people's.
        let marks = [("view ", ": "), ("trigger ", ": "), ("column ", " default="), ("index ", " ON ")];
        let mark = marks.iter().find(|(start, _)| line.starts_with(start)).map(|(_, mark)| *mark);
        let parts = mark.and_then(|mark| line.split_once(mark));
        return vec![parts.map_or_else(|| line.to_owned(), |(what, sql)| format!("{what} {}", canonical(sql)))];
    };
    let (table, sql) = rest.split_once('\n').expect("the name on a line of its own");
    let found = ["CHECK (", "GENERATED ALWAYS AS ("].into_iter().flat_map(|words| {
        sql.match_indices(words)
            .map(move |(start, _)| format!("{words} {table} {}", canonical(&sql[start + words.len()..])))
    });
    found.chain(constraint_names(sql).map(|name| format!("constraint {table} {name}"))).collect()
}

/// The line as PostgreSQL writes it when it has read its own text: `((a AND b) AND c)`, which `a BETWEEN 1 AND 2 AND c` is at
/// first, has become `(a AND b AND c)` where a change of type has made an index or a constraint again.
fn flattened(mut line: String) -> String {
    if !line.starts_with("index ") && !line.starts_with("constraint ") {
        return line;
    }
    while let Some((open, close)) = redundant(&line) {
        line.remove(close);
        line.remove(open);
    }
    line
}

/// The places of parentheses around operands of `AND` that are the first operand of an `AND`; the same for `OR`.
fn redundant(line: &str) -> Option<(usize, usize)> {
    // For each open parenthesis its place, and the word between its operands.
    let (mut open, mut quote): (Vec<(usize, Option<&str>)>, _) = (Vec::new(), None);
    for (place, character) in line.char_indices() {
        match (quote, character) {
            (Some(one), _) if one == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => open.push((place, None)),
            (None, ')') => {
                let (start, word) = open.pop()?;
                if word.is_some_and(|word| line[..start].ends_with('(') && line[place + 1..].starts_with(word)) {
                    return Some((start, place));
                }
            }
            (None, ' ') => {
                let word = [" AND ", " OR "].into_iter().find(|word| line[place..].starts_with(word));
                if let (Some(word), Some((_, found))) = (word, open.last_mut()) {
                    *found = Some(word);
                }
            }
            (None, _) => {}
        }
    }
    None
}

/// The names that a table's text gives its constraints. Automatic ones are not written.
fn constraint_names(sql: &str) -> impl Iterator<Item = String> {
    let is_code = |token: &Token<'_>| !matches!(token.kind, TokenKind::Whitespace | TokenKind::Comment);
    let mut tokens = tokens(sql, Dialect::Sqlite).filter(is_code);
    std::iter::from_fn(move || {
        tokens.find(|token| token.is_word("constraint"))?;
        tokens.next()?.name(Dialect::Sqlite)
    })
}

/// The text up to the parenthesis that closes it, or all of it: without comments and blanks, without the quotes that a
/// renamed column gets, and in lower case: names have none to SQLite, also in quotes.
fn canonical(text: &str) -> String {
    let (mut depth, mut quote) = (1, None);
    let mut found = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let comment = match quote {
            None if rest.starts_with("--") => Some(rest.find('\n').unwrap_or(rest.len())),
            None if rest.starts_with("/*") => Some(rest.find("*/").map_or(rest.len(), |end| end + 2)),
            _ => None,
        };
        if let Some(length) = comment {
            rest = &rest[length..];
            continue;
        }
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        let written = if quote == Some('\'') { c } else { c.to_ascii_lowercase() };
        found.extend(Some(written).filter(|c| *c != '"' && !c.is_whitespace()));
        rest = &rest[c.len_utf8()..];
    }
    found
}

/// NOT NULL is said with the columns. Since PostgreSQL 18 it is a constraint as well, with a name that PostgreSQL makes and a
/// rename leaves.
const POSTGRES: &str = r"
WITH namespace AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
), relation AS (
    SELECT c.*, n.nspname FROM pg_class c JOIN namespace n ON n.oid = c.relnamespace
    WHERE c.relname NOT LIKE '\_\_%' AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
)
SELECT 'schema ' || nspname FROM namespace
UNION ALL SELECT 'extension ' || extname FROM pg_extension
UNION ALL SELECT format('table %s.%s %s comment=%L options=%s', nspname, relname, relkind, obj_description(oid, 'pg_class'), reloptions)
    FROM relation WHERE relkind IN ('r', 'p', 'v', 'm')
UNION ALL SELECT format('sequence %s.%s of %s.%s', r.nspname, r.relname, t.relname, a.attname)
    FROM relation r LEFT JOIN pg_depend d ON d.objid = r.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE r.relkind = 'S'
UNION ALL SELECT format('sequence type %s %s', c.relname, format_type(s.seqtypid, NULL)) FROM pg_sequence s JOIN relation c ON c.oid = s.seqrelid
UNION ALL SELECT format('column %s.%s.%s %s null=%s default=%s identity=%s generated=%s collation=%s comment=%L', r.nspname, r.relname,
        a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity,
        a.attgenerated, CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
        col_description(r.oid, a.attnum))
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    WHERE r.relkind IN ('r', 'p')
UNION ALL SELECT format('view %s.%s populated=%s security=%s: %s', nspname, relname, relispopulated, relrowsecurity, pg_get_viewdef(oid))
    FROM relation WHERE relkind IN ('v', 'm')
UNION ALL SELECT format('row security of %s.%s forced=%s', nspname, relname, relforcerowsecurity) FROM relation WHERE relrowsecurity
UNION ALL SELECT format('policy %s.%s.%s %s %s %s using=%s check=%s', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check)
    FROM pg_policies
UNION ALL SELECT format('trigger %s.%s %s', r.nspname, r.relname, pg_get_triggerdef(g.oid))
    FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal
UNION ALL SELECT format('function %s.%s %s', n.nspname, p.proname, pg_get_functiondef(p.oid))
    FROM pg_proc p JOIN namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT format('sequence %s.%s %s by %s', r.nspname, r.relname, format_type(s.seqtypid, NULL), s.seqincrement)
    FROM pg_sequence s JOIN relation r ON r.oid = s.seqrelid
UNION ALL SELECT format('constraint %s.%s %s %s', r.nspname, r.relname, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid WHERE k.contype <> 'n'
UNION ALL SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM pg_index i JOIN relation r ON r.oid = i.indrelid
UNION ALL SELECT format('enum %s.%s (%s) comment=%L', n.nspname, t.typname,
        (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
        obj_description(t.oid, 'pg_type'))
    FROM pg_type t JOIN namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e'
";

const SQLITE: &str = r#"
WITH object AS (SELECT * FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_\_%' ESCAPE '\')
SELECT type || ' ' || name || ' of ' || tbl_name FROM object
UNION ALL SELECT 'text ' || name || char(10) || sql FROM object WHERE type = 'table'
UNION ALL SELECT type || ' ' || name || ': ' || sql FROM object WHERE type IN ('view', 'trigger')
UNION ALL SELECT 'options ' || name || ' without rowid=' || (sql LIKE '%WITHOUT ROWID%') || ' counter=' || (sql LIKE '%AUTOINCREMENT%') FROM object WHERE type = 'table'
UNION ALL SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || ' notnull=' || c."notnull" || ' default='
        || coalesce(c.dflt_value, 'none') || ' pk=' || c.pk || ' hidden=' || c.hidden
    FROM object t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'
UNION ALL SELECT 'foreign key ' || t.name || ' ' || group_concat(f."from") || ' -> ' || f."table" || ' ' || group_concat(coalesce(f."to", ''))
        || ' ' || f.on_update || ' ' || f.on_delete || ' ' || f.match
    FROM object t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' GROUP BY t.name, f.id
UNION ALL SELECT 'index ' || t.name || '.' || CASE WHEN i.name LIKE 'sqlite\_%' ESCAPE '\' THEN 'automatic' ELSE i.name END
        || ' unique=' || i."unique" || ' ' || i.origin || ' partial=' || i.partial || ' '
        || (SELECT group_concat(coalesce(x.name, '()') || x.desc || x.coll) FROM pragma_index_xinfo(i.name) x WHERE x.key)
        || coalesce((SELECT substr(sql, instr(sql, ' ON ')) FROM sqlite_master WHERE name = i.name), '')
    FROM object t, pragma_index_list(t.name) i WHERE t.type = 'table'
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_postgresql_flattens_is_flattened() {
        for (line, expected) in [
            (
                "index i WHERE (((a >= 0) AND (a <= 3)) AND (b < 2))",
                "index i WHERE ((a >= 0) AND (a <= 3) AND (b < 2))",
            ),
            ("constraint c CHECK ((((a) OR (b)) OR (c)))", "constraint c CHECK (((a) OR (b) OR (c)))"),
            ("index i WHERE (((a) AND (b)) OR (c))", "index i WHERE (((a) AND (b)) OR (c))"),
            ("index i WHERE ((a) AND ((b) AND (c)))", "index i WHERE ((a) AND ((b) AND (c)))"),
            ("index i WHERE ((f(a, ') AND ') = b) AND (c))", "index i WHERE ((f(a, ') AND ') = b) AND (c))"),
        ] {
            assert_eq!(flattened(line.to_owned()), expected);
        }
    }
}
