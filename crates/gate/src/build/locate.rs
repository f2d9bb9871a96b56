//! Finds the migrations folders that belong to a crate.
//!
//! Reads one setting of `Cargo.toml` and nothing else of it.

use crate::error::Error;
use crate::lock::LOCK_FILE;
use crate::toml::{TomlLine, string};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FOLDER: &str = "migrations";

/// Where the migrations are.
pub(super) struct Located {
    /// Each folder, and how it is named as seen from the workspace.
    pub(super) folders: Vec<(PathBuf, String)>,
    /// The `Cargo.toml` that has a say in it.
    pub(super) manifests: Vec<PathBuf>,
}

/// The migrations folders of the crate in `directory`.
pub(super) fn locate(directory: &Path) -> Result<Located, Error> {
    let workspace = find_workspace(directory)?;
    let Some((root, manifest, settings)) = workspace else {
        let found = directory.ancestors().map(|ancestor| ancestor.join(FOLDER)).find(|path| exists(path));
        let folder = found.ok_or_else(|| Error::NoFolder { start: directory.to_owned() })?;
        return Ok(Located { folders: vec![(folder, FOLDER.to_owned())], manifests: Vec::new() });
    };
    let mut folders = Vec::new();
    for folder in settings.values() {
        let path = root.join(folder);
        if !exists(&path) {
            return Err(Error::SettingNamesNothing { manifest, folder: path });
        }
        folders.push((path, folder.clone()));
    }
    if !settings.contains_key(MAIN) {
        let up_to_root = directory.ancestors().take_while(|ancestor| ancestor.starts_with(root));
        let nearest = up_to_root.map(|ancestor| ancestor.join(FOLDER)).find(|path| exists(path));
        // One that holds those of the applications, `migrations/postgres`, may be nobody's own.
        let is_own = |path: &PathBuf| {
            fs::symlink_metadata(path.join(LOCK_FILE)).is_ok()
                || !folders.iter().any(|(app, _)| app != path && app.starts_with(path))
        };
        let nearest = nearest.filter(is_own);
        folders.extend(nearest.map(|path| {
            let shown_as = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            (path, shown_as.replace('\\', "/"))
        }));
    }
    if folders.is_empty() {
        return Err(Error::NoFolder { start: directory.to_owned() });
    }
    Ok(Located { folders, manifests: vec![manifest] })
}

/// The folders that the settings name, by application; the one without a name under [`MAIN`].
type Settings = BTreeMap<String, String>;

const MAIN: &str = "";

/// Root, manifest and settings of the workspace that a crate belongs to.
fn find_workspace(directory: &Path) -> Result<Option<(&Path, PathBuf, Settings)>, Error> {
    for ancestor in directory.ancestors() {
        let manifest = ancestor.join("Cargo.toml");
        let text = match fs::read_to_string(&manifest) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(Error::Io { path: manifest, source }),
        };
        match settings(&text) {
            Ok(Some(settings)) => return Ok(Some((ancestor, manifest, settings))),
            Ok(None) => {}
            Err(line) => return Err(Error::SettingNotRead { manifest, line }),
        }
    }
    Ok(None)
}

/// The settings, when this is the manifest of a workspace; or the line that cannot be read.
fn settings(manifest: &str) -> Result<Option<Settings>, usize> {
    let mut settings = Settings::new();
    let mut is_workspace = false;
    let mut table = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        let (key, value) = match TomlLine::parse(line) {
            TomlLine::Header(name) => {
                table = name;
                (table.clone(), None)
            }
            TomlLine::Pair(key, value) => ([table.as_slice(), key.as_slice()].concat(), Some(value)),
            TomlLine::Blank | TomlLine::Other => continue,
        };
        is_workspace |= key.first() == Some(&"workspace");
        let Some(value) = value else { continue };
        match (application(&key), string(value)) {
            (Some(application), Some(folder)) => {
                settings.insert(application.to_owned(), folder.to_owned());
            }
            (Some(_), None) => return Err(index + 1),
            (None, _) if is_above(&key) && value.contains(FOLDER) => return Err(index + 1),
            (None, _) => {}
        }
    }
    Ok(is_workspace.then_some(settings))
}

/// Whose migrations folder a key names.
fn application<'a>(key: &[&'a str]) -> Option<&'a str> {
    match key {
        ["workspace", "metadata", "makemigrations", "migrations"] => Some(MAIN),
        ["workspace", "metadata", "makemigrations", "apps", name, "migrations"] => Some(name),
        _ => None,
    }
}

/// Whether the value of a key, an inline table, could hold the setting.
fn is_above(key: &[&str]) -> bool {
    match key {
        ["workspace"] | ["workspace", "metadata"] | ["workspace", "metadata", "makemigrations"] => true,
        ["workspace", "metadata", "makemigrations", "apps", more @ ..] => more.len() < 2,
        _ => false,
    }
}

/// Whether there is something, a dangling link included.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir() || metadata.is_symlink())
}
