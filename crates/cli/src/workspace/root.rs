//! Finds the root of the workspace. Must not read settings.

use std::path::{Path, PathBuf};

use crate::{
    environment::Environment,
    error::{CliError, Result},
    settings::Settings,
    workspace::plain_file,
};

/// The nearest folder, upwards, with a `Cargo.toml` that is a workspace; else with any `Cargo.toml`; else with snapshots
/// or migrations. Looked for from the current folder, then from where cargo says the program belongs.
pub(crate) fn find(environment: &Environment) -> Result<PathBuf> {
    let starts = [Some(environment.folder.as_path()), environment.path("CARGO_MANIFEST_DIR")];
    starts.into_iter().flatten().find_map(find_from).ok_or_else(|| {
        CliError::usage(format!("no workspace in `{}` or above it", environment.folder.display()))
            .hint("run the command inside a Cargo workspace")
    })
}

fn find_from(start: &Path) -> Option<PathBuf> {
    let defaults = Settings::default();
    let has_folders =
        |folder: &&Path| folder.join(&defaults.snapshots).is_dir() || folder.join(&defaults.migrations).is_dir();
    let is_workspace = |folder: &&Path| {
        let manifest = folder.join("Cargo.toml");
        plain_file::is_file(&manifest) && std::fs::read_to_string(manifest).is_ok_and(|text| declares(&text))
    };
    let find = |holds: &dyn Fn(&&Path) -> bool| start.ancestors().find(|folder| holds(folder)).map(Path::to_owned);
    find(&is_workspace).or_else(|| find(&|folder| folder.join("Cargo.toml").is_file())).or_else(|| find(&has_folders))
}

/// Whether a `Cargo.toml` is that of a workspace, even when it cannot be parsed: its mistakes are reported later.
fn declares(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| line.starts_with("[workspace]") || line.starts_with("[workspace."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_beats_a_nearer_package() {
        let folder = tempfile::TempDir::new().unwrap();
        let inner = folder.path().join("app/src");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::create_dir_all(folder.path().join("app/migrations")).unwrap();
        let found = || find_from(&inner).unwrap();
        assert_eq!(found(), folder.path().join("app"));
        std::fs::write(folder.path().join("Cargo.toml"), "[package]\n").unwrap();
        assert_eq!(found(), folder.path());
        std::fs::write(folder.path().join("app/Cargo.toml"), "[package]\n").unwrap();
        assert_eq!(found(), folder.path().join("app"));
        std::fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        assert_eq!(found(), folder.path());
    }

    #[test]
    fn cargo_s_own_folder_is_the_second_choice() {
        let (here, there) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
        std::fs::write(there.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        let manifest = there.path().to_str().unwrap();
        let environment = Environment::with(&[("CARGO_MANIFEST_DIR", manifest)], here.path());
        assert_eq!(find(&environment).unwrap(), there.path());
    }
}
