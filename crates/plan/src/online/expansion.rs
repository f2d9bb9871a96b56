//! Each operation of a change as what it does at once, what comes in steps of its own afterwards, and what goes at the end.
//!
//! Columns are `column`'s.

use std::collections::BTreeSet;

use super::{Online, Step, column, refusal};
use crate::{
    hazard::locks,
    model::{Dialect, Index, IndexColumn, Schema, Table, name::limit},
    operation::{
        AddIndex, AddPrimaryKey, AddUnique, AnalyzeTable, DropCheck, DropForeignKey, DropIndex, InvalidateConstraint,
        Operation, RenameIndex, ValidateConstraint,
    },
};

/// When a part of a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// With the other things that take a moment.
    AtOnce,
    /// In a step of its own, after those.
    Later,
    /// In a step of its own, at the end.
    Last,
}

/// A change, part by part.
pub(super) struct Expansion<'a> {
    pub(super) online: &'a Online,
    pub(super) before: &'a Schema,
    /// As it is before the operation at hand.
    pub(super) schema: Schema,
    /// The tables in use, as they are called then.
    pub(super) in_use: BTreeSet<String>,
    parts: Vec<(When, Step)>,
    /// Whether new tables point at several tables in use: each of these is locked by itself.
    has_many_parents: bool,
    analyzed: BTreeSet<(String, String)>,
    pub(super) refused: Vec<String>,
}

impl<'a> Expansion<'a> {
    pub(super) fn of(before: &'a Schema, operations: &[Operation], online: &'a Online) -> Result<Self, Vec<String>> {
        let mut expansion = Self {
            online,
            before,
            schema: before.clone(),
            in_use: online.tables.iter().filter(|key| before.tables.contains_key(*key)).cloned().collect(),
            parts: Vec::new(),
            has_many_parents: false,
            analyzed: BTreeSet::new(),
            refused: Vec::new(),
        };
        expansion.has_many_parents = expansion.parents_of_new_tables(operations) > 1;
        for (index, operation) in operations.iter().enumerate() {
            expansion.expand(operation, &operations[..index], &operations[index + 1..]);
            if let Operation::RenameTable(rename) = operation
                && expansion.in_use.remove(&rename.from)
            {
                expansion.in_use.insert(rename.to.clone());
            }
            operation.apply(&mut expansion.schema).map_err(|error| vec![error.to_string()])?;
        }
        expansion.refuse_materialized(operations);
        expansion.refused.dedup();
        if expansion.refused.is_empty() { Ok(expansion) } else { Err(expansion.refused) }
    }

    pub(super) fn is_in_use(&self, table: &str) -> bool {
        self.in_use.contains(table)
    }

    pub(super) fn at_once(&mut self, operation: impl Into<Operation>) {
        let step = Step { name: "", operations: vec![operation.into()], is_online: false };
        self.parts.push((When::AtOnce, step));
    }

    pub(super) fn later(&mut self, name: &'static str, operations: Vec<Operation>) {
        self.parts.push((When::Later, Step { name, operations, is_online: true }));
    }

    /// In a step of its own that the operation always is.
    pub(super) fn later_as_always(&mut self, name: &'static str, operation: Operation) {
        self.parts.push((When::Later, Step { name, operations: vec![operation], is_online: false }));
    }

    fn last(&mut self, name: &'static str, operation: &Operation, is_online: bool) {
        self.parts.push((When::Last, Step { name, operations: vec![operation.clone()], is_online }));
    }

    /// What goes at the end, with what is only there for it.
    pub(super) fn at_last(&mut self, name: &'static str, operations: Vec<Operation>) {
        self.parts.push((When::Last, Step { name, operations, is_online: true }));
    }

    /// Whether a step makes an object of that name.
    pub(super) fn is_planned(&self, object: &str) -> bool {
        let mut operations = self.parts.iter().flat_map(|(_, step)| &step.operations);
        operations.any(|operation| matches!(operation, Operation::CreateObject(create) if create.key == object))
    }

