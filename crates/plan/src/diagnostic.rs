//! What the planner says about a place in a file: message, byte range, help.
//!
//! Only data: the command line draws it (source line, underline, colours).

use std::ops::Range;

use crate::model::Domain;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Worth a look; the command goes on.
    Warning,
    /// Something that can be tidied up, such as a hint that has done its work.
    Note,
}

/// One finding about one place of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as the caller named it.
    pub path: String,
    /// Byte offsets into the file's text.
    pub span: Range<usize>,
    /// What is wrong: a lower-case fragment, names in backticks.
    pub message: String,
    /// What to do about it, when that is known.
    pub help: Option<String>,
    /// Where a domain reaches for one that it does not depend on.
    pub crossing: Option<Box<Crossing>>,
}

/// A reference over the border between two domains that should not be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// The domain that refers.
    pub from: Domain,
    /// The domain that it does not say it depends on.
    pub to: Domain,
    /// What refers to what: ``table `ticket` references `house` through `house_id` ``.
    pub what: String,
}

impl Diagnostic {
    /// An error at `span` of `path`.
    pub fn error(path: impl Into<String>, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, path: path.into(), span, message: message.into(), help: None, crossing: None }
    }

    /// A warning at `span` of `path`.
    pub fn warning(path: impl Into<String>, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, span, message) }
    }

    /// A note at `span` of `path`.
    pub fn note(path: impl Into<String>, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(path, span, message) }
    }

    /// An error at `span` of `path`: a reference over a border.
    pub(crate) fn crossing(path: &str, span: Range<usize>, crossing: Crossing) -> Self {
        let Crossing { from, to, what } = &crossing;
        let message = format!("{what}: domain `{from}` reaches for `{to}`, which is not in its `depends_on`");
        let help = format!("add \"{to}\" to `depends_on` of domain `{from}`");
        Self { crossing: Some(Box::new(crossing)), ..Self::error(path, span, message).with_help(help) }
    }

    /// The same with a line of help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
