//! `init`: sets a workspace up, step by step. Must not replace what is there: it adds, or says what is left to a person.

mod build_script;
mod cargo;
mod ci;
mod manifest;
mod schema_rs;
mod yarn;

use std::path::{Path, PathBuf};

use toml_edit::{InlineTable, Value};

use super::{hooks, schema_json};
use crate::{
    arguments::Init,
    error::{CliError, Result},
    git::Repository,
    settings::Settings,
    workflow::{context::Context, database},
    workspace::{changes::Changes, sources::SCHEMA_JSON},
};

const DOMAIN: &str = include_str!("../../../templates/domain.toml");

pub(crate) fn run(context: Context<'_>, app: Option<&str>, arguments: &Init) -> Result<()> {
    let mut context = if app.is_some() { context.for_app(app)? } else { context };
    let applications = if app.is_some() { vec![context.settings.clone()] } else { context.applications()? };
    if !context.root.join("Cargo.toml").is_file() {
        return Err(CliError::usage(format!("there is no `Cargo.toml` in `{}`", context.root.display()))
            .hint("run it in a Cargo workspace: `cargo init` makes one"));
    }
    // Started by Cargo from elsewhere, the program would find the workspace that it was built in.
    if !context.environment.folder.starts_with(&context.root) {
        return Err(CliError::usage(format!("no workspace in `{}` or above it", context.environment.folder.display()))
            .hint("run it in the workspace that is to be set up"));
    }
    if let Some(asked) = arguments.dialect {
        refuse_other_dialect(&context, app, &applications, &asked.to_string())?;
    }
    let mut changes = Changes::new(&context.root);
    let origin = Origin::new(&context, arguments.path.as_deref())?;
    let packages = cargo::packages(&context.root)?;
    cargo::xtask(&context.root, &packages, &origin, &mut changes)?;
    let dialect = arguments.dialect.map(|dialect| dialect.to_string()).or_else(|| {
        // A broken URL is for those commands to report that want the database; of several applications it is one's only.
        let url = database::configured(&context).ok().flatten().filter(|_| applications.len() == 1)?;
        Some(database::dialect(&url).to_string())
    });
    if let Some(dialect) = dialect {
        manifest::dialect(&context.root, app, &dialect, &mut changes)?;
    }
    let mut domains = Vec::new();
    for settings in &applications {
        domains.extend(folders(&context.root, settings, &mut changes)?);
        attributes(&context.root, settings, &mut changes)?;
    }
    let own = context.settings.clone();
    for settings in applications.into_iter().filter(|settings| !is_to_be_adopted(&context.root, settings)) {
        context.settings = settings;
        schema_rs::add(&context, arguments.dialect, &mut changes)?;
    }
    context.settings = own;
    build_script::add(&context.root, arguments.package.as_deref(), &packages, &origin, &mut changes)?;
    match Repository::discover(&context.root, context.environment) {
        Ok(repository) => {
            if let Err(error) = hooks::install(&repository, &mut changes) {
                changes.by_hand(error.hints.into_iter().fold(error.message, |text, hint| format!("{text}\n{hint}")));
            }
            ci::add(&repository, arguments.ci, &mut changes)?;
            ci::owners(&repository, &context.settings, &mut changes)?;
        }
        Err(unknown) => changes.by_hand(format!("hooks and CI: {}", unknown.reason)),
    }
    if let Some(folder) = &arguments.yarn {
        yarn::add(&context.root, folder, app, &mut changes)?;
    }
    changes.finish(context.terminal, arguments.rehearsal.dry_run)?;
    if let (Some(domain), false) = (domains.first(), arguments.rehearsal.dry_run) {
        context.terminal.say(&format!("next: describe your tables in `{domain}`, then `cargo xtask makemigrations`"));
    }
    Ok(())
}

/// A dialect that is set, or that migrations are written in, is not changed by a flag.
fn refuse_other_dialect(context: &Context<'_>, app: Option<&str>, all: &[Settings], asked: &str) -> Result<()> {
    if let Some((place, set)) = manifest::dialect_of(&context.root, app)?.filter(|(_, set)| set != asked) {
        return Err(CliError::usage(format!("`--dialect {asked}`: the setting `dialect` is `{set}` at `{place}`"))
            .hint("change the setting, or leave `--dialect` out")
            .hint("for a second database make it an application: `apps.NAME` with folders of its own"));
    }
    // What one folder of migrations is written in; each of several applications has its own.
    let [only] = all else { return Ok(()) };
    let folder = context.view.migrations(&only.migrations)?;
    let lock = folder.lock_text().map(|text| makemigrations_gate::Lock::parse(text).0).unwrap_or_default();
    match lock.dialect() {
        Some(recorded) if recorded != asked => Err(CliError::usage(format!(
            "`--dialect {asked}`: the migrations are written for {recorded}, says `{}`",
            folder.lock_path()
        ))
        .hint("leave `--dialect` out")
        .hint("for a second database make it an application: `apps.NAME` with folders of its own")),
        _ => Ok(()),
    }
}

