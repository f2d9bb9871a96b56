//! Compares the columns of tables that stay.
//!
//! Asks for what existing rows cannot know: a value for a new `NOT NULL` column, a way from one type to another.

use super::{Rename, given::Given, question::Question, step::Steps, table::common};
use crate::{
    model::{Cast, Column, DefaultValue, Schema, Table},
    operation::{AddColumn, AlterColumn, DropColumn},
};

pub(super) fn compare(present: &Schema, target: &Schema, given: &Given<'_>, steps: &mut Steps) {
    for (key, known, table) in common(present, target) {
        for (column, definition) in &table.columns {
            match known.columns.get(column) {
                None => added(key, column, definition, given, steps),
                Some(before) if before != definition => altered(key, known, column, definition, given, steps),
                Some(_) => {}
            }
        }
        for (column, before) in known.columns.iter().filter(|(column, _)| !table.columns.contains_key(*column)) {
            let step = if before.generated.is_some() { &mut steps.drop_generated } else { &mut steps.drop_columns };
            step.push(DropColumn { table: key.clone(), column: column.clone() }.into());
        }
    }
}

fn added(table: &str, column: &str, definition: &Column, given: &Given<'_>, steps: &mut Steps) {
    let backfill = given.backfill(table, column);
    // Whether it needs a value is known once it is known whether it was renamed.
    let may_be_renamed = steps.questions.iter().any(|question| {
        let Question::Rename { candidates, .. } = question else { return false };
        let is_candidate =
            |rename: &Rename| matches!(rename, Rename::Column { table: other, to, .. } if other == table && to == column);
        candidates.iter().any(is_candidate)
    });
    if definition.needs_backfill() && backfill.is_none() && !may_be_renamed {
        steps.questions.push(Question::Backfill {
            table: table.to_owned(),
            column: column.to_owned(),
            data_type: definition.data_type.to_string(),
            is_new: true,
        });
    }
    let step = if definition.generated.is_some() { &mut steps.add_generated } else { &mut steps.add_columns };
    step.push(
        AddColumn { table: table.to_owned(), column: column.to_owned(), definition: definition.clone(), backfill }
            .into(),
    );
}

fn altered(key: &str, known: &Table, column: &str, definition: &Column, given: &Given<'_>, steps: &mut Steps) {
    let before = &known.columns[column];
    let mut backfill = given.backfill(key, column);
    let mut using = given.using(key, column);
    let stops_being_nullable = before.nullable && !definition.nullable;
    if stops_being_nullable && backfill.is_none() {
        backfill = definition.default.as_ref().map(DefaultValue::as_sql);
    }
    if stops_being_nullable && backfill.is_none() && definition.generated.is_none() {
        steps.questions.push(Question::Backfill {
            table: key.to_owned(),
            column: column.to_owned(),
            data_type: definition.data_type.to_string(),
            is_new: false,
        });
    }
    let retyped = before.data_type.storage() != definition.data_type.storage();
    if retyped {
        let cast = before.data_type.cast_to(&definition.data_type);
        if cast == Cast::None && using.is_none() && definition.generated.is_none() {
            steps.questions.push(Question::Using {
                table: key.to_owned(),
                column: column.to_owned(),
                from: before.data_type.to_string(),
                to: definition.data_type.to_string(),
            });
        }
    }
    // It must not slip into a change of the column that it is not about.
    if !stops_being_nullable {
        backfill = None;
    }
    if !retyped {
        using = None;
    }
    let (table, column, definition) = (key.to_owned(), column.to_owned(), definition.clone());
    // What is computed follows the columns that it reads.
    let step = if definition.generated.is_some() { &mut steps.add_generated } else { &mut steps.alter_columns };
    step.push(AlterColumn { table, column, definition, backfill, using }.into());
}
