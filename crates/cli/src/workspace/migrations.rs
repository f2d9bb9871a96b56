//! The recorded migrations: their records in order, the schema after them, names to migrations. Must not judge files
//! against the lock file: that is the gate's. Adopted ones have no records: a baseline says what they made.

use std::sync::OnceLock;

use makemigrations_gate::{DirectoryName, Folder};
use makemigrations_plan::{
    diagnostic::Diagnostic,
    hint::UsedHints,
    history::{self, Entry},
    model::{Dialect, Schema},
    record::{self, Record},
};

use crate::{
    error::{CliError, Result},
    settings::lookup,
};

/// The name of the record in a migration's folder.
pub(crate) const RECORD: &str = "operations.toml";

/// A migration with its record, which is parsed once, when it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// The folder's name.
    pub(crate) name: String,
    /// The path of its record, for messages.
    pub(crate) path: String,
    pub(crate) text: String,
    record: OnceLock<std::result::Result<Record, Vec<Diagnostic>>>,
}

impl Recorded {
    pub(crate) fn new(name: &str, path: String, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        Self { name: name.to_owned(), path, text, record: OnceLock::new() }
    }

    fn entry(&self) -> Entry<'_> {
        Entry { folder: &self.name, path: &self.path, record: self.read() }
    }

    pub(crate) fn read(&self) -> std::result::Result<&Record, &[Diagnostic]> {
        self.record.get_or_init(|| record::read(&self.path, &self.text)).as_ref().map_err(Vec::as_slice)
    }
}

/// The migrations of a folder, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Migrations {
    pub(crate) all: Vec<Recorded>,
    /// The names of those that were there before this tool.
    pub(crate) adopted: Vec<String>,
}

impl Migrations {
    /// These, and none that was adopted.
    pub(crate) fn recorded(all: Vec<Recorded>) -> Self {
        Self { all, adopted: Vec::new() }
    }

    /// Takes the records out of a folder that the gate let through.
    ///
    /// # Errors
    /// When a migration has none, and is not adopted.
    pub(crate) fn of(folder: &Folder) -> Result<Self> {
        let adopted = folder.adopted();
        let (adopted, recorded): (Vec<_>, Vec<_>) = folder.migrations().partition(|name| adopted.contains(*name));
        let mut all = Vec::new();
        let mut bare = Vec::new();
        for name in recorded {
            let path = folder.path(&format!("{name}/{RECORD}"));
            match folder.files(name).and_then(|files| files.get(RECORD)) {
                Some(file) => all.push(Recorded::new(name, path, file.bytes())),
                None => bare.push(format!("`{name}`")),
            }
        }
        if bare.is_empty() {
            return Ok(Self { all, adopted: in_order(adopted) });
        }
        let message =
            format!("without `{RECORD}`, so that what it does to the schema is not known: {}", bare.join(", "));
        let error = CliError::usage(message).hint("declare it as written by hand: `cargo xtask seal NAME`");
        Err(if adopted.is_empty() {
            error
        } else {
            error.hint(
                "when it came while the adoption is not merged yet: delete what that wrote, and `cargo xtask adopt`",
            )
        })
    }

    /// Whether they began with those of another tool.
    pub(crate) fn is_adopted(&self) -> bool {
        !self.adopted.is_empty() || self.all.first().is_some_and(|first| first.read().is_ok_and(|one| one.baseline))
    }

    /// What says what the adopted ones made.
    pub(crate) fn baseline(&self) -> Option<&Recorded> {
        let first = self.all.first().filter(|_| !self.adopted.is_empty())?;
        first.read().is_ok_and(|record| record.baseline).then_some(first)
    }

    /// The schema after all of them.
    pub(crate) fn replay(&self, dialect: Dialect) -> std::result::Result<Schema, Vec<Diagnostic>> {
        self.replay_first(self.all.len(), dialect)
    }

    /// The schema after the first `count` of them.
    pub(crate) fn replay_first(&self, count: usize, dialect: Dialect) -> std::result::Result<Schema, Vec<Diagnostic>> {
        history::replay(dialect, self.all.iter().take(count).map(Recorded::entry))
    }

