//! Whether an expression gives every row the same value: then PostgreSQL keeps it in the catalogue, and rewrites no row.
//!
//! In doubt it does not: what a function of people's own is declared as, only their database knows.

use makemigrations_sql::{ReferenceRole, TokenKind, references, tokens};

use crate::model::Dialect;

/// Functions that PostgreSQL declares `IMMUTABLE` or `STABLE` and that people have in defaults.
const NOT_VOLATILE: [&str; 46] = [
    "abs",
    "array_append",
    "array_fill",
    "ascii",
    "btrim",
    "ceil",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "current_schema",
    "current_setting",
    "date_part",
    "date_trunc",
    "decode",
    "encode",
    "extract",
    "floor",
    "format",
    "greatest",
    "jsonb_build_array",
    "jsonb_build_object",
    "least",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_timestamptz",
    "md5",
    "now",
    "nullif",
    "repeat",
    "replace",
    "round",
    "rpad",
    "rtrim",
    "statement_timestamp",
    "substring",
    "to_char",
    "to_jsonb",
    "transaction_timestamp",
    "trim",
    "upper",
];

/// Whether the SQL is one literal.
#[must_use]
pub fn is_constant(sql: &str) -> bool {
    let found: Vec<_> =
        tokens(sql.trim(), Dialect::Postgres).filter(|token| token.kind != TokenKind::Whitespace).collect();
    let is_literal = |kind: TokenKind, text: &str| match kind {
        TokenKind::String | TokenKind::Number => true,
        TokenKind::Word => ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        _ => false,
    };
    match found.as_slice() {
        [one] => is_literal(one.kind, one.text),
        [sign, one] => (sign.text == "-" || sign.text == "+") && one.kind == TokenKind::Number,
        _ => false,
    }
}

/// Whether a default may differ from row to row, so that adding a column with it writes every row.
#[must_use]
pub fn is_volatile(default: &str) -> bool {
    references(default, Dialect::Postgres).iter().any(|reference| {
        reference.role == ReferenceRole::Function
            && !NOT_VOLATILE.iter().any(|name| reference.name.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_differ_from_row_to_row_is_volatile() {
        for sql in
            ["now()", "'a'::text", "CURRENT_TIMESTAMP", "'{}'", "1 + 2", "now() + interval '1 day'", "ARRAY[]::text[]"]
        {
            assert!(!is_volatile(sql), "{sql}");
        }
        for sql in ["gen_random_uuid()", "random()", "clock_timestamp()", "own.next_number()", "lower(random()::text)"]
        {
            assert!(is_volatile(sql), "{sql}");
        }
    }

    #[test]
    fn a_literal_is_constant() {
        assert!(is_constant(" -5 ") && is_constant("'x'") && is_constant("TRUE"));
        assert!(!is_constant("now()") && !is_constant("title") && !is_constant("1 + 1"));
    }
}
