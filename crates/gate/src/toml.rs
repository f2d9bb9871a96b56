//! TOML line by line, for the few keys that have to be read without a parser.
//!
//! Not a parser: a parser would double what a build script costs. What it does not know is [`TomlLine::Other`], and who asks
//! decides what that means.

use crate::lock::Override;

/// One line of a TOML file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TomlLine<'a> {
    /// Nothing, or a comment.
    Blank,
    /// `[a.b]`, the parts of the name.
    Header(Vec<&'a str>),
    /// `a.b = value`, the value without a comment after it.
    Pair(Vec<&'a str>, &'a str),
    /// Anything else: arrays of tables, lines inside of values, mistakes.
    Other,
}

impl<'a> TomlLine<'a> {
    /// Takes a line apart.
    pub(crate) fn parse(line: &'a str) -> Self {
        let line = without_comment(line).trim();
        if line.is_empty() {
            return Self::Blank;
        }
        if let Some(name) = line.strip_prefix('[') {
            return name.strip_suffix(']').and_then(key).map_or(Self::Other, Self::Header);
        }
        match line.split_once('=') {
            Some((name, value)) => key(name).map_or(Self::Other, |key| Self::Pair(key, value.trim())),
            None => Self::Other,
        }
    }
}

/// The text of a `"basic"` or `'literal'` string without escapes.
pub(crate) fn string(value: &str) -> Option<&str> {
    ['"', '\''].into_iter().find_map(|mark| {
        let text = value.strip_prefix(mark)?.strip_suffix(mark)?;
        (!text.contains([mark, '\\'])).then_some(text)
    })
}

fn without_comment(line: &str) -> &str {
    let mut open = None;
    for (index, character) in line.char_indices() {
        match (open, character) {
            (None, '#') => return &line[..index],
            (None, '"' | '\'') => open = Some(character),
            (Some(mark), _) if mark == character => open = None,
            _ => {}
        }
    }
    line
}

fn key(text: &str) -> Option<Vec<&str>> {
    let is_bare =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    text.split('.').map(|part| Some(part.trim()).filter(is_bare).or_else(|| string(part.trim()))).collect()
}

/// What `metadata.toml` says about the transaction. `None` when it does not say it, or may not be TOML: Diesel then
/// silently takes one of both.
pub(crate) fn run_in_transaction(metadata: &[u8]) -> Option<bool> {
    let text = std::str::from_utf8(metadata).ok()?;
    let mut seen = Vec::new();
    let mut table = Vec::new();
    let mut answer = None;
    for line in text.lines() {
        match TomlLine::parse(line) {
            TomlLine::Blank => {}
            TomlLine::Header(name) => table = name,
            TomlLine::Pair(key, value) if is_scalar(value) => {
                let full = [table.as_slice(), key.as_slice()].concat();
                if full == ["run_in_transaction"] {
                    answer = Some(value.parse().ok()?);
                }
                if seen.contains(&full) {
                    return None;
                }
                seen.push(full);
            }
            TomlLine::Pair(..) | TomlLine::Other => return None,
        }
    }
    answer
}

/// The folders of the migrations that a migration stands for, oldest first, as its `operations.toml` says; none of one that
/// stands for itself. A record that is not as the tool writes it says nothing: the migrations that it stands for are right
/// in any case.
#[must_use]
pub fn replaced(operations: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(operations) else { return Vec::new() };
    let mut lines = text.lines().take_while(|line| !line.starts_with('['));
    if !lines.by_ref().any(|line| TomlLine::parse(line) == TomlLine::Pair(vec!["replaces"], "[")) {
        return Vec::new();
    }
    let items =
        lines.take_while(|line| *line != "]").map(|line| string(line.trim().strip_suffix(',')?).map(str::to_owned));
    items.collect::<Option<_>>().unwrap_or_default()
}

/// Why people changed the SQL of a migration that stands for others, as its `operations.toml` says: in one line, and empty
/// where no reason is given. `None` where it says that the tool wrote all of it.
#[must_use]
pub fn manual_reason(operations: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(operations).ok()?;
    let head = || text.lines().take_while(|line| !line.starts_with('['));
    if !head().any(|line| TomlLine::parse(line) == TomlLine::Pair(vec!["manual"], "true")) {
        return None;
    }
    let reason = head().find_map(|line| line.strip_prefix("manual_reason = "));
    Some(Override::new("", &reason.and_then(unquoted).unwrap_or_default()).reason)
}

