//! The migrations that are there: which they are, and whether something can come after them. Must not ask a database.

use makemigrations_gate::{DirectoryName, Folder, Lock};
use makemigrations_plan::{
    migration::{Stamp, directory_name},
    record,
};

use crate::{
    error::{CliError, Result},
    settings::Settings,
    workflow::context::Context,
    workspace::migrations::{RECORD, in_order, next_number},
};

/// The migrations of a project that has none of this tool's.
pub(super) struct Existing {
    pub(super) folder: Folder,
    /// Their names, as Diesel orders them.
    pub(super) names: Vec<String>,
    /// Baselines that an interrupted run left behind.
    pub(super) leftovers: Vec<String>,
    /// The number of the baseline.
    pub(super) number: u64,
    /// The name of its folder.
    pub(super) baseline: String,
}

impl Existing {
    /// # Errors
    /// When there is nothing to take over, when it was taken over before, and when nothing can come after it.
    pub(super) fn read(context: &Context<'_>) -> Result<Self> {
        let path = &context.settings.migrations;
        let folder = context.view.migrations(path)?;
        refuse_recorded(&context.settings, &folder)?;
        let (leftovers, names): (Vec<&str>, Vec<&str>) =
            folder.migrations().partition(|name| is_baseline(&folder, name));
        refuse_other_layout(&context.settings, &folder, &names)?;
        let leftovers = leftovers.into_iter().map(str::to_owned).collect();
        let names = in_order(names);
        let number = next_number(names.iter().map(String::as_str));
        let newest = names.last().map(String::as_str);
        let stamp = Stamp::after(newest, Stamp::at(context.environment.now()?));
        let baseline = directory_name(stamp, number, "baseline");
        refuse_order(&folder, &names, &baseline)?;
        Ok(Self { folder, names, leftovers, number, baseline })
    }

    /// The lock file with all of them in it, as adopted.
    pub(super) fn lock(&self, dialect: &str) -> Lock {
        let mut lock = Lock::new(dialect);
        for name in &self.names {
            for (file, content) in self.folder.files(name).into_iter().flatten() {
                lock.record(name, file, content.sum());
            }
            lock.adopt(name);
        }
        lock
    }
}

fn refuse_recorded(settings: &Settings, folder: &Folder) -> Result<()> {
    let Some(text) = folder.lock_text() else { return Ok(()) };
    let lock = Lock::parse(text).0;
    let Some(first) = lock.migrations().next() else { return Ok(()) };
    let path = folder.lock_path();
    if lock.adopted().is_empty() {
        return Err(CliError::usage(format!("`{path}` has migrations already, such as `{first}`"))
            .hint("a migration written by hand is recorded with `cargo xtask seal NAME`"));
    }
    let again = lock.migrations().find(|name| is_baseline(folder, name)).map(|name| folder.path(name));
    let what = again.into_iter().chain([path.clone(), settings.snapshots.clone()]).collect::<Vec<_>>();
    Err(CliError::usage(format!("the migrations in `{}` are adopted already", settings.migrations))
        .hint("what is to change now goes into the snapshots: `cargo xtask makemigrations`")
        .hint(format!("to do it again before it is merged, delete `{}` first", what.join("`, `"))))
}

fn is_baseline(folder: &Folder, name: &str) -> bool {
    let Some(file) = folder.files(name).and_then(|files| files.get(RECORD)) else { return false };
    let text = String::from_utf8_lossy(file.bytes());
    record::read(RECORD, &text).is_ok_and(|record| record.baseline)
}

/// A folder of folders of migrations, one for each dialect, is not one of migrations.
fn refuse_other_layout(settings: &Settings, folder: &Folder, names: &[&str]) -> Result<()> {
    let path = &settings.migrations;
    if names.is_empty() {
        return Err(CliError::usage(format!("there are no migrations in `{path}`"))
            .hint("say where they are: `migrations = \"...\"` below `[workspace.metadata.makemigrations]`")
            .hint("in a new project: describe your tables, then `cargo xtask makemigrations`"));
    }
    let is_nest = |name: &&&str| {
        let files = folder.files(name).into_iter().flatten();
        let mut files = files.map(|(file, _)| file.as_str());
        !files.clone().any(|file| file == "up.sql") && files.any(|file| file.ends_with("/up.sql"))
    };
    let nests: Vec<&str> = names.iter().filter(is_nest).copied().collect();
    if nests.is_empty() {
        return Ok(());
    }
    let apps: Vec<String> = nests
        .iter()
        .map(|name| {
            let dialect = match *name {
                "postgres" | "postgresql" | "pg" => "postgres",
                "sqlite" | "sqlite3" => "sqlite",
                _ => "...",
            };
            format!(
                "{name} = {{ dialect = \"{dialect}\", migrations = \"{path}/{name}\", snapshots = \"{}/{name}\" }}",
                settings.snapshots
            )
        })
        .collect();
    Err(CliError::usage(format!("`{path}` holds folders of migrations: `{}`", nests.join("`, `"))).hint(format!(
        "make each that you take over an application, then `cargo xtask adopt --app NAME`:\n\
         [workspace.metadata.makemigrations.apps]\n{}",
        apps.join("\n")
    )))
}

/// Diesel orders versions as texts, and so `3` comes after every date.
fn refuse_order(folder: &Folder, names: &[String], baseline: &str) -> Result<()> {
    let version = |name: &str| DirectoryName::parse(name).version;
    let next = version(baseline);
    let late: Vec<&String> = names.iter().filter(|name| version(name) >= next).collect();
    let Some(first) = late.first() else { return Ok(()) };
    let error = CliError::usage(format!(
        "nothing can come after `{first}`: Diesel orders versions as texts, and `{}` comes after `{next}`, which is now",
        version(first)
    ));
    let padded = |name: &String| {
        let old = version(name);
        let is_number = !old.is_empty() && old.len() < 14 && old.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| (name.clone(), old.clone(), format!("{old:0>14}")))
    };
    let renames: Vec<_> = names.iter().filter_map(padded).collect();
    if late.iter().any(|name| !renames.iter().any(|(old, ..)| old == *name)) {
        return Err(error.hint(
            "rename the folder so that its version is a date, and change it in `__diesel_schema_migrations` of every \
             database in the same way",
        ));
    }
    let moves: Vec<String> = renames
        .iter()
        .map(|(name, _, new)| {
            let rest = name.split_once('_').map(|(_, rest)| format!("_{rest}")).unwrap_or_default();
            format!("git mv '{}' '{}'", folder.path(name), folder.path(&format!("{new}{rest}")))
        })
        .collect();
    let updates: Vec<String> = renames
        .iter()
        .map(|(_, old, new)| {
            format!("UPDATE __diesel_schema_migrations SET version = '{new}' WHERE version = '{old}';")
        })
        .collect();
    Err(error
        .hint(format!("give the numbers zeros in front, in the folder:\n{}", moves.join("\n")))
        .hint(format!("and in every database, before anything is migrated there:\n{}", updates.join("\n"))))
}
