//! The operations of one step that have a form of their own which keeps nobody waiting.
//!
//! Recognises them for whoever writes their SQL or says their locks; chooses none.

use super::retype::is_swap;
use crate::model::Schema;
use crate::operation::{
    AddCheck, AddForeignKey, AddIndex, AddPrimaryKey, AddUnique, AlterColumn, BackfillColumn, CreateObject, DropCheck,
    DropIndex, DropObject, DropPrimaryKey, DropUnique, Operation,
};

/// What a step does, and what its rollback does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OnlineForm<'a> {
    /// There is nothing to do.
    Nothing,
    /// `CREATE INDEX CONCURRENTLY`, outside of transactions.
    BuildIndex(&'a AddIndex),
    /// `DROP INDEX CONCURRENTLY`, outside of transactions.
    DropIndex(&'a DropIndex),
    /// Batches that commit, outside of transactions.
    Backfill(&'a BackfillColumn),
    /// `ADD FOREIGN KEY ... NOT VALID`
    ForeignKey(&'a AddForeignKey),
    /// `ADD CHECK ... NOT VALID`
    Check(&'a AddCheck),
    /// `ADD UNIQUE USING INDEX`
    UniqueUsingIndex(&'a DropIndex, &'a AddUnique),
    /// `ADD PRIMARY KEY USING INDEX`
    KeyUsingIndex(&'a DropIndex, &'a AddPrimaryKey),
    /// The rollback of `UNIQUE USING INDEX`: the index goes with the constraint.
    UniqueToIndex(&'a DropUnique),
    /// The rollback of `PRIMARY KEY USING INDEX`, likewise.
    KeyToIndex(&'a DropPrimaryKey),
    /// `SET NOT NULL`, proved by a check that goes with it.
    SetNotNull(&'a AlterColumn, &'a DropCheck),
    /// The rollback of that, or what a `DROP NOT NULL` begins with: the check comes, `NOT VALID`.
    DropNotNull(&'a AddCheck, &'a AlterColumn),
    /// Two columns exchange their types by exchanging their names, with the trigger that fills one of them made anew.
    SwapColumns(&'a DropObject, [&'a AlterColumn; 2], &'a CreateObject),
    /// No form of its own.
    Direct,
}

impl<'a> OnlineForm<'a> {
    /// The form of the operations of one step, or of those that roll it back, for a database that looks like `before`.
    #[must_use]
    pub fn of(before: &Schema, operations: &'a [Operation]) -> Self {
        match operations {
            [] => Self::Nothing,
            [Operation::AddIndex(add)] => Self::BuildIndex(add),
            [Operation::DropIndex(drop)] => Self::DropIndex(drop),
            [Operation::BackfillColumn(fill)] => Self::Backfill(fill),
            [Operation::AddForeignKey(add)] => Self::ForeignKey(add),
            [Operation::AddCheck(add)] => Self::Check(add),
            [Operation::DropIndex(drop), Operation::AddUnique(add)] => Self::UniqueUsingIndex(drop, add),
            [Operation::DropIndex(drop), Operation::AddPrimaryKey(add)] => Self::KeyUsingIndex(drop, add),
            [Operation::DropUnique(drop), Operation::AddIndex(_)] => Self::UniqueToIndex(drop),
            [Operation::DropPrimaryKey(drop), Operation::AddIndex(_)] => Self::KeyToIndex(drop),
            [Operation::AlterColumn(alter), Operation::DropCheck(drop)] => Self::SetNotNull(alter, drop),
            [Operation::AddCheck(add), Operation::AlterColumn(alter)] => Self::DropNotNull(add, alter),
            [
                Operation::DropObject(drop),
                Operation::AlterColumn(one),
                Operation::AlterColumn(other),
                Operation::CreateObject(create),
            ] if drop.key == create.key && is_swap(before, one, other) => Self::SwapColumns(drop, [one, other], create),
            _ => Self::Direct,
        }
    }
}
