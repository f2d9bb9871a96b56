//! Takes out of a draft what the format or the engine does not allow, so that an edit need not think of everything that
//! depends on what it changes. It must not add anything.

use std::collections::BTreeSet;

use super::column_type::{ColumnType, Family};
use super::draft::{Counter, Default, Draft, ForeignKey, Form, Generated, Id, ObjectForm, Table};
use super::text;
use crate::database::Engine;
use crate::postgres::major;

/// Makes the draft valid.
pub(crate) fn repair(draft: &mut Draft) {
    let ids: Vec<_> = draft.tables.keys().copied().collect();
    for id in &ids {
        let mut table = draft.tables.remove(id).expect("a key of the map");
        columns(draft, &mut table);
        constraints(draft, &mut table);
        draft.tables.insert(*id, table);
    }
    for id in &ids {
        let mut keys = std::mem::take(&mut draft.tables.get_mut(id).expect("a key of the map").foreign_keys);
        let table = &draft.tables[id];
        let mut seen = BTreeSet::new();
        keys.retain(|_, key| key.name.is_some() || seen.insert(key.columns.clone()));
        keys.retain(|_, key| stands(draft, table, key));
        for key in keys.values_mut() {
            settle(draft.engine, table, key);
        }
        draft.tables.get_mut(id).expect("a key of the map").foreign_keys = keys;
    }
    others(draft);
}

fn columns(draft: &Draft, table: &mut Table) {
    let is_postgres = draft.is_postgres();
    let key = table.primary_key.as_ref().map(|key| key.columns.clone()).unwrap_or_default();
    for column in &mut table.columns {
        if column.kind.enumeration().is_some_and(|id| !draft.enums.contains_key(&id))
            || (column.kind == ColumnType::Named("citext") && is_postgres && !draft.extensions.contains("citext"))
        {
            column.kind = ColumnType::Named("text");
        }
        if !column.kind.counts() || (!is_postgres && key != [column.id]) {
            column.counter = None;
        }
        if !is_postgres && column.counter.is_some_and(|counter| counter != Counter::Serial) {
            column.counter = Some(Counter::Auto);
        }
        if column.counter.is_some() {
            (column.default, column.generated, column.nullable) = (None, None, false);
        }
        if column.kind.family() != Family::Text {
            column.collation = None;
        }
        column.default = match column.default {
            Some(Default::Object(id)) => {
                let form = draft.objects.get(&id).map(|object| &object.form);
                let fits = matches!(form, Some(ObjectForm::Function | ObjectForm::Sequence)) && column.kind.counts();
                fits.then_some(Default::Object(id))
            }
            Some(Default::Expression) if text::default_expression(draft, column.kind).is_none() => None,
            other => other,
        };
        if key.contains(&column.id) {
            column.nullable = false;
        }
    }
    let sources = table.clone();
    for column in &mut table.columns {
        let Some(generated) = column.generated else { continue };
        if key.contains(&column.id) || text::generated(&sources, column, generated).is_none() {
            column.generated = None;
            continue;
        }
        column.generated = Some(Generated { stored: generated.stored || is_postgres, ..generated });
        (column.default, column.nullable) = (None, true);
    }
}

fn constraints(draft: &Draft, table: &mut Table) {
    let columns = table.clone();
    let comparable = |id: &Id| columns.column(*id).is_some_and(|column| column.kind.is_comparable());
    let exists = |id: &Id| columns.column(*id).is_some();
    // Something in every row that no other row has.
    let distinct = |id: &Id| columns.column(*id).is_some_and(|column| column.kind.is_distinct());
    let once = |ids: &[Id]| ids.iter().collect::<BTreeSet<_>>().len() == ids.len() && !ids.is_empty();
    let unique = |ids: &[Id]| once(ids) && ids.iter().all(comparable) && ids.iter().any(distinct);
    table.primary_key = table.primary_key.take().filter(|key| unique(&key.columns));
    let postgres = draft.is_postgres();
    let mut seen = BTreeSet::new();
    for unique in table.unique.values_mut() {
        let columns = unique.columns.clone();
        unique.include.retain(|id| postgres && exists(id) && !columns.contains(id));
        unique.nulls_not_distinct &= postgres && major() >= 15;
        if !postgres || unique.condition.is_some() {
            unique.deferrable = None;
        }
        if unique.condition.is_some_and(|condition| !exists(&condition.column)) {
            unique.condition = None;
        }
    }
    table.unique.retain(|_, item| unique(&item.columns) && (item.name.is_some() || seen.insert(item.columns.clone())));
    let mut seen = BTreeSet::new();
    for index in table.indexes.values_mut() {
        if !postgres {
            (index.method, index.fillfactor) = (None, None);
        }
        // Only trees can be unique, carry columns along and have these parameters.
        if index.method.is_some() {
            (index.unique, index.fillfactor) = (false, None);
            index.include.clear();
        }
        index.unique &= index.elements.iter().any(|element| distinct(&element.column));
        let elements = index.elements.clone();
        index.include.retain(|id| postgres && exists(id) && !elements.iter().any(|element| element.column == *id));
        if index.condition.is_some_and(|condition| !exists(&condition.column)) {
            index.condition = None;
        }
    }
    table.indexes.retain(|_, index| {
        let fits = |element: &super::draft::Element| {
            columns
                .column(element.column)
                .is_some_and(|column| text::has_form(draft, column, element.form, index.method))
        };
        let name = |element: &super::draft::Element| {
            // Every expression has a name of its kind of expression, not of its column.
            if element.form == Form::Expression { Id::MAX } else { element.column }
        };
        once(&index.elements.iter().map(|element| element.column).collect::<Vec<_>>())
            && index.elements.iter().all(fits)
            && (index.method != Some("hash") || index.elements.len() == 1)
            && (index.name.is_some() || seen.insert(index.elements.iter().map(name).collect::<Vec<_>>()))
    });
    let mut seen = BTreeSet::new();
    for check in table.checks.values_mut() {
        check.second = check.second.filter(|second| exists(&second.column));
    }
    table.checks.retain(|_, check| {
        exists(&check.condition.column) && (check.name.is_some() || seen.insert(check.condition.column))
    });
    let is_range = |id: Id| columns.column(id).is_some_and(|column| matches!(column.kind.family(), Family::Range(_)));
    for exclusion in table.exclusions.values_mut() {
        exclusion.condition = exclusion.condition.filter(|condition| exists(&condition.column));
    }
    table.exclusions.retain(|_, exclusion| postgres && is_range(exclusion.column));
}

