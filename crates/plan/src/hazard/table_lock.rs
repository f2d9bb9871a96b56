//! The locks of every operation on PostgreSQL: on which tables, in which mode, and while what happens.
//!
//! Says nothing of the tables that the operation itself makes: nobody waits for those.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::{TokenKind, tokens};

use super::{LockMode, Retyping, is_constant, is_volatile};
use crate::{
    graph::{created_names, names_in},
    model::{Column, Dialect, Schema, Table},
    operation::{AddColumn, AlterColumn, Operation},
};

/// What happens while a lock is held, from the shortest to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldFor {
    /// The catalogue changes: a moment, whatever the size of the table.
    Moment,
    /// Every row is read and checked.
    Check,
    /// An index is built.
    Build,
    /// Rows are given a value.
    Fill,
    /// Every row is written again, and every index built again.
    Rewrite,
}

impl HeldFor {
    /// How long others wait: `for a moment`, `while the index is built`.
    #[must_use]
    pub const fn as_text(self) -> &'static str {
        match self {
            Self::Moment => "for a moment",
            Self::Check => "while its rows are checked",
            Self::Build => "while the index is built",
            Self::Fill => "while its rows are given a value",
            Self::Rewrite => "while its rows are rewritten",
        }
    }
}

/// A lock on a table, until the end of the transaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableLock {
    /// The table's key, or a view's.
    pub table: String,
    /// The mode.
    pub mode: LockMode,
    /// What happens while it is held.
    pub held_for: HeldFor,
}

impl TableLock {
    /// One line for people, when anybody waits: `ticket: writes wait while the index is built`.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let Self { table, mode, held_for } = self;
        mode.blocks().map(|who| format!("{table}: {who} wait {}", held_for.as_text()))
    }
}

impl TableLock {
    /// One line that names the mode as well: `ticket: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits`.
    #[must_use]
    pub fn full_line(&self) -> String {
        let Self { table, mode, held_for } = self;
        let who = mode.blocks().map_or_else(|| "nobody waits".to_owned(), |who| format!("{who} wait"));
        format!("{table}: {mode} {}, {who}", held_for.as_text())
    }
}

/// The strongest lock on each table, and the longest reason to hold it.
#[derive(Default)]
struct Locks(BTreeMap<String, (LockMode, HeldFor)>);

impl Locks {
    fn on(mut self, table: &str, mode: LockMode, held_for: HeldFor) -> Self {
        let found = self.0.entry(table.to_owned()).or_insert((mode, held_for));
        *found = (found.0.max(mode), found.1.max(held_for));
        self
    }

    fn exclusive(self, table: &str, held_for: HeldFor) -> Self {
        self.on(table, LockMode::AccessExclusive, held_for)
    }

    fn on_all<'a>(self, tables: impl IntoIterator<Item = &'a str>, mode: LockMode, held_for: HeldFor) -> Self {
        tables.into_iter().fold(self, |locks, table| locks.on(table, mode, held_for))
    }

    fn into_list(self) -> Vec<TableLock> {
        self.0.into_iter().map(|(table, (mode, held_for))| TableLock { table, mode, held_for }).collect()
    }
}

