//! What each operation makes, takes away, needs and changes: one answer for every operation there is.
//!
//! `Recorder::operation` has no `_ =>` arm: a new operation does not compile until it is answered there.

use std::collections::BTreeSet;

use super::{
    access::{Affects, Aspect, Facts, Mode, Precision, Recorder, Resource, Strength},
    entity::Entities,
    reference::NameIndex,
    subject::subject,
};
use crate::{
    model::{Deferred, ObjectId, Schema},
    operation::{AlterColumn, Operation},
};

/// The facts of an operation in a database that looks like `schema`. `filled` are the columns that operations of the same
/// list make or fill, `ends` the schemas before the first of them and after the last.
pub(super) fn facts(
    operation: &Operation,
    schema: &Schema,
    names: &NameIndex,
    entities: &mut Entities,
    filled: &BTreeSet<ObjectId>,
    ends: [&Schema; 2],
    precision: Precision,
) -> Facts {
    let mut recorder = Recorder {
        schema,
        names,
        entities,
        filled,
        facts: Facts::default(),
        is_drop: false,
        ends,
        precision,
        queried: BTreeSet::new(),
    };
    recorder.operation(operation);
    recorder.facts
}

/// Keeps the numbers of things right after an operation.
pub(super) fn follow(operation: &Operation, entities: &mut Entities) {
    let (from, to) = subject(operation);
    match operation {
        Operation::DropTable(_) | Operation::DropEnum(_) | Operation::DropView(_) | Operation::DropObject(_) => {
            entities.forget(&from);
        }
        Operation::DropColumn(drop) => entities.forget(&ObjectId::column(&drop.table, &drop.column)),
        Operation::RenameColumn(rename) => {
            let id = |column| ObjectId::column(&rename.table, column);
            entities.rename(&id(&rename.from), &id(&rename.to));
        }
        _ => entities.rename(&from, &to),
    }
}

