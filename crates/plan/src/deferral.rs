//! Drops that wait until no program uses what goes: a change without them, and later a change of nothing but them.
//!
//! Builds on the operations of a plan. What is merged, the caller says.

use std::collections::BTreeSet;

use crate::{
    model::{Deferred, Schema},
    operation::{
        AlterColumn, Contradiction, DropColumn, DropEnum, DropForeignKey, DropSchema, DropTable, Operation, SetDeferred,
    },
};

/// Why drops cannot wait.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDeferrable {
    /// What stays may need it, which only the database knows.
    #[error("extension `{extension}` goes, and what stays for a while may need it: {stays}")]
    Extension {
        /// The extension.
        extension: String,
        /// What stays.
        stays: String,
    },
    /// The operations do not fit each other any more.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

/// The operations with drops of columns and tables of `in_use` deferred: what goes stays in the database, so that programs
/// that use it can run as well as those that know nothing of it any more.
///
/// # Errors
/// When something else in the change cannot wait for them.
pub fn defer(
    before: &Schema,
    operations: &[Operation],
    in_use: &BTreeSet<String>,
) -> Result<Vec<Operation>, NotDeferrable> {
    let mut schema = before.clone();
    let mut in_use = in_use.clone();
    let mut all = Vec::with_capacity(operations.len());
    for operation in operations {
        let parts = match operation {
            Operation::DropColumn(drop) if in_use.contains(&drop.table) => of_column(&schema, drop),
            Operation::DropTable(drop) if in_use.contains(&drop.key) => of_table(&schema, drop),
            Operation::DropEnum(drop) if schema.columns_of_enum(&drop.key).next().is_some() => {
                vec![set(Deferred::Enum(drop.key.clone()), true)]
            }
            Operation::DropSchema(drop) if schema.used_schemas().contains(&drop.name) => Vec::new(),
            Operation::DropExtension(drop) if !schema.deferred.is_empty() => {
                let stays: Vec<_> = schema.deferred.iter().map(Deferred::describe).collect();
                return Err(NotDeferrable::Extension { extension: drop.name.clone(), stays: stays.join(", ") });
            }
            other => vec![other.clone()],
        };
        if let Operation::RenameTable(rename) = operation
            && in_use.remove(&rename.from)
        {
            in_use.insert(rename.to.clone());
        }
        parts.iter().try_for_each(|part| part.apply(&mut schema))?;
        all.extend(parts);
    }
    Ok(all)
}

fn set(what: Deferred, deferred: bool) -> Operation {
    SetDeferred { what, deferred }.into()
}

/// New programs give it no value.
fn of_column(schema: &Schema, drop: &DropColumn) -> Vec<Operation> {
    let (table, column) = (drop.table.clone(), drop.column.clone());
    let definition = schema.tables.get(&table).and_then(|table| table.columns.get(&column));
    let needs_value = definition.filter(|definition| definition.needs_backfill()).cloned();
    let free = needs_value.map(|definition| {
        let definition = crate::model::Column { nullable: true, ..definition };
        AlterColumn { table: table.clone(), column: column.clone(), definition, backfill: None, using: None }.into()
    });
    free.into_iter().chain([set(Deferred::Column(table, column), true)]).collect()
}

/// New programs delete the rows that it points at.
fn of_table(schema: &Schema, drop: &DropTable) -> Vec<Operation> {
    let keys = schema.tables.get(&drop.key).map(|table| table.foreign_keys.keys().cloned().collect::<Vec<_>>());
    let keys = keys.unwrap_or_default().into_iter();
    let keys = keys.map(|name| DropForeignKey::new(drop.key.clone(), name).into());
    keys.chain([set(Deferred::Table(drop.key.clone()), true)]).collect()
}

