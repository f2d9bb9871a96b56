//! What the rows that are there get in a NOT NULL column that a rollback restores: answers from flags or a terminal, and the
//! SQL with them. Must not run it.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::{
    diff::{self, Answers, Question},
    migration,
    model::{Column, Dialect, Schema},
    operation::Operation,
    probe,
};
use makemigrations_run::{Database, RollbackScript};

use super::rollback_impact::{PlannedRollback, Sql};
use crate::{
    error::{CliError, Result},
    terminal::{Terminal, questions::Asking},
};

/// SQL by table and column, each by its key.
pub(crate) type Values = BTreeMap<(String, String), String>;

/// What is answered before anything is asked.
pub(crate) struct Backfills {
    pub(crate) answers: Values,
    /// The command that takes more answers, as it is typed.
    pub(crate) command: String,
}

/// What `--backfill` says, each of which must be of a column of its own.
pub(crate) fn parse(flags: &[String]) -> Result<Values> {
    let mut answers = Values::new();
    for text in flags {
        let (place, sql) =
            diff::parse_assignment(text).map_err(|error| CliError::usage(format!("`--backfill`: {error}")))?;
        if answers.insert(place, sql).is_some() {
            return Err(CliError::usage(format!("`--backfill` is given twice for the same column: `{text}`")));
        }
    }
    Ok(answers)
}

/// The answers of a rollback.
pub(crate) struct Answered {
    /// What reverts a migration instead of its `down.sql`, by version.
    pub(crate) scripts: BTreeMap<String, RollbackScript>,
    /// The answers that name nothing, as they are given in flags.
    pub(crate) unused: Vec<String>,
}

/// A column that a rollback restores, or makes NOT NULL again.
struct Restored {
    /// Which migration, and which of its operations.
    place: (usize, usize),
    /// The keys of the table: at that point, and as it is called now.
    tables: [String; 2],
    column: String,
    question: Question,
    /// Counts the rows that need a value.
    count_sql: Option<String>,
}

/// Puts the answers into the operations of the rollbacks, and asks for those that rows need and that are missing.
///
/// # Errors
/// When an answer is of a migration whose SQL people wrote; without a terminal, when an answer is missing.
pub(crate) fn answer(
    terminal: &Terminal,
    database: &mut Database,
    dialect: Dialect,
    current: &Schema,
    rollbacks: &mut [PlannedRollback],
    given: &Backfills,
) -> Result<Answered> {
    let restored = restored(current, rollbacks)?;
    let mut used = BTreeSet::new();
    let mut open = Vec::new();
    for one in &restored {
        let places = one.tables.iter().map(|table| (table.clone(), one.column.clone()));
        let found = places.into_iter().find_map(|place| Some((given.answers.get(&place)?.clone(), place)));
        let back = &mut rollbacks[one.place.0];
        if let Some((sql, place)) = found {
            if back.sql != Sql::Generated {
                return Err(CliError::usage(format!(
                    "`--backfill` cannot fill {}.{}: the `down.sql` of `{}` is written by hand",
                    one.tables[0], one.column, back.name
                ))
                .hint(format!("write the value into its `down.sql`, and `cargo xtask seal {}`", back.name)));
            }
            set(&mut back.operations[one.place.1], sql);
            used.insert(place);
        } else if back.sql == Sql::Generated
            && let Some(sql) = &one.count_sql
            && database.count(sql).is_ok_and(|count| count > 0)
        {
            open.push(one);
        }
    }
    let questions: Vec<Question> = open.iter().map(|one| one.question.clone()).collect();
    if !questions.is_empty() {
        let mut answers = Answers::default();
        let asking = Asking { dialect, may_ask: true, command: &given.command, is_of_snapshots: false };
        for index in 0..questions.len() {
            terminal.answer(&questions[index..], &mut answers, &asking)?;
        }
        for one in open {
            let place = (one.tables[0].clone(), one.column.clone());
            if let Some(sql) = answers.backfills.get(&place) {
                set(&mut rollbacks[one.place.0].operations[one.place.1], sql.clone());
            }
        }
    }
    let unused = given.answers.keys().filter(|place| !used.contains(*place));
    let unused = unused.map(|(table, column)| format!("{}.{}", diff::quote_key(table), diff::quote_key(column)));
    Ok(Answered { unused: unused.collect(), scripts: scripts(dialect, current, rollbacks, &restored)? })
}

