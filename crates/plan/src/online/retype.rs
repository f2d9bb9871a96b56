//! A column of a table in use that gets a wider type: a copy of the new type, which a trigger fills, takes its place.
//!
//! For whole numbers that nothing else rests on. The copy and its trigger are there between the steps only. Must not rewrite
//! a row while anybody waits.

use std::collections::BTreeSet;

use makemigrations_sql::quote_identifier;

use super::{
    expansion::{Expansion, free_name},
    refusal,
};
use crate::{
    graph::{names_column, table_parts},
    model::{Check, Column, DataType, Dialect, Object, Schema, Table, name::limit},
    operation::{
        AddCheck, AddColumn, AlterColumn, AnalyzeTable, BackfillColumn, BackfillOnRollback, CreateObject, DropCheck,
        DropColumn, DropObject, Operation, ValidateConstraint,
    },
};

/// Whether two columns of a table change their types for each other's, so that what one holds the other one has to hold:
/// then they change their names instead.
pub(super) fn is_swap(before: &Schema, one: &AlterColumn, other: &AlterColumn) -> bool {
    let column =
        |alter: &AlterColumn| before.tables.get(&alter.table).and_then(|table| table.columns.get(&alter.column));
    let (Some(first), Some(second)) = (column(one), column(other)) else { return false };
    let retyped = |from: &Column, to: &DataType| Column { data_type: to.clone(), ..from.clone() };
    one.table == other.table
        && (is_widening(&first.data_type, &second.data_type) || is_widening(&second.data_type, &first.data_type))
        && first.nullable == second.nullable
        && one.definition == retyped(first, &second.data_type)
        && other.definition == retyped(second, &first.data_type)
}

/// Every value has its place in the new type, which PostgreSQL stores in more bytes.
fn is_widening(from: &DataType, to: &DataType) -> bool {
    matches!(
        (from, to),
        (DataType::Smallint, DataType::Integer | DataType::Bigint) | (DataType::Integer, DataType::Bigint)
    )
}

/// Adds the steps, where there are any for this change.
pub(super) fn in_steps(expansion: &mut Expansion<'_>, change: &AlterColumn, before: &Column) -> bool {
    let schema = &expansion.schema;
    let Some(owner) = schema.tables.get(&change.table) else { return false };
    let is_only_wider = is_widening(&before.data_type, &change.definition.data_type)
        && change.definition == (Column { data_type: change.definition.data_type.clone(), ..before.clone() });
    let is_plain = !before.nullable && before.identity.is_none() && before.generated.is_none();
    // What goes in the same change is in the way still: it is dropped in a later step.
    let rests_on_it = |schema: &Schema| has_dependents(schema, &change.table, &change.column);
    let is_free = !rests_on_it(schema) && !rests_on_it(expansion.before);
    if !is_only_wider || !is_plain || change.using.is_some() || !is_free {
        return false;
    }
    let copy = Copy::of(expansion, owner, change);
    copy.make(expansion, change, before);
    true
}

/// The columns, by table, that `operations` drop together with the trigger that fills them: another column holds their
/// values.
pub(crate) fn dropped_copies<'a>(before: &Schema, operations: &'a [Operation]) -> BTreeSet<(&'a str, &'a str)> {
    let objects = operations.iter().filter_map(|operation| match operation {
        Operation::DropObject(drop) => before.objects.get_key_value(&drop.key),
        _ => None,
    });
    let objects: Vec<(&String, &Object)> = objects.collect();
    let is_copy = |drop: &DropColumn| {
        let Some(owner) = before.tables.get(&drop.table) else { return false };
        objects.iter().any(|(key, object)| {
            let fills = |from: &String| trigger(owner, key, from, &drop.column, &drop.table).create == object.create;
            object.depends_on.contains(&drop.table) && owner.columns.keys().any(fills)
        })
    };
    let copies = operations.iter().filter_map(|operation| match operation {
        Operation::DropColumn(drop) if is_copy(drop) => Some((drop.table.as_str(), drop.column.as_str())),
        _ => None,
    });
    copies.collect()
}

/// Whether anything that the schema knows rests on the column, or may act when a row of its table is written.
fn has_dependents(schema: &Schema, key: &str, column: &str) -> bool {
    let Some(table) = schema.tables.get(key) else { return true };
    if !table.columns.contains_key(column) {
        return true;
    }
    let is_it = |name: &String| name == column;
    let named = |text: &str| names_column(Dialect::Postgres, text, &table.name);
    let refers = |other: &Table| {
        other.foreign_keys.values().any(|foreign| foreign.table == key && foreign.references.iter().any(is_it))
    };
    refusal::is_partitioned(table)
        || table_parts(table)
            .iter()
            .any(|part| part.all_columns().any(|known| known == column) || part.has_in_text(Dialect::Postgres, column))
        || table.foreign_keys.values().any(|foreign| foreign.columns.iter().any(is_it))
        || schema.tables.values().any(refers)
        || !table.exclusions.is_empty()
        || schema.views.values().any(|view| named(&view.query))
        || schema.objects.values().any(|object| named(&object.create) || object.depends_on.contains(key))
}

/// The copy of a column, and the trigger that fills it.
struct Copy {
    column: String,
    object: String,
    trigger: Object,
    check: AddCheck,
}