/// The first snapshot, and a folder that git keeps. Gives the snapshot's path when it is new.
fn folders(root: &Path, settings: &Settings, changes: &mut Changes) -> Result<Option<String>> {
    let migrations = root.join(&settings.migrations);
    if !migrations.exists() {
        // An application that embeds the migrations does not compile without the folder.
        changes.write(&migrations.join(".gitkeep"), "")?;
    } else if is_to_be_adopted(root, settings) {
        let text = format!("the migrations in `{}` are not recorded: `cargo xtask adopt`", settings.migrations);
        changes.by_hand(text);
        // That writes the snapshots.
        return Ok(None);
    }
    changes.write(&root.join(&settings.snapshots).join(SCHEMA_JSON), schema_json::text())?;
    if root.join(&settings.snapshots).exists() {
        return Ok(None);
    }
    let domain = format!("{}/main.toml", settings.snapshots);
    changes.write(&root.join(&domain), DOMAIN)?;
    Ok(Some(domain))
}

/// Whether there are migrations that are not recorded.
fn is_to_be_adopted(root: &Path, settings: &Settings) -> bool {
    let migrations = root.join(&settings.migrations);
    !migrations.join(makemigrations_gate::LOCK_FILE).exists() && has_folders(&migrations)
}

fn has_folders(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| !entry.file_name().to_string_lossy().starts_with('.') && entry.path().is_dir())
}

/// The bytes of migrations are hashed with CRLF read as LF; with LF everywhere they are also the same to other tools.
fn attributes(root: &Path, settings: &Settings, changes: &mut Changes) -> Result<()> {
    let path = root.join(".gitattributes");
    let mut text = changes.read(&path)?.unwrap_or_default();
    for folder in [&settings.migrations, &settings.snapshots] {
        let quote = if folder.contains(' ') { "\"" } else { "" };
        let line = format!("{quote}{folder}/**{quote} text eol=lf");
        if !text.lines().any(|known| known == line) {
            let line_end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            text += &format!("{line_end}{line}\n");
        }
    }
    changes.write(&path, text)
}

/// The crates that a workspace takes from a checkout, and where they are in it.
const CRATES: [(&str, &str); 2] =
    [(env!("CARGO_PKG_NAME"), "crates/cli/Cargo.toml"), ("makemigrations-gate", "crates/gate/Cargo.toml")];

/// Dependencies on crates that are not there would stop Cargo in the whole workspace.
fn refuse_other_folder(path: &Path, full: &Path) -> Result<()> {
    for (name, manifest) in CRATES {
        let text = std::fs::read_to_string(full.join(manifest)).unwrap_or_default();
        let document = text.parse::<toml_edit::DocumentMut>().ok();
        let package = document.as_ref().and_then(|document| document.get("package")?.get("name")?.as_str());
        if package != Some(name) {
            return Err(CliError::usage(format!(
                "`--path {}`: no checkout of makemigrations, `{manifest}` in it is not the crate `{name}`",
                path.display()
            ))
            .hint("give the folder that its repository was cloned into, or leave `--path` out"));
        }
    }
    Ok(())
}

/// Where the crates of this tool come from.
struct Origin {
    /// A checkout of its repository, instead of the registry.
    checkout: Option<PathBuf>,
    root: PathBuf,
}

impl Origin {
    fn new(context: &Context<'_>, path: Option<&Path>) -> Result<Self> {
        let checkout = path.map(|path| -> Result<PathBuf> {
            let full = context.environment.folder.join(path);
            let full = full.canonicalize().map_err(|error| CliError::io("find", &full, &error))?;
            refuse_other_folder(path, &full)?;
            Ok(full)
        });
        let root = context.root.canonicalize().map_err(|error| CliError::io("find", &context.root, &error))?;
        Ok(Self { checkout: checkout.transpose()?, root })
    }

    /// A crate as the dependency of the package in `folder`.
    fn dependency(&self, name: &str, folder: &Path) -> Value {
        let Some(checkout) = &self.checkout else {
            let (major, rest) = env!("CARGO_PKG_VERSION").split_once('.').unwrap_or_default();
            let minor = rest.split('.').next().unwrap_or_default();
            return Value::from(format!("{major}.{minor}"));
        };
        let below = match name.strip_prefix("makemigrations-") {
            Some(name) => format!("crates/{name}"),
            None => "crates/cli".to_owned(),
        };
        let path = match (checkout.strip_prefix(&self.root), folder.strip_prefix(&self.root)) {
            (Ok(checkout), Ok(folder)) => {
                let up = "../".repeat(folder.components().count());
                format!("{up}{}/{below}", checkout.display())
            }
            _ => checkout.join(below).display().to_string(),
        };
        Value::InlineTable(InlineTable::from_iter([("path", path)]))
    }
}
