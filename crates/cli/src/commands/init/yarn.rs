//! The scripts of a `package.json`: one for every command, and its place among yarn's workspaces. Must not change a script
//! that is there.

use std::path::{Component, Path};

use clap::CommandFactory;
use serde::Serialize;
use serde_json::{Map, Value, json, ser::PrettyFormatter};

use crate::{
    arguments::Arguments,
    error::{CliError, Result},
    workspace::changes::Changes,
};

/// Commands that are for the workspace once, and not for every day.
const LEFT_OUT: [&str; 6] = ["help", "hooks", "init", "adopt", "completions", "complete"];

/// Adds the scripts to the `package.json` of `folder`, which is relative to the workspace. Those of an application name it.
/// A folder of its own is to be found by `yarn workspace`.
pub(super) fn add(root: &Path, folder: &Path, app: Option<&str>, changes: &mut Changes) -> Result<()> {
    let parts = folder.components().filter(|part| !matches!(part, Component::CurDir));
    let below = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let folder = root.join(&below);
    let name = match app {
        Some(app) => format!("@app/{app}"),
        None => folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase()),
    };
    change(&folder, &name, changes, |package, changes| scripts(package, app, changes))?;
    if below.is_empty() {
        return Ok(());
    }
    change(root, "workspace", changes, |package, changes| workspaces(package, &below, changes))
}

/// A `package.json` with something added. One that is not there is created.
fn change(
    folder: &Path,
    name: &str,
    changes: &mut Changes,
    add: impl FnOnce(&mut Map<String, Value>, &mut Changes) -> std::result::Result<(), &'static str>,
) -> Result<()> {
    let path = folder.join("package.json");
    let text = changes.read(&path)?;
    let invalid = |what: &str| CliError::usage(format!("`{}` cannot be read: {what}", path.display()));
    let before = match &text {
        Some(text) => serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?,
        // Yarn 1 passes over a workspace without a version.
        None => json!({ "name": name, "version": "0.0.0", "private": true }),
    };
    let mut package = before.clone();
    let Value::Object(keys) = &mut package else { return Err(invalid("it is no object")) };
    add(keys, changes).map_err(invalid)?;
    // Not even its layout changes when nothing is added.
    if package == before { Ok(()) } else { changes.write(&path, render(&package, text.as_deref().unwrap_or_default())) }
}

/// Every command as a script.
fn scripts(
    package: &mut Map<String, Value>,
    app: Option<&str>,
    changes: &mut Changes,
) -> std::result::Result<(), &'static str> {
    let scripts = package.entry("scripts").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(scripts) = scripts else { return Err("its `scripts` are no object") };
    let mut taken = Vec::new();
    for command in Arguments::command().get_subcommands() {
        let name = command.get_name();
        if LEFT_OUT.contains(&name) {
            continue;
        }
        let command = format!("cargo xtask {name}");
        let script = app.map_or_else(|| command.clone(), |app| format!("{command} --app {app}"));
        match scripts.get(name).and_then(Value::as_str) {
            None => drop(scripts.insert(name.to_owned(), Value::String(script))),
            Some(theirs) if !theirs.contains(&command) => taken.push(format!("`{name}`")),
            Some(_) => {}
        }
    }
    if !taken.is_empty() {
        changes.by_hand(format!(
            "`package.json` has scripts of its own with the names {}: `cargo xtask <command>` for these",
            taken.join(", ")
        ));
    }
    Ok(())
}

/// The folder as one of the workspaces. Whether a package that has none becomes their root is for its owner to say.
fn workspaces(
    package: &mut Map<String, Value>,
    below: &str,
    changes: &mut Changes,
) -> std::result::Result<(), &'static str> {
    let is_private = package.get("private").and_then(Value::as_bool) == Some(true);
    let is_new = is_private && package.keys().all(|key| matches!(key.as_str(), "name" | "private" | "version"));
    let known = match package.get_mut("workspaces") {
        None if is_new => package.entry("workspaces").or_insert_with(|| json!([])),
        None => {
            changes.by_hand(format!(
                "`yarn workspace` does not find `{below}`: `package.json` of the workspace needs `\"private\": true` and \
                 `\"workspaces\": [\"{below}\"]`"
            ));
            return Ok(());
        }
        // Yarn 1 knows this form as well.
        Some(Value::Object(keys)) => keys.entry("packages").or_insert_with(|| json!([])),
        Some(list) => list,
    };
    let Value::Array(patterns) = known else { return Err("its `workspaces` are no list") };
    if !patterns.iter().filter_map(Value::as_str).any(|pattern| covers(pattern, below)) {
        patterns.push(Value::String(below.to_owned()));
    }
    Ok(())
}

