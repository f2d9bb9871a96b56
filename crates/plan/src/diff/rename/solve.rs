//! Recorded names to wanted names: all flags and hints about names of one kind, taken together, as one mapping.
//!
//! Knows only names: what carries them, and in which order they change, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::{diagnostic::Diagnostic, diff::Problems, snapshot::Hinted};

/// What is being renamed, for messages, and how.
pub(super) struct Names<'a> {
    /// ``table``, or ``column of table `ticket` ``.
    pub(super) kind: &'a str,
    /// The recorded names, in their order.
    pub(super) present: Vec<&'a String>,
    /// The wanted names, in their order.
    pub(super) wanted: Vec<&'a String>,
    /// `(from, to)` of the flags.
    pub(super) flags: Vec<(String, String)>,
    /// `(from, to)` of the hints, with their places.
    pub(super) hints: Vec<(&'a str, &'a str, &'a Hinted<String>)>,
}

/// Which wanted name each recorded one gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::diff) struct Mapping {
    /// `(from, to)` of what gets another name.
    pub(in crate::diff) pairs: Vec<(String, String)>,
    /// Recorded names of what nobody said becomes of, and that nothing wanted still is.
    pub(in crate::diff) gone: Vec<String>,
    /// Wanted names of what nobody said it was, and that nothing recorded still is.
    pub(in crate::diff) come: Vec<String>,
}

impl Mapping {
    /// The recorded name of what is called `to` afterwards; `None` when it is new.
    pub(in crate::diff) fn before<'a>(&'a self, to: &'a str) -> Option<&'a str> {
        match self.pairs.iter().find(|(_, other)| other == to) {
            Some((from, _)) => Some(from),
            None => (!self.come.iter().any(|name| name == to)).then_some(to),
        }
    }
}

/// A pair that somebody asked for.
struct Wish<'a> {
    from: String,
    to: String,
    /// The place, when it is a hint.
    hint: Option<&'a Hinted<String>>,
}

