//! What PostgreSQL has, lacks and keeps for itself. Must not say what is done about it.

use crate::dialect::feature::{Feature, Limits, as_double, unless_same};
use crate::model::{DataType, Number};

pub(crate) const fn lack(feature: Feature) -> Option<&'static str> {
    match feature {
        Feature::Comments
        | Feature::Extensions
        | Feature::EnumTypes
        | Feature::Sequences
        | Feature::Identity
        | Feature::CountersAnywhere
        | Feature::GeneratedKeys
        | Feature::OnlyGeneratedColumns
        | Feature::ExactFractions
        | Feature::IntegerTypes
        | Feature::Exclusions
        | Feature::MatchFull
        | Feature::IndexMethods
        | Feature::StorageParameters
        | Feature::OperatorClasses
        | Feature::NullsOrder
        | Feature::DeferrableUnique
        | Feature::NullsNotDistinct
        | Feature::IncludedColumns
        | Feature::MaterializedViews => None,
        Feature::VirtualColumns => Some("PostgreSQL 15 does not have"),
        Feature::GeneratedFromGenerated => Some("all of them are computed at once"),
    }
}

pub(crate) const LIMITS: Limits = Limits {
    title: "PostgreSQL",
    columns: 1600,
    index_columns: 32,
    collations: None,
    system_columns: &["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"],
    reserved_relation: None,
    is_reserved_schema: |name| name.starts_with("pg_") || name == "information_schema",
    has_type: |_| true,
    rounded,
    compares,
};

fn rounded(number: &Number, data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Real => unless_same(number, number.as_str().parse::<f32>().ok()?.to_string()),
        DataType::Double => as_double(number),
        DataType::Numeric(Some((_, scale))) => {
            let scale = i64::from(scale.unwrap_or(0));
            let digits = if scale == 1 { "digit" } else { "digits" };
            (number.scale() > scale).then(|| format!("a number with {scale} {digits} after the point"))
        }
        _ => None,
    }
}

/// The types that one operator class of an index compares, and those that become the other one by themselves.
fn compares(own: &DataType, other: &DataType) -> bool {
    use DataType::{Date, Double, Numeric, Real, Timestamp, Timestamptz};

    let is_float = |a: &DataType| matches!(a, Real | Double);
    let is_day = |a: &DataType| matches!(a, Date | Timestamp(_) | Timestamptz(_));
    match (own, other) {
        (own, other) if own.is_integer() => other.is_integer() || is_float(other) || matches!(other, Numeric(_)),
        (own, other) if is_float(own) || matches!(own, Numeric(_)) => is_float(other),
        (own, other) => is_day(own) && is_day(other),
    }
}
