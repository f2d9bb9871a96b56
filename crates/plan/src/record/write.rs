//! The text of a record: lines for operations, one object per line.
//!
//! Leaves out what has its default, and nothing else.

use super::{Record, operation};
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

/// `["a", "b"]`.
pub(super) fn push_texts(out: &mut String, texts: &[String]) {
    out.push('[');
    for (index, text) in texts.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        push_text(out, text);
    }
    out.push(']');
}

/// An inline table that is being written.
pub(super) struct Inline<'o> {
    pub(super) out: &'o mut String,
    is_empty: bool,
}

impl<'o> Inline<'o> {
    pub(super) fn open(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    /// Begins an entry; the value comes next.
    pub(super) fn key(&mut self, key: &str) -> &mut String {
        self.out.push_str(if self.is_empty { " " } else { ", " });
        self.is_empty = false;
        push_key(self.out, key);
        self.out.push_str(" = ");
        self.out
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        push_text(self.key(key), text);
    }

    pub(super) fn optional(&mut self, key: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    pub(super) fn texts(&mut self, key: &str, texts: &[String]) {
        push_texts(self.key(key), texts);
    }

    pub(super) fn flag(&mut self, key: &str, flag: bool) {
        if flag {
            self.key(key).push_str("true");
        }
    }

    pub(super) fn close(self) {
        self.out.push_str(if self.is_empty { "}" } else { " }" });
    }
}
