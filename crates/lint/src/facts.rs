//! What is known where a statement runs: the recorded schema before and after the migration, what is new since the base, and
//! what earlier statements have made. Must not judge.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::{
    model::{ForeignKey, Schema, Table},
    operation::Operation,
};
use squawk_syntax::ast;

use crate::{name::RelationName, script::Script, unit::RowChange};

/// What unmerged migrations have done so far, in their order.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Tables that nobody uses yet.
    pub(crate) new: BTreeSet<RelationName>,
    /// The columns of each table before the first of them, where there is more than one.
    pub(crate) base: Option<BTreeMap<RelationName, BTreeSet<String>>>,
    /// Which table an index is on, of those that SQL has made.
    pub(crate) indexes: BTreeMap<RelationName, RelationName>,
    /// Columns that a check says are never NULL, by the table and the name of the check; whether it is validated.
    pub(crate) not_null_checks: BTreeMap<(RelationName, String), (String, bool)>,
    /// Rows that were changed.
    pub(crate) changes: Vec<RowChange>,
    /// Tables with a validated check that was added in SQL.
    pub(crate) checked: BTreeSet<RelationName>,
}

/// What is known in one migration.
pub(crate) struct Facts<'a> {
    pub(crate) before: &'a Schema,
    /// By schema and name.
    before_by_name: BTreeMap<(&'a str, &'a str), &'a Table>,
    /// Tables that the record of this migration makes.
    recorded: BTreeMap<RelationName, &'a Table>,
    /// Views that the record of this migration makes, with their privileges.
    recorded_views: BTreeSet<RelationName>,
    /// Tables of the unmerged migrations before this one.
    new: &'a BTreeSet<RelationName>,
    base: Option<&'a BTreeMap<RelationName, BTreeSet<String>>>,
    /// What its statements make, with the number of the statement.
    created: BTreeMap<RelationName, usize>,
    /// Tables under their new names.
    renamed: BTreeMap<RelationName, RelationName>,
    indexes: BTreeMap<RelationName, RelationName>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(
        before: &'a Schema,
        operations: &'a [Operation],
        progress: &'a Progress,
        script: &Script<'_>,
    ) -> Self {
        let before_by_name = before.tables.values().map(|table| (key(table), table));
        let recorded = operations.iter().filter_map(|operation| match operation {
            Operation::CreateTable(create) => Some((RelationName::of_table(&create.definition), &create.definition)),
            _ => None,
        });
        let recorded_views = operations.iter().filter_map(|operation| match operation {
            Operation::CreateView(create) => Some(RelationName::of_view(&create.definition)),
            _ => None,
        });
        let mut facts = Self {
            before,
            before_by_name: before_by_name.collect(),
            new: &progress.new,
            base: progress.base.as_ref(),
            recorded: recorded.collect(),
            recorded_views: recorded_views.collect(),
            created: BTreeMap::new(),
            renamed: BTreeMap::new(),
            indexes: progress.indexes.clone(),
        };
        for (at, statement) in script.statements.iter().enumerate() {
            facts.follow(at, &statement.node);
        }
        facts
    }

    fn follow(&mut self, at: usize, statement: &ast::Stmt) {
        let mut create = |name: Option<RelationName>| {
            if let Some(name) = name {
                self.created.entry(name).or_insert(at);
            }
        };
        match statement {
            ast::Stmt::CreateTable(table) => {
                create(table.table_name().and_then(|name| RelationName::of_definition(name.path())));
            }
            ast::Stmt::CreateTableAs(table) => {
                create(table.table_name().and_then(|name| RelationName::of_definition(name.path())));
            }
            ast::Stmt::CreateMaterializedView(view) => {
                create(view.view().and_then(|view| RelationName::of_definition(view.path())));
            }
            ast::Stmt::CreateView(view) if view.or_replace().is_none() => {
                create(view.view().and_then(|view| RelationName::of_definition(view.path())));
            }
            ast::Stmt::CreateSequence(sequence) => {
                create(sequence.sequence().and_then(|sequence| RelationName::of_definition(sequence.path())));
            }
            ast::Stmt::CreateIndex(index) => {
                let table = RelationName::of_relation(index.table_relation_name());
                let name = index.index().and_then(|index| RelationName::of_definition(index.path()));
                if let (Some(table), Some(name)) = (table, name) {
                    let name = RelationName::beside(&table, &name.name);
                    self.indexes.insert(name, table);
                }
            }
            ast::Stmt::AlterTable(alter) => {
                let Some(table) = RelationName::of_relation(alter.table_relation_name()) else { return };
                for action in alter.actions() {
                    if let ast::AlterTableAction::TableRenameTo(rename) = action
                        && let Some(name) =
                            rename.table_name().and_then(|name| RelationName::of_definition(name.path()))
                    {
                        let name = RelationName::beside(&table, &name.name);
                        if self.is_new(&table, at) {
                            self.created.entry(name.clone()).or_insert(at);
                        }
                        self.renamed.insert(name, table.clone());
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether nobody uses a relation yet when the statement `at` runs.
    pub(crate) fn is_new(&self, name: &RelationName, at: usize) -> bool {
        self.new.contains(name)
            || self.recorded.contains_key(name)
            || self.created.get(name).is_some_and(|made| *made < at)
    }

    /// Whether an unmerged migration before this one has added a column to a table in use: no program knows it.
    pub(crate) fn is_new_column(&self, table: &RelationName, column: &str) -> bool {
        let is_recorded = self.table(table).is_some_and(|table| table.columns.contains_key(column));
        let base = self.base.and_then(|base| base.get(table));
        is_recorded && base.is_some_and(|columns| !columns.contains(column))
    }

    /// A table as it was before the migration, else as its record makes it.
    pub(crate) fn table(&self, name: &RelationName) -> Option<&'a Table> {
        let original = self.renamed.get(name).unwrap_or(name);
        self.before_of(name).or_else(|| self.before_of(original)).or_else(|| self.recorded.get(name).copied())
    }

    fn before_of(&self, name: &RelationName) -> Option<&'a Table> {
        self.before_by_name.get(&(name.schema.as_deref().unwrap_or_default(), name.name.as_str())).copied()
    }

    /// Whether it is a view of the recorded schema.
    pub(crate) fn is_view(&self, name: &RelationName) -> bool {
        self.before.views.values().any(|view| RelationName::of_view(view) == *name)
    }

    /// Whether the record makes a view of that name.
    pub(crate) fn makes_view(&self, name: &RelationName) -> bool {
        self.recorded_views.contains(name)
    }

    /// The table of a key of the recorded schema.
    pub(crate) fn of_key(&self, key: &str) -> Option<&'a Table> {
        self.before.tables.get(key)
    }

    /// The table that a foreign key points at.
    pub(crate) fn target(&self, key: &ForeignKey) -> Option<RelationName> {
        let named = self.of_key(&key.table).map(RelationName::of_table);
        named.or_else(|| self.recorded.keys().find(|name| name.name == key.table).cloned())
    }

    /// The foreign keys of the recorded schema that point at a table: their table, name and definition.
    pub(crate) fn references_to(&self, name: &RelationName) -> Vec<(RelationName, &'a str, &'a ForeignKey)> {
        let tables = self
            .before_by_name
            .values()
            .flat_map(|table| table.foreign_keys.iter().map(move |(key, reference)| (*table, key.as_str(), reference)));
        let references = tables.filter(|(_, _, reference)| self.target(reference).as_ref() == Some(name));
        references.map(|(table, key, reference)| (RelationName::of_table(table), key, reference)).collect()
    }

    /// The table of an index.
    pub(crate) fn table_of_index(&self, index: &RelationName) -> Option<RelationName> {
        if let Some(table) = self.indexes.get(index) {
            return Some(table.clone());
        }
        let has_it = |table: &Table| {
            table.indexes.contains_key(&index.name)
                || table.unique.contains_key(&index.name)
                || table.primary_key.as_ref().is_some_and(|key| key.name == index.name)
                || table.exclusions.contains_key(&index.name)
        };
        let tables = self.before_by_name.values().chain(self.recorded.values()).filter(|table| has_it(table));
        tables.map(|table| RelationName::of_table(table)).find(|name| name.schema == index.schema)
    }

    /// Leaves what the next migrations have to know.
    pub(crate) fn into_progress(self) -> (BTreeSet<RelationName>, BTreeMap<RelationName, RelationName>) {
        (self.created.into_keys().chain(self.recorded.into_keys()).collect(), self.indexes)
    }
}

/// The columns of each table of a schema.
pub(crate) fn columns(schema: &Schema) -> BTreeMap<RelationName, BTreeSet<String>> {
    let of_table = |table: &Table| (RelationName::of_table(table), table.columns.keys().cloned().collect());
    schema.tables.values().map(of_table).collect()
}

/// `public` is what is meant without a schema, as in [`RelationName`].
fn key(table: &Table) -> (&str, &str) {
    let schema = table.schema.as_deref().filter(|schema| *schema != "public");
    (schema.unwrap_or_default(), &table.name)
}
