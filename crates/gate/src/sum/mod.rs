//! The checksum of a file: SHA-256 of its bytes, CRLF read as LF.
//!
//! Nothing else is made equal: a byte order mark, a lone CR, a missing last newline are edits.

mod sha256;

use sha256::Sha256;
use std::fmt;
use std::str::FromStr;

/// A SHA-256 sum. Shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sum([u8; 32]);

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
        let mut text = String::with_capacity(2 * self.0.len());
        text.extend(self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
        f.write_str(&text)
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a [`Sum`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotASum;

impl FromStr for Sum {
    type Err = NotASum;

    /// Takes exactly what `Display` gives: upper-case digits are refused.
    fn from_str(text: &str) -> Result<Self, NotASum> {
        let digits = text.as_bytes();
        let mut sum = [0; 32];
        if digits.len() != 2 * sum.len() {
            return Err(NotASum);
        }
        for (byte, pair) in sum.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = 16 * digit(pair[0])? + digit(pair[1])?;
        }
        Ok(Self(sum))
    }
}

fn digit(character: u8) -> Result<u8, NotASum> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(NotASum),
    }
}

/// The sum of a file's bytes, CRLF read as LF.
#[must_use]
pub fn sum(bytes: &[u8]) -> Sum {
    let mut hasher = Sha256::new();
    if bytes.contains(&b'\r') {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_suffix(b"\r\n") {
                Some(text) => {
                    hasher.update(text);
                    hasher.update(b"\n");
                }
                None => hasher.update(line),
            }
        }
    } else {
        hasher.update(bytes);
    }
    Sum(hasher.finish())
}

/// What alone was done to a file that had `expected`, where that can be guessed: an editor's doing more often than a
/// person's.
pub(crate) fn difference(bytes: &[u8], expected: &Sum) -> Option<&'static str> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let is = |bytes: &[u8]| sum(bytes) == *expected;
    let without_newline = bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n"));
    if bytes.strip_prefix(MARK).is_some_and(is) {
        Some("a byte order mark was added")
    } else if is(&[MARK, bytes].concat()) {
        Some("the byte order mark was removed")
    } else if is(&[bytes, b"\n"].concat()) {
        Some("the last newline was removed")
    } else if without_newline.is_some_and(is) {
        Some("a newline was added at the end")
    } else if bytes.contains(&b'\r')
        && is(&bytes.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect::<Vec<_>>())
    {
        Some("the line ends became lone carriage returns")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_sha256_in_lower_case() {
        assert_eq!(sum(b"abc").to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn only_crlf_is_read_as_lf() {
        assert_eq!(sum(b"a\r\nb\r\n"), sum(b"a\nb\n"));
        for other in ["a\rb\n", "a\nb", "\u{feff}a\nb\n", "a\n\nb\n", "a\n\rb\n", "a\r\r\nb\n", "a \nb\n"] {
            assert_ne!(sum(other.as_bytes()), sum(b"a\nb\n"), "{other:?}");
        }
    }

    #[test]
    fn only_what_display_gives_is_a_sum() {
        let text = sum(b"").to_string();
        assert_eq!(text.parse(), Ok(sum(b"")));
        for wrong in [&text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('e', "g"), ""] {
            assert_eq!(wrong.parse::<Sum>(), Err(NotASum), "{wrong}");
        }
    }

    #[test]
    fn says_what_an_editor_did() {
        let expected = sum(b"a\nb\n");
        for (bytes, said) in [
            ("\u{feff}a\r\nb\r\n", Some("a byte order mark was added")),
            ("a\nb", Some("the last newline was removed")),
            ("a\nb\n\n", Some("a newline was added at the end")),
            ("a\rb\r", Some("the line ends became lone carriage returns")),
            ("a\nc\n", None),
        ] {
            assert_eq!(difference(bytes.as_bytes(), &expected), said, "{bytes:?}");
        }
        assert_eq!(difference(b"a", &sum("\u{feff}a".as_bytes())), Some("the byte order mark was removed"));
    }

    proptest! {
        #[test]
        fn a_crlf_checkout_has_the_same_sum(text in "[a-z\n]*") {
            prop_assert_eq!(sum(text.as_bytes()), sum(text.replace('\n', "\r\n").as_bytes()));
        }
    }
}
