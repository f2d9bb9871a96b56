//! The file `.env`: `NAME=value` lines as the Diesel command line reads them. Must not repeat a value in an error: any can
//! be a password.

use std::{collections::BTreeMap, path::Path};

use crate::error::{CliError, Result};

/// A larger one is no list of variables.
const MOST_BYTES: u64 = 1 << 20;

/// The variables in a `.env` file.
#[derive(Debug, Default)]
pub(crate) struct EnvFile {
    variables: BTreeMap<String, String>,
    /// The line, from 1, of the first that cannot be read.
    broken: Option<usize>,
    path: String,
}

impl EnvFile {
    /// Reads it. Empty where there is none; what is there and cannot be read is an error, since it could have named the
    /// database. `outer` are the variables that values can refer to.
    pub(crate) fn read(path: &Path, outer: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let refuse = |why: &str| {
            CliError::usage(format!("`{}` is there and cannot be read: {why}", path.display()))
                .hint("make it a file that can be read, or remove it")
        };
        // The link itself: one that leads nowhere is there.
        match std::fs::symlink_metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(refuse(&error.to_string())),
            Ok(_) => {}
        }
        let metadata = std::fs::metadata(path).map_err(|error| refuse(&error.to_string()))?;
        if !metadata.is_file() {
            return Err(CliError::usage(format!("`{}` is not a plain file", path.display()))
                .hint("set the variable itself, or give `--database-url`"));
        }
        if metadata.len() > MOST_BYTES {
            return Err(refuse("it is larger than 1 MiB"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| refuse(&error.to_string()))?;
        Ok(Self { path: path.display().to_string(), ..Self::parse(&text, outer) })
    }

    fn parse(text: &str, outer: impl Fn(&str) -> Option<String>) -> Self {
        let mut file = Self::default();
        let mut reader = Reader { rest: text.trim_start_matches('\u{feff}').chars().peekable(), line: 1 };
        while reader.skip_to_variable() {
            let line = reader.line;
            let lookup = |name: &str| outer(name).or_else(|| file.variables.get(name).cloned()).unwrap_or_default();
            match reader.variable(lookup) {
                Ok((name, value)) => {
                    // The first one counts.
                    file.variables.entry(name).or_insert(value);
                }
                Err(Broken) => {
                    file.broken.get_or_insert(line);
                    reader.skip_line();
                }
            }
        }
        file
    }

    /// A variable that is not empty. Lines of other programs that cannot be read are passed over as long as it is found.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>> {
        match (self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty()), self.broken) {
            (Some(value), _) => Ok(Some(value)),
            (None, None) => Ok(None),
            (None, Some(line)) => Err(CliError::usage(format!("`{}:{line}` is not `NAME=value`", self.path))
                .hint("quote values with spaces or special characters")),
        }
    }

    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }
}

