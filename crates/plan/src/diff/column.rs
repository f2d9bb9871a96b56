//! Compares the columns of tables that stay.
//!
//! Asks for what existing rows cannot know: a value for a new `NOT NULL` column, a way from one type to another.

use super::{
    Rename,
    given::Given,
    offer::{self, Offer},
    question::Question,
    step::Steps,
    table::common,
};
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

/// Records from before digits were kept have `20.0` as `20`: the same number is no change.
pub(super) fn keep_recorded_numbers(present: &Schema, target: &mut Schema) {
    for (key, known) in &present.tables {
        let Some(table) = target.tables.get_mut(key) else { continue };
        for (name, before) in &known.columns {
            let Some(DefaultValue::Number(recorded)) = &before.default else { continue };
            let wanted = table.columns.get_mut(name).and_then(|column| column.default.as_mut());
            if let Some(DefaultValue::Number(wanted)) = wanted
                && recorded.is_recorded_float()
                && recorded.has_value_of(wanted)
            {
                wanted.clone_from(recorded);
            }
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
        let (from, to) = (&before.data_type, &definition.data_type);
        let is_stored = before.generated.is_none() && definition.generated.is_none();
        let alteration = match from.cast_to(to) {
            Cast::None => None,
            Cast::Assignment | Cast::Explicit if given.is_accepted(key, column) => None,
            Cast::Assignment | Cast::Explicit => from.conversion_to(to, given.dialect).alteration(),
        };
        if using.is_none() && is_stored && (alteration.is_some() || from.cast_to(to) == Cast::None) {
            steps.questions.push(Question::Using {
                table: key.to_owned(),
                column: column.to_owned(),
                from: from.to_string(),
                to: to.to_string(),
                offer: alteration.map(|alteration| Offer {
                    sql: offer::sql(given.dialect, from, to, column),
                    alters: alteration.what,
                }),
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
