//! PostgreSQL.

use crate::{
    dialect::Script,
    model::Schema,
    operation::{Contradiction, Operation},
};

pub(crate) fn script(_before: &Schema, _operations: &[Operation]) -> Result<Script, Contradiction> {
    Err(Contradiction("not written yet".to_owned()))
}
