//! The rules as functions, one file for each group of hazards: a file of SQL with what is known about it, to findings. Must not
//! know levels: what is off is sorted out afterwards.

pub(crate) mod check;
mod column;
mod column_type;
mod deferred;
mod enum_value;
mod foreign_key;
mod index;
mod partition;
mod removal;
mod robust;
mod rows;
mod sequence;
mod style;
mod transaction;
mod view;

use crate::unit::{Hit, Unit};

/// What one group of rules finds in a file.
pub(crate) type Check = fn(&Unit<'_>, &mut Vec<Hit>);

/// Every group.
pub(crate) const ALL: [Check; 15] = [
    transaction::check,
    index::check,
    foreign_key::check,
    check::check,
    column::check,
    column_type::check,
    sequence::check,
    removal::check,
    enum_value::check,
    rows::check,
    deferred::check,
    robust::check,
    partition::check,
    view::check,
    style::check,
];
