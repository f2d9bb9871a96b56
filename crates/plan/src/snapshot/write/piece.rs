//! Types, defaults and elements of indexes as TOML values: what snapshots and records write alike.
//!
//! Which keys they stand under is the business of whoever writes the whole.

use crate::model::{DataType, DefaultValue, IndexColumn, IndexTarget, Nulls};
use crate::toml::{Inline, push_text};

/// A type's name, or `{ sql = "...", diesel = "..." }`.
pub(crate) fn push_type(out: &mut String, data_type: &DataType) {
    match data_type {
        DataType::Sql { sql, diesel } => {
            let mut custom = Inline::open(out);
            custom.text("sql", sql);
            custom.optional("diesel", diesel.as_ref());
            custom.close();
        }
        known => push_text(out, &known.to_string()),
    }
}

/// A literal of a record, or `{ sql = "..." }`: a number that a float would change is `{ number = "..." }`, because a float
/// in a record stands for the SQL that was written of it before digits were kept.
pub(crate) fn push_recorded_default(out: &mut String, default: &DefaultValue) {
    match default {
        DefaultValue::Number(number) if number.is_recorded_float() => {
            // Debug always has a fraction or an exponent: it stays a float.
            out.push_str(&format!("{:?}", number.to_float()));
        }
        DefaultValue::Number(number) if number.as_str().contains(['.', 'e']) => {
            if number.to_float().to_string() == number.as_str() {
                out.push_str(number.as_str());
            } else {
                let mut inline = Inline::open(out);
                inline.text("number", number.as_str());
                inline.close();
            }
        }
        other => push_default(out, other),
    }
}

/// A literal of a snapshot, or `{ sql = "..." }`.
pub(crate) fn push_default(out: &mut String, default: &DefaultValue) {
    match default {
        DefaultValue::Number(number) => out.push_str(number.as_str()),
        DefaultValue::Boolean(flag) => out.push_str(&flag.to_string()),
        DefaultValue::Text(text) => push_text(out, text),
        DefaultValue::Expression(text) => {
            let mut inline = Inline::open(out);
            inline.text("sql", text);
            inline.close();
        }
    }
}

/// A column's name, or a table with more about it.
pub(crate) fn push_element(out: &mut String, element: &IndexColumn) {
    let IndexColumn { target, descending, nulls, opclass, collation } = element;
    if let (IndexTarget::Column(column), false, None, None, None) = (target, descending, nulls, opclass, collation) {
        push_text(out, column);
        return;
    }
    let mut inline = Inline::open(out);
    push_target(&mut inline, target);
    if *descending {
        inline.text("order", "desc");
    }
    if let Some(nulls) = nulls {
        inline.text("nulls", if *nulls == Nulls::First { "first" } else { "last" });
    }
    inline.optional("opclass", opclass.as_ref());
    inline.optional("collation", collation.as_ref());
    inline.close();
}

/// `column` or `expression`.
pub(crate) fn push_target(inline: &mut Inline<'_>, target: &IndexTarget) {
    match target {
        IndexTarget::Column(column) => inline.text("column", column),
        IndexTarget::Expression(text) => inline.text("expression", text),
    }
}
