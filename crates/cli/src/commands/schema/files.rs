//! Which `schema.rs` files a workspace has, and what belongs into them. Must not write.

use std::path::Path;

use makemigrations_plan::{
    diagnostic::{Diagnostic, Severity},
    model::{Dialect, Schema},
    schema_rs::{self, Options},
};

use super::diesel_toml::{self, Configuration};
use crate::{
    error::{CliError, Result},
    settings::SchemaRs,
    terminal::{Terminal, report::Texts},
    workflow::context::Context,
    workspace::view::View,
};

/// The text of one `schema.rs`, or of a domain's part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SchemaFile {
    /// Relative to the workspace, with `/`; `None` where only `--stdout` prints it.
    pub(crate) path: Option<String>,
    pub(crate) text: String,
}

/// What the workspace's `schema.rs` files should be.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) files: Vec<SchemaFile>,
    /// Folders in which only the files above belong, and others that begin with this tool's header are left over.
    pub(crate) folders: Vec<String>,
    /// What was left out, and why.
    pub(crate) notes: Vec<String>,
}

impl Expected {
    /// Those that are written to disk.
    pub(crate) fn on_disk(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|file| Some((file.path.as_deref()?, file.text.as_str())))
    }
}

/// The `schema.rs` files that the settings and a `diesel.toml` ask for.
pub(crate) struct Configured {
    /// The folder of the `diesel.toml`, relative to the workspace.
    folder: String,
    configurations: Vec<(String, Configuration)>,
}

impl Configured {
    /// Reads the `diesel.toml` that belongs to the migrations: beside their folder or further up, to the root of the
    /// workspace.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) fn read(context: &Context<'_>) -> Result<Self> {
        let (folder, configurations) = configurations(context)?;
        Ok(Self { folder, configurations })
    }

    /// Whether there is a file to write.
    pub(crate) fn has_file(&self, context: &Context<'_>) -> bool {
        self.configurations.iter().any(|(name, configuration)| {
            configuration.file.is_some() || set(context, name).is_some_and(|set| set.path.is_some())
        })
    }

    /// Whether SQLite's row numbers are read as 64 bits.
    pub(crate) fn rowid_is_bigint(&self) -> bool {
        self.configurations.iter().any(|(_, configuration)| configuration.rowid_is_bigint)
    }

    /// The texts, from the schema that the snapshots want.
    ///
    /// # Errors
    /// When a path or a patch file of `diesel.toml` cannot be used.
    pub(crate) fn expected(&self, context: &Context<'_>, dialect: Dialect, schema: &Schema) -> Result<Expected> {
        let mut expected = Expected::default();
        let rust_enums = context.settings.schema_rs.as_ref().is_some_and(|setting| setting.rust_enums);
        let folder = &self.folder;
        for (name, configuration) in &self.configurations {
            let own = configuration.file.as_ref().map(|file| inside(folder, file)).transpose()?;
            let set = set(context, name);
            let path = set.and_then(|setting| setting.path.clone()).or(own);
            let per_domain = set.is_some_and(|setting| setting.per_domain) && configuration.sql_schema.is_none();
            if !dialect.has_sql_schemas() && configuration.sql_schema.is_some() {
                return Err(CliError::usage(format!(
                    "`[print_schema.{name}]` names a SQL schema, and SQLite has none"
                )));
            }
            let options = Options {
                docs: configuration.docs,
                includes_table: &|table| configuration.filter.includes(table),
                sort_columns_by_name: configuration.sort_columns_by_name,
                sql_schema: configuration.sql_schema.clone(),
                import_types: configuration.import_types.clone(),
                define_missing_types: !configuration.leaves_types_undefined,
                is_defined_elsewhere: &|name| configuration.defined_elsewhere.iter().any(|item| item.is_match(name)),
                custom_type_derives: configuration.custom_type_derives.clone(),
                same_query: configuration.same_query,
                rowid_is_bigint: configuration.rowid_is_bigint,
                rust_enums,
                per_domain,
            };
            let written = schema_rs::write(dialect, schema, &options);
            expected.notes.extend(written.notes);
            let text = patched(&context.view, folder, configuration, written.text)?;
            if let (true, Some(path)) = (per_domain, &path) {
                let folder = domains_folder(path, &written.modules_in);
                for (domain, text) in written.modules {
                    expected.files.push(SchemaFile { path: Some(format!("{folder}/{domain}.rs")), text });
                }
                expected.folders.push(folder);
            }
            expected.files.push(SchemaFile { path, text });
        }
        Ok(expected)
    }
}