/// The locks that an operation takes on what is there before it, one for each table, sorted by table. Weaker ones than
/// `ROW SHARE`, which a `SELECT` takes as well, are left out.
#[must_use]
pub fn locks(schema: &Schema, operation: &Operation) -> Vec<TableLock> {
    let none = Locks::default();
    let exclusive = |table: &str| Locks::default().exclusive(table, HeldFor::Moment);
    match operation {
        Operation::CreateExtension(_)
        | Operation::DropExtension(_)
        | Operation::CreateSchema(_)
        | Operation::DropSchema(_)
        | Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::AddEnumValue(_)
        | Operation::RenameEnumValue(_)
        | Operation::RenameEnum(_)
        | Operation::SetEnumSchema(_)
        | Operation::SetEnumComment(_)
        | Operation::MoveEnum(_)
        | Operation::MoveTable(_)
        | Operation::MoveView(_)
        | Operation::MoveObject(_)
        | Operation::SetDependsOn(_)
        | Operation::SetDeferred(_)
        // `ALTER INDEX` locks the index alone; who plans a query with it waits for a moment.
        | Operation::RenameIndex(_)
        | Operation::CreateView(_) => none,
        Operation::DropEnumValue(drop) => of_enum(schema, &drop.key),
        Operation::SetEnumValues(set) => of_enum(schema, &set.key),
        Operation::CreateTable(create) => {
            none.on_all(parents(&create.key, &create.definition), LockMode::ShareRowExclusive, HeldFor::Moment)
        }
        Operation::DropTable(drop) => {
            let owner = schema.tables.get(&drop.key);
            let parents = owner.map(|owner| parents(&drop.key, owner)).unwrap_or_default();
            let children = schema.references_to(&drop.key).map(|(child, _)| child);
            let relatives = parents.into_iter().chain(children);
            exclusive(&drop.key).on_all(relatives, LockMode::AccessExclusive, HeldFor::Moment)
        }
        Operation::RenameTable(rename) => exclusive(&rename.from),
        Operation::SetTableSchema(set) => exclusive(&set.key),
        Operation::SetTableComment(set) => none.on(&set.key, LockMode::ShareUpdateExclusive, HeldFor::Moment),
        Operation::AddColumn(add) => Locks::default().exclusive(&add.table, of_new_column(schema, add)),
        Operation::DropColumn(drop) => exclusive(&drop.table),
        Operation::RenameColumn(rename) => exclusive(&rename.table),
        Operation::AlterColumn(alter) => of_altered_column(schema, alter),
        Operation::AddPrimaryKey(add) => none.exclusive(&add.table, HeldFor::Build),
        Operation::DropPrimaryKey(drop) => exclusive(&drop.table),
        Operation::RenamePrimaryKey(rename) => exclusive(&rename.table),
        Operation::AddUnique(add) => none.exclusive(&add.table, HeldFor::Build),
        Operation::DropUnique(drop) => exclusive(&drop.table),
        Operation::RenameUnique(rename) => exclusive(&rename.table),
        Operation::AddIndex(add) => none.on(&add.table, LockMode::Share, HeldFor::Build),
        Operation::DropIndex(drop) => exclusive(&drop.table),
        Operation::AddForeignKey(add) => none
            .on(&add.table, LockMode::ShareRowExclusive, HeldFor::Check)
            .on(&add.definition.table, LockMode::ShareRowExclusive, HeldFor::Check),
        Operation::DropForeignKey(drop) => {
            let key = schema.tables.get(&drop.table).and_then(|table| table.foreign_keys.get(&drop.name));
            let parent = key.map(|key| key.table.as_str());
            exclusive(&drop.table).on_all(parent, LockMode::AccessExclusive, HeldFor::Moment)
        }
        Operation::RenameForeignKey(rename) => exclusive(&rename.table),
        Operation::AddCheck(add) => none.exclusive(&add.table, HeldFor::Check),
        Operation::DropCheck(drop) => exclusive(&drop.table),
        Operation::RenameCheck(rename) => exclusive(&rename.table),
        Operation::AddExclusion(add) => none.exclusive(&add.table, HeldFor::Build),
        Operation::DropExclusion(drop) => exclusive(&drop.table),
        Operation::RenameExclusion(rename) => exclusive(&rename.table),
        Operation::DropView(drop) => exclusive(&drop.key),
        Operation::SetViewComment(set) => none.on(&set.key, LockMode::ShareUpdateExclusive, HeldFor::Moment),
        Operation::AnalyzeTable(one) => none.on(&one.table, LockMode::ShareUpdateExclusive, HeldFor::Moment),
        Operation::BackfillColumn(fill) => none.on(&fill.table, LockMode::RowExclusive, HeldFor::Fill),
        Operation::ValidateConstraint(validate) => {
            let key = schema.tables.get(&validate.table).and_then(|table| table.foreign_keys.get(&validate.name));
            let parent = key.map(|key| key.table.as_str()).filter(|parent| *parent != validate.table);
            none.on(&validate.table, LockMode::ShareUpdateExclusive, HeldFor::Check)
                .on_all(parent, LockMode::RowShare, HeldFor::Check)
        }
        Operation::InvalidateConstraint(_) | Operation::BackfillOnRollback(_) => none,
        Operation::CreateObject(create) => of_text(schema, &create.definition.create),
        Operation::DropObject(drop) => {
            let text = schema.objects.get(&drop.key).map(|object| object.drop.as_str());
            text.map_or(none, |text| of_text(schema, text))
        }
    }
    .into_list()
}

/// The other tables that a table points at.
fn parents<'a>(key: &str, table: &'a Table) -> BTreeSet<&'a str> {
    table.foreign_keys.values().map(|own| own.table.as_str()).filter(|target| *target != key).collect()
}

/// The type is made anew, and with it every column of it and every foreign key between such columns.
fn of_enum(schema: &Schema, key: &str) -> Locks {
    schema.columns_of_enum(key).fold(Locks::default(), |locks, (table, column)| {
        let locks = locks.exclusive(table, HeldFor::Rewrite);
        let relatives = relatives(schema, table, column);
        locks.on_all(relatives, LockMode::AccessExclusive, HeldFor::Check)
    })
}

