//! SQLite's own tables and pragmas, asked once for all tables of the database.
//!
//! Rows as they come; what they mean is read by the file of each kind.

use std::collections::BTreeMap;

use crate::Rows;
use crate::row::Row;

/// Everything that has a statement of its own. What SQLite keeps for itself starts with `sqlite_`.
const OBJECTS: &str = r"
SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name, type";

const TABLES: &str = "
SELECT name, type, CASE wr WHEN 0 THEN 'false' ELSE 'true' END, CASE strict WHEN 0 THEN 'false' ELSE 'true' END
FROM pragma_table_list WHERE schema = 'main'";

/// Virtual tables have columns only while their module is loaded.
const COLUMNS: &str = r#"
SELECT m.name, c.name, c.type, CASE c."notnull" WHEN 0 THEN 'false' ELSE 'true' END, c.dflt_value, CAST(c.pk AS TEXT),
    CAST(c.hidden AS TEXT)
FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY m.name, c.cid"#;

const INDEXES: &str = r#"
SELECT m.name, l.name, CASE l."unique" WHEN 0 THEN 'false' ELSE 'true' END, l.origin, x.name,
    CASE x.desc WHEN 0 THEN 'false' ELSE 'true' END, x.coll
FROM sqlite_schema m JOIN pragma_index_list(m.name) l JOIN pragma_index_xinfo(l.name) x
WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND x.key ORDER BY m.name, l.seq DESC, x.seqno"#;

/// SQLite numbers foreign keys from the last to the first.
const FOREIGN_KEYS: &str = r#"
SELECT m.name, CAST(f.id AS TEXT), f."table", f."from", f."to", f.on_update, f.on_delete
FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY m.name, f.id DESC, f.seq"#;

/// A row of `sqlite_schema`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) table: String,
    pub(super) sql: String,
}

/// What kind of table it is.
#[derive(Debug)]
pub(super) struct TableKind {
    /// `table`, `view`, `virtual` or `shadow`.
    pub(super) kind: String,
    pub(super) is_without_rowid: bool,
    pub(super) is_strict: bool,
}

#[derive(Debug)]
pub(super) struct ColumnRow {
    pub(super) name: String,
    pub(super) declared: String,
    pub(super) is_required: bool,
    pub(super) default: Option<String>,
    /// The place in the primary key from 1 on, or 0.
    pub(super) key: usize,
    /// 2: computed when read, 3: computed and stored.
    pub(super) hidden: u8,
}

#[derive(Debug)]
pub(super) struct IndexRow {
    pub(super) name: String,
    pub(super) is_unique: bool,
    /// `c` for `CREATE INDEX`, `u` for `UNIQUE`, `pk` for the primary key.
    pub(super) origin: String,
    pub(super) elements: Vec<ElementRow>,
}

#[derive(Debug)]
pub(super) struct ElementRow {
    /// None for an expression.
    pub(super) column: Option<String>,
    pub(super) is_descending: bool,
    pub(super) collation: String,
}

#[derive(Debug)]
pub(super) struct ForeignKeyRow {
    pub(super) id: String,
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// None for the primary key of the table.
    pub(super) references: Vec<Option<String>>,
    pub(super) on_update: String,
    pub(super) on_delete: String,
}

/// Rows by the table's name.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) entries: Vec<Entry>,
    pub(super) tables: BTreeMap<String, TableKind>,
    pub(super) columns: BTreeMap<String, Vec<ColumnRow>>,
    pub(super) indexes: BTreeMap<String, Vec<IndexRow>>,
    /// In the order of the text.
    pub(super) foreign_keys: BTreeMap<String, Vec<ForeignKeyRow>>,
}

pub(super) fn read<E>(query: &mut dyn FnMut(&str) -> Result<Rows, E>) -> Result<Catalogue, E> {
    let mut catalogue = Catalogue::default();
    let mut rows = |sql| query(sql).map(|rows| rows.into_iter().map(Row::new));
    for mut row in rows(OBJECTS)? {
        let entry = Entry { kind: row.text(), name: row.text(), table: row.text(), sql: row.text() };
        catalogue.entries.push(entry);
    }
    for mut row in rows(TABLES)? {
        let name = row.text();
        let kind = TableKind { kind: row.text(), is_without_rowid: row.flag(), is_strict: row.flag() };
        catalogue.tables.insert(name, kind);
    }
    for mut row in rows(COLUMNS)? {
        catalogue.columns.entry(row.text()).or_default().push(ColumnRow {
            name: row.text(),
            declared: row.text(),
            is_required: row.flag(),
            default: row.optional(),
            key: row.number(),
            hidden: row.number(),
        });
    }
    for mut row in rows(INDEXES)? {
        let indexes = catalogue.indexes.entry(row.text()).or_default();
        let (name, is_unique, origin) = (row.text(), row.flag(), row.text());
        let element = ElementRow { column: row.optional(), is_descending: row.flag(), collation: row.text() };
        match indexes.last_mut().filter(|index| index.name == name) {
            Some(index) => index.elements.push(element),
            None => indexes.push(IndexRow { name, is_unique, origin, elements: vec![element] }),
        }
    }
    for mut row in rows(FOREIGN_KEYS)? {
        let keys = catalogue.foreign_keys.entry(row.text()).or_default();
        let (id, table, column, reference) = (row.text(), row.text(), row.text(), row.optional());
        match keys.last_mut().filter(|key| key.id == id) {
            Some(key) => {
                key.columns.push(column);
                key.references.push(reference);
            }
            None => keys.push(ForeignKeyRow {
                id,
                table,
                columns: vec![column],
                references: vec![reference],
                on_update: row.text(),
                on_delete: row.text(),
            }),
        }
    }
    Ok(catalogue)
}
