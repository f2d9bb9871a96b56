//! Diesel's `schema.rs`, written from a schema without a database: what `diesel print-schema` prints for a fresh
//! database of it.
//!
//! Reads no file and no configuration: options are arguments, and what a column's type is called in Diesel is the
//! dialect's answer. Where the output differs from `diesel print-schema` is listed in `docs/schema-rs.md`.

mod collision;
mod declared;
mod identifier;
mod joinable;
mod print;
mod rust_enum;
mod sql_type;
mod table;

use std::collections::BTreeMap;

pub use declared::{Declared, DeclaredColumn, DeclaredJoin, DeclaredTable, ReadBack, read_back};
pub(crate) use rust_enum::Backend;
pub use sql_type::{CustomType, DieselType, SqlType};

use crate::model::{Dialect, Schema};

/// What `[print_schema]` of a `diesel.toml` says, and what this tool adds to it.
pub struct Options<'a> {
    /// `with_docs`: which documentation comments are written.
    pub docs: Documentation,
    /// `filter`: whether the table of this SQL name is printed.
    pub includes_table: &'a dyn Fn(&str) -> bool,
    /// `column_sorting = "name"`: columns by name instead of as declared.
    pub sort_columns_by_name: bool,
    /// `schema`: the SQL schema whose tables are printed, in a module of its name. `None` is `public`, without a module.
    pub sql_schema: Option<String>,
    /// `import_types`: what is imported in every table instead of `diesel::sql_types::*`.
    pub import_types: Option<Vec<String>>,
    /// `generate_missing_sql_type_definitions`: whether types that Diesel lacks are defined in `sql_types`.
    pub define_missing_types: bool,
    /// `except_custom_type_definitions`: whether the type of this Rust name is left to the application.
    pub is_defined_elsewhere: &'a dyn Fn(&str) -> bool,
    /// `custom_type_derives`: the derives of types in `sql_types`.
    pub custom_type_derives: Vec<String>,
    /// `allow_tables_to_appear_in_same_query_config`.
    pub same_query: SameQuery,
    /// `sqlite_integer_primary_key_is_bigint`.
    pub rowid_is_bigint: bool,
    /// Whether a Rust enum is written for each database enum.
    pub rust_enums: bool,
    /// Whether each domain has a file of its own.
    pub per_domain: bool,
}

/// Which documentation comments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Documentation {
    /// The database's comments, and a sentence of Diesel's where there is none.
    CommentsOrGenerated,
    /// The database's comments.
    Comments,
    /// None.
    #[default]
    Nothing,
}

/// Which tables are allowed to appear in the same query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SameQuery {
    /// All of them.
    #[default]
    AllTables,
    /// Those that foreign keys connect.
    RelatedByForeignKeys,
    /// None.
    Nothing,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            docs: Documentation::default(),
            includes_table: &|_| true,
            sort_columns_by_name: false,
            sql_schema: None,
            import_types: None,
            define_missing_types: true,
            is_defined_elsewhere: &|_| false,
            custom_type_derives: Vec::new(),
            same_query: SameQuery::default(),
            rowid_is_bigint: false,
            rust_enums: false,
            per_domain: false,
        }
    }
}

/// The text of a `schema.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaRs {
    /// The file itself. It begins with a comment line that says who wrote it.
    pub text: String,
    /// With [`Options::per_domain`], the module of each domain by its Rust name; the file itself declares them.
    pub modules: BTreeMap<String, String>,
    /// The module that declares them, and so their folder.
    pub modules_in: String,
    /// What was left out and why, one fragment for each: for standard error.
    pub notes: Vec<String>,
}

/// The first line of every file that is written here.
pub const HEADER: &str = "// @generated automatically by makemigrations.\n";

/// Writes the `schema.rs` of a schema. The output is formatted as rustfmt's default style formats it.
#[must_use]
pub fn write(dialect: Dialect, schema: &Schema, options: &Options<'_>) -> SchemaRs {
    let mut notes = Vec::new();
    let mut selection = table::select(dialect, schema, options, &mut notes);
    let types = sql_type::define(&selection, options);
    collision::avoid(&mut selection, &types);
    let joins = joinable::find(dialect, schema, &selection);
    let enums = if options.rust_enums { rust_enum::find(dialect, schema, options, &types) } else { Vec::new() };
    let content = print::Content { selection: &selection, types: &types, joins: &joins, enums: &enums };
    let (text, modules) = print::write(dialect, options, &content);
    SchemaRs { text, modules, modules_in: print::domains_module(&content), notes }
}