/// The setting, which is for the unnamed configuration alone.
fn set<'c>(context: &'c Context<'_>, name: &str) -> Option<&'c SchemaRs> {
    context.settings.schema_rs.as_ref().filter(|_| name == "default")
}

/// `src/schema.rs` declares the domains' modules in `src/schema/domains/`, `src/schema/mod.rs` as well.
fn domains_folder(path: &str, module: &str) -> String {
    let own = path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix(".rs")).unwrap_or(path);
    format!("{own}/{module}")
}

/// The configurations of the `diesel.toml`, and its folder.
fn configurations(context: &Context<'_>) -> Result<(String, Vec<(String, Configuration)>)> {
    let named = context.environment.variable("DIESEL_CONFIG_FILE").filter(|_| !context.view.is_staged());
    let candidates: Vec<String> = match named {
        Some(path) => {
            let relative = Path::new(path).strip_prefix(&context.root).unwrap_or(Path::new(path));
            vec![relative.to_string_lossy().into_owned()]
        }
        None => Path::new(&context.settings.migrations)
            .ancestors()
            .skip(1)
            .map(|folder| join(&folder.to_string_lossy(), "diesel.toml"))
            .collect(),
    };
    for path in candidates {
        let Some(bytes) = context.view.bytes(&path)? else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (found, diagnostics) = diesel_toml::read(&path, &text);
        let texts = Texts::from([(path.as_str(), text.as_str())]);
        report(context.terminal, &diagnostics, &texts, &path)?;
        let folder = Path::new(&path).parent().unwrap_or(Path::new("")).to_string_lossy().into_owned();
        return Ok((folder, found.into_iter().collect()));
    }
    Ok((String::new(), vec![("default".to_owned(), Configuration::default())]))
}

fn report(terminal: &Terminal, diagnostics: &[Diagnostic], texts: &Texts<'_>, path: &str) -> Result<()> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    terminal.diagnostics(diagnostics, texts);
    if errors > 0 { Err(CliError::usage(format!("`{path}` cannot be used"))) } else { Ok(()) }
}

fn join(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

/// A path of the `diesel.toml` as one of the workspace, with what leads up and down again taken out.
fn inside(folder: &str, file: &str) -> Result<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let file = file.replace('\\', "/");
    let leaves = || {
        CliError::usage(format!("`{file}` of `diesel.toml` is not inside the workspace"))
            .hint("name a path relative to the `diesel.toml`, in the same repository")
    };
    if file.starts_with('/') || file.contains(':') {
        return Err(leaves());
    }
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => parts.pop().map(|_| ()).ok_or_else(leaves)?,
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// The text with the patch of `patch_file` applied.
fn patched(view: &View, folder: &str, configuration: &Configuration, text: String) -> Result<String> {
    let Some(file) = &configuration.patch_file else { return Ok(text) };
    let path = inside(folder, file)?;
    let missing = || CliError::usage(format!("the patch file `{path}` of `diesel.toml` is not there"));
    let bytes = view.bytes(&path)?.ok_or_else(missing)?;
    let patch = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    let hint = "take the output of `cargo xtask schema --stdout` without `patch_file`, change it, and make a new patch of both";
    let unusable = |error: &dyn std::fmt::Display| {
        CliError::usage(format!("the patch file `{path}` cannot be applied: {error}")).hint(hint)
    };
    let patch = diffy::Patch::from_str(&patch).map_err(|error| unusable(&error))?;
    diffy::apply(&text, &patch).map_err(|error| unusable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_of_the_workspace() {
        assert_eq!(inside("app", "src/schema.rs").unwrap(), "app/src/schema.rs");
        assert_eq!(inside("app", "../lib/./schema.rs").unwrap(), "lib/schema.rs");
        assert!(inside("app", "../../schema.rs").is_err());
        assert!(inside("", "/etc/passwd").is_err());
    }

    #[test]
    fn domains_have_a_folder_beside_the_file() {
        assert_eq!(domains_folder("src/schema.rs", "domains"), "src/schema/domains");
        assert_eq!(domains_folder("src/schema/mod.rs", "domains"), "src/schema/domains");
    }
}