/// Whether a pattern of `workspaces` means a folder.
fn covers(pattern: &str, folder: &str) -> bool {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    let (mut patterns, mut parts) = (pattern.split('/'), folder.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (Some("**"), Some(_)) | (None, None) => return true,
            (Some(pattern), Some(part)) => {
                let fits = pattern.split_once('*').map_or(pattern == part, |(start, end)| {
                    part.len() >= start.len() + end.len() && part.starts_with(start) && part.ends_with(end)
                });
                if !fits {
                    return false;
                }
            }
            (_, _) => return false,
        }
    }
}

/// As npm writes it, with the indentation that it has.
fn render(package: &Value, before: &str) -> String {
    let indented = before.lines().find(|line| line.starts_with([' ', '\t']));
    let indent = indented.map_or("  ", |line| &line[..line.len() - line.trim_start().len()]);
    let mut bytes = Vec::new();
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent.as_bytes()));
    package.serialize(&mut serializer).expect("a JSON value can be written into memory");
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    let line_end = if before.is_empty() || before.ends_with('\n') { "\n" } else { "" };
    format!("{text}{line_end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(before: Option<&str>) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("package.json");
        if let Some(before) = before {
            std::fs::write(&path, before).unwrap();
        }
        let mut changes = Changes::new(folder.path());
        let here = Path::new(".");
        add(folder.path(), here, None, &mut changes).unwrap();
        let once = changes.read(&path).unwrap().unwrap();
        add(folder.path(), here, None, &mut changes).unwrap();
        assert_eq!(changes.read(&path).unwrap().unwrap(), once);
        once
    }

    #[test]
    fn scripts_are_added_and_the_rest_stays() {
        let text = added(None);
        assert!(
            text.contains("  \"private\": true,\n  \"scripts\": {\n    \"makemigrations\": \"cargo xtask"),
            "{text}"
        );
        assert!(
            text.contains("\"migrate:down\": \"cargo xtask migrate:down\"") && !text.contains("\"init\""),
            "{text}"
        );
        let theirs = "{\n\t\"z\": 1.50,\n\t\"scripts\": {\n\t\t\"build\": \"tsc\"\n\t},\n\t\"a\": \"é\"\n}";
        let text = added(Some(theirs));
        assert!(
            text.starts_with("{\n\t\"z\": 1.5,\n\t\"scripts\": {\n\t\t\"build\": \"tsc\",\n\t\t\"makemigr"),
            "{text}"
        );
        assert!(text.ends_with("\n\t},\n\t\"a\": \"é\"\n}"), "{text}");
    }

    #[test]
    fn this_repository_has_the_same_scripts() {
        let scripts = |text: &str| serde_json::from_str::<Value>(text).unwrap()["scripts"].clone();
        assert_eq!(scripts(include_str!("../../../../../package.json")), scripts(&added(None)));
    }

    #[test]
    fn the_folder_of_an_application_is_a_workspace() {
        let root = |before: Option<&str>| {
            let folder = tempfile::TempDir::new().unwrap();
            let path = folder.path().join("package.json");
            if let Some(before) = before {
                std::fs::write(&path, before).unwrap();
            }
            let mut changes = Changes::new(folder.path());
            add(folder.path(), Path::new("./apps/web/"), Some("web"), &mut changes).unwrap();
            let own = changes.read(&folder.path().join("apps/web/package.json")).unwrap().unwrap();
            assert!(own.contains("\"name\": \"@app/web\"") && own.contains("cargo xtask migrate --app web\""), "{own}");
            changes.read(&path).unwrap().unwrap()
        };
        assert!(root(None).contains("\"workspaces\": [\n    \"apps/web\"\n  ]"), "{}", root(None));
        for complete in ["[\"apps/*\"]", "[\"./apps/web/\"]", "[\"**\"]", "{\"packages\": [\"a*/w*b\"]}"] {
            let complete = format!("{{\"private\": true, \"workspaces\": {complete}}}");
            assert_eq!(root(Some(&complete)), complete);
        }
        let other = root(Some("{\"workspaces\": [\"apps/*/web\", \"apps\"]}"));
        assert!(other.contains("\"apps\",\n    \"apps/web\""), "{other}");
        let theirs = "{\"name\": \"a\", \"version\": \"1.0.0\"}";
        assert_eq!(root(Some(theirs)), theirs);
    }

    #[test]
    fn a_complete_file_keeps_its_layout() {
        let complete = added(None).replace("\"private\": true", "\"private\":    true");
        assert_eq!(added(Some(&complete)), complete);
    }
}
