//! The name of a domain, validated on entry.
//!
//! Knows nothing of files or packages.

use std::fmt;

/// A domain's name: `[a-z][a-z0-9_-]*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain(String);

/// A name that no domain can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a domain, expected a lower-case letter, then lower-case letters, digits, `_` or `-`")]
pub struct InvalidDomain(pub String);

impl Domain {
    /// Checks the name.
    ///
    /// # Errors
    /// When it does not match `[a-z][a-z0-9_-]*`.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidDomain> {
        let name = name.into();
        let mut characters = name.chars();
        let valid = characters.next().is_some_and(|c| c.is_ascii_lowercase())
            && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
        if valid { Ok(Self(name)) } else { Err(InvalidDomain(name)) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
