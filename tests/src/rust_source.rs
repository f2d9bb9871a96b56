//! Just enough understanding of Rust source to state rules about it. It must not state any itself.

/// The source without comments, without what is in strings and characters, and without its unit tests at the end.
///
/// Lines stay where they are.
#[must_use]
pub fn code(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut code = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let word = code.ends_with(is_word);
        let length = literal(rest, word).unwrap_or(0);
        if length > 0 {
            code.extend(rest[..length].chars().filter(|character| *character == '\n'));
            // What stood here was one thing: its neighbours must not become one.
            code.push(' ');
            rest = &rest[length..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

/// The length of the comment, string or character that a text starts with.
fn literal(text: &str, after_word: bool) -> Option<usize> {
    let until = |from: usize, end: &str| text[from..].find(end).map_or(text.len(), |found| from + found + end.len());
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(until(2, "*/"));
    }
    if text.starts_with('"') {
        return Some(quoted(text));
    }
    if let Some(after) = text.strip_prefix('\'') {
        // All else is a lifetime.
        let character = after.chars().next()?;
        let end = if character == '\\' { 2 } else { character.len_utf8() };
        let close = after.get(end..)?.find('\'')?;
        return (close == 0 || character == '\\').then_some(1 + end + close + 1);
    }
    let raw = text.strip_prefix('r').filter(|_| !after_word)?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    raw[hashes..].starts_with('"').then(|| until(hashes + 2, &format!("\"{}", "#".repeat(hashes))))
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (position, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return position + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Every path in [`code`], groups taken apart: `use a::{b, c::d}` is `a::b` and `a::c::d`.
#[must_use]
pub fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    // For each open brace what stands before it, when it is a group of paths.
    let mut groups = vec![String::new()];
    let mut path = String::new();
    for token in tokens(code) {
        let group = groups.last().cloned().unwrap_or_default();
        match token {
            "::" => path.push_str("::"),
            "{" if path.ends_with("::") => groups.push(std::mem::take(&mut path)),
            word if word.starts_with(is_word) && path.ends_with("::") => path.push_str(word),
            other => {
                found.push(std::mem::take(&mut path));
                match other {
                    "{" => groups.push(String::new()),
                    "}" => drop(groups.pop()),
                    word if word.starts_with(is_word) => path = format!("{group}{word}"),
                    _ => {}
                }
            }
        }
    }
    found.push(path);
    found.retain(|path| !path.is_empty());
    found
}

/// Words, `::` and single other characters, without blanks.
fn tokens(code: &str) -> impl Iterator<Item = &str> {
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let length = if is_word(first) {
            rest.find(|other| !is_word(other)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

/// The patterns of every `match` in [`code`], one list for each.
#[must_use]
pub fn matches(code: &str) -> Vec<Vec<String>> {
    code.match_indices("match ")
        .filter(|(position, _)| !code[..*position].ends_with(is_word))
        .map(|(position, _)| patterns(&code[position..]))
        .collect()
}

/// The patterns of the `match` that a text starts with.
fn patterns(text: &str) -> Vec<String> {
    let Some(open) = text.find('{') else {
        return Vec::new();
    };
    let (mut patterns, mut pattern) = (Vec::new(), Some(String::new()));
    let mut depth = 0;
    let mut previous = ' ';
    for character in text[open + 1..].chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        let ends = match (&mut pattern, character) {
            _ if depth < 0 => return patterns,
            (Some(text), '>') if depth == 0 && previous == '=' => {
                text.pop();
                patterns.push(text.trim().trim_start_matches(',').trim().to_owned());
                pattern = None;
                false
            }
            (Some(text), other) => {
                text.push(other);
                false
            }
            // An arm ends at its comma, or at its block; a block inside an expression only makes the next pattern long.
            (None, ',' | '}') => depth == 0,
            (None, _) => false,
        };
        if ends {
            pattern = Some(String::new());
        }
        previous = character;
    }
    patterns
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_has_no_comments_and_no_literals() {
        let source =
            "let a = \"std::fs \\\" {\"; // std::env\nlet b: &'static str = r#\"\"{\"#; /* { */ let c = ['{', '\\''];";
        assert_eq!(code(source), "let a =  ;  \nlet b: &'static str =  ;   let c = [ ,  ];");
        assert_eq!(code("a\n#[cfg(test)]\nmod tests {\nstd::fs"), "a\n");
    }

    #[test]
    fn paths_are_taken_apart() {
        let found =
            paths("use std::{collections::{BTreeMap, btree_map}, fs, io::{self}};\nfn a() { x::y(std::env::var); }");
        for path in ["std::collections::BTreeMap", "std::collections::btree_map", "std::fs", "std::io::self", "x::y"] {
            assert!(found.contains(&path.to_owned()), "{path} in {found:?}");
        }
        assert!(found.contains(&"std::env::var".to_owned()), "{found:?}");
        assert!(!found.iter().any(|path| path.ends_with("fn") && path.contains("::")), "{found:?}");
    }

    #[test]
    fn patterns_are_found() {
        let source = "match a { A::B { c, .. } => { match c { _ => 1 } } A::D(e) | A::F => g(|h| (h, 2)), _ => 3 }";
        assert_eq!(matches(source), [vec!["A::B { c, .. }", "A::D(e) | A::F", "_"], vec!["_"]]);
        assert_eq!(matches("a.matches(b); rematch x { _ => 1 }"), Vec::<Vec<String>>::new());
    }
}
