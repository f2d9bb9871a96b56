//! The text of `schema.rs`, formatted as rustfmt's default style leaves it.
//!
//! Decides nothing: which tables, names, types and joins there are was settled before.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CustomType, Documentation, HEADER, Options, SameQuery,
    identifier::{self, string_literal},
    joinable::{self, Join},
    rust_enum::{self, RustEnum},
    sql_type::Types,
    table::{ColumnData, Selection, TableData},
};
use crate::{dialect, model::Dialect};

/// rustfmt's `max_width`.
const WIDTH: usize = 100;

/// Everything that is written.
pub(super) struct Content<'a> {
    pub selection: &'a Selection,
    pub types: &'a Types,
    pub joins: &'a [Join],
    pub enums: &'a [RustEnum],
}

/// The file, and the modules of the domains when each has its own.
pub(super) fn write(
    dialect: Dialect,
    options: &Options<'_>,
    content: &Content<'_>,
) -> (String, BTreeMap<String, String>) {
    let mut modules = BTreeMap::new();
    let mut sections = Sections::default();
    match &options.sql_schema {
        Some(name) => {
            let mut inner = Sections::default();
            inner.extend(sql_types(options, content.types));
            inner.extend(tables(options, content, |_| true, 1));
            inner.extend(joins(content, |_| true));
            inner.extend(same_query(options, content, 4));
            inner.extend(enums(dialect, content));
            let name = identifier::of(name, &BTreeSet::new());
            sections.push(module(&name, &inner.text()));
        }
        None if options.per_domain => {
            sections.extend(sql_types(options, content.types));
            let domains: BTreeSet<&str> = content.selection.tables.iter().map(|table| table.domain.as_str()).collect();
            let names: Vec<String> = domains.iter().map(|name| identifier::of(name, &BTreeSet::new())).collect();
            for (domain, name) in domains.iter().zip(&names) {
                modules.insert(name.clone(), domain_module(options, content, domain));
            }
            if !names.is_empty() {
                let own = domains_module(content);
                let declared: String = names.iter().map(|name| format!("pub mod {name};\n")).collect();
                sections.push(module(&own, &declared));
                sections.push(names.iter().map(|name| format!("pub use {own}::{name}::*;\n")).collect());
            }
            let crosses = |join: &Join| domain_of(content, join.child) != domain_of(content, join.parent);
            sections.extend(joins(content, crosses));
            sections.extend(same_query(options, content, 0));
            sections.extend(enums(dialect, content));
        }
        None => {
            sections.extend(sql_types(options, content.types));
            sections.extend(tables(options, content, |_| true, 1));
            sections.extend(joins(content, |_| true));
            sections.extend(same_query(options, content, 0));
            sections.extend(enums(dialect, content));
        }
    }
    (with_header(&sections.text()), modules)
}

fn domain_module(options: &Options<'_>, content: &Content<'_>, domain: &str) -> String {
    let is_own = |place: usize| domain_of(content, place) == Some(domain);
    let mut sections = Sections::default();
    sections.extend(tables(options, content, |table| table.domain.as_str() == domain, 3));
    sections.extend(joins(content, |join| is_own(join.child) && is_own(join.parent)));
    with_header(&sections.text())
}

fn domain_of<'a>(content: &Content<'a>, place: usize) -> Option<&'a str> {
    content.selection.tables.get(place).map(|table| table.domain.as_str())
}

/// The module that declares the domains' modules.
pub(super) fn domains_module(content: &Content<'_>) -> String {
    free_name(content, "domains")
}

/// A module name that no table has.
fn free_name(content: &Content<'_>, name: &str) -> String {
    let taken = content.selection.tables.iter().map(|table| table.rust_name.clone()).collect();
    identifier::of(name, &taken)
}

fn with_header(text: &str) -> String {
    match text {
        "" => HEADER.to_owned(),
        _ => format!("{HEADER}\n{text}"),
    }
}

/// Parts of a file with a blank line between them.
#[derive(Default)]
struct Sections(Vec<String>);

impl Sections {
    fn push(&mut self, section: String) {
        self.0.push(section);
    }

    fn extend(&mut self, sections: impl IntoIterator<Item = String>) {
        self.0.extend(sections);
    }

    fn text(&self) -> String {
        self.0.join("\n")
    }
}

fn module(name: &str, text: &str) -> String {
    format!("pub mod {name} {{\n{}}}\n", indented(text))
}

