//! What hangs on a table under a name of its own (unique constraints, indexes, foreign keys, checks, exclusion constraints):
//! it appears, goes and gets another name.
//!
//! The kinds differ in what they are, not in what can happen to them, so the changes are written once. A change to
//! the definition is a drop and an add.

use std::{collections::BTreeMap, marker::PhantomData};

use super::{Change, Contradiction, Operation, Sign, missing, put, refuse_missing, table, table_mut, take};
use crate::model::{Check, Exclusion, ForeignKey, Index, Schema, Table, Unique};

/// A kind of object that a table keeps by name.
pub trait Named: Clone + PartialEq + Sized + 'static {
    /// What people call it.
    const KIND: &'static str;

    /// The columns of its table that it names.
    fn columns(&self) -> Vec<&str>;

    /// The table's objects of this kind, by name.
    fn of(table: &Table) -> &BTreeMap<String, Self>;

    /// The same, to change.
    fn of_mut(table: &mut Table) -> &mut BTreeMap<String, Self>;
}

macro_rules! named {
    ($($kind:ty, $name:literal, $field:ident, $of:ident => $columns:expr;)*) => {$(
        impl Named for $kind {
            const KIND: &'static str = $name;

            fn columns(&self) -> Vec<&str> {
                let $of = self;
                $columns
            }

            fn of(table: &Table) -> &BTreeMap<String, Self> {
                &table.$field
            }

            fn of_mut(table: &mut Table) -> &mut BTreeMap<String, Self> {
                &mut table.$field
            }
        }
    )*};
}

named! {
    Unique, "unique constraint", unique, of => of.columns.iter().chain(&of.include).map(String::as_str).collect();
    Index, "index", indexes, of => of.column_names().chain(of.include.iter().map(String::as_str)).collect();
    ForeignKey, "foreign key", foreign_keys, of => of.columns.iter().map(String::as_str).collect();
    // Its columns are in a text, which every database reads in its own way.
    Check, "check constraint", checks, _of => Vec::new();
    Exclusion, "exclusion constraint", exclusions, of => of.column_names().collect();
}

/// Something appears on a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Add<D> {
    /// The table's key.
    pub table: String,
    /// Its name.
    pub name: String,
    /// All of it.
    pub definition: D,
}

/// Something goes from a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop<D> {
    /// The table's key.
    pub table: String,
    /// Its name.
    pub name: String,
    kind: PhantomData<D>,
}

/// Something on a table gets another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename<D> {
    /// The table's key.
    pub table: String,
    /// The name before.
    pub from: String,
    /// The name after.
    pub to: String,
    kind: PhantomData<D>,
}

/// A unique constraint appears.
pub type AddUnique = Add<Unique>;
/// A unique constraint goes.
pub type DropUnique = Drop<Unique>;
/// A unique constraint gets another name.
pub type RenameUnique = Rename<Unique>;
/// An index appears.
pub type AddIndex = Add<Index>;
/// An index goes.
pub type DropIndex = Drop<Index>;
/// An index gets another name.
pub type RenameIndex = Rename<Index>;
/// A foreign key appears.
pub type AddForeignKey = Add<ForeignKey>;
/// A foreign key goes.
pub type DropForeignKey = Drop<ForeignKey>;
/// A foreign key gets another name.
pub type RenameForeignKey = Rename<ForeignKey>;
/// A check constraint appears.
pub type AddCheck = Add<Check>;
/// A check constraint goes.
pub type DropCheck = Drop<Check>;
/// A check constraint gets another name.
pub type RenameCheck = Rename<Check>;
/// An exclusion constraint appears.
pub type AddExclusion = Add<Exclusion>;
/// An exclusion constraint goes.
pub type DropExclusion = Drop<Exclusion>;
/// An exclusion constraint gets another name.
pub type RenameExclusion = Rename<Exclusion>;

impl<D> Drop<D> {
    /// Drops `name` of `table`.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> Self {
        Self { table: table.into(), name: name.into(), kind: PhantomData }
    }
}

impl<D> Rename<D> {
    /// Renames `from` of `table` to `to`.
    pub fn new(table: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { table: table.into(), from: from.into(), to: to.into(), kind: PhantomData }
    }
}

impl<D: Named> Change for Add<D>
where
    Operation: From<Drop<D>>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        refuse_missing(table, &self.table, self.definition.columns())?;
        put(D::of_mut(table), D::KIND, &self.name, self.definition.clone())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Drop::<D>::new(&self.table, &self.name).into())
    }

    fn describe(&self) -> String {
        format!("add {} {} to {}", D::KIND, self.name, self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        format!("{}_{}", self.table, self.name)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl<D: Named> Change for Drop<D>
where
    Operation: From<Add<D>>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        table.inherited.touch(&self.name);
        take(D::of_mut(table), D::KIND, &self.name).map(drop)
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        let definition = D::of(table(before, &self.table)?).get(&self.name).cloned();
        let definition = definition.ok_or_else(|| missing(D::KIND, &self.name))?;
        Ok(Add { table: self.table.clone(), name: self.name.clone(), definition }.into())
    }

    fn describe(&self) -> String {
        format!("drop {} {} of {}", D::KIND, self.name, self.table)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("remove_{}_{}", self.table, self.name)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}

impl<D: Named> Change for Rename<D>
where
    Operation: From<Rename<D>>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        let table = table_mut(schema, &self.table)?;
        table.inherited.touch(&self.from);
        let objects = D::of_mut(table);
        let definition = take(objects, D::KIND, &self.from)?;
        put(objects, D::KIND, &self.to, definition)
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self::new(&self.table, &self.to, &self.from).into())
    }

    fn describe(&self) -> String {
        format!("rename {} {} of {} to {}", D::KIND, self.from, self.table, self.to)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("rename_{}_{}", self.from, self.to)
    }

    fn table(&self) -> Option<&str> {
        Some(&self.table)
    }
}
