//! One spelling for texts that say the same: SQLite keeps SQL as it was written, and writes names anew when they change.
//!
//! Decides nothing but spelling; PostgreSQL spells everything itself, and is left alone.

use std::{borrow::Cow, collections::BTreeMap};

use makemigrations_plan::model::{DefaultValue, Dialect, Index, IndexTarget, Schema, Table};
use makemigrations_sql::is_same_sql;

/// `actual` in the words of `reference`, wherever both say the same.
pub(crate) fn aligned<'a>(actual: &'a Schema, reference: &Schema) -> Cow<'a, Schema> {
    match actual.dialect {
        Dialect::Postgres => return Cow::Borrowed(actual),
        Dialect::Sqlite => {}
    }
    let mut result = actual.clone();
    for table in result.tables.values_mut() {
        let same = |other: &&Table| other.schema == table.schema && other.name == table.name;
        if let Some(other) = reference.tables.values().find(same) {
            align_table(table, other);
        }
    }
    for view in result.views.values_mut() {
        let other = reference.views.values().find(|other| other.name == view.name);
        if let Some(other) = other {
            align(&mut view.query, &other.query);
        }
    }
    for (key, object) in &mut result.objects {
        if let Some(other) = reference.objects.get(key) {
            align(&mut object.create, &other.create);
            align(&mut object.drop, &other.drop);
        }
    }
    Cow::Owned(result)
}

fn align(text: &mut String, other: &String) {
    if text != other && is_same_sql(text, other, Dialect::Sqlite) {
        text.clone_from(other);
    }
}

fn align_table(table: &mut Table, other: &Table) {
    for (name, column) in &mut table.columns {
        let Some(other) = other.columns.get(name) else { continue };
        if let (Some(generated), Some(other)) = (&mut column.generated, &other.generated) {
            align(&mut generated.expression, &other.expression);
        }
        if let (Some(DefaultValue::Expression(text)), Some(DefaultValue::Expression(other))) =
            (&mut column.default, &other.default)
        {
            align(text, other);
        }
    }
    for (name, check) in &mut table.checks {
        if let Some(other) = other.checks.get(name) {
            align(&mut check.expression, &other.expression);
        }
    }
    align_indexes(&mut table.indexes, &other.indexes);
}

fn align_indexes(indexes: &mut BTreeMap<String, Index>, others: &BTreeMap<String, Index>) {
    for (name, index) in indexes {
        let Some(other) = others.get(name) else { continue };
        for (element, other) in index.columns.iter_mut().zip(&other.columns) {
            if let (IndexTarget::Expression(text), IndexTarget::Expression(other)) =
                (&mut element.target, &other.target)
            {
                align(text, other);
            }
        }
        if let (Some(predicate), Some(other)) = (&mut index.predicate, &other.predicate) {
            align(predicate, other);
        }
    }
}
