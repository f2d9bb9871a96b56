//! One step of an online change: the form of its operations that keeps nobody waiting.
//!
//! Which operations make a step is decided elsewhere; what is no such form is written as always.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{
    backfill, block, check, column, drop_constraint, find_table, foreign_key, index, object, primary_key, swap, unique,
};
use crate::{
    dialect::{
        Block, Script,
        text::{qualified, table_name},
    },
    model::{Schema, Table},
    online::OnlineForm,
    operation::{Contradiction, Operation},
};

/// Writes the operations of one step for a database that looks like `before`.
///
/// # Errors
/// When an operation does not fit the schema it meets.
pub(in crate::dialect) fn script(before: &Schema, operations: &[Operation]) -> Result<Script, Contradiction> {
    let statements = match OnlineForm::of(before, operations) {
        OnlineForm::Direct => return super::written(before, operations, true),
        OnlineForm::Nothing => return Ok(Script { blocks: Vec::new(), in_transaction: true }),
        OnlineForm::BuildIndex(add) => {
            let table = find_table(before, &add.table)?;
            let sql = index::create_concurrently(&table_name(table), &add.name, &add.definition);
            return Ok(alone(&operations[0], sql));
        }
        OnlineForm::DropIndex(drop) => {
            let name = index_name(find_table(before, &drop.table)?, &drop.name);
            return Ok(alone(&operations[0], format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")));
        }
        OnlineForm::Backfill(fill) => return Ok(alone(&operations[0], backfill::in_batches(before, fill)?)),
        OnlineForm::ForeignKey(add) => {
            let sql = foreign_key::add(before, &add.table, &add.name, &add.definition)?;
            vec![vec![format!("{sql} NOT VALID")]]
        }
        OnlineForm::Check(add) => vec![vec![format!("{} NOT VALID", check::add(before, add)?)]],
        OnlineForm::UniqueUsingIndex(drop, add) => {
            let deferrable = add.definition.deferrable.map(|when| format!(" {}", when.as_sql())).unwrap_or_default();
            let plain = unique::add(before, add)?;
            let table = find_table(before, &add.table)?;
            vec![Vec::new(), vec![using_index(table, &add.name, &drop.name, "UNIQUE", &deferrable, &plain)]]
        }
        OnlineForm::KeyUsingIndex(drop, add) => {
            let plain = primary_key::add(before, add)?;
            let table = find_table(before, &add.table)?;
            vec![Vec::new(), vec![using_index(table, &add.definition.name, &drop.name, "PRIMARY KEY", "", &plain)]]
        }
        OnlineForm::UniqueToIndex(drop) => {
            vec![vec![drop_constraint(before, &drop.table, &drop.name)?], Vec::new()]
        }
        OnlineForm::KeyToIndex(drop) => vec![vec![primary_key::drop(before, drop)?], Vec::new()],
        OnlineForm::SetNotNull(alter, drop) => {
            // It is validated already, unless it came back with a rollback.
            let validate = super::validate(before, &drop.table, &drop.name)?;
            let drop = drop_constraint(before, &drop.table, &drop.name)?;
            let set = column::alter_column(find_table(before, &alter.table)?, &alter.column, "SET NOT NULL");
            vec![vec![validate, set], vec![drop]]
        }
        OnlineForm::SwapColumns(drop, [one, other], create) => {
            let (first, second) = swap::names(before, one, other)?;
            vec![object::drop(before, drop)?, first, second, object::create(create)]
        }
        OnlineForm::DropNotNull(add, alter) => {
            let add = format!("{} NOT VALID", check::add(before, add)?);
            vec![vec![add], vec![column::drop_not_null(find_table(before, &alter.table)?, &alter.column)]]
        }
    };
    let blocks = operations.iter().zip(statements).map(|(operation, sql)| Block::new(operation, sql)).collect();
    Ok(Script { blocks, in_transaction: true })
}

/// The only statement of its migration, outside of every transaction.
fn alone(operation: &Operation, sql: String) -> Script {
    Script { blocks: vec![Block::new(operation, vec![sql])], in_transaction: false }
}

fn index_name(table: &Table, name: &str) -> String {
    qualified(table.schema.as_deref(), name)
}

/// The constraint takes the index over. Whoever has rolled back this step alone has no index any more: it went with the
/// constraint.
fn using_index(table: &Table, name: &str, index: &str, kind: &str, rest: &str, plain: &str) -> String {
    let (owner, quoted) = (table_name(table), quote_identifier(index));
    let add =
        format!("ALTER TABLE {owner} ADD CONSTRAINT {} {kind} USING INDEX {quoted}{rest}", quote_identifier(name));
    let found = quote_literal(&index_name(table, index));
    let message = quote_literal(
        &format!("index {quoted} went with its constraint: it is built again, and {owner} is locked meanwhile")
            .replace('%', "%%"),
    );
    block::anonymous(&format!(
        "BEGIN
    IF to_regclass({found}) IS NOT NULL THEN
        {add};
    ELSE
        RAISE WARNING {message};
        {plain};
    END IF;
END
"
    ))
}
