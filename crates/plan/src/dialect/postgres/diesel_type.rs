//! PostgreSQL's types as Diesel calls them: by `information_schema.columns.udt_name` in `UpperCamelCase`.
//!
//! Which of them `schema.rs` has to define is settled there.

use heck::ToUpperCamelCase;
use makemigrations_sql::{Dialect, Token, TokenKind, tokens};

use crate::{
    model::{DataType, Enum, Schema},
    schema_rs::{CustomType, DieselType, SqlType},
    snapshot::known_type,
};

/// PostgreSQL's own types that the snapshot format has no word for.
const IN_CATALOG: [&str; 33] = [
    "aclitem",
    "box",
    "cid",
    "cidr",
    "circle",
    "int2vector",
    "jsonpath",
    "line",
    "lseg",
    "name",
    "oidvector",
    "path",
    "pg_snapshot",
    "point",
    "polygon",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "tid",
    "txid_snapshot",
    "xid",
    "xid8",
    "bpchar",
    "char",
];

/// Whether the name alone means a type of PostgreSQL's own that the snapshot format has no word for.
pub(super) fn is_in_catalog(name: &str) -> bool {
    name == "pg_lsn" || IN_CATALOG.contains(&name)
}

/// The type of a column.
pub(crate) fn diesel_type(schema: &Schema, data_type: &DataType) -> SqlType {
    let lacking = |name: &str| SqlType::custom(Some("pg_catalog"), name);
    match data_type {
        DataType::Smallint | DataType::Smallserial => SqlType::known("Int2"),
        DataType::Integer | DataType::Serial => SqlType::known("Int4"),
        DataType::Bigint | DataType::Bigserial => SqlType::known("Int8"),
        DataType::Real => SqlType::known("Float4"),
        DataType::Double => SqlType::known("Float8"),
        DataType::Numeric(_) => SqlType::known("Numeric"),
        DataType::Boolean => SqlType::known("Bool"),
        DataType::Text => SqlType::known("Text"),
        DataType::Varchar(length) => SqlType::known("Varchar").with_max_length(*length),
        DataType::Char(length) => SqlType::known("Bpchar").with_max_length(Some(*length)),
        DataType::Citext => SqlType::known("Citext"),
        DataType::Bytes => SqlType::known("Bytea"),
        DataType::Date => SqlType::known("Date"),
        DataType::Time(_) => SqlType::known("Time"),
        DataType::Timetz(_) => lacking("timetz"),
        DataType::Timestamp(_) => SqlType::known("Timestamp"),
        DataType::Timestamptz(_) => SqlType::known("Timestamptz"),
        DataType::Interval(_) => SqlType::known("Interval"),
        DataType::Uuid => SqlType::known("Uuid"),
        DataType::Json => SqlType::known("Json"),
        DataType::Jsonb => SqlType::known("Jsonb"),
        DataType::Bit(length) => lacking("bit").with_max_length(Some(*length)),
        DataType::Varbit(length) => lacking("varbit").with_max_length(*length),
        DataType::Postgres(name @ ("tsvector" | "tsquery" | "xml")) => lacking(name),
        DataType::Postgres(name) => SqlType::known(&name.to_upper_camel_case()),
        DataType::Enum(key) => {
            let place = schema.enums.get(key).and_then(|item| item.schema.as_deref());
            SqlType::custom(place.filter(|name| *name != "public"), key)
        }
        DataType::Array(element) => array(diesel_type(schema, element)),
        DataType::Sql { diesel: Some(path), .. } => {
            SqlType { element: DieselType::Path(path.clone()), is_array: false, max_length: None }
        }
        DataType::Sql { sql, diesel: None } => written(schema, sql),
    }
}

/// The type that columns of an enum have.
pub(crate) fn enum_type(key: &str, item: &Enum) -> CustomType {
    let sql_schema = item.schema.clone().filter(|name| name != "public");
    CustomType { sql_schema, sql_name: key.to_owned() }
}

/// `information_schema` gives no length for an array.
fn array(element: SqlType) -> SqlType {
    SqlType { is_array: true, max_length: None, ..element }
}

/// A type that the snapshot gives as SQL text: a known one in another spelling, a domain of the snapshots, or one of an
/// extension.
fn written(schema: &Schema, sql: &str) -> SqlType {
    let text = sql.trim();
    if let Some(open) = text.rfind('[').filter(|_| text.ends_with(']')) {
        let element = text.get(..open).unwrap_or_default();
        return array(match domain_base(schema, element) {
            Some(_) => named(element),
            None => written(schema, element),
        });
    }
    if let Some(known) = known_type(text) {
        return diesel_type(schema, &known);
    }
    match domain_base(schema, text) {
        Some(base) => written(schema, &base),
        None => named(text),
    }
}

/// `[schema.]name[(...)]`, folded as PostgreSQL folds it.
fn named(text: &str) -> SqlType {
    let (sql_schema, name) = type_name(&mut significant(text).into_iter().peekable());
    match sql_schema.as_deref() {
        None | Some("pg_catalog") if name == "pg_lsn" => SqlType::known("PgLsn"),
        None if IN_CATALOG.contains(&name.as_str()) => SqlType::custom(Some("pg_catalog"), &name),
        None | Some("public") => SqlType::custom(None, &name),
        Some(sql_schema) => SqlType::custom(Some(sql_schema), &name),
    }
}

/// The type under a domain that one of the snapshots' objects creates.
fn domain_base(schema: &Schema, text: &str) -> Option<String> {
    let wanted = type_name(&mut significant(text).into_iter().peekable()).1;
    schema.objects.values().find_map(|object| {
        let parts = significant(&object.create);
        let mut rest = parts.into_iter().peekable();
        while let Some(token) = rest.next() {
            if token.is_word("create") && rest.peek().is_some_and(|token| token.is_word("domain")) {
                rest.next();
                if type_name(&mut rest).1 == wanted {
                    return Some(base_type(&mut rest));
                }
            }
        }
        None
    })
}

fn base_type<'a>(rest: &mut std::iter::Peekable<impl Iterator<Item = Token<'a>>>) -> String {
    const AFTER_TYPE: [&str; 6] = ["collate", "default", "constraint", "not", "null", "check"];
    rest.next_if(|token| token.is_word("as"));
    let ends = |token: &Token<'_>| token.text == ";" || AFTER_TYPE.iter().any(|word| token.is_word(word));
    let mut words: Vec<&str> = Vec::new();
    while let Some(token) = rest.next_if(|token| !ends(token)) {
        words.push(token.text);
    }
    words.join(" ").replace(" (", "(").replace("( ", "(").replace(" )", ")").replace(" ,", ",").replace(" [ ]", "[]")
}

/// A name with its SQL schema when one stands before it.
fn type_name<'a>(rest: &mut std::iter::Peekable<impl Iterator<Item = Token<'a>>>) -> (Option<String>, String) {
    let first = rest.next().map(|token| folded(&token)).unwrap_or_default();
    if rest.next_if(|token| token.text == ".").is_some() {
        let name = rest.next().map(|token| folded(&token)).unwrap_or_default();
        return (Some(first), name);
    }
    (None, first)
}

fn folded(token: &Token<'_>) -> String {
    match token.text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => token.text.to_lowercase(),
    }
}

fn significant(text: &str) -> Vec<Token<'_>> {
    tokens(text, Dialect::Postgres).filter(|token| !token.is_blank() && token.kind != TokenKind::Comment).collect()
}
