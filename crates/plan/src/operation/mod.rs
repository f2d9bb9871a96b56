//! The closed set of changes: each applies itself to a schema, inverts itself and describes itself.
//!
//! Invariant: an operation never talks to a database and knows no SQL beyond the texts it carries. The set is an enum,
//! so that every dialect is told by the compiler which change it forgot.

mod column;
mod deferred;
mod dependency;
mod destruction;
pub mod effect;
mod enum_value;
mod enumeration;
mod extension;
mod internal_name;
mod named;
mod online;
mod primary_key;
mod rewrite;
mod schema;
mod table;
pub mod unrestored;
mod schema_object;

pub use column::{AddColumn, AlterColumn, DropColumn, RenameColumn};
pub use deferred::SetDeferred;
pub use dependency::SetDependsOn;
pub use enum_value::{AddEnumValue, DropEnumValue, RenameEnumValue, SetEnumValues};
pub use enumeration::RenameEnum;
pub use extension::{CreateExtension, DropExtension};
pub use internal_name::InternalNames;
pub(crate) use internal_name::SPARE;
pub use named::{
    Add, AddCheck, AddExclusion, AddForeignKey, AddIndex, AddUnique, Drop, DropCheck, DropExclusion, DropForeignKey,
    DropIndex, DropUnique, Named, Rename, RenameCheck, RenameExclusion, RenameForeignKey, RenameIndex, RenameUnique,
};
pub use online::{AnalyzeTable, BackfillColumn, BackfillOnRollback, InvalidateConstraint, ValidateConstraint};
pub use primary_key::{AddPrimaryKey, DropPrimaryKey, RenamePrimaryKey};
pub use schema::{CreateSchema, DropSchema};
pub use table::RenameTable;

use crate::model::{Enum, Object, Schema, Table, View};

/// A table appears.
pub type CreateTable = schema_object::Create<Table>;
/// A table goes.
pub type DropTable = schema_object::Drop<Table>;
/// A table moves to another domain.
pub type MoveTable = schema_object::Move<Table>;
/// A table's comment becomes another one.
pub type SetTableComment = schema_object::SetComment<Table>;
/// A table moves to another SQL schema.
pub type SetTableSchema = schema_object::SetSchema<Table>;
/// An enum appears.
pub type CreateEnum = schema_object::Create<Enum>;
/// An enum goes.
pub type DropEnum = schema_object::Drop<Enum>;
/// An enum moves to another domain.
pub type MoveEnum = schema_object::Move<Enum>;
/// An enum's comment becomes another one.
pub type SetEnumComment = schema_object::SetComment<Enum>;
/// An enum moves to another SQL schema.
pub type SetEnumSchema = schema_object::SetSchema<Enum>;
/// A view appears.
pub type CreateView = schema_object::Create<View>;
/// A view goes.
pub type DropView = schema_object::Drop<View>;
/// A view moves to another domain.
pub type MoveView = schema_object::Move<View>;
/// A view's comment becomes another one.
pub type SetViewComment = schema_object::SetComment<View>;
/// An object appears.
pub type CreateObject = schema_object::Create<Object>;
/// An object goes.
pub type DropObject = schema_object::Drop<Object>;
/// An object moves to another domain.
pub type MoveObject = schema_object::Move<Object>;

/// What kind of change it is, for lists and summaries; Django's categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Something appears.
    Add,
    /// Something goes.
    Remove,
    /// Something changes.
    Alter,
}

impl Sign {
    /// One character: `+`, `-` or `~`.
    #[must_use]
    pub const fn as_char(self) -> char {
        match self {
            Self::Add => '+',
            Self::Remove => '-',
            Self::Alter => '~',
        }
    }
}

/// An operation that does not fit the schema it meets: the record contradicts the ones before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Contradiction(pub String);

/// What every operation can do.
pub trait Change {
    /// Makes the change.
    ///
    /// # Errors
    /// When what it needs is not there, or what it makes already is.
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction>;

    /// The operation that takes it back, from the schema `before` it.
    ///
    /// # Errors
    /// When it does not fit `before`.
    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction>;

    /// Whether there is anything to take back.
    fn has_inverse(&self) -> bool {
        true
    }

    /// One line for people: `add column priority to ticket`.
    fn describe(&self) -> String;

    /// The kind of change.
    fn sign(&self) -> Sign;

    /// What it adds to the name of a migration: `ticket_priority`, `delete_ticket`.
    fn fragment(&self) -> String;

