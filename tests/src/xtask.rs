//! Scratch workspaces in which `cargo xtask` is this repository's command line: by a member of three lines, as the README
//! describes it, or by one that is built once for all of them. It must not know what the commands do.

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

/// Makes `cargo xtask` in a folder that of another workspace, which is the same for all: where what counts is what calls
/// it, nothing has to be built.
///
/// # Panics
/// When it cannot be written.
pub fn alias(folder: &Folder) {
    let shared = tools::folder("xtask", |shared| {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a package inside the repository");
        let lock = std::fs::read_to_string(repository.join("Cargo.lock")).expect("a file of this repository");
        let path = toml::Value::from(repository.join("crates/cli").to_str().expect("a path in UTF-8"));
        let manifest = format!(
            "[package]\nname = \"xtask-under-test\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nmakemigrations = {{ path = {path} }}\n\n{}",
            profile()
        );
        let main = std::fs::read_to_string(repository.join("xtask/src/main.rs")).expect("a file of this repository");
        // Cargo takes out of its lock file what is not needed: what is compared is a copy.
        if write_changed(&shared.join("repository.lock"), &lock) {
            write_changed(&shared.join("Cargo.lock"), &lock);
        }
        write_changed(&shared.join("Cargo.toml"), &manifest);
        write_changed(&shared.join("src/main.rs"), &main);
    });
    let manifest = shared.join("Cargo.toml");
    let words = ["run", "--quiet", "--manifest-path", manifest.to_str().expect("a path in UTF-8"), "--"];
    let alias = toml::Value::from(words.map(toml::Value::from).to_vec());
    folder.write(".cargo/config.toml", format!("[alias]\nxtask = {alias}\n"));
}

/// Writes a file unless it is as it should be, so that Cargo does not build again.
fn write_changed(path: &Path, text: &str) -> bool {
    let differs = std::fs::read_to_string(path).ok().as_deref() != Some(text);
    if differs {
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a writable target folder");
        std::fs::write(path, text).expect("a writable target folder");
    }
    differs
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
