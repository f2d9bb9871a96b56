//! From what a `schema.rs` declares back to a schema: for those who have nothing else to start from.
//!
//! Reads no Rust: the declarations are given. What a `schema.rs` does not say is not made up.

use std::collections::{BTreeMap, BTreeSet};

use super::{DieselType, SqlType};
use crate::{
    dialect,
    model::{
        Action, Column, DataType, Dialect, Domain, ForeignKey, Match, PrimaryKey, Schema, Table,
        name::{NameKind, automatic},
    },
};

/// What a `schema.rs` declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// Every `table!`.
    pub tables: Vec<DeclaredTable>,
    /// Every `joinable!`.
    pub joins: Vec<DeclaredJoin>,
}

/// A `table!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTable {
    /// The domain whose module it is in.
    pub domain: Domain,
    /// The SQL schema that it names.
    pub sql_schema: Option<String>,
    /// Its name in the database.
    pub sql_name: String,
    /// The name that other macros use.
    pub rust_name: String,
    /// Rust names of the primary key's columns.
    pub primary_key: Vec<String>,
    /// Its columns.
    pub columns: Vec<DeclaredColumn>,
    /// Its documentation, unless Diesel has made it up.
    pub comment: Option<String>,
}

/// A column of a `table!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredColumn {
    /// Its name in the database.
    pub sql_name: String,
    /// The name that the primary key and `joinable!` use.
    pub rust_name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether the type is `Nullable`.
    pub nullable: bool,
    /// Its documentation, unless Diesel has made it up.
    pub comment: Option<String>,
}

/// A `joinable!`, in Rust names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredJoin {
    /// The table with the foreign key.
    pub child: String,
    /// The table whose primary key it points at.
    pub parent: String,
    /// The column of the foreign key.
    pub column: String,
}

/// A schema, and what has to be added to it by hand, one fragment for each.
pub type ReadBack = (Schema, Vec<String>);

/// The schema that is declared.
///
/// # Errors
/// What the dialect cannot have, all of it.
pub fn read_back(dialect: Dialect, declared: &Declared, rowid_is_bigint: bool) -> Result<ReadBack, Vec<String>> {
    let mut reader = Reader { dialect, rowid_is_bigint, open: BTreeSet::new(), wrong: Vec::new() };
    let mut schema = Schema::empty(dialect);
    // Rust names to keys. Of two tables of the same name, in two SQL schemas, a `joinable!` means the first.
    let mut keys: BTreeMap<&str, String> = BTreeMap::new();
    for table in &declared.tables {
        let mut key = table.sql_name.clone();
        if let (true, Some(sql_schema)) = (schema.tables.contains_key(&key), &table.sql_schema) {
            key = format!("{sql_schema}_{key}");
        }
        if schema.tables.contains_key(&key) {
            reader.wrong.push(format!("table `{key}` is declared twice"));
            continue;
        }
        keys.entry(&table.rust_name).or_insert_with(|| key.clone());
        schema.tables.insert(key, reader.table(table));
    }
    for join in &declared.joins {
        reader.join(&mut schema, declared, &keys, join);
    }
    schema.schemas = schema.used_schemas();
    let has_citext = schema.tables.values().flat_map(|table| table.columns.values()).any(|column| {
        let mut data_type = &column.data_type;
        while let DataType::Array(element) = data_type {
            data_type = element;
        }
        *data_type == DataType::Citext
    });
    if has_citext {
        schema.extensions.insert("citext".to_owned());
    }
    if reader.wrong.is_empty() { Ok((schema, reader.open.into_iter().collect())) } else { Err(reader.wrong) }
}