    /// The table it changes, by its key after the change; `None` for what belongs to no table.
    fn table(&self) -> Option<&str>;
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $tag:literal,)*) => {
        /// One change of a schema.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Operation {
            $($(#[$doc])* $name($name),)*
        }

        impl Operation {
            /// Every operation's name in `operations.toml`.
            pub const TAGS: &'static [&'static str] = &[$($tag),*];

            /// The name in `operations.toml`.
            #[must_use]
            pub fn tag(&self) -> &'static str {
                match self { $(Self::$name(_) => $tag,)* }
            }

            /// What it can do.
            #[must_use]
            pub fn change(&self) -> &dyn Change {
                match self { $(Self::$name(change) => change,)* }
            }
        }

        $(impl From<$name> for Operation {
            fn from(change: $name) -> Self {
                Self::$name(change)
            }
        })*
    };
}

operations! {
    /// `CREATE EXTENSION`
    CreateExtension = "create_extension",
    /// `DROP EXTENSION`
    DropExtension = "drop_extension",
    /// `CREATE SCHEMA`
    CreateSchema = "create_schema",
    /// `DROP SCHEMA`
    DropSchema = "drop_schema",
    /// `CREATE TYPE ... AS ENUM`
    CreateEnum = "create_enum",
    /// `DROP TYPE`
    DropEnum = "drop_enum",
    /// `ALTER TYPE ... ADD VALUE`
    AddEnumValue = "add_enum_value",
    /// The inverse of an added value: the type is made anew.
    DropEnumValue = "drop_enum_value",
    /// `ALTER TYPE ... RENAME VALUE`
    RenameEnumValue = "rename_enum_value",
    /// Values go, appear or change places: the type is made anew.
    SetEnumValues = "set_enum_values",
    /// `ALTER TYPE ... RENAME TO`
    RenameEnum = "rename_enum",
    /// `ALTER TYPE ... SET SCHEMA`
    SetEnumSchema = "set_enum_schema",
    /// `COMMENT ON TYPE`
    SetEnumComment = "set_enum_comment",
    /// The enum's domain; no SQL.
    MoveEnum = "move_enum",
    /// `CREATE TABLE`, with everything on it
    CreateTable = "create_table",
    /// `DROP TABLE`
    DropTable = "drop_table",
    /// `ALTER TABLE ... RENAME TO`
    RenameTable = "rename_table",
    /// `ALTER TABLE ... SET SCHEMA`
    SetTableSchema = "set_table_schema",
    /// The table's domain; no SQL.
    MoveTable = "move_table",
    /// `COMMENT ON TABLE`
    SetTableComment = "set_table_comment",
    /// `ALTER TABLE ... ADD COLUMN`
    AddColumn = "add_column",
    /// `ALTER TABLE ... DROP COLUMN`
    DropColumn = "drop_column",
    /// `ALTER TABLE ... RENAME COLUMN`
    RenameColumn = "rename_column",
    /// `ALTER TABLE ... ALTER COLUMN`, everything but the name
    AlterColumn = "alter_column",
    /// `ADD PRIMARY KEY`
    AddPrimaryKey = "add_primary_key",
    /// `DROP CONSTRAINT` of the primary key
    DropPrimaryKey = "drop_primary_key",
    /// `RENAME CONSTRAINT` of the primary key
    RenamePrimaryKey = "rename_primary_key",
    /// `ADD CONSTRAINT ... UNIQUE`
    AddUnique = "add_unique",
    /// `DROP CONSTRAINT` of a unique constraint
    DropUnique = "drop_unique",
    /// `RENAME CONSTRAINT` of a unique constraint
    RenameUnique = "rename_unique",
    /// `CREATE INDEX`
    AddIndex = "add_index",
    /// `DROP INDEX`
    DropIndex = "drop_index",
    /// `ALTER INDEX ... RENAME TO`
    RenameIndex = "rename_index",
    /// `ADD CONSTRAINT ... FOREIGN KEY`
    AddForeignKey = "add_foreign_key",
    /// `DROP CONSTRAINT` of a foreign key
    DropForeignKey = "drop_foreign_key",
    /// `RENAME CONSTRAINT` of a foreign key
    RenameForeignKey = "rename_foreign_key",
    /// `ADD CONSTRAINT ... CHECK`
    AddCheck = "add_check",
    /// `DROP CONSTRAINT` of a check
    DropCheck = "drop_check",
    /// `RENAME CONSTRAINT` of a check
    RenameCheck = "rename_check",
    /// `ADD CONSTRAINT ... EXCLUDE`
    AddExclusion = "add_exclusion",
    /// `DROP CONSTRAINT` of an exclusion constraint
    DropExclusion = "drop_exclusion",
    /// `RENAME CONSTRAINT` of an exclusion constraint
    RenameExclusion = "rename_exclusion",
    /// `CREATE VIEW`, with its indexes when it is materialized
    CreateView = "create_view",
    /// `DROP VIEW`
    DropView = "drop_view",
    /// `COMMENT ON VIEW`
    SetViewComment = "set_view_comment",
    /// The view's domain; no SQL.
    MoveView = "move_view",
    /// The text that creates an object
    CreateObject = "create_object",
    /// The text that drops an object
    DropObject = "drop_object",
    /// The object's domain; no SQL.
    MoveObject = "move_object",
    /// `ANALYZE`
    AnalyzeTable = "analyze_table",
    /// `UPDATE`, in batches
    BackfillColumn = "backfill_column",
    /// `UPDATE`, in batches, where it is rolled back; no SQL on the way up.
    BackfillOnRollback = "backfill_on_rollback",
    /// `VALIDATE CONSTRAINT`
    ValidateConstraint = "validate_constraint",
    /// The rollback of `VALIDATE CONSTRAINT`; no SQL.
    InvalidateConstraint = "invalidate_constraint",
    /// A drop is deferred, or taken up; no SQL.
    SetDeferred = "set_deferred",
    /// What a table, view or object needs; no SQL.
    SetDependsOn = "set_depends_on",
}

