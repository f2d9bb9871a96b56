//! `DO` blocks: what only the database can decide while a migration runs.
//!
//! What is counted and what is said about it is the callers' business.

use makemigrations_sql::quote_literal;

/// A block of PL/pgSQL between dollar quotes that nothing in it ends.
pub(super) fn anonymous(body: &str) -> String {
    let mut tag = String::from("$$");
    while body.contains(&tag) {
        tag.insert(1, '_');
    }
    format!("DO {tag}\n{body}{tag}")
}

/// A block that stops the migration when a count of rows is not 0; `3 rows` stands between `before` and `after` in the
/// message.
pub(super) fn guard(count: &str, before: &str, after: &str) -> String {
    let message = quote_literal(&format!("{}%{}", before.replace('%', "%%"), after.replace('%', "%%")));
    anonymous(&format!(
        "DECLARE
    number bigint := ({count});
BEGIN
    IF number > 0 THEN
        RAISE EXCEPTION {message}, {};
    END IF;
END
",
        counted("number")
    ))
}

/// `1 row`, `3 rows`: the SQL that says so.
pub(super) fn counted(number: &str) -> String {
    format!("{number} || CASE {number} WHEN 1 THEN ' row' ELSE ' rows' END")
}

/// A block that stops the migration with one message when queries find something to say: each gives rows with one text,
/// and `message` has a `%` for all of them.
pub(super) fn guard_all(queries: &[String], message: &str) -> String {
    let queries = queries.join("\n        UNION ALL\n");
    let message = quote_literal(message);
    anonymous(&format!(
        "DECLARE
    problem text;
BEGIN
    SELECT string_agg(counted.line, ', ') INTO problem FROM (
{queries}
    ) AS counted (line);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION {message}, problem;
    END IF;
END
"
    ))
}

/// A block that runs every statement which a query gives, in its order.
pub(super) fn run_each(query: &str) -> String {
    anonymous(&format!(
        "DECLARE
    statement text;
BEGIN
    FOR statement IN
{query}
    LOOP
        EXECUTE statement;
    END LOOP;
END
"
    ))
}

/// A block that runs a statement, or another one when the first fails under the condition.
pub(super) fn either(statement: &str, condition: &str, other: &str) -> String {
    anonymous(&format!("BEGIN\n    {statement};\nEXCEPTION WHEN {condition} THEN\n    {other};\nEND\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_in_a_name_is_no_place_for_a_number() {
        let guard = guard("SELECT 1", "", " of \"5%'s\"");
        assert!(guard.contains("RAISE EXCEPTION '% of \"5%%''s\"', number || CASE"), "{guard}");
    }

    #[test]
    fn a_body_with_dollars_does_not_end_early() {
        assert_eq!(anonymous("a\n"), "DO $$\na\n$$");
        assert_eq!(anonymous("'$$' '$_$'\n"), "DO $__$\n'$$' '$_$'\n$__$");
    }
}
