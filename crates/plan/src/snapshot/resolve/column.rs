//! A column: its type is found, and counter, expression, default and type fit each other.
//!
//! Keys and constraints are the table's.

use super::{Resolver, default, did_you_mean};
use crate::dialect::Feature;
use crate::model::{Column, DataType, Identity};
use crate::snapshot::data_type;
use crate::snapshot::parse::{ColumnNode, TypeNode};

/// Where a column is.
pub(super) struct ColumnPlace<'a> {
    pub(super) file: usize,
    pub(super) table: &'a str,
    /// Part of the primary key.
    pub(super) is_key: bool,
    /// All of the primary key.
    pub(super) is_whole_key: bool,
}

pub(super) fn resolve(resolver: &mut Resolver<'_, '_, '_>, place: &ColumnPlace<'_>, node: &ColumnNode<'_>) -> Column {
    resolver.check_column_name(place.file, node.name);
    let known = find_type(resolver, place, node);
    if let Some(data_type) = &known {
        check_counter(resolver, place, node, data_type);
        check_collation(resolver, place, node, data_type);
        default::check(resolver, place, node, data_type);
    }
    check_generated(resolver, place, node);
    if let (true, Some(span)) = (place.is_key, node.nullable) {
        let message = format!("column `{}` is part of the primary key and cannot be nullable", node.name.value);
        resolver.error(place.file, span, message);
    }
    // An unknown type is an error: what stands in for it is never seen.
    let data_type = known.unwrap_or(DataType::Sql { sql: String::new(), diesel: None });
    let mut column = node.to_model(data_type);
    if !resolver.has(Feature::Comments) {
        column.comment = None;
    }
    column
}

fn find_type(resolver: &mut Resolver<'_, '_, '_>, place: &ColumnPlace<'_>, node: &ColumnNode<'_>) -> Option<DataType> {
    let found = match &node.data_type {
        TypeNode::Missing => return None,
        TypeNode::Known(known) => known.clone(),
        TypeNode::Named { name, key, array } if resolver.enums.contains_key(key.as_str()) => {
            let of = resolver.enums[key.as_str()].file;
            let what = format!("column `{}.{}` has the type `{key}`", place.table, node.name.value);
            resolver.check_boundary(place.file, name.span, &what, of);
            let item = DataType::Enum(key.clone());
            if *array { DataType::Array(Box::new(item)) } else { item }
        }
        TypeNode::Named { name, key, array } => {
            let near = data_type::nearest(key, resolver.enums.keys().copied());
            let near = near.map(|near| if *array { format!("{near}[]") } else { near.to_owned() });
            if near.is_none() && resolver.tables.contains_key(key.as_str()) {
                let help = format!("for a foreign key: `{{ type = \"...\", references = \"{key}\" }}`");
                resolver.error_with_help(place.file, name.span, format!("`{key}` is a table, not a type"), help);
            } else if near.is_none() && resolver.complete {
                let help = "a type of the database that has no name here: `{ type = { sql = \"...\" } }`";
                resolver.error_with_help(place.file, name.span, format!("unknown type `{}`", name.value), help);
            } else {
                let message = format!("unknown type `{}`", name.value);
                let is_built_in = data_type::nearest(key, std::iter::empty()).is_some();
                if is_built_in {
                    // Said also where other files could not be read: what they declare would hardly be one letter away.
                    resolver.error(place.file, name.span, message + &did_you_mean(near.as_deref()));
                } else {
                    resolver.unknown(place.file, name.span, message, near.as_deref());
                }
            }
            return None;
        }
    };
    check_support(resolver, place, node, &found);
    Some(found)
}

fn check_support(
    resolver: &mut Resolver<'_, '_, '_>,
    place: &ColumnPlace<'_>,
    node: &ColumnNode<'_>,
    data_type: &DataType,
) {
    let limits = resolver.limits();
    if !(limits.has_type)(data_type) {
        let message = format!(
            "column `{}` of table `{}`: {} has no type `{data_type}`",
            node.name.value, place.table, limits.title
        );
        resolver.error(place.file, node.type_span, message);
    }
    let needs_extension = is_citext(data_type) && resolver.has(Feature::Extensions);
    if needs_extension && resolver.complete && !resolver.has_extension("citext") {
        let message = format!(
            "column `{}.{}` has a type of the extension `citext`, which no snapshot lists",
            place.table, node.name.value
        );
        let path = resolver.reports[place.file].path;
        let help = match resolver.files[place.file].extensions {
            Some(_) => format!("add \"citext\" to `extensions` of `{path}`"),
            None => format!("add the line `extensions = [\"citext\"]` below `format = 1` in `{path}`"),
        };
        resolver.error_with_help(place.file, node.type_span, message, help);
    }
}

