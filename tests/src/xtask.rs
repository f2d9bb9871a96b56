//! A scratch workspace in which `cargo xtask` is this repository's command line: a member of three lines, as the README
//! describes it. It must not know what the commands do.

use std::path::Path;

use crate::folder::Folder;
use crate::tools;

/// Writes the workspace into a folder, with this repository's versions and profile, so that little is built anew.
///
/// # Panics
/// When a file of this repository cannot be read.
pub fn workspace(folder: &Folder) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a package inside the repository");
    let read = |name: &str| std::fs::read_to_string(repository.join(name)).expect("a file of this repository");
    for name in [".cargo/config.toml", "xtask/src/main.rs"] {
        folder.write(name, read(name));
    }
    folder.write("Cargo.toml", format!("[workspace]\nresolver = \"3\"\nmembers = [\"xtask\"]\n\n{}", profile()));
    folder.write("Cargo.lock", read("Cargo.lock"));
    let path = toml::Value::from(repository.join("crates/cli").to_str().expect("a path in UTF-8"));
    folder.write(
        "xtask/Cargo.toml",
        format!(
            "[package]\nname = \"xtask\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nmakemigrations = {{ path = {path} }}\n"
        ),
    );
}

/// This repository's `[profile]` tables: with others everything would be built once more.
///
/// # Panics
/// When `Cargo.toml` cannot be read.
#[must_use]
pub fn profile() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a package inside the repository");
    let text = std::fs::read_to_string(path.join("Cargo.toml")).expect("a file of this repository");
    let manifest: toml::Table = text.parse().expect("a manifest that Cargo has read");
    let profile = manifest.get("profile").cloned().unwrap_or_else(|| toml::Table::new().into());
    toml::Table::from_iter([("profile".to_owned(), profile)]).to_string()
}

/// What `cargo xtask` needs in its environment: the folder of what is built already, and no network.
#[must_use]
pub fn variables() -> [(&'static str, String); 2] {
    let target = tools::target().to_str().expect("a path in UTF-8").to_owned();
    [("CARGO_TARGET_DIR", target), ("CARGO_NET_OFFLINE", "true".to_owned())]
}
