//! The text of a record: lines for operations, one object per line.
//!
//! Leaves out what has its default, and nothing else.

use super::{Record, hint, online, operation};
use crate::toml::{push_key, push_text};

const HEADER: &str = "\
# Recorded by cargo xtask makemigrations. Do not edit: the state before the next migration is rebuilt from this file.
format = 1
";

pub(super) fn write(record: &Record) -> String {
    let mut out = String::from(HEADER);
    out.push_str(&format!("number = {}\n", record.number));
    line(&mut out, "dialect", record.dialect.as_str());
    if record.manual {
        out.push_str("manual = true\n");
    }
    if let Some(reason) = &record.manual_reason {
        line(&mut out, "manual_reason", &reason.text);
        line(&mut out, "manual_sum", &reason.sum);
    }
    if record.baseline {
        out.push_str("baseline = true\n");
    }
    if let Some(step) = record.step {
        online::write_step(&mut out, step);
    }
    if !record.replaces.is_empty() {
        out.push_str("replaces = [\n");
        for folder in &record.replaces {
            out.push_str("    ");
            push_text(&mut out, folder);
            out.push_str(",\n");
        }
        out.push_str("]\n");
    }
    hint::write(&mut out, &record.used_hints);
    for item in &record.operations {
        out.push_str("\n[[operations]]\n");
        line(&mut out, "op", item.tag());
        operation::write(&mut out, item);
    }
    out
}

/// `key = "text"` on a line of its own.
pub(super) fn line(out: &mut String, key: &str, text: &str) {
    push_key(out, key);
    out.push_str(" = ");
    push_text(out, text);
    out.push('\n');
}

/// The same, when there is a text.
pub(super) fn optional_line(out: &mut String, key: &str, text: Option<&String>) {
    if let Some(text) = text {
        line(out, key, text);
    }
}