/// The tables at the other end of the foreign keys with a column.
fn relatives<'a>(schema: &'a Schema, table: &str, column: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for (child, definition) in &schema.tables {
        for key in definition.foreign_keys.values() {
            if child == table && key.columns.iter().any(|name| name == column) {
                found.insert(key.table.as_str());
            }
            if key.table == table && key.references.iter().any(|name| name == column) {
                found.insert(child.as_str());
            }
        }
    }
    found.remove(table);
    found
}

fn of_new_column(schema: &Schema, add: &AddColumn) -> HeldFor {
    match &add.backfill {
        Some(sql) if is_constant(sql) => HeldFor::Moment,
        Some(_) => HeldFor::Fill,
        None if writes_rows(schema, &add.definition) => HeldFor::Rewrite,
        None => HeldFor::Moment,
    }
}

/// Whether adding the column, without a value for the rows from elsewhere, writes every row.
pub(super) fn writes_rows(schema: &Schema, column: &Column) -> bool {
    let is_volatile = || column.default.as_ref().is_some_and(|default| is_volatile(&default.as_sql()));
    let is_computed = || column.generated.as_ref().is_some_and(|generated| generated.stored);
    column.identity.is_some()
        || column.data_type.is_serial()
        || is_computed()
        || is_volatile()
        || is_domain_with_rules(schema, column)
}

/// Whether the column's type is a domain. One with a constraint is checked for every row, also where the column is `NULL`. Which types are domains only the
/// snapshots' objects tell, when they do.
#[must_use]
pub fn is_domain_with_rules(schema: &Schema, column: &Column) -> bool {
    let crate::model::DataType::Sql { sql, .. } = &column.data_type else { return false };
    let name = tokens(sql, Dialect::Postgres).filter_map(|token| token.name(Dialect::Postgres)).last();
    name.is_some_and(|name| {
        schema.objects.values().any(|object| {
            let mut words = tokens(&object.create, Dialect::Postgres).filter(|token| token.kind == TokenKind::Word);
            let is_domain = words.next().is_some_and(|word| word.is_word("create"))
                && words.next().is_some_and(|word| word.is_word("domain"));
            is_domain && created_names(Dialect::Postgres, &object.create).contains(&name)
        })
    })
}

fn of_altered_column(schema: &Schema, alter: &AlterColumn) -> Locks {
    let (table, after) = (alter.table.as_str(), &alter.definition);
    let locks = Locks::default();
    let before = schema.tables.get(table).and_then(|owner| owner.columns.get(&alter.column));
    let Some(before) = before else { return locks.exclusive(table, HeldFor::Rewrite) };
    let only_comment = Column { comment: before.comment.clone(), ..after.clone() } == *before;
    if only_comment {
        return locks.on(table, LockMode::ShareUpdateExclusive, HeldFor::Moment);
    }
    let is_retyped = before.data_type.storage() != after.data_type.storage();
    let is_recomputed = after.generated.is_some() && (before.generated != after.generated || is_retyped);
    let mut held_for = HeldFor::Moment;
    if is_recomputed {
        held_for = if after.generated.as_ref().is_some_and(|computed| computed.stored) {
            HeldFor::Rewrite
        } else {
            HeldFor::Moment
        };
    } else if is_retyped {
        let in_place = Retyping::between(&before.data_type, &after.data_type) == Retyping::InPlace;
        held_for = if in_place && alter.using.is_none() { HeldFor::Moment } else { HeldFor::Rewrite };
    } else if before.collation != after.collation {
        held_for = HeldFor::Build;
    }
    if alter.backfill.is_some() {
        held_for = held_for.max(HeldFor::Fill);
    } else if before.nullable && !after.nullable {
        held_for = held_for.max(HeldFor::Check);
    }
    let locks = locks.exclusive(table, held_for);
    let is_rebuilt = is_retyped || is_recomputed || before.collation != after.collation;
    if is_rebuilt {
        // The foreign keys with it are made anew.
        let relatives = relatives(schema, table, &alter.column);
        return locks.on_all(relatives, LockMode::AccessExclusive, held_for.min(HeldFor::Check));
    }
    locks
}

/// The locks of people's SQL about triggers, policies and tables: on every table that it names.
fn of_text(schema: &Schema, text: &str) -> Locks {
    let words: Vec<_> = tokens(text, Dialect::Postgres).filter(|token| token.kind == TokenKind::Word).collect();
    let says = |word: &str| words.iter().any(|token| token.is_word(word));
    let mode = if says("policy") || says("alter") || (says("drop") && (says("trigger") || says("rule"))) || says("rule")
    {
        LockMode::AccessExclusive
    } else if says("trigger") {
        LockMode::ShareRowExclusive
    } else {
        return Locks::default();
    };
    let names = names_in(Dialect::Postgres, text);
    let named = schema.tables.iter().filter(|(_, table)| names.contains(&table.name)).map(|(key, _)| key.as_str());
    Locks::default().on_all(named, mode, HeldFor::Moment)
}
