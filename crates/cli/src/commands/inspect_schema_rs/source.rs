//! The declarations in Rust source: tables, joins, and types that the file defines. Must not read files itself.

use std::collections::BTreeMap;

use makemigrations_plan::{
    diagnostic::Diagnostic,
    model::Domain,
    schema_rs::{CustomType, Declared, DeclaredColumn, DeclaredJoin, DeclaredTable, DieselType, SqlType},
};
use syn::{Attribute, GenericArgument, Item, LitStr, Macro, PathArguments, Type, UseTree};

use super::table_macro::{Attributes, JoinMacro, TableMacro, plain};

/// Where tables come that no module names a domain for, as with `inspect`.
const DOMAIN: &str = "database";

/// The text of a module in a file of its own, by the names of the modules that lead to it.
type Modules<'a> = dyn FnMut(&[String]) -> Option<(String, String)> + 'a;

/// What has been read so far: types may be defined after the tables that use them.
#[derive(Default)]
pub(super) struct Reader {
    tables: Vec<(TableMacro, Option<Domain>)>,
    joins: Vec<JoinMacro>,
    types: BTreeMap<String, CustomType>,
    imports: BTreeMap<String, String>,
    open: Vec<String>,
}

impl Reader {
    /// Reads a file with all that its modules hold.
    pub(super) fn file(&mut self, path: &str, text: &str, modules: &mut Modules<'_>, wrong: &mut Vec<Diagnostic>) {
        self.module((path, text), &mut Vec::new(), modules, wrong);
    }

    fn module(
        &mut self,
        (path, text): (&str, &str),
        names: &mut Vec<String>,
        modules: &mut Modules<'_>,
        wrong: &mut Vec<Diagnostic>,
    ) {
        let parsed = syn::parse_file(text).map_err(|error| diagnostic(path, text, &error));
        match parsed {
            Ok(file) => self.items((path, text), file.items, names, modules, wrong),
            Err(error) => wrong.push(error),
        }
    }

    fn items(
        &mut self,
        (path, text): (&str, &str),
        items: Vec<Item>,
        names: &mut Vec<String>,
        modules: &mut Modules<'_>,
        wrong: &mut Vec<Diagnostic>,
    ) {
        for item in items {
            match item {
                Item::Macro(item) => {
                    if let Err(error) = self.invocation(&item.mac, names) {
                        wrong.push(diagnostic(path, text, &error));
                    }
                }
                Item::Mod(item) => {
                    names.push(plain(&item.ident));
                    match item.content {
                        Some((_, items)) => self.items((path, text), items, names, modules, wrong),
                        None => match modules(names) {
                            Some((path, text)) => self.module((&path, &text), names, modules, wrong),
                            None => self.open.push(format!("what the module `{}` has", names.join("::"))),
                        },
                    }
                    names.pop();
                }
                Item::Struct(item) => {
                    if let Some(custom) = item.attrs.iter().find_map(custom_type) {
                        self.types.insert(plain(&item.ident), custom);
                    }
                }
                Item::Use(item) => imports(&item.tree, String::new(), &mut self.imports),
                _ => {}
            }
        }
    }

