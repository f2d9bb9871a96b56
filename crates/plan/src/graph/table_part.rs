//! What the parts of a table are made of: the columns and the SQL texts of its constraints, indexes and computed columns.
//!
//! Which change of a column, or of what a text names, affects a part is decided by who asks.

use super::text::names_column;
use crate::{
    model::{Dialect, Table},
    operation::{DropCheck, DropColumn, DropExclusion, DropIndex, DropPrimaryKey, DropUnique, Operation},
};

/// The kind and the name of a part of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartName<'a> {
    Index(&'a str),
    Unique(&'a str),
    Exclusion(&'a str),
    Check(&'a str),
    PrimaryKey(&'a str),
    /// A computed column.
    Generated(&'a str),
}

/// One part of a table, foreign keys aside: they are of two tables.
#[derive(Debug, Clone)]
pub(crate) struct TablePart<'a> {
    pub(crate) name: PartName<'a>,
    /// The columns that it is over.
    pub(crate) columns: Vec<&'a str>,
    /// The columns that it only carries along.
    pub(crate) included: Vec<&'a str>,
    /// Its expressions and predicates.
    pub(crate) texts: Vec<&'a str>,
    /// Whether no two rows are equal in its columns.
    pub(crate) is_unique: bool,
}

impl<'a> TablePart<'a> {
    fn new(name: PartName<'a>) -> Self {
        Self { name, columns: Vec::new(), included: Vec::new(), texts: Vec::new(), is_unique: false }
    }

    /// All of its columns, outside of texts.
    pub(crate) fn all_columns(&self) -> impl Iterator<Item = &'a str> {
        self.columns.iter().chain(&self.included).copied()
    }

    /// Whether one of its texts may name the column.
    pub(crate) fn has_in_text(&self, dialect: Dialect, column: &str) -> bool {
        self.texts.iter().any(|text| names_column(dialect, text, column))
    }

    /// The operation that drops it.
    pub(crate) fn drop_from(&self, table: &str) -> Operation {
        match self.name {
            PartName::Index(name) => DropIndex::new(table, name).into(),
            PartName::Unique(name) => DropUnique::new(table, name).into(),
            PartName::Exclusion(name) => DropExclusion::new(table, name).into(),
            PartName::Check(name) => DropCheck::new(table, name).into(),
            PartName::PrimaryKey(_) => DropPrimaryKey { table: table.to_owned() }.into(),
            PartName::Generated(name) => DropColumn { table: table.to_owned(), column: name.to_owned() }.into(),
        }
    }
}

/// The parts of a table: indexes, constraints, computed columns.
pub(crate) fn table_parts(table: &Table) -> Vec<TablePart<'_>> {
    let mut found = Vec::new();
    for (name, index) in &table.indexes {
        found.push(TablePart {
            columns: index.column_names().collect(),
            included: index.include.iter().map(String::as_str).collect(),
            texts: index.texts().collect(),
            is_unique: index.unique,
            ..TablePart::new(PartName::Index(name))
        });
    }
    for (name, unique) in &table.unique {
        found.push(TablePart {
            columns: unique.columns.iter().map(String::as_str).collect(),
            included: unique.include.iter().map(String::as_str).collect(),
            is_unique: true,
            ..TablePart::new(PartName::Unique(name))
        });
    }
    for (name, exclusion) in &table.exclusions {
        found.push(TablePart {
            columns: exclusion.column_names().collect(),
            texts: exclusion.texts().collect(),
            ..TablePart::new(PartName::Exclusion(name))
        });
    }
    for (name, check) in &table.checks {
        found.push(TablePart { texts: vec![&check.expression], ..TablePart::new(PartName::Check(name)) });
    }
    if let Some(key) = &table.primary_key {
        found.push(TablePart {
            columns: key.columns.iter().map(String::as_str).collect(),
            is_unique: true,
            ..TablePart::new(PartName::PrimaryKey(&key.name))
        });
    }
    for (name, column) in &table.columns {
        if let Some(generated) = &column.generated {
            found.push(TablePart { texts: vec![&generated.expression], ..TablePart::new(PartName::Generated(name)) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Check, Column, DataType, Domain, Generated, PrimaryKey, Unique};

    #[test]
    fn what_is_on_a_column_is_found_in_columns_and_texts() {
        let mut table = Table::new(Domain::new("d").unwrap(), "t");
        let computed = Generated { expression: "\"Price\" * 2".to_owned(), stored: true };
        let twice = Column { generated: Some(computed), ..Column::new(DataType::Integer, true) };
        table.columns.insert("Price".to_owned(), Column::new(DataType::Integer, false));
        table.columns.insert("twice".to_owned(), twice);
        table.primary_key = Some(PrimaryKey { name: "t_pkey".to_owned(), columns: vec!["id".to_owned()] });
        let carried = Unique {
            columns: vec!["id".to_owned()],
            include: vec!["Price".to_owned()],
            nulls_not_distinct: false,
            deferrable: None,
        };
        table.unique.insert("u".to_owned(), carried);
        for (name, text) in [("quoted", "\"Price\" > 0"), ("folded", "price > 0"), ("text", "'Price' > ''")] {
            table.checks.insert(name.to_owned(), Check { expression: text.to_owned() });
        }
        let on = |dialect: Dialect| {
            let parts = table_parts(&table).into_iter();
            let on = parts.filter(|part| {
                part.all_columns().any(|column| column == "Price") || part.has_in_text(dialect, "Price")
            });
            on.map(|part| part.drop_from("t").change().describe()).collect::<Vec<_>>()
        };
        let quoted = ["drop unique constraint u of t", "drop check constraint quoted of t", "drop column twice of t"];
        assert_eq!(on(Dialect::Postgres), quoted);
        let both = [quoted[0], "drop check constraint folded of t", quoted[1], quoted[2]];
        assert_eq!(on(Dialect::Sqlite), both);
    }
}
