//! What programs read: one JSON document with everything that a command has found. Must not decide what that is.

use std::sync::{Mutex, PoisonError};

use makemigrations_gate::{Finding, Severity};
use makemigrations_plan::diagnostic::{Diagnostic, Severity as Level};
use serde::Serialize;

use super::command_hint::CommandHint;
use crate::error::CliError;

/// The findings so far. Written once, at the end: whatever goes wrong on the way, there is one document.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// `None` as long as the command has nothing to do with findings.
    entries: Mutex<Option<Vec<Item>>>,
}

/// One of the list.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Item {
    Entry(Entry),
    Hazard(Box<Hazard>),
}

impl Item {
    fn is_error(&self) -> bool {
        match self {
            Self::Entry(entry) => entry.severity == "error",
            Self::Hazard(hazard) => hazard.severity == "error",
        }
    }
}

/// What `lint` finds. Stable names: scripts rely on them.
#[derive(Debug, Clone, Serialize)]
struct Hazard {
    blocks: Option<&'static str>,
    column: usize,
    file: String,
    /// Beside findings of the gate under their names as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    id: &'static str,
    line: usize,
    lock: Option<&'static str>,
    message: String,
    migration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    safe: String,
    severity: &'static str,
    statement: String,
    tables: Vec<String>,
}

/// Stable names: scripts rely on them.
#[derive(Debug, Clone, Serialize)]
struct Entry {
    column: Option<usize>,
    hint: Option<String>,
    id: String,
    line: Option<usize>,
    message: String,
    migration: Option<String>,
    path: Option<String>,
    severity: &'static str,
}

/// The ids of what is not the gate's: something wrong in a file that people write, a border between domains that is
/// crossed, and what has no place.
const INPUT: &str = "input";
const BORDER: &str = "border";
pub(super) const WHOLE: &str = "makemigrations";

impl Document {
    pub(super) fn findings(&self, findings: &[Finding], command_hint: &CommandHint) {
        self.extend(findings.iter().map(|finding| Entry {
            column: None,
            hint: Some(command_hint.complete(&finding.hint)),
            id: finding.id.to_string(),
            line: finding.line,
            message: finding.message.clone(),
            migration: finding.migration.clone(),
            path: finding.path.clone(),
            severity: severity(finding.severity),
        }));
    }

    pub(super) fn diagnostic(
        &self,
        diagnostic: &Diagnostic,
        (line, column): (usize, usize),
        command_hint: &CommandHint,
    ) {
        self.extend([Entry {
            column: Some(column),
            hint: diagnostic.help.as_deref().map(|help| command_hint.complete(help)),
            id: if diagnostic.crossing.is_some() { BORDER } else { INPUT }.to_owned(),
            line: Some(line),
            message: diagnostic.message.clone(),
            migration: None,
            path: Some(diagnostic.path.clone()),
            severity: level(diagnostic.severity),
        }]);
    }

    /// What `lint` finds; `is_beside` findings of other kinds.
    pub(super) fn hazards(
        &self,
        findings: &[makemigrations_lint::Finding],
        is_beside: bool,
        command_hint: &CommandHint,
    ) {
        let items = findings.iter().map(|finding| {
            let safe = command_hint.complete(&finding.safe);
            Item::Hazard(Box::new(Hazard {
                blocks: finding.blocks(),
                column: finding.column,
                file: finding.file.clone(),
                hint: is_beside.then(|| safe.clone()),
                id: finding.rule,
                line: finding.line,
                lock: finding.lock.map(makemigrations_lint::LockMode::as_sql),
                message: finding.message.clone(),
                migration: finding.migration.clone(),
                path: is_beside.then(|| finding.file.clone()),
                safe,
                severity: finding.level.as_str(),
                statement: finding.statement.clone(),
                tables: finding.tables.clone(),
            }))
        });
        let items: Vec<Item> = items.collect();
        self.with(|entries| entries.get_or_insert_default().extend(items));
    }

    /// Why the command fails, unless that is said already.
    pub(super) fn error(&self, error: &CliError, command_hint: &CommandHint) {
        if self.with(|entries| entries.as_ref().is_some_and(|all| !all.iter().any(Item::is_error))) {
            self.extend([Entry {
                column: None,
                hint: Some(command_hint.complete(&error.hints.join("\n"))).filter(|hint| !hint.is_empty()),
                id: WHOLE.to_owned(),
                line: None,
                message: error.message.clone(),
                migration: None,
                path: None,
                severity: "error",
            }]);
        }
    }