/// Every line but blank ones four columns further in.
fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// `pub mod sql_types`.
fn sql_types(options: &Options<'_>, types: &Types) -> Option<String> {
    let definitions = types.definitions();
    if definitions.is_empty() {
        return None;
    }
    let documented = options.docs == Documentation::CommentsOrGenerated;
    let column = if options.sql_schema.is_some() { 8 } else { 4 };
    let derives = derives(options);
    let structs: Vec<String> =
        definitions.iter().map(|(name, custom)| sql_type(name, custom, &derives, documented, column)).collect();
    let text = module("sql_types", &structs.join("\n"));
    let heading =
        "/// A module containing custom SQL type definitions\n///\n/// (Automatically generated by Diesel.)\n";
    Some(if documented { format!("{heading}{text}") } else { text })
}

/// `SqlType` always; what the Rust enums need of a type to be used in queries as well.
fn derives(options: &Options<'_>) -> Vec<String> {
    let mut derives = options.custom_type_derives.clone();
    let needed: &[&str] = match options.rust_enums {
        true => &["diesel::query_builder::QueryId", "diesel::sql_types::SqlType"],
        false => &["diesel::sql_types::SqlType"],
    };
    for derive in needed {
        let last = derive.rsplit("::").next().unwrap_or(derive);
        let has = |item: &String| item == derive || (*derive != "diesel::sql_types::SqlType" && item == last);
        if !derives.iter().any(has) {
            derives.push((*derive).to_owned());
        }
    }
    derives
}

fn sql_type(name: &str, custom: &CustomType, derives: &[String], documented: bool, column: usize) -> String {
    let sql_name = custom.sql_name.replace('\n', "\\n");
    let mut text = String::new();
    if documented {
        let full = match &custom.sql_schema {
            Some(schema) => format!("{}.{sql_name}", schema.replace('\n', "\\n")),
            None => sql_name,
        };
        text.push_str(&format!("/// The `{full}` SQL type\n///\n/// (Automatically generated by Diesel.)\n"));
    }
    text.push_str(&derive_attribute(derives, column));
    let mut arguments = vec![format!("name = {}", string_literal(&custom.sql_name))];
    arguments.extend(custom.sql_schema.iter().map(|schema| format!("schema = {}", string_literal(schema))));
    let line = format!("#[diesel(postgres_type({}))]", arguments.join(", "));
    if column + line.chars().count() < WIDTH {
        text.push_str(&line);
    } else {
        text.push_str(&format!("#[diesel(postgres_type(\n    {}\n))]", arguments.join(",\n    ")));
    }
    text.push_str(&format!("\npub struct {name};\n"));
    text
}

fn derive_attribute(derives: &[String], column: usize) -> String {
    let list = derives.join(", ");
    let length = list.chars().count();
    if column + length + 11 <= 96 {
        format!("#[derive({list})]\n")
    } else if column + 4 + length <= WIDTH {
        format!("#[derive(\n    {list},\n)]\n")
    } else {
        format!("#[derive(\n    {},\n)]\n", derives.join(",\n    "))
    }
}

/// A `table!` for each table. `depth` is how many modules above the table's own one `sql_types` is.
fn tables<'a>(
    options: &'a Options<'_>,
    content: &'a Content<'_>,
    wanted: impl Fn(&TableData) -> bool + 'a,
    depth: usize,
) -> impl Iterator<Item = String> + 'a {
    let chosen = content.selection.tables.iter().filter(move |table| wanted(table));
    chosen.map(move |table| table_macro(options, content.types, table, depth))
}

fn table_macro(options: &Options<'_>, types: &Types, table: &TableData, depth: usize) -> String {
    let mut body = String::new();
    let mut imports: Vec<String> = options.import_types.clone().unwrap_or_default();
    let mut imported = BTreeSet::new();
    for column in &table.columns {
        let Some(name) = types.imported_name(&column.sql_type.element) else { continue };
        if imported.insert(name) {
            if imports.is_empty() {
                imports.push("diesel::sql_types::*".to_owned());
            }
            imports.push(format!("{}sql_types::{name}", "super::".repeat(depth)));
        }
    }
    for import in &imports {
        body.push_str(&format!("use {import};\n"));
    }
    if !imports.is_empty() {
        body.push('\n');
    }
    let full_name = table.full_sql_name();
    body.push_str(&documentation(options.docs, table.comment.as_deref(), || {
        format!("Representation of the `{full_name}` table.\n\n(Automatically generated by Diesel.)")
    }));
    if table.rust_name != table.sql_name {
        body.push_str(&format!("#[sql_name = {}]\n", string_literal(&full_name)));
    }
    let module = table.sql_schema.as_deref().map(|schema| identifier::of(schema, &BTreeSet::new()) + ".");
    let (module, key) = (module.unwrap_or_default(), table.primary_key.join(", "));
    body.push_str(&format!("{module}{} ({key}) {{\n", table.rust_name));
    for column in &table.columns {
        body.push_str(&indented(&column_lines(options, types, &full_name, column)));
    }
    body.push_str("}\n");
    format!("diesel::table! {{\n{}}}\n", indented(&body))
}

