//! A Rust enum for each enum of the database, with Diesel's traits, so that no further crate is needed.
//!
//! Variants are named by the labels in `UpperCamelCase`; the rule is in `docs/schema-rs.md`.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;

use super::{Options, identifier, identifier::string_literal, sql_type::Types};
use crate::{
    dialect::{self, EnumStorage},
    model::{Dialect, Schema},
};

/// A Rust enum.
#[derive(Debug, Clone)]
pub(super) struct RustEnum {
    pub name: String,
    /// The database's name of the type.
    pub sql_name: String,
    /// The path of the Diesel type that columns of it have.
    pub sql_type: String,
    pub comment: Option<String>,
    /// Variants with their labels.
    pub variants: Vec<(String, String)>,
}

/// How values travel between Rust and the database.
pub(crate) struct Backend {
    /// The path of Diesel's backend.
    pub path: &'static str,
    /// The statements of `to_sql`.
    pub to_sql: &'static [&'static str],
    /// The type of a raw value.
    pub raw_value: &'static str,
    /// The statements of `from_sql` that bind `text`.
    pub from_sql: &'static [&'static str],
}

/// The enums of columns that are printed. On PostgreSQL only those whose SQL type is defined in the file.
pub(super) fn find(dialect: Dialect, schema: &Schema, options: &Options<'_>, types: &Types) -> Vec<RustEnum> {
    let wanted = options.sql_schema.as_deref().unwrap_or("public");
    let mut taken = BTreeSet::new();
    let mut enums = Vec::new();
    for (key, item) in &schema.enums {
        let (name, sql_type) = match dialect::enum_in_diesel(dialect, key, item) {
            EnumStorage::Type(custom) => match types.defined_name(&custom) {
                Some(name) => (name.to_owned(), format!("super::sql_types::{name}")),
                None => continue,
            },
            EnumStorage::Text => {
                if item.schema.as_deref().unwrap_or("public") != wanted || schema.columns_of_enum(key).next().is_none()
                {
                    continue;
                }
                (type_name(key, &taken), "diesel::sql_types::Text".to_owned())
            }
        };
        taken.insert(name.clone());
        enums.push(RustEnum {
            name,
            sql_name: key.clone(),
            sql_type,
            comment: item.comment.clone(),
            variants: variants(&item.values),
        });
    }
    enums
}

fn type_name(sql_name: &str, taken: &BTreeSet<String>) -> String {
    let mut name = camel(sql_name);
    while taken.contains(&name) {
        name.push_str("Type");
    }
    name
}

/// A variant for each label: `UpperCamelCase` of its letters and digits. A digit at the start gets an underscore before
/// it, a keyword one behind it, a label without any letter or digit is called by its code points, and a name that is
/// taken gets a number.
fn variants(labels: &[String]) -> Vec<(String, String)> {
    let mut taken = BTreeSet::new();
    let mut variants = Vec::new();
    for label in labels {
        let base = camel(label);
        let numbered = (2..).map(|number| format!("{base}{}{number}", if ends_in_digit(&base) { "_" } else { "" }));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name));
        let name = name.unwrap_or(base);
        taken.insert(name.clone());
        variants.push((name, label.clone()));
    }
    variants
}

fn ends_in_digit(name: &str) -> bool {
    name.ends_with(|last: char| last.is_ascii_digit())
}

fn camel(label: &str) -> String {
    let mut name = label.to_upper_camel_case();
    if name.is_empty() {
        name = label.chars().map(|character| format!("U{:X}", u32::from(character))).collect();
    }
    if name.is_empty() {
        "Empty".clone_into(&mut name);
    }
    if name.starts_with(|first: char| !first.is_alphabetic()) {
        name.insert(0, '_');
    }
    if identifier::is_reserved(&name) {
        name.push('_');
    }
    name
}

/// Comment lines as `diesel print-schema` writes them.
pub(super) fn doc_lines(text: &str) -> String {
    text.lines()
        .map(|line| match line.trim() {
            "" => "///\n".to_owned(),
            line => format!("/// {line}\n"),
        })
        .collect()
}

/// The enum and its traits.
pub(super) fn write(item: &RustEnum, backend: &Backend) -> String {
    let RustEnum { name, sql_name, sql_type, comment, variants } = item;
    let docs = match comment {
        Some(comment) => doc_lines(comment),
        None => doc_lines(&format!("The values of the database's enum `{}`.", sql_name.replace('\n', " "))),
    };
    let each = |line: &dyn Fn(&str, &str) -> String| -> String {
        variants.iter().map(|(variant, label)| line(variant, &string_literal(label))).collect()
    };
    let documented = |(variant, label): &(String, String)| {
        format!("    /// `{}`\n    {variant},\n", label.replace(['\n', '\r'], " "))
    };
    let declared: String = variants.iter().map(documented).collect();
    let all = each(&|variant, _| format!("        Self::{variant},\n"));
    let labels = each(&|variant, label| format!("            Self::{variant} => {label},\n"));
    let parsed = each(&|variant, label| format!("            {label} => Ok(Self::{variant}),\n"));
    let unknown = string_literal(&format!("unknown value `{{label}}` of enum `{}`", escape_braces(sql_name)));
    let lines = |statements: &[&str]| -> String { statements.iter().map(|line| format!("        {line}\n")).collect() };
    let (path, raw_value) = (backend.path, backend.raw_value);
    let (to_sql, from_sql) = (lines(backend.to_sql), lines(backend.from_sql));
    format!(
        "{docs}#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = {sql_type})]
pub enum {name} {{
{declared}}}

impl {name} {{
    /// Every value, in the database's order.
    pub const ALL: [Self; {count}] = [
{all}    ];

    /// The label in the database.
    pub const fn as_str(self) -> &'static str {{
        match self {{
{labels}        }}
    }}
}}

impl std::fmt::Display for {name} {{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
        f.write_str(self.as_str())
    }}
}}

impl std::str::FromStr for {name} {{
    type Err = std::string::String;

    fn from_str(label: &str) -> std::result::Result<Self, std::string::String> {{
        match label {{
{parsed}            _ => Err(format!({unknown})),
        }}
    }}
}}

impl diesel::serialize::ToSql<{sql_type}, {path}> for {name} {{
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, {path}>,
    ) -> diesel::serialize::Result {{
{to_sql}        Ok(diesel::serialize::IsNull::No)
    }}
}}

impl diesel::deserialize::FromSql<{sql_type}, {path}> for {name} {{
    fn from_sql(bytes: {raw_value}) -> diesel::deserialize::Result<Self> {{
{from_sql}        Ok(text.parse()?)
    }}
}}
",
        count = variants.len(),
    )
}

fn escape_braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_has_a_variant_of_its_own() {
        let labels = ["new", "in progress", "In-Progress", "2fa", "Self", "+", "", "Ünïcode", "in_progress2"];
        let named: Vec<String> = variants(&labels.map(str::to_owned)).into_iter().map(|(variant, _)| variant).collect();
        let expected =
            ["New", "InProgress", "InProgress2", "_2fa", "Self_", "U2B", "Empty", "Ünïcode", "InProgress2_2"];
        assert_eq!(named, expected);
    }
}
