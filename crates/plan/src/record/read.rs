//! A record's text to the record.
//!
//! What an operation consists of is said beside how it is written.

use std::collections::BTreeSet;

use super::{ManualReason, Record, hint, online, operation};
use crate::diagnostic::Diagnostic;
use crate::model::Dialect;
use crate::snapshot::parse::Reader;
use crate::toml::{Document, Report, Span, Table, Tokens, read_keys};

pub(super) fn read(path: &str, text: &str) -> Result<Record, Vec<Diagnostic>> {
    let mut report = Report::new(path, text);
    let document = Document::parse(&mut report, &mut Tokens::new());
    let record = read_root(&mut report, document.root());
    let mut found = report.into_found();
    match record {
        Some(record) if found.is_empty() => Ok(record),
        _ => {
            found.sort_by_key(|item| (item.span.start, item.span.end));
            Err(found)
        }
    }
}

fn read_root(report: &mut Report<'_>, root: Table<'_>) -> Option<Record> {
    if !is_known(report, root) {
        return None;
    }
    // SQL is read for a dialect, so that one comes first.
    let dialect = read_dialect(report, root);
    let reader = &mut Reader { dialect: dialect.unwrap_or(Dialect::Postgres), verbatim: true, report };
    let (mut number, mut manual, mut baseline) = (None, false, false);
    let (mut reason, mut sum) = (None, None);
    let (mut replaces, mut used_hints, mut operations) = (Vec::new(), BTreeSet::new(), Vec::new());
    read_keys!(root, reader.report, entry, {
        "format" => {},
        "number" => {
            if let Some(found) = entry.value.integer(reader.report) {
                number = u64::try_from(found).ok();
                if number.is_none() {
                    reader.report.error(entry.value.span(), "the number of a migration cannot be negative");
                }
            }
        },
        "dialect" => {},
        "manual" => manual = entry.value.flag(reader.report).is_some(),
        "manual_reason" => reason = entry.value.text(reader.report).map(|found| found.value.to_owned()),
        "manual_sum" => sum = entry.value.text(reader.report).map(|found| found.value.to_owned()),
        "baseline" => baseline = entry.value.flag(reader.report).is_some(),
        "step" => {},
        "steps" => {},
        "online" => {},
        "replaces" => {
            let folders = entry.value.texts(reader.report).unwrap_or_default();
            replaces = folders.into_iter().map(|folder| folder.value.to_owned()).collect();
        },
        "used_hints" => used_hints = hint::read(reader, entry.value),
        "operations" => operations = reader.list(entry.value, operation::read),
    });
    if let (Some(entry), true) = (root.get("manual_reason"), replaces.is_empty()) {
        reader
            .report
            .error(entry.span(), "`manual_reason` is for a migration that stands for others: one with `replaces`");
    }
    let step = online::step(reader, root);
    // With one of both alone it says nothing, and is not as it is written.
    let manual_reason = (reason.is_some() || sum.is_some())
        .then(|| ManualReason { text: reason.unwrap_or_default(), sum: sum.unwrap_or_default() });
    for key in ["number", "dialect"] {
        if root.get(key).is_none() {
            reader.report.missing_key(root, &[key], Span::default(), format!("missing `{key}`"));
        }
    }
    Some(Record {
        number: number?,
        dialect: dialect?,
        manual,
        manual_reason,
        baseline,
        step,
        replaces,
        used_hints,
        operations,
    })
}

fn is_known(report: &mut Report<'_>, root: Table<'_>) -> bool {
    let Some(format) = root.get("format") else {
        report.missing_key(root, &["format"], Span::default(), "missing `format = 1`");
        // Without one, everything else is read all the same: there may be more to say.
        return true;
    };
    match format.integer(report) {
        Some(1) => true,
        Some(number) => {
            let version = env!("CARGO_PKG_VERSION");
            let message = format!("record format {number} is not known: makemigrations {version} reads format 1");
            report.error_with_help(format.span(), message, "use the newer version of makemigrations that recorded it");
            false
        }
        None => false,
    }
}

fn read_dialect(report: &mut Report<'_>, root: Table<'_>) -> Option<Dialect> {
    let name = root.get("dialect")?.text(report)?;
    name.value.parse().map_err(|error: crate::model::UnknownDialect| report.error(name.span, error.to_string())).ok()
}
