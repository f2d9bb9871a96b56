//! Keywords by what may come after them, as far as that tells a column from something else.
//!
//! Which words are reserved is `reserved`'s.

/// Words that stand after an operand and want another one.
const INFIX: [&str; 44] = [
    "and",
    "any",
    "asymmetric",
    "between",
    "by",
    "distinct",
    "do",
    "else",
    "escape",
    "except",
    "filter",
    "for",
    "glob",
    "having",
    "ilike",
    "in",
    "intersect",
    "like",
    "limit",
    "match",
    "not",
    "offset",
    "on",
    "or",
    "over",
    "overlaps",
    "placing",
    "regexp",
    "returning",
    "select",
    "set",
    "similar",
    "some",
    "symmetric",
    "then",
    "to",
    "union",
    "values",
    "variadic",
    "when",
    "where",
    "window",
    "within",
    "all",
];

/// Whether the word, after an operand, wants another operand.
pub(super) fn is_infix(word: &str) -> bool {
    INFIX.contains(&word)
}

/// Reserved words that are operands themselves.
pub(super) fn is_value(word: &str) -> bool {
    word.starts_with("current_")
        || ["null", "true", "false", "default", "user", "session_user", "localtime", "localtimestamp", "end"]
            .contains(&word)
}

/// Words that join a table to those before it, or introduce one.
pub(super) fn wants_relation(word: &str) -> bool {
    ["join", "into", "table", "update", "references"].contains(&word)
}

/// Clauses after which a name is of no table any more.
pub(super) fn ends_from(word: &str) -> bool {
    [
        "where",
        "group",
        "having",
        "window",
        "order",
        "limit",
        "offset",
        "union",
        "intersect",
        "except",
        "set",
        "returning",
    ]
    .contains(&word)
}

/// Whether `first` begins the name of a type that `second` goes on with, as in `double precision`.
pub(super) fn is_long_type(first: &str, second: &str) -> bool {
    match first {
        "double" => second == "precision",
        "timestamp" | "time" => matches!(second, "with" | "without"),
        "character" | "char" | "bit" | "nchar" => second == "varying",
        "national" => matches!(second, "character" | "char"),
        _ => false,
    }
}
