//! `[workspace.metadata.makemigrations]`: the settings, from the text of a `Cargo.toml`. Must not read files.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use makemigrations_lint::{InvalidLevel, Level, Levels};
use makemigrations_plan::{diagnostic::Diagnostic, model::Dialect, snapshot::Options};
use makemigrations_run::Timeouts;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::duration;

mod online;

pub(crate) use online::OnlineSettings;

/// The settings of a workspace, with the defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The application that they are for, where a workspace has several.
    pub(crate) app: Option<String>,
    /// `apps.<name>`: the same settings again, with what is not set taken from here.
    pub(crate) apps: BTreeMap<String, Self>,
    pub(crate) dialect: Option<Dialect>,
    /// The folder of snapshots, relative to the workspace, with `/`.
    pub(crate) snapshots: String,
    /// The folder of migrations, likewise.
    pub(crate) migrations: String,
    pub(crate) base: Option<String>,
    pub(crate) database_url_env: String,
    /// The SQL schema of analytics views.
    pub(crate) analytics_schema: String,
    /// `overrides = "forbidden"`: no line of the lock file excuses the edit of a merged migration.
    pub(crate) forbids_overrides: bool,
    /// Whether and how changes are made while others use the tables.
    pub(crate) online: OnlineSettings,
    /// `drops = "deferred"`: what goes waits in the database until `makemigrations --contract`.
    pub(crate) defers_drops: bool,
    /// Where `schema.rs` goes, and how it is written; `None` leaves it to a `diesel.toml`.
    pub(crate) schema_rs: Option<SchemaRs>,
    /// `ddl_lock_timeout`, `ddl_retries`, `statement_timeout`.
    pub(crate) timeouts: Timeouts,
    /// `lint`: the levels of rules.
    pub(crate) lint: Levels,
}

/// The setting `schema_rs`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SchemaRs {
    /// Relative to the workspace, with `/`; `None` is the `file` of the `diesel.toml`.
    pub(crate) path: Option<String>,
    /// Whether each domain has a file of its own.
    pub(crate) per_domain: bool,
    /// Whether a Rust enum is written for each database enum.
    pub(crate) rust_enums: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            app: None,
            apps: BTreeMap::new(),
            dialect: None,
            snapshots: "schema-snapshots".to_owned(),
            migrations: "migrations".to_owned(),
            base: None,
            database_url_env: "DATABASE_URL".to_owned(),
            analytics_schema: Options::ANALYTICS_SCHEMA.to_owned(),
            forbids_overrides: false,
            online: OnlineSettings::default(),
            defers_drops: false,
            schema_rs: None,
            timeouts: Timeouts::default(),
            lint: Levels::default(),
        }
    }
}