/// The text of a string, with the escapes that a text in one line needs.
fn unquoted(value: &str) -> Option<String> {
    let value = value.trim_end();
    if let Some(literal) = value.strip_prefix('\'') {
        return literal.strip_suffix('\'').map(str::to_owned);
    }
    let mut characters = value.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        text.push(if character == '\\' { characters.next()? } else { character });
    }
    Some(text)
}

fn is_scalar(value: &str) -> bool {
    value.parse::<bool>().is_ok() || value.parse::<i64>().is_ok() || string(value).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_taken_apart() {
        assert_eq!(TomlLine::parse("  # a"), TomlLine::Blank);
        assert_eq!(TomlLine::parse("[ a . \"b\" ] # c"), TomlLine::Header(vec!["a", "b"]));
        assert_eq!(TomlLine::parse("a.b = '#' # c"), TomlLine::Pair(vec!["a", "b"], "'#'"));
        for other in ["[[a]]", "a", "= 1", "a b = 1", "[a"] {
            assert_eq!(TomlLine::parse(other), TomlLine::Other, "{other}");
        }
    }

    #[test]
    fn metadata_says_it_explicitly_or_not_at_all() {
        for (text, answer) in [
            ("run_in_transaction = false\n", Some(false)),
            ("# why\r\n\r\n\"run_in_transaction\"=true # yes\r\n", Some(true)),
            ("note = \"x\"\nrun_in_transaction = false\n[more]\nrun_in_transaction = true", Some(false)),
            ("", None),
            ("[more]\nrun_in_transaction = false", None),
            ("run_in_transaction = \"false\"", None),
            ("run_in_transaction = false\nrun_in_transaction = false", None),
            ("run_in_transaction = false\noops", None),
            ("run_in_transaction = False", None),
            ("# run_in_transaction = false", None),
            ("text = \"\"\"\nrun_in_transaction = false\n\"\"\"", None),
            ("\u{feff}run_in_transaction = false", None),
            ("run_in_transaction = false\rx", None),
        ] {
            assert_eq!(run_in_transaction(text.as_bytes()), answer, "{text:?}");
        }
        assert_eq!(run_in_transaction(b"run_in_transaction = false # \xff"), None);
    }

    #[test]
    fn a_record_says_what_it_stands_for() {
        let head = "# Recorded\nformat = 1\nnumber = 3\n";
        let of = |text: &str| replaced(format!("{head}{text}").as_bytes());
        assert_eq!(of("replaces = [\n    \"0001_a\",\n    \"0002_b\",\n]\n"), ["0001_a", "0002_b"]);
        assert_eq!(of("replaces = [\r\n    \"0001_a\",\r\n]\r\n"), ["0001_a"]);
        for nothing in ["", "\n[[operations]]\nop = \"x\"\nreplaces = [\n    \"a\",\n]\n", "replaces = [\n    1,\n]\n"]
        {
            assert_eq!(of(nothing), Vec::<String>::new(), "{nothing}");
        }
    }

    #[test]
    fn a_record_says_why_its_sql_was_changed() {
        let of = |text: &str| manual_reason(format!("format = 1\n{text}").as_bytes());
        let because = |reason: &str| Some(reason.to_owned());
        assert_eq!(of("manual = true\nmanual_reason = \"a # b\"\n"), because("a # b"));
        assert_eq!(of("manual = true\r\nmanual_reason = 'a \"b\" \\'\r\n"), because("a \"b\" \\"));
        assert_eq!(of("manual = true\nmanual_reason = \"it's \\\"b\\\" \\\\\"\n"), because("it's \"b\" \\"));
        assert_eq!(of("manual = true\nmanual_reason = \"a\u{1b}\u{200b}b\"\n"), because("a b"));
        for none in ["manual = true\n", "manual = true\nmanual_reason = 1\n", "manual = true\nmanual_reason = \"\\\"\n"]
        {
            assert_eq!(of(none), because(""), "{none}");
        }
        for generated in ["", "manual_reason = \"a\"\n", "\n[[operations]]\nmanual = true\n"] {
            assert_eq!(of(generated), None, "{generated}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(?s)([\\[\\]a.=\"'#\n]|true|replaces = \\[\n|manual = true\n|manual_reason = |\\\\)*|.*") {
            let _: Option<bool> = run_in_transaction(text.as_bytes());
            drop(replaced(text.as_bytes()));
            drop(manual_reason(text.as_bytes()));
        }
    }
}
