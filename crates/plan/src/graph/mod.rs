//! What depends on what: one graph over the operations of a migration, from the structure of the schema and from the names
//! in SQL texts.
//!
//! Decides about order only: which operations there are is decided by `diff`, how each is written by a dialect.

mod access;
mod commutation;
mod created;
mod cycle;
mod edges;
mod entity;
mod facts;
mod needs;
mod order;
mod part;
mod query;
mod reference;
mod sort;
mod spare;
mod sql_name;
mod subject;
mod table_part;
mod text;

pub use commutation::{Disturbance, first_disturbance};
pub(crate) use created::created_names;
pub use created::{Created, CreatedKind, created};
pub(crate) use needs::{Needs, dependents_first, needed_first, parents_first, with_dependents};
pub use order::{CannotOrder, needed_by, order};
pub use reference::NameIndex;
pub(crate) use spare::spare_name;
pub(crate) use table_part::{PartName, TablePart, table_parts};
pub use text::{has_literal, is_in_array, names_column};
pub(crate) use text::{has_name, names_in, reads_all_columns, string_value, unescaped};
