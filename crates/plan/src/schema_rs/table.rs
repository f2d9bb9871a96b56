//! Which tables and columns are printed, and their Rust names.
//!
//! How they are written is the business of `print`.

use std::collections::BTreeSet;

use super::{Options, SqlType, identifier};
use crate::{
    dialect,
    model::{Dialect, Domain, Schema, Table},
};

/// The tables of the output, in its order.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub tables: Vec<TableData>,
}

/// A table as Diesel sees it.
#[derive(Debug)]
pub(super) struct TableData {
    /// The snapshots' key.
    pub key: String,
    pub domain: Domain,
    pub sql_name: String,
    /// The SQL schema, when it is not `public`.
    pub sql_schema: Option<String>,
    pub rust_name: String,
    /// Rust names of the key's columns.
    pub primary_key: Vec<String>,
    pub columns: Vec<ColumnData>,
    pub comment: Option<String>,
}

impl TableData {
    /// The name in `#[sql_name]` and in comments.
    pub(super) fn full_sql_name(&self) -> String {
        match &self.sql_schema {
            Some(schema) => format!("{schema}.{}", self.sql_name),
            None => self.sql_name.clone(),
        }
    }

    /// The Rust name of a column.
    pub(super) fn column(&self, sql_name: &str) -> Option<&str> {
        self.columns.iter().find(|column| column.sql_name == sql_name).map(|column| column.rust_name.as_str())
    }
}

/// A column as Diesel sees it.
#[derive(Debug)]
pub(super) struct ColumnData {
    pub sql_name: String,
    pub rust_name: String,
    pub sql_type: SqlType,
    pub nullable: bool,
    pub comment: Option<String>,
}

/// Chooses the tables, by SQL name, and says why one is left out that `diesel print-schema` would stumble over.
pub(super) fn select(dialect: Dialect, schema: &Schema, options: &Options<'_>, notes: &mut Vec<String>) -> Selection {
    let wanted = options.sql_schema.as_deref().unwrap_or("public");
    let mut chosen: Vec<_> = schema
        .tables
        .iter()
        .filter(|(_, table)| dialect::sql_schema_in_diesel(dialect, table) == wanted)
        .filter(|(_, table)| !dialect::is_hidden_from_diesel(dialect, &table.name))
        .filter(|(_, table)| (options.includes_table)(&table.name))
        .collect();
    chosen.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    let mut taken = BTreeSet::new();
    let mut selection = Selection::default();
    for (key, table) in chosen {
        match table_data(dialect, schema, options, (key, table), &taken) {
            Ok(data) => {
                taken.insert(data.rust_name.clone());
                selection.tables.push(data);
            }
            Err(reason) => notes.push(format!("table `{key}` is left out of `schema.rs`: {reason}")),
        }
    }
    selection
}

fn table_data(
    dialect: Dialect,
    schema: &Schema,
    options: &Options<'_>,
    (key, table): (&str, &Table),
    taken: &BTreeSet<String>,
) -> Result<TableData, String> {
    let row_number = dialect::row_number(dialect, table);
    let primary_key: Vec<String> = match (&table.primary_key, row_number) {
        (Some(_), _) => dialect::primary_key_in_diesel(dialect, table),
        (None, Some(alias)) => vec![alias.to_owned()],
        (None, None) => return Err("it has no primary key, and Diesel needs one".to_owned()),
    };
    let rust_name = identifier::of_table(&table.name, taken);
    let mut names = BTreeSet::from([rust_name.clone()]);
    let mut columns = Vec::new();
    if let (None, Some(alias)) = (&table.primary_key, row_number) {
        let data = ColumnData {
            sql_name: alias.to_owned(),
            rust_name: identifier::of_column(alias, &names),
            sql_type: SqlType::known(if options.rowid_is_bigint { "BigInt" } else { "Integer" }),
            nullable: false,
            comment: None,
        };
        names.insert(data.rust_name.clone());
        columns.push(data);
    }
    for (name, column) in &table.columns {
        let sql_type = dialect::diesel_type(dialect, schema, options.rowid_is_bigint, (table, name, column))
            .map_err(|reason| format!("column `{name}`: {reason}"))?;
        let data = ColumnData {
            sql_name: name.clone(),
            rust_name: identifier::of_column(name, &names),
            sql_type,
            nullable: column.nullable && !table.is_key(name),
            comment: dialect::keeps_comments(dialect).then(|| column.comment.clone()).flatten(),
        };
        names.insert(data.rust_name.clone());
        columns.push(data);
    }
    let rust_key =
        |name: &String| columns.iter().find(|data| data.sql_name == *name).map(|data| data.rust_name.clone());
    let primary_key = primary_key.iter().filter_map(rust_key).collect();
    if options.sort_columns_by_name {
        columns.sort_by(|a, b| a.sql_name.cmp(&b.sql_name));
    }
    let sql_schema = dialect::sql_schema_in_diesel(dialect, table);
    Ok(TableData {
        key: key.to_owned(),
        domain: table.domain.clone(),
        sql_name: table.name.clone(),
        sql_schema: (sql_schema != "public").then(|| sql_schema.to_owned()),
        rust_name,
        primary_key,
        columns,
        comment: dialect::keeps_comments(dialect).then(|| table.comment.clone()).flatten(),
    })
}
