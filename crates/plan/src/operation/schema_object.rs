//! What a schema keeps under a key (tables, enums, views, objects): it appears, goes, and gets another domain, comment or
//! SQL schema.
//!
//! The kinds differ in what they are, not in what can happen to them, so the changes are written once. What can happen to
//! one kind only is in its own file.

use std::{collections::BTreeMap, marker::PhantomData};

use super::{Change, Contradiction, Operation, Sign, missing, put, take};
use crate::model::{Domain, Enum, Object, Schema, Table, View};

/// A kind of object that a schema keeps by key.
pub trait Keyed: Clone + PartialEq + Sized + 'static {
    /// What people call it.
    const KIND: &'static str;

    /// The schema's objects of this kind, by key.
    fn of(schema: &Schema) -> &BTreeMap<String, Self>;

    /// The same, to change.
    fn of_mut(schema: &mut Schema) -> &mut BTreeMap<String, Self>;

    /// The domain that declares it.
    fn domain(&mut self) -> &mut Domain;

    /// What people call this one.
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    /// The key, where it is a table's.
    fn table(_key: &str) -> Option<&str> {
        None
    }

    /// Says what of the schema needs it, if anything does.
    fn needed(_schema: &Schema, _key: &str) -> Option<String> {
        None
    }
}

/// A kind that has a comment.
pub trait Commented: Keyed {
    /// The comment.
    fn comment(&mut self) -> &mut Option<String>;
}

/// A kind that moves between SQL schemas in place.
pub trait InSqlSchema: Keyed {
    /// The SQL schema; `None` is the search path's first.
    fn place(&mut self) -> &mut Option<String>;
}

macro_rules! keyed {
    ($($kind:ty, $name:literal, $field:ident, { $($own:tt)* };)*) => {$(
        impl Keyed for $kind {
            const KIND: &'static str = $name;

            fn of(schema: &Schema) -> &BTreeMap<String, Self> {
                &schema.$field
            }

            fn of_mut(schema: &mut Schema) -> &mut BTreeMap<String, Self> {
                &mut schema.$field
            }

            fn domain(&mut self) -> &mut Domain {
                &mut self.domain
            }

            $($own)*
        }
    )*};
}

keyed! {
    Table, "table", tables, {
        fn table(key: &str) -> Option<&str> {
            Some(key)
        }
    };
    Enum, "enum", enums, {
        fn needed(schema: &Schema, key: &str) -> Option<String> {
            let (table, column) = schema.columns_of_enum(key).next()?;
            Some(format!("enum `{key}` is still the type of `{table}.{column}`"))
        }
    };
    View, "view", views, {
        fn kind(&self) -> &'static str {
            if self.materialized { "materialized view" } else { "view" }
        }
    };
    Object, "object", objects, {};
}

macro_rules! has_field {
    ($($kind:ty, $has:ident, $of:ident, $field:ident;)*) => {$(
        impl $has for $kind {
            fn $of(&mut self) -> &mut Option<String> {
                &mut self.$field
            }
        }
    )*};
}

has_field! {
    Table, Commented, comment, comment;
    Enum, Commented, comment, comment;
    View, Commented, comment, comment;
    Table, InSqlSchema, place, schema;
    Enum, InSqlSchema, place, schema;
}

/// Something appears, with everything on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create<D> {
    /// Its key.
    pub key: String,
    /// All of it. Foreign keys of a table may point at tables that appear later in the same migration.
    pub definition: D,
}

/// Something goes, with everything on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop<D> {
    /// Its key.
    pub key: String,
    kind: PhantomData<D>,
}

/// Something moves to another domain; the database does not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move<D> {
    /// Its key.
    pub key: String,
    /// The domain after.
    pub domain: Domain,
    kind: PhantomData<D>,
}

/// A comment appears, changes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetComment<D> {
    /// The key of what it is about.
    pub key: String,
    /// The comment after.
    pub comment: Option<String>,
    kind: PhantomData<D>,
}

/// Something moves to another SQL schema; a table takes its indexes, constraints and sequences along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSchema<D> {
    /// Its key.
    pub key: String,
    /// The SQL schema after; `None` is the search path's first.
    pub schema: Option<String>,
    kind: PhantomData<D>,
}

