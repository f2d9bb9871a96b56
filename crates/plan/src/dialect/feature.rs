//! What dialects have and lack, for whoever has to refuse or to leave out what a database cannot have.
//!
//! A feature that is new here does not compile until every dialect answers for it.

use crate::model::{DataType, Dialect, Number};

use super::{postgres, sqlite};

/// What not every database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Comments on tables, columns, views and enums.
    Comments,
    Extensions,
    /// Types that `CREATE TYPE` makes.
    EnumTypes,
    /// Sequences, with names of their own.
    Sequences,
    Identity,
    /// Columns that count and are not all of the primary key.
    CountersAnywhere,
    /// Generated columns that are computed when they are read.
    VirtualColumns,
    /// Generated columns as a part of the primary key.
    GeneratedKeys,
    /// Generated columns that read other ones.
    GeneratedFromGenerated,
    /// Tables of nothing but generated columns.
    OnlyGeneratedColumns,
    /// Numbers with a fraction that are exact.
    ExactFractions,
    /// Column types that fold more than their own values: each integer type is another one.
    IntegerTypes,
    Exclusions,
    /// `MATCH FULL`, acted upon.
    MatchFull,
    /// Kinds of indexes.
    IndexMethods,
    StorageParameters,
    OperatorClasses,
    /// Where indexes have NULLs.
    NullsOrder,
    DeferrableUnique,
    NullsNotDistinct,
    /// Columns that an index carries along.
    IncludedColumns,
    MaterializedViews,
}

/// Why a database lacks a feature, for people; `None` when it has it.
pub(crate) const fn lack(dialect: Dialect, feature: Feature) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => postgres::lack(feature),
        Dialect::Sqlite => sqlite::lack(feature),
    }
}

pub(crate) const fn has(dialect: Dialect, feature: Feature) -> bool {
    lack(dialect, feature).is_none()
}

/// What a database keeps for itself, has room for, and compares.
#[derive(Debug)]
pub(crate) struct Limits {
    /// The database's name, as people write it.
    pub(crate) title: &'static str,
    /// Columns of a table.
    pub(crate) columns: usize,
    /// Columns of an index, with those that it carries along.
    pub(crate) index_columns: usize,
    /// All collations, where the database has no others.
    pub(crate) collations: Option<&'static [&'static str]>,
    /// Columns that every table has.
    pub(crate) system_columns: &'static [&'static str],
    /// How names of tables begin that are the database's own.
    pub(crate) reserved_relation: Option<&'static str>,
    /// Whether a SQL schema is the database's own.
    pub(crate) is_reserved_schema: fn(&str) -> bool,
    /// Whether columns can have a type.
    pub(crate) has_type: fn(&DataType) -> bool,
    /// What a number becomes in a column of a type, when that is something else.
    pub(crate) rounded: fn(&Number, &DataType) -> Option<String>,
    /// Whether a foreign key between columns of these two unlike types is accepted.
    pub(crate) compares: fn(&DataType, &DataType) -> bool,
}

pub(crate) const fn limits(dialect: Dialect) -> &'static Limits {
    match dialect {
        Dialect::Postgres => &postgres::LIMITS,
        Dialect::Sqlite => &sqlite::LIMITS,
    }
}

/// What a column of a binary fraction makes of a number, when it is not that number.
pub(super) fn as_double(number: &Number) -> Option<String> {
    unless_same(number, number.to_float().to_string())
}

pub(super) fn unless_same(number: &Number, becomes: String) -> Option<String> {
    let is_held = Number::parse(&becomes).is_some_and(|becomes| becomes.has_value_of(number));
    (!is_held).then_some(becomes)
}
