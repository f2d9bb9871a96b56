//! The databases that the workspace builds Diesel for. Must not choose one.

use std::{collections::BTreeSet, path::Path};

use cargo_metadata::MetadataCommand;

/// Features of Diesel, and of `diesel-async`, that name a database.
const BACKENDS: [&str; 3] = ["mysql", "postgres", "sqlite"];

/// What the members' dependencies ask Diesel for; nothing when Cargo cannot tell.
pub(super) fn built_for(root: &Path) -> BTreeSet<&'static str> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec();
    let packages = metadata.map(|metadata| metadata.packages).unwrap_or_default();
    let dependencies = packages.iter().flat_map(|package| &package.dependencies);
    let diesel = dependencies.filter(|dependency| ["diesel", "diesel-async"].contains(&dependency.name.as_str()));
    let features: BTreeSet<&str> = diesel.flat_map(|dependency| &dependency.features).map(String::as_str).collect();
    BACKENDS.into_iter().filter(|backend| features.contains(backend)).collect()
}