/// The columns that rows may need a value for.
fn restored(current: &Schema, rollbacks: &[PlannedRollback]) -> Result<Vec<Restored>> {
    let mut found = Vec::new();
    let mut schema = current.clone();
    // How what is there now is called at each point: tables, and columns that got another name or are new.
    let mut tables: BTreeMap<String, String> = current.tables.keys().map(|key| (key.clone(), key.clone())).collect();
    let mut columns: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    for (index, back) in rollbacks.iter().enumerate() {
        for (place, operation) in back.operations.iter().enumerate() {
            let now = |table: &str| tables.get(table).cloned();
            match operation {
                Operation::AddColumn(add) => {
                    if add.definition.needs_backfill()
                        && add.backfill.is_none()
                        && let Some(table) = now(&add.table)
                    {
                        let count_sql = current.tables.get(&table).map(probe::count_rows);
                        let question = question(&add.table, &add.column, &add.definition, true);
                        let tables = [add.table.clone(), table];
                        let (place, column) = ((index, place), add.column.clone());
                        found.push(Restored { place, tables, column, question, count_sql });
                    }
                    columns.insert((add.table.clone(), add.column.clone()), None);
                }
                Operation::AlterColumn(alter) => {
                    let before = schema.tables.get(&alter.table).and_then(|table| table.columns.get(&alter.column));
                    let is_set_not_null = before.is_some_and(|before| {
                        let definition = &alter.definition;
                        before.nullable && !definition.nullable && definition.generated.is_none()
                    });
                    if is_set_not_null
                        && alter.backfill.is_none()
                        && let Some(table) = now(&alter.table)
                    {
                        let key = (alter.table.clone(), alter.column.clone());
                        let column = columns.get(&key).cloned().unwrap_or_else(|| Some(alter.column.clone()));
                        let owner = current.tables.get(&table);
                        let count_sql = owner.zip(column).map(|(owner, column)| probe::count_nulls(owner, &column));
                        let question = question(&alter.table, &alter.column, &alter.definition, false);
                        let tables = [alter.table.clone(), table];
                        let (place, column) = ((index, place), alter.column.clone());
                        found.push(Restored { place, tables, column, question, count_sql });
                    }
                }
                Operation::RenameColumn(rename) => {
                    let from = (rename.table.clone(), rename.from.clone());
                    let column = columns.remove(&from).unwrap_or_else(|| Some(rename.from.clone()));
                    columns.insert((rename.table.clone(), rename.to.clone()), column);
                }
                Operation::RenameTable(rename) => {
                    if let Some(table) = tables.remove(&rename.from) {
                        tables.insert(rename.to.clone(), table);
                    }
                    let of_table = |(table, _): &(String, String)| *table == rename.from;
                    let moved: Vec<_> = columns.keys().filter(|key| of_table(key)).cloned().collect();
                    for (table, column) in moved {
                        let value = columns.remove(&(table, column.clone())).flatten();
                        columns.insert((rename.to.clone(), column), value);
                    }
                }
                Operation::DropTable(drop) => {
                    tables.remove(&drop.key);
                }
                _ => {}
            }
            operation.apply(&mut schema).map_err(|error| CliError::usage(error.to_string()))?;
        }
    }
    Ok(found)
}

fn question(table: &str, column: &str, definition: &Column, is_new: bool) -> Question {
    let data_type = definition.data_type.to_string();
    Question::Backfill { table: table.to_owned(), column: column.to_owned(), data_type, is_new }
}

fn set(operation: &mut Operation, sql: String) {
    match operation {
        Operation::AddColumn(add) => add.backfill = Some(sql),
        Operation::AlterColumn(alter) => alter.backfill = Some(sql),
        _ => {}
    }
}

/// The SQL of the migrations that were answered for.
fn scripts(
    dialect: Dialect,
    current: &Schema,
    rollbacks: &[PlannedRollback],
    restored: &[Restored],
) -> Result<BTreeMap<String, RollbackScript>> {
    let is_filled = |operation: &Operation| match operation {
        Operation::AddColumn(add) => add.backfill.is_some(),
        Operation::AlterColumn(alter) => alter.backfill.is_some(),
        _ => false,
    };
    let mut scripts = BTreeMap::new();
    let mut schema = current.clone();
    let refuse = |error: makemigrations_plan::operation::Contradiction| CliError::usage(error.to_string());
    for (index, back) in rollbacks.iter().enumerate() {
        let mut places = restored.iter().filter(|one| one.place.0 == index);
        if places.any(|one| is_filled(&back.operations[one.place.1])) {
            let migration::Sql { text, in_transaction } =
                migration::sql(dialect, &schema, &back.operations).map_err(refuse)?;
            scripts.insert(back.version.clone(), RollbackScript { sql: text, in_transaction });
        }
        for operation in &back.operations {
            operation.apply(&mut schema).map_err(refuse)?;
        }
    }
    Ok(scripts)
}
