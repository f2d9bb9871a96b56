//! Which database a command talks to. Must not talk to it, and must not show a password.

use std::path::Path;

use makemigrations_gate::Lock;
use makemigrations_plan::model::Dialect;
use makemigrations_run::{Database, DatabaseUrl};

use super::context::Context;
use crate::{
    error::{CliError, Result},
    workspace::{migrations, plain_file},
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
        return parse(text, &context.environment.folder, "--database-url").map(Some);
    }
    if let Some(text) = context.environment.variable(name) {
        return parse(text, &context.root, name).map(Some);
    }
    match from_file(&context.root.join(".env"), name)? {
        Some(text) => parse(&text, &context.root, name).map(Some),
        None => Ok(None),
    }
}

/// Connects to the database of the workspace.
pub(crate) fn connect(context: &Context<'_>) -> Result<Database> {
    let url = chosen(context)?;
    context.terminal.detail(&format!("database: {url}"));
    Ok(Database::connect(&url)?)
}

/// The database of the workspace: the configured one, else a SQLite file below `target`.
pub(crate) fn chosen(context: &Context<'_>) -> Result<DatabaseUrl> {
    match configured(context)? {
        Some(url) => Ok(url),
        None => default(context),
    }
}

/// Where scratch databases are made: beside the database of `url`, or where `--scratch-url` says.
pub(super) fn scratch(context: &Context<'_>, url: &DatabaseUrl, flag: Option<&str>) -> Result<DatabaseUrl> {
    let Some(text) = flag else { return Ok(url.clone()) };
    let found = parse(text, &context.environment.folder, "--scratch-url")?;
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
    parse(&url, &context.root, name)
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

/// A variable from a `.env` file; lines of other programs that cannot be read are passed over as long as it is found.
/// What dotenvy says of such a line repeats it, so it is not shown.
fn from_file(path: &Path, name: &str) -> Result<Option<String>> {
    // A pipe would be waited for, and some are mounted in its place.
    if path.exists() && !plain_file::is_file(path) {
        return Err(CliError::usage(format!("`{}` is not a plain file", path.display()))
            .hint(format!("set the variable `{name}` itself, or give `--database-url`")));
    }
    let Ok(variables) = dotenvy::from_path_iter(path) else { return Ok(None) };
    let mut is_broken = false;
    for variable in variables {
        match variable {
            Ok((found, value)) if found == name && !value.is_empty() => return Ok(Some(value)),
            Ok(_) => {}
            Err(_) => is_broken = true,
        }
    }
    if is_broken {
        return Err(CliError::usage(format!("`{}` has a line that is not `NAME=value`", path.display()))
            .hint("quote values with spaces or special characters"));
    }
    Ok(None)
}

/// Reads a URL. A relative path of a SQLite file starts at `folder`.
fn parse(text: &str, folder: &Path, source: &str) -> Result<DatabaseUrl> {
    let anchored = anchor(text.trim(), folder);
    DatabaseUrl::parse(&anchored).map_err(|error| {
        let error = CliError::from(error);
        CliError { message: format!("`{source}`: {}", error.message), ..error }
    })
}

fn anchor(text: &str, folder: &Path) -> String {
    let (path, is_url) = match text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let is_file = is_url || !(text.contains("://") || text.contains('@') || text.contains('='));
    if !is_file || path.is_empty() || path == ":memory:" || Path::new(path).is_absolute() || path.get(1..2) == Some(":")
    {
        return text.to_owned();
    }
    let folder = folder.display().to_string();
    if is_url {
        format!("sqlite://{}/{path}", folder.replace('%', "%25").replace('?', "%3F"))
    } else {
        format!("{folder}/{path}")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_files_start_at_the_folder() {
        let folder = Path::new("/work 100%");
        assert_eq!(anchor("sqlite://target/a.db", folder), "sqlite:///work 100%25/target/a.db");
        assert_eq!(anchor("a.db", folder), "/work 100%/a.db");
        for same in ["sqlite:///a.db", "sqlite::memory:", "postgres://u:p@h/d", "/a.db", "u:p@h/d", "C:/a.db", ""] {
            assert_eq!(anchor(same, folder), same);
        }
    }

    #[test]
    fn a_broken_env_file_is_not_repeated() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, "A=1\nDATABASE_URL=postgres://u:secret@h/d\n").unwrap();
        assert_eq!(from_file(&path, "DATABASE_URL").unwrap().unwrap(), "postgres://u:secret@h/d");
        assert_eq!(from_file(&path, "OTHER").unwrap(), None);
        std::fs::write(&path, "A=b c\nDATABASE_URL=a.db\n").unwrap();
        assert_eq!(from_file(&path, "DATABASE_URL").unwrap().unwrap(), "a.db");
        std::fs::write(&path, "DATABASE_URL secret 'x\n").unwrap();
        let error = from_file(&path, "DATABASE_URL").unwrap_err();
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
}
