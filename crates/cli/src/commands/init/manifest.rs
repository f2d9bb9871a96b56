//! Edits of TOML that people wrote: comments, order and layout stay. Must not decide what is written where.

use std::path::Path;

use toml::de::{DeTable, DeValue};
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value, value};

use crate::{
    error::{CliError, Result},
    settings::lookup,
    terminal::report::position,
    workspace::changes::Changes,
};

/// Reads a file as TOML; one that is not there is empty.
pub(super) fn read(path: &Path, changes: &Changes) -> Result<DocumentMut> {
    let text = changes.read(path)?.unwrap_or_default();
    text.parse().map_err(|error| CliError::usage(format!("`{}` cannot be read: {error}", path.display())))
}

/// The table of that name inside another one, created when it is not there. `None` when something else has the name.
pub(super) fn table<'a>(parent: &'a mut dyn TableLike, name: &str, is_implicit: bool) -> Option<&'a mut dyn TableLike> {
    let mut new = Table::new();
    new.set_implicit(is_implicit);
    parent.entry(name).or_insert(Item::Table(new)).as_table_like_mut()
}

/// Makes the folder a member of the workspace, unless it is one.
pub(super) fn member(root: &Path, folder: &str, changes: &mut Changes) -> Result<()> {
    let path = root.join("Cargo.toml");
    let mut document = read(&path, changes)?;
    let by_hand = format!("make `{folder}` a member of the workspace in `{}`", path.display());
    let Some(workspace) = table(document.as_table_mut(), "workspace", false) else {
        changes.by_hand(by_hand);
        return Ok(());
    };
    let is_excluded = workspace.get("exclude").and_then(Item::as_array).is_some_and(|paths| names(paths, folder));
    let members = workspace.entry("members").or_insert(value(Array::new()));
    match members.as_array_mut() {
        Some(members) if !is_excluded => {
            if !names(members, folder) {
                push(members, folder);
            }
        }
        _ => changes.by_hand(by_hand),
    }
    changes.write(&path, document.to_string())
}

/// Sets the dialect of the workspace, or of one application, unless there is one.
pub(super) fn dialect(root: &Path, app: Option<&str>, dialect: &str, changes: &mut Changes) -> Result<()> {
    let path = root.join("Cargo.toml");
    let mut document = read(&path, changes)?;
    let settings = table(document.as_table_mut(), "workspace", true)
        .and_then(|workspace| table(workspace, "metadata", true))
        .and_then(|metadata| table(metadata, "makemigrations", false))
        .and_then(|settings| match app {
            Some(app) => table(settings, "apps", true).and_then(|apps| table(apps, app, false)),
            None => Some(settings),
        });
    match settings {
        Some(settings) => drop(settings.entry("dialect").or_insert(value(dialect))),
        None => changes.by_hand(format!("set `dialect = \"{dialect}\"` in `[workspace.metadata.makemigrations]`")),
    }
    changes.write(&path, document.to_string())
}

/// The dialect that is set for the workspace or for one application, with its place.
pub(super) fn dialect_of(root: &Path, app: Option<&str>) -> Result<Option<(String, String)>> {
    let path = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| CliError::io("read", &path, &error))?;
    // What is no TOML is reported by who edits it.
    let Ok(document) = DeTable::parse(&text) else { return Ok(None) };
    let mut keys = vec!["workspace", "metadata", "makemigrations"];
    keys.extend(app.iter().flat_map(|app| ["apps", app]));
    keys.push("dialect");
    let Some(found) = lookup(document.get_ref(), &keys) else { return Ok(None) };
    let DeValue::String(dialect) = found.get_ref() else { return Ok(None) };
    let (line, column) = position(&text, found.span().start);
    Ok(Some((format!("Cargo.toml:{line}:{column}"), dialect.to_string())))
}

/// Whether one of the paths, which can be patterns, is that folder.
fn names(paths: &Array, folder: &str) -> bool {
    let matches = |pattern: &str| {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
        is_match(pattern.as_bytes(), folder.as_bytes())
    };
    paths.iter().filter_map(Value::as_str).any(matches)
}

