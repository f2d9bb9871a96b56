//! What the words of SQL texts name: tables, views, enums and objects by the names that the database knows them by.
//!
//! A text is not parsed: a word that is the name of something counts, whatever it means there, compared as the dialect
//! compares names. What is found too much costs an order or something that is made anew, never a row.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    created::{CreatedKind, created},
    text::{body_words, words},
};
use crate::model::{Dialect, Object, ObjectId, Schema};

/// The things of a schema by the names that SQL texts call them.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    dialect: Dialect,
    by_name: BTreeMap<String, BTreeSet<(Option<String>, ObjectId)>>,
}

impl NameIndex {
    /// Everything in the schema.
    #[must_use]
    pub fn new(schema: &Schema) -> Self {
        let mut index = Self { dialect: schema.dialect, by_name: BTreeMap::new() };
        for (key, table) in &schema.tables {
            index.insert(ObjectId::Table(key.clone()), table.schema.as_deref(), &table.name);
        }
        for (key, view) in &schema.views {
            index.insert(ObjectId::View(key.clone()), view.schema.as_deref(), &view.name);
        }
        for key in schema.enums.keys() {
            index.insert(ObjectId::Enum(key.clone()), None, key);
        }
        for (key, object) in &schema.objects {
            index.insert_object(key, object);
        }
        index
    }

    /// One more thing. What lives in a SQL schema is named with it: `analytics.ticket` is not meant by `ticket`.
    pub(super) fn insert(&mut self, id: ObjectId, sql_schema: Option<&str>, name: &str) {
        let schema = sql_schema.map(|schema| self.dialect.name_key(schema).into_owned());
        self.by_name.entry(self.dialect.name_key(name).into_owned()).or_default().insert((schema, id));
    }

    /// An object is named by its key and by what its text creates.
    pub(super) fn insert_object(&mut self, key: &str, object: &Object) {
        let id = ObjectId::Object(key.to_owned());
        self.insert(id.clone(), None, key);
        for created in created(self.dialect, &object.create) {
            match created.kind {
                // No text calls one by its name, and the function that a trigger runs often has the same.
                CreatedKind::Trigger | CreatedKind::Index => {}
                // Callers may leave the SQL schema to the search path.
                CreatedKind::Routine
                | CreatedKind::Sequence
                | CreatedKind::Type
                | CreatedKind::Collation
                | CreatedKind::Operator
                | CreatedKind::Relation => self.insert(id.clone(), None, &created.name),
            }
        }
    }

    /// What the words name.
    pub(crate) fn named<'a>(&'a self, words: &'a BTreeSet<String>) -> impl Iterator<Item = &'a ObjectId> {
        words.iter().flat_map(move |word| self.named_by(word, words))
    }

    /// What one of the words names.
    pub(super) fn named_by<'a>(
        &'a self,
        word: &str,
        words: &'a BTreeSet<String>,
    ) -> impl Iterator<Item = &'a ObjectId> + use<'a> {
        let is_meant = |schema: &Option<String>| schema.as_ref().is_none_or(|schema| words.contains(schema));
        let found = self.by_name.get(word).into_iter().flatten();
        found.filter(move |(schema, _)| is_meant(schema)).map(|(_, id)| id)
    }
}

impl NameIndex {
    /// The keys of the tables, views and objects that a view or object of the schema needs: as declared, or found in its
    /// texts. What the bodies of functions name is no dependency to a database, and is not among them.
    #[must_use]
    pub fn needs(&self, schema: &Schema, key: &str) -> BTreeSet<String> {
        if let Some(view) = schema.views.get(key) {
            if !view.depends_on.is_empty() {
                return view.depends_on.clone();
            }
            return self.keys(key, &words(self.dialect, &view.query));
        }
        let Some(object) = schema.objects.get(key) else { return BTreeSet::new() };
        if !object.depends_on.is_empty() {
            return object.depends_on.clone();
        }
        let mut named = words(self.dialect, &object.create);
        named.extend(words(self.dialect, &object.drop));
        self.keys(key, &named)
    }

    /// The keys of what the bodies of an object name: a database that checks them when it creates the object wants them to
    /// be there before. Nothing when it declares what it needs.
    #[must_use]
    pub fn named_in_bodies(&self, schema: &Schema, key: &str) -> BTreeSet<String> {
        let object = schema.objects.get(key).filter(|object| object.depends_on.is_empty());
        object.map_or_else(BTreeSet::new, |object| self.keys(key, &body_words(self.dialect, &object.create)))
    }

    /// The keys of the tables, views and objects that the words name, `own` aside.
    fn keys(&self, own: &str, words: &BTreeSet<String>) -> BTreeSet<String> {
        let keys = self.named(words).filter_map(|id| match id {
            ObjectId::Table(key) | ObjectId::View(key) | ObjectId::Object(key) => Some(key),
            ObjectId::Enum(_)
            | ObjectId::Extension(_)
            | ObjectId::SqlSchema(_)
            | ObjectId::Column { .. }
            | ObjectId::Constraint { .. }
            | ObjectId::Index { .. } => None,
        });
        keys.filter(|found| *found != own).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_the_dialect_does() {
        let mut schema = Schema::empty(Dialect::Postgres);
        let object = |create: &str| Object {
            domain: crate::model::Domain::new("d").unwrap(),
            create: create.to_owned(),
            drop: String::new(),
            depends_on: BTreeSet::new(),
        };
        schema
            .objects
            .insert("k".to_owned(), object("CREATE FUNCTION \"Sum\"() RETURNS int LANGUAGE sql AS 'SELECT 1'"));
        let found = |dialect, text: &str| {
            let index = NameIndex::new(&Schema { dialect, ..schema.clone() });
            index.named(&words(dialect, text)).count()
        };
        assert_eq!(found(Dialect::Postgres, "SELECT \"Sum\"()"), 1);
        assert_eq!(found(Dialect::Postgres, "SELECT sum(x)"), 0);
        assert_eq!(found(Dialect::Sqlite, "SELECT SUM(x)"), 1);
    }
}
