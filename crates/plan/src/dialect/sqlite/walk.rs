//! The walk through the operations of one migration: which statements each takes, and where they go.
//!
//! Changes of one table are gathered as long as nothing forces them apart, because ten changes in one rebuild cost as much
//! as one. A rebuild goes where the last of its changes stands; indexes on columns that it brings are made there too.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::quote_identifier;

use super::{
    Point,
    alteration::{Alteration, Group, IndexStep},
    constraint, foreign_key,
    frame::Frame,
    index, object,
    table::{self, Layout},
    taken::TakenNames,
    unique, view,
};
use crate::{
    dialect::Block,
    graph::has_name,
    model::{Dialect, Schema, Table, name::NameKind},
    operation::{Contradiction, Operation},
};

/// The blocks of a migration, and whether they can run in somebody else's transaction.
///
/// # Errors
/// When an operation does not fit the schema it meets, or a type is not SQLite's.
pub(super) fn blocks(
    before: &Schema,
    operations: Vec<&Operation>,
    after: &Schema,
) -> Result<(Vec<Block>, bool), Contradiction> {
    let renames = operations.iter().copied().enumerate().filter(|(_, operation)| constraint::renames(operation));
    let (rename_places, renames) = renames.unzip();
    let mut walk = Walk {
        places: operations.iter().map(|_| OperationScript::default()).collect(),
        rename_places,
        renames,
        operations: operations.clone(),
        start: before,
        end: after,
        now: before.clone(),
        groups: BTreeMap::new(),
        readers: BTreeSet::new(),
        taken: TakenNames::new([before, after], &operations),
        dropped: BTreeMap::new(),
        frame: Frame::default(),
    };
    for (at, operation) in operations.into_iter().enumerate() {
        walk.step(at, operation)?;
    }
    walk.flush_all();
    Ok(walk.finish())
}

/// Where an operation stands in the script.
#[derive(Default)]
pub(super) struct OperationScript {
    pub statements: Vec<String>,
    /// A later rebuild names the operation.
    pub is_shown_later: bool,
    /// Rebuilds whose last change it is.
    pub rebuilds: Vec<Block>,
}

pub(super) struct Walk<'a> {
    pub operations: Vec<&'a Operation>,
    /// Those among them that change the name of a table or constraint, and their places.
    renames: Vec<&'a Operation>,
    rename_places: Vec<usize>,
    start: &'a Schema,
    pub end: &'a Schema,
    pub now: Schema,
    /// Changes that are still being gathered, by the table's key.
    pub groups: BTreeMap<String, Group<'a>>,
    /// The keys of those groups that have texts of people's: only they can read another table.
    pub readers: BTreeSet<String>,
    /// Names that no table can have on its way to the final one.
    taken: TakenNames<'a>,
    pub places: Vec<OperationScript>,
    /// Tables that are gone, with the operations that dropped them.
    pub dropped: BTreeMap<&'a str, usize>,
    pub frame: Frame,
}

impl<'a> Walk<'a> {
    /// A free name for a table on its way to the final one.
    pub(super) fn temporary(&self, name: &str) -> String {
        self.taken.temporary(name)
    }

