//! What an operation costs on a database with rows: data that goes, locks that block.
//!
//! Only what a person should know before merging; how long a lock lasts depends on the rows and is not guessed. Which locks
//! there are is `hazard`'s.

use std::collections::BTreeSet;

use super::{AlterColumn, Operation, destruction::destroys, unrestored::unrestored};
use crate::{
    hazard::{TableLock, waits},
    model::{Column, Conversion, Dialect, Schema},
    online::dropped_copies,
};

/// One thing to know about an operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Values or rows that nothing brings back.
    LosesData(String),
    /// Values or rows that may become others or go.
    MayLose(String),
    /// What the operations that are rolled back have taken away; see [`super::unrestored`].
    NotRestored(String),
    /// It can fail on rows that are there.
    MayFail(String),
    /// It fails on any value that is there.
    CannotBeDone(String),
    /// Others wait while it runs: on which table, who, and for how long.
    Locks(String),
}

/// The effects of operations on what was there before them; what they create themselves holds no rows.
#[must_use]
pub fn effects(dialect: Dialect, before: &Schema, operations: &[Operation]) -> Vec<Effect> {
    let mut found = Vec::new();
    let mut schema = before.clone();
    let mut new_tables = BTreeSet::new();
    let copies = dropped_copies(before, operations);
    for operation in operations {
        if let Operation::CreateTable(create) = operation {
            new_tables.insert(create.key.clone());
        }
        let is_new = operation.change().table().is_some_and(|table| new_tables.contains(table));
        if !is_new && !is_copied(operation, &copies) {
            found.extend(data(dialect, &schema, operation));
        }
        if operation.apply(&mut schema).is_err() {
            break;
        }
    }
    match dialect {
        Dialect::Postgres => {
            found.extend(waits(before, operations).iter().filter_map(TableLock::line).map(Effect::Locks));
        }
        // One writer at a time: SQLite has one lock for the whole file, whatever runs.
        Dialect::Sqlite => {}
    }
    found
}

/// Whether it drops a column whose values another one has.
pub(super) fn is_copied(operation: &Operation, copies: &BTreeSet<(&str, &str)>) -> bool {
    matches!(operation, Operation::DropColumn(drop) if copies.contains(&(drop.table.as_str(), drop.column.as_str())))
}

/// The effects of rolling `operations` back: they led from `before` to `after`, and `back` leads back.
#[must_use]
pub fn rollback_effects(
    dialect: Dialect,
    (before, operations): (&Schema, &[Operation]),
    (after, back): (&Schema, &[Operation]),
) -> Vec<Effect> {
    let gone = unrestored(dialect, before, operations);
    let gone = gone.into_iter().map(|gone| Effect::NotRestored(gone.what));
    effects(dialect, after, back).into_iter().chain(gone).collect()
}

fn data(dialect: Dialect, schema: &Schema, operation: &Operation) -> Vec<Effect> {
    let of_column = match operation {
        Operation::AlterColumn(alter) => [converted(dialect, schema, alter), made_equal(schema, alter)],
        _ => [None, None],
    };
    data_of_rows(dialect, schema, operation).into_iter().chain(of_column.into_iter().flatten()).collect()
}

/// What people give rows of a column that has to be unique may be the same for several.
fn made_equal(schema: &Schema, alter: &AlterColumn) -> Option<Effect> {
    let table = schema.tables.get(&alter.table)?;
    let before = table.columns.get(&alter.column)?;
    let is_filled = alter.backfill.is_some() && before.nullable && !alter.definition.nullable;
    if alter.definition.generated.is_some() || !(alter.using.is_some() || is_filled) {
        return None;
    }
    let has = |columns: &[String]| columns.contains(&alter.column);
    let key = table.primary_key.iter().filter(|key| has(&key.columns)).map(|key| &key.name);
    let unique = table.unique.iter().filter(|(_, unique)| has(&unique.columns)).map(|(name, _)| name);
    let indexes = table
        .indexes
        .iter()
        .filter(|(_, index)| index.unique && index.column_names().any(|column| column == alter.column));
    let name = key.chain(unique).chain(indexes.map(|(name, _)| name)).next()?;
    Some(Effect::MayFail(format!(
        "duplicates in {} under {name}, of the values given for {}",
        alter.table, alter.column
    )))
}

