//! Migrations that stand for others, as the folder has them. Must not decide where they do: the plan does.

use std::collections::BTreeMap;

use makemigrations_gate::{DirectoryName, Folder, manual_reason, replaced};

use super::Migration;

/// The script of such a migration.
pub(crate) const SCRIPT: &str = "squashed.sql";

/// A migration that stands for others, and the script that does what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Squashed {
    /// Its own version.
    pub(crate) version: String,
    /// The versions of the others, oldest first; at least one.
    pub(crate) originals: Vec<String>,
    /// Under the name of the migration; `down.sql` is none of its business.
    pub(crate) script: Migration,
    /// Why people changed the script, empty where they gave no reason. `None` where it is as the tool wrote it.
    pub(crate) manual_reason: Option<String>,
}

impl Squashed {
    /// The version of the last one.
    pub(crate) fn last(&self) -> &str {
        self.originals.last().unwrap_or(&self.version)
    }
}

/// The ones in a folder, oldest first. One of which an original is missing is like any other: its originals that are there
/// run.
pub(super) fn read(folder: &Folder, by_version: &BTreeMap<String, Migration>) -> Vec<Squashed> {
    let names: BTreeMap<&str, &str> =
        by_version.iter().map(|(version, migration)| (migration.name.as_str(), version.as_str())).collect();
    let one = |(version, migration): (&String, &Migration)| {
        let files = folder.files(&migration.name)?;
        let record = files.get("operations.toml")?.bytes();
        let originals = replaced(record);
        let versions = originals.iter().map(|name| names.get(name.as_str()).map(|version| (*version).to_owned()));
        let versions: Vec<String> = versions.collect::<Option<_>>()?;
        let text = String::from_utf8_lossy(files.get(SCRIPT)?.bytes()).into_owned();
        let is_before = versions.last().is_some_and(|last| last < version);
        let script = Migration { in_transaction: true, up: text, down: None, ..migration.clone() };
        let manual_reason = manual_reason(record);
        is_before.then(|| Squashed { version: version.clone(), originals: versions, script, manual_reason })
    };
    by_version.iter().filter_map(one).collect()
}

/// The numbers of the first and the last migration, as people write them: `0001-0042`.
pub(crate) fn range(first: &str, last: &str) -> String {
    let number = |name: &str| match DirectoryName::parse(name).number {
        Some(number) => format!("{number:04}"),
        None => name.to_owned(),
    };
    format!("{}-{}", number(first), number(last))
}
