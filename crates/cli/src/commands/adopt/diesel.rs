//! What Diesel's own `diesel.toml` says of the migrations. Must not read anything else of it.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::{
    error::{CliError, Result},
    settings::lookup,
    workflow::context::Context,
};

const FILE: &str = "diesel.toml";

/// Fails when Diesel's migrations are elsewhere than the settings say.
pub(super) fn refuse_other_folder(context: &Context<'_>) -> Result<()> {
    let Some(bytes) = context.view.bytes(FILE)? else { return Ok(()) };
    let text = String::from_utf8_lossy(&bytes);
    let Some(folder) = migrations(&text, &context.root) else { return Ok(()) };
    let ours = &context.settings.migrations;
    // One folder is all that it can name, and the one around those of several applications is as good.
    let is_same = folder == *ours || (context.settings.app.is_some() && Path::new(ours).starts_with(&folder));
    if is_same {
        return Ok(());
    }
    Err(CliError::usage(format!("`{FILE}` has the migrations in `{folder}`, and the settings have them in `{ours}`"))
        .hint(format!("write `migrations = \"{folder}\"` below `[workspace.metadata.makemigrations]` in `Cargo.toml`")))
}

/// The folder, relative to the root. `None` when nothing is said, or one that is not in the workspace: `diesel setup` writes
/// whole paths, of the machine that it ran on.
fn migrations(text: &str, root: &Path) -> Option<String> {
    let document = DeTable::parse(text).ok()?;
    let DeValue::String(dir) = lookup(document.get_ref(), &["migrations_directory", "dir"])?.get_ref() else {
        return None;
    };
    let path = Path::new(dir.as_ref());
    let below = if path.is_absolute() { path.strip_prefix(root).ok()? } else { path };
    let parts: Vec<_> = below.components().filter(|part| part.as_os_str() != ".").collect();
    let parts: Vec<_> = parts.iter().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_found_in_every_spelling() {
        let folder = |text: &str| migrations(text, Path::new("/srv/app"));
        for dir in ["db/up", "./db/up/", "/srv/app/db/up"] {
            assert_eq!(folder(&format!("[migrations_directory]\ndir = \"{dir}\"")).as_deref(), Some("db/up"));
        }
        for text in ["", "[migrations_directory]\ndir = \"/elsewhere/db/up\"", "dir = \"a\"", "a = = 1"] {
            assert_eq!(folder(text), None);
        }
    }
}
