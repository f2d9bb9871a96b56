//! The rules: one table with names, levels and advice, from which all else is derived. Must not look at SQL.

mod own;
mod squawk;

use crate::finding::Level;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// squawk's name where squawk has the rule.
    pub id: &'static str,
    /// The rows of the hazard table that it stands for.
    pub hazards: &'static [&'static str],
    /// What it is without a setting.
    pub level: Level,
    /// Whether generated SQL is left alone without a setting: there the snapshots say it, and they are reviewed.
    pub is_style: bool,
    /// Whether it is silent about tables that are new since the base: nobody waits for them.
    pub exempts_new: bool,
    /// Whether a setting may lower it.
    pub is_fixed: bool,
    /// What is wrong, as a fragment; `{tables}` are the tables of the statement.
    pub message: &'static str,
    /// How to do it safely.
    pub safe: &'static str,
    pub(crate) source: Source,
}

/// Who finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// squawk's linter, as it is or after a look at the recorded state.
    Squawk(squawk_linter::Rule),
    /// squawk's name and meaning, found with the recorded state.
    Replaced(squawk_linter::Rule),
    /// A rule that squawk does not have.
    Own,
}

/// What counts whatever is new.
const fn always(rule: Rule) -> Rule {
    Rule { exempts_new: false, ..rule }
}

/// What the snapshots decide, and what matters to nobody in a new table.
const fn wished(rule: Rule) -> Rule {
    Rule { is_style: true, ..rule }
}

/// What no setting lowers.
const fn fixed(rule: Rule) -> Rule {
    Rule { exempts_new: false, is_fixed: true, ..rule }
}

/// What snapshots decide.
const fn style(rule: Rule) -> Rule {
    Rule { is_style: true, exempts_new: false, ..rule }
}

impl Rule {
    /// The rule of a name.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        // squawk reads both.
        let id = if id == "prefer-timestamp-tz" { "prefer-timestamptz" } else { id };
        Self::all().find(|rule| rule.id == id)
    }

    /// Every rule: those of squawk, then the others.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        squawk::RULES.into_iter().flatten().chain(own::RULES)
    }

    /// Whether `makemigrations --online` writes another form, which it is silent about.
    #[must_use]
    pub fn has_online_form(&self) -> bool {
        const WITH_ONLINE_FORM: [&str; 10] = [
            "require-concurrent-index-creation",
            "require-concurrent-index-deletion",
            "constraint-missing-not-valid",
            "constraint-before-backfill",
            "adding-foreign-key-constraint",
            "disallowed-unique-constraint",
            "adding-serial-primary-key-field",
            "adding-field-with-default",
            "adding-not-nullable-field",
            "changing-column-type",
        ];
        WITH_ONLINE_FORM.contains(&self.id)
    }

    /// squawk's rule of this meaning.
    #[must_use]
    pub fn squawk(&self) -> Option<squawk_linter::Rule> {
        match self.source {
            Source::Squawk(rule) | Source::Replaced(rule) => Some(rule),
            Source::Own => None,
        }
    }

    /// Names that resemble one that is no rule's, best first.
    #[must_use]
    pub fn similar(id: &str) -> Vec<&'static str> {
        let shares_words = |known: &str| {
            let words: Vec<&str> = id.split('-').filter(|word| word.len() > 2).collect();
            let shared = words.iter().filter(|word| known.split('-').any(|other| other == **word)).count();
            !words.is_empty() && shared * 2 > words.len()
        };
        let mut found: Vec<(f64, &str)> = Self::all()
            .map(|rule| (strsim::jaro_winkler(id, rule.id), rule.id))
            .filter(|(likeness, known)| *likeness > 0.85 || shares_words(known))
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        found.into_iter().take(3).map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let names: BTreeSet<&str> = Rule::all().map(|rule| rule.id).collect();
        assert_eq!(names.len(), Rule::all().count());
        for name in names {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        }
    }

    #[test]
    fn names_of_squawk_are_squawks() {
        for rule in Rule::all() {
            if let Some(squawk) = rule.squawk() {
                assert_eq!(rule.id.parse::<squawk_linter::Rule>().as_ref(), Ok(&squawk));
            } else {
                assert!(rule.id.parse::<squawk_linter::Rule>().is_err(), "{} is squawk's", rule.id);
            }
        }
    }

    #[test]
    fn messages_are_fragments() {
        for Rule { id, message, safe, .. } in Rule::all() {
            for text in [message, safe] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{id}: {text}");
                assert!(
                    text.starts_with("PostgreSQL")
                        || text.starts_with("Diesel")
                        || !text.starts_with(char::is_uppercase),
                    "{id}: {text}"
                );
            }
        }
    }

    #[test]
    fn a_misspelled_name_has_near_ones() {
        assert_eq!(Rule::similar("ban-drop-colum").first(), Some(&"ban-drop-column"));
        assert!(Rule::similar("concurrent-index-creation").contains(&"require-concurrent-index-creation"));
        assert!(Rule::similar("zzz").is_empty());
    }
}
