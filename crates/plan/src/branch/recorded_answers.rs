//! The answers that operations hold, for a plan that takes their place.
//!
//! Asks nobody: what they do not say is a question of the plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{Answers, Rename, net_renames},
    model::{DataType, Schema},
    operation::Operation,
};

/// What people have answered when operations were planned: renames, values for rows, and what was no rename.
#[derive(Debug, Clone, Default)]
pub struct RecordedAnswers {
    answers: Answers,
    /// The types of the columns when values were given for them, by table key and column: for another type they are no answer.
    types: AnsweredTypes,
}

/// The type that a column had when each answer about it was given.
#[derive(Debug, Clone, Default)]
struct AnsweredTypes {
    backfills: BTreeMap<(String, String), DataType>,
    conversions: BTreeMap<(String, String), DataType>,
}

/// The answers that operations hold.
#[must_use]
pub fn recorded_answers(operations: &[&Operation]) -> RecordedAnswers {
    let answers = Answers { denied: denied(operations), ..answers(operations) };
    RecordedAnswers { answers, types: answered_types(operations) }
}

fn answered_types(operations: &[&Operation]) -> AnsweredTypes {
    let mut known: BTreeMap<(String, String), DataType> = BTreeMap::new();
    let mut types = AnsweredTypes::default();
    for operation in operations {
        let (place, definition, is_filled) = match operation {
            Operation::AddColumn(add) => {
                ((add.table.clone(), add.column.clone()), Some(&add.definition), add.backfill.is_some())
            }
            Operation::AlterColumn(alter) => {
                ((alter.table.clone(), alter.column.clone()), Some(&alter.definition), alter.backfill.is_some())
            }
            Operation::BackfillColumn(fill) => ((fill.table.clone(), fill.column.clone()), None, true),
            _ => continue,
        };
        if let Some(definition) = definition {
            known.insert(place.clone(), definition.data_type.clone());
        }
        let Some(data_type) = known.get(&place) else { continue };
        if is_filled {
            types.backfills.insert(place.clone(), data_type.clone());
        }
        if matches!(operation, Operation::AlterColumn(_)) {
            types.conversions.insert(place, data_type.clone());
        }
    }
    types
}

/// The answers that still name something, and those that are given now, which overrule them.
#[must_use]
pub fn with_given(recorded: &RecordedAnswers, given: &Answers, present: &Schema, wanted: &Schema) -> Answers {
    let mut answers = known(recorded, present, wanted);
    answers.no_renames = given.no_renames;
    answers.renames.retain(|rename| !given.renames.iter().any(|other| contradicts(rename, other)));
    answers.renames.extend(given.renames.iter().cloned());
    // The others are of columns that rolling back restores.
    let is_wanted = |(table, column): &(String, String)| {
        wanted.tables.get(table).is_some_and(|table| table.columns.contains_key(column))
    };
    let backfills = given.backfills.iter().filter(|(place, _)| is_wanted(place));
    answers.backfills.extend(backfills.map(|(place, sql)| (place.clone(), sql.clone())));
    answers.usings.extend(given.usings.clone());
    answers
}

fn answers(operations: &[&Operation]) -> Answers {
    let all: Vec<Operation> = operations.iter().map(|operation| (*operation).clone()).collect();
    // From the first name to the last: names in between are nobody's.
    let mut answers = Answers { renames: net_renames(&all), ..Answers::default() };
    for operation in operations {
        match operation {
            Operation::AddColumn(add) => {
                let place = (add.table.clone(), add.column.clone());
                answers.backfills.extend(add.backfill.clone().map(|sql| (place, sql)));
            }
            Operation::BackfillColumn(fill) => {
                let place = (fill.table.clone(), fill.column.clone());
                answers.backfills.insert(place, fill.value.clone());
            }
            Operation::AlterColumn(alter) => {
                let place = || (alter.table.clone(), alter.column.clone());
                answers.backfills.extend(alter.backfill.clone().map(|sql| (place(), sql)));
                match &alter.using {
                    Some(sql) => drop(answers.usings.insert(place(), sql.clone())),
                    None => drop(answers.conversions.insert(place())),
                }
            }
            _ => {}
        }
    }
    answers
}

