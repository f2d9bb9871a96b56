//! A draft as snapshots, one file a domain, in the short and the long forms of the format. It must not decide what is in
//! the draft.

use std::collections::BTreeMap;

use super::answer::{ColumnHint, Hints};
use super::chance::hash;
use super::draft::{Check, Column, Counter, Default, Draft, Element, ForeignKey, Form, Id, Index, Table, Unique};
use super::kind::{Family, Kind};
use super::object;
use super::text;

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
        add(item.domain, table(draft, *id, item, hints));
    }
    for view in draft.views.values() {
        let mut text = format!("\n[views.{}]\n", string(&view.key));
        let query = text::query(draft, &view.source).expect("views that read nothing are taken out");
        text.push_str(&format!("query = {}\n", string(&query)));
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
        text.push_str(&format!("create = {}\n", string(&object::create(draft, item))));
        text.push_str(&format!("drop = {}\n", string(&object::drop(draft, item))));
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

fn table(draft: &Draft, id: Id, table: &Table, hints: &Hints) -> String {
    let mut text = format!("\n[tables.{}]\n", string(&table.key));
    text.push_str(&option("name", table.name.as_deref()));
    text.push_str(&option("schema", table.schema));
    text.push_str(&option("comment", table.comment));
    text.push_str(&option("renamed_from", hints.tables.get(&id).map(String::as_str)));
    text.push_str(&option("options", table.options));
    if table.analytics {
        text.push_str("analytics_view = true\n");
    }
    let objects: Vec<_> = table
        .columns
        .iter()
        .filter_map(|column| match column.default {
            Some(Default::Object(object)) => Some(key(draft, object)),
            _ => None,
        })
        .collect();
    if !objects.is_empty() {
        text.push_str(&format!("depends_on = {}\n", list(objects)));
    }
    let names = |ids: &[Id]| {
        let name = |id: &Id| table.column(*id).expect("columns of constraints are there").name.as_str();
        list(ids.iter().map(name).collect::<Vec<_>>())
    };
    if let Some(key) = &table.primary_key
        && !is_short_key(table)
    {
        text.push_str(&match &key.name {
            Some(name) => format!("primary_key = {{ columns = {}, name = {} }}\n", names(&key.columns), string(name)),
            None => format!("primary_key = {}\n", names(&key.columns)),
        });
    }
    let short = Short::of(table);
    let section = |title: &str, items: Vec<String>| match items.is_empty() {
        true => String::new(),
        false => format!("{title} = [\n    {},\n]\n", items.join(",\n    ")),
    };
    let long = |map: &BTreeMap<Id, Unique>| {
        let long = map.iter().filter(|(id, _)| !short.unique.values().any(|short| short == *id));
        long.map(|(_, unique)| of_unique(draft, table, unique, &names)).collect::<Vec<_>>()
    };
    text.push_str(&section("unique", long(&table.unique)));
    let indexes = table.indexes.iter().filter(|(id, _)| !short.index.values().any(|short| short == *id));
    text.push_str(&section("indexes", indexes.map(|(_, index)| of_index(draft, table, index, &names)).collect()));
    let keys = table.foreign_keys.iter().filter(|(id, _)| !short.references.values().any(|short| short == *id));
    text.push_str(&section("foreign_keys", keys.map(|(_, key)| of_key(draft, key, &names)).collect()));
    let checks = table.checks.values().filter_map(|check| {
        let name = check.name.as_ref()?;
        let mut expression = text::condition(draft, table, check.condition);
        if let Some(second) = check.second {
            expression = format!("({expression})\n    AND ({})", text::condition(draft, table, second));
        }
        Some(format!("{{ name = {}, expression = {} }}", string(name), string(&expression)))
    });
    text.push_str(&section("checks", checks.collect()));
    let exclusions = table.exclusions.values().map(|exclusion| {
        let column = &table.column(exclusion.column).expect("columns of constraints are there").name;
        let filter = filter(draft, table, exclusion.condition);
        let element = format!("{{ column = {}, with = \"&&\" }}", string(column));
        format!("{{ name = {}, using = \"gist\", elements = [{element}]{filter} }}", string(&exclusion.name))
    });
    text.push_str(&section("exclusions", exclusions.collect()));
    text.push_str(&format!("\n[tables.{}.columns]\n", string(&table.key)));
    for column in &table.columns {
        let hint = hints.columns.get(&(id, column.id));
        text.push_str(&format!("{} = {}\n", string(&column.name), of_column(draft, table, column, &short, hint)));
    }
    text
}

/// What is declared at its column.
struct Short {
    unique: BTreeMap<Id, Id>,
    index: BTreeMap<Id, Id>,
    references: BTreeMap<Id, Id>,
    checks: BTreeMap<Id, Id>,
}

impl Short {
    fn of(table: &Table) -> Self {
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

fn is_short_key(table: &Table) -> bool {
    table.primary_key.as_ref().is_some_and(|key| {
        let in_order: Vec<_> =
            table.columns.iter().map(|column| column.id).filter(|id| key.columns.contains(id)).collect();
        key.name.is_none() && in_order == key.columns && key.columns.iter().fold(0, |sum, id| sum ^ id) % 4 != 0
    })
}

fn of_column(draft: &Draft, table: &Table, column: &Column, short: &Short, hint: Option<&ColumnHint>) -> String {
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
        parts.push(format!("generated = {{ sql = {}, stored = {} }}", string(&expression), generated.stored));
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
        format!("check = {}", string(&text::condition(draft, table, *condition)))
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
    if column.kind == Kind::Named("point") {
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
    let sql = |text: &str| format!("{{ sql = {} }}", string(text));
    Some(match column.default? {
        Default::Expression => sql(text::default_expression(draft, column.kind)?),
        Default::Object(id) => sql(&object::call(draft, id)),
        Default::Literal(number) => {
            let literal = column.kind.literal(draft, i64::from(number));
            match column.kind.family() {
                _ if number.is_multiple_of(5) => sql(&literal),
                _ if number.is_multiple_of(3) => sql(&column.kind.typed(draft, i64::from(number))),
                Family::Integer => literal,
                Family::Number if column.kind != Kind::Named("money") => literal,
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

fn key_options(key: &ForeignKey) -> Vec<String> {
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

fn of_key(draft: &Draft, key: &ForeignKey, names: &dyn Fn(&[Id]) -> String) -> String {
    let target = &draft.tables[&key.table];
    let columns: Vec<_> = key.references.iter().filter_map(|id| target.column(*id)).map(|c| c.name.as_str()).collect();
    let references = format!("references = {{ table = {}, columns = {} }}", string(&target.key), list(columns));
    let mut parts = vec![format!("columns = {}", names(&key.columns)), references];
    parts.extend(key_options(key));
    format!("{{ {} }}", parts.join(", "))
}

fn of_unique(draft: &Draft, table: &Table, unique: &Unique, names: &dyn Fn(&[Id]) -> String) -> String {
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

fn of_index(draft: &Draft, table: &Table, index: &Index, names: &dyn Fn(&[Id]) -> String) -> String {
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
            format!("{{ expression = {} }}", string(&expression))
        }
    }
}

fn filter(draft: &Draft, table: &Table, condition: Option<super::draft::Condition>) -> String {
    let Some(condition) = condition else { return String::new() };
    let text = text::condition(draft, table, condition);
    // Both forms of a SQL text.
    match hash(&text) % 3 {
        0 => format!(", where = {{ sql = {} }}", string(&text)),
        _ => format!(", where = {}", string(&text)),
    }
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
    format!("\"{escaped}\"")
}
