//! Finds what was renamed: told by flags and hints, asked when a removed and an added thing look alike, and seen by
//! itself where nothing but the name differs (constraints and indexes).
//!
//! Gives the present schema under its new names, so that everything after it compares like with like.

use super::{Answers, Question, Rename, Stop, step::Steps, table::common};
use crate::{
    model::{Check, Column, ForeignKey, Index, Schema, Table, Unique},
    operation::{self, Named, Operation, RenameColumn, RenamePrimaryKey, RenameTable},
    snapshot::Wanted,
};

/// Renames tables. Gives the schema after it.
pub(super) fn tables(
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut told = Vec::new();
    for rename in &answers.renames {
        if let Rename::Table { from, to } = rename {
            told.push((from.clone(), to.clone()));
        }
    }
    for (key, hint) in &wanted.hints.tables {
        let from = &hint.renamed_from.value;
        let is_told = told.iter().any(|(_, to)| to == key);
        if !is_told
            && present.tables.contains_key(from)
            && !present.tables.contains_key(key)
            && target.tables.contains_key(key)
        {
            told.push((from.clone(), key.clone()));
        }
    }
    let mut renamed = present.clone();
    for (from, to) in told {
        if target.tables.contains_key(&from) || renamed.tables.contains_key(&to) {
            return Err(refused_swap(&format!("table `{from}` to `{to}`")));
        }
        rename_table(&mut renamed, target, from, to, steps)?;
    }
    let same_key: Vec<_> = common(&renamed, target).filter(|(_, known, wanted)| known.name != wanted.name).collect();
    let same_key: Vec<_> = same_key.into_iter().map(|(key, ..)| key.clone()).collect();
    for key in same_key {
        rename_table(&mut renamed, target, key.clone(), key, steps)?;
    }
    let alike = |from: &Table, to: &Table| {
        let shape = |table: &Table| -> Vec<(String, Column)> {
            let mut columns: Vec<_> =
                table.columns.iter().map(|(name, column)| (name.clone(), shape(column))).collect();
            columns.sort_by(|a, b| a.0.cmp(&b.0));
            columns
        };
        from.schema == to.schema && shape(from) == shape(to)
    };
    for (to, added) in target.tables.iter().filter(|(key, _)| !renamed.tables.contains_key(*key)) {
        for (from, _) in
            renamed.tables.iter().filter(|(key, gone)| !target.tables.contains_key(*key) && alike(gone, added))
        {
            ask(Rename::Table { from: from.clone(), to: to.clone() }, answers, steps);
        }
    }
    Ok(renamed)
}

fn rename_table(
    renamed: &mut Schema,
    target: &Schema,
    from: String,
    to: String,
    steps: &mut Steps,
) -> Result<(), Stop> {
    let name = target.tables[&to].name.clone();
    apply(RenameTable { from, to, name }.into(), renamed, steps)
}

/// Renames columns of the tables that both schemas have. Gives the schema after it.
pub(super) fn columns(
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    for (key, known, table) in common(present, target) {
        for (from, to) in told_columns(key, known, table, wanted, answers) {
            if table.columns.contains_key(&from) || known.columns.contains_key(&to) {
                return Err(refused_swap(&format!("column `{key}.{from}` to `{to}`")));
            }
            apply(RenameColumn { table: key.clone(), from, to }.into(), &mut renamed, steps)?;
        }
        let known = &renamed.tables[key];
        for (to, added) in table.columns.iter().filter(|(name, _)| !known.columns.contains_key(*name)) {
            for (from, _) in known
                .columns
                .iter()
                .filter(|(name, gone)| !table.columns.contains_key(*name) && shape(gone) == shape(added))
            {
                ask(Rename::Column { table: key.clone(), from: from.clone(), to: to.clone() }, answers, steps);
            }
        }
    }
    Ok(renamed)
}

fn told_columns(key: &str, known: &Table, table: &Table, wanted: &Wanted, answers: &Answers) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for rename in &answers.renames {
        if let Rename::Column { table, from, to } = rename
            && table == key
        {
            told.push((from.clone(), to.clone()));
        }
    }
    for column in table.columns.keys() {
        let hint = wanted.hints.columns.get(&(key.to_owned(), column.clone()));
        let Some(from) = hint.and_then(|hint| hint.renamed_from.as_ref()).map(|hint| &hint.value) else { continue };
        let back = wanted.hints.columns.get(&(key.to_owned(), from.clone()));
        let back = back.and_then(|hint| hint.renamed_from.as_ref()).is_some_and(|hint| hint.value == *column);
        if back && known.columns.contains_key(from) {
            // Two hints that point at each other: not done yet, and never both spent.
            told.push((from.clone(), column.clone()));
            continue;
        }
        let is_told = told.iter().any(|(_, to)| to == column);
        if !is_told && known.columns.contains_key(from) && !known.columns.contains_key(column) {
            told.push((from.clone(), column.clone()));
        }
    }
    told
}

/// What two columns must share to look like one that was renamed.
fn shape(column: &Column) -> Column {
    let mut shape = Column::new(column.data_type.storage(), column.nullable);
    shape.generated.clone_from(&column.generated);
    shape
}

fn ask(rename: Rename, answers: &Answers, steps: &mut Steps) {
    if !answers.no_renames && !answers.denied.contains(&rename) {
        steps.questions.push(Question::Rename(rename));
    }
}

fn refused_swap(what: &str) -> Stop {
    Stop::Refused(vec![format!(
        "renaming {what} while the old name stays in use or the new one is taken is not supported yet: do it in two \
         migrations"
    )])
}

fn apply(operation: Operation, schema: &mut Schema, steps: &mut Steps) -> Result<(), Stop> {
    operation.apply(schema).map_err(|contradiction| Stop::Refused(vec![contradiction.to_string()]))?;
    steps.renames.push(operation);
    Ok(())
}

/// Renames constraints and indexes that differ in nothing but the name: automatic names follow their table and columns.
pub(super) fn named(present: &Schema, target: &Schema, steps: &mut Steps) -> Schema {
    let mut renames = Vec::new();
    for (key, known, wanted) in common(present, target) {
        if let (Some(before), Some(after)) = (&known.primary_key, &wanted.primary_key)
            && before.name != after.name
            && before.columns == after.columns
        {
            let (from, to) = (before.name.clone(), after.name.clone());
            renames.push(RenamePrimaryKey { table: key.clone(), from, to }.into());
        }
        renames.extend(of_kind::<Unique>(key, known, wanted));
        renames.extend(of_kind::<Index>(key, known, wanted));
        renames.extend(of_kind::<ForeignKey>(key, known, wanted));
        renames.extend(of_kind::<Check>(key, known, wanted));
    }
    let mut renamed = present.clone();
    for rename in renames {
        if rename.apply(&mut renamed).is_ok() {
            steps.renames.push(rename);
        }
    }
    renamed
}

fn of_kind<D: Named>(key: &str, known: &Table, wanted: &Table) -> Vec<Operation>
where
    Operation: From<operation::Rename<D>>,
{
    let (known, wanted) = (D::of(known), D::of(wanted));
    let mut gone: Vec<_> = known.iter().filter(|(name, _)| !wanted.contains_key(*name)).collect();
    let mut renames = Vec::new();
    for (to, definition) in wanted.iter().filter(|(name, _)| !known.contains_key(*name)) {
        if let Some(place) = gone.iter().position(|(_, before)| *before == definition) {
            let (from, _) = gone.remove(place);
            renames.push(operation::Rename::<D>::new(key, from, to).into());
        }
    }
    renames
}
