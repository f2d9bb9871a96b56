//! Borders between domains: a domain that says what it depends on refers to nothing else.
//!
//! What refers to what is found elsewhere.

use super::Resolver;

impl Resolver<'_, '_, '_> {
    /// Refuses a reference from one file's domain to another's that is not in `depends_on`. `what` is the first half of
    /// the message: what refers to what.
    pub(super) fn check_boundary(&mut self, file: usize, span: crate::toml::Span, what: &str, target: usize) {
        let (own, other) = (self.files[file].domain, self.files[target].domain);
        let is_closed = self.allowed.get(own.as_str()).is_some_and(|domains| !domains.contains(other.as_str()));
        if own != other && is_closed {
            let message = format!("{what} of domain `{other}`, which is not in `depends_on`");
            self.error_with_help(file, span, message, format!("add \"{other}\" to `depends_on` of domain `{own}`"));
        }
    }
}