/// What a change of type makes of values.
fn converted(dialect: Dialect, schema: &Schema, alter: &AlterColumn) -> Option<Effect> {
    let before = schema.tables.get(&alter.table)?.columns.get(&alter.column)?;
    let (from, to) = (&before.data_type, &alter.definition.data_type);
    let place = format!("{}.{}", alter.table, alter.column);
    if alter.definition.generated.is_some() || before.generated.is_some() {
        return None;
    }
    if let Some(using) = &alter.using {
        return Some(Effect::MayLose(format!("the values of {place} as they are: `{using}` replaces them")));
    }
    if from.is_foreign_to(to) {
        return None;
    }
    match from.conversion_to(to, dialect) {
        Conversion::Alters(alteration) => {
            Some(Effect::MayLose(format!("values of {place}, from {from} to {to}: {}", alteration.what)))
        }
        Conversion::Unknown => {
            Some(Effect::MayLose(format!("values of {place}: what becomes of {from} as {to} only the database knows")))
        }
        Conversion::Holds | Conversion::Refuses => None,
    }
}

fn destroyed(dialect: Dialect, key: &str, sql: &str) -> Option<Effect> {
    destroys(sql, dialect).map(|statement| Effect::MayLose(format!("rows or values: object {key} runs `{statement}`")))
}

fn data_of_rows(dialect: Dialect, schema: &Schema, operation: &Operation) -> Option<Effect> {
    match operation {
        Operation::CreateObject(create) => destroyed(dialect, &create.key, &create.definition.create),
        Operation::DropObject(drop) => destroyed(dialect, &drop.key, &schema.objects.get(&drop.key)?.drop),
        Operation::DropTable(drop) => Some(Effect::LosesData(format!("every row of table {}", drop.key))),
        Operation::DropColumn(drop) => {
            let column = schema.tables.get(&drop.table)?.columns.get(&drop.column)?;
            let loses = column.generated.is_none();
            loses.then(|| Effect::LosesData(format!("the values of {}.{}", drop.table, drop.column)))
        }
        Operation::AddColumn(add) if add.definition.needs_backfill() && add.backfill.is_none() => {
            Some(Effect::MayFail(format!("rows of {} that would need a value for {}", add.table, add.column)))
        }
        Operation::DropEnumValue(drop) if !partitioned_by(schema, &drop.key).is_empty() => {
            let tables: Vec<_> = partitioned_by(schema, &drop.key).into_iter().collect();
            let tables = tables.join(", ");
            Some(Effect::CannotBeDone(format!("tables that are partitioned by the enum {}: {tables}", drop.key)))
        }
        Operation::DropEnumValue(drop) if is_used(schema, &drop.key) => {
            Some(Effect::MayFail(format!("rows that use the value {} of {}", drop.value, drop.key)))
        }
        Operation::SetEnumValues(set) => {
            let known = &schema.enums.get(&set.key)?.values;
            let gone: Vec<_> = known.iter().filter(|value| !set.values.contains(value)).map(String::as_str).collect();
            let text = || format!("rows that use the values {} of {}", gone.join(", "), set.key);
            (!gone.is_empty() && is_used(schema, &set.key)).then(|| Effect::MayFail(text()))
        }
        Operation::AddExclusion(add) => {
            Some(Effect::MayFail(format!("rows of {} that exclude each other under {}", add.table, add.name)))
        }
        Operation::AlterColumn(alter) => {
            let before = schema.tables.get(&alter.table)?.columns.get(&alter.column)?;
            let place = format!("{}.{}", alter.table, alter.column);
            let is_set_not_null = before.nullable && !alter.definition.nullable && alter.definition.generated.is_none();
            if is_set_not_null && alter.backfill.is_none() {
                Some(Effect::MayFail(format!("rows with NULL in {place}")))
            } else if is_set_not_null && points_somewhere(schema, &alter.table, &alter.column) {
                Some(Effect::MayFail(format!("rows with NULL in {place} whose new value points at no row")))
            } else if alter.definition.generated.is_some() {
                // What was computed before is computed anew: there is nothing to lose or to fit.
                let text = || format!("the values of {place}, which become computed");
                before.generated.is_none().then(|| Effect::LosesData(text()))
            } else if alter.using.is_none() && before.data_type.is_foreign_to(&alter.definition.data_type) {
                let (from, to) = (&before.data_type, &alter.definition.data_type);
                Some(Effect::CannotBeDone(format!("values of {place}: nothing leads from {from} to {to}")))
            } else if may_refuse(dialect, before, alter) {
                let (from, to) = (&before.data_type, &alter.definition.data_type);
                Some(Effect::MayFail(format!("values of {place} that do not fit from {from} into {to}")))
            } else {
                None
            }
        }
        Operation::AddUnique(add) => Some(Effect::MayFail(format!("duplicates in {} under {}", add.table, add.name))),
        Operation::AddIndex(add) if add.definition.unique => {
            Some(Effect::MayFail(format!("duplicates in {} under {}", add.table, add.name)))
        }
        Operation::AddPrimaryKey(add) => {
            Some(Effect::MayFail(format!("duplicates or NULLs in the new key of {}", add.table)))
        }
        Operation::AddForeignKey(add) => {
            let target = &add.definition.table;
            Some(Effect::MayFail(format!("rows of {} that point at no row of {target}", add.table)))
        }
        Operation::AddCheck(add) => Some(Effect::MayFail(format!("rows of {} that violate {}", add.table, add.name))),
        _ => None,
    }
}

