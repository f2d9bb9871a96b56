//! `schema`: Diesel's `schema.rs` from the snapshots. Must not touch a database or a migration.

mod diesel_toml;
mod files;

use std::path::PathBuf;

use makemigrations_gate::{Finding, Id, Lock};
use makemigrations_plan::model::{Dialect, Schema};

use super::hooks;
use crate::{
    arguments::SchemaArguments,
    error::{CliError, Result},
    terminal::Terminal,
    workflow::{
        context::Context,
        planning::{self, State},
    },
    workspace::view::View,
    workspace::{
        generated::{self, GeneratedFile},
        migrations::Migrations,
        write::{self, Text},
    },
};
pub(crate) use files::{Configured, Expected};

pub(crate) fn run(context: &Context<'_>, arguments: &SchemaArguments) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let dialect = context.dialect(&folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default())?;
    let migrations = Migrations::of(&folder).unwrap_or_default();
    let ((), mut loaded) = planning::load(context, dialect, &migrations, || ());
    loaded.report_snapshots(context)?;
    let wanted = loaded.into_wanted()?;
    let expected = Configured::read(context)?.expected(context, dialect, &wanted)?;
    notes(context.terminal, &expected);
    let has_file = expected.on_disk().next().is_some();
    if arguments.check && has_file {
        return up_to_date(context, &expected);
    }
    if arguments.stdout || !has_file {
        if arguments.check {
            return Err(CliError::usage("there is no `schema.rs` to check")
                .hint("name it by the setting `schema_rs`, or by `file` of `[print_schema]` in a `diesel.toml`"));
        }
        expected.files.iter().for_each(|file| context.terminal.data(file.text.trim_end_matches('\n')));
        return Ok(());
    }
    let changed = changed(context, &expected)?;
    if changed.is_empty() {
        context.terminal.say("`schema.rs` is up to date with the snapshots");
    }
    changed.write(context.terminal)
}

/// Says what was left out.
pub(crate) fn notes(terminal: &Terminal, expected: &Expected) {
    expected.notes.iter().for_each(|note| terminal.warning(note, None));
}

/// What has to be done so that the files are as they should be.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    root: PathBuf,
    files: Vec<GeneratedFile>,
}

impl Changed {
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files that differ, or go.
    pub(crate) fn files(&self) -> &[GeneratedFile] {
        &self.files
    }

    /// Names the files that were written.
    pub(crate) fn say(&self, terminal: &Terminal) {
        self.files.iter().for_each(|file| terminal.say(&file.shown()));
    }

    /// Writes and deletes what differs, and says it.
    pub(crate) fn write(&self, terminal: &Terminal) -> Result<()> {
        write::texts(&self.texts())?;
        self.delete_leftovers()?;
        self.say(terminal);
        Ok(())
    }

    /// Deletes the files of domains that are gone.
    pub(crate) fn delete_leftovers(&self) -> Result<()> {
        generated::delete(&self.root, &self.files)
    }

    /// The files to write.
    pub(crate) fn texts(&self) -> Vec<Text> {
        generated::texts(&self.root, &self.files)
    }
}

/// The files that differ from what they should be. Line ends do not count: git may have changed them.
pub(crate) fn changed(context: &Context<'_>, expected: &Expected) -> Result<Changed> {
    let mut files = Vec::new();
    for (path, text) in expected.on_disk() {
        if present(&context.view, path)?.as_deref() != Some(text) {
            files.push(GeneratedFile { path: path.to_owned(), text: Some(text.to_owned()) });
        }
    }
    for folder in &expected.folders {
        for entry in context.view.entries(folder)?.into_iter().flatten() {
            let path = format!("{folder}/{}", entry.name);
            let is_wanted = expected.on_disk().any(|(wanted, _)| wanted == path);
            let is_ours =
                || present(&context.view, &path).map(|text| text.is_some_and(|text| text.starts_with(HEADER)));
            if entry.name.ends_with(".rs") && !entry.is_folder && !is_wanted && is_ours()? {
                files.push(GeneratedFile { path, text: None });
            }
        }
    }
    Ok(Changed { root: context.root.clone(), files })
}

