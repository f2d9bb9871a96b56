//! Constraints and indexes as they stand in the lists of a table. It must not look at what is declared at columns.

use super::{list, string};
use crate::random::chance::hash;
use crate::random::draft::{Condition, Draft, Element, ForeignKey, Form, Id, Index, Table, Unique};
use crate::random::style::styled;
use crate::random::text;

pub(super) fn key_options(key: &ForeignKey) -> Vec<String> {
    let set = |name: &str, value: Option<&str>| value.map(|value| format!("{name} = {}", string(value)));
    let options = [
        set("name", key.name.as_deref()),
        set("on_delete", key.on_delete),
        set("on_update", key.on_update),
        set("deferrable", key.deferrable),
        set("match", key.full.then_some("full")),
    ];
    options.into_iter().flatten().collect()
}

pub(super) fn of_key(draft: &Draft, key: &ForeignKey, names: &dyn Fn(&[Id]) -> String) -> String {
    let target = &draft.tables[&key.table];
    let columns: Vec<_> = key.references.iter().filter_map(|id| target.column(*id)).map(|c| c.name.as_str()).collect();
    let references = format!("references = {{ table = {}, columns = {} }}", string(&target.key), list(columns));
    let mut parts = vec![format!("columns = {}", names(&key.columns)), references];
    parts.extend(key_options(key));
    format!("{{ {} }}", parts.join(", "))
}

pub(super) fn of_unique(draft: &Draft, table: &Table, unique: &Unique, names: &dyn Fn(&[Id]) -> String) -> String {
    let mut text = format!("{{ columns = {}", names(&unique.columns));
    if let Some(name) = &unique.name {
        text.push_str(&format!(", name = {}", string(name)));
    }
    text.push_str(&filter(draft, table, unique.condition));
    if unique.nulls_not_distinct {
        text.push_str(", nulls_not_distinct = true");
    }
    if let Some(deferrable) = unique.deferrable {
        text.push_str(&format!(", deferrable = {}", string(deferrable)));
    }
    if !unique.include.is_empty() {
        text.push_str(&format!(", include = {}", names(&unique.include)));
    }
    text + " }"
}

pub(super) fn of_index(draft: &Draft, table: &Table, index: &Index, names: &dyn Fn(&[Id]) -> String) -> String {
    let elements: Vec<_> = index.elements.iter().map(|element| of_element(draft, table, *element)).collect();
    let mut text = format!("{{ columns = [{}]", elements.join(", "));
    if let Some(name) = &index.name {
        text.push_str(&format!(", name = {}", string(name)));
    }
    if index.unique {
        text.push_str(", unique = true");
    }
    text.push_str(&filter(draft, table, index.condition));
    if let Some(method) = index.method {
        text.push_str(&format!(", using = {}", string(method)));
    }
    if !index.include.is_empty() {
        text.push_str(&format!(", include = {}", names(&index.include)));
    }
    if let Some(fillfactor) = index.fillfactor {
        text.push_str(&format!(", with = {{ fillfactor = {fillfactor} }}"));
    }
    text + " }"
}

fn of_element(draft: &Draft, table: &Table, element: Element) -> String {
    let column = table.column(element.column).expect("columns of indexes are there");
    let name = string(&column.name);
    match element.form {
        Form::Plain => name,
        Form::Descending => format!("{{ column = {name}, order = \"desc\" }}"),
        Form::NullsFirst => format!("{{ column = {name}, nulls = \"first\" }}"),
        Form::Pattern => format!("{{ column = {name}, opclass = \"text_pattern_ops\" }}"),
        Form::Collated if draft.is_postgres() => format!("{{ column = {name}, collation = \"C\" }}"),
        Form::Collated => format!("{{ column = {name}, collation = \"NOCASE\" }}"),
        Form::Expression => {
            let expression = text::index_expression(column).expect("what has no expression is taken out");
            format!("{{ expression = {} }}", string(&styled(draft, &expression)))
        }
    }
}

pub(super) fn filter(draft: &Draft, table: &Table, condition: Option<Condition>) -> String {
    let Some(condition) = condition else { return String::new() };
    let text = styled(draft, &text::condition(draft, table, condition));
    // Both forms of a SQL text.
    match hash(&text) % 3 {
        0 => format!(", where = {{ sql = {} }}", string(&text)),
        _ => format!(", where = {}", string(&text)),
    }
}