impl Operation {
    /// Makes the change. See [`Change::apply`].
    ///
    /// # Errors
    /// As there.
    pub fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        self.change().apply(schema)
    }
}

/// The operations that take `operations` back, in the order in which they must run.
///
/// # Errors
/// When an operation does not fit the schema it meets.
pub fn inverse(before: &Schema, operations: &[Operation]) -> Result<Vec<Operation>, Contradiction> {
    let mut schema = before.clone();
    let mut back = Vec::with_capacity(operations.len());
    for operation in operations {
        let change = operation.change();
        if change.has_inverse() {
            back.push(change.inverse(&schema)?);
        }
        operation.apply(&mut schema)?;
    }
    back.reverse();
    Ok(back)
}

/// The schema after `operations`.
///
/// # Errors
/// When an operation does not fit the schema it meets.
pub fn apply_all(before: &Schema, operations: &[Operation]) -> Result<Schema, Contradiction> {
    let mut schema = before.clone();
    for operation in operations {
        operation.apply(&mut schema)?;
    }
    Ok(schema)
}

fn table<'a>(schema: &'a Schema, key: &str) -> Result<&'a Table, Contradiction> {
    schema.tables.get(key).ok_or_else(|| missing("table", key))
}

fn table_mut<'a>(schema: &'a mut Schema, key: &str) -> Result<&'a mut Table, Contradiction> {
    schema.tables.get_mut(key).ok_or_else(|| missing("table", key))
}

fn missing(kind: &str, name: &str) -> Contradiction {
    Contradiction(format!("{kind} `{name}` does not exist at this point"))
}

fn exists(kind: &str, name: &str) -> Contradiction {
    Contradiction(format!("{kind} `{name}` exists already at this point"))
}

/// Whether the table, of that key, has all the columns.
fn refuse_missing<'a>(
    table: &Table,
    key: &str,
    columns: impl IntoIterator<Item = &'a str>,
) -> Result<(), Contradiction> {
    let mut columns = columns.into_iter();
    let gone = columns.find(|column| !table.columns.contains_key(*column));
    gone.map_or(Ok(()), |column| Err(missing("column", &format!("{key}.{column}"))))
}

/// Takes what is under `name` out of one of a table's maps, or says that it is not there.
fn take<T>(map: &mut std::collections::BTreeMap<String, T>, kind: &str, name: &str) -> Result<T, Contradiction> {
    map.remove(name).ok_or_else(|| missing(kind, name))
}

/// Puts `value` under a name that must be free.
fn put<T>(
    map: &mut std::collections::BTreeMap<String, T>,
    kind: &str,
    name: &str,
    value: T,
) -> Result<(), Contradiction> {
    if map.contains_key(name) {
        return Err(exists(kind, name));
    }
    map.insert(name.to_owned(), value);
    Ok(())
}
