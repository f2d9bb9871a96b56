//! Shows how a database differs from what it should be: for people, as JSON, as GitHub annotations. Must not decide what
//! that means.

use makemigrations_inspect::Difference;
use serde::Serialize;

use super::{Paint, Terminal, findings::github_error};
use crate::arguments::Format;

impl Terminal {
    /// Shows differences, one line each, and what could not be compared: people read them on standard error, programs on
    /// standard output.
    pub(crate) fn differences(&self, differences: &[Difference], unknown: &[String]) {
        if self.format != Format::Json {
            for line in unknown {
                self.warning(&format!("not compared, because snapshots cannot express it: {line}"), None);
            }
        }
        match self.format {
            Format::Human => differences.iter().for_each(|difference| {
                self.always(&format!("{} {difference}", self.paint(Paint::Error, "differs:")));
            }),
            Format::Json => self.data(&document(differences, unknown)),
            Format::Github => {
                self.note_error(!differences.is_empty());
                differences.iter().for_each(|difference| self.data(&github_error("drift", &difference.to_string())));
            }
        }
    }
}

/// What programs read: stable names, one entry for each difference.
#[derive(Serialize)]
struct Document<'a> {
    differences: Vec<Entry<'a>>,
    format: u8,
    unknown: &'a [String],
}

#[derive(Serialize)]
struct Entry<'a> {
    actual: Option<&'a str>,
    expected: Option<&'a str>,
    path: &'a str,
}

fn document(differences: &[Difference], unknown: &[String]) -> String {
    let entry = |difference| -> Entry<'_> {
        let Difference { path, actual, expected }: &Difference = difference;
        Entry { actual: actual.as_deref(), expected: expected.as_deref(), path }
    };
    let document = Document { differences: differences.iter().map(entry).collect(), format: 1, unknown };
    serde_json::to_string_pretty(&document).expect("texts and numbers are always JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn json_has_a_document_also_without_differences() {
        let document: Value = serde_json::from_str(&super::document(&[], &[])).unwrap();
        assert_eq!(document, json!({ "format": 1, "differences": [], "unknown": [] }));
        let difference = Difference { path: "tables.a".to_owned(), actual: None, expected: Some("there".to_owned()) };
        let document: Value = serde_json::from_str(&super::document(&[difference], &["a rule".to_owned()])).unwrap();
        assert_eq!(document["differences"], json!([{ "path": "tables.a", "actual": null, "expected": "there" }]));
        assert_eq!(document["unknown"], json!(["a rule"]));
    }
}
