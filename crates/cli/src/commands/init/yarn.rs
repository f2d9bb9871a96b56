//! The scripts of a `package.json`: one for every command. Must not change a script that is there.

use std::path::Path;

use clap::CommandFactory;
use serde::Serialize;
use serde_json::{Map, Value, ser::PrettyFormatter};

use crate::{
    arguments::Arguments,
    error::{CliError, Result},
    workspace::changes::Changes,
};

/// Commands that are for the workspace once, and not for every day.
const LEFT_OUT: [&str; 4] = ["help", "hooks", "init", "adopt"];

/// Adds the scripts to the `package.json` of a folder, which is created when it is not there. Those of an application name
/// it.
pub(super) fn add(folder: &Path, app: Option<&str>, changes: &mut Changes) -> Result<()> {
    let path = folder.join("package.json");
    let text = changes.read(&path)?;
    let invalid = |what: &str| CliError::usage(format!("`{}` cannot be read: {what}", path.display()));
    let mut package = match &text {
        Some(text) => serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?,
        None => new(folder),
    };
    let Value::Object(keys) = &mut package else { return Err(invalid("it is no object")) };
    let scripts = keys.entry("scripts").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(scripts) = scripts else { return Err(invalid("its `scripts` are no object")) };
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
    // Not even its layout changes when nothing is added.
    let is_same =
        text.as_deref().is_some_and(|text| serde_json::from_str::<Value>(text).is_ok_and(|old| old == package));
    if is_same { Ok(()) } else { changes.write(&path, render(&package, text.as_deref().unwrap_or_default())) }
}

fn new(folder: &Path) -> Value {
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    let entries = [("name", Value::String(name)), ("private", Value::Bool(true))];
    Value::Object(entries.map(|(key, value)| (key.to_owned(), value)).into_iter().collect())
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
        add(folder.path(), None, &mut changes).unwrap();
        let once = changes.read(&path).unwrap().unwrap();
        add(folder.path(), None, &mut changes).unwrap();
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
    fn a_complete_file_keeps_its_layout() {
        let complete = added(None).replace("\"private\": true", "\"private\":    true");
        assert_eq!(added(Some(&complete)), complete);
    }
}
