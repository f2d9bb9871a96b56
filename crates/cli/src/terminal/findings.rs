//! Shows what the gate found: for people, as JSON, as GitHub annotations. Must not decide whether the check failed.

use std::sync::atomic::Ordering;

use makemigrations_gate::{Finding, Severity};
use makemigrations_plan::diagnostic::{Diagnostic, Severity as Level};
use serde::Serialize;

use super::{Paint, Terminal, report::position};
use crate::arguments::Format;

impl Terminal {
    /// Shows findings: people read them on standard error, programs on standard output.
    pub(crate) fn findings(&self, findings: &[Finding]) {
        match self.format {
            Format::Human => self.findings_for_people(findings),
            Format::Json => self.data(&json_document(findings)),
            Format::Github => findings.iter().for_each(|finding| self.annotate(finding)),
        }
    }

    /// Shows findings beside the result of a command that is not about them.
    pub(crate) fn findings_for_people(&self, findings: &[Finding]) {
        findings.iter().for_each(|finding| self.always(&self.human(finding)));
    }

    fn annotate(&self, finding: &Finding) {
        self.note_error(finding.severity == Severity::Error);
        let path = finding.path.as_ref().map(|path| format!("{}{path}", self.below));
        self.data(&github(&Finding { path, ..finding.clone() }));
    }

    pub(super) fn annotate_diagnostic(&self, diagnostic: &Diagnostic, text: &str) {
        self.note_error(diagnostic.severity == Level::Error);
        let path = format!("{}{}", self.below, diagnostic.path);
        self.data(&github_diagnostic(&Diagnostic { path, ..diagnostic.clone() }, text));
    }

    /// An annotation says that something is wrong: the error at the end needs none of its own.
    pub(super) fn note_error(&self, is_error: bool) {
        self.has_annotated.fetch_or(is_error, Ordering::Relaxed);
    }

    fn human(&self, finding: &Finding) -> String {
        let level = match finding.severity {
            Severity::Error => self.paint(Paint::Error, &format!("error[{}]", finding.id)),
            Severity::Warning => self.paint(Paint::Warning, &format!("warning[{}]", finding.id)),
        };
        let mut text = format!("{level}: {}\n", finding.message);
        if let Some(path) = &finding.path {
            let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            text += &format!("  --> {path}{line}\n");
        }
        text + &format!("{}: {}\n", self.paint(Paint::Strong, "hint"), finding.hint)
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// One document for all findings, also when there are none.
/// What programs read: stable names, one entry for each finding.
#[derive(Serialize)]
struct Document<'a> {
    findings: Vec<Entry<'a>>,
    format: u8,
}

#[derive(Serialize)]
struct Entry<'a> {
    hint: &'a str,
    id: &'a str,
    line: Option<usize>,
    message: &'a str,
    migration: Option<&'a str>,
    path: Option<&'a str>,
    severity: &'a str,
}

fn json_document(findings: &[Finding]) -> String {
    let entry = |finding| -> Entry<'_> {
        let Finding { migration, path, line, id, severity, message, hint }: &Finding = finding;
        let (migration, path) = (migration.as_deref(), path.as_deref());
        Entry { hint, id: id.as_str(), line: *line, message, migration, path, severity: level(*severity) }
    };
    let document = Document { findings: findings.iter().map(entry).collect(), format: 1 };
    serde_json::to_string_pretty(&document).expect("texts and numbers are always JSON")
}

fn github(finding: &Finding) -> String {
    let mut properties = Vec::new();
    properties.extend(finding.path.as_ref().map(|path| format!("file={}", escape_property(path))));
    properties.extend(finding.line.map(|line| format!("line={line}")));
    properties.push(format!("title={}", finding.id));
    let text = format!("{}\nhint: {}", finding.message, finding.hint);
    format!("::{} {}::{}", level(finding.severity), properties.join(","), escape(&text))
}

/// An annotation that belongs to no file.
pub(super) fn github_error(title: &str, message: &str) -> String {
    format!("::error title={}::{}", escape_property(title), escape(message))
}

/// A diagnostic as a GitHub annotation.
fn github_diagnostic(diagnostic: &Diagnostic, text: &str) -> String {
    let level = match diagnostic.severity {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let (line, column) = position(text, diagnostic.span.start);
    let help = diagnostic.help.as_ref().map(|help| format!("\nhint: {help}")).unwrap_or_default();
    let file = escape_property(&diagnostic.path);
    format!("::{level} file={file},line={line},col={column}::{}", escape(&format!("{}{help}", diagnostic.message)))
}

/// GitHub's own escapes: it reads one line.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use makemigrations_gate::Id;

    use serde_json::{Value, json};

    use super::*;

    fn finding() -> Finding {
        Finding::error(Id::Edited, "100% edited", "restore it").of("a").at("migrations/a,b/up.sql", Some(3))
    }

    #[test]
    fn a_github_annotation_is_one_line() {
        let expected = "::error file=migrations/a%2Cb/up.sql,line=3,title=M001::100%25 edited%0Ahint: restore it";
        assert_eq!(github(&finding()), expected);
    }

    #[test]
    fn json_has_a_document_also_without_findings() {
        let document: Value = serde_json::from_str(&json_document(&[])).unwrap();
        assert_eq!(document, json!({ "format": 1, "findings": [] }));
        let document: Value = serde_json::from_str(&json_document(&[finding()])).unwrap();
        assert_eq!(document["findings"][0]["id"], "M001");
        assert_eq!(document["findings"][0]["line"], 3);
    }

    #[test]
    fn people_read_id_place_and_hint() {
        let text = Terminal::plain().human(&finding());
        assert_eq!(text, "error[M001]: 100% edited\n  --> migrations/a,b/up.sql:3\nhint: restore it\n");
    }
}
