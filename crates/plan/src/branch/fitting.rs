//! What is left to do of a migration on top of a line that it was not made for, or which of its operations does not fit.
//!
//! Compares operations and schemas; what becomes of one that does not fit is decided by who asks.

use super::commute::{Fit, fit};
use crate::{
    graph::first_disturbance,
    model::Schema,
    operation::{Operation, inverse},
};

/// The operations of a migration on top of another line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fitted {
    /// What is left to do, in order.
    pub left: Vec<Operation>,
    /// What the line has made already.
    pub made: Vec<Operation>,
}

/// An operation that cannot be made on top of another line as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// The operation.
    pub operation: Operation,
    /// The place of the operation among those of the line that it clashes with, where it is one.
    pub theirs: Option<usize>,
    /// What is wrong, as a fragment of a sentence.
    pub why: String,
}

/// What is left to do of `operations`, made for `before`, on top of a line whose schema is `now`; `foreign` are the operations
/// of that line that `before` does not have. With `is_whole`, nothing of them can be left out.
///
/// # Errors
/// The first operation that does not fit.
pub fn fitted(
    before: &Schema,
    now: &Schema,
    operations: &[Operation],
    foreign: &[&Operation],
    is_whole: bool,
) -> Result<Fitted, Box<Misfit>> {
    let (mut before, mut now) = (before.clone(), now.clone());
    let mut fitted = Fitted::default();
    for operation in operations {
        let misfit = |theirs, why| Box::new(Misfit { operation: operation.clone(), theirs, why });
        match fit(operation, &before, &now) {
            Fit::Clashes(why) => return Err(misfit(None, why)),
            Fit::Made if is_whole => return Err(misfit(None, "it has been made already".to_owned())),
            Fit::Made => fitted.made.push(operation.clone()),
            Fit::Fits => {
                if let Some((place, why)) = first_disturbance(&before, operation, foreign.iter().copied()) {
                    return Err(misfit(Some(place), why.to_string()));
                }
                operation.apply(&mut now).map_err(|error| misfit(None, error.to_string()))?;
                fitted.left.push(operation.clone());
            }
        }
        operation.apply(&mut before).map_err(|error| misfit(None, error.to_string()))?;
    }
    Ok(fitted)
}

/// The first of `operations`, made for `before`, that needs what `earlier` did, which was made for the schema beside it.
#[must_use]
pub fn builds_on<'a>(
    before: &Schema,
    operations: &'a [Operation],
    earlier: (&Schema, &[Operation]),
) -> Option<&'a Operation> {
    let undone = inverse(earlier.0, earlier.1).unwrap_or_default();
    operations.iter().find(|operation| first_disturbance(before, operation, &undone).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Column, DataType, Dialect, Domain, Table},
        operation::{AddColumn, apply_all},
    };

    fn schema() -> Schema {
        let mut table = Table::new(Domain::new("d").unwrap(), "t");
        table.columns.insert("id".to_owned(), Column::new(DataType::Integer, false));
        Schema { tables: [("t".to_owned(), table)].into(), ..Schema::empty(Dialect::Postgres) }
    }

    fn add(column: &str, data_type: DataType) -> Operation {
        let definition = Column::new(data_type, true);
        AddColumn { table: "t".into(), column: column.into(), definition, backfill: None }.into()
    }

    #[test]
    fn what_is_made_already_is_left_out_and_the_rest_is_left_to_do() {
        let (ours, theirs) = ([add("a", DataType::Text), add("b", DataType::Text)], [add("a", DataType::Text)]);
        let now = apply_all(&schema(), &theirs).unwrap();
        let foreign: Vec<&Operation> = theirs.iter().collect();
        let found = fitted(&schema(), &now, &ours, &foreign, false).unwrap();
        assert_eq!((found.left.as_slice(), found.made.as_slice()), (&ours[1..], &ours[..1]));
        assert_eq!(fitted(&schema(), &now, &ours, &foreign, true).unwrap_err().why, "it has been made already");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let theirs = add("a", DataType::Integer);
        let now = apply_all(&schema(), std::slice::from_ref(&theirs)).unwrap();
        let misfit = fitted(&schema(), &now, &[add("a", DataType::Text)], &[&theirs], false).unwrap_err();
        assert!(misfit.why.contains("exists already"), "{misfit:?}");
    }
}