/// Whether a foreign key has columns that fit and something unique to point at.
fn stands(draft: &Draft, table: &Table, key: &ForeignKey) -> bool {
    let Some(target) = draft.tables.get(&key.table) else { return false };
    if key.columns.is_empty()
        || key.columns.len() != key.references.len()
        || key.columns.iter().collect::<BTreeSet<_>>().len() != key.columns.len()
        || (std::ptr::eq(table, target) && key.columns.iter().any(|column| key.references.contains(column)))
    {
        return false;
    }
    let fit = key.columns.iter().zip(&key.references).all(|(from, to)| {
        let (Some(from), Some(to)) = (table.column(*from), target.column(*to)) else { return false };
        let is_text = |kind: ColumnType| kind.family() == Family::Text && kind != ColumnType::Named("citext");
        from.generated.is_none()
            && to.generated.is_none()
            && from.kind.is_keyable()
            && to.kind.is_keyable()
            && (from.kind == to.kind
                || (is_text(from.kind) && is_text(to.kind))
                || (draft.engine == Engine::Sqlite && from.kind.counts() && to.kind.counts()))
            // SQLite looks for an index with the parent's collation.
            && (draft.is_postgres() || to.collation == from.collation)
    });
    let wanted: BTreeSet<_> = key.references.iter().collect();
    let same = |columns: &[Id]| columns.iter().collect::<BTreeSet<_>>() == wanted;
    fit && (target.primary_key.as_ref().is_some_and(|key| same(&key.columns))
        || target
            .unique
            .values()
            .any(|unique| unique.condition.is_none() && unique.deferrable.is_none() && same(&unique.columns)))
}

/// Actions that have something to set.
fn settle(engine: Engine, table: &Table, key: &mut ForeignKey) {
    let columns: Vec<_> = key.columns.iter().filter_map(|id| table.column(*id)).collect();
    let nullable = columns.iter().all(|column| column.nullable);
    let defaulted = columns.iter().all(|column| column.default.is_some());
    for action in [&mut key.on_delete, &mut key.on_update] {
        let possible = match action {
            Some("set_null") => nullable,
            Some("set_default") => defaulted,
            Some(_) | None => true,
        };
        if !possible {
            *action = None;
        }
    }
    key.full &= engine == Engine::Postgres;
}

fn others(draft: &mut Draft) {
    let postgres = draft.is_postgres();
    loop {
        let fits = |form: &ObjectForm| match form {
            ObjectForm::Function | ObjectForm::Sequence | ObjectForm::TriggerFunction => postgres,
            ObjectForm::Trigger { table, function, column } => {
                let runs = function.and_then(|id| draft.objects.get(&id)).map(|object| &object.form);
                draft.tables.contains_key(table)
                    && column.is_none_or(|column| draft.column(*table, column).is_some())
                    && (!postgres || runs == Some(&ObjectForm::TriggerFunction))
            }
            ObjectForm::Policy { table, column } => postgres && draft.column(*table, *column).is_some(),
        };
        let gone = draft.objects.iter().find(|(_, object)| !fits(&object.form)).map(|(id, _)| *id);
        let Some(id) = gone else { break };
        draft.objects.remove(&id);
    }
    loop {
        let gone = draft.views.iter().find(|(_, view)| text::query(draft, &view.source).is_none()).map(|(id, _)| *id);
        let Some(id) = gone else { break };
        draft.views.remove(&id);
    }
    for view in draft.views.values_mut() {
        view.materialized &= postgres;
        view.indexed &= view.materialized;
    }
}
