//! `diesel.toml`: the configurations of `[print_schema]`. Must not read files.
//!
//! The keys are those of Diesel's command line; one that is not known is a warning.

use std::{collections::BTreeMap, ops::Range};

use makemigrations_plan::{
    diagnostic::Diagnostic,
    schema_rs::{Documentation, SameQuery},
};
use regex::Regex;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::settings::lookup;

/// One `schema.rs` to print. Paths are as written: relative to the folder of the `diesel.toml`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configuration {
    /// `file`.
    pub(crate) file: Option<String>,
    /// `with_docs`.
    pub(crate) docs: Documentation,
    /// `filter`.
    pub(crate) filter: Filter,
    /// `column_sorting = "name"`.
    pub(crate) sort_columns_by_name: bool,
    /// `schema`.
    pub(crate) sql_schema: Option<String>,
    /// `patch_file`.
    pub(crate) patch_file: Option<String>,
    /// `import_types`.
    pub(crate) import_types: Option<Vec<String>>,
    /// `generate_missing_sql_type_definitions = false`.
    pub(crate) leaves_types_undefined: bool,
    /// `except_custom_type_definitions`.
    pub(crate) defined_elsewhere: Vec<Regex>,
    /// `custom_type_derives`.
    pub(crate) custom_type_derives: Vec<String>,
    /// `allow_tables_to_appear_in_same_query_config`.
    pub(crate) same_query: SameQuery,
    /// `sqlite_integer_primary_key_is_bigint`.
    pub(crate) rowid_is_bigint: bool,
}

/// Which tables are printed.
#[derive(Debug, Clone, Default)]
pub(crate) enum Filter {
    /// All.
    #[default]
    All,
    /// Those that one of the expressions matches.
    OnlyTables(Vec<Regex>),
    /// Those that none of them matches.
    ExceptTables(Vec<Regex>),
}

impl Filter {
    /// Whether the table of the name is printed.
    pub(crate) fn includes(&self, table: &str) -> bool {
        match self {
            Self::All => true,
            Self::OnlyTables(expressions) => expressions.iter().any(|expression| expression.is_match(table)),
            Self::ExceptTables(expressions) => !expressions.iter().any(|expression| expression.is_match(table)),
        }
    }
}

const KEYS: [&str; 12] = [
    "file",
    "with_docs",
    "filter",
    "column_sorting",
    "schema",
    "import_types",
    "generate_missing_sql_type_definitions",
    "except_custom_type_definitions",
    "custom_type_derives",
    "patch_file",
    "allow_tables_to_appear_in_same_query_config",
    "sqlite_integer_primary_key_is_bigint",
];

/// The configurations by name, in the order in which they are printed, and what is wrong with the text. As in Diesel, a
/// `default` is among them in any case.
pub(crate) fn read(path: &str, text: &str) -> (BTreeMap<String, Configuration>, Vec<Diagnostic>) {
    let mut reader = Reader { path, found: Vec::new() };
    let mut configurations = BTreeMap::new();
    match DeTable::parse(text) {
        Ok(document) => {
            match lookup(document.get_ref(), &["print_schema"]).map(|value| (value.span(), value.get_ref())) {
                Some((_, DeValue::Table(table))) => reader.print_schema(table, &mut configurations),
                Some((span, _)) => reader.error(span, "expected the table `[print_schema]`".to_owned()),
                None => {}
            }
        }
        Err(error) => reader.error(error.span().unwrap_or(0..0), error.message().to_owned()),
    }
    configurations.entry("default".to_owned()).or_default();
    (configurations, reader.found)
}

