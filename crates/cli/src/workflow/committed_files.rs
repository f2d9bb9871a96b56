//! What a clone brings along in the folders of migrations and snapshots, and nobody reviews: links, state of a command, hidden
//! files. Must not look into any of it.

use std::path::Path;

use makemigrations_gate::{EntryKind, Finding, Id, quoted};

use crate::{
    environment::Environment,
    git::{Repository, Source, tracked},
    settings::Settings,
};

/// The folder in which older versions kept the state of a `rebase`.
const STATE: &str = ".rebase";

/// What git tracks there and must not, or need not. Nothing where git cannot tell: that is a finding of its own.
pub(crate) fn findings(environment: &Environment, root: &Path, settings: &Settings, source: &Source) -> Vec<Finding> {
    let Settings { migrations, snapshots, .. } = settings;
    let folders = [migrations.as_str(), snapshots.as_str()];
    let found =
        Repository::discover(root, environment).and_then(|repository| tracked::below(&repository, source, &folders));
    let found = found.unwrap_or_default();
    found.into_iter().filter_map(|(path, kind)| finding(path, kind, migrations)).collect()
}

fn finding(path: String, kind: EntryKind, migrations: &str) -> Option<Finding> {
    let hidden = path.split('/').find(|part| part.starts_with('.'));
    let is_state = path.split('/').any(|part| part == STATE);
    let remove = format!("take it out of git: `git rm -r --cached -- {}`", quoted(&path));
    let is_of_migrations = Path::new(&path).starts_with(migrations);
    let finding = match (kind, hidden) {
        _ if is_state => Finding::error(
            Id::TrackedState,
            format!("`{path}` is tracked by git, and would be taken for the state of an interrupted `rebase`"),
            remove,
        ),
        // Others below the migrations the gate sees by itself.
        (EntryKind::Link | EntryKind::Special, Some(_)) => {
            Finding::error(Id::Link, format!("`{path}` is tracked by git, and no plain file"), remove)
        }
        (EntryKind::Link | EntryKind::Special, None) if !is_of_migrations => {
            Finding::error(Id::Link, format!("`{path}` is tracked by git, and no plain file"), remove)
        }
        (EntryKind::File, Some(name)) if !name.starts_with(".git") && !name.starts_with(".keep") => {
            Finding::warning(Id::Stray, format!("`{path}` is tracked by git, and ignored here"), remove)
        }
        (EntryKind::File | EntryKind::Link | EntryKind::Special, _) => return None,
    };
    Some(finding.at(path, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_told_apart() {
        let id = |path: &str, kind| finding(path.to_owned(), kind, "m").map(|finding| (finding.id, finding.severity));
        use makemigrations_gate::Severity::{Error, Warning};
        assert_eq!(id("m/.rebase/journal", EntryKind::File), Some((Id::TrackedState, Error)));
        assert_eq!(id("s/x/.rebase/a", EntryKind::Link), Some((Id::TrackedState, Error)));
        assert_eq!(id("m/.x", EntryKind::Link), Some((Id::Link, Error)));
        assert_eq!(id("m/a/.x", EntryKind::Special), Some((Id::Link, Error)));
        assert_eq!(id("s/a.toml", EntryKind::Link), Some((Id::Link, Error)));
        assert_eq!(id("m/.DS_Store", EntryKind::File), Some((Id::Stray, Warning)));
        for path in ["m/.gitkeep", "m/.gitattributes", "m/.keep", "m/a/up.sql", "s/a.toml"] {
            assert_eq!(id(path, EntryKind::File), None, "{path}");
        }
        assert_eq!(id("m/a/up.sql", EntryKind::Link), None);
    }
}