/// Whether values may not fit into the column's new type.
fn may_refuse(dialect: Dialect, before: &Column, alter: &AlterColumn) -> bool {
    let (from, to) = (&before.data_type, &alter.definition.data_type);
    match from.conversion_to(to, dialect) {
        Conversion::Holds => false,
        Conversion::Alters(alteration) => alteration.may_fail,
        Conversion::Refuses | Conversion::Unknown => from.narrows_to(to),
    }
}

/// Whether a column has the enum's type.
fn is_used(schema: &Schema, key: &str) -> bool {
    schema.columns_of_enum(key).next().is_some()
}

/// The tables that have a column of the enum in their partition key, whose type PostgreSQL does not change.
fn partitioned_by<'a>(schema: &'a Schema, key: &'a str) -> BTreeSet<&'a str> {
    let partitioned = schema.columns_of_enum(key).filter(|(table, column)| {
        let table = schema.tables.get(*table);
        table.is_some_and(|table| table.options.is_some() && table.partition_columns().contains(*column))
    });
    partitioned.map(|(table, _)| table).collect()
}

/// Whether a foreign key is on the column.
fn points_somewhere(schema: &Schema, table: &str, column: &str) -> bool {
    let keys = schema.tables.get(table).map(|table| &table.foreign_keys);
    keys.is_some_and(|keys| keys.values().any(|key| key.columns.iter().any(|name| name == column)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, DataType, Domain, Enum, ForeignKey, Match, Table, Unique};
    use crate::operation::{CreateTable, DropEnumValue, DropForeignKey, DropTable, SetEnumValues};

    fn domain() -> Domain {
        Domain::new("d").unwrap()
    }

    /// A table that points at `target`.
    fn child(name: &str, target: &str) -> Table {
        let mut table = Table::new(domain(), name);
        let key = ForeignKey {
            columns: vec!["owner".into()],
            table: target.into(),
            references: vec!["id".into()],
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: None,
            match_type: Match::Simple,
        };
        table.foreign_keys.insert("key".into(), key);
        table
    }

    fn schema() -> Schema {
        let tables = [Table::new(domain(), "person"), child("ticket", "person")];
        Schema { tables: tables.map(|table| (table.name.clone(), table)).into(), ..Schema::default() }
    }

    fn texts(dialect: Dialect, schema: &Schema, operations: &[Operation]) -> Vec<String> {
        let text = |effect| match effect {
            Effect::LosesData(what) => format!("loses {what}"),
            Effect::MayLose(what) => format!("may lose {what}"),
            Effect::NotRestored(what) => format!("does not bring back {what}"),
            Effect::MayFail(what) => format!("may fail on {what}"),
            Effect::CannotBeDone(what) => format!("cannot be done for {what}"),
            Effect::Locks(what) => what,
        };
        effects(dialect, schema, operations).into_iter().map(text).collect()
    }

    #[test]
    fn what_comes_or_goes_locks_the_table_that_it_points_at() {
        let postgres = |operations: &[Operation]| texts(Dialect::Postgres, &schema(), operations);
        let drop: Operation = DropTable::new("ticket").into();
        assert_eq!(
            postgres(std::slice::from_ref(&drop)),
            [
                "loses every row of table ticket",
                "person: reads and writes wait for a moment",
                "ticket: reads and writes wait for a moment"
            ]
        );
        assert_eq!(texts(Dialect::Sqlite, &schema(), &[drop]), ["loses every row of table ticket"]);
        let drop = DropForeignKey::new("ticket", "key").into();
        assert_eq!(
            postgres(&[drop]),
            ["person: reads and writes wait for a moment", "ticket: reads and writes wait for a moment"]
        );
        let create = |name: &str, target: &str| -> Operation {
            CreateTable { key: name.into(), definition: child(name, target) }.into()
        };
        assert_eq!(
            postgres(&[create("note", "person"), create("mark", "note")]),
            ["person: writes wait for a moment"],
            "nobody waits for what is new"
        );
    }

    #[test]
    fn a_value_that_no_column_can_have_is_in_nobody_s_way() {
        let mut schema = schema();
        let values = vec!["new".into(), "old".into()];
        schema.enums.insert("state".into(), Enum { domain: domain(), schema: None, values, comment: None });
        let set = SetEnumValues { key: "state".into(), values: vec!["new".into()] };
        assert!(texts(Dialect::Postgres, &schema, &[set.clone().into()]).is_empty());
        let column = Column::new(DataType::Enum("state".into()), true);
        schema.tables.get_mut("ticket").unwrap().columns.insert("state".into(), column);
        let [may_fail, locks] = texts(Dialect::Postgres, &schema, &[set.into()]).try_into().unwrap();
        assert_eq!(may_fail, "may fail on rows that use the values old of state");
        assert_eq!(locks, "ticket: reads and writes wait while its rows are rewritten");

        schema.tables.get_mut("ticket").unwrap().options = Some("PARTITION BY LIST (state)".into());
        let drop = DropEnumValue { key: "state".into(), value: "old".into() };
        let [impossible, ..] = &texts(Dialect::Postgres, &schema, &[drop.into()])[..] else { panic!() };
        assert_eq!(impossible, "cannot be done for tables that are partitioned by the enum state: ticket");
    }

    #[test]
    fn values_for_a_unique_column_may_be_equal() {
        let mut schema = schema();
        let ticket = schema.tables.get_mut("ticket").unwrap();
        ticket.columns.insert("code".into(), Column::new(DataType::Text, true));
        let altered = |definition: Column, backfill: Option<&str>, using: Option<&str>| -> Operation {
            let (backfill, using) = (backfill.map(str::to_owned), using.map(str::to_owned));
            AlterColumn { table: "ticket".into(), column: "code".into(), definition, backfill, using }.into()
        };
        let retyped = altered(Column::new(DataType::Bigint, true), None, Some("1"));
        let filled = altered(Column::new(DataType::Text, false), Some("'x'"), None);
        let said = |schema: &Schema, operation: &Operation| {
            let texts = texts(Dialect::Sqlite, schema, std::slice::from_ref(operation));
            texts
                .iter()
                .any(|line| line == "may fail on duplicates in ticket under one_code, of the values given for code")
        };
        assert!(!said(&schema, &retyped) && !said(&schema, &filled), "nothing is unique");
        let columns = vec!["code".to_owned()];
        let unique = Unique { columns, nulls_not_distinct: false, deferrable: None, include: Vec::new() };
        schema.tables.get_mut("ticket").unwrap().unique.insert("one_code".into(), unique);
        assert!(said(&schema, &retyped) && said(&schema, &filled));
        assert!(!said(&schema, &altered(Column::new(DataType::Text, true), None, None)), "nothing is given");
    }
}
