//! Keys and strings as TOML text.
//!
//! Every string is written on one line, line ends escaped: a checkout that turns LF into CRLF must not change a value.

/// Appends a key: bare when it can be, else as a string.
pub(crate) fn push_key(out: &mut String, key: &str) {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if bare {
        out.push_str(key);
    } else {
        push_text(out, key);
    }
}

/// Appends a string: `"..."`, or `'...'` where that saves escapes.
pub(crate) fn push_text(out: &mut String, text: &str) {
    let has_control = text.chars().any(|c| c.is_control() && c != '\t');
    if text.contains(['"', '\\']) && !text.contains('\'') && !has_control {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
        return;
    }
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