/// Cargo's patterns, as far as they are in use: `*` and `?` inside one folder's name.
fn is_match(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            is_match(rest, name) || matches!(name, [first, tail @ ..] if *first != b'/' && is_match(pattern, tail))
        }
        ([first, rest @ ..], [other, tail @ ..]) => {
            (first == other || (*first == b'?' && *other != b'/')) && is_match(rest, tail)
        }
        _ => false,
    }
}

/// Adds a text at the end of an array, laid out as the one before it.
fn push(array: &mut Array, text: &str) {
    let last = array.iter().last().and_then(|value| value.decor().prefix()?.as_str());
    // What follows the first line of it is the layout; a comment before it belongs to the one before.
    let layout = match last.and_then(|prefix| prefix.rfind('\n').map(|start| &prefix[start..])) {
        Some(layout) => layout.to_owned(),
        None if array.is_empty() => String::new(),
        None => " ".to_owned(),
    };
    // A comment behind the last one stays behind it.
    let trailing = array.trailing().as_str().unwrap_or_default().to_owned();
    let (comment, end) = trailing.split_at(trailing.rfind('\n').unwrap_or(0));
    array.set_trailing(end);
    array.push_formatted(Value::from(text).decorated(format!("{comment}{layout}"), ""));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str, edit: impl Fn(&Path, &mut Changes) -> Result<()>) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("Cargo.toml");
        std::fs::write(&path, text).unwrap();
        let mut changes = Changes::new(folder.path());
        edit(folder.path(), &mut changes).unwrap();
        let once = changes.read(&path).unwrap().unwrap();
        edit(folder.path(), &mut changes).unwrap();
        assert_eq!(changes.read(&path).unwrap().unwrap(), once);
        once
    }

    #[test]
    fn a_member_is_added_in_the_layout_that_is_there() {
        let member = |text: &str| edit(text, |root, changes| member(root, "xtask", changes));
        assert_eq!(member("[workspace]\n"), "[workspace]\nmembers = [\"xtask\"]\n");
        assert_eq!(
            member("[workspace] # ours\nmembers = [\"a\"] # all\nresolver = \"3\"\n"),
            "[workspace] # ours\nmembers = [\"a\", \"xtask\"] # all\nresolver = \"3\"\n"
        );
        assert_eq!(
            member("[workspace]\nmembers = [\n    \"a\", # first\n    # second\n    \"b\",\n]\n"),
            "[workspace]\nmembers = [\n    \"a\", # first\n    # second\n    \"b\",\n    \"xtask\",\n]\n"
        );
        assert_eq!(
            member("[package]\nname = \"a\"\n"),
            "[package]\nname = \"a\"\n\n[workspace]\nmembers = [\"xtask\"]\n"
        );
        for covered in ["xtask", "./xtask/", "*", "x?ask", "xt*"] {
            let text = format!("[workspace]\nmembers = [\"{covered}\"]\n");
            assert_eq!(member(&text), text);
        }
        assert!(member("[workspace]\nmembers = [\"crates/*\"]\n").contains("\"xtask\""));
    }

    #[test]
    fn the_dialect_is_added_beside_other_metadata() {
        let dialect = |text: &str| edit(text, |root, changes| dialect(root, None, "postgres", changes));
        let set = "[workspace.metadata.makemigrations]\ndialect = \"postgres\"\n";
        assert_eq!(dialect("[workspace]\nmembers = []\n"), format!("[workspace]\nmembers = []\n\n{set}"));
        let other = "[workspace]\n\n[workspace.metadata.other]\na = 1 # one\n";
        assert_eq!(dialect(other), format!("{other}\n{set}"));
        let own = "[workspace.metadata.makemigrations]\ndialect = \"sqlite\"\n";
        assert_eq!(dialect(own), own);
        assert_eq!(
            dialect("[workspace]\nmetadata = { a = 1 }\n"),
            "[workspace]\nmetadata = { a = 1 , makemigrations.dialect = \"postgres\" }\n"
        );
        let apps = "[workspace.metadata.makemigrations.apps]\nshop = { migrations = \"m\" }\n";
        assert_eq!(
            edit(apps, |root, changes| super::dialect(root, Some("shop"), "postgres", changes)),
            apps.replace("\"m\" }", "\"m\" , dialect = \"postgres\" }")
        );
    }
}
