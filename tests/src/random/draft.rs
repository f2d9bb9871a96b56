//! A schema while it is made up: as the snapshot format sees it, but everything refers to everything by number, so that
//! a rename is one changed name. It must not know how it is written.

use std::collections::{BTreeMap, BTreeSet};

use super::column_type::ColumnType;
use crate::database::Engine;

/// What stays the same when a name changes.
pub(crate) type Id = u64;

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) engine: Engine,
    pub(crate) extensions: BTreeSet<&'static str>,
    pub(crate) enums: BTreeMap<Id, Enum>,
    pub(crate) tables: BTreeMap<Id, Table>,
    pub(crate) views: BTreeMap<Id, View>,
    pub(crate) objects: BTreeMap<Id, Object>,
    /// How SQL texts are written; `0` is plain.
    pub(crate) style: u64,
    /// While one table is worked over: the only one that edits choose.
    pub(crate) focus: Option<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enum {
    pub(crate) key: String,
    pub(crate) schema: Option<&'static str>,
    pub(crate) domain: usize,
    pub(crate) labels: Vec<(Id, String)>,
    pub(crate) comment: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) key: String,
    pub(crate) name: Option<String>,
    pub(crate) schema: Option<&'static str>,
    pub(crate) domain: usize,
    pub(crate) comment: Option<&'static str>,
    pub(crate) analytics: bool,
    /// What stands after its parenthesis; nothing changes it.
    pub(crate) options: Option<&'static str>,
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Option<PrimaryKey>,
    pub(crate) unique: BTreeMap<Id, Unique>,
    pub(crate) indexes: BTreeMap<Id, Index>,
    pub(crate) foreign_keys: BTreeMap<Id, ForeignKey>,
    pub(crate) checks: BTreeMap<Id, Check>,
    pub(crate) exclusions: BTreeMap<Id, Exclusion>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) kind: ColumnType,
    pub(crate) nullable: bool,
    pub(crate) default: Option<Default>,
    pub(crate) counter: Option<Counter>,
    pub(crate) generated: Option<Generated>,
    pub(crate) collation: Option<&'static str>,
    pub(crate) comment: Option<&'static str>,
    pub(crate) sensitive: bool,
}

/// Literals and expressions follow the column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Default {
    Literal(u32),
    Expression,
    /// A function or a sequence.
    Object(Id),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Serial,
    Auto,
    Always,
    ByDefault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generated {
    pub(crate) source: Id,
    pub(crate) form: u64,
    pub(crate) stored: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrimaryKey {
    pub(crate) columns: Vec<Id>,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unique {
    pub(crate) columns: Vec<Id>,
    pub(crate) name: Option<String>,
    pub(crate) condition: Option<Condition>,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) deferrable: Option<&'static str>,
    pub(crate) include: Vec<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) elements: Vec<Element>,
    pub(crate) name: Option<String>,
    pub(crate) unique: bool,
    pub(crate) method: Option<&'static str>,
    pub(crate) condition: Option<Condition>,
    pub(crate) include: Vec<Id>,
    pub(crate) fillfactor: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) column: Id,
    pub(crate) form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Descending,
    NullsFirst,
    Pattern,
    Collated,
    Expression,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<Id>,
    pub(crate) table: Id,
    pub(crate) references: Vec<Id>,
    pub(crate) name: Option<String>,
    pub(crate) on_delete: Option<&'static str>,
    pub(crate) on_update: Option<&'static str>,
    pub(crate) deferrable: Option<&'static str>,
    pub(crate) full: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// `None`: declared at its column.
    pub(crate) name: Option<String>,
    pub(crate) condition: Condition,
    /// What must hold as well, when it has a name.
    pub(crate) second: Option<Condition>,
}

/// What holds for every row that is made up; written as the column's type needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) column: Id,
    pub(crate) form: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exclusion {
    pub(crate) name: String,
    /// Of a range type.
    pub(crate) column: Id,
    pub(crate) condition: Option<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) key: String,
    pub(crate) name: Option<String>,
    pub(crate) schema: Option<&'static str>,
    pub(crate) domain: usize,
    pub(crate) comment: Option<&'static str>,
    pub(crate) materialized: bool,
    pub(crate) source: Source,
    /// Materialized only: whether it has an index on its first column.
    pub(crate) indexed: bool,
    /// Whether it says what it reads.
    pub(crate) says_so: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Some columns of the rows that a condition lets through.
    Table { table: Id, columns: Vec<Id>, condition: Option<Condition> },
    /// How many rows there are.
    Count { table: Id },
    /// Two tables side by side.
    Join { left: Id, right: Id },
    /// All of another view.
    View(Id),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) domain: usize,
    pub(crate) form: ObjectForm,
    pub(crate) says_so: bool,
    /// Part of its text, so that it can change.
    pub(crate) version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectForm {
    /// A function that gives a number, for defaults.
    Function,
    /// A sequence, for defaults.
    Sequence,
    /// A function for triggers.
    TriggerFunction,
    /// A trigger; PostgreSQL's runs a function. With a column: `UPDATE OF` it.
    Trigger { table: Id, function: Option<Id>, column: Option<Id> },
    /// Row-level security with one policy.
    Policy { table: Id, column: Id },
}

impl Draft {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            extensions: BTreeSet::new(),
            enums: BTreeMap::new(),
            tables: BTreeMap::new(),
            views: BTreeMap::new(),
            objects: BTreeMap::new(),
            style: 0,
            focus: None,
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.engine == Engine::Postgres
    }

    pub(crate) fn column(&self, table: Id, column: Id) -> Option<&Column> {
        self.tables.get(&table)?.column(column)
    }

    /// Whether a table, enum, view or object has the key.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        let same = |other: &str| other.eq_ignore_ascii_case(key);
        self.tables.values().any(|table| same(&table.key) || table.name.as_deref().is_some_and(same))
            || self.enums.values().any(|item| same(&item.key))
            || self.views.values().any(|view| same(&view.key) || view.name.as_deref().is_some_and(same))
            || self.objects.values().any(|object| same(&object.key))
    }
}

impl Table {
    pub(crate) fn column(&self, id: Id) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    pub(crate) fn column_mut(&mut self, id: Id) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.id == id)
    }

    pub(crate) fn is_key(&self, id: Id) -> bool {
        self.primary_key.as_ref().is_some_and(|key| key.columns.contains(&id))
    }

    /// The column that nothing but a rename changes: it tells the rows apart.
    pub(crate) fn token(&self) -> &Column {
        &self.columns[0]
    }

    /// The columns that anything may happen to.
    pub(crate) fn free_columns(&self) -> impl Iterator<Item = (Id, &Column)> {
        self.columns.iter().skip(1).map(|column| (column.id, column))
    }

    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn sql_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.key)
    }
}

impl Column {
    /// Whether the database gives it a value when an `INSERT` leaves it out.
    pub(crate) fn fills_itself(&self) -> bool {
        self.default.is_some() || self.counter.is_some() || self.generated.is_some()
    }
}
