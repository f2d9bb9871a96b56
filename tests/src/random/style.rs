//! Other ways to write a SQL text: case, blanks, line ends, comments, quotes that no name needs. It must not change what
//! the text means.

use super::chance::Chance;
use super::draft::Draft;

/// What can stand between two words. Quotes, parentheses and semicolons in comments are nobody's.
const BLANKS: [&str; 8] =
    [" ", "\t", "\r\n", "\n  ", "  ", " /* it's (not \"here\"; */ ", " -- a remark's ')\n", "/**/ \t"];
const NESTED: &str = " /* one /* two */ three ' */ ";
const NOT_NESTED: &str = " /* one /* two ' */ ";
/// A `--` comment at the end of a text is refused.
const ENDS: [&str; 6] = ["", "", "", " /* the end's; */", " /*(*/ ", "\r\n\t"];
/// Names that need their quotes although they are plain.
const RESERVED: [&str; 3] = ["order", "user", "select"];

/// The text as somebody else would write it.
pub(crate) fn styled(draft: &Draft, sql: &str) -> String {
    if draft.style == 0 {
        return sql.to_owned();
    }
    let mut chance = Chance::new(draft.style);
    let nested = if draft.is_postgres() { NESTED } else { NOT_NESTED };
    let mut text = String::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted(rest, '\''),
            '"' => quoted(rest, '"'),
            '$' if rest.starts_with("$$") => rest[2..].find("$$").map_or(rest.len(), |end| end + 4),
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            c if is_of_word(c) => rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        match first {
            '"' if is_plain(&piece[1..length - 1]) && chance.one_in(2) => {
                cased(&mut text, &piece[1..length - 1], &mut chance);
            }
            c if c.is_whitespace() && chance.one_in(12) => text.push_str(nested),
            c if c.is_whitespace() => {
                let blank = if chance.one_in(2) { piece } else { chance.of(&BLANKS) };
                text.push_str(blank);
            }
            c if c.is_ascii_alphabetic() || c == '_' => cased(&mut text, piece, &mut chance),
            _ => text.push_str(piece),
        }
        rest = after;
    }
    text + chance.of(&ENDS)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !RESERVED.contains(&name)
}

/// The length of what stands in quotes, with them.
fn quoted(text: &str, quote: char) -> usize {
    let mut places = text.char_indices().skip(1).peekable();
    while let Some((place, c)) = places.next() {
        if c == quote && places.next_if(|(_, next)| *next == quote).is_none() {
            return place + 1;
        }
    }
    text.len()
}

fn cased(text: &mut String, word: &str, chance: &mut Chance) {
    match chance.below(4) {
        0 => text.push_str(&word.to_ascii_uppercase()),
        1 => text.extend(word.chars().map(|c| if chance.one_in(2) { c.to_ascii_uppercase() } else { c })),
        _ => text.push_str(word),
    }
}