impl<D> Drop<D> {
    /// Drops what has the key.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), kind: PhantomData }
    }
}

impl<D> Move<D> {
    /// Moves what has the key to `domain`.
    pub fn new(key: impl Into<String>, domain: Domain) -> Self {
        Self { key: key.into(), domain, kind: PhantomData }
    }
}

impl<D> SetComment<D> {
    /// Gives what has the key the comment.
    pub fn new(key: impl Into<String>, comment: Option<String>) -> Self {
        Self { key: key.into(), comment, kind: PhantomData }
    }
}

impl<D> SetSchema<D> {
    /// Moves what has the key to `schema`.
    pub fn new(key: impl Into<String>, schema: Option<String>) -> Self {
        Self { key: key.into(), schema, kind: PhantomData }
    }
}

fn find<D: Keyed>(schema: &Schema, key: &str) -> Result<D, Contradiction> {
    D::of(schema).get(key).cloned().ok_or_else(|| missing(D::KIND, key))
}

fn find_mut<'a, D: Keyed>(schema: &'a mut Schema, key: &str) -> Result<&'a mut D, Contradiction> {
    D::of_mut(schema).get_mut(key).ok_or_else(|| missing(D::KIND, key))
}

impl<D: Keyed> Change for Create<D>
where
    Operation: From<Drop<D>>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        put(D::of_mut(schema), D::KIND, &self.key, self.definition.clone())
    }

    fn inverse(&self, _before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Drop::<D>::new(&self.key).into())
    }

    fn describe(&self) -> String {
        format!("create {} {}", self.definition.kind(), self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Add
    }

    fn fragment(&self) -> String {
        self.key.clone()
    }

    fn table(&self) -> Option<&str> {
        D::table(&self.key)
    }
}

impl<D: Keyed> Change for Drop<D>
where
    Operation: From<Create<D>>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        if let Some(need) = D::needed(schema, &self.key) {
            return Err(Contradiction(need));
        }
        take(D::of_mut(schema), D::KIND, &self.key).map(drop)
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Create { key: self.key.clone(), definition: find::<D>(before, &self.key)? }.into())
    }

    fn describe(&self) -> String {
        format!("drop {} {}", D::KIND, self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn fragment(&self) -> String {
        format!("delete_{}", self.key)
    }

    fn table(&self) -> Option<&str> {
        D::table(&self.key)
    }
}

impl<D: Keyed> Change for Move<D>
where
    Operation: From<Self>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut::<D>(schema, &self.key)?.domain().clone_from(&self.domain);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self::new(&self.key, find::<D>(before, &self.key)?.domain().clone()).into())
    }

    fn describe(&self) -> String {
        format!("move {} {} to domain {}", D::KIND, self.key, self.domain)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("move_{}_{}", self.key, self.domain)
    }

    fn table(&self) -> Option<&str> {
        D::table(&self.key)
    }
}

impl<D: Commented> Change for SetComment<D>
where
    Operation: From<Self>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut::<D>(schema, &self.key)?.comment().clone_from(&self.comment);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self::new(&self.key, find::<D>(before, &self.key)?.comment().take()).into())
    }

    fn describe(&self) -> String {
        let verb = if self.comment.is_some() { "comment on" } else { "drop the comment of" };
        format!("{verb} {} {}", D::KIND, self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_comment", self.key)
    }

    fn table(&self) -> Option<&str> {
        D::table(&self.key)
    }
}

impl<D: InSqlSchema> Change for SetSchema<D>
where
    Operation: From<Self>,
{
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        find_mut::<D>(schema, &self.key)?.place().clone_from(&self.schema);
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self::new(&self.key, find::<D>(before, &self.key)?.place().take()).into())
    }

    fn describe(&self) -> String {
        format!("move {} {} to SQL schema {}", D::KIND, self.key, self.schema.as_deref().unwrap_or("public"))
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_schema", self.key)
    }

    fn table(&self) -> Option<&str> {
        D::table(&self.key)
    }
}
