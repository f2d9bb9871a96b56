//! Names of migrations: the folder's, and the automatic part of it in Django's style.
//!
//! Whether a name is free is not known here.

use std::collections::BTreeSet;

use super::Stamp;
use crate::{
    graph::names_column,
    model::{Check, Dialect, ForeignKey, Index, Unique},
    operation::{InternalNames, Operation, Sign},
};

/// A name that grows past this many characters ends with `_and_more`.
const LONGEST: usize = 52;

/// The folder's name: `2026-11-23-141200-0042_ticket_priority`.
#[must_use]
pub fn directory_name(stamp: Stamp, number: u64, name: &str) -> String {
    format!("{stamp}-{number:04}_{name}")
}

/// A name made of the operations, as Django makes them: `initial`, `ticket_priority`, `delete_ticket`, `a_b_and_more`.
#[must_use]
pub fn automatic_name(number: u64, operations: &[Operation]) -> String {
    if number == 1 && !operations.is_empty() {
        return "initial".to_owned();
    }
    let parents = Parents::of(operations);
    let returning = returning(operations);
    let comes_back = |operation: &Operation| subject(operation).is_some_and(|place| returning.contains(&place));
    let internal = InternalNames::of(operations);
    let is_shown =
        |operation: &&Operation| !parents.carry(operation) && !comes_back(operation) && !internal.hides(operation);
    let shown = operations.iter().filter(is_shown);
    let mut fragments: Vec<_> = shown.map(|operation| operation.change().fragment()).collect();
    if fragments.is_empty() {
        let changed = operations.iter().filter(|operation| operation.change().sign() == Sign::Add);
        fragments.extend(changed.map(|operation| format!("alter_{}", operation.change().fragment())));
    }
    let mut fragments =
        fragments.iter().map(|fragment| words(&internal.shown_in_name(fragment))).filter(|name| !name.is_empty());
    let Some(mut name) = fragments.next() else { return "manual".to_owned() };
    for fragment in fragments {
        if name.chars().count() + 1 + fragment.chars().count() > LONGEST {
            return name + "_and_more";
        }
        name = format!("{name}_{fragment}");
    }
    name
}

/// What an operation drops or adds: its kind, its table when it has one, its name.
type Subject<'a> = (&'static str, &'a str, &'a str);

fn subject(operation: &Operation) -> Option<Subject<'_>> {
    match operation {
        Operation::DropView(drop) => Some(("view", "", &drop.key)),
        Operation::CreateView(create) => Some(("view", "", &create.key)),
        Operation::DropObject(drop) => Some(("object", "", &drop.key)),
        Operation::CreateObject(create) => Some(("object", "", &create.key)),
        Operation::DropColumn(drop) => Some(("column", &drop.table, &drop.column)),
        Operation::AddColumn(add) => Some(("column", &add.table, &add.column)),
        Operation::DropUnique(drop) => Some(("unique", &drop.table, &drop.name)),
        Operation::AddUnique(add) => Some(("unique", &add.table, &add.name)),
        Operation::DropIndex(drop) => Some(("index", &drop.table, &drop.name)),
        Operation::AddIndex(add) => Some(("index", &add.table, &add.name)),
        Operation::DropForeignKey(drop) => Some(("foreign key", &drop.table, &drop.name)),
        Operation::AddForeignKey(add) => Some(("foreign key", &add.table, &add.name)),
        Operation::DropCheck(drop) => Some(("check", &drop.table, &drop.name)),
        Operation::AddCheck(add) => Some(("check", &add.table, &add.name)),
        Operation::DropExclusion(drop) => Some(("exclusion", &drop.table, &drop.name)),
        Operation::AddExclusion(add) => Some(("exclusion", &add.table, &add.name)),
        _ => None,
    }
}

/// What is dropped and re-created for something else, or changes by being dropped and added: not worth two names.
fn returning(operations: &[Operation]) -> BTreeSet<Subject<'_>> {
    let of = |sign: Sign| {
        let of_sign = operations.iter().filter(move |operation| operation.change().sign() == sign);
        of_sign.filter_map(subject).collect::<BTreeSet<_>>()
    };
    of(Sign::Remove).intersection(&of(Sign::Add)).copied().collect()
}

/// Letters and digits in lower case, with one `_` for whatever stands between them.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").trim_matches('_').to_owned()
}

/// What appears, goes or gets another name together with what hangs on it: naming it is enough.
#[derive(Default)]
struct Parents<'a> {
    tables: BTreeSet<&'a str>,
    columns: BTreeSet<(&'a str, &'a str)>,
    /// Tables in which names follow a rename.
    renamed: BTreeSet<&'a str>,
}

impl<'a> Parents<'a> {
    fn of(operations: &'a [Operation]) -> Self {
        let mut parents = Self::default();
        for operation in operations {
            match operation {
                Operation::CreateTable(create) => {
                    parents.tables.insert(&create.key);
                }
                Operation::DropTable(drop) => {
                    parents.tables.insert(&drop.key);
                }
                Operation::AddColumn(add) => {
                    parents.columns.insert((&add.table, &add.column));
                }
                Operation::RenameTable(rename) => {
                    parents.renamed.insert(&rename.to);
                }
                Operation::RenameColumn(rename) => {
                    parents.renamed.insert(&rename.table);
                }
                _ => {}
            }
        }
        parents
    }

