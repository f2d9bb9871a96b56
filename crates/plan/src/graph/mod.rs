//! What depends on what: one graph over the operations of a migration, from the structure of the schema and from the names
//! in SQL texts.
//!
//! Decides about order only: which operations there are is decided by `diff`, how each is written by a dialect.

mod access;
mod created;
mod cycle;
mod edges;
mod entity;
mod facts;
mod order;
mod part;
mod reference;
mod sort;
mod spare;
mod sql_name;
mod subject;

pub use created::{Created, CreatedKind, created};
pub use order::{CannotOrder, needed_by, order};
pub use reference::NameIndex;
pub(crate) use reference::words;
pub(crate) use spare::spare_name;
