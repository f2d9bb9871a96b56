//! Literals of defaults and backfills: the kind of the value fits the type.
//!
//! SQL expressions are taken as they are.

use super::column::ColumnPlace;
use super::{Resolver, did_you_mean};
use crate::dialect::{self, Feature};
use crate::model::{DataType, DefaultValue, Dialect, Number};
use crate::snapshot::parse::{ColumnNode, Literal};
use crate::toml::nearest;

pub(super) fn check(
    resolver: &mut Resolver<'_, '_, '_>,
    place: &ColumnPlace<'_>,
    node: &ColumnNode<'_>,
    data_type: &DataType,
) {
    for literal in [&node.default, &node.backfill].into_iter().flatten() {
        check_literal(resolver, place, node, literal, data_type);
    }
}

fn check_literal(
    resolver: &mut Resolver<'_, '_, '_>,
    place: &ColumnPlace<'_>,
    node: &ColumnNode<'_>,
    literal: &Literal,
    data_type: &DataType,
) {
    if let (DataType::Enum(key), DefaultValue::Text(text)) = (data_type, &literal.value) {
        let Some(item) = resolver.enums.get(key.as_str()).map(|found| found.node) else { return };
        if item.values.is_empty() || item.values.iter().any(|value| value.value == text) {
            return;
        }
        let near = nearest(text, item.values.iter().map(|value| value.value));
        let suggestion = did_you_mean(near);
        return resolver.error(place.file, literal.span, format!("enum `{key}` has no value `{text}`{suggestion}"));
    }
    if let Some(expected) = misfit(resolver.dialect, &literal.value, data_type) {
        let message = format!("column `{}` has type `{data_type}`: expected {expected}", node.name.value);
        return resolver.error_with_help(
            place.file,
            literal.span,
            message,
            "for any other expression: `{ sql = \"...\" }`",
        );
    }
    if let DefaultValue::Number(number) = &literal.value
        && let Some(kept) = (resolver.limits().rounded)(number, data_type)
    {
        let name = node.name.value;
        let message = format!("column `{name}` of type `{data_type}` does not hold {number}: it becomes {kept}");
        resolver.warning(place.file, literal.span, message);
    }
}

/// What was expected instead, when the literal does not fit.
fn misfit(dialect: Dialect, literal: &DefaultValue, data_type: &DataType) -> Option<String> {
    use DefaultValue::{Boolean, Expression, Text};

    let storage = data_type.storage();
    if matches!(literal, Expression(_)) || matches!(storage, DataType::Sql { .. }) {
        return None;
    }
    let range = match storage {
        DataType::Smallint => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        DataType::Integer => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        DataType::Bigint => Some((i64::MIN, i64::MAX)),
        _ => None,
    };
    if let Some((least, most)) = range {
        let within = |number: i64| (least..=most).contains(&number);
        let fits = matches!(literal, DefaultValue::Number(number) if number.as_integer().is_some_and(within));
        return (!fits).then(|| format!("an integer between {least} and {most}"));
    }
    let (fits, expected) = match storage {
        DataType::Numeric(_) if dialect::has(dialect, Feature::ExactFractions) => {
            (number(literal).is_some(), "a number")
        }
        DataType::Real | DataType::Double | DataType::Numeric(_) => {
            (number(literal).is_some_and(f64::is_finite), "a number that a float can hold")
        }
        DataType::Boolean => (matches!(literal, Boolean(_)), "`true` or `false`"),
        DataType::Varchar(Some(length)) | DataType::Char(length) => {
            let fits = matches!(literal, Text(text) if text.chars().count() <= length as usize);
            return (!fits).then(|| format!("a string of at most {length} characters"));
        }
        DataType::Postgres("money" | "oid") => {
            (matches!(literal, DefaultValue::Number(_) | Text(_)), "a number or a string")
        }
        DataType::Bytes => (false, "`{ sql = \"...\" }`"),
        _ => (matches!(literal, Text(_)), "a string"),
    };
    (!fits).then(|| expected.to_owned())
}

/// The nearest float of a number, or of a text that is one.
fn number(literal: &DefaultValue) -> Option<f64> {
    match literal {
        DefaultValue::Number(number) => Some(number.to_float()),
        DefaultValue::Text(text) if !text.contains('_') => Number::parse(text).map(|number| number.to_float()),
        DefaultValue::Text(_) | DefaultValue::Boolean(_) | DefaultValue::Expression(_) => None,
    }
}
