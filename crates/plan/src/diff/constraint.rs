//! Compares primary keys, unique constraints, indexes, checks and exclusion constraints of tables that stay.
//!
//! A changed definition is a drop and an add: no database alters one in place.

use super::{step::Steps, table::common};
use crate::{
    model::{Check, Exclusion, Index, Schema, Table, Unique},
    operation::{Add, AddPrimaryKey, Drop, DropPrimaryKey, Named, Operation},
};

pub(super) fn compare(present: &Schema, target: &Schema, steps: &mut Steps) {
    for (key, known, wanted) in common(present, target) {
        if known.primary_key != wanted.primary_key {
            if known.primary_key.is_some() {
                steps.drop_constraints.push(DropPrimaryKey { table: key.clone() }.into());
            }
            if let Some(definition) = wanted.primary_key.clone() {
                steps.add_constraints.push(AddPrimaryKey { table: key.clone(), definition }.into());
            }
        }
        named::<Index>(key, known, wanted, steps);
        named::<Unique>(key, known, wanted, steps);
        named::<Check>(key, known, wanted, steps);
        named::<Exclusion>(key, known, wanted, steps);
    }
}

fn named<D: Named>(key: &str, known: &Table, wanted: &Table, steps: &mut Steps)
where
    Operation: From<Add<D>> + From<Drop<D>>,
{
    let (known, wanted) = (D::of(known), D::of(wanted));
    for (name, definition) in known {
        if wanted.get(name) != Some(definition) {
            steps.drop_constraints.push(Drop::<D>::new(key, name).into());
        }
    }
    for (name, definition) in wanted {
        if known.get(name) != Some(definition) {
            let (table, name, definition) = (key.to_owned(), name.clone(), definition.clone());
            steps.add_constraints.push(Add { table, name, definition }.into());
        }
    }
}