    /// A constraint that holds for new rows first, and then for all.
    pub(super) fn validated(&mut self, names: (&'static str, &'static str), add: Operation, table: &str, name: &str) {
        self.later(names.0, vec![add]);
        let (table, name) = (table.to_owned(), name.to_owned());
        self.later(names.1, vec![ValidateConstraint { table, name }.into()]);
    }

    fn expand(&mut self, operation: &Operation, earlier: &[Operation], later: &[Operation]) {
        let table = operation.change().table().unwrap_or_default().to_owned();
        let in_use = self.is_in_use(&table);
        match operation {
            Operation::BackfillColumn(_) => self.later("backfill", vec![operation.clone()]),
            Operation::BackfillOnRollback(_) => self.later("keep", vec![operation.clone()]),
            Operation::ValidateConstraint(_) => self.later("validate", vec![operation.clone()]),
            Operation::InvalidateConstraint(_) => self.later("keep", vec![operation.clone()]),
            Operation::SetEnumValues(set) => self.enum_values(&set.key, operation),
            Operation::DropEnumValue(drop) => self.enum_values(&drop.key, operation),
            Operation::DropTable(drop) if self.is_in_use(&drop.key) || self.points_at_table_in_use(&drop.key) => {
                self.last("drop_table", operation, false);
            }
            Operation::AddForeignKey(add) if in_use => {
                if self.refuse_partitioned(&table, "a foreign key") {
                    return;
                }
                self.validated(("foreign_key", "validate"), operation.clone(), &table, &add.name);
            }
            Operation::AddForeignKey(add) if self.is_in_use(&add.definition.table) => {
                // Its rows are few, or none. What it points at may become unique later only.
                self.later_as_always("foreign_key", operation.clone());
            }
            Operation::CreateTable(create) if self.has_many_parents => self.create_table(create),
            _ if !in_use => self.at_once(operation.clone()),
            Operation::AddIndex(add) => self.index(add, earlier),
            Operation::DropIndex(drop) => {
                if !is_built_again(drop, later) {
                    self.last("drop_index", operation, true);
                }
            }
            Operation::AddUnique(add) => self.unique(add),
            Operation::AddPrimaryKey(add) => self.primary_key(add, earlier),
            Operation::AddCheck(add) => {
                self.validated(("check", "validate"), operation.clone(), &table, &add.name);
            }
            Operation::AddExclusion(add) => self.refused.push(refusal::exclusion(&table, &add.name)),
            Operation::DropForeignKey(DropForeignKey { name, .. }) => self.droppable(operation, &table, name),
            Operation::DropCheck(DropCheck { name, .. }) => self.droppable(operation, &table, name),
            Operation::AddColumn(add) => column::added(self, add),
            Operation::AlterColumn(alter) => column::altered(self, alter, later),
            Operation::DropColumn(_) => self.last("drop_column", operation, false),
            _ => self.at_once(operation.clone()),
        }
    }

    /// A constraint that goes. Rolling that back is as gentle: the constraint comes back `NOT VALID`, and is validated
    /// afterwards.
    fn droppable(&mut self, operation: &Operation, table: &str, name: &str) {
        let (owner, constraint) = (table.to_owned(), name.to_owned());
        self.later("keep", vec![InvalidateConstraint { table: owner, name: constraint }.into()]);
        self.later("drop_constraint", vec![operation.clone()]);
    }

    fn points_at_table_in_use(&self, key: &str) -> bool {
        let keys = self.schema.tables.get(key).map(|table| &table.foreign_keys);
        keys.is_some_and(|keys| keys.values().any(|key| self.is_in_use(&key.table)))
    }

    fn enum_values(&mut self, key: &str, operation: &Operation) {
        let tables: BTreeSet<&str> = self.schema.columns_of_enum(key).map(|(table, _)| table).collect();
        let tables: Vec<&str> = tables.into_iter().filter(|table| self.in_use.contains(*table)).collect();
        if tables.is_empty() {
            self.at_once(operation.clone());
        } else {
            self.refused.push(refusal::enumeration(key, &tables));
        }
    }

    fn refuse_partitioned(&mut self, table: &str, what: &str) -> bool {
        let is_partitioned = self.schema.tables.get(table).is_some_and(refusal::is_partitioned);
        if is_partitioned {
            self.refused.push(refusal::partitioned(table, what));
        }
        is_partitioned
    }