/// What was dropped and what was added, each with each: that none of it was renamed has been answered.
fn denied(operations: &[&Operation]) -> BTreeSet<Rename> {
    let mut denied = BTreeSet::new();
    for gone in operations {
        for new in operations {
            match (gone, new) {
                (Operation::DropColumn(drop), Operation::AddColumn(add)) if drop.table == add.table => {
                    let (table, from, to) = (add.table.clone(), drop.column.clone(), add.column.clone());
                    denied.insert(Rename::Column { table, from, to });
                }
                (Operation::DropTable(drop), Operation::CreateTable(create)) => {
                    denied.insert(Rename::Table { from: drop.key.clone(), to: create.key.clone() });
                }
                (Operation::DropEnum(drop), Operation::CreateEnum(create)) => {
                    denied.insert(Rename::Enum { from: drop.key.clone(), to: create.key.clone() });
                }
                _ => {}
            }
        }
    }
    denied
}

/// Whether one of two renames has to give way.
fn contradicts(one: &Rename, other: &Rename) -> bool {
    let (of_one, from, to) = names(one);
    let (of_other, other_from, other_to) = names(other);
    of_one == of_other && (from == other_from || to == other_to)
}

/// What a rename is in, as a flag says it, and its names.
fn names(rename: &Rename) -> (Option<&String>, &String, &String) {
    match rename {
        Rename::Table { from, to } | Rename::Enum { from, to } => (None, from, to),
        Rename::Column { table: key, from, to } | Rename::EnumValue { key, from, to } => (Some(key), from, to),
    }
}

/// Whether a rename has been undone since: both names are recorded and both stay, and no other rename is about them.
fn is_moot(renames: &[Rename], place: usize, present: &Schema, wanted: &Schema, was: &impl Fn(&str) -> String) -> bool {
    let rename = &renames[place];
    let (owner, from, to) = names(rename);
    let of_same = || {
        let same = renames.iter().map(names);
        same.filter(move |(other, _, _)| *other == owner)
    };
    has_named(wanted, rename, owner.map(String::as_str), from)
        && has_named(present, rename, owner.map(|owner| was(owner)).as_deref(), to)
        && !of_same().any(|(_, _, other)| other == from)
        && !of_same().any(|(_, other, _)| other == to)
}

/// Whether a schema has something of the kind that a rename is of, under a name.
fn has_named(schema: &Schema, rename: &Rename, owner: Option<&str>, name: &String) -> bool {
    let owner = owner.unwrap_or_default();
    match rename {
        Rename::Table { .. } => schema.tables.contains_key(name),
        Rename::Enum { .. } => schema.enums.contains_key(name),
        Rename::Column { .. } => schema.tables.get(owner).is_some_and(|table| table.columns.contains_key(name)),
        Rename::EnumValue { .. } => schema.enums.get(owner).is_some_and(|item| item.values.contains(name)),
    }
}