struct Reader<'a> {
    path: &'a str,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn error(&mut self, span: Range<usize>, message: String) {
        self.found.push(Diagnostic::error(self.path, span, message));
    }

    fn print_schema(&mut self, table: &DeTable<'_>, configurations: &mut BTreeMap<String, Configuration>) {
        let mut unnamed = Configuration::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(inner) if !KEYS.contains(&name) => {
                    let mut named = Configuration::default();
                    for (key, value) in inner {
                        self.key(key.get_ref(), key.span(), value, &mut named);
                    }
                    configurations.insert(name.to_owned(), named);
                }
                _ => self.key(name, key.span(), value, &mut unnamed),
            }
        }
        configurations.entry("default".to_owned()).or_insert(unnamed);
    }

    fn key(&mut self, name: &str, span: Range<usize>, value: &Spanned<DeValue<'_>>, into: &mut Configuration) {
        match name {
            "file" => into.file = self.text(name, value),
            "patch_file" => into.patch_file = self.text(name, value),
            "schema" => into.sql_schema = self.text(name, value),
            "import_types" => into.import_types = Some(self.texts(name, value)),
            "custom_type_derives" => into.custom_type_derives = self.texts(name, value),
            "except_custom_type_definitions" => into.defined_elsewhere = self.expressions(name, value),
            "filter" => into.filter = self.filter(value),
            "sqlite_integer_primary_key_is_bigint" => into.rowid_is_bigint = self.boolean(name, value),
            "generate_missing_sql_type_definitions" => into.leaves_types_undefined = !self.boolean(name, value),
            "column_sorting" => {
                let choices = [("ordinal_position", false), ("name", true)];
                into.sort_columns_by_name = self.choice(name, value, &choices).unwrap_or_default();
            }
            "with_docs" => {
                into.docs = match value.get_ref() {
                    DeValue::Boolean(true) => Documentation::CommentsOrGenerated,
                    DeValue::Boolean(false) => Documentation::Nothing,
                    _ => self.choice(name, value, &DOCUMENTATION).unwrap_or_default(),
                }
            }
            "allow_tables_to_appear_in_same_query_config" => {
                into.same_query = self.choice(name, value, &SAME_QUERY).unwrap_or_default();
            }
            _ => {
                let message = format!("unknown key `{name}` of `[print_schema]`: it has no effect");
                self.found.push(Diagnostic::warning(self.path, span, message));
            }
        }
    }

    fn filter(&mut self, value: &Spanned<DeValue<'_>>) -> Filter {
        let DeValue::Table(table) = value.get_ref() else {
            self.error(value.span(), "`filter` has to be a table: `{ only_tables = [\"...\"] }`".to_owned());
            return Filter::All;
        };
        let mut entries = table.iter();
        match (entries.next(), entries.next()) {
            (None, _) => Filter::All,
            (Some((key, value)), None) if key.get_ref() == "only_tables" => {
                Filter::OnlyTables(self.expressions("only_tables", value))
            }
            (Some((key, value)), None) if key.get_ref() == "except_tables" => {
                Filter::ExceptTables(self.expressions("except_tables", value))
            }
            (Some(_), _) => {
                self.error(value.span(), "`filter` has either `only_tables` or `except_tables`".to_owned());
                Filter::All
            }
        }
    }

    fn expressions(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Vec<Regex> {
        let texts = self.texts(name, value);
        let mut expressions = Vec::new();
        for text in texts {
            match Regex::new(&text) {
                Ok(expression) => expressions.push(expression),
                Err(error) => self.error(value.span(), format!("`{name}`: {error}")),
            }
        }
        expressions
    }

    fn choice<T: Copy>(&mut self, name: &str, value: &Spanned<DeValue<'_>>, choices: &[(&str, T)]) -> Option<T> {
        let text = value.get_ref().as_str();
        let found = text.and_then(|text| choices.iter().find(|(choice, _)| *choice == text));
        if found.is_none() {
            let known = choices.iter().map(|(choice, _)| format!("`\"{choice}\"`")).collect::<Vec<_>>().join(", ");
            self.error(value.span(), format!("`{name}` has to be one of {known}"));
        }
        found.map(|(_, value)| *value)
    }

    fn text(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.error(value.span(), format!("`{name}` has to be a text"));
        }
        text
    }

    fn texts(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let items = value.get_ref().as_array();
        let texts = items.and_then(|items| {
            items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            self.error(value.span(), format!("`{name}` has to be a list of texts"));
        }
        texts.unwrap_or_default()
    }

    fn boolean(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> bool {
        match value.get_ref() {
            DeValue::Boolean(value) => *value,
            _ => {
                self.error(value.span(), format!("`{name}` has to be `true` or `false`"));
                false
            }
        }
    }
}

const DOCUMENTATION: [(&str, Documentation); 3] = [
    ("database-comments-fallback-to-auto-generated-doc-comment", Documentation::CommentsOrGenerated),
    ("only-database-comments", Documentation::Comments),
    ("no-doc-comments", Documentation::Nothing),
];

const SAME_QUERY: [(&str, SameQuery); 3] = [
    ("all_tables", SameQuery::AllTables),
    ("fk_related_tables", SameQuery::RelatedByForeignKeys),
    ("none", SameQuery::Nothing),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_configurations_come_with_a_default() {
        let text =
            "[print_schema.b]\nschema = \"b\"\n[print_schema.a]\nfile = \"a.rs\"\nfilter = { only_tables = [\"^t\"] }";
        let (found, wrong) = read("diesel.toml", text);
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "b", "default"]);
        assert!(found["a"].filter.includes("ticket") && !found["a"].filter.includes("house"));
        assert_eq!(found["b"].sql_schema.as_deref(), Some("b"));
    }

    #[test]
    fn an_unknown_key_is_a_warning_and_a_wrong_value_an_error() {
        let (_, wrong) =
            read("diesel.toml", "[print_schema]\nfil = \"a\"\nwith_docs = \"all\"\nfilter = { only = [] }");
        let messages: Vec<_> = wrong.iter().map(|found| (found.severity, found.message.as_str())).collect();
        use makemigrations_plan::diagnostic::Severity::{Error, Warning};
        assert_eq!(messages.iter().filter(|(severity, _)| *severity == Warning).count(), 1, "{messages:?}");
        assert_eq!(messages.iter().filter(|(severity, _)| *severity == Error).count(), 2, "{messages:?}");
    }
}
