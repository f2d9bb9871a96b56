//! Lines of a snapshot file: keys, texts, and SQL over several lines.
//!
//! Knows nothing of what the keys mean.

use crate::toml::{push_key, push_text, push_texts};

/// Lists longer than this get a line for every text.
const WIDTH: usize = 100;

/// `[tables.ticket.columns]` after an empty line, or with two brackets for an element of a list.
pub(super) fn push_header(out: &mut String, path: &[&str], is_element: bool) {
    let (open, close) = if is_element { ("[[", "]]") } else { ("[", "]") };
    out.push('\n');
    out.push_str(open);
    for (index, key) in path.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "." });
        push_key(out, key);
    }
    out.push_str(close);
    out.push('\n');
}

/// `key = ` and the value, which `push` writes.
pub(super) fn push_value(out: &mut String, key: &str, push: impl FnOnce(&mut String)) {
    push_key(out, key);
    out.push_str(" = ");
    push(out);
    out.push('\n');
}

/// `key = "text"`, when there is a text.
pub(super) fn push_line(out: &mut String, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        push_value(out, key, |out| push_text(out, text));
    }
}

/// `key = true`, when it is.
pub(super) fn push_flag(out: &mut String, key: &str, flag: bool) {
    if flag {
        push_value(out, key, |out| out.push_str("true"));
    }
}

/// `key = ["a", "b"]`; a long list one text a line.
pub(super) fn push_list<'t>(out: &mut String, key: &str, texts: impl IntoIterator<Item = &'t String>) {
    let texts: Vec<String> = texts.into_iter().cloned().collect();
    if texts.is_empty() {
        return;
    }
    let mut line = String::new();
    push_texts(&mut line, &texts);
    if key.len() + line.len() <= WIDTH {
        return push_value(out, key, |out| out.push_str(&line));
    }
    push_value(out, key, |out| {
        out.push_str("[\n");
        for text in &texts {
            out.push_str("    ");
            push_text(out, text);
            out.push_str(",\n");
        }
        out.push(']');
    });
}

/// `key = "SQL"`; SQL over several lines stays so, with the marks on lines of their own. Blanks around SQL mean nothing
/// to the reader, so that the last line end adds nothing.
pub(super) fn push_sql(out: &mut String, key: &str, sql: &str) {
    let is_plain = sql.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control());
    if !sql.contains('\n') || !is_plain {
        return push_line(out, key, Some(sql));
    }
    push_value(out, key, |out| {
        if sql.contains("'''") {
            let escaped = sql.replace('\\', "\\\\").replace("\"\"\"", "\"\"\\\"");
            out.push_str(&format!("\"\"\"\n{escaped}\n\"\"\""));
        } else {
            out.push_str(&format!("'''\n{sql}\n'''"));
        }
    });
}
