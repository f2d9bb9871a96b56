//! SQL names to Rust identifiers, as `diesel print-schema` maps them.
//!
//! Differs from it where its result does not compile: two names that become one, `gen`, a keyword since 2024, and what
//! `table!` itself declares.

use std::collections::BTreeSet;

/// What neither a table nor a column may be called: Rust's keywords, and names that `table!` uses itself.
const RESERVED: [&str; 56] = [
    "_",
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "Self",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "table",
    "columns",
    "is_nullable",
];

/// What no table can be called as well: the macros are found by this name.
const RESERVED_FOR_TABLES: [&str; 1] = ["diesel"];

/// What no column can be called as well: `table!` declares it beside the columns, or uses it where they hide it.
const RESERVED_FOR_COLUMNS: [&str; 20] = [
    "BoxedQuery",
    "DB",
    "From",
    "Join",
    "Left",
    "Ok",
    "On",
    "QS",
    "Rhs",
    "Right",
    "SqlType",
    "T",
    "TSM",
    "all_columns",
    "bool",
    "diesel",
    "dsl",
    "star",
    "str",
    "usize",
];

/// The identifier of a table. `taken` are identifiers that it must differ from.
pub(super) fn of_table(sql_name: &str, taken: &BTreeSet<String>) -> String {
    different(of(sql_name, taken), &RESERVED_FOR_TABLES, taken)
}

/// The identifier of a column. `taken` are identifiers that it must differ from.
pub(super) fn of_column(sql_name: &str, taken: &BTreeSet<String>) -> String {
    different(of(sql_name, taken), &RESERVED_FOR_COLUMNS, taken)
}

fn different(mut name: String, reserved: &[&str], taken: &BTreeSet<String>) -> String {
    while reserved.contains(&name.as_str()) || taken.contains(&name) {
        name.push('_');
    }
    name
}

/// The identifier of a SQL schema, a domain or a module. `taken` are identifiers that it must differ from.
pub(super) fn of(sql_name: &str, taken: &BTreeSet<String>) -> String {
    let mut name = replace_unmappable(sql_name);
    if is_reserved(&name) {
        name.push('_');
    }
    while taken.contains(&name) {
        name.push('_');
    }
    name
}

/// Whether a type cannot have the name: a keyword, or not an identifier at all.
pub(super) fn is_reserved(name: &str) -> bool {
    let ends_free = name.ends_with('_');
    name.is_empty() || RESERVED.contains(&name) || (name.starts_with("__") && !ends_free)
}

/// ASCII letters, digits and underscores; a run of anything else becomes one underscore, and a digit at the start gets
/// one before it.
fn replace_unmappable(name: &str) -> String {
    let mut mapped = String::with_capacity(name.len());
    let mut after_replacement = false;
    for (place, character) in name.chars().enumerate() {
        if character.is_ascii_alphanumeric() || character == '_' {
            if place == 0 && character.is_ascii_digit() {
                mapped.push('_');
            }
            mapped.push(character);
            after_replacement = false;
        } else {
            if !after_replacement {
                mapped.push('_');
            }
            after_replacement = true;
        }
    }
    mapped
}

/// A Rust string literal.
pub(super) fn string_literal(text: &str) -> String {
    if text.contains(['\\', '\n', '\r', '\0']) {
        return format!("{text:?}");
    }
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let hashes = "#".repeat(text.matches('#').count() + 1);
    format!("r{hashes}\"{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> String {
        of(name, &BTreeSet::new())
    }

    #[test]
    fn names_are_mapped_as_diesel_maps_them() {
        for (sql, rust) in [
            ("größe", "gr_e"),
            ("2fa", "_2fa"),
            ("ключ", "__"),
            ("My Schema", "My_Schema"),
            ("type", "type_"),
            ("table", "table_"),
            ("__hidden", "__hidden_"),
            ("a - b", "a_b"),
            ("camelCase", "camelCase"),
        ] {
            assert_eq!(plain(sql), rust, "{sql}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_another_underscore() {
        let taken = BTreeSet::from(["type_".to_owned(), "gr_e".to_owned()]);
        assert_eq!(of("type", &taken), "type__");
        assert_eq!(of("gräe", &taken), "gr_e_");
        let taken = BTreeSet::from(["star_".to_owned()]);
        assert_eq!(of_column("star", &taken), "star__");
        assert_eq!(of_column("table", &taken), "table_");
        assert_eq!(of_table("star", &taken), "star");
        assert_eq!(of_table("diesel", &taken), "diesel_");
    }

    #[test]
    fn quotes_and_backslashes_stay_inside_of_a_literal() {
        assert_eq!(string_literal("a"), "\"a\"");
        assert_eq!(string_literal("a\"b#"), "r##\"a\"b#\"##");
        assert_eq!(string_literal("a\\b"), "\"a\\\\b\"");
    }
}
