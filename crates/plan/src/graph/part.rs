//! What the definitions of tables, their parts, views and objects need, and what making or taking one away changes.
//!
//! The same for both: what is needed to make something must be there until it is taken away.

use std::collections::BTreeSet;

use super::{
    access::{Affects, Aspect, Mode, Precision, Recorder, Resource, Strength},
    created::{CreatedKind, created},
    text::{body_words, words},
};
use crate::model::{Column, Exclusion, ForeignKey, Index, Object, ObjectId, PrimaryKey, Table, View};

impl<'a> Recorder<'a> {
    /// A SQL schema appears or goes.
    pub(super) fn owns_sql_schema(&mut self, name: &str) {
        self.touch(Resource::SqlSchema(name.to_owned()), Mode::Write, Strength::Structure);
    }

    /// A table or enum leaves a SQL schema.
    pub(super) fn leaves(&mut self, id: &ObjectId, from: Option<&String>) {
        self.uses(id);
        self.aspect(id, Aspect::Form, Mode::Write);
        self.sql_schema(from);
    }

    /// The column as it is now.
    pub(super) fn known_column(&self, table: &str, column: &str) -> Option<&'a Column> {
        self.schema.tables.get(table)?.columns.get(column)
    }

    /// A column of a table changes: `aspect` of it, and the shape of its table.
    pub(super) fn changes_column(&mut self, table: &ObjectId, column: &str, aspect: Aspect) {
        self.uses(table);
        self.aspect(table, Aspect::Shape, Mode::Adjust);
        if matches!(aspect, Aspect::Existence | Aspect::Form) {
            self.aspect(table, Aspect::AllColumns, Mode::Adjust);
        }
        if let ObjectId::Table(key) = table {
            self.aspect(&ObjectId::column(key, column), aspect, Mode::Write);
        }
    }

    /// What makes rows of a table unique becomes more, or less.
    fn changes_keys(&mut self, table: &ObjectId) {
        self.aspect(table, Aspect::Keys, Mode::Adjust);
        if !self.is_drop {
            self.affecting(Affects::Nobody);
        }
    }

    /// All of a table but the table itself. `is_named`: by the keys that everything has now.
    pub(super) fn table(&mut self, key: &str, table: &Table, is_named: bool) {
        self.sql_schema(table.schema.as_ref());
        self.declared(&table.depends_on);
        table.columns.values().for_each(|column| self.definition(key, column, is_named));
        for reference in table.foreign_keys.values().filter(|reference| reference.table != key) {
            // One that comes later carries the key when it is there.
            let target = ObjectId::Table(reference.table.clone());
            if self.exists(&target) {
                if is_named {
                    self.key(&target, Mode::Read);
                }
                self.needs(&target);
                // In one plan, a key that comes before what it rests on is added afterwards.
                if self.precision == Precision::Columns {
                    self.reads(&target, &[Aspect::Keys], Strength::Structure);
                    let columns = reference.references.iter();
                    columns.for_each(|column| self.column(&reference.table, column, Strength::Structure));
                }
            }
        }
        let indexes = table.indexes.values().flat_map(Index::texts);
        let exclusions = table.exclusions.values().flat_map(Exclusion::texts);
        let checks = table.checks.values().map(|check| check.expression.as_str());
        indexes.chain(exclusions).chain(checks).for_each(|text| self.expression(text));
    }

    /// Something with a name of its own on a table: its columns, the table, the name.
    fn on_table<'b>(&mut self, table: &ObjectId, part: &ObjectId, columns: impl Iterator<Item = &'b str>) {
        self.uses(table);
        self.owns(part);
        if let ObjectId::Table(key) = table {
            columns.for_each(|column| self.column(key, column, Strength::Structure));
        }
    }

    /// What makes rows unique by some columns.
    pub(super) fn unique<'b>(&mut self, table: &ObjectId, name: &str, columns: impl Iterator<Item = &'b String>) {
        if let ObjectId::Table(key) = table {
            self.on_table(table, &ObjectId::constraint(key, name), columns.map(String::as_str));
        }
        self.changes_keys(table);
    }

    /// A primary key: its columns cannot be null.
    pub(super) fn primary_key(&mut self, table: &ObjectId, key: &PrimaryKey) {
        self.unique(table, &key.name, key.columns.iter());
        if let ObjectId::Table(table) = table {
            let ids: Vec<_> = key.columns.iter().map(|column| ObjectId::column(table, column)).collect();
            ids.iter().for_each(|id| self.aspect(id, Aspect::Attributes, Mode::Read));
        }
    }

    pub(super) fn index(&mut self, table: &str, name: &str, index: &Index) {
        let id = ObjectId::Table(table.to_owned());
        let columns = index.column_names().chain(index.include.iter().map(String::as_str));
        self.on_table(&id, &ObjectId::index(table, name), columns);
        index.texts().for_each(|text| self.row_text(table, text));
        self.extensions();
        if index.unique {
            self.changes_keys(&id);
        }
    }

    pub(super) fn check(&mut self, table: &str, name: &str, expression: &str) {
        let id = ObjectId::Table(table.to_owned());
        self.on_table(&id, &ObjectId::constraint(table, name), std::iter::empty());
        self.row_text(table, expression);
        self.extensions();
    }

    pub(super) fn exclusion(&mut self, table: &str, name: &str, exclusion: &Exclusion) {
        let id = ObjectId::Table(table.to_owned());
        self.on_table(&id, &ObjectId::constraint(table, name), exclusion.column_names());
        exclusion.texts().for_each(|text| self.row_text(table, text));
        self.extensions();
    }

    pub(super) fn foreign_key(&mut self, table: &str, name: &str, key: &ForeignKey) {
        let id = ObjectId::Table(table.to_owned());
        self.on_table(&id, &ObjectId::constraint(table, name), key.columns.iter().map(String::as_str));
        let target = ObjectId::Table(key.table.clone());
        self.uses(&target);
        self.aspect(&target, Aspect::Keys, Mode::Read);
        for column in &key.references {
            self.column(&key.table, column, Strength::Structure);
        }
    }

    pub(super) fn rename_constraint(&mut self, table: &ObjectId, from: &str, to: &str) {
        self.uses(table);
        if let ObjectId::Table(key) = table {
            self.renames(&ObjectId::constraint(key, from), &ObjectId::constraint(key, to));
        }
    }

    pub(super) fn view(&mut self, id: &ObjectId, view: &View) {
        self.sql_schema(view.schema.as_ref());
        self.extensions();
        self.declared(&view.depends_on);
        // What is declared is all that counts of tables, views and objects; enums cannot be declared.
        let strength = if view.depends_on.is_empty() { Strength::Text } else { Strength::Body };
        let words = words(self.dialect(), &view.query);
        self.schemas_named(&words);
        self.query(&words, strength, id);
        if self.precision == Precision::Columns {
            self.columns_of_query(&view.query);
        }
        let texts = view.indexes.values().flat_map(Index::texts);
        texts.for_each(|text| self.expression(text));
    }

    pub(super) fn object(&mut self, id: &ObjectId, object: &Object) {
        self.extensions();
        self.declared(&object.depends_on);
        let dialect = self.dialect();
        let mut outside = words(dialect, &object.create);
        outside.extend(words(dialect, &object.drop));
        // A type or relation that it makes itself is not what had the name before.
        for created in created(dialect, &object.create) {
            match created.kind {
                CreatedKind::Type | CreatedKind::Sequence | CreatedKind::Relation | CreatedKind::Index => {
                    outside.remove(dialect.name_key(&created.name).as_ref());
                }
                CreatedKind::Routine | CreatedKind::Collation | CreatedKind::Operator | CreatedKind::Trigger => {}
            }
        }
        self.schemas_named(&outside);
        let strength = if object.depends_on.is_empty() { Strength::Text } else { Strength::Body };
        self.query(&outside, strength, id);
        let bodies: BTreeSet<String> =
            body_words(dialect, &object.create).into_iter().filter(|word| !outside.contains(word)).collect();
        self.query(&bodies, Strength::Body, id);
        if self.precision == Precision::Columns {
            self.columns_of_object(object);
        }
    }

    fn schemas_named(&mut self, words: &BTreeSet<String>) {
        for word in words {
            self.touch(Resource::SqlSchema(word.clone()), Mode::Read, Strength::Text);
        }
    }
}
