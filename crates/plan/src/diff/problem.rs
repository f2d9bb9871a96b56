//! What is wrong with flags and hints, collected so that all of it is said at once.
//!
//! Decides nothing: who finds something says it.

use super::Stop;
use crate::{diagnostic::Diagnostic, snapshot::Hinted};

/// Flags and hints that cannot be done.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Problems {
    /// Flags that name nothing, or contradict each other.
    pub(super) flags: Vec<String>,
    /// Hints that cannot be done, with their places.
    pub(super) hints: Vec<Diagnostic>,
}

impl Problems {
    /// A hint that says again what another one says already.
    pub(super) fn twice(&mut self, hint: &Hinted<String>, first: &Hinted<String>, message: String) {
        let help = format!("the other one is in `{}`: delete the one that is wrong", first.path);
        self.hints.push(Diagnostic::error(&hint.path, hint.span.clone(), message).with_help(help));
    }

    /// Nothing, or why there is no plan.
    pub(super) fn result(&mut self) -> Result<(), Stop> {
        if !self.hints.is_empty() {
            let mut hints = std::mem::take(&mut self.hints);
            hints.sort_by(|a, b| (&a.path, a.span.start).cmp(&(&b.path, b.span.start)));
            return Err(Stop::InvalidHints(hints));
        }
        if !self.flags.is_empty() {
            return Err(Stop::UnknownAnswers(std::mem::take(&mut self.flags)));
        }
        Ok(())
    }
}
