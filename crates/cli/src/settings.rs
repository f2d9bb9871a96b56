//! `[workspace.metadata.makemigrations]`: the settings, from the text of a `Cargo.toml`. Must not read files.

use std::ops::Range;

use makemigrations_plan::{diagnostic::Diagnostic, model::Dialect, snapshot::Options};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The settings of a workspace, with the defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) dialect: Option<Dialect>,
    /// The folder of snapshots, relative to the workspace, with `/`.
    pub(crate) snapshots: String,
    /// The folder of migrations, likewise.
    pub(crate) migrations: String,
    pub(crate) base: Option<String>,
    pub(crate) database_url_env: String,
    /// The SQL schema of analytics views.
    pub(crate) analytics_schema: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dialect: None,
            snapshots: "schema-snapshots".to_owned(),
            migrations: "migrations".to_owned(),
            base: None,
            database_url_env: "DATABASE_URL".to_owned(),
            analytics_schema: Options::ANALYTICS_SCHEMA.to_owned(),
        }
    }
}

const KEYS: [&str; 6] = ["dialect", "snapshots", "migrations", "base", "database_url_env", "analytics_schema"];
const LATER_KEYS: [&str; 6] = ["schema_rs", "online", "lock_timeout", "statement_timeout", "lint", "apps"];
const TABLE: &str = "[workspace.metadata.makemigrations]";

impl Settings {
    /// Reads the text of the `Cargo.toml` that messages call `path`. With a mistake in a key its default stays.
    pub(crate) fn read(path: &str, text: &str) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader { path, errors: Vec::new() };
        let mut settings = Self::default();
        match DeTable::parse(text) {
            Ok(document) => {
                let names = ["workspace", "metadata", "makemigrations"];
                if let Some(value) = lookup(document.get_ref(), &names) {
                    reader.settings(value, &mut settings);
                }
            }
            Err(error) => reader.error(error.span().unwrap_or(0..0), error.message().to_owned()),
        }
        (settings, reader.errors)
    }
}

/// The value below a chain of tables.
pub(crate) fn lookup<'a, 'i>(table: &'a DeTable<'i>, names: &[&str]) -> Option<&'a Spanned<DeValue<'i>>> {
    let (first, rest) = names.split_first()?;
    let value = table.get(*first)?;
    match (rest, value.get_ref()) {
        ([], _) => Some(value),
        (_, DeValue::Table(inner)) => lookup(inner, rest),
        (_, _) => None,
    }
}

struct Reader<'a> {
    path: &'a str,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn error(&mut self, span: Range<usize>, message: String) {
        self.errors.push(Diagnostic::error(self.path, span, message));
    }

    fn settings(&mut self, value: &Spanned<DeValue<'_>>, settings: &mut Settings) {
        let DeValue::Table(table) = value.get_ref() else {
            return self.error(value.span(), format!("expected the table `{TABLE}`"));
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "dialect" => settings.dialect = self.dialect(value),
                "snapshots" => self.folder(name, value, &mut settings.snapshots),
                "migrations" => self.folder(name, value, &mut settings.migrations),
                "base" => settings.base = self.text(name, value),
                "database_url_env" => {
                    if let Some(variable) = self.text(name, value) {
                        settings.database_url_env = variable;
                    }
                }
                "analytics_schema" => self.schema(name, value, &mut settings.analytics_schema),
                "schema_rs" if matches!(value.get_ref(), DeValue::Boolean(false)) => {}
                _ if LATER_KEYS.contains(&name) => {
                    self.error(key.span(), format!("setting `{name}` is not supported yet"));
                }
                _ => self.unknown(name, key.span()),
            }
        }
    }

    fn unknown(&mut self, name: &str, span: Range<usize>) {
        let similar = KEYS.into_iter().map(|known| (strsim::jaro_winkler(name, known), known));
        let nearest = similar.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, known)) => self.error(span, format!("unknown setting `{name}`, did you mean `{known}`?")),
            None => {
                let known = KEYS.map(|key| format!("`{key}`")).join(", ");
                self.errors.push(
                    Diagnostic::error(self.path, span, format!("unknown setting `{name}`"))
                        .with_help(format!("known settings are {known}")),
                );
            }
        }
    }

    fn text(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.clone().into_owned()),
            _ => {
                self.error(value.span(), format!("setting `{name}` has to be a text that is not empty"));
                None
            }
        }
    }

    /// The name of a SQL schema, as PostgreSQL keeps it.
    fn schema(&mut self, name: &str, value: &Spanned<DeValue<'_>>, schema: &mut String) {
        let Some(text) = self.text(name, value) else { return };
        let limit = Dialect::Postgres.max_identifier_bytes();
        if text.len() > limit {
            self.error(value.span(), format!("setting `{name}` has to be a name of at most {limit} bytes"));
        } else {
            *schema = text;
        }
    }

    fn dialect(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Dialect> {
        let text = self.text("dialect", value)?;
        text.parse().map_err(|error| self.error(value.span(), format!("{error}"))).ok()
    }

    /// A folder inside the workspace: what lies outside is not in its repository.
    fn folder(&mut self, name: &str, value: &Spanned<DeValue<'_>>, folder: &mut String) {
        let Some(text) = self.text(name, value) else { return };
        let text = text.trim_end_matches('/');
        let text = text.strip_prefix("./").unwrap_or(text);
        let is_inside = !text.contains('\\')
            && !text.contains(':')
            && text.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if is_inside {
            text.clone_into(folder);
        } else {
            self.error(value.span(), format!("setting `{name}` has to name a folder inside the workspace, with `/`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &str) -> (Settings, Vec<Diagnostic>) {
        Settings::read("Cargo.toml", &format!("[workspace]\n{TABLE}\n{settings}"))
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        assert_eq!(Settings::read("Cargo.toml", "[package]\nname = \"a\""), (Settings::default(), Vec::new()));
        let (settings, errors) = read(
            "dialect = \"postgres\"\nmigrations = \"./db/migrations/\"\nbase = \"develop\"\nanalytics_schema = \"bi\"",
        );
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(settings.dialect, Some(Dialect::Postgres));
        assert_eq!(settings.migrations, "db/migrations");
        assert_eq!(settings.base.as_deref(), Some("develop"));
        assert_eq!(settings.analytics_schema, "bi");
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let (settings, errors) = read(
            "migration = \"a\"\nzzz = 1\nlint = {}\nsnapshots = \"../a\"\ndialect = \"mysql\"\nbase = 1\nschema_rs = false\n\
             analytics_schema = \"\"",
        );
        let mut messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        messages.sort_unstable();
        assert_eq!(
            messages,
            [
                "dialect `mysql` is not supported yet, expected `postgres` or `sqlite`",
                "setting `analytics_schema` has to be a text that is not empty",
                "setting `base` has to be a text that is not empty",
                "setting `lint` is not supported yet",
                "setting `snapshots` has to name a folder inside the workspace, with `/`",
                "unknown setting `migration`, did you mean `migrations`?",
                "unknown setting `zzz`",
            ]
        );
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn a_file_that_is_not_toml_is_one_error_with_its_place() {
        let (_, errors) = Settings::read("Cargo.toml", "[workspace]\na = = 1\n");
        assert!(errors.len() == 1 && errors[0].span.start >= 16, "{errors:?}");
    }
}
