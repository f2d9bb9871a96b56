//! Borders between domains: a domain that says what it depends on refers to nothing else.
//!
//! What refers to what is found elsewhere.

use std::collections::BTreeSet;

use super::Resolver;
use super::dependency::{chain, cycles};
use crate::diagnostic::Crossing;
use crate::toml::Span;

impl Resolver<'_, '_, '_> {
    /// Refuses a reference from one file's domain to another's that is not in `depends_on`. `what` refers to what.
    pub(super) fn check_boundary(&mut self, file: usize, span: Span, what: &str, target: usize) {
        let (own, other) = (self.files[file].domain, self.files[target].domain);
        let is_closed = self.allowed.get(own.as_str()).is_some_and(|domains| !domains.contains(other.as_str()));
        if own != other && is_closed {
            let crossing = Crossing { from: own.clone(), to: other.clone(), what: what.to_owned() };
            self.reports[file].crossing(span, crossing);
        }
    }
}

/// Says so where domains depend on each other: their tables may, since foreign keys come after tables, but then no border
/// is left between them.
pub(super) fn note_cycles(resolver: &mut Resolver<'_, '_, '_>) {
    let owned = |domains: &BTreeSet<&str>| domains.iter().map(|domain| (*domain).to_owned()).collect();
    let others = |(domain, named): (&&str, &BTreeSet<&str>)| {
        let named: BTreeSet<&str> = named.iter().copied().filter(|named| named != domain).collect();
        ((*domain).to_owned(), owned(&named))
    };
    for cycle in cycles(resolver.allowed.iter().map(others).collect()) {
        let (Some(first), Some(next)) = (cycle.first(), cycle.get(1)) else { continue };
        let files = resolver.files.iter().enumerate().filter(|(_, node)| node.domain.as_str() == first);
        let places = files.flat_map(|(file, node)| node.depends_on.iter().flatten().map(move |name| (file, name)));
        let place = places.into_iter().find(|(_, name)| name.value == next).map(|(file, name)| (file, name.span));
        if let Some((file, span)) = place {
            resolver.reports[file].note(span, format!("these domains depend on each other: {}", chain(&cycle)));
        }
    }
}