struct Reader {
    dialect: Dialect,
    rowid_is_bigint: bool,
    /// What has to be added by hand.
    open: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Reader {
    fn table(&mut self, declared: &DeclaredTable) -> Table {
        let mut table = Table::new(declared.domain.clone(), declared.sql_name.as_str());
        table.schema.clone_from(&declared.sql_schema);
        if dialect::keeps_comments(self.dialect) {
            table.comment.clone_from(&declared.comment);
        }
        for column in &declared.columns {
            let place = format!("{}.{}", declared.sql_name, column.sql_name);
            let found = match dialect::from_diesel(self.dialect, &column.sql_type) {
                Ok(data_type) => {
                    self.ask(&place, &column.sql_type, &data_type);
                    Column {
                        comment: column.comment.clone().filter(|_| dialect::keeps_comments(self.dialect)),
                        ..Column::new(data_type, column.nullable)
                    }
                }
                Err(why) => {
                    self.wrong.push(format!("`{place}`: {why}"));
                    continue;
                }
            };
            if table.columns.insert(column.sql_name.clone(), found).is_some() {
                self.wrong.push(format!("column `{place}` is declared twice"));
            }
        }
        self.primary_key(declared, &mut table);
        table
    }

    /// Says what only a person knows of a type that the database does not bring.
    fn ask(&mut self, place: &str, sql_type: &SqlType, data_type: &DataType) {
        let DataType::Sql { sql, diesel } = data_type else { return };
        let name = sql.trim_end_matches("[]");
        match (&sql_type.element, diesel) {
            (DieselType::Custom(custom), _) if custom.sql_schema.as_deref() == Some("pg_catalog") => {}
            (DieselType::Custom(_), _) => {
                self.open.insert(format!(
                    "what the type `{name}` is: an enum is declared in `enums`, with its values, and its columns name it \
                     (`type = \"...\"`); any other type is one of `objects`, or of an extension"
                ));
            }
            (DieselType::Path(path) | DieselType::Known(path), Some(_)) if !name.eq_ignore_ascii_case(path) => {
                self.open.insert(format!("the SQL type of `{place}`: `{name}` is taken from the name of `{path}`"));
            }
            (DieselType::Path(_) | DieselType::Known(_), _) => {}
        }
    }

    fn primary_key(&mut self, declared: &DeclaredTable, table: &mut Table) {
        let mut columns = Vec::new();
        for name in &declared.primary_key {
            match declared.columns.iter().find(|column| column.rust_name == *name) {
                Some(column) => columns.push(column.sql_name.clone()),
                None => self.wrong.push(format!(
                    "the primary key of `{}` names the column `{name}`, which it does not have",
                    declared.sql_name
                )),
            }
        }
        // The column that stands for the key of a table without one.
        if let [only] = columns.as_slice()
            && dialect::is_row_number(self.dialect, only)
            && table.columns.len() > 1
            && table.columns.get_index_of(only.as_str()) == Some(0)
        {
            table.columns.shift_remove(only);
            self.open.insert(format!(
                "whether `{}` has a column `{only}`: Diesel writes it for a table without a primary key",
                table.name
            ));
            return;
        }
        if let ([only], true) = (columns.as_slice(), self.rowid_is_bigint)
            && let Some(column) = table.columns.get_mut(only)
            && column.data_type == DataType::Bigint
        {
            column.data_type = DataType::Integer;
        }
        if !columns.is_empty() {
            let name = automatic(self.dialect, NameKind::PrimaryKey, &table.name, &columns);
            table.primary_key = Some(PrimaryKey { name, columns });
        }
    }

    fn join(&mut self, schema: &mut Schema, declared: &Declared, keys: &BTreeMap<&str, String>, join: &DeclaredJoin) {
        let DeclaredJoin { child, parent, column } = join;
        let shown = format!("joinable!({child} -> {parent} ({column}))");
        let (Some(child_key), Some(parent_key)) = (keys.get(child.as_str()), keys.get(parent.as_str())) else {
            self.open.insert(format!("the foreign key of `{shown}`: one of the tables is not in the file"));
            return;
        };
        let source = declared.tables.iter().find(|table| table.rust_name == *child);
        let column = source.and_then(|table| table.columns.iter().find(|found| found.rust_name == *column));
        let target = schema.tables.get(parent_key);
        let key =
            target.and_then(|table| Some((table.single_key()?.to_owned(), table.columns.get(table.single_key()?)?)));
        let (Some(column), Some((reference, type_of_key))) = (column, key) else {
            self.open.insert(format!("the foreign key of `{shown}`: it has no such column, or no key of one column"));
            return;
        };
        let type_of_key = type_of_key.data_type.clone();
        let Some(table) = schema.tables.get_mut(child_key) else { return };
        if let Some(found) = table.columns.get_mut(&column.sql_name)
            && self.rowid_is_bigint
            && (&found.data_type, &type_of_key) == (&DataType::Bigint, &DataType::Integer)
        {
            found.data_type = DataType::Integer;
        }
        let columns = vec![column.sql_name.clone()];
        let name = automatic(self.dialect, NameKind::ForeignKey, &table.name, &columns);
        let key = ForeignKey {
            columns,
            table: parent_key.clone(),
            references: vec![reference],
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: None,
            match_type: Match::Simple,
        };
        table.foreign_keys.insert(name, key);
    }
}
