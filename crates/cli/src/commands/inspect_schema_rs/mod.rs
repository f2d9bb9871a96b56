//! `inspect --from-schema-rs`: what an existing `schema.rs` says, for snapshots. Must not write, nor make up what the file does
//! not say.

mod source;
mod table_macro;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use makemigrations_gate::Lock;
use makemigrations_plan::{
    diagnostic::Diagnostic,
    model::{Dialect, Schema},
    schema_rs::read_back,
    snapshot::Wanted,
};

use super::schema::Configured;
use crate::{
    error::{CliError, Result},
    terminal::report::Texts,
    workflow::context::Context,
    workspace::plain_file,
};

/// What the file says.
pub(super) struct Found {
    pub(super) dialect: Dialect,
    pub(super) schema: Schema,
    /// What is to be added by hand, beside [`not_said`].
    pub(super) open: Vec<String>,
}

/// Reads the file, and those of its modules that are files.
pub(super) fn read(context: &Context<'_>, path: &Path) -> Result<Found> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = context.dialect(&lock)?;
    let mut files = Files { base: context.environment.folder.join(path), texts: BTreeMap::new() };
    let shown = path.display().to_string();
    let text = files.text(&files.base.clone())?.ok_or_else(|| {
        CliError::usage(format!("there is no file `{shown}`"))
            .hint("name Diesel's `schema.rs`, such as `src/schema.rs`")
    })?;
    files.texts.insert(shown.clone(), text.clone());
    let mut wrong: Vec<Diagnostic> = Vec::new();
    let mut reader = source::Reader::default();
    reader.file(&shown, &text, &mut |modules| files.module(modules), &mut wrong);
    let texts: Texts<'_> = files.texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    context.report(&wrong, &texts, "the file cannot be read as a `schema.rs`, nothing is written")?;
    let (declared, mut open) = reader.finish();
    let rowid_is_bigint = Configured::read(context)?.rowid_is_bigint();
    let (schema, more) = read_back(dialect, &declared, rowid_is_bigint).map_err(|reasons| {
        let message = format!("`{shown}` cannot be a schema of {dialect}:\n  {}", reasons.join("\n  "));
        CliError::usage(message)
            .hint("for another database: `dialect = \"...\"` in `[workspace.metadata.makemigrations]`")
    })?;
    open.extend(more);
    Ok(Found { dialect, schema, open })
}

/// Tables that a snapshot describes already stay in its domain.
pub(super) fn keep_domains(schema: &mut Schema, wanted: &Wanted) {
    for (key, table) in &mut schema.tables {
        if let Some(known) = wanted.schema.tables.get(key) {
            table.domain = known.domain.clone();
        }
    }
}

/// What no `schema.rs` says.
pub(super) fn not_said(dialect: Dialect) -> Vec<String> {
    let of_types = match dialect {
        Dialect::Postgres => {
            "precision of numbers and times, collations, domain types and counters (`serial`, `identity`)"
        }
        Dialect::Sqlite => "lengths, precision of numbers, collations, which `bytes` are UUIDs, and `auto_increment`",
    };
    let lines = [
        "defaults and generated columns",
        "unique constraints, indexes, checks and exclusion constraints",
        "`on_delete` and `on_update`; foreign keys over several columns, to the table itself, and where two tables have several",
        of_types,
        "values of enums, views, functions, triggers, extensions and other objects, and tables that Diesel was told to leave out",
    ];
    lines.map(str::to_owned).to_vec()
}

/// The files that are read.
struct Files {
    /// The first one.
    base: PathBuf,
    texts: BTreeMap<String, String>,
}

impl Files {
    /// The text of a module that is declared in the first file, by the names of the modules that lead to it.
    fn module(&mut self, modules: &[String]) -> Option<(String, String)> {
        let folder = match self.base.file_name()?.to_str()? {
            "mod.rs" | "lib.rs" | "main.rs" => self.base.parent()?.to_owned(),
            _ => self.base.with_extension(""),
        };
        let path = modules.iter().fold(folder, |folder, module| folder.join(module));
        let candidates = [path.with_extension("rs"), path.join("mod.rs")];
        let (path, text) = candidates.into_iter().find_map(|path| {
            let text = self.text(&path).ok()??;
            Some((path, text))
        })?;
        let shown = path.display().to_string();
        self.texts.insert(shown.clone(), text.clone());
        Some((shown, text))
    }

    fn text(&self, path: &Path) -> Result<Option<String>> {
        let root = path.parent().unwrap_or(path);
        let bytes = plain_file::read(root, path)
            .map_err(|reason| CliError::usage(format!("cannot read `{}`: {reason}", path.display())))?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| CliError::usage(format!("`{}` is not UTF-8", path.display())))
    }
}