const KEYS: [&str; 15] = [
    "dialect",
    "snapshots",
    "migrations",
    "base",
    "database_url_env",
    "analytics_schema",
    "overrides",
    "drops",
    "online",
    "schema_rs",
    "ddl_lock_timeout",
    "ddl_retries",
    "statement_timeout",
    "lint",
    "apps",
];
/// With the longest pause between them that is most of a day.
const MOST_RETRIES: u32 = 1000;
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
                    if let DeValue::Table(table) = value.get_ref() {
                        reader.apps(table, &mut settings);
                    }
                }
            }
            Err(error) => reader.error(error.span().unwrap_or(0..0), error.message().to_owned()),
        }
        (settings, reader.errors)
    }

    /// Whether the text of a `Cargo.toml` has settings, or cannot be read so that nobody knows.
    pub(crate) fn are_in(text: &str) -> bool {
        let names = ["workspace", "metadata", "makemigrations"];
        DeTable::parse(text).map_or(true, |document| lookup(document.get_ref(), &names).is_some())
    }

    /// Those of one application; `None` when it is not there.
    pub(crate) fn of_app(&self, app: Option<&str>) -> Option<Self> {
        match app {
            None => Some(Self { apps: BTreeMap::new(), ..self.clone() }),
            Some(app) => self.apps.get(app).cloned(),
        }
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
                "apps" if settings.app.is_none() => {}
                "apps" => self.error(key.span(), "an application has no applications of its own".to_owned()),
                "overrides" => match value.get_ref() {
                    DeValue::String(text) if text == "allowed" => settings.forbids_overrides = false,
                    DeValue::String(text) if text == "forbidden" => settings.forbids_overrides = true,
                    _ => self.error(
                        value.span(),
                        "setting `overrides` has to be `\"allowed\"` or `\"forbidden\"`".to_owned(),
                    ),
                },
                "drops" => match value.get_ref() {
                    DeValue::String(text) if text == "immediate" => settings.defers_drops = false,
                    DeValue::String(text) if text == "deferred" => settings.defers_drops = true,
                    _ => self
                        .error(value.span(), "setting `drops` has to be `\"immediate\"` or `\"deferred\"`".to_owned()),
                },
                "online" => self.online(value, &mut settings.online),
                "schema_rs" => settings.schema_rs = self.schema_rs(value),
                "ddl_lock_timeout" => {
                    if let Some(timeout) = self.duration(name, value) {
                        settings.timeouts.ddl_lock_timeout = timeout;
                    }
                }
                "ddl_retries" => self.retries(value, &mut settings.timeouts.ddl_retries),
                "statement_timeout" => {
                    let timeout = self.duration(name, value);
                    settings.timeouts.statement_timeout = timeout.filter(|timeout| !timeout.is_zero());
                }
                "lint" => self.lint(value, &mut settings.lint),
                _ => self.unknown(name, key.span()),
            }
        }
    }

    /// The applications, once all that they share is known.
    fn apps(&mut self, table: &DeTable<'_>, settings: &mut Settings) {
        let Some(apps) = table.get("apps") else { return };
        let DeValue::Table(apps) = apps.get_ref() else {
            return self.error(apps.span(), "setting `apps` has to be a table: `apps.web = { ... }`".to_owned());
        };
        let mut folders = BTreeMap::new();
        if table.contains_key("migrations") {
            folders.insert(settings.migrations.clone(), "the workspace".to_owned());
        }
        for (key, value) in apps {
            let name = key.get_ref().as_ref();
            if !is_app_name(name) {
                self.error(key.span(), format!("`{name}` is no name for an application: letters, digits, `-` and `_`"));
                continue;
            }
            let mut app = Settings { app: Some(name.to_owned()), ..settings.clone() };
            self.settings(value, &mut app);
            let has_folder = matches!(value.get_ref(), DeValue::Table(table) if table.contains_key("migrations"));
            if !has_folder {
                self.error(
                    key.span(),
                    format!("application `{name}` needs a folder of its own: `migrations = \"...\"`"),
                );
            } else if let Some(other) = folders.insert(app.migrations.clone(), format!("application `{name}`")) {
                let folder = &app.migrations;
                self.error(
                    value.span(),
                    format!("application `{name}` and {other} have the same migrations, `{folder}`"),
                );
            }
            settings.apps.insert(name.to_owned(), app);
        }
        // Applications have no applications of their own.
        settings.apps.values_mut().for_each(|app| app.apps.clear());
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

    /// `"500ms"`, `"5s"`, `"2min"`; `"0"` is none.
    fn duration(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Duration> {
        let found = match value.get_ref() {
            DeValue::String(text) => duration::parse(text),
            _ => None,
        };
        if found.is_none() {
            self.error(
                value.span(),
                format!(
                    "setting `{name}` has to be a time such as `\"500ms\"`, `\"5s\"` or `\"2min\"`, or `\"0\"` for none"
                ),
            );
        }
        found
    }

    fn retries(&mut self, value: &Spanned<DeValue<'_>>, retries: &mut u32) {
        let found = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        match found.filter(|number| *number <= MOST_RETRIES) {
            Some(number) => *retries = number,
            None => {
                self.error(value.span(), format!("setting `ddl_retries` has to be a number from 0 to {MOST_RETRIES}"));
            }
        }
    }

    fn dialect(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Dialect> {
        let text = self.text("dialect", value)?;
        text.parse().map_err(|error| self.error(value.span(), format!("{error}"))).ok()
    }

    /// `"src/schema.rs"`, `false`, or a table with more.
    fn schema_rs(&mut self, value: &Spanned<DeValue<'_>>) -> Option<SchemaRs> {
        const NAME: &str = "schema_rs";
        let DeValue::Table(table) = value.get_ref() else {
            if matches!(value.get_ref(), DeValue::Boolean(false)) {
                return None;
            }
            let mut path = String::new();
            self.folder(NAME, value, &mut path);
            return Some(SchemaRs { path: Some(path), ..SchemaRs::default() });
        };
        let mut setting = SchemaRs::default();
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("path", _) => self.folder("schema_rs.path", value, setting.path.insert(String::new())),
                ("per_domain", DeValue::Boolean(chosen)) => setting.per_domain = *chosen,
                ("enums", DeValue::String(kind)) if kind == "rust" => setting.rust_enums = true,
                ("enums", DeValue::Boolean(false)) => {}
                ("per_domain", _) => self.error(value.span(), "`per_domain` has to be `true` or `false`".to_owned()),
                ("enums", _) => self.error(value.span(), "`enums` has to be `\"rust\"`".to_owned()),
                (name, _) => self.error(
                    key.span(),
                    format!("unknown key `{name}` of `{NAME}`, expected `path`, `per_domain` or `enums`"),
                ),
            }
        }
        Some(setting)
    }

    /// `{ RULE = "off" }`; an application's come on top of the workspace's.
    fn lint(&mut self, value: &Spanned<DeValue<'_>>, levels: &mut Levels) {
        let DeValue::Table(table) = value.get_ref() else {
            let message = "setting `lint` has to be a table: `lint = { ban-drop-column = \"warning\" }`";
            return self.error(value.span(), message.to_owned());
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let text = if let DeValue::String(text) = value.get_ref() { text.as_ref() } else { "" };
            let Some(level) = Level::parse(text) else {
                let message = format!("the level of `{name}` has to be `\"off\"`, `\"warning\"` or `\"error\"`");
                self.error(value.span(), message);
                continue;
            };
            match levels.set(name, level) {
                Ok(()) => {}
                Err(InvalidLevel::Fixed) => {
                    self.error(
                        value.span(),
                        format!("`{name}` stays an error: what it finds fails, or leaves half of a file applied"),
                    );
                }
                Err(InvalidLevel::UnknownRule(similar)) if similar.is_empty() => {
                    let help = "`docs/lint.md` lists the rules".to_owned();
                    let message = format!("no rule of `lint` is called `{name}`");
                    self.errors.push(Diagnostic::error(self.path, key.span(), message).with_help(help));
                }
                Err(InvalidLevel::UnknownRule(similar)) => {
                    let similar = match similar.as_slice() {
                        [all @ .., last] if !all.is_empty() => format!("`{}` or `{last}`", all.join("`, `")),
                        all => format!("`{}`", all.join("`, `")),
                    };
                    self.error(key.span(), format!("no rule of `lint` is called `{name}`, did you mean {similar}?"));
                }
            }
        }
    }

    /// A folder or file inside the workspace: what lies outside is not in its repository.
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
            self.error(value.span(), format!("setting `{name}` has to name a path inside the workspace, with `/`"));
        }
    }
}