    fn step(&mut self, at: usize, operation: &'a Operation) -> Result<(), Contradiction> {
        match operation {
            Operation::CreateExtension(_)
            | Operation::DropExtension(_)
            | Operation::CreateSchema(_)
            | Operation::DropSchema(_)
            | Operation::CreateEnum(_)
            | Operation::DropEnum(_)
            | Operation::SetEnumComment(_)
            | Operation::MoveEnum(_)
            | Operation::MoveTable(_)
            | Operation::SetTableComment(_)
            | Operation::SetViewComment(_)
            | Operation::MoveView(_)
            | Operation::MoveObject(_)
            | Operation::SetDependsOn(_) => self.apply(at),
            Operation::AnalyzeTable(one) => Err(only_postgres("steps of online changes", &one.table)),
            Operation::SetDeferred(set) => Err(only_postgres("deferred drops", &set.what.describe())),
            Operation::BackfillColumn(fill) => Err(only_postgres("steps of online changes", &fill.column)),
            Operation::BackfillOnRollback(fill) => Err(only_postgres("steps of online changes", &fill.0.column)),
            Operation::ValidateConstraint(one) => Err(only_postgres("steps of online changes", &one.name)),
            Operation::InvalidateConstraint(one) => Err(only_postgres("steps of online changes", &one.name)),
            Operation::SetEnumSchema(set) => Err(only_postgres("SQL schemas", &set.key)),
            Operation::SetTableSchema(set) => Err(only_postgres("SQL schemas", &set.key)),
            Operation::AddExclusion(add) => Err(only_postgres("exclusion constraints", &add.name)),
            Operation::DropExclusion(drop) => Err(only_postgres("exclusion constraints", &drop.name)),
            Operation::RenameExclusion(rename) => Err(only_postgres("exclusion constraints", &rename.from)),
            Operation::CreateTable(create) => self.create_table(at, &create.key),
            Operation::DropTable(drop) => self.drop_table(at, &drop.key),
            Operation::RenameTable(rename) => {
                self.flush_table(&rename.from);
                let from = self.sql_name(&rename.from)?;
                self.flush_readers(&rename.from, &from);
                self.places[at].statements = table::rename(&from, &rename.name, &self.temporary(&rename.name));
                self.apply(at)
            }
            Operation::RenameColumn(rename) => {
                self.flush_table(&rename.table);
                let name = self.sql_name(&rename.table)?;
                self.flush_readers(&rename.table, &name);
                let names = [&name, &rename.from, &rename.to].map(|name| quote_identifier(name));
                let statement = format!("ALTER TABLE {} RENAME COLUMN {} TO {}", names[0], names[1], names[2]);
                self.places[at].statements = vec![statement];
                self.apply(at)
            }
            Operation::AddColumn(add) => self.alter(at, &add.table, Alteration::AddColumn(add)),
            Operation::DropColumn(drop) => {
                let is_indexed = self.is_in_index_text(&drop.table, &drop.column);
                self.alter(at, &drop.table, Alteration::DropColumn { column: &drop.column, is_indexed })
            }
            Operation::AlterColumn(alter) => self.alter(at, &alter.table, Alteration::AlterColumn(alter)),
            Operation::AddPrimaryKey(add) => self.alter(at, &add.table, Alteration::Other),
            Operation::DropPrimaryKey(drop) => self.alter(at, &drop.table, Alteration::Other),
            Operation::RenamePrimaryKey(rename) => {
                self.rename_constraint(at, &rename.table, NameKind::PrimaryKey, [&rename.from, &rename.to])
            }
            Operation::AddUnique(add) => {
                let create = unique::create(self.table(&add.table)?, &add.name, &add.definition);
                self.index(at, &add.table, None, Some((&add.name, create)))
            }
            Operation::DropUnique(drop) if self.is_inherited(&drop.table, &drop.name) => {
                self.alter(at, &drop.table, Alteration::Other)
            }
            Operation::DropUnique(drop) => self.index(at, &drop.table, Some(&drop.name), None),
            Operation::RenameUnique(rename) if self.is_inherited(&rename.table, &rename.from) => {
                self.alter(at, &rename.table, Alteration::Other)
            }
            Operation::RenameUnique(rename) => {
                let table = self.table(&rename.table)?;
                let create = table.unique.get(&rename.from).map(|item| unique::create(table, &rename.to, item));
                let added = create.map(|create| (rename.to.as_str(), create));
                self.index(at, &rename.table, Some(&rename.from), added)
            }
            Operation::AddIndex(add) => {
                let create = index::create(self.table(&add.table)?, &add.name, &add.definition);
                self.index(at, &add.table, None, Some((&add.name, create)))
            }
            Operation::DropIndex(drop) => self.index(at, &drop.table, Some(&drop.name), None),
            Operation::RenameIndex(rename) => {
                let table = self.table(&rename.table)?;
                let create = table.indexes.get(&rename.from).map(|item| index::create(table, &rename.to, item));
                let added = create.map(|create| (rename.to.as_str(), create));
                self.index(at, &rename.table, Some(&rename.from), added)
            }
            Operation::AddForeignKey(add) => self.alter(at, &add.table, Alteration::AddForeignKey(&add.name)),
            Operation::DropForeignKey(drop) => self.alter(at, &drop.table, Alteration::DropForeignKey(&drop.name)),
            Operation::RenameForeignKey(rename) => {
                self.rename_constraint(at, &rename.table, NameKind::ForeignKey, [&rename.from, &rename.to])
            }
            Operation::AddCheck(add) => self.alter(at, &add.table, Alteration::AddCheck(&add.name)),
            Operation::DropCheck(drop) => self.alter(at, &drop.table, Alteration::DropCheck(&drop.name)),
            Operation::RenameCheck(rename) => {
                self.rename_constraint(at, &rename.table, NameKind::Check, [&rename.from, &rename.to])
            }
            Operation::AddEnumValue(add) => self.alter_values(at, &add.key, Alteration::Values(&add.key)),
            Operation::DropEnumValue(drop) => self.alter_values(at, &drop.key, Alteration::Values(&drop.key)),
            Operation::SetEnumValues(set) => self.alter_values(at, &set.key, Alteration::Values(&set.key)),
            Operation::RenameEnumValue(rename) => self.alter_values(at, &rename.key, Alteration::RenameValue(rename)),
            Operation::RenameEnum(_) => self.apply_apart(at),
            Operation::CreateView(create) => {
                self.places[at].statements = vec![view::create(&create.key, &create.definition)?];
                self.apply_apart(at)
            }
            Operation::DropView(drop) => {
                self.places[at].statements = self.now.views.get(&drop.key).map(view::drop).into_iter().collect();
                self.apply(at)
            }
            Operation::CreateObject(create) => {
                self.places[at].statements = object::run(&create.definition.create);
                self.apply_apart(at)
            }
            Operation::DropObject(drop) => {
                if let Some(dropped) = self.now.objects.get(&drop.key).cloned() {
                    self.flush_below(&dropped);
                    self.places[at].statements = object::run(&dropped.drop);
                }
                self.apply(at)
            }
        }
    }