impl Copy {
    fn of(expansion: &Expansion<'_>, owner: &Table, change: &AlterColumn) -> Self {
        let (table, column) = (&change.table, &change.column);
        let copy = free(&format!("{column}_copy"), |name| owner.columns.contains_key(name));
        let objects = &expansion.schema.objects;
        let is_named = |name: &str| {
            objects.contains_key(name)
                || objects.values().any(|object| mentions_any(&object.create, name))
                || expansion.is_planned(name)
        };
        let object = free(&format!("{}_{copy}", owner.name), is_named);
        let trigger = trigger(owner, &object, column, &copy, table);
        let name = free_name(&expansion.schema.tables, table, &format!("{}_{copy}_same", owner.name));
        let (old, new) = (quote_identifier(column), quote_identifier(&copy));
        // That it is not NULL, `SET NOT NULL` looks for; that it is the same, nothing else would prove before the old one goes.
        let definition = Check { expression: format!("{new} IS NOT NULL AND {new} = {old}") };
        let check = AddCheck { table: table.clone(), name, definition };
        Self { column: copy, object, trigger, check }
    }

    fn make(self, expansion: &mut Expansion<'_>, change: &AlterColumn, before: &Column) {
        let (table, column) = (&change.table, &change.column);
        let (narrow, wide) = (&before.data_type, &change.definition.data_type);
        let filled = |data_type: &DataType| Column::new(data_type.clone(), false);
        let empty = |data_type: &DataType| Column::new(data_type.clone(), true);
        let alter = |name: &str, definition: Column| -> Operation {
            AlterColumn { table: table.clone(), column: name.to_owned(), definition, backfill: None, using: None }
                .into()
        };
        let online = expansion.online;
        let fill = BackfillColumn {
            table: table.clone(),
            column: self.column.clone(),
            value: quote_identifier(column),
            batch_size: online.batch_size,
            pause_ms: online.pause_ms,
        };
        if expansion.schema.tables.get(table).is_some_and(|owner| owner.primary_key.is_none()) {
            return expansion.refused.push(refusal::no_key(table, column));
        }
        let add =
            AddColumn { table: table.clone(), column: self.column.clone(), definition: empty(wide), backfill: None };
        let trigger = CreateObject { key: self.object.clone(), definition: self.trigger };
        let drop_check = || Operation::from(DropCheck::new(table, &self.check.name));
        let validate = ValidateConstraint { table: table.clone(), name: self.check.name.clone() };
        expansion.later("add_column", vec![add.into(), trigger.clone().into()]);
        expansion.later("backfill", vec![fill.clone().into()]);
        expansion.later("check", vec![self.check.clone().into()]);
        expansion.later("validate", vec![validate.into()]);
        expansion.later("set_not_null", vec![alter(&self.column, filled(wide)), drop_check()]);
        expansion.later("analyze", vec![AnalyzeTable { table: table.clone() }.into()]);
        // Sessions keep the plan of a function, with the types that it met first: after the swap it has to be another one.
        let swap = vec![
            DropObject::new(&self.object).into(),
            change.clone().into(),
            alter(&self.column, filled(narrow)),
            trigger.clone().into(),
        ];
        expansion.later("swap", swap);
        expansion.later("drop_not_null", vec![self.check.clone().into(), alter(&self.column, empty(narrow))]);
        expansion.later("drop_check", vec![drop_check()]);
        expansion.later("keep", vec![BackfillOnRollback(fill).into()]);
        let gone = DropColumn { table: table.clone(), column: self.column.clone() };
        expansion.at_last("drop_column", vec![DropObject::new(&self.object).into(), gone.into()]);
    }
}

/// Fires for every row that is written, and goes by names: its text is right before the columns change theirs, and afterwards.
fn trigger(owner: &Table, object: &str, column: &str, copy: &str, key: &str) -> Object {
    let (table, trigger) = (quote_qualified(owner.schema.as_deref(), &owner.name), quote_identifier(object));
    let function = quote_qualified(owner.schema.as_deref(), object);
    let (column, copy) = (quote_identifier(column), quote_identifier(copy));
    let mut tag = String::from("$$");
    while column.contains(&tag) || copy.contains(&tag) {
        tag.insert(1, '_');
    }
    Object {
        domain: owner.domain.clone(),
        create: format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {tag}\nBEGIN\n    NEW.{copy} := NEW.{column};\n    \
             RETURN NEW;\nEND\n{tag};\nCREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table}\nFOR EACH ROW EXECUTE FUNCTION \
             {function}()"
        ),
        drop: format!("DROP TRIGGER {trigger} ON {table};\nDROP FUNCTION {function}()"),
        depends_on: BTreeSet::from([key.to_owned()]),
    }
}

fn quote_qualified(schema: Option<&str>, name: &str) -> String {
    let schema = schema.map(|schema| format!("{}.", quote_identifier(schema))).unwrap_or_default();
    format!("{schema}{}", quote_identifier(name))
}

fn mentions_any(text: &str, name: &str) -> bool {
    text.to_lowercase().contains(&name.to_lowercase())
}

/// A name that nothing has, as it is or with a number.
fn free(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = limit(Dialect::Postgres, wanted);
    let mut number = 1;
    while is_taken(&name) {
        number += 1;
        name = limit(Dialect::Postgres, &format!("{wanted}_{number}"));
    }
    name
}
