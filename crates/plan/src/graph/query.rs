//! What a query, or the text of an object, reads: tables, views, enums, objects, and the columns of the tables.
//!
//! Which words a text has is `text`'s, what they name `reference`'s.

use std::collections::BTreeSet;

use super::{
    access::{Aspect, Missing, Mode, Precision, Recorder, Resource, Strength, has},
    text::{bare_columns, bodies, possible_columns, reads_all_columns, strings, words},
};
use crate::model::{Object, ObjectId};

impl Recorder<'_> {
    /// What a query or the text of an object names: tables with all that they have. `own` does not count.
    pub(super) fn query(&mut self, words: &BTreeSet<String>, strength: Strength, own: &ObjectId) {
        self.named(words, strength, Some(own), self.is_drop);
    }

    pub(super) fn named(&mut self, words: &BTreeSet<String>, strength: Strength, own: Option<&ObjectId>, is_old: bool) {
        let index = self.names;
        let end = if is_old { self.ends[0] } else { self.ends[1] };
        let mut ids: BTreeSet<&ObjectId> = BTreeSet::new();
        for word in words {
            let named: Vec<&ObjectId> = index.named_by(word, words).collect();
            let is_certain = named.iter().any(|id| has(end, id));
            ids.extend(named.into_iter().filter(|id| !is_certain || has(end, id)));
        }
        for id in ids {
            if Some(id) == own {
                continue;
            }
            if !self.exists(id) {
                self.facts.missing.push(Missing { id: id.clone(), strength, is_old: self.is_drop });
                continue;
            }
            if self.is_drop && matches!(id, ObjectId::Enum(_)) {
                // Its names follow when it is renamed; when it moves they do not, see `old_enums`.
                self.reads(id, &[Aspect::Existence, Aspect::Values], strength);
                let entity = self.entities.number(id);
                self.facts.old_enums.insert(entity);
                continue;
            }
            self.reads(id, &[Aspect::Existence, Aspect::Form, Aspect::Values], strength);
            if let (ObjectId::Table(key), Some(_)) = (id, own) {
                if self.precision == Precision::Columns {
                    self.reads(id, &[Aspect::Keys], strength);
                    self.queried.insert(key.clone());
                    continue;
                }
                self.reads(id, &[Aspect::Shape, Aspect::Keys], strength);
                let columns = self.schema.tables.get(key).into_iter().flat_map(|table| table.columns.values());
                let enums: BTreeSet<&str> = columns.filter_map(|column| column.data_type.enum_key()).collect();
                for key in enums {
                    self.reads(&ObjectId::Enum(key.to_owned()), &[Aspect::Values], strength);
                }
            }
        }
    }

    /// The declared needs of a table, view or object.
    pub(super) fn declared(&mut self, keys: &BTreeSet<String>) {
        for key in keys {
            let ids = [ObjectId::Table(key.clone()), ObjectId::View(key.clone()), ObjectId::Object(key.clone())];
            for id in ids {
                if self.exists(&id) {
                    self.reads(&id, &[Aspect::Existence, Aspect::Form], Strength::Structure);
                    match (&id, self.precision) {
                        (ObjectId::Table(_), Precision::Tables) => {
                            self.reads(&id, &[Aspect::Shape, Aspect::Keys], Strength::Structure);
                        }
                        (ObjectId::Table(key), Precision::Columns) => {
                            self.reads(&id, &[Aspect::Keys], Strength::Structure);
                            self.queried.insert(key.clone());
                        }
                        _ => {}
                    }
                } else {
                    let (strength, is_old) = (Strength::Structure, self.is_drop);
                    self.facts.missing.push(Missing { id, strength, is_old });
                }
            }
        }
    }

    /// The columns of the tables that a query has been found to read.
    pub(super) fn columns_of_query(&mut self, query: &str) {
        let bare = bare_columns(self.dialect(), query);
        let names = possible_columns(self.dialect(), query);
        self.columns(&names, &bare, reads_all_columns(self.dialect(), query));
        self.note_strings(query);
    }

    /// The same for the text of an object; what its bodies read, they read when they run.
    pub(super) fn columns_of_object(&mut self, object: &Object) {
        let dialect = self.dialect();
        let mut names = possible_columns(dialect, &object.create);
        for body in bodies(dialect, &object.create) {
            names.extend(words(dialect, &body));
            self.note_strings(&body);
        }
        self.columns(&names, &BTreeSet::new(), reads_all_columns(dialect, &object.create));
        self.note_strings(&object.create);
    }

    /// `bare` are the names that another column would be meant by as well, if there were one.
    fn columns(&mut self, names: &BTreeSet<String>, bare: &BTreeSet<String>, reads_all: bool) {
        let dialect = self.dialect();
        for table in std::mem::take(&mut self.queried) {
            let known = self.schema.tables.get(&table).into_iter().flat_map(|table| table.columns.keys());
            let read = known.filter(|column| reads_all || names.contains(dialect.name_key(column).as_ref()));
            let read: Vec<String> = read.cloned().collect();
            read.iter().for_each(|column| self.column(&table, column, Strength::Text));
            let made: Vec<ObjectId> =
                self.filled.iter().filter(|id| self.would_be_meant(id, &table, bare)).cloned().collect();
            self.facts.sources.extend(made);
            if reads_all {
                let entity = self.entities.number(&ObjectId::Table(table));
                self.touch(Resource::Of(entity, Aspect::AllColumns), Mode::Read, Strength::Text);
            }
        }
    }

    /// Whether a column that is not there yet would be meant by one of the names.
    fn would_be_meant(&self, id: &ObjectId, table: &str, bare: &BTreeSet<String>) -> bool {
        match id {
            ObjectId::Column { table: owner, column } => {
                owner == table && !self.exists(id) && bare.contains(self.dialect().name_key(column).as_ref())
            }
            _ => false,
        }
    }

    /// The strings of a text that stays.
    pub(super) fn note_strings(&mut self, text: &str) {
        if self.precision == Precision::Columns && !self.is_drop {
            self.facts.strings.extend(strings(self.dialect(), text));
        }
    }
}
