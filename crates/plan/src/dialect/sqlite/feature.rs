//! What SQLite has, lacks and keeps for itself. Must not say what is done about it.

use crate::dialect::feature::{Feature, Limits, as_double};
use crate::model::{DataType, Number};

pub(crate) const fn lack(feature: Feature) -> Option<&'static str> {
    match feature {
        Feature::VirtualColumns | Feature::GeneratedFromGenerated => None,
        Feature::Comments => Some("SQLite keeps no comments"),
        Feature::Extensions => Some("extensions are PostgreSQL's and are ignored on SQLite"),
        Feature::EnumTypes => Some("an enum is a text with a check"),
        Feature::Sequences => Some("SQLite has no sequences"),
        Feature::Identity => Some("`auto_increment = true` works on every database"),
        Feature::CountersAnywhere => Some("only the one-column primary key counts"),
        Feature::GeneratedKeys => Some("a primary key is stored before anything is computed"),
        Feature::OnlyGeneratedColumns => Some("a table has at least one column that is not generated"),
        Feature::ExactFractions => Some("SQLite has no fractions but binary ones"),
        Feature::IntegerTypes => Some("SQLite stores every integer alike"),
        Feature::Exclusions => {
            Some("SQLite has no exclusion constraints; a trigger under `objects` can refuse such rows")
        }
        Feature::MatchFull => Some("SQLite reads it and does not act on it"),
        Feature::IndexMethods => Some("SQLite has one kind of index"),
        Feature::StorageParameters => Some("SQLite's indexes have no storage parameters"),
        Feature::OperatorClasses => Some("operator classes are PostgreSQL's"),
        Feature::NullsOrder => Some("SQLite's indexes sort `NULL`s first"),
        Feature::DeferrableUnique => Some("only foreign keys wait for the commit"),
        Feature::NullsNotDistinct => Some("SQLite takes two `NULL`s for different"),
        Feature::IncludedColumns => Some("SQLite's indexes carry no further columns"),
        Feature::MaterializedViews => Some("the views of SQLite keep no rows"),
    }
}

pub(crate) const LIMITS: Limits = Limits {
    title: "SQLite",
    columns: 2000,
    index_columns: 2000,
    // Others are the application's, and a migration does not have them.
    collations: Some(&["BINARY", "NOCASE", "RTRIM"]),
    system_columns: &[],
    reserved_relation: Some("sqlite_"),
    is_reserved_schema: |_| false,
    has_type: |data_type| {
        !matches!(data_type, DataType::Postgres(_) | DataType::Bit(_) | DataType::Varbit(_) | DataType::Array(_))
    },
    rounded,
    // It compares whatever it is given.
    compares: |_, _| true,
};

fn rounded(number: &Number, data_type: &DataType) -> Option<String> {
    match data_type {
        // There are no larger whole numbers.
        DataType::Numeric(_) if number.as_integer().is_some() => None,
        DataType::Numeric(_) | DataType::Double | DataType::Real => as_double(number),
        _ => None,
    }
}
