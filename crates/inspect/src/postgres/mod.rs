//! PostgreSQL's catalogue to a schema: a fixed number of questions, one kind of object per file.
//!
//! Parses no SQL: what PostgreSQL prints is taken as it is. Every object is accounted for or named (`census`).

mod catalogue;
mod found;
mod comment;
mod extension;
mod enumeration;
mod relation;
mod sequence;
mod data_type;
mod expression;
mod default;
mod column;
mod index;
mod constraint;
mod object;
mod dependency;
mod privilege;
mod census;

use crate::{Inspected, Rows};
use catalogue::Catalogue;
use found::Found;

pub(crate) fn inspect<E>(query: &mut dyn FnMut(&str) -> Result<Rows, E>) -> Result<Inspected, E> {
    let mut catalogue = Catalogue::open(query)?;
    let mut found = Found::default();
    comment::read(&mut catalogue, &mut found)?;
    extension::read(&mut catalogue, &mut found)?;
    enumeration::read(&mut catalogue, &mut found)?;
    relation::read(&mut catalogue, &mut found)?;
    let mut sequences = sequence::read(&mut catalogue)?;
    column::read(&mut catalogue, &mut found, &mut sequences)?;
    let mut indexes = index::read(&mut catalogue)?;
    constraint::read(&mut catalogue, &mut found, &mut indexes)?;
    index::settle(&mut found, indexes);
    object::read_schemas(&mut catalogue, &mut found)?;
    object::read(&mut catalogue, &mut found)?;
    sequences.settle_rest(&mut found);
    found.settle_drafts();
    dependency::read(&mut catalogue, &mut found)?;
    privilege::read(&mut catalogue, &mut found)?;
    census::read(&mut catalogue, &mut found)?;
    catalogue.close()?;
    Ok(found.into_inspected())
}