/// The drops of what is deferred in `before` and merged: those among `merged`.
#[must_use]
pub fn contract(before: &Schema, merged: &BTreeSet<Deferred>) -> Vec<Operation> {
    let due: Vec<&Deferred> = before.deferred.intersection(merged).collect();
    let is_due = |table: &String| due.iter().any(|one| matches!(one, Deferred::Table(key) if key == table));
    let mut operations = Vec::new();
    for deferred in &due {
        match deferred {
            Deferred::Column(table, column) if !is_due(table) => {
                operations.push(set((*deferred).clone(), false));
                operations.push(DropColumn { table: table.clone(), column: column.clone() }.into());
            }
            Deferred::Column(..) | Deferred::Table(_) | Deferred::Enum(_) => {}
        }
    }
    for deferred in &due {
        let Deferred::Table(key) = deferred else { continue };
        let columns = before.deferred.iter().filter(|one| matches!(one, Deferred::Column(table, _) if table == key));
        operations.extend(columns.map(|column| set(column.clone(), false)));
        operations.push(set((*deferred).clone(), false));
        operations.push(DropTable::new(key.clone()).into());
    }
    let mut after = before.clone();
    let applied = operations.iter().try_for_each(|operation| operation.apply(&mut after));
    debug_assert_eq!(applied, Ok(()));
    for deferred in &due {
        let Deferred::Enum(key) = deferred else { continue };
        if after.columns_of_enum(key).next().is_none() {
            operations.push(set((*deferred).clone(), false));
            operations.push(DropEnum::new(key.clone()).into());
        }
    }
    let used = after.used_schemas();
    let unused = before.used_schemas().into_iter().filter(|name| !used.contains(name) && before.schemas.contains(name));
    operations.extend(unused.map(|name| DropSchema { name }.into()));
    operations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diff::{Answers, diff},
        model::{Dialect, Domain},
        operation::{apply_all, inverse},
        snapshot::{self, Source, Wanted},
    };

    const BEFORE: &str = "[enums.mood]\nvalues = [\"good\", \"bad\"]\n
[tables.person.columns]\nid = { type = \"bigint\", primary_key = true }\n
[tables.ticket.columns]\nid = { type = \"bigint\", primary_key = true }\ntitle = { type = \"text\", index = true }\nmood = \"mood\"\n
[tables.note]\nschema = \"help\"\n[tables.note.columns]\nid = { type = \"bigint\", primary_key = true }\nowner = { type = \"bigint\", references = \"person\" }\n";
    const AFTER: &str = "[tables.person.columns]\nid = { type = \"bigint\", primary_key = true }\n
[tables.ticket.columns]\nid = { type = \"bigint\", primary_key = true }\n";

    fn schema(text: &str) -> Schema {
        let text = format!("format = 1\n{text}");
        let source = Source { path: "a.toml".to_owned(), domain: Domain::new("a").unwrap(), text };
        snapshot::read(Dialect::Postgres, &[source]).unwrap().schema
    }

    fn plan(before: &Schema, after: &Schema) -> Vec<Operation> {
        let wanted = Wanted { schema: after.clone(), ..Wanted::default() };
        let answers = Answers { no_renames: true, ..Answers::default() };
        diff(Dialect::Postgres, before, &wanted, &answers, None).unwrap().operations
    }

    #[test]
    fn what_goes_leaves_the_snapshots_and_stays_in_the_database() {
        let (before, wanted) = (schema(BEFORE), schema(AFTER));
        let in_use = before.tables.keys().cloned().collect();
        let operations = defer(&before, &plan(&before, &wanted), &in_use).unwrap();
        let said: Vec<_> = operations.iter().map(|operation| operation.change().describe()).collect();
        assert!(
            said.iter().all(|text| !text.starts_with("drop column") && !text.starts_with("drop table")),
            "{said:?}"
        );
        let after = apply_all(&before, &operations).unwrap();
        assert!(after.tables["ticket"].columns["title"].nullable && after.tables["note"].foreign_keys.is_empty());
        assert_eq!(after.without_deferred(), wanted);
        assert!(plan(&after.without_deferred(), &wanted).is_empty());
        let back = apply_all(&after, &inverse(&before, &operations).unwrap()).unwrap();
        assert_eq!(back, before);

        let drops = contract(&after, &after.deferred);
        let end = apply_all(&after, &drops).unwrap();
        assert_eq!(end, wanted);
        let back = apply_all(&end, &inverse(&after, &drops).unwrap()).unwrap();
        assert_eq!(back, after);
        assert!(contract(&after, &BTreeSet::new()).is_empty());
    }

    #[test]
    fn tables_that_nobody_uses_go_at_once() {
        let (before, wanted) = (schema(BEFORE), schema(AFTER));
        let direct = plan(&before, &wanted);
        assert_eq!(defer(&before, &direct, &BTreeSet::new()).unwrap(), direct);
    }
}