    /// Whether the operation only hangs on one of them.
    fn carry(&self, operation: &Operation) -> bool {
        let on_table = |table: &str| self.tables.contains(table);
        match operation {
            Operation::AddUnique(add) => on_table(&add.table) || self.under_unique(&add.table, &add.definition),
            Operation::AddIndex(add) => on_table(&add.table) || self.under_index(&add.table, &add.definition),
            Operation::AddForeignKey(add) => on_table(&add.table) || self.under_key(&add.table, &add.definition),
            Operation::AddCheck(add) => on_table(&add.table) || self.under_check(&add.table, &add.definition),
            Operation::AddExclusion(add) => on_table(&add.table),
            Operation::AddPrimaryKey(add) => on_table(&add.table) || self.any(&add.table, &add.definition.columns),
            Operation::DropUnique(drop) => on_table(&drop.table),
            Operation::DropIndex(drop) => on_table(&drop.table),
            Operation::DropForeignKey(drop) => on_table(&drop.table),
            Operation::DropCheck(drop) => on_table(&drop.table),
            Operation::DropExclusion(drop) => on_table(&drop.table),
            Operation::DropPrimaryKey(drop) => on_table(&drop.table),
            Operation::RenameUnique(rename) => self.renamed.contains(rename.table.as_str()),
            Operation::RenameIndex(rename) => self.renamed.contains(rename.table.as_str()),
            Operation::RenameForeignKey(rename) => self.renamed.contains(rename.table.as_str()),
            Operation::RenameCheck(rename) => self.renamed.contains(rename.table.as_str()),
            Operation::RenameExclusion(rename) => self.renamed.contains(rename.table.as_str()),
            Operation::RenamePrimaryKey(rename) => self.renamed.contains(rename.table.as_str()),
            _ => false,
        }
    }

    fn any(&self, table: &str, columns: &[String]) -> bool {
        columns.iter().any(|column| self.columns.contains(&(table, column.as_str())))
    }

    fn under_unique(&self, table: &str, unique: &Unique) -> bool {
        self.any(table, &unique.columns)
    }

    fn under_index(&self, table: &str, index: &Index) -> bool {
        let named = index.column_names().any(|column| self.columns.contains(&(table, column)));
        named || index.texts().any(|text| self.mentioned(table, text))
    }

    fn under_key(&self, table: &str, key: &ForeignKey) -> bool {
        self.any(table, &key.columns)
    }

    fn under_check(&self, table: &str, check: &Check) -> bool {
        self.mentioned(table, &check.expression)
    }

    fn mentioned(&self, table: &str, text: &str) -> bool {
        // Names are given before anybody asks for a dialect, and are only names.
        let in_text = |column: &str| Dialect::ALL.into_iter().any(|dialect| names_column(dialect, text, column));
        self.columns.iter().any(|(owner, column)| *owner == table && in_text(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Column, DataType, IndexColumn},
        operation::{AddColumn, AddIndex, DropIndex, DropTable, RenameIndex, RenameTable},
    };

    fn add(table: &str, column: &str) -> Operation {
        let definition = Column::new(DataType::Integer, true);
        AddColumn { table: table.into(), column: column.into(), definition, backfill: None }.into()
    }

    fn index(column: &str) -> Operation {
        let definition = Index {
            columns: vec![IndexColumn::plain(column)],
            unique: false,
            nulls_not_distinct: false,
            predicate: None,
            method: None,
            include: Vec::new(),
            with: Default::default(),
        };
        AddIndex { table: "ticket".into(), name: format!("ticket_{column}_idx"), definition }.into()
    }

    #[test]
    fn the_first_one_is_initial() {
        assert_eq!(automatic_name(1, &[add("ticket", "priority")]), "initial");
        assert_eq!(automatic_name(2, &[DropTable::new("ticket").into()]), "delete_ticket");
    }

    #[test]
    fn what_hangs_on_a_new_column_is_not_named() {
        assert_eq!(automatic_name(2, &[add("ticket", "priority"), index("priority")]), "ticket_priority");
        assert_eq!(
            automatic_name(2, &[add("ticket", "priority"), index("status")]),
            "ticket_priority_ticket_ticket_status_idx"
        );
    }

    #[test]
    fn what_steps_aside_is_not_named_unless_it_is_all_there_is() {
        let drop = Operation::from(DropIndex::new("ticket", "ticket_status_idx"));
        let again = [drop.clone(), add("ticket", "priority"), index("status")];
        assert_eq!(automatic_name(2, &again), "ticket_priority");
        assert_eq!(automatic_name(2, &[drop, index("status")]), "alter_ticket_ticket_status_idx");
    }

    #[test]
    fn names_that_follow_a_rename_are_not_named() {
        let table = RenameTable { from: "request".into(), to: "ticket".into(), name: "ticket".into() };
        let index = RenameIndex::new("ticket", "request_a_idx", "ticket_a_idx");
        assert_eq!(automatic_name(2, &[table.into(), index.into()]), "rename_request_ticket");
    }

    #[test]
    fn long_names_end_early_and_odd_characters_become_one_underscore() {
        let operations = [add("Ticket", "Due  date!"), add("ticket", &"x".repeat(40))];
        assert_eq!(automatic_name(2, &operations), "ticket_due_date_and_more");
    }

    #[test]
    fn numbers_have_four_digits_and_grow_past_them() {
        let stamp = Stamp::at(0);
        assert_eq!(directory_name(stamp, 42, "a"), "1970-01-01-000000-0042_a");
        assert_eq!(directory_name(stamp, 12_345, "a"), "1970-01-01-000000-12345_a");
    }
}