const HEADER: &str = makemigrations_plan::schema_rs::HEADER;

fn present(view: &View, path: &str) -> Result<Option<String>> {
    let bytes = view.bytes(path)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).replace("\r\n", "\n")))
}

/// Reports the lines that differ, and fails when there are any.
pub(crate) fn up_to_date(context: &Context<'_>, expected: &Expected) -> Result<()> {
    let mut findings = Vec::new();
    for (path, text) in expected.on_disk() {
        let present = present(&context.view, path)?;
        if present.as_deref() != Some(text) {
            findings.push(finding(&context.view, path, present.as_deref(), text));
        }
    }
    context.terminal.findings(&findings);
    if findings.is_empty() { Ok(()) } else { Err(CliError::check("`schema.rs` is out of date")) }
}

fn finding(view: &View, path: &str, present: Option<&str>, wanted: &str) -> Finding {
    let stage = if view.is_staged() { format!(" && git add {}", hooks::quoted(path)) } else { String::new() };
    let hint = format!("cargo xtask schema{stage}");
    let Some(present) = present else {
        let is_staged = view.is_staged();
        let message = format!("`{path}` is not {}", if is_staged { "staged" } else { "there" });
        return Finding::error(Id::SchemaRs, message, hint).at(path, None);
    };
    let patch = diffy::create_patch(present, wanted);
    let line = patch.hunks().first().map(|hunk| first_difference(hunk.old_range().start(), hunk.lines()));
    let text = patch.to_string();
    let lines: Vec<&str> = text.lines().skip(2).collect();
    let shown: String = lines.iter().take(SHOWN_LINES).map(|line| format!("\n  {line}")).collect();
    let rest = match lines.len().saturating_sub(SHOWN_LINES) {
        0 => String::new(),
        more => format!("\n  ... and {more} more lines"),
    };
    Finding::error(Id::SchemaRs, format!("`{path}` is not what the snapshots say:{shown}{rest}"), hint).at(path, line)
}

/// The line of the file at which a hunk, which begins with lines around the difference, differs.
fn first_difference(start: usize, lines: &[diffy::Line<'_, str>]) -> usize {
    start + lines.iter().take_while(|line| matches!(line, diffy::Line::Context(_))).count()
}

/// A file that was never generated differs in every line.
const SHOWN_LINES: usize = 40;

/// The last part of `check`: whether the files are those of the snapshots.
pub(crate) fn check(context: &Context<'_>, state: &State) -> Result<()> {
    up_to_date(context, &Configured::read(context)?.expected(context, state.dialect, &state.wanted.schema)?)
}

/// What has to be written so that the files fit `schema`, with what was left out said.
pub(crate) fn plan(context: &Context<'_>, dialect: Dialect, schema: &Schema) -> Result<Changed> {
    let expected = Configured::read(context)?.expected(context, dialect, schema)?;
    notes(context.terminal, &expected);
    changed(context, &expected)
}

/// The same for a command that has its own work to do, whatever is wrong with the snapshots or the `diesel.toml`: git may be
/// in the middle of something. What cannot be written stays as it is, and that is said.
pub(crate) fn follow(context: &Context<'_>, dialect: Dialect, migrations: &Migrations) -> Changed {
    following(context, dialect, migrations).unwrap_or_else(|error| {
        let message = format!("`schema.rs` stays as it is: {}", error.message);
        let hint = "settle that, then `cargo xtask schema`".to_owned();
        let hints: Vec<String> = error.hints.into_iter().chain([hint]).collect();
        context.terminal.warning(&message, Some(&hints.join("; ")));
        Changed::default()
    })
}

fn following(context: &Context<'_>, dialect: Dialect, migrations: &Migrations) -> Result<Changed> {
    let configured = Configured::read(context)?;
    if !configured.has_file(context) {
        return Ok(Changed::default());
    }
    let wanted = planning::wanted(context, dialect, migrations)?;
    let expected = configured.expected(context, dialect, &wanted)?;
    notes(context.terminal, &expected);
    changed(context, &expected)
}
