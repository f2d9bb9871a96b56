//! Snapshot files to the wanted schema: text to nodes with places, nodes of all files to the model.
//!
//! Never stops at the first error, and touches no file: the caller reads them and says which domain each belongs to.

pub(crate) mod data_type;
pub mod format;
mod hints;
pub(crate) mod parse;
mod resolve;
mod tidy;
pub(crate) mod write;

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Dialect, Domain, Schema};
use crate::toml::{Document, Report, Tokens};

pub use data_type::known_type;
pub use hints::{ColumnHint, EnumHint, Hinted, Hints, TableHint};
pub use tidy::{Tidied, tidy};
pub use write::{arrange, write};

/// What snapshots are read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The dialect whose texts and types are taken.
    pub dialect: Dialect,
    /// The SQL schema of the views that `analytics_view` asks for.
    pub analytics_schema: String,
    /// Whether the database was taken over from another tool: a foreign key between unlike types that the engine lets
    /// pass may then be there, and is a warning.
    pub is_adopted: bool,
}

impl Options {
    /// The SQL schema of analytics views where no setting says another.
    pub const ANALYTICS_SCHEMA: &'static str = "analytics";
}

impl From<Dialect> for Options {
    fn from(dialect: Dialect) -> Self {
        Self { dialect, analytics_schema: Self::ANALYTICS_SCHEMA.to_owned(), is_adopted: false }
    }
}

/// A snapshot file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path, as messages show it.
    pub path: String,
    /// The domain it describes; several files may describe one.
    pub domain: Domain,
    /// What is in it.
    pub text: String,
}

/// What the snapshots want.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wanted {
    /// The schema, resolved for one dialect.
    pub schema: Schema,
    /// How to get there.
    pub hints: Hints,
    /// Warnings and notes.
    pub notes: Vec<Diagnostic>,
    /// Columns that reports and analytics must not show, as `(table key, column)`.
    pub sensitive: BTreeSet<(String, String)>,
}

/// Reads all snapshots of a database; a dialect alone stands for the default options.
///
/// # Errors
/// Every error, with the warnings, sorted by path and place.
pub fn read(options: impl Into<Options>, sources: &[Source]) -> Result<Wanted, Vec<Diagnostic>> {
    let options = options.into();
    let mut reports: Vec<_> = sources.iter().map(|source| Report::new(&source.path, &source.text)).collect();
    let mut tokens = Tokens::new();
    let documents: Vec<_> = reports.iter_mut().map(|report| Document::parse(report, &mut tokens)).collect();
    let files: Vec<_> = documents
        .iter()
        .zip(sources)
        .zip(&mut reports)
        .map(|((document, source), report)| parse::file(options.dialect, &source.domain, document.root(), report))
        .collect();
    let mut wanted = resolve::resolve(&options, &files, &mut reports);

    let mut notes: Vec<_> = reports.into_iter().flat_map(Report::into_found).collect();
    notes.sort_by(|a, b| {
        let key = |item: &Diagnostic| (item.span.start, item.span.end, item.severity);
        a.path.cmp(&b.path).then_with(|| key(a).cmp(&key(b))).then_with(|| a.message.cmp(&b.message))
    });
    if notes.iter().any(|item| item.severity == Severity::Error) {
        return Err(notes);
    }
    wanted.notes = notes;
    Ok(wanted)
}

#[cfg(test)]
mod tests;
