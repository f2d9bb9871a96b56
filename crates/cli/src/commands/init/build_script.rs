//! The gate in the build script of the crate that embeds the migrations. Must not change a build script that is there.

use std::path::Path;

use cargo_metadata::Package;
use toml_edit::Item;

use super::{
    Origin,
    cargo::shown,
    manifest::{self, table},
};
use crate::{
    error::{CliError, Result},
    workspace::changes::Changes,
};

const BUILD: &str = include_str!("../../../templates/build.rs.in");
const GATE: &str = "makemigrations-gate";
const CALL: &str = "makemigrations_gate::build_script();";
/// What a crate that runs migrations at its start depends on.
const RUNNERS: [&str; 2] = ["diesel_migrations", "makemigrations-run"];

/// Adds the gate to the named package, else to the only one that runs migrations.
pub(super) fn add(
    root: &Path,
    name: Option<&str>,
    packages: &[Package],
    origin: &Origin,
    changes: &mut Changes,
) -> Result<()> {
    let depends = |package: &Package, names: &[&str]| {
        package.dependencies.iter().any(|dependency| names.contains(&dependency.name.as_str()))
    };
    if name.is_none() && packages.iter().any(|package| depends(package, &[GATE])) {
        return Ok(());
    }
    let candidates: Vec<&Package> = match name {
        Some(name) => packages.iter().filter(|package| package.name.as_str() == name).collect(),
        None => packages.iter().filter(|package| depends(package, &RUNNERS)).collect(),
    };
    match (candidates.as_slice(), name) {
        ([package], _) => add_to(root, package, origin, changes),
        ([], Some(name)) => {
            let known: Vec<_> = packages.iter().map(|package| format!("`{}`", package.name)).collect();
            Err(CliError::usage(format!("the workspace has no package `{name}`"))
                .hint(format!("it has {}", known.join(", "))))
        }
        (several, _) => {
            let which = match several {
                [] => "of the crate that will embed the migrations".to_owned(),
                several => {
                    let names: Vec<_> = several.iter().map(|package| format!("`{}`", package.name)).collect();
                    format!("of the crate that embeds the migrations: {}", names.join(" or "))
                }
            };
            changes.by_hand(format!("the gate in the build script {which}\ncargo xtask init --crate NAME"));
            Ok(())
        }
    }
}

fn add_to(root: &Path, package: &Package, origin: &Origin, changes: &mut Changes) -> Result<()> {
    let path = package.manifest_path.as_std_path();
    let folder = path.parent().unwrap_or(root);
    let dependency = origin.dependency(GATE, &folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
    let mut document = manifest::read(path, changes)?;
    let named = document.get("package").and_then(|package| package.get("build")).and_then(Item::as_str);
    let script = folder.join(named.unwrap_or("build.rs"));
    if let Some(text) = changes.read(&script)? {
        if !text.contains("makemigrations_gate") {
            changes.by_hand(format!(
                "`{}` is yours: add `{GATE} = {}` to the build dependencies of `{}`, and to its `main`:\n{CALL}",
                shown(&script, root),
                dependency.to_string().trim(),
                package.name
            ));
        }
        return Ok(());
    }
    let Some(dependencies) = table(document.as_table_mut(), "build-dependencies", false) else {
        return Err(CliError::usage(format!("`build-dependencies` in `{}` is no table", path.display())));
    };
    dependencies.entry(GATE).or_insert(Item::Value(dependency));
    changes.write(path, document.to_string())?;
    changes.write(Path::new(&script), BUILD)
}
