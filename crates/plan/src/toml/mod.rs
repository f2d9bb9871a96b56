//! TOML files with the place of everything in them, for snapshots and records alike.
//!
//! Knows nothing of schemas, and never stops at the first error: what cannot be read is reported and left out.
//!
//! Built on the events of `toml_parser`, the parser behind the `toml` crate: its own tree costs several times the
//! parsing, and every command reads every snapshot and record.

mod builder;
mod document;
mod events;
mod inline;
mod quote;
mod removal;
mod report;
mod suggest;

pub(crate) use document::{Array, Data, Document, Entry, Span, Spanned, Table, Value};
pub(crate) use events::Tokens;
pub(crate) use inline::{Inline, push_texts};
pub(crate) use quote::{push_key, push_text};
pub(crate) use removal::without;
pub(crate) use report::Report;
pub(crate) use suggest::nearest;

/// Reads a table entry by entry, in the order of the file. A key that is not listed is an error with a suggestion, so
/// that the list of known keys exists once. With a section of the snapshot format, its keys are exactly these.
macro_rules! read_keys {
    ($table:expr, $report:expr, $entry:ident, $section:path, { $($key:literal => $read:expr,)+ }) => {
        const {
            assert!(
                crate::snapshot::format::has_exactly(&$section, &[$($key),+]),
                "the reader and `snapshot::format` do not know the same keys"
            );
        }
        crate::toml::read_keys!($table, $report, $entry, { $($key => $read,)+ });
    };
    ($table:expr, $report:expr, $entry:ident, { $($key:literal => $read:expr,)+ }) => {
        for $entry in $table.entries() {
            match $entry.key {
                $($key => $read,)+
                _ => $report.unknown_key(&$entry, &[$($key),+]),
            }
        }
    };
}
pub(crate) use read_keys;
