//! Columns with what is declared at them: keys, checks, indexes, hints. It must not write lists of constraints.

use std::collections::BTreeMap;

use super::constraint::key_options;
use super::string;
use crate::random::answer::ColumnHint;
use crate::random::column_type::{ColumnType, Family};
use crate::random::draft::{Check, Column, Counter, Default, Draft, Element, ForeignKey, Form, Id, Table, Unique};
use crate::random::style::styled;
use crate::random::{object, text};

/// What is declared at its column.
pub(super) struct Short {
    pub(super) unique: BTreeMap<Id, Id>,
    pub(super) index: BTreeMap<Id, Id>,
    pub(super) references: BTreeMap<Id, Id>,
    pub(super) checks: BTreeMap<Id, Id>,
}

impl Short {
    pub(super) fn of(table: &Table) -> Self {
        let unique = table.unique.iter().filter_map(|(id, unique)| match unique.columns.as_slice() {
            [column] if *unique == (Unique { name: unique.name.clone(), ..Unique::of(vec![*column]) }) => {
                Some((*column, *id))
            }
            _ => None,
        });
        let index = table.indexes.iter().filter_map(|(id, index)| {
            let [Element { column, form: Form::Plain }] = index.elements.as_slice() else { return None };
            let is_plain = !index.unique
                && index.method.is_none()
                && index.condition.is_none()
                && index.include.is_empty()
                && index.fillfactor.is_none();
            is_plain.then_some((*column, *id))
        });
        let references = table.foreign_keys.iter().filter_map(|(id, key)| match key.columns.as_slice() {
            [column] if !id.is_multiple_of(3) => Some((*column, *id)),
            _ => None,
        });
        let checks = table.checks.iter().filter(|(_, check)| check.name.is_none());
        Self {
            unique: unique.collect(),
            index: index.collect(),
            references: references.collect(),
            checks: checks.map(|(id, check)| (check.condition.column, *id)).collect(),
        }
    }
}

pub(super) fn is_short_key(table: &Table) -> bool {
    table.primary_key.as_ref().is_some_and(|key| {
        let in_order: Vec<_> =
            table.columns.iter().map(|column| column.id).filter(|id| key.columns.contains(id)).collect();
        key.name.is_none() && in_order == key.columns && key.columns.iter().fold(0, |sum, id| sum ^ id) % 4 != 0
    })
}

pub(super) fn of_column(
    draft: &Draft,
    table: &Table,
    column: &Column,
    short: &Short,
    hint: Option<&ColumnHint>,
) -> String {
    let mut parts = vec![format!("type = {}", of_type(draft, column))];
    if is_short_key(table) && table.is_key(column.id) {
        parts.push("primary_key = true".to_owned());
    } else if column.nullable {
        parts.push("nullable = true".to_owned());
    }
    match column.counter {
        Some(Counter::Auto) => parts.push("auto_increment = true".to_owned()),
        Some(Counter::Always) => parts.push("identity = \"always\"".to_owned()),
        Some(Counter::ByDefault) => parts.push("identity = \"by_default\"".to_owned()),
        Some(Counter::Serial) | None => {}
    }
    parts.extend(default(draft, column).map(|default| format!("default = {default}")));
    if let Some(generated) = column.generated {
        let expression = text::generated(table, column, generated).expect("what cannot be computed is taken out");
        let expression = string(&styled(draft, &expression));
        parts.push(format!("generated = {{ sql = {expression}, stored = {} }}", generated.stored));
    }
    let named = |name: &Option<String>| match name {
        Some(name) => format!("{{ name = {} }}", string(name)),
        None => "true".to_owned(),
    };
    parts.extend(short.unique.get(&column.id).map(|id| format!("unique = {}", named(&table.unique[id].name))));
    parts.extend(short.index.get(&column.id).map(|id| format!("index = {}", named(&table.indexes[id].name))));
    parts.extend(short.references.get(&column.id).map(|id| references(draft, &table.foreign_keys[id])));
    parts.extend(short.checks.get(&column.id).map(|id| {
        let Check { condition, .. } = &table.checks[id];
        format!("check = {}", string(&styled(draft, &text::condition(draft, table, *condition))))
    }));
    let set = |key: &str, value: Option<&str>| value.map(|value| format!("{key} = {}", string(value)));
    parts.extend(set("collation", column.collation));
    parts.extend(set("comment", column.comment));
    if column.sensitive {
        parts.push("sensitive = true".to_owned());
    }
    if let Some(hint) = hint {
        parts.extend(set("renamed_from", hint.renamed_from.as_deref()));
        parts.extend(hint.backfill.as_ref().map(|sql| format!("backfill = {{ sql = {} }}", string(sql))));
        parts.extend(set("using", hint.using.as_deref()));
    }
    match parts.as_slice() {
        // The short form of a column.
        [only] if !only.contains('{') => only.trim_start_matches("type = ").to_owned(),
        _ => format!("{{ {} }}", parts.join(", ")),
    }
}

fn of_type(draft: &Draft, column: &Column) -> String {
    if column.kind == ColumnType::Named("point") {
        return "{ sql = \"point\" }".to_owned();
    }
    let spelling = column.kind.spelling(draft);
    string(
        match (column.counter, spelling.as_str()) {
            (Some(Counter::Serial), "smallint") => "smallserial",
            (Some(Counter::Serial), "integer") => "serial",
            (Some(Counter::Serial), _) => "bigserial",
            _ => &spelling,
        }
        .to_owned()
        .as_str(),
    )
}

/// The value of `default`.
fn default(draft: &Draft, column: &Column) -> Option<String> {
    let sql = |text: &str| format!("{{ sql = {} }}", string(&styled(draft, text)));
    Some(match column.default? {
        Default::Expression => sql(text::default_expression(draft, column.kind)?),
        Default::Object(id) => sql(&object::call(draft, id)),
        Default::Literal(number) => {
            let literal = column.kind.literal(draft, i64::from(number));
            match column.kind.family() {
                _ if number.is_multiple_of(5) => sql(&literal),
                _ if number.is_multiple_of(3) => sql(&column.kind.typed(draft, i64::from(number))),
                Family::Integer => literal,
                Family::Number if column.kind != ColumnType::Named("money") => literal,
                Family::Boolean => literal.to_lowercase(),
                Family::Bytes | Family::Bits(_) | Family::Array | Family::Point => sql(&literal),
                _ => string(&literal.trim_matches('\'').replace("''", "'")),
            }
        }
    })
}

fn references(draft: &Draft, key: &ForeignKey) -> String {
    let target = &draft.tables[&key.table];
    let column = &target.column(key.references[0]).expect("columns of keys are there").name;
    let is_primary = target.primary_key.as_ref().is_some_and(|primary| primary.columns == key.references);
    let options = key_options(key);
    let simple = |text: &str| !text.contains('.');
    if options.is_empty() && key.name.is_none() && simple(&target.key) && simple(column) {
        let text = if is_primary { target.key.clone() } else { format!("{}.{column}", target.key) };
        return format!("references = {}", string(&text));
    }
    let mut parts = vec![format!("table = {}", string(&target.key))];
    if !is_primary {
        parts.push(format!("column = {}", string(column)));
    }
    parts.extend(options);
    format!("references = {{ {} }}", parts.join(", "))
}
