//! What one operation reads and writes: two operations may change places where neither touches what the other one writes.
//!
//! Collects; which operation touches what is said by `facts`.

use std::collections::BTreeSet;

use makemigrations_sql::{ReferenceRole, references};

use super::{
    entity::{Entities, Entity},
    reference::NameIndex,
    text::{strings, words},
};
use crate::model::{Column, DefaultValue, Dialect, ObjectId, Schema, Table};

/// What of a thing is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// That it is there.
    Existence,
    /// What SQL texts see of it: its name and SQL schema; of a column its type as well.
    Form,
    /// What else a column is: whether it is nullable, its default, its comment.
    Attributes,
    /// What the rows have in a column.
    Data,
    /// The labels of an enum.
    Values,
    /// Which columns a table has, and of which types; any change of a column is one of it.
    Shape,
    /// Which columns a query that reads all of them has.
    AllColumns,
    /// What makes columns of a table unique.
    Keys,
}

/// Something that operations touch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource {
    /// The extensions that are created: what they bring is not known here.
    CreatedExtensions,
    /// The extensions that are dropped.
    DroppedExtensions,
    /// A SQL schema.
    SqlSchema(String),
    /// A key by which operations call a thing.
    Key(ObjectId),
    /// A thing.
    Of(Entity, Aspect),
}

/// How it is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It must be as it is.
    Read,
    /// It changes, in a way that leaves alone whoever adjusts it as well.
    Adjust,
    /// It changes.
    Write,
}

impl Mode {
    /// Whether two operations may touch it so in any order.
    pub(super) const fn commutes_with(self, other: Self) -> bool {
        matches!((self, other), (Self::Read, Self::Read) | (Self::Adjust, Self::Adjust))
    }
}

/// How sure it is that one operation needs another, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// The body of a function names something; most databases look only when it is called.
    Body,
    /// A text names something, or only seems to.
    Text,
    /// A value for existing rows is made from a column that gets one as well.
    Data,
    /// The structure says so.
    Structure,
}

/// Which of those that read something a change of it affects, when they were made without knowing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Affects {
    /// All of them.
    Readers,
    /// None: something is added.
    Nobody,
    /// Those whose texts have the label of an enum.
    Label(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) resource: Resource,
    pub(super) mode: Mode,
    pub(super) strength: Strength,
    pub(super) affects: Affects,
    /// Only what the operation takes away needs it.
    pub(super) is_old: bool,
}

/// Something that an operation needs and that is not there where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) id: ObjectId,
    pub(super) strength: Strength,
    /// It needs what is taken away before it, rather than what is made after it.
    pub(super) is_old: bool,
}

/// Everything that is known of one operation.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) accesses: Vec<Access>,
    pub(super) missing: Vec<Missing>,
    /// The column that is made, or gets values for existing rows.
    pub(super) filled: Option<ObjectId>,
    /// The columns that these values are made from, or that a query would mean if they were there.
    pub(super) sources: BTreeSet<ObjectId>,
    /// The enum that it gives another SQL schema, by which texts call it.
    pub(super) moved_enum: Option<Entity>,
    /// The enums that are called by their SQL schemas of before in what it takes away. Going down writes these texts again.
    pub(super) old_enums: BTreeSet<Entity>,
    /// The strings in its texts and defaults. Collected for commutation only.
    pub(super) strings: BTreeSet<String>,
}

/// How closely it is looked at what a query reads of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    /// All of the table: for an order, which costs nothing.
    Tables,
    /// The columns that the query names: for the question whether two operations commute.
    Columns,
}

/// Collects the facts of one operation at one point of a migration.
pub(super) struct Recorder<'a> {
    pub(super) schema: &'a Schema,
    pub(super) names: &'a NameIndex,
    pub(super) entities: &'a mut Entities,
    /// The columns that are made or filled by operations of the same list.
    pub(super) filled: &'a BTreeSet<ObjectId>,
    pub(super) facts: Facts,
    /// Whether it takes something away: what its texts name must still be there.
    pub(super) is_drop: bool,
    /// The schemas before the first operation and after the last.
    pub(super) ends: [&'a Schema; 2],
    pub(super) precision: Precision,
    /// The tables that a query reads, as far as its columns are looked at.
    pub(super) queried: BTreeSet<String>,
}

