//! The names that things have in the database, and the name spaces in which no two are equal.
//!
//! Whether the wanted names are all different is checked where snapshots are read; here it is about the way there.

use std::collections::{BTreeMap, BTreeSet};

use super::created::{Created, CreatedKind, created};
use crate::model::{Dialect, Enum, ObjectId, Schema, Table, View, name};

/// Names that must differ from each other within one SQL schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum NameSpace {
    /// Tables, views, indexes and sequences.
    Relations,
    /// PostgreSQL's types: enums and domains, and the one that it makes for every table and view. A sequence wants its name
    /// free there as well.
    Types,
    /// Functions and procedures. Several may have one name.
    Routines,
}

/// A name in the database that only one thing can have at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SqlName {
    space: NameSpace,
    /// `None` is the search path's first.
    schema: Option<String>,
    name: String,
}

impl SqlName {
    /// The name alone, wherever it is.
    pub(super) fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether things may share it after all.
    pub(super) fn is_shared(&self) -> bool {
        self.space == NameSpace::Routines
    }
}

/// Every name that something has in the database, with those of its parts, and how many of these have it: a table and its
/// index may have to be told apart on the way.
pub(super) fn names_of(schema: &Schema, id: &ObjectId) -> BTreeMap<SqlName, usize> {
    let mut names = Names { dialect: schema.dialect, found: BTreeMap::new() };
    match id {
        ObjectId::Table(key) => schema.tables.get(key).into_iter().for_each(|table| names.table(table)),
        ObjectId::Enum(key) => schema.enums.get(key).into_iter().for_each(|item| names.item(key, item)),
        ObjectId::View(key) => schema.views.get(key).into_iter().for_each(|view| names.view(view)),
        ObjectId::Object(key) => {
            let object = schema.objects.get(key);
            let created = object.map_or_else(Vec::new, |object| created(schema.dialect, &object.create));
            created.iter().for_each(|created| names.created(created));
        }
        ObjectId::Extension(_)
        | ObjectId::SqlSchema(_)
        | ObjectId::Column { .. }
        | ObjectId::Constraint { .. }
        | ObjectId::Index { .. } => {}
    }
    names.found
}

/// Every name in the schema.
pub(super) fn all_names(schema: &Schema) -> BTreeSet<SqlName> {
    let tables = schema.tables.keys().cloned().map(ObjectId::Table);
    let enums = schema.enums.keys().cloned().map(ObjectId::Enum);
    let views = schema.views.keys().cloned().map(ObjectId::View);
    let objects = schema.objects.keys().cloned().map(ObjectId::Object);
    tables.chain(enums).chain(views).chain(objects).flat_map(|id| names_of(schema, &id).into_keys()).collect()
}

/// The names alone, wherever they are.
pub(super) fn plain_names(names: &BTreeSet<SqlName>) -> BTreeSet<String> {
    names.iter().map(|name| name.as_str().to_owned()).collect()
}

struct Names {
    dialect: Dialect,
    found: BTreeMap<SqlName, usize>,
}

impl Names {
    fn put(&mut self, space: NameSpace, schema: Option<&str>, name: &str) {
        // `public` is where something is without a schema.
        let schema = schema.filter(|schema| *schema != "public").map(str::to_owned);
        let name = SqlName { space, schema, name: self.dialect.name_key(name).into_owned() };
        *self.found.entry(name).or_default() += 1;
    }

    /// A name of a relation that has a type as well.
    fn relation(&mut self, schema: Option<&str>, name: &str) {
        self.put(NameSpace::Relations, schema, name);
        match self.dialect {
            Dialect::Postgres => self.put(NameSpace::Types, schema, name),
            Dialect::Sqlite => {}
        }
    }

    fn table(&mut self, table: &Table) {
        let schema = table.schema.as_deref();
        self.relation(schema, &table.name);
        self.indexes(schema, table.indexes.keys().chain(table.unique.keys()));
        match self.dialect {
            Dialect::Postgres => {
                let key = table.primary_key.iter().map(|key| &key.name);
                self.indexes(schema, key.chain(table.exclusions.keys()));
                for (column, definition) in &table.columns {
                    if definition.identity.is_some() || definition.data_type.is_serial() {
                        self.relation(schema, &name::sequence(&table.name, column));
                    }
                }
            }
            // A primary key has no index with a name there.
            Dialect::Sqlite => {}
        }
    }

    fn indexes<'a>(&mut self, schema: Option<&str>, names: impl Iterator<Item = &'a String>) {
        names.for_each(|name| self.put(NameSpace::Relations, schema, name));
    }

    fn item(&mut self, key: &str, item: &Enum) {
        match self.dialect {
            Dialect::Postgres => self.put(NameSpace::Types, item.schema.as_deref(), key),
            // A check on its columns.
            Dialect::Sqlite => {}
        }
    }

    fn view(&mut self, view: &View) {
        let schema = view.schema.as_deref();
        self.relation(schema, &view.name);
        self.indexes(schema, view.indexes.keys());
    }

    fn created(&mut self, created: &Created) {
        let (schema, name) = (created.schema.as_deref(), created.name.as_str());
        match created.kind {
            CreatedKind::Relation | CreatedKind::Sequence => self.relation(schema, name),
            CreatedKind::Index => self.put(NameSpace::Relations, schema, name),
            CreatedKind::Type => self.put(NameSpace::Types, schema, name),
            CreatedKind::Routine => self.put(NameSpace::Routines, schema, name),
            CreatedKind::Collation | CreatedKind::Operator | CreatedKind::Trigger => {}
        }
    }
}