fn column_lines(options: &Options<'_>, types: &Types, table: &str, column: &ColumnData) -> String {
    let mut name = types.name(&column.sql_type.element).to_owned();
    if column.sql_type.is_array {
        name = format!("Array<Nullable<{name}>>");
    }
    if column.nullable {
        name = format!("Nullable<{name}>");
    }
    let mut text = documentation(options.docs, column.comment.as_deref(), || {
        let sql_name = &column.sql_name;
        format!(
            "The `{sql_name}` column of the `{table}` table.\n\nIts SQL type is `{name}`.\n\n(Automatically generated by \
             Diesel.)"
        )
    });
    if column.rust_name != column.sql_name {
        text.push_str(&format!("#[sql_name = {}]\n", string_literal(&column.sql_name)));
    }
    if let Some(length) = column.sql_type.max_length {
        text.push_str(&format!("#[max_length = {length}]\n"));
    }
    text.push_str(&format!("{} -> {name},\n", column.rust_name));
    text
}

fn documentation(docs: Documentation, comment: Option<&str>, generated: impl Fn() -> String) -> String {
    let text = match (docs, comment) {
        (Documentation::Nothing, _) | (Documentation::Comments, None) => return String::new(),
        (_, Some(comment)) => comment.to_owned(),
        (Documentation::CommentsOrGenerated, None) => generated(),
    };
    rust_enum::doc_lines(&text)
}

/// The `joinable!` lines as one section.
fn joins(content: &Content<'_>, wanted: impl Fn(&Join) -> bool) -> Option<String> {
    let name = |place: usize| content.selection.tables.get(place).map(|table| table.rust_name.as_str());
    let lines: String = content
        .joins
        .iter()
        .filter(|join| wanted(join))
        .filter_map(|join| {
            let (child, parent) = (name(join.child)?, name(join.parent)?);
            Some(format!("diesel::joinable!({child} -> {parent} ({}));\n", join.column))
        })
        .collect();
    (!lines.is_empty()).then_some(lines)
}

/// `allow_tables_to_appear_in_same_query!`, at a column of the file.
fn same_query(options: &Options<'_>, content: &Content<'_>, column: usize) -> Option<String> {
    let groups = match options.same_query {
        SameQuery::AllTables => vec![content.selection.tables.iter().collect()],
        SameQuery::RelatedByForeignKeys => joinable::groups(content.selection, content.joins),
        SameQuery::Nothing => Vec::new(),
    };
    let macros: String = groups
        .iter()
        .filter(|group| group.len() > 1)
        .map(|group| {
            let names: Vec<&str> = group.iter().map(|table| table.rust_name.as_str()).collect();
            let line = format!("diesel::allow_tables_to_appear_in_same_query!({});", names.join(", "));
            // The comma that rustfmt leaves in place is not counted.
            if column + line.len() <= WIDTH {
                format!("diesel::allow_tables_to_appear_in_same_query!({},);\n", names.join(", "))
            } else {
                format!("diesel::allow_tables_to_appear_in_same_query!(\n    {},\n);\n", names.join(",\n    "))
            }
        })
        .collect();
    (!macros.is_empty()).then_some(macros)
}

/// `pub mod enums`.
fn enums(dialect: Dialect, content: &Content<'_>) -> Option<String> {
    if content.enums.is_empty() {
        return None;
    }
    let text: Vec<String> =
        content.enums.iter().map(|item| rust_enum::write(item, &dialect::diesel_backend(dialect))).collect();
    // Lines are as long as the names in them; what nobody uses of it is no mistake of the application's.
    let module = module(&free_name(content, "enums"), &text.join("\n"));
    Some(format!("#[rustfmt::skip]\n#[allow(dead_code, unreachable_pub)]\n{module}"))
}
