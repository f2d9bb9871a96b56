//! Definitions in one line for people, complete: different ones read differently.
//!
//! Not SQL: nobody runs it.

use makemigrations_plan::model::{
    Action, Column, DefaultValue, Enum, Exclusion, ForeignKey, Generated, Identity, Index, IndexTarget, Match, Nulls,
    PrimaryKey, Schema, Table, Unique, View,
};

pub(super) fn enumeration(item: &Enum) -> String {
    item.values.join(", ")
}

pub(super) fn table(table: &Table) -> String {
    let columns: Vec<_> = table.columns.keys().map(String::as_str).collect();
    format!("table with {}", columns.join(", "))
}

pub(super) fn view(view: &View) -> String {
    view.query.clone()
}

pub(super) fn column(column: &Column) -> String {
    let mut text = column.data_type.to_string();
    if column.nullable {
        text.push_str(" null");
    }
    if let Some(value) = &column.default {
        text.push_str(&format!(" default {}", default(value)));
    }
    if let Some(kind) = column.identity {
        text.push_str(&format!(" identity {}", identity(kind)));
    }
    if let Some(computed) = &column.generated {
        text.push_str(&format!(" generated {}", generated(computed)));
    }
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" collation {collation}"));
    }
    text
}

pub(super) fn default(value: &DefaultValue) -> String {
    value.as_sql()
}

pub(super) fn identity(kind: Identity) -> String {
    match kind {
        Identity::AutoIncrement => "auto_increment",
        Identity::Always => "always",
        Identity::ByDefault => "by_default",
    }
    .to_owned()
}

pub(super) fn generated(computed: &Generated) -> String {
    let stored = if computed.stored { " stored" } else { "" };
    format!("({}){stored}", computed.expression)
}

pub(super) fn primary_key(key: &PrimaryKey) -> String {
    format!("{} ({})", key.name, key.columns.join(", "))
}

pub(super) fn unique(unique: &Unique) -> String {
    let mut text = format!("({})", unique.columns.join(", "));
    if unique.nulls_not_distinct {
        text.push_str(" nulls not distinct");
    }
    text.push_str(&include(&unique.include));
    if let Some(deferrable) = unique.deferrable {
        text.push_str(&format!(" deferrable {}", deferrable.as_str()));
    }
    text
}

pub(super) fn index(index: &Index) -> String {
    let elements = index.columns.iter().map(|element| {
        let mut text = target(&element.target);
        if let Some(collation) = &element.collation {
            text.push_str(&format!(" collation {collation}"));
        }
        if let Some(opclass) = &element.opclass {
            text.push_str(&format!(" {opclass}"));
        }
        if element.descending {
            text.push_str(" desc");
        }
        text.push_str(match element.nulls {
            Some(Nulls::First) => " nulls first",
            Some(Nulls::Last) => " nulls last",
            None => "",
        });
        text
    });
    let mut text = if index.unique { "unique " } else { "" }.to_owned();
    if let Some(method) = &index.method {
        text.push_str(&format!("{method} "));
    }
    text.push_str(&format!("({})", elements.collect::<Vec<_>>().join(", ")));
    text.push_str(&include(&index.include));
    if index.nulls_not_distinct {
        text.push_str(" nulls not distinct");
    }
    if !index.with.is_empty() {
        let with: Vec<_> = index.with.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        text.push_str(&format!(" with ({})", with.join(", ")));
    }
    text + &condition(index.predicate.as_deref())
}

pub(super) fn foreign_key(schema: &Schema, key: &ForeignKey) -> String {
    // The key of the table may differ where its SQL name does not.
    let target = schema.tables.get(&key.table).map_or_else(
        || key.table.clone(),
        |table| table.schema.iter().chain([&table.name]).map(String::as_str).collect::<Vec<_>>().join("."),
    );
    let mut text = format!("({}) -> {target}({})", key.columns.join(", "), key.references.join(", "));
    for (event, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        if action != Action::NoAction {
            text.push_str(&format!(" on {event} {}", action.as_str()));
        }
    }
    if let Some(deferrable) = key.deferrable {
        text.push_str(&format!(" deferrable {}", deferrable.as_str()));
    }
    match key.match_type {
        Match::Simple => text,
        Match::Full => text + " match full",
    }
}

pub(super) fn exclusion(exclusion: &Exclusion) -> String {
    let elements = exclusion.elements.iter();
    let elements: Vec<_> = elements.map(|part| format!("{} with {}", target(&part.target), part.operator)).collect();
    format!("{} ({}){}", exclusion.method, elements.join(", "), condition(exclusion.predicate.as_deref()))
}

fn target(target: &IndexTarget) -> String {
    match target {
        IndexTarget::Column(name) => name.clone(),
        IndexTarget::Expression(text) => format!("({text})"),
    }
}

fn include(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!(" include ({})", columns.join(", ")) }
}

fn condition(predicate: Option<&str>) -> String {
    predicate.map_or_else(String::new, |text| format!(" where {text}"))
}