    /// One of the same name goes when the new one is there.
    fn index(&mut self, add: &AddIndex, earlier: &[Operation]) {
        if self.refuse_partitioned(&add.table, "an index") {
            return;
        }
        let drop = earlier.iter().find(|operation| {
            matches!(operation, Operation::DropIndex(drop) if drop.table == add.table && drop.name == add.name)
        });
        let Some(drop) = drop else {
            return self.later("index", vec![add.clone().into()]);
        };
        let spare = free_name(&self.before.tables, &add.table, &format!("{}_new", add.name));
        self.later("index", vec![AddIndex { name: spare.clone(), ..add.clone() }.into()]);
        self.later("drop_index", vec![drop.clone()]);
        let rename = RenameIndex::new(&add.table, spare, &add.name).into();
        self.later_as_always("rename_index", rename);
    }

    fn unique(&mut self, add: &AddUnique) {
        if self.refuse_partitioned(&add.table, "a unique constraint") {
            return;
        }
        let unique = &add.definition;
        let index = Index {
            nulls_not_distinct: unique.nulls_not_distinct,
            include: unique.include.clone(),
            ..unique_index(&unique.columns)
        };
        self.using_index(&add.table, &add.name, index, add.clone().into(), "unique");
    }

    fn primary_key(&mut self, add: &AddPrimaryKey, earlier: &[Operation]) {
        let is_another = earlier
            .iter()
            .any(|operation| matches!(operation, Operation::DropPrimaryKey(drop) if drop.table == add.table));
        if is_another {
            return self.refused.push(refusal::primary_key(&add.table));
        }
        if self.refuse_partitioned(&add.table, "a primary key") {
            return;
        }
        let index = unique_index(&add.definition.columns);
        self.using_index(&add.table, &add.definition.name, index, add.clone().into(), "primary_key");
    }

    fn using_index(&mut self, table: &str, name: &str, index: Index, add: Operation, step: &'static str) {
        let build = AddIndex { table: table.to_owned(), name: name.to_owned(), definition: index };
        self.later("index", vec![build.into()]);
        self.later(step, vec![DropIndex::new(table, name).into(), add]);
    }

    /// What is built anew by a query holds every lock of its transaction meanwhile.
    fn refuse_materialized(&mut self, operations: &[Operation]) {
        let locks_tables_in_use = self.parts.iter().any(|(when, step)| {
            *when == When::AtOnce && step.operations.iter().any(|operation| !self.hot(operation).is_empty())
        });
        for operation in operations {
            let Operation::CreateView(create) = operation else { continue };
            if create.definition.materialized && locks_tables_in_use {
                self.refused.push(refusal::materialized(&create.key));
            }
        }
    }

    /// The tables in use that an operation keeps others from.
    fn hot(&self, operation: &Operation) -> BTreeSet<String> {
        let found = locks(self.before, operation);
        let blocking = found.into_iter().filter(|lock| lock.mode.blocks_writes());
        blocking
            .map(|lock| lock.table)
            .filter(|table| self.in_use.contains(table) || self.online.tables.contains(table))
            .collect()
    }

    /// First what takes a moment, then the steps, then what goes.
    pub(super) fn drops_last(&self) -> Vec<Step> {
        let mut steps = self.together(self.parts.iter().filter(|(when, _)| *when == When::AtOnce));
        for wanted in [When::Later, When::Last] {
            steps.extend(self.parts.iter().filter(|(when, _)| *when == wanted).map(|(_, step)| step.clone()));
        }
        steps
    }

    /// In the order of the operations.
    pub(super) fn in_order(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut rest = self.parts.as_slice();
        while let Some((when, step)) = rest.first() {
            let count = rest.iter().take_while(|(when, _)| *when == When::AtOnce).count();
            if *when == When::AtOnce {
                steps.extend(self.together(rest[..count].iter()));
                rest = &rest[count..];
            } else {
                steps.push(step.clone());
                rest = &rest[1..];
            }
        }
        steps
    }

