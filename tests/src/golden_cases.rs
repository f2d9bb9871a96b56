//! The golden cases whose `after/` is a schema that a dialect can have. It must not read their snapshots.

use std::path::{Path, PathBuf};

use crate::database::Engine;

/// The folders of the cases that are for the dialect and are not refused, sorted: a change that is refused may want what no
/// database takes.
///
/// # Panics
/// When the folder of the cases cannot be read.
#[must_use]
pub fn accepted(engine: Engine) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("`{}`: {error}", folder.display()));
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    cases.retain(|case| {
        let only = std::fs::read_to_string(case.join("dialect"));
        let is_of_another = only.is_ok_and(|only| only.trim() != engine.name());
        !is_of_another && !case.join(engine.name()).join("refused.txt").exists()
    });
    cases.sort();
    cases
}

/// The name of a case.
#[must_use]
pub fn name(case: &Path) -> String {
    case.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