    /// The hints that they have used.
    pub(crate) fn used_hints(&self) -> std::result::Result<UsedHints, Vec<Diagnostic>> {
        history::used_hints(self.all.iter().map(Recorded::entry))
    }

    /// Calls `visit` with each migration from `first` on, its record, and the schema before it.
    ///
    /// # Errors
    /// As [`history::replay`].
    pub(crate) fn each_from(
        &self,
        first: usize,
        dialect: Dialect,
        mut visit: impl FnMut(&Recorded, &Record, &Schema) -> std::result::Result<(), Diagnostic>,
    ) -> std::result::Result<(), Vec<Diagnostic>> {
        let first = first.min(self.all.len());
        let mut schema = history::replay(dialect, self.all[..first].iter().map(Recorded::entry))?;
        for recorded in &self.all[first..] {
            let record = recorded.read()?;
            visit(recorded, record, &schema).map_err(|error| vec![error])?;
            history::advance(&mut schema, dialect, recorded.entry(), record).map_err(|error| vec![error])?;
        }
        Ok(())
    }

    /// The number of the next migration.
    pub(crate) fn next_number(&self) -> u64 {
        next_number(self.names())
    }

    /// The folder's name of the newest one.
    pub(crate) fn newest(&self) -> Option<&str> {
        self.names().max_by_key(|name| DirectoryName::parse(name).version)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.adopted.iter().map(String::as_str).chain(self.all.iter().map(|recorded| recorded.name.as_str()))
    }
}

/// The number after those of `names`.
pub(crate) fn next_number<'a>(names: impl Iterator<Item = &'a str>) -> u64 {
    names.filter_map(|name| DirectoryName::parse(name).number).max().unwrap_or(0) + 1
}

/// The names of migrations as Diesel orders them: by version, as text.
pub(crate) fn in_order<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.sort_by_cached_key(|name| (DirectoryName::parse(name).version, name.clone()));
    names
}

/// The one of `names` that `text` means: a folder's whole name, a version, a number, or the part after the version.
///
/// # Errors
/// When it means none, or several.
pub(crate) fn find<'a>(names: &[&'a str], text: &str) -> Result<&'a str> {
    let text = text.trim_end_matches('/');
    if let Some(name) = names.iter().find(|name| **name == text) {
        return Ok(name);
    }
    let number = text.parse::<u64>().ok();
    let version = text.replace('-', "");
    let fits = |name: &&&str| {
        let parts = DirectoryName::parse(name);
        parts.name == text || parts.version == version || (number.is_some() && parts.number == number)
    };
    let found: Vec<&str> = names.iter().filter(fits).copied().collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(CliError::usage(format!("no migration is called `{text}`"))
            .hint("`cargo xtask showmigrations` lists all of them")),
        several => Err(CliError::usage(format!("`{text}` can mean each of `{}`", several.join("`, `")))
            .hint("give the whole name of the folder")),
    }
}

/// Whether a migration with this `metadata.toml` runs in a transaction. As Diesel reads it: without the key there is no transaction, and with a mistake in the file there is one.
pub(crate) fn runs_in_transaction(metadata: &str) -> bool {
    let Ok(document) = toml::de::DeTable::parse(metadata) else { return true };
    match lookup(document.get_ref(), &["run_in_transaction"]).map(toml::Spanned::get_ref) {
        Some(toml::de::DeValue::Boolean(value)) => *value,
        Some(_) => true,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_has_several_names() {
        let names =
            ["2026-11-23-141200-0001_initial", "2026-11-23-141300-0002_ticket", "2026-11-23-141400-0003_ticket"];
        for text in
            ["2026-11-23-141200-0001_initial", "initial", "1", "0001", "20261123141200-0001", "202611231412000001"]
        {
            assert_eq!(find(&names, text).unwrap(), names[0], "{text}");
        }
        assert!(find(&names, "ticket").unwrap_err().message.contains("can mean each"));
        assert!(find(&names, "4").unwrap_err().message.contains("no migration"));
    }
}