/// The answers that still name something: others have changed the rest.
fn known(recorded: &RecordedAnswers, present: &Schema, wanted: &Schema) -> Answers {
    let answers = &recorded.answers;
    let has_column = |schema: &Schema, table: &str, column: &str| {
        schema.tables.get(table).is_some_and(|table| table.columns.contains_key(column))
    };
    let mut known = answers.clone();
    // One by one: without one the next may have nothing left to say either, or be about another table.
    loop {
        let was = |table: &str| {
            let renamed = known.renames.iter().find_map(|rename| match rename {
                Rename::Table { from, to } if to == table => Some(from.clone()),
                _ => None,
            });
            renamed.unwrap_or_else(|| table.to_owned())
        };
        let names_something = |rename: &Rename| match rename {
            Rename::Table { from, to } => present.tables.contains_key(from) && wanted.tables.contains_key(to),
            Rename::Column { table, from, to } => {
                has_column(present, &was(table), from) && has_column(wanted, table, to)
            }
            Rename::Enum { from, to } => present.enums.contains_key(from) && wanted.enums.contains_key(to),
            Rename::EnumValue { key, from, to } => {
                let has =
                    |schema: &Schema, value| schema.enums.get(key).is_some_and(|item| item.values.contains(value));
                has(present, from) && has(wanted, to)
            }
        };
        let is_stale = |place: &usize| {
            !names_something(&known.renames[*place]) || is_moot(&known.renames, *place, present, wanted, &was)
        };
        let Some(place) = (0..known.renames.len()).find(is_stale) else { break };
        known.renames.remove(place);
    }
    let has_type = |types: &BTreeMap<(String, String), DataType>, place: &(String, String)| {
        let column = wanted.tables.get(&place.0).and_then(|table| table.columns.get(&place.1));
        let recorded = types.get(place);
        column.is_some_and(|column| recorded.is_none_or(|recorded| recorded.storage() == column.data_type.storage()))
    };
    let types = &recorded.types;
    known.backfills.retain(|place, _| has_type(&types.backfills, place));
    known.usings.retain(|place, _| has_type(&types.conversions, place));
    known.conversions.retain(|place| has_type(&types.conversions, place));
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Column, Dialect, Domain, Table},
        operation::{AddColumn, AlterColumn, RenameColumn, RenameTable},
    };

    fn schema(data_type: DataType) -> Schema {
        let mut table = Table::new(Domain::new("d").unwrap(), "t");
        table.columns.insert("price".to_owned(), Column::new(data_type, false));
        Schema { tables: [("t".to_owned(), table)].into(), ..Schema::empty(Dialect::Postgres) }
    }

    fn add(backfill: &str) -> Operation {
        let definition = Column::new(DataType::Numeric(None), false);
        AddColumn { table: "t".into(), column: "price".into(), definition, backfill: Some(backfill.into()) }.into()
    }

    fn alter(data_type: DataType, backfill: Option<&str>) -> Operation {
        let definition = Column::new(data_type, false);
        let (backfill, using) = (backfill.map(str::to_owned), None);
        AlterColumn { table: "t".into(), column: "price".into(), definition, backfill, using }.into()
    }

    fn value_for(data_type: DataType, operations: &[Operation]) -> Option<String> {
        let recorded = recorded_answers(&operations.iter().collect::<Vec<_>>());
        let present = Schema::empty(Dialect::Postgres);
        let answers = with_given(&recorded, &Answers::default(), &present, &schema(data_type));
        answers.backfills.get(&("t".to_owned(), "price".to_owned())).cloned()
    }

    /// Two tables have changed places, and one of them a column; by now both tables are recorded under those names.
    #[test]
    fn a_column_goes_with_the_table_that_it_was_renamed_in() {
        let table = |column: &str| {
            let mut table = Table::new(Domain::new("d").unwrap(), "t");
            table.columns.insert(column.to_owned(), Column::new(DataType::Text, true));
            table
        };
        let schema = |tables: [(&str, &str); 2]| Schema {
            tables: tables.map(|(key, column)| (key.to_owned(), table(column))).into(),
            ..Schema::empty(Dialect::Postgres)
        };
        let rename_table = RenameTable { from: "a".into(), to: "b".into(), name: "b".into() };
        let rename_column = RenameColumn { table: "b".into(), from: "old".into(), to: "new".into() };
        let recorded = recorded_answers(&[&rename_table.into(), &rename_column.into()]);
        let renames = |present: &Schema, wanted: &Schema| {
            with_given(&recorded, &Answers::default(), present, wanted).renames.len()
        };
        let wanted = schema([("a", "other"), ("b", "new")]);
        assert_eq!(renames(&schema([("a", "old"), ("c", "other")]), &wanted), 2);
        assert_eq!(renames(&schema([("a", "old"), ("b", "other")]), &wanted), 0);
    }

    #[test]
    fn a_value_is_one_for_the_type_that_the_column_had() {
        assert_eq!(value_for(DataType::Numeric(None), &[add("20.5")]).as_deref(), Some("20.5"));
        assert_eq!(value_for(DataType::Boolean, &[add("20.5")]), None);
        // The type came after the value, or before it.
        assert_eq!(value_for(DataType::Boolean, &[add("20.5"), alter(DataType::Boolean, None)]), None);
        let later = [add("20.5"), alter(DataType::Boolean, Some("true"))];
        assert_eq!(value_for(DataType::Boolean, &later).as_deref(), Some("true"));
    }
}