/// A line that is no `NAME=value`.
struct Broken;

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    /// Skips blank lines and comments. Whether something follows.
    fn skip_to_variable(&mut self) -> bool {
        loop {
            self.skip_blanks();
            match self.rest.peek() {
                None => return false,
                Some('\n' | '\r') => drop(self.next()),
                Some('#') => self.skip_line(),
                Some(_) => return true,
            }
        }
    }

    /// The variable that starts here.
    fn variable(&mut self, lookup: impl Fn(&str) -> String) -> std::result::Result<(String, String), Broken> {
        let mut name = self.word()?;
        self.skip_blanks();
        if name == "export" && self.rest.peek() != Some(&'=') {
            name = self.word()?;
            self.skip_blanks();
        }
        if self.rest.next_if_eq(&'=').is_none() {
            return Err(Broken);
        }
        self.skip_blanks();
        self.value(lookup).map(|value| (name, value))
    }

    fn value(&mut self, lookup: impl Fn(&str) -> String) -> std::result::Result<String, Broken> {
        let mut value = String::new();
        let mut quote = None;
        loop {
            match (self.rest.peek().copied(), quote) {
                (None | Some('\n' | '\r'), None) => return Ok(value),
                (None, Some(_)) => return Err(Broken),
                (Some('#'), None) if value.is_empty() => {
                    self.skip_line();
                    return Ok(value);
                }
                (Some(' ' | '\t'), None) => {
                    self.skip_blanks();
                    return match self.rest.peek() {
                        None | Some('\n' | '\r') => Ok(value),
                        Some('#') => {
                            self.skip_line();
                            Ok(value)
                        }
                        Some(_) => Err(Broken),
                    };
                }
                (Some(mark @ ('\'' | '"')), None) => {
                    quote = Some(mark);
                    self.next();
                }
                (Some(character), Some(mark)) if character == mark => {
                    quote = None;
                    self.next();
                }
                (Some('\\'), None | Some('"')) => {
                    self.next();
                    match self.next() {
                        Some('n') => value.push('\n'),
                        Some(character @ ('\\' | '\'' | '"' | '$' | ' ')) => value.push(character),
                        _ => return Err(Broken),
                    }
                }
                (Some('$'), None | Some('"')) => {
                    self.next();
                    value += &lookup(&self.reference()?);
                }
                (Some(character), _) => {
                    value.push(character);
                    self.next();
                }
            }
        }
    }

    /// What follows a `$`: a name, or one in braces.
    fn reference(&mut self) -> std::result::Result<String, Broken> {
        let is_braced = self.rest.next_if_eq(&'{').is_some();
        let mut name = String::new();
        while let Some(character) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(character);
        }
        if is_braced && self.rest.next_if_eq(&'}').is_none() {
            return Err(Broken);
        }
        Ok(name)
    }

    fn word(&mut self) -> std::result::Result<String, Broken> {
        let mut word = String::new();
        while let Some(character) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
            word.push(character);
        }
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if is_name { Ok(word) } else { Err(Broken) }
    }

    fn skip_blanks(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    }

    fn skip_line(&mut self) {
        while self.rest.peek().is_some_and(|c| *c != '\n') {
            self.next();
        }
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.next();
        self.line += usize::from(character == Some('\n'));
        character
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> EnvFile {
        EnvFile::parse(text, |name| (name == "OUTER").then(|| "out".to_owned()))
    }

    #[test]
    fn lines_are_read_as_the_diesel_command_line_reads_them() {
        let file = parse(
            "\u{feff}# comment\n\nA=1\r\n export B = two # rest\nC='a b $A'\nD=\"x\\n${A}$OUTER\\$\"\nE=a#b\nF=\nexport=g\nA=2\n\
             H=\"two\nlines\"\nI='it'\"s\"",
        );
        assert_eq!(file.broken, None);
        let get = |name| file.get(name).ok().flatten();
        assert_eq!((get("A"), get("B"), get("C")), (Some("1"), Some("two"), Some("a b $A")));
        assert_eq!((get("D"), get("E"), get("F")), (Some("x\n1out$"), Some("a#b"), None));
        assert_eq!((get("export"), get("H"), get("I")), (Some("g"), Some("two\nlines"), Some("its")));
    }

    #[test]
    fn a_broken_line_is_not_repeated() {
        let file = parse("A=1\nDATABASE_URL=postgres://u:secret@h/d\n");
        assert_eq!(file.get("DATABASE_URL").unwrap(), Some("postgres://u:secret@h/d"));
        assert_eq!(file.get("OTHER").unwrap(), None);
        let file = parse("A=b c\nDATABASE_URL=a.db\n");
        assert_eq!(file.get("DATABASE_URL").unwrap(), Some("a.db"));
        for text in ["A=1\nDATABASE_URL secret 'x\n", "B=2\n1SECRET=secret\n", "A=1\nX='secret\n"] {
            let file = EnvFile { path: "app/.env".to_owned(), ..parse(text) };
            let error = file.get("DATABASE_URL").unwrap_err();
            assert!(
                error.message.starts_with("`app/.env:2`") && !error.message.contains("secret"),
                "{}",
                error.message
            );
        }
    }
}
