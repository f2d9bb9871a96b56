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

/// A literal, or `{ sql = "..." }`.
pub(crate) fn push_default(out: &mut String, default: &DefaultValue) {
    match default {
        DefaultValue::Integer(number) => out.push_str(&number.to_string()),
        // Debug always has a fraction or an exponent: it stays a float.
        DefaultValue::Float(number) => out.push_str(&format!("{number:?}")),
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
