//! Which database a command talks to. Must not talk to it, and must not show a password.

use std::{collections::BTreeMap, path::Path};

use makemigrations_gate::Lock;
use makemigrations_plan::model::Dialect;
use makemigrations_run::{Database, DatabaseUrl};

use super::context::Context;
use crate::{
    env_file::EnvFile,
    error::{CliError, Result},
    terminal::Terminal,
    workspace::migrations,
};

/// Where the default database is: a file below `target`; each application has one of its own.
fn default_path(app: Option<&str>) -> String {
    let suffix = app.map(|app| format!("-{app}")).unwrap_or_default();
    format!("target/dev{suffix}.sqlite3")
}

/// Whether a command that named no database has one that is there already.
pub(crate) fn has_default(context: &Context<'_>) -> bool {
    !context.environment.is_ci() && context.root.join(default_path(context.settings.app.as_deref())).is_file()
}

pub(crate) fn dialect(url: &DatabaseUrl) -> Dialect {
    url.dialect()
}

/// The database that somebody named: by flag, environment or `.env`.
pub(crate) fn configured(context: &Context<'_>) -> Result<Option<DatabaseUrl>> {
    let name = &context.settings.database_url_env;
    if let Some(text) = &context.database_url {
        return parse(context, text, &context.environment.folder, "--database-url").map(Some);
    }
    if let Some(text) = context.environment.variable(name) {
        return parse(context, text, &context.root, name).map(Some);
    }
    match env_file(context)?.get(name)? {
        Some(text) => parse(context, text, &context.root, name).map(Some),
        None => Ok(None),
    }
}

/// The `.env` of the workspace. One of a folder above it belongs to something else.
fn env_file(context: &Context<'_>) -> Result<EnvFile> {
    EnvFile::read(&context.root.join(".env"), |name| context.environment.variable(name).map(str::to_owned))
}

/// Connects to the database of the workspace.
pub(crate) fn connect(context: &Context<'_>) -> Result<Database> {
    let url = chosen(context)?;
    context.terminal.detail(&format!("database: {url}"));
    open(context.terminal, &url)
}

/// Connects to a database, and says what somebody should know who trusts the connection.
pub(crate) fn open(terminal: &Terminal, url: &DatabaseUrl) -> Result<Database> {
    // First: they can be why there is no connection.
    url.warnings().iter().for_each(|warning| terminal.warning(warning, None));
    let database = Database::connect(url)?;
    warn(terminal, &database);
    Ok(database)
}

/// Says what somebody should know who trusts the connection.
pub(crate) fn warn(terminal: &Terminal, database: &Database) {
    for warning in database.warnings() {
        let (message, hint) = warning.split_once("\nhint: ").map_or((warning.as_str(), None), |(m, h)| (m, Some(h)));
        terminal.warning(message, hint);
    }
}

/// The database of the workspace: the configured one, else a SQLite file below `target`.
pub(crate) fn chosen(context: &Context<'_>) -> Result<DatabaseUrl> {
    match configured(context)? {
        Some(url) => Ok(url),
        None => default(context),
    }
}

/// Where scratch databases are made: beside the database of `url`, or where `--scratch-url` says.
pub(crate) fn scratch(context: &Context<'_>, url: &DatabaseUrl, flag: Option<&str>) -> Result<DatabaseUrl> {
    let Some(text) = flag else { return Ok(url.clone()) };
    let found = parse(context, text, &context.environment.folder, "--scratch-url")?;
    if found.dialect() == url.dialect() {
        return Ok(found);
    }
    Err(CliError::usage(format!("`--scratch-url` is {}, and the database is {}", found.dialect(), url.dialect())))
}

fn default(context: &Context<'_>) -> Result<DatabaseUrl> {
    let name = &context.settings.database_url_env;
    let refuse = |why: &str| {
        Err(CliError::usage(format!("no database is named, and {why}"))
            .hint(format!("set `{name}`, or give `--database-url`")))
    };
    if context.environment.is_ci() {
        return refuse("in CI none is assumed");
    }
    if recorded_dialect(context)? == Some(Dialect::Postgres) {
        return refuse("the dialect is `postgres`");
    }
    let url = format!("sqlite://{}", default_path(context.settings.app.as_deref()));
    context.terminal.say(&format!("note: `{name}` is not set, using `{url}`"));
    let folder = context.root.join("target");
    std::fs::create_dir_all(&folder).map_err(|error| CliError::io("create", &folder, &error))?;
    parse(context, &url, &context.root, name)
}

/// The dialect that is set, else the lock file's.
fn recorded_dialect(context: &Context<'_>) -> Result<Option<Dialect>> {
    if context.settings.dialect.is_some() {
        return Ok(context.settings.dialect);
    }
    let folder = context.view.migrations(&context.settings.migrations)?;
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    Ok(lock.dialect().and_then(|name| name.parse().ok()))
}

/// Reads a URL. A relative path of a SQLite file starts at `folder`; the variables of libpq in `.env` count as well.
fn parse(context: &Context<'_>, text: &str, folder: &Path, source: &str) -> Result<DatabaseUrl> {
    let explain = |error: makemigrations_run::Error| {
        let error = CliError::from(error);
        CliError { message: format!("`{source}`: {}", error.message), ..error }
    };
    let is_server = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.trim_start().get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let variables = if is_server { env_file(context)?.variables().clone() } else { BTreeMap::default() };
    Ok(DatabaseUrl::parse_with(text, &variables).map_err(explain)?.relative_to(folder))
}

/// Where `--to` leads.
pub(crate) fn target(context: &Context<'_>, to: &str) -> Result<makemigrations_run::Target> {
    if to == "zero" {
        return Ok(makemigrations_run::Target::Zero);
    }
    let folder = context.view.migrations(&context.settings.migrations)?;
    let names: Vec<&str> = folder.migrations().collect();
    let name = migrations::find(&names, to)?;
    Ok(makemigrations_run::Target::Version(makemigrations_gate::DirectoryName::parse(name).version))
}