impl Recorder<'_> {
    pub(super) fn touch(&mut self, resource: Resource, mode: Mode, strength: Strength) {
        let (affects, is_old) = (Affects::Readers, self.is_drop);
        self.facts.accesses.push(Access { resource, mode, strength, affects, is_old });
    }

    pub(super) fn aspect(&mut self, id: &ObjectId, aspect: Aspect, mode: Mode) {
        let entity = self.entities.number(id);
        self.touch(Resource::Of(entity, aspect), mode, Strength::Structure);
    }

    /// The latest change does not affect all who read the same.
    pub(super) fn affecting(&mut self, affects: Affects) {
        if let Some(last) = self.facts.accesses.last_mut() {
            last.affects = affects;
        }
    }

    pub(super) fn reads(&mut self, id: &ObjectId, aspects: &[Aspect], strength: Strength) {
        let entity = self.entities.number(id);
        for aspect in aspects {
            self.touch(Resource::Of(entity, *aspect), Mode::Read, strength);
        }
    }

    /// Calls a thing by its key, and needs it.
    pub(super) fn uses(&mut self, id: &ObjectId) {
        self.key(id, Mode::Read);
        self.needs(id);
        if self.precision == Precision::Columns {
            // SQL that people wrote calls it by its name.
            let is_drop = std::mem::replace(&mut self.is_drop, false);
            self.aspect(id, Aspect::Form, Mode::Read);
            self.is_drop = is_drop;
        }
    }

    /// Needs a thing, by whatever key.
    pub(super) fn needs(&mut self, id: &ObjectId) {
        self.reads(id, &[Aspect::Existence], Strength::Structure);
    }

    pub(super) fn key(&mut self, id: &ObjectId, mode: Mode) {
        self.touch(Resource::Key(id.compared(self.dialect()).into_owned()), mode, Strength::Structure);
    }

    /// Makes a thing or takes it away.
    pub(super) fn owns(&mut self, id: &ObjectId) {
        self.key(id, Mode::Write);
        for aspect in [Aspect::Existence, Aspect::Form, Aspect::Values, Aspect::Shape, Aspect::Keys] {
            self.aspect(id, aspect, Mode::Write);
        }
    }

    /// Gives a thing another key.
    pub(super) fn renames(&mut self, from: &ObjectId, to: &ObjectId) {
        if from.compared(self.dialect()) == to.compared(self.dialect()) {
            self.key(from, Mode::Read);
        } else {
            self.key(from, Mode::Write);
            self.key(to, Mode::Write);
        }
        self.aspect(from, Aspect::Form, Mode::Write);
    }

    pub(super) fn sql_schema(&mut self, name: Option<&String>) {
        if let Some(name) = name {
            self.touch(Resource::SqlSchema(name.clone()), Mode::Read, Strength::Structure);
        }
    }

    /// What an operation that defines something may use of extensions. What it takes away uses none that is new.
    pub(super) fn extensions(&mut self) {
        if !self.is_drop {
            self.touch(Resource::CreatedExtensions, Mode::Read, Strength::Structure);
        }
        self.touch(Resource::DroppedExtensions, Mode::Read, Strength::Structure);
    }

    /// The type, default and expression of a column. `is_named`: by the keys that they have now.
    pub(super) fn definition(&mut self, table: &str, column: &Column, is_named: bool) {
        if let Some(key) = column.data_type.enum_key() {
            let id = ObjectId::Enum(key.to_owned());
            if is_named {
                self.key(&id, Mode::Read);
            }
            self.reads(&id, &[Aspect::Existence, Aspect::Values], Strength::Structure);
        }
        if let crate::model::DataType::Sql { sql, .. } = &column.data_type {
            self.expression(sql);
        }
        match &column.default {
            Some(DefaultValue::Expression(text)) => {
                self.expression(text);
                // `nextval('numbers')`
                strings(self.dialect(), text).iter().for_each(|inner| self.expression(inner));
            }
            Some(DefaultValue::Text(text)) if !self.is_drop => {
                self.facts.strings.insert(text.clone());
            }
            Some(DefaultValue::Text(_) | DefaultValue::Number(_) | DefaultValue::Boolean(_)) | None => {}
        }
        if let Some(generated) = &column.generated {
            self.row_text(table, &generated.expression);
        }
    }

    /// The column, with what it is of.
    pub(super) fn column(&mut self, table: &str, column: &str, strength: Strength) {
        self.reads(&ObjectId::column(table, column), &[Aspect::Existence, Aspect::Form, Aspect::Data], strength);
        let definition = self.schema.tables.get(table).and_then(|table| table.columns.get(column));
        if let Some(key) = definition.and_then(|column| column.data_type.enum_key()) {
            self.reads(&ObjectId::Enum(key.to_owned()), &[Aspect::Values], strength);
        }
    }

    /// A text over a row of the table: checks, expressions of indexes and computed columns.
    pub(super) fn row_text(&mut self, table: &str, text: &str) {
        let found = references(text, self.schema.dialect);
        if let Some(definition) = self.schema.tables.get(table) {
            let columns = definition.columns.keys().filter(|column| {
                found.iter().any(|found| {
                    found.role == ReferenceRole::Column && self.schema.dialect.is_same_name(&found.name, column)
                })
            });
            let columns: Vec<_> = columns.cloned().collect();
            columns.iter().for_each(|column| self.column(table, column, Strength::Structure));
        }
        self.expression(text);
    }

    /// Functions, types and tables that an expression names.
    pub(super) fn expression(&mut self, text: &str) {
        self.expression_over(text, self.is_drop);
    }

    /// The same; `is_old`: where two things have a name one after the other, the first one is meant.
    fn expression_over(&mut self, text: &str, is_old: bool) {
        let words = words(self.schema.dialect, text);
        self.named(&words, Strength::Text, None, is_old);
        self.note_strings(text);
    }

    pub(super) fn exists(&self, id: &ObjectId) -> bool {
        has(self.schema, id)
    }

    /// A value for existing rows of a table.
    pub(super) fn fill(&mut self, table: &str, column: &str, text: &str) {
        let own = ObjectId::column(table, column);
        let dialect = self.schema.dialect;
        let found = references(text, dialect);
        // Rows are filled from what there was: a new table of the same name has none.
        self.expression_over(text, true);
        let has = |role: ReferenceRole, name: &str| {
            found.iter().any(|found| found.role == role && dialect.is_same_name(&found.name, name))
        };
        let mut tables: Vec<(&String, &Table)> =
            self.schema.tables.iter().filter(|(_, known)| has(ReferenceRole::Relation, &known.name)).collect();
        tables.extend(self.schema.tables.get_key_value(table));
        let mut sources = BTreeSet::new();
        for (key, known) in tables {
            let of_table = |id: &&ObjectId| id.table() == Some(key.as_str());
            let made = self.filled.iter().filter(of_table).cloned();
            let columns = known.columns.keys().map(|column| ObjectId::column(key, column)).chain(made);
            sources.extend(columns.filter(|id| match id {
                ObjectId::Column { column, .. } => *id != own && has(ReferenceRole::Column, column),
                _ => false,
            }));
        }
        for id in &sources {
            if let (ObjectId::Column { table, column }, true) = (id, self.exists(id) && !self.filled.contains(id)) {
                self.column(table, column, Strength::Structure);
            }
        }
        self.facts.sources.extend(sources);
    }

    /// The dialect of the texts.
    pub(super) fn dialect(&self) -> Dialect {
        self.schema.dialect
    }
}

/// Whether a schema has a thing.
pub(super) fn has(schema: &Schema, id: &ObjectId) -> bool {
    match id {
        ObjectId::Table(key) => schema.tables.contains_key(key),
        ObjectId::Enum(key) => schema.enums.contains_key(key),
        ObjectId::View(key) => schema.views.contains_key(key),
        ObjectId::Object(key) => schema.objects.contains_key(key),
        ObjectId::Column { table, column } => {
            schema.tables.get(table).is_some_and(|table| table.columns.contains_key(column))
        }
        ObjectId::Extension(name) => schema.extensions.contains(name),
        ObjectId::SqlSchema(name) => schema.schemas.contains(name),
        ObjectId::Constraint { .. } | ObjectId::Index { .. } => true,
    }
}
