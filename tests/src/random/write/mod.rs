//! A draft as snapshots, one file a domain, in the short and the long forms of the format. It must not decide what is in
//! the draft.

mod column;
mod constraint;
mod table;

use std::collections::BTreeMap;

use super::answer::Hints;
use super::draft::{Draft, Id};
use super::style::styled;
use super::{object, text};

/// The names of the domains.
pub(crate) const DOMAINS: [&str; 3] = ["core", "billing", "people"];

/// The files by their domains' names.
pub(crate) fn write(draft: &Draft, hints: &Hints) -> BTreeMap<&'static str, String> {
    let mut files: BTreeMap<_, _> = DOMAINS.iter().map(|domain| (*domain, "format = 1\n".to_owned())).collect();
    let mut add = |domain: usize, text: String| files.get_mut(DOMAINS[domain]).expect("a domain").push_str(&text);
    if !draft.extensions.is_empty() {
        add(0, format!("extensions = {}\n", list(draft.extensions.iter().copied())));
    }
    for (id, item) in &draft.enums {
        let mut text = format!("\n[enums.{}]\n", string(&item.key));
        text.push_str(&format!("values = {}\n", list(item.labels.iter().map(|(_, label)| label.as_str()))));
        text.push_str(&option("schema", item.schema));
        text.push_str(&option("comment", item.comment));
        if let Some(hint) = hints.enums.get(id) {
            text.push_str(&option("renamed_from", hint.renamed_from.as_deref()));
            let values: Vec<_> =
                hint.values.iter().map(|(old, new)| format!("{} = {}", string(old), string(new))).collect();
            if !values.is_empty() {
                text.push_str(&format!("renamed_values = {{ {} }}\n", values.join(", ")));
            }
        }
        add(item.domain, text);
    }
    for (id, item) in &draft.tables {
        add(item.domain, table::table(draft, *id, item, hints));
    }
    for view in draft.views.values() {
        let mut text = format!("\n[views.{}]\n", string(&view.key));
        let query = text::query(draft, &view.source).expect("views that read nothing are taken out");
        text.push_str(&format!("query = {}\n", string(&styled(draft, &query))));
        text.push_str(&option("name", view.name.as_deref()));
        text.push_str(&option("schema", view.schema));
        text.push_str(&option("comment", view.comment));
        if view.materialized {
            text.push_str("materialized = true\n");
        }
        if view.says_so {
            let reads = text::reads(&view.source).into_iter().map(|id| key(draft, id)).collect::<Vec<_>>();
            text.push_str(&format!("depends_on = {}\n", list(reads)));
        }
        if view.indexed {
            let first = text::first_column(draft, view).expect("a view has columns");
            text.push_str(&format!("indexes = [{{ columns = [{}], unique = true }}]\n", string(&first)));
        }
        add(view.domain, text);
    }
    for item in draft.objects.values() {
        let mut text = format!("\n[objects.{}]\n", string(&item.key));
        text.push_str(&format!("create = {}\n", string(&styled(draft, &object::create(draft, item)))));
        text.push_str(&format!("drop = {}\n", string(&styled(draft, &object::drop(draft, item)))));
        if item.says_so {
            let needs = object::needs(item).into_iter().map(|id| key(draft, id)).collect::<Vec<_>>();
            text.push_str(&format!("depends_on = {}\n", list(needs)));
        }
        add(item.domain, text);
    }
    files
}

fn key(draft: &Draft, id: Id) -> &str {
    let table = draft.tables.get(&id).map(|table| &table.key);
    let view = draft.views.get(&id).map(|view| &view.key);
    let object = draft.objects.get(&id).map(|object| &object.key);
    table.or(view).or(object).expect("what is referred to is there")
}

fn option(key: &str, value: Option<&str>) -> String {
    value.map(|value| format!("{key} = {}\n", string(value))).unwrap_or_default()
}

/// A list of strings.
pub(crate) fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", items.into_iter().map(string).collect::<Vec<_>>().join(", "))
}

/// A string, on one line.
pub(crate) fn string(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let escaped = escaped.replace('\t', "\\t").replace('\r', "\\r");
    format!("\"{escaped}\"")
}