    fn apply(&mut self, at: usize) -> Result<(), Contradiction> {
        self.operations[at].apply(&mut self.now)
    }

    /// For what may read any table: no change that stands before it may come after it.
    fn apply_apart(&mut self, at: usize) -> Result<(), Contradiction> {
        self.flush_all();
        self.apply(at)
    }

    /// The layout of a table before the operation `next`.
    fn layout(&self, key: &str, next: usize) -> Result<Layout, Contradiction> {
        let later = &self.renames[self.rename_places.partition_point(|at| *at < next)..];
        Layout::of(Point { start: self.start, now: &self.now, end: self.end }, key, later)
    }

    fn table(&self, key: &str) -> Result<&Table, Contradiction> {
        Point { start: self.start, now: &self.now, end: self.end }.target(key)
    }

    fn sql_name(&self, key: &str) -> Result<String, Contradiction> {
        self.table(key).map(|table| table.name.clone())
    }

    fn create_table(&mut self, at: usize, key: &str) -> Result<(), Contradiction> {
        self.apply(at)?;
        let (before, after) = (self.layout(key, at + 1)?, self.layout(key, at + 1)?);
        let group = Group { before, after, created_at: Some(at), steps: Vec::new(), index_steps: Vec::new() };
        self.groups.insert(key.to_owned(), group);
        Ok(())
    }

    fn drop_table(&mut self, at: usize, key: &'a str) -> Result<(), Contradiction> {
        let dropped = self.table(key)?.clone();
        if let Some(group) = self.take_group(key) {
            if group.is_lost_with_table() {
                self.release(&group, at);
            } else {
                self.flush(group);
            }
        }
        self.flush_readers(key, &dropped.name);
        let resists = dropped.foreign_keys.values().any(|own| own.table == key && foreign_key::resists(own));
        if resists || self.now.references_to(key).next().is_some() {
            self.frame.need();
        }
        self.places[at].statements = vec![table::drop(&dropped)];
        self.dropped.insert(key, at);
        self.apply(at)
    }

