//! Percent-encoding. Must not repeat what it decodes in an error: it can be a password.

use crate::error::Error;

pub(super) fn decode(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (high, low) = match tail {
            [high, low, ..] => (digit(*high), digit(*low)),
            _ => (None, None),
        };
        let (Some(high), Some(low)) = (high, low) else {
            return Err(Error::url("a `%` in it is not followed by two hexadecimal digits; write `%` itself as `%25`"));
        };
        bytes.push(high * 16 + low);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|_| Error::url("a part of it is not UTF-8 after decoding its `%` signs"))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
