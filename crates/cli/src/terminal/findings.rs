//! Shows what the gate found: for people, as JSON, as GitHub annotations. Must not decide whether the check failed.

use std::sync::atomic::Ordering;

use makemigrations_gate::{Finding, Severity};
use makemigrations_plan::diagnostic::{Diagnostic, Severity as Level};

use super::{Paint, Terminal};
use crate::arguments::Format;

impl Terminal {
    /// Shows findings: people read them on standard error, programs on standard output.
    pub(crate) fn findings(&self, findings: &[Finding]) {
        match self.format {
            Format::Human => self.findings_for_people(findings),
            Format::Json => self.document.findings(findings, &self.command_hint),
            Format::Github => findings.iter().for_each(|finding| self.annotate(finding)),
        }
    }

    /// Shows findings beside the result of a command that is not about them.
    pub(crate) fn findings_for_people(&self, findings: &[Finding]) {
        findings.iter().for_each(|finding| self.always(&self.human(finding)));
    }

    fn annotate(&self, finding: &Finding) {
        self.note_error(finding.severity == Severity::Error);
        self.data(&self.command_hint.complete(&github(&in_a_file(finding), &self.below)));
    }

    pub(super) fn annotate_diagnostic(&self, diagnostic: &Diagnostic, place: (usize, usize)) {
        self.note_error(diagnostic.severity == Level::Error);
        let path = format!("{}{}", self.below, diagnostic.path);
        let annotation = github_diagnostic(&Diagnostic { path, ..diagnostic.clone() }, place);
        self.data(&self.command_hint.complete(&annotation));
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

/// GitHub shows annotations in files: what is about a whole migration stands where its `up.sql` begins.
fn in_a_file(finding: &Finding) -> Finding {
    let is_whole = match (&finding.path, &finding.migration) {
        (Some(path), Some(migration)) => path.rsplit('/').next() == Some(migration),
        (_, _) => false,
    };
    let mut finding = finding.clone();
    if let (true, Some(path)) = (is_whole, &mut finding.path) {
        path.push_str("/up.sql");
        finding.line = Some(1);
    }
    finding
}

/// `below` is where the workspace is in what GitHub has checked out.
fn github(finding: &Finding, below: &str) -> String {
    let mut properties = Vec::new();
    properties.extend(finding.path.as_ref().map(|path| format!("file={}", escape_property(&format!("{below}{path}")))));
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
fn github_diagnostic(diagnostic: &Diagnostic, (line, column): (usize, usize)) -> String {
    let level = match diagnostic.severity {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let help = diagnostic.help.as_ref().map(|help| format!("\nhint: {help}")).unwrap_or_default();
    let file = escape_property(&diagnostic.path);
    format!("::{level} file={file},line={line},col={column}::{}", escape(&format!("{}{help}", diagnostic.message)))
}

/// GitHub's own escapes: it reads one line.
pub(super) fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

pub(super) fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use makemigrations_gate::Id;

    use super::*;

    fn finding() -> Finding {
        Finding::error(Id::Edited, "100% edited", "restore it").of("a").at("migrations/a,b/up.sql", Some(3))
    }

    #[test]
    fn a_github_annotation_is_one_line() {
        let expected = "::error file=migrations/a%2Cb/up.sql,line=3,title=M001::100%25 edited%0Ahint: restore it";
        assert_eq!(github(&finding(), ""), expected);
        let below = github(&finding(), "services/a/");
        assert!(below.starts_with("::error file=services/a/migrations/a%2Cb/up.sql,"), "{below}");
    }

    #[test]
    fn what_is_about_a_whole_migration_is_shown_in_one_of_its_files() {
        let whole = Finding::error(Id::NotRecorded, "not recorded", "seal it").of("a").at("migrations/a", None);
        let place = in_a_file(&whole);
        assert_eq!((place.path.as_deref(), place.line), (Some("migrations/a/up.sql"), Some(1)));
        let file = whole.at("migrations/a/down.sql", Some(2));
        assert_eq!(in_a_file(&file), file);
    }

    #[test]
    fn people_read_id_place_and_hint() {
        let text = Terminal::plain().human(&finding());
        assert_eq!(text, "error[M001]: 100% edited\n  --> migrations/a,b/up.sql:3\nhint: restore it\n");
    }
}