    /// Gathers a change of the table.
    fn alter(&mut self, at: usize, key: &str, step: Alteration<'a>) -> Result<(), Contradiction> {
        let before = self.layout(key, at)?;
        self.flush_readers(key, &before.table.name);
        if step.has_texts() {
            let read = |(other, group): (&String, &Group<'a>)| {
                let is_read = other != key && step.reads(&group.after.table.name);
                is_read.then(|| other.clone())
            };
            let read: Vec<_> = self.groups.iter().filter_map(read).collect();
            read.iter().for_each(|other| self.flush_table(other));
        }
        if self.groups.get(key).is_some_and(|group| group.refuses(step)) {
            self.flush_table(key);
        }
        self.apply(at)?;
        self.gather(at, key, before, step)
    }

    fn alter_values(&mut self, at: usize, key: &str, step: Alteration<'a>) -> Result<(), Contradiction> {
        let tables: BTreeSet<_> = self.now.columns_of_enum(key).map(|(table, _)| table.to_owned()).collect();
        let before = tables.iter().map(|table| self.layout(table, at)).collect::<Result<Vec<_>, _>>()?;
        tables.iter().zip(&before).for_each(|(table, layout)| self.flush_readers(table, &layout.table.name));
        self.apply(at)?;
        for (table, before) in tables.iter().zip(before) {
            self.gather(at, table, before, step)?;
        }
        Ok(())
    }

    fn gather(&mut self, at: usize, key: &str, before: Layout, step: Alteration<'a>) -> Result<(), Contradiction> {
        let after = self.layout(key, at + 1)?;
        if step.has_texts() {
            self.readers.insert(key.to_owned());
        }
        if let Some(group) = self.groups.get_mut(key) {
            group.after = after;
            group.steps.push((at, step));
        } else {
            let group = Group { before, after, created_at: None, steps: vec![(at, step)], index_steps: Vec::new() };
            self.groups.insert(key.to_owned(), group);
        }
        Ok(())
    }

    /// Whether others made it: a unique constraint of theirs has no index that could be dropped, and no name of theirs is
    /// left out.
    fn is_inherited(&self, key: &str, name: &str) -> bool {
        // What is gathered may have taken the table over already, and is not written yet.
        let gathered = self.groups.get(key).map(|group| &group.before.table);
        gathered.or_else(|| self.now.tables.get(key)).is_some_and(|table| table.inherited.has(name))
    }

    /// Names that are automatic before and after the migration were never written and need not be.
    fn rename_constraint(
        &mut self,
        at: usize,
        key: &'a str,
        kind: NameKind,
        [from, to]: [&str; 2],
    ) -> Result<(), Contradiction> {
        let key_before = constraint::key_before(&self.operations[..at], key);
        let key_after = constraint::key_after(&self.operations[at..], key);
        let is_automatic = |schema: &Schema, key: &str, name: &str| {
            let table = schema.tables.get(key).or_else(|| self.now.tables.get(key));
            table.is_some_and(|table| constraint::is_automatic_in(table, kind, name))
        };
        let is_own = !self.is_inherited(key, from);
        if is_own && is_automatic(self.start, key_before, from) && is_automatic(self.end, key_after, to) {
            return self.apply(at);
        }
        self.alter(at, key, Alteration::Other)
    }

    /// Indexes are objects of their own: no other change of the table is needed for one.
    fn index(
        &mut self,
        at: usize,
        key: &str,
        dropped: Option<&'a str>,
        added: Option<(&'a str, String)>,
    ) -> Result<(), Contradiction> {
        if let Some(group) = self.groups.get_mut(key) {
            group.index_steps.push(IndexStep { at, dropped, added: added.as_ref().map(|(name, _)| *name) });
        }
        self.places[at].statements = dropped.map(index::drop).into_iter().chain(added.map(|(_, sql)| sql)).collect();
        self.apply(at)
    }

    fn is_in_index_text(&self, key: &str, column: &str) -> bool {
        let table = self.now.tables.get(key);
        table.is_some_and(|table| {
            table.indexes.values().any(|index| index.texts().any(|text| has_name(Dialect::Sqlite, text, column)))
        })
    }
}

fn only_postgres(what: &str, name: &str) -> Contradiction {
    Contradiction(format!("SQLite has no {what}: `{name}`"))
}
