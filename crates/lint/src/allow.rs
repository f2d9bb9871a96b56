//! Comments `-- lint:allow RULE reason="..."`: which they are, and which statement each is for. Must not decide what they
//! silence.

use makemigrations_sql::{Dialect, tokens};

/// A comment that silences rules for the statement after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Allow {
    /// Where it begins.
    pub(crate) offset: usize,
    /// Where its line ends.
    pub(crate) end: usize,
    pub(crate) rules: Vec<String>,
    pub(crate) has_reason: bool,
}

const MARK: &str = "lint:allow";

/// The comments of a file, in order.
pub(crate) fn allows(text: &str) -> Vec<Allow> {
    let comments = tokens(text, Dialect::Postgres).filter(|token| token.is_line_comment());
    comments.filter_map(|token| parse(token.text, token.start, token.end())).collect()
}

fn parse(comment: &str, offset: usize, end: usize) -> Option<Allow> {
    let inner = comment.trim_start_matches('-').trim();
    let rest = inner.strip_prefix(MARK)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t', ':']) {
        return None;
    }
    let rest = rest.trim_start_matches(':');
    let (names, reason) = rest.split_once("reason=").unwrap_or((rest, ""));
    let reason = reason.trim();
    let inner = reason.strip_prefix('"').and_then(|reason| reason.strip_suffix('"'));
    let has_reason = inner.is_some_and(|text| !text.trim().is_empty());
    let names = names.split([' ', ',', '\t']).filter(|name| !name.is_empty()).map(str::to_owned);
    Some(Allow { offset, end, rules: names.collect(), has_reason })
}

/// Whether nothing but other comments and blanks is between a comment and the statement that starts at `start`.
pub(crate) fn is_before(text: &str, allow: &Allow, start: usize) -> bool {
    if start < allow.end {
        return false;
    }
    let between = &text[allow.end..start];
    // The line before: an empty one ends what a comment is about.
    let has_empty_line = between.replace("\r\n", "\n").contains("\n\n");
    !has_empty_line && tokens(between, Dialect::Postgres).all(|token| token.is_blank() || token.is_line_comment())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read_and_strings_are_not() {
        let text =
            "-- lint:allow ban-drop-column reason=\"nobody reads it\"\nSELECT '-- lint:allow a';\n--lint:allow a, b\n";
        let found = allows(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].rules.as_slice(), found[0].has_reason), (["ban-drop-column".to_owned()].as_slice(), true));
        assert_eq!((found[1].rules.len(), found[1].has_reason), (2, false));
        let select = text.find("SELECT").unwrap();
        assert!(is_before(text, &found[0], select) && !is_before(text, &found[1], select));
    }

    #[test]
    fn a_reason_has_words() {
        for comment in
            ["-- lint:allow a", "-- lint:allow a reason=", "-- lint:allow a reason=\" \"", "-- lint:allow a reason=x"]
        {
            assert!(!allows(comment)[0].has_reason, "{comment}");
        }
        assert!(allows("-- lint:allowed a").is_empty());
    }
}