impl Recorder<'_> {
    fn operation(&mut self, operation: &Operation) {
        let (from, to) = subject(operation);
        match operation {
            Operation::CreateExtension(_) => {
                self.touch(Resource::CreatedExtensions, Mode::Write, Strength::Structure);
                self.affecting(Affects::Nobody);
            }
            Operation::DropExtension(_) => self.touch(Resource::DroppedExtensions, Mode::Write, Strength::Structure),
            Operation::CreateSchema(create) => {
                self.owns_sql_schema(&create.name);
                self.affecting(Affects::Nobody);
            }
            Operation::DropSchema(drop) => self.owns_sql_schema(&drop.name),
            Operation::CreateEnum(create) => {
                self.owns(&to);
                self.extensions();
                self.sql_schema(create.definition.schema.as_ref());
            }
            Operation::DropEnum(drop) => {
                self.owns(&to);
                self.sql_schema(self.schema.enums.get(&drop.key).and_then(|item| item.schema.as_ref()));
            }
            Operation::AddEnumValue(_) => self.labels(&to, Affects::Nobody),
            Operation::DropEnumValue(drop) => self.labels(&to, Affects::Label(drop.value.clone())),
            Operation::RenameEnumValue(rename) => self.labels(&to, Affects::Label(rename.from.clone())),
            Operation::SetEnumValues(_) => self.labels(&to, Affects::Readers),
            Operation::RenameEnum(_) => {
                self.needs(&from);
                self.renames(&from, &to);
            }
            Operation::SetEnumSchema(set) => {
                self.leaves(&to, self.schema.enums.get(&set.key).and_then(|item| item.schema.as_ref()));
                self.sql_schema(set.schema.as_ref());
                self.facts.moved_enum = Some(self.entities.number(&to));
            }
            Operation::SetTableSchema(set) => {
                self.leaves(&to, self.schema.tables.get(&set.key).and_then(|table| table.schema.as_ref()));
                self.sql_schema(set.schema.as_ref());
            }
            Operation::SetEnumComment(_)
            | Operation::MoveEnum(_)
            | Operation::MoveTable(_)
            | Operation::SetTableComment(_)
            | Operation::SetViewComment(_)
            | Operation::MoveView(_)
            | Operation::MoveObject(_) => self.uses(&to),
            Operation::SetDeferred(set) => {
                self.uses(&to);
                if let Deferred::Column(table, column) = &set.what {
                    self.changes_column(&to, column, Aspect::Existence);
                    self.key(&ObjectId::column(table, column), Mode::Write);
                } else {
                    self.owns(&to);
                }
            }
            Operation::AnalyzeTable(_) => self.uses(&to),
            Operation::BackfillColumn(fill) => {
                let id = ObjectId::column(&fill.table, &fill.column);
                self.changes_column(&to, &fill.column, Aspect::Data);
                self.uses(&id);
                self.fill(&fill.table, &fill.column, &fill.value);
                self.facts.filled = Some(id);
            }
            Operation::BackfillOnRollback(fill) => {
                self.changes_column(&to, &fill.0.column, Aspect::Form);
                self.uses(&ObjectId::column(&fill.0.table, &fill.0.column));
            }
            Operation::ValidateConstraint(one) => self.validation(&one.table, &one.name),
            Operation::InvalidateConstraint(one) => self.validation(&one.table, &one.name),
            Operation::SetDependsOn(set) => {
                for key in set.depends_on.iter().chain([&set.key]) {
                    for id in [ObjectId::Table(key.clone()), ObjectId::View(key.clone()), ObjectId::Object(key.clone())]
                    {
                        self.uses(&id);
                    }
                }
            }
            Operation::CreateTable(create) => {
                self.owns(&to);
                self.extensions();
                self.table(&create.key, &create.definition, true);
            }
            Operation::DropTable(drop) => {
                self.is_drop = true;
                self.owns(&to);
                self.extensions();
                if let Some(table) = self.schema.tables.get(&drop.key) {
                    self.table(&drop.key, table, false);
                }
            }
            Operation::RenameTable(_) => {
                self.needs(&from);
                self.renames(&from, &to);
            }
            Operation::AddColumn(add) => {
                self.changes_column(&to, &add.column, Aspect::Existence);
                self.affecting(Affects::Nobody);
                self.key(&ObjectId::column(&add.table, &add.column), Mode::Write);
                self.extensions();
                self.definition(&add.table, &add.definition, true);
                if let Some(text) = &add.backfill {
                    self.fill(&add.table, &add.column, text);
                }
                self.facts.filled = Some(ObjectId::column(&add.table, &add.column));
            }
            Operation::DropColumn(drop) => {
                self.is_drop = true;
                self.changes_column(&to, &drop.column, Aspect::Existence);
                self.changes_column(&to, &drop.column, Aspect::Form);
                self.key(&ObjectId::column(&drop.table, &drop.column), Mode::Write);
                self.extensions();
                if let Some(column) = self.known_column(&drop.table, &drop.column) {
                    self.definition(&drop.table, column, false);
                }
            }
            Operation::RenameColumn(rename) => {
                self.changes_column(&to, &rename.from, Aspect::Form);
                self.key(&ObjectId::column(&rename.table, &rename.from), Mode::Write);
                self.key(&ObjectId::column(&rename.table, &rename.to), Mode::Write);
            }
            Operation::AlterColumn(alter) => {
                let id = ObjectId::column(&alter.table, &alter.column);
                self.alters(&to, &id, alter);
                self.extensions();
                if let Some(column) = self.known_column(&alter.table, &alter.column) {
                    self.is_drop = true;
                    self.definition(&alter.table, column, false);
                    self.is_drop = false;
                }
                self.definition(&alter.table, &alter.definition, true);
                for text in alter.backfill.iter().chain(&alter.using) {
                    self.fill(&alter.table, &alter.column, text);
                }
                self.facts.filled = alter.backfill.is_some().then_some(id);
            }
            Operation::AddPrimaryKey(add) => self.primary_key(&to, &add.definition),
            Operation::DropPrimaryKey(drop) => {
                self.is_drop = true;
                if let Some(key) = self.schema.tables.get(&drop.table).and_then(|table| table.primary_key.as_ref()) {
                    self.primary_key(&to, key);
                }
            }
            Operation::AddUnique(add) => {
                self.unique(&to, &add.name, add.definition.columns.iter().chain(&add.definition.include));
            }
            Operation::DropUnique(drop) => {
                self.is_drop = true;
                let unique = self.schema.tables.get(&drop.table).and_then(|table| table.unique.get(&drop.name));
                if let Some(unique) = unique {
                    self.unique(&to, &drop.name, unique.columns.iter().chain(&unique.include));
                }
            }
            Operation::AddIndex(add) => self.index(&add.table, &add.name, &add.definition),
            Operation::DropIndex(drop) => {
                self.is_drop = true;
                if let Some(index) = self.schema.tables.get(&drop.table).and_then(|table| table.indexes.get(&drop.name))
                {
                    self.index(&drop.table, &drop.name, index);
                }
            }
            Operation::AddForeignKey(add) => self.foreign_key(&add.table, &add.name, &add.definition),
            Operation::DropForeignKey(drop) => {
                self.is_drop = true;
                let key = self.schema.tables.get(&drop.table).and_then(|table| table.foreign_keys.get(&drop.name));
                if let Some(key) = key {
                    self.foreign_key(&drop.table, &drop.name, key);
                }
            }
            Operation::AddCheck(add) => self.check(&add.table, &add.name, &add.definition.expression),
            Operation::DropCheck(drop) => {
                self.is_drop = true;
                if let Some(check) = self.schema.tables.get(&drop.table).and_then(|table| table.checks.get(&drop.name))
                {
                    self.check(&drop.table, &drop.name, &check.expression);
                }
            }
            Operation::AddExclusion(add) => self.exclusion(&add.table, &add.name, &add.definition),
            Operation::DropExclusion(drop) => {
                self.is_drop = true;
                let table = self.schema.tables.get(&drop.table);
                if let Some(exclusion) = table.and_then(|table| table.exclusions.get(&drop.name)) {
                    self.exclusion(&drop.table, &drop.name, exclusion);
                }
            }
            Operation::RenameIndex(rename) => {
                self.uses(&to);
                let id = |name: &str| ObjectId::index(&rename.table, name);
                self.renames(&id(&rename.from), &id(&rename.to));
            }
            Operation::RenamePrimaryKey(rename) => self.rename_constraint(&to, &rename.from, &rename.to),
            Operation::RenameUnique(rename) => self.rename_constraint(&to, &rename.from, &rename.to),
            Operation::RenameForeignKey(rename) => self.rename_constraint(&to, &rename.from, &rename.to),
            Operation::RenameCheck(rename) => self.rename_constraint(&to, &rename.from, &rename.to),
            Operation::RenameExclusion(rename) => self.rename_constraint(&to, &rename.from, &rename.to),
            Operation::CreateView(create) => {
                self.owns(&to);
                self.view(&to, &create.definition);
            }
            Operation::DropView(drop) => {
                self.is_drop = true;
                self.owns(&to);
                if let Some(view) = self.schema.views.get(&drop.key) {
                    self.view(&to, view);
                }
            }
            Operation::CreateObject(create) => {
                self.owns(&to);
                self.object(&to, &create.definition);
            }
            Operation::DropObject(drop) => {
                self.is_drop = true;
                self.owns(&to);
                if let Some(object) = self.schema.objects.get(&drop.key) {
                    self.object(&to, object);
                }
            }
        }
    }

    /// The labels of an enum change.
    fn labels(&mut self, id: &ObjectId, affects: Affects) {
        self.uses(id);
        self.aspect(id, Aspect::Values, Mode::Write);
        self.affecting(affects);
    }

    /// A column gets another definition: what texts see of it, the values of its rows, or neither of both.
    fn alters(&mut self, table: &ObjectId, column: &ObjectId, alter: &AlterColumn) {
        let after = &alter.definition;
        let is_same_form = self.known_column(&alter.table, &alter.column).is_some_and(|before| {
            (&before.data_type, &before.collation, &before.generated)
                == (&after.data_type, &after.collation, &after.generated)
        });
        self.changes_column(table, &alter.column, Aspect::Attributes);
        if !is_same_form {
            self.changes_column(table, &alter.column, Aspect::Form);
        }
        if !is_same_form || alter.backfill.is_some() || alter.using.is_some() {
            self.aspect(column, Aspect::Data, Mode::Write);
        }
        self.uses(column);
    }

    /// A constraint is touched as by who adds it.
    fn validation(&mut self, table: &str, name: &str) {
        let Some(owner) = self.schema.tables.get(table) else { return };
        if let Some(key) = owner.foreign_keys.get(name) {
            self.foreign_key(table, name, key);
        }
        if let Some(check) = owner.checks.get(name) {
            self.check(table, name, &check.expression);
        }
    }
}
