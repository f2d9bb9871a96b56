//! What a column's type is called in Diesel, and the module `sql_types` of the types that Diesel lacks.
//!
//! Which type a column has is the dialect's answer (`dialect::*::diesel_type`).

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;

use super::{Options, identifier, table::Selection};

/// The type of a column in `table!`, without its nullability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlType {
    /// The type of the values, or of an array's elements.
    pub element: DieselType,
    /// Whether it is an array; Diesel knows no dimensions, and every element may be `NULL`.
    pub is_array: bool,
    /// `#[max_length]`, in characters or bits.
    pub max_length: Option<u32>,
}

impl SqlType {
    /// A type that Diesel has.
    #[must_use]
    pub fn known(name: &str) -> Self {
        Self { element: DieselType::Known(name.to_owned()), is_array: false, max_length: None }
    }

    /// A type that Diesel lacks, in `pg_catalog`, `public` (`None`) or another SQL schema.
    #[must_use]
    pub fn custom(sql_schema: Option<&str>, sql_name: &str) -> Self {
        let custom = CustomType { sql_schema: sql_schema.map(str::to_owned), sql_name: sql_name.to_owned() };
        Self { element: DieselType::Custom(custom), is_array: false, max_length: None }
    }

    /// The same with a length.
    #[must_use]
    pub fn with_max_length(self, max_length: Option<u32>) -> Self {
        Self { max_length, ..self }
    }
}

/// A type by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DieselType {
    /// A name from `diesel::sql_types`.
    Known(String),
    /// A type that Diesel lacks.
    Custom(CustomType),
    /// The path that the snapshot gives: `{ sql = ..., diesel = "path" }`.
    Path(String),
}

/// A type that Diesel lacks, by its name in the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomType {
    /// The SQL schema; `None` is `public`.
    pub sql_schema: Option<String>,
    /// The name in it.
    pub sql_name: String,
}

/// Names that a generated type may not take: `diesel::sql_types` has them, and every table imports it whole.
const IN_DIESEL: [&str; 71] = [
    "Array",
    "BigInt",
    "BigSerial",
    "Bigint",
    "Binary",
    "Bit",
    "Blob",
    "Bool",
    "Bpchar",
    "Bytea",
    "Char",
    "Cidr",
    "Citext",
    "Date",
    "Datemultirange",
    "Daterange",
    "Datetime",
    "Decimal",
    "Double",
    "Float",
    "Float4",
    "Float8",
    "Inet",
    "Int2",
    "Int4",
    "Int4multirange",
    "Int4range",
    "Int8",
    "Int8multirange",
    "Int8range",
    "Integer",
    "Interval",
    "Json",
    "Jsonb",
    "Longblob",
    "Longtext",
    "MacAddr",
    "MacAddr8",
    "Macaddr",
    "Macaddr8",
    "Mediumblob",
    "Mediumtext",
    "Money",
    "Multirange",
    "Nullable",
    "Numeric",
    "Nummultirange",
    "Numrange",
    "Oid",
    "PgLsn",
    "Range",
    "Record",
    "Serial",
    "SmallInt",
    "SmallSerial",
    "Smallint",
    "Text",
    "Time",
    "Timestamp",
    "Timestamptz",
    "Tinyblob",
    "Tinytext",
    "Tsmultirange",
    "Tsrange",
    "Tstzmultirange",
    "Tstzrange",
    "Unsigned",
    "Untyped",
    "Uuid",
    "VarChar",
    "Varchar",
];

/// The Rust names of the types that Diesel lacks.
#[derive(Debug, Default)]
pub(super) struct Types {
    names: BTreeMap<CustomType, String>,
    defined: BTreeSet<CustomType>,
}

impl Types {
    /// The Rust name.
    pub(super) fn name<'a>(&'a self, element: &'a DieselType) -> &'a str {
        match element {
            DieselType::Known(name) | DieselType::Path(name) => name,
            DieselType::Custom(custom) => self.names.get(custom).map_or(&custom.sql_name, String::as_str),
        }
    }

    /// The name under which a table imports it from `sql_types`.
    pub(super) fn imported_name<'a>(&'a self, element: &DieselType) -> Option<&'a str> {
        match element {
            DieselType::Custom(custom) if self.defined.contains(custom) => self.names.get(custom).map(String::as_str),
            DieselType::Custom(_) | DieselType::Known(_) | DieselType::Path(_) => None,
        }
    }

    /// The Rust name of a type, when `sql_types` defines it.
    pub(super) fn defined_name(&self, custom: &CustomType) -> Option<&str> {
        self.defined.contains(custom).then(|| self.names.get(custom).map(String::as_str)).flatten()
    }

    /// Those that `sql_types` defines, by Rust name.
    pub(super) fn definitions(&self) -> BTreeMap<&str, &CustomType> {
        self.defined.iter().filter_map(|custom| Some((self.names.get(custom)?.as_str(), custom))).collect()
    }
}

/// Names the types that the selected columns have and Diesel lacks.
pub(super) fn define(selection: &Selection, options: &Options<'_>) -> Types {
    let columns = selection.tables.iter().flat_map(|table| &table.columns);
    let customs: BTreeSet<&CustomType> = columns
        .filter_map(|column| match &column.sql_type.element {
            DieselType::Custom(custom) => Some(custom),
            DieselType::Known(_) | DieselType::Path(_) => None,
        })
        .collect();
    let mut types = Types::default();
    let mut taken = BTreeSet::new();
    for custom in customs {
        let name = rust_name(&custom.sql_name, &taken);
        taken.insert(name.clone());
        if options.define_missing_types && !(options.is_defined_elsewhere)(&name) {
            types.defined.insert(custom.clone());
        }
        types.names.insert(custom.clone(), name);
    }
    types
}

/// `snake_case` to `UpperCamelCase`; a name that Diesel, Rust or another type has gets `Type` behind it.
fn rust_name(sql_name: &str, taken: &BTreeSet<String>) -> String {
    let mut name = sql_name.to_upper_camel_case();
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    while identifier::is_reserved(&name) || is_known(&name) || taken.contains(&name) {
        name.push_str("Type");
    }
    name
}

/// `Bit` is on the list of `diesel print-schema`, but Diesel has no such type for PostgreSQL.
fn is_known(name: &str) -> bool {
    name != "Bit" && IN_DIESEL.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_never_takes_a_name_of_diesel_s() {
        let named = |sql: &str| rust_name(sql, &BTreeSet::from(["MyEnum".to_owned()]));
        assert_eq!(named("ticket_status"), "TicketStatus");
        assert_eq!(named("Interval"), "IntervalType");
        assert_eq!(named("_private"), "Private");
        assert_eq!(named("self"), "SelfType");
        assert_eq!(named("2fa"), "_2fa");
        assert_eq!(named("my_enum"), "MyEnumType");
        assert_eq!(named("bit"), "Bit");
    }
}