    /// The document, when the command has one.
    pub(super) fn text(&self) -> Option<String> {
        #[derive(Serialize)]
        struct All {
            findings: Vec<Item>,
            format: u8,
        }
        let findings = self.with(|entries| entries.take())?;
        let text = serde_json::to_string_pretty(&All { findings, format: 1 });
        Some(text.expect("texts and numbers are always JSON"))
    }

    fn extend(&self, new: impl IntoIterator<Item = Entry>) {
        self.with(|entries| entries.get_or_insert_default().extend(new.into_iter().map(Item::Entry)));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Option<Vec<Item>>) -> T) -> T {
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

#[cfg(test)]
mod tests {
    use makemigrations_gate::Id;
    use makemigrations_plan::{
        diagnostic::Crossing,
        model::Domain,
        snapshot::{self, Source},
    };
    use serde_json::{Value, json};

    use super::*;

    fn read(document: &Document) -> Value {
        serde_json::from_str(&document.text().unwrap()).unwrap()
    }

    #[test]
    fn it_is_there_also_without_findings() {
        assert_eq!(Document::default().text(), None);
        let document = Document::default();
        document.findings(&[], &CommandHint::default());
        assert_eq!(read(&document), json!({ "format": 1, "findings": [] }));
    }

    #[test]
    fn findings_and_diagnostics_are_entries_of_one_list() {
        let (document, command_hint) = (Document::default(), &CommandHint::default());
        document.findings(&[Finding::error(Id::Edited, "edited", "restore it").at("a/up.sql", Some(3))], command_hint);
        document.diagnostic(&Diagnostic::error("s.toml", 11..12, "unknown key"), (2, 1), command_hint);
        document.error(&CliError::check("1 finding"), command_hint);
        let document = read(&document);
        let short = |entry: &Value| json!([entry["id"], entry["path"], entry["line"], entry["column"]]);
        let entries: Vec<_> = document["findings"].as_array().unwrap().iter().map(short).collect();
        assert_eq!(entries, [json!(["M001", "a/up.sql", 3, null]), json!(["input", "s.toml", 2, 1])]);
    }

    #[test]
    fn a_border_that_is_crossed_has_an_id_of_its_own() {
        let source = |domain: &str, text: &str| Source {
            path: format!("{domain}.toml"),
            domain: Domain::new(domain).unwrap(),
            text: format!("format = 1\n{text}"),
        };
        let kind = source("house", "[enums.kind]\nvalues = [\"a\"]\n");
        let text = "depends_on = []\n[tables.ticket.columns]\nkind = \"kind\"\n";
        let ticket = source("ticket", text);
        let found = snapshot::read(makemigrations_plan::model::Dialect::Postgres, &[kind, ticket.clone()]).unwrap_err();
        let expected = Crossing {
            from: Domain::new("ticket").unwrap(),
            to: Domain::new("house").unwrap(),
            what: "column `ticket.kind` has the type `kind`".to_owned(),
        };
        assert_eq!(found[0].crossing.as_deref(), Some(&expected));
        let document = Document::default();
        let place = crate::terminal::report::position(&ticket.text, found[0].span.start);
        document.diagnostic(&found[0], place, &CommandHint::default());
        let entry = &read(&document)["findings"][0];
        assert_eq!((&entry["id"], &entry["line"]), (&json!("border"), &json!(4)));
    }

    #[test]
    fn why_it_fails_is_said_once() {
        let document = Document::default();
        document.error(&CliError::check("drift"), &CommandHint::default());
        assert_eq!(document.text(), None);
        document.findings(&[], &CommandHint::default());
        let web = CommandHint::new(Some("web".to_owned()), false);
        document.error(&CliError::check("a migration is missing").hint("cargo xtask makemigrations"), &web);
        let entry = &read(&document)["findings"][0];
        assert_eq!((&entry["message"], &entry["path"]), (&json!("a migration is missing"), &Value::Null));
        assert_eq!(entry["hint"], "cargo xtask --app web makemigrations");
    }
}
