//! The present schema: the fold of all recorded operations, without a database.
//!
//! Reads no folder: the caller brings the records, in the order of their versions.

use std::ops::Range;

use crate::{
    diagnostic::Diagnostic,
    expression::missing_column,
    hint::UsedHints,
    model::{Dialect, Schema, Table},
    operation::{Contradiction, Operation},
    record::Record,
};

/// One migration's record.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The migration's folder name.
    pub folder: &'a str,
    /// The path of its `operations.toml`, for messages.
    pub path: &'a str,
    /// What is in it, or why that cannot be read.
    pub record: Result<&'a Record, &'a [Diagnostic]>,
}

/// Rebuilds the schema after `entries`, oldest first.
///
/// # Errors
/// Records that cannot be read, are written for another dialect, or contradict the ones before them. Every unreadable
/// record is reported; of contradictions only the first, because the rest would follow from it.
pub fn replay<'a>(dialect: Dialect, entries: impl IntoIterator<Item = Entry<'a>>) -> Result<Schema, Vec<Diagnostic>> {
    let mut schema = Schema::empty(dialect);
    let mut errors = Vec::new();
    for entry in entries {
        match entry.record {
            Ok(record) if errors.is_empty() => {
                if let Err(error) = advance(&mut schema, dialect, entry, record) {
                    return Err(vec![error]);
                }
            }
            Ok(_) => {}
            Err(found) => errors.extend_from_slice(found),
        }
    }
    if errors.is_empty() { Ok(schema) } else { Err(errors) }
}

/// Applies one record.
///
/// # Errors
/// When it is for another dialect, contradicts the schema, leaves a foreign key that points at nothing, or stands for other
/// migrations and says something of its own.
pub fn advance(schema: &mut Schema, dialect: Dialect, entry: Entry<'_>, record: &Record) -> Result<(), Diagnostic> {
    let refuse =
        |message: String| Diagnostic::error(entry.path, 0..0, format!("migration `{}`: {message}", entry.folder));
    if record.dialect != dialect {
        return Err(refuse(format!("it is recorded for {}, the migrations folder is for {dialect}", record.dialect)));
    }
    if record.is_stand_in() && !record.operations.is_empty() {
        return Err(refuse("it stands for other migrations, and so has no operations of its own".to_owned()));
    }
    for (index, operation) in record.operations.iter().enumerate() {
        let applied = operation.apply(schema).and_then(|()| read_nothing_missing(dialect, schema, operation));
        applied.map_err(|contradiction| {
            let folder = entry.path.rsplit_once('/').map_or(entry.path, |(folder, _)| folder);
            refuse(format!("operation {} ({}): {contradiction}", index + 1, operation.change().describe())).with_help(
                format!(
                    "this record contradicts the migrations before it: restore the one that is missing or was changed; or, \
                     when this one is not merged yet, delete the folder `{folder}`, then `cargo xtask makemigrations`"
                ),
            )
        })?;
    }
    match dangling(schema, record).or_else(|| without_column(schema, record)) {
        Some(message) => Err(refuse(message)),
        None => Ok(()),
    }
}

