//! Lists and inline tables as TOML text, entry by entry.
//!
//! What the keys mean, and which of them there are, is the writers' business.

use super::{push_key, push_text};

/// `["a", "b"]`.
pub(crate) fn push_texts(out: &mut String, texts: &[String]) {
    out.push('[');
    for (index, text) in texts.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        push_text(out, text);
    }
    out.push(']');
}

/// An inline table that is being written.
pub(crate) struct Inline<'o> {
    pub(crate) out: &'o mut String,
    is_empty: bool,
}

impl<'o> Inline<'o> {
    pub(crate) fn open(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    /// Begins an entry; the value comes next.
    pub(crate) fn key(&mut self, key: &str) -> &mut String {
        self.out.push_str(if self.is_empty { " " } else { ", " });
        self.is_empty = false;
        push_key(self.out, key);
        self.out.push_str(" = ");
        self.out
    }

    pub(crate) fn text(&mut self, key: &str, text: &str) {
        push_text(self.key(key), text);
    }

    pub(crate) fn optional(&mut self, key: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    pub(crate) fn texts(&mut self, key: &str, texts: &[String]) {
        push_texts(self.key(key), texts);
    }

    pub(crate) fn flag(&mut self, key: &str, flag: bool) {
        if flag {
            self.key(key).push_str("true");
        }
    }

    pub(crate) fn close(self) {
        self.out.push_str(if self.is_empty { "}" } else { " }" });
    }
}
