//! What the settings say of the rules. Must not read files.

use std::collections::BTreeMap;

use crate::{Level, Rule};

/// The level of each rule that a setting names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Levels(BTreeMap<&'static str, Level>);

/// Why a setting cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidLevel {
    /// No rule has this name; these resemble it.
    UnknownRule(Vec<&'static str>),
    /// The rule stays an error.
    Fixed,
}

impl Levels {
    /// Sets the level of a rule.
    ///
    /// # Errors
    /// When there is no such rule, or it cannot be lowered.
    pub fn set(&mut self, id: &str, level: Level) -> Result<(), InvalidLevel> {
        let rule = Rule::find(id).ok_or_else(|| InvalidLevel::UnknownRule(Rule::similar(id)))?;
        if rule.is_fixed && level != Level::Error {
            return Err(InvalidLevel::Fixed);
        }
        self.0.insert(rule.id, level);
        Ok(())
    }

    /// What was set for a rule.
    #[must_use]
    pub fn chosen(&self, rule: &Rule) -> Option<Level> {
        self.0.get(rule.id).copied()
    }

    /// Whether a rule can find something at all.
    pub(crate) fn is_on(&self, rule: &Rule) -> bool {
        self.of(rule, false) != Level::Off
    }

    /// What counts for a statement.
    pub(crate) fn of(&self, rule: &Rule, is_generated: bool) -> Level {
        self.chosen(rule).unwrap_or(if rule.is_style && is_generated { Level::Off } else { rule.level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fixed_stays_an_error() {
        let mut levels = Levels::default();
        for level in [Level::Off, Level::Warning] {
            assert_eq!(levels.set("transaction-nesting", level), Err(InvalidLevel::Fixed));
        }
        assert_eq!(levels.set("transaction-nesting", Level::Error), Ok(()));
        assert_eq!(
            levels.set("ban-drop-colum", Level::Off),
            Err(InvalidLevel::UnknownRule(Rule::similar("ban-drop-colum")))
        );
        assert_eq!(levels.set("ban-drop-column", Level::Warning), Ok(()));
        let rule = Rule::find("ban-drop-column").expect("a rule");
        assert_eq!(levels.of(rule, true), Level::Warning);
    }

    #[test]
    fn style_is_quiet_in_generated_sql_until_it_is_set() {
        let rule = Rule::find("ban-char-field").expect("a rule");
        let mut levels = Levels::default();
        assert_eq!((levels.of(rule, true), levels.of(rule, false)), (Level::Off, Level::Warning));
        levels.set(rule.id, Level::Error).expect("it may be set");
        assert_eq!(levels.of(rule, true), Level::Error);
    }
}