/// Whether the values are of `citext`, however that was written.
fn is_citext(data_type: &DataType) -> bool {
    match data_type {
        DataType::Citext => true,
        DataType::Array(element) => is_citext(element),
        DataType::Sql { sql, .. } => sql.trim().trim_end_matches("[]").eq_ignore_ascii_case("citext"),
        _ => false,
    }
}

/// `serial` types, `auto_increment` and `identity`.
fn check_counter(
    resolver: &mut Resolver<'_, '_, '_>,
    place: &ColumnPlace<'_>,
    node: &ColumnNode<'_>,
    data_type: &DataType,
) {
    let name = node.name.value;
    let (what, span) = match node.identity {
        Some(identity) if data_type.is_serial() => {
            let message = format!("column `{name}` counts already by its type `{data_type}`");
            return resolver.error(place.file, identity.span, message);
        }
        Some(identity) if !data_type.is_integer() => {
            let message = format!("column `{name}` has type `{data_type}` and cannot count: expected an integer type");
            return resolver.error(place.file, identity.span, message);
        }
        Some(identity) if identity.value == Identity::AutoIncrement => ("`auto_increment`", identity.span),
        Some(identity) => {
            if let Some(instead) = resolver.lack(Feature::Identity) {
                let title = resolver.limits().title;
                let message = format!("column `{name}` of table `{}`: {title} has no `identity`", place.table);
                resolver.error_with_help(place.file, identity.span, message, instead);
            }
            ("`identity`", identity.span)
        }
        None if data_type.is_serial() => ("a serial type", node.type_span),
        None => return,
    };
    if let Some(default) = &node.default {
        resolver.error(place.file, default.span, format!("column `{name}` has {what} and cannot have a default"));
    }
    if let Some(generated) = &node.generated {
        resolver.error(place.file, generated.span, format!("column `{name}` has {what} and cannot be generated"));
    }
    if let (Some(nullable), false) = (node.nullable, place.is_key) {
        resolver.error(place.file, nullable, format!("column `{name}` has {what} and cannot be nullable"));
    }
    if !resolver.has(Feature::CountersAnywhere) && !place.is_whole_key {
        let title = resolver.limits().title;
        resolver.error_with_help(
            place.file,
            span,
            format!("column `{name}` has {what}, which on {title} only the one-column primary key can have"),
            format!("add `primary_key = true` to `{name}` and to no other column of `{}`", place.table),
        );
    }
}

fn check_generated(resolver: &mut Resolver<'_, '_, '_>, place: &ColumnPlace<'_>, node: &ColumnNode<'_>) {
    let Some(generated) = &node.generated else { return };
    let name = node.name.value;
    if let Some(default) = &node.default {
        resolver.error(place.file, default.span, format!("column `{name}` is generated and cannot have a default"));
    }
    if let (Some(why), false) = (resolver.lack(Feature::VirtualColumns), generated.value.stored) {
        resolver.error_with_help(
            place.file,
            generated.span,
            format!("column `{name}` is computed when read, which {why}"),
            "use `stored = true`",
        );
    }
    if !resolver.has(Feature::GeneratedKeys) && place.is_key {
        let title = resolver.limits().title;
        let message = format!("column `{name}` is generated, which a primary key of {title} cannot be");
        resolver.error(place.file, generated.span, message);
    }
}

fn check_collation(
    resolver: &mut Resolver<'_, '_, '_>,
    place: &ColumnPlace<'_>,
    node: &ColumnNode<'_>,
    data_type: &DataType,
) {
    let Some(collation) = node.collation else { return };
    resolver.check_collation_name(place.file, collation);
    let mut element = data_type;
    while let DataType::Array(inner) = element {
        element = inner;
    }
    let is_text = matches!(
        element,
        DataType::Text | DataType::Varchar(_) | DataType::Char(_) | DataType::Citext | DataType::Sql { .. }
    );
    if !is_text {
        let message = format!("column `{}` has type `{data_type}`, which has no collation", node.name.value);
        resolver.error(place.file, collation.span, message);
    }
}

impl Resolver<'_, '_, '_> {
    /// A collation that the dialect has.
    pub(super) fn check_collation_name(&mut self, file: usize, name: crate::snapshot::parse::Name<'_>) {
        let limits = self.limits();
        if let Some([others @ .., last]) = limits.collations
            && !others.iter().chain([last]).any(|known| known.eq_ignore_ascii_case(name.value))
        {
            let (title, expected) = (limits.title, others.join("`, `"));
            let message = format!("{title} has no collation `{}`, expected `{expected}` or `{last}`", name.value);
            self.error(file, name.span, message);
        }
    }
}
