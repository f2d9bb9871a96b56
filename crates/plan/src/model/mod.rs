//! The schema as values: what a database looks like, independent of how it was described or how it is reached.
//!
//! Invariant: imports nothing of this crate outside `model`.
//!
//! Everything is resolved here: every constraint and index has its final name, every foreign key its columns, every
//! SQL text is the one of the schema's dialect. Maps are ordered by name, columns as declared (compared without order,
//! because a reverted `DROP COLUMN` puts the column last).

mod cast;
mod check;
mod column;
mod conversion;
mod data_type;
mod deferred;
mod dialect;
mod domain;
mod enumeration;
mod exclusion;
mod foreign_key;
mod index;
mod inherited;
pub mod name;
mod number;
mod object;
mod object_id;
mod partition;
mod primary_key;
mod schema;
mod table;
mod unique;
mod view;

pub use cast::Cast;
pub use check::Check;
pub use column::{Column, DefaultValue, Generated, Identity};
pub use conversion::{Alteration, Conversion};
pub use data_type::DataType;
pub use deferred::Deferred;
pub use dialect::{Dialect, UnknownDialect};
pub use domain::{Domain, InvalidDomain};
pub use enumeration::Enum;
pub use exclusion::{Exclusion, ExclusionElement};
pub use foreign_key::{Action, Deferrable, ForeignKey, Match};
pub use index::{Index, IndexColumn, IndexTarget, Nulls};
pub use inherited::Inherited;
pub use number::Number;
pub use object::Object;
pub use object_id::ObjectId;
pub use primary_key::PrimaryKey;
pub use schema::Schema;
pub use table::Table;
pub use unique::Unique;
pub use view::View;