    fn invocation(&mut self, found: &Macro, names: &[String]) -> syn::Result<()> {
        let name = found.path.segments.last().map(|segment| plain(&segment.ident)).unwrap_or_default();
        match name.as_str() {
            "table" => {
                // `domains::ticket` is what `per_domain` writes.
                let domain = match names {
                    [.., above, own] if above == "domains" => Domain::new(own.as_str()).ok(),
                    _ => None,
                };
                self.tables.push((found.parse_body()?, domain));
            }
            "joinable" => self.joins.push(found.parse_body()?),
            "view" => self.open.push("the queries of what is declared by `view!`".to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// What is declared, and what has to be added by hand.
    pub(super) fn finish(self) -> (Declared, Vec<String>) {
        let Self { tables, joins, types, imports, open } = self;
        let mut declared = Declared::default();
        for (table, domain) in tables {
            let mut known = imports.clone();
            table.uses.iter().for_each(|item| self::imports(&item.tree, String::new(), &mut known));
            declared.tables.push(declared_table(table, domain, &types, &known));
        }
        let join = |JoinMacro { child, parent, column }| DeclaredJoin { child, parent, column };
        declared.joins = joins.into_iter().map(join).collect();
        (declared, open)
    }
}

fn declared_table(
    table: TableMacro,
    domain: Option<Domain>,
    types: &BTreeMap<String, CustomType>,
    imports: &BTreeMap<String, String>,
) -> DeclaredTable {
    let rust_name = plain(&table.name);
    let Attributes { sql_name, comment, .. } = table.attributes;
    // The attribute has the SQL schema in front where the macro names one.
    let (sql_schema, sql_name) = match (table.sql_schema, sql_name) {
        (Some(schema), Some(full)) => match full.split_once('.') {
            Some((schema, name)) => (Some(schema.to_owned()), name.to_owned()),
            None => (Some(schema), full),
        },
        (schema, name) => (schema, name.unwrap_or_else(|| rust_name.clone())),
    };
    let columns = table.columns.into_iter().map(|column| {
        let (sql_type, nullable) = column_type(&column.data_type, types, imports);
        DeclaredColumn {
            sql_name: column.attributes.sql_name.unwrap_or_else(|| column.name.clone()),
            rust_name: column.name,
            sql_type: sql_type.with_max_length(column.attributes.max_length),
            nullable,
            comment: column.attributes.comment,
        }
    });
    DeclaredTable {
        domain: domain.unwrap_or_else(|| Domain::new(DOMAIN).expect("a lower-case word")),
        sql_schema: sql_schema.filter(|schema| schema != "public"),
        sql_name,
        rust_name,
        primary_key: table.primary_key,
        columns: columns.collect(),
        comment,
    }
}

/// The type without `Nullable`, and whether that was there. Diesel knows no dimensions of arrays.
fn column_type(
    data_type: &Type,
    types: &BTreeMap<String, CustomType>,
    imports: &BTreeMap<String, String>,
) -> (SqlType, bool) {
    let (nullable, mut inner) = match inside(data_type, "Nullable") {
        Some(inner) => (true, inner),
        None => (false, data_type),
    };
    let mut is_array = false;
    while let Some(element) = inside(inner, "Array") {
        (is_array, inner) = (true, inside(element, "Nullable").unwrap_or(element));
    }
    let path = path_text(inner);
    let last = path.rsplit("::").next().unwrap_or(&path).to_owned();
    let full = imports.get(&path).cloned().unwrap_or_else(|| path.clone());
    let element = match types.get(&last) {
        Some(custom) if !full.starts_with("diesel::") && (full == last || full.contains("sql_types::")) => {
            DieselType::Custom(custom.clone())
        }
        // Written out it stays so.
        Some(_) | None if path.contains("::") || path.contains('<') => DieselType::Path(path),
        Some(_) | None if full.starts_with("diesel::") || full == last => DieselType::Known(last),
        Some(_) | None => DieselType::Path(full),
    };
    (SqlType { element, is_array, max_length: None }, nullable)
}

/// The argument of a type of the name.
fn inside<'t>(data_type: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = data_type else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// A path as it is usually written.
fn path_text(data_type: &Type) -> String {
    let Type::Path(path) = data_type else { return String::new() };
    let segments = path.path.segments.iter().map(|segment| {
        let name = plain(&segment.ident);
        match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => {
                let inner = arguments.args.iter().map(|argument| match argument {
                    GenericArgument::Type(inner) => path_text(inner),
                    _ => String::new(),
                });
                format!("{name}<{}>", inner.collect::<Vec<_>>().join(", "))
            }
            _ => name,
        }
    });
    segments.collect::<Vec<_>>().join("::")
}

/// The names that a `use` brings, each with its path; globs bring none.
fn imports(tree: &UseTree, before: String, into: &mut BTreeMap<String, String>) {
    match tree {
        UseTree::Path(path) => imports(&path.tree, format!("{before}{}::", plain(&path.ident)), into),
        UseTree::Name(name) => drop(into.insert(plain(&name.ident), format!("{before}{}", plain(&name.ident)))),
        UseTree::Rename(name) => drop(into.insert(plain(&name.rename), format!("{before}{}", plain(&name.ident)))),
        UseTree::Group(group) => group.items.iter().for_each(|item| imports(item, before.clone(), into)),
        _ => {}
    }
}

/// `#[diesel(postgres_type(name = "...", schema = "..."))]`, and as Diesel 1 wrote it: `#[postgres(type_name = "...")]`.
fn custom_type(attribute: &Attribute) -> Option<CustomType> {
    let mut custom = CustomType { sql_schema: None, sql_name: String::new() };
    let read = |meta: &syn::meta::ParseNestedMeta<'_>, custom: &mut CustomType| -> syn::Result<()> {
        let value = meta.value()?.parse::<LitStr>();
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("name" | "type_name") => custom.sql_name = value?.value(),
            Some("schema" | "type_schema") => custom.sql_schema = Some(value?.value()),
            _ => {}
        }
        Ok(())
    };
    let parsed = if attribute.path().is_ident("diesel") {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("postgres_type") {
                return meta.parse_nested_meta(|inner| read(&inner, &mut custom));
            }
            Ok(())
        })
    } else if attribute.path().is_ident("postgres") {
        attribute.parse_nested_meta(|meta| read(&meta, &mut custom))
    } else {
        return None;
    };
    parsed.ok()?;
    custom.sql_schema = custom.sql_schema.filter(|schema| schema != "public");
    (!custom.sql_name.is_empty()).then_some(custom)
}

fn diagnostic(path: &str, text: &str, error: &syn::Error) -> Diagnostic {
    let range = error.span().byte_range();
    let end = range.end.min(text.len());
    Diagnostic::error(path, range.start.min(end)..end, error.to_string())
}