/// A constraint or an index of columns that their table does not have after the record. Looks only at tables on which the
/// record has put one.
fn without_column(schema: &Schema, record: &Record) -> Option<String> {
    let mut keys: Vec<&str> = Vec::new();
    for operation in &record.operations {
        let key = match operation {
            Operation::CreateTable(create) => &create.key,
            Operation::AddUnique(add) => &add.table,
            Operation::AddIndex(add) => &add.table,
            Operation::AddForeignKey(add) => &add.table,
            Operation::AddExclusion(add) => &add.table,
            _ => continue,
        };
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    keys.into_iter().find_map(|key| without_column_of(key, schema.tables.get(key)?))
}

fn without_column_of(key: &str, table: &Table) -> Option<String> {
    let is_missing = |column: &&str| !table.columns.contains_key(*column);
    let missing = |kind: &str, name: &str, column: &str| {
        format!("{kind} `{name}` names column `{column}`, which table `{key}` does not have afterwards")
    };
    let unique = table.unique.iter().find_map(|(name, unique)| {
        let mut columns = unique.columns.iter().chain(&unique.include).map(String::as_str);
        columns.find(is_missing).map(|column| missing("unique constraint", name, column))
    });
    let index = || {
        table.indexes.iter().find_map(|(name, index)| {
            index.column_names().find(is_missing).map(|column| missing("index", name, column))
        })
    };
    let reference = || {
        table.foreign_keys.iter().find_map(|(name, key)| {
            key.columns.iter().map(String::as_str).find(is_missing).map(|column| missing("foreign key", name, column))
        })
    };
    let exclusion = || {
        table.exclusions.iter().find_map(|(name, exclusion)| {
            exclusion.column_names().find(is_missing).map(|column| missing("exclusion constraint", name, column))
        })
    };
    unique.or_else(index).or_else(reference).or_else(exclusion)
}

/// Whether the expressions that an operation brings find their columns, as far as that can be told.
fn read_nothing_missing(dialect: Dialect, schema: &Schema, operation: &Operation) -> Result<(), Contradiction> {
    let (key, texts): (&str, Vec<&str>) = match operation {
        Operation::AddCheck(add) => (&add.table, vec![&add.definition.expression]),
        // Of a predicate, the snapshots only warn.
        Operation::AddIndex(add) => (&add.table, add.definition.expressions().collect()),
        Operation::AddExclusion(add) => (&add.table, add.definition.texts().collect()),
        _ => return Ok(()),
    };
    let Some(table) = schema.tables.get(key) else { return Ok(()) };
    match texts.into_iter().find_map(|text| missing_column(dialect, table, text)) {
        Some(found) => Err(Contradiction(format!("column `{key}.{}` does not exist at this point", found.written))),
        None => Ok(()),
    }
}

/// Where the migrations are that the one at `place` stands for: in a row, and before it. `all` are the folders, oldest first,
/// each with those that it stands for.
///
/// # Errors
/// What is wrong with them, as a sentence about the migration.
pub fn replaced(all: &[(&str, &[String])], place: usize) -> Result<Range<usize>, String> {
    let (before, wanted) = (&all[..place], all[place].1);
    let Some(first) = wanted.first() else { return Ok(place..place) };
    let absent = |folder: &str| format!("stands for `{folder}`, which is not before it");
    let start = before.iter().position(|(folder, _)| folder == first).ok_or_else(|| absent(first))?;
    for (offset, folder) in wanted.iter().enumerate() {
        match before.get(start + offset) {
            None => return Err(absent(folder)),
            Some((found, _)) if found != folder => {
                return Err(format!("stands for `{folder}` where `{found}` is, so some are left out"));
            }
            Some((_, others)) if !others.is_empty() => {
                return Err(format!("stands for `{folder}`, which stands for others itself"));
            }
            Some(_) => {}
        }
    }
    match before.iter().find(|(_, others)| others.iter().any(|folder| wanted.contains(folder))) {
        Some((rival, _)) => Err(format!("stands for migrations that `{rival}` stands for already")),
        None => Ok(start..start + wanted.len()),
    }
}

/// The hints that the migrations have used.
///
/// # Errors
/// Records that cannot be read.
pub fn used_hints<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Result<UsedHints, Vec<Diagnostic>> {
    let mut used = UsedHints::default();
    for entry in entries {
        let record = entry.record.map_err(<[Diagnostic]>::to_vec)?;
        used.advance(&record.operations, &record.used_hints);
    }
    Ok(used)
}

/// A foreign key that points at nothing after the record. Looks only where the record can have left one: replaying
/// hundreds of records must not visit every table each time.
fn dangling(schema: &Schema, record: &Record) -> Option<String> {
    let removed = record.operations.iter().find_map(|operation| {
        let target = match operation {
            Operation::DropTable(drop) => &drop.key,
            Operation::DropColumn(drop) => &drop.table,
            _ => return None,
        };
        let mut owners = schema.references_to(target);
        owners.find_map(|(owner, _)| dangling_of(schema, owner, schema.tables.get(owner)?))
    });
    if removed.is_some() {
        return removed;
    }
    record.operations.iter().find_map(|operation| {
        let key = match operation {
            Operation::CreateTable(create) => &create.key,
            Operation::AddForeignKey(add) => &add.table,
            _ => return None,
        };
        dangling_of(schema, key, schema.tables.get(key)?)
    })
}

fn dangling_of(schema: &Schema, key: &str, table: &Table) -> Option<String> {
    table.foreign_keys.iter().find_map(|(name, reference)| {
        (!reference.has_target(schema)).then(|| {
            format!(
                "foreign key `{name}` of table `{key}` points at `{}`, which is not there afterwards",
                reference.table
            )
        })
    })
}
