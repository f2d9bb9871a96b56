//! The alias and the crate behind it. Must not change the code of an xtask that is there.

use std::path::Path;

use cargo_metadata::{MetadataCommand, Package};
use toml_edit::{Item, Value, value};

use super::{Origin, manifest};
use crate::{
    error::{CliError, Result},
    workspace::changes::Changes,
};

const MANIFEST: &str = include_str!("../../../templates/xtask/Cargo.toml.in");
const MAIN: &str = include_str!("../../../templates/xtask/src/main.rs");
/// The usual name of the crate.
const NAME: &str = "xtask";

/// The packages of the workspace.
pub(super) fn packages(root: &Path) -> Result<Vec<Package>> {
    let mut command = MetadataCommand::new();
    let metadata = command.manifest_path(root.join("Cargo.toml")).no_deps().exec();
    let metadata = metadata.map_err(|error| {
        CliError::usage(format!("`cargo metadata` failed: {error}")).hint("`cargo metadata --no-deps` shows all of it")
    })?;
    Ok(metadata.packages)
}

/// The alias `xtask`, and the crate that it runs.
pub(super) fn xtask(root: &Path, packages: &[Package], origin: &Origin, changes: &mut Changes) -> Result<()> {
    let name = alias(root, changes)?;
    let found = packages.iter().find(|package| package.name.as_str() == name);
    if let Some(package) = found {
        if !package.dependencies.iter().any(|dependency| dependency.name == env!("CARGO_PKG_NAME")) {
            let manifest = shown(package.manifest_path.as_std_path(), root);
            let folder = root.join(&name);
            let dependency = origin.dependency(env!("CARGO_PKG_NAME"), &folder);
            changes.by_hand(format!(
                "`{manifest}` is yours: add `{} = {dependency}` to its dependencies, and let its `main` end with this \
                 for every command that it does not know. It gives the exit code, so `main` has to return it:\n\
                 fn main() -> std::process::ExitCode {{ ...; makemigrations::main() }}",
                env!("CARGO_PKG_NAME")
            ));
        }
        return Ok(());
    }
    let folder = origin.root.join(&name);
    let dependency = origin.dependency(env!("CARGO_PKG_NAME"), &folder).to_string();
    let manifest = MANIFEST.replace("{name}", &name).replace("{dependency}", dependency.trim());
    let folder = root.join(&name);
    if folder.join("Cargo.toml").exists() {
        changes.by_hand(format!("`{name}/Cargo.toml` is there, and is no member of the workspace: make it one"));
        return Ok(());
    }
    changes.write(&folder.join("Cargo.toml"), manifest)?;
    changes.write(&folder.join("src/main.rs"), MAIN)?;
    manifest::member(root, &name, changes)
}

/// Adds the alias unless there is one. Gives the name of the package that it runs.
fn alias(root: &Path, changes: &mut Changes) -> Result<String> {
    // Cargo's old name of the file, which it still reads.
    let old = root.join(".cargo/config");
    let path = if old.is_file() { old } else { root.join(".cargo/config.toml") };
    let mut document = manifest::read(&path, changes)?;
    let Some(aliases) = manifest::table(document.as_table_mut(), "alias", false) else {
        return Err(CliError::usage(format!("`alias` in `{}` is no table", path.display())));
    };
    let alias = aliases.entry(NAME).or_insert_with(|| value(format!("run --quiet --package {NAME} --")));
    let name = package(alias);
    changes.write(&path, document.to_string())?;
    Ok(name)
}

/// The package that an alias runs: `run --package NAME`, as one text or as a list.
fn package(alias: &Item) -> String {
    let words: Vec<&str> = match alias.as_value() {
        Some(Value::String(text)) => text.value().split_whitespace().collect(),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let after = |flag: &str| {
        let place = words.iter().position(|word| *word == flag)?;
        words.get(place + 1).copied()
    };
    let joined = words.iter().find_map(|word| word.strip_prefix("--package="));
    after("--package").or_else(|| after("-p")).or(joined).unwrap_or(NAME).to_owned()
}

/// A path below the root, as people name it.
pub(super) fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_of_an_alias() {
        let package = |text: &str| {
            let document: toml_edit::DocumentMut = format!("a = {text}").parse().unwrap();
            package(&document["a"])
        };
        assert_eq!(package("\"run --quiet --package tool --\""), "tool");
        assert_eq!(package("[\"run\", \"-p\", \"tool\", \"--\"]"), "tool");
        assert_eq!(package("\"run --package=tool --\""), "tool");
        assert_eq!(package("\"run --manifest-path x/Cargo.toml --\""), "xtask");
    }
}
