//! Enumerated types.
//!
//! Which columns use them is the columns' business.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Claimant, Namespace};
use super::{InFile, Resolver};
use crate::dialect::Feature;
use crate::model::Enum;
use crate::snapshot::data_type::{Spelling, parse};
use crate::snapshot::parse::{EnumNode, Name};

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>) -> BTreeMap<String, Enum> {
    let enums: Vec<_> = resolver.enums.values().copied().collect();
    let resolved =
        enums.into_iter().map(|InFile { file, node }| (node.key.value.to_owned(), resolve(resolver, file, node)));
    resolved.collect()
}

fn resolve(resolver: &mut Resolver<'_, '_, '_>, file: usize, node: &EnumNode<'_>) -> Enum {
    let key = node.key;
    resolver.check_identifier(file, "enum", key);
    if !matches!(parse(key.value), Ok(Spelling::Name { array: false, name }) if name == key.value) {
        resolver.error(file, key.span, format!("enum `{}` has the name of a built-in type", key.value));
    }
    check_values(resolver, file, node);
    let is_type = resolver.has(Feature::EnumTypes);
    let owned = |name: Option<Name<'_>>| name.filter(|_| is_type).map(|name| name.value.to_owned());
    if let Some(schema) = node.schema {
        resolver.check_schema_name(file, schema);
    }
    let schema = owned(node.schema);
    let claimant = Claimant { what: "enum", schema: schema.as_deref(), name: key.value, file, span: key.span };
    resolver.claim(Namespace::Types, None, claimant);
    Enum {
        domain: resolver.files[file].domain.clone(),
        schema,
        values: node.values.iter().map(|value| value.value.to_owned()).collect(),
        comment: owned(node.comment),
    }
}

fn check_values(resolver: &mut Resolver<'_, '_, '_>, file: usize, node: &EnumNode<'_>) {
    let limit = resolver.dialect.max_identifier_bytes();
    let mut seen = BTreeSet::new();
    for value in &node.values {
        if !seen.insert(value.value) {
            resolver.error(file, value.span, format!("value `{}` is listed twice", value.value));
        }
        if value.value.len() > limit {
            let message = format!("value `{}` has {} bytes", value.value, value.value.len());
            resolver.error_with_help(file, value.span, message, format!("a label has at most {limit} bytes"));
        }
    }
}