    /// What takes a moment shares a transaction, as long as it is about the same tables in use: who waits for one table
    /// must not hold another one meanwhile. What is dropped for it is created again in the same transaction.
    fn together<'p>(&self, parts: impl Iterator<Item = &'p (When, Step)>) -> Vec<Step> {
        let operations: Vec<Operation> = parts.flat_map(|(_, step)| step.operations.clone()).collect();
        if operations.is_empty() {
            return Vec::new();
        }
        let steps_aside = |operation: &Operation| match operation {
            Operation::DropView(drop) => {
                operations.iter().any(|other| matches!(other, Operation::CreateView(create) if create.key == drop.key))
            }
            Operation::DropObject(drop) => operations
                .iter()
                .any(|other| matches!(other, Operation::CreateObject(create) if create.key == drop.key)),
            _ => false,
        };
        let mut groups: Vec<(Vec<Operation>, BTreeSet<String>)> = Vec::new();
        let is_whole = operations.iter().any(steps_aside);
        for operation in &operations {
            let hot = self.hot(operation);
            let fits = |known: &BTreeSet<String>| {
                is_whole || hot.is_empty() || known.is_empty() || hot.is_subset(known) || is_created(operation)
            };
            match groups.last_mut() {
                Some((group, known)) if fits(known) => {
                    group.push(operation.clone());
                    known.extend(hot);
                }
                _ => groups.push((vec![operation.clone()], hot)),
            }
        }
        let step = |(operations, _): (Vec<Operation>, _)| {
            let is_online = operations.iter().any(|operation| self.loses_statistics(operation));
            Step { name: name(&operations), operations, is_online }
        };
        groups.into_iter().map(step).collect()
    }
}

impl Expansion<'_> {
    /// Whether a column of a table in use changes its type in place: its statistics go, and are collected by a step of
    /// their own.
    pub(super) fn loses_statistics(&self, operation: &Operation) -> bool {
        let Operation::AlterColumn(alter) = operation else { return false };
        self.analyzed.contains(&(alter.table.clone(), alter.column.clone()))
    }

    /// Takes note of such a column.
    pub(super) fn analyze(&mut self, table: &str, column: &str) {
        self.analyzed.insert((table.to_owned(), column.to_owned()));
        self.later("analyze", vec![AnalyzeTable { table: table.to_owned() }.into()]);
    }
}

/// Tables that point at each other are created together.
fn is_created(operation: &Operation) -> bool {
    matches!(operation, Operation::CreateTable(_))
}

/// What operations that take a moment do, by the first kind of them.
fn name(operations: &[Operation]) -> &'static str {
    let has = |is_it: fn(&Operation) -> bool| operations.iter().any(is_it);
    if has(|operation| matches!(operation, Operation::AddColumn(_))) {
        "add_column"
    } else if has(is_created) {
        "create_table"
    } else if has(|operation| matches!(operation, Operation::AlterColumn(_))) {
        "alter_column"
    } else {
        "change"
    }
}

fn is_built_again(drop: &DropIndex, later: &[Operation]) -> bool {
    later.iter().any(
        |operation| matches!(operation, Operation::AddIndex(add) if add.table == drop.table && add.name == drop.name),
    )
}

fn unique_index(columns: &[String]) -> Index {
    Index {
        columns: columns.iter().map(IndexColumn::plain).collect(),
        unique: true,
        nulls_not_distinct: false,
        predicate: None,
        method: None,
        include: Vec::new(),
        with: Default::default(),
    }
}

/// A name for an index on its way to another one, or a check that does not stay.
pub(super) fn free_name(tables: &std::collections::BTreeMap<String, Table>, key: &str, wanted: &str) -> String {
    let is_taken = |name: &str| {
        tables.values().any(|table| table.indexes.contains_key(name) || table.unique.contains_key(name))
            || tables.get(key).is_some_and(|table| {
                table.checks.contains_key(name)
                    || table.foreign_keys.contains_key(name)
                    || table.exclusions.contains_key(name)
            })
    };
    let mut name = limit(Dialect::Postgres, wanted);
    let mut number = 1;
    while is_taken(&name) {
        number += 1;
        name = limit(Dialect::Postgres, &format!("{wanted}_{number}"));
    }
    name
}