fn is_app_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
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
            "migration = \"a\"\nzzz = 1\nlint = { ban-drop-colum = \"off\" }\nsnapshots = \"../a\"\ndialect = \"mysql\"\nbase = 1\nschema_rs = false\n\
             analytics_schema = \"\"",
        );
        let mut messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        messages.sort_unstable();
        assert_eq!(
            messages,
            [
                "dialect `mysql` is not supported yet, expected `postgres` or `sqlite`",
                "no rule of `lint` is called `ban-drop-colum`, did you mean `ban-drop-column`, `ban-drop-policy` or `ban-drop-domain`?",
                "setting `analytics_schema` has to be a text that is not empty",
                "setting `base` has to be a text that is not empty",
                "setting `snapshots` has to name a path inside the workspace, with `/`",
                "unknown setting `migration`, did you mean `migrations`?",
                "unknown setting `zzz`",
            ]
        );
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn applications_take_what_they_do_not_set_from_the_workspace() {
        let (settings, errors) = read(
            "base = \"develop\"\n[workspace.metadata.makemigrations.apps]\n\
             web = { migrations = \"web/migrations\", dialect = \"postgres\" }\napi = { migrations = \"api/migrations\" }",
        );
        assert!(errors.is_empty(), "{errors:?}");
        let web = settings.of_app(Some("web")).unwrap();
        assert_eq!((web.migrations.as_str(), web.dialect), ("web/migrations", Some(Dialect::Postgres)));
        assert_eq!((web.base.as_deref(), web.app.as_deref()), (Some("develop"), Some("web")));
        assert_eq!(settings.of_app(Some("shop")), None);
    }

    #[test]
    fn applications_have_folders_of_their_own() {
        let (_, errors) = read(
            "[workspace.metadata.makemigrations.apps]\nweb = { migrations = \"a\" }\napi = { migrations = \"a\" }\n\
             shop = {}\n\"a b\" = { migrations = \"c\" }\nodd = { migrations = \"d\", apps = {} }",
        );
        let mut messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        messages.sort_unstable();
        assert_eq!(
            messages,
            [
                "`a b` is no name for an application: letters, digits, `-` and `_`",
                "an application has no applications of its own",
                "application `shop` needs a folder of its own: `migrations = \"...\"`",
                "application `web` and application `api` have the same migrations, `a`",
            ]
        );
    }

    #[test]
    fn a_file_that_is_not_toml_is_one_error_with_its_place() {
        let (_, errors) = Settings::read("Cargo.toml", "[workspace]\na = = 1\n");
        assert!(errors.len() == 1 && errors[0].span.start >= 16, "{errors:?}");
    }
}