/// Solves the names of one kind. `is_used` says whether an earlier migration has used a hint `(from, to)`.
pub(super) fn solve(
    names: &Names<'_>,
    is_used: impl Fn(&str, &str) -> bool,
    as_flag: impl Fn(&str, &str) -> String,
    problems: &mut Problems,
) -> Mapping {
    let present: BTreeSet<&str> = names.present.iter().map(|name| name.as_str()).collect();
    let wanted: BTreeSet<&str> = names.wanted.iter().map(|name| name.as_str()).collect();
    let mut wishes: Vec<Wish<'_>> = Vec::new();
    for (from, to) in &names.flags {
        if !present.contains(from.as_str()) || !wanted.contains(to.as_str()) {
            continue;
        }
        match wishes.iter().find(|other| other.from == *from || other.to == *to) {
            Some(other) if other.from == *from && other.to == *to => {}
            Some(other) => problems.flags.push(format!(
                "`--rename {}` and `--rename {}` contradict each other",
                as_flag(&other.from, &other.to),
                as_flag(from, to)
            )),
            None => wishes.push(Wish { from: from.clone(), to: to.clone(), hint: None }),
        }
    }
    let of_flags = wishes.len();
    let mut seen: [BTreeMap<&str, &Hinted<String>>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for (from, to, hint) in &names.hints {
        let is_beaten = wishes[..of_flags].iter().any(|flag| flag.from == **from || flag.to == **to);
        if is_beaten || is_used(from, to) || was_carried_over(names, (&present, &wanted), &is_used, from) {
            continue;
        }
        if from == to {
            let message = format!("{} `{to}` is renamed from itself", names.kind);
            problems.hints.push(Diagnostic::error(&hint.path, hint.span.clone(), message));
            continue;
        }
        let [sources, targets] = &mut seen;
        let first = sources.insert(from, hint).map(|first| (first, "from", from));
        if let Some((first, what, name)) = first.or(targets.insert(to, hint).map(|first| (first, "to", to))) {
            let message = format!("another {} is renamed {what} `{name}` already", names.kind);
            problems.twice(hint, first, message);
            continue;
        }
        if present.contains(from) && wanted.contains(to) {
            wishes.push(Wish { from: (*from).to_owned(), to: (*to).to_owned(), hint: Some(hint) });
        }
    }
    let sources: BTreeSet<&str> = wishes.iter().map(|wish| wish.from.as_str()).collect();
    let targets: BTreeSet<&str> = wishes.iter().map(|wish| wish.to.as_str()).collect();
    for Wish { from, to, hint } in &wishes {
        let source_stays = wanted.contains(from.as_str()) && !targets.contains(from.as_str());
        let target_goes = present.contains(to.as_str()) && !sources.contains(to.as_str());
        if source_stays && target_goes {
            let kind = names.kind;
            let message = format!(
                "{kind} `{from}` cannot become `{to}`: both are recorded and both stay in the snapshots, so that the \
                 `{to}` of today would be dropped"
            );
            let back = as_flag(to, from);
            let help = format!(
                "if they change places, say both: `--rename {back}`; if `{to}` goes, drop it in a migration of its own before; else leave this one out"
            );
            match hint {
                Some(hint) => {
                    problems.hints.push(Diagnostic::error(&hint.path, hint.span.clone(), message).with_help(help));
                }
                None => problems.flags.push(format!("`--rename {}`: {message}; {help}", as_flag(from, to))),
            }
        }
    }
    let left = |names: &[&String], known: &BTreeSet<&str>, taken: &BTreeSet<&str>, given: &BTreeSet<&str>| {
        let is_left = |name: &&&String| {
            !taken.contains(name.as_str()) && (!known.contains(name.as_str()) || given.contains(name.as_str()))
        };
        names.iter().filter(is_left).map(|name| (*name).clone()).collect()
    };
    let gone = left(&names.present, &wanted, &sources, &targets);
    let come = left(&names.wanted, &present, &targets, &sources);
    Mapping { gone, come, pairs: wishes.into_iter().map(|wish| (wish.from, wish.to)).collect() }
}

/// Whether a hint came along with what it is about: it was used under the recorded name of something that is called
/// otherwise now, and nobody has said so yet.
fn was_carried_over(
    names: &Names<'_>,
    (present, wanted): (&BTreeSet<&str>, &BTreeSet<&str>),
    is_used: &impl Fn(&str, &str) -> bool,
    from: &str,
) -> bool {
    present.contains(from)
        && names.present.iter().any(|name| !wanted.contains(name.as_str()) && *name != from && is_used(from, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(
        present: &[&str],
        wanted: &[&str],
        flags: &[(&str, &str)],
        hints: &[(&str, &str)],
    ) -> (Mapping, Problems) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let (present, wanted) = (owned(present), owned(wanted));
        let place = Hinted { value: String::new(), path: "a.toml".to_owned(), span: 0..0 };
        let names = Names {
            kind: "column",
            present: present.iter().collect(),
            wanted: wanted.iter().collect(),
            flags: flags.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(),
            hints: hints.iter().map(|(from, to)| (*from, *to, &place)).collect(),
        };
        let mut problems = Problems::default();
        let mapping = solve(&names, |_, _| false, |from, to| format!("t.{from}:{to}"), &mut problems);
        (mapping, problems)
    }

    fn pairs(mapping: &Mapping) -> String {
        mapping.pairs.iter().map(|(from, to)| format!("{from}{to} ")).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn chains_and_circles_leave_nothing_over() {
        let (mapping, problems) = solved(&["a", "b"], &["b", "c"], &[], &[("a", "b"), ("b", "c")]);
        assert_eq!((pairs(&mapping), mapping.gone, mapping.come), ("ab bc".to_owned(), vec![], vec![]));
        assert_eq!(problems, Problems::default());
        let circle = [("c", "a"), ("a", "b"), ("b", "c")];
        let (mapping, problems) = solved(&["a", "b", "c"], &["a", "b", "c"], &[], &circle);
        assert_eq!((mapping.pairs.len(), mapping.gone.len(), mapping.come.len()), (3, 0, 0));
        assert_eq!(problems, Problems::default());
    }

    #[test]
    fn what_had_the_name_goes() {
        let (mapping, problems) = solved(&["a", "b"], &["b", "c"], &[], &[("a", "b")]);
        assert_eq!(
            (pairs(&mapping), mapping.gone, mapping.come),
            ("ab".to_owned(), vec!["b".into()], vec!["c".into()])
        );
        assert_eq!(problems, Problems::default());
    }

    #[test]
    fn a_name_that_is_used_again_is_new() {
        let (mapping, problems) = solved(&["a"], &["a", "b"], &[], &[("a", "b")]);
        assert_eq!((pairs(&mapping), mapping.gone, mapping.come), ("ab".to_owned(), vec![], vec!["a".into()]));
        assert_eq!(problems, Problems::default());
    }

    #[test]
    fn a_flag_beats_a_hint_and_contradictions_are_errors() {
        let (mapping, problems) = solved(&["a", "b"], &["c", "d"], &[("a", "c")], &[("a", "d"), ("b", "c")]);
        assert_eq!((pairs(&mapping), problems), ("ac".to_owned(), Problems::default()));
        assert_eq!(solved(&["a"], &["b", "c"], &[("a", "b"), ("a", "c")], &[]).1.flags.len(), 1);
        assert_eq!(solved(&["a", "b"], &["c"], &[("a", "c"), ("b", "c")], &[]).1.flags.len(), 1);
        assert_eq!(solved(&["a"], &["b", "c"], &[], &[("a", "b"), ("a", "c")]).1.hints.len(), 1);
        assert_eq!(solved(&["a"], &["a"], &[], &[("a", "a")]).1.hints.len(), 1);
    }

    #[test]
    fn two_that_both_stay_cannot_be_one() {
        assert_eq!(solved(&["a", "b"], &["a", "b"], &[], &[("a", "b")]).1.hints.len(), 1);
        assert_eq!(solved(&["a", "b"], &["a", "b"], &[("a", "b")], &[]).1.flags.len(), 1);
        assert_eq!(solved(&["a", "b"], &["a", "b"], &[("a", "b")], &[("b", "a")]).1, Problems::default());
    }
}
