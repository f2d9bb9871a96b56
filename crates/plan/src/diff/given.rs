//! What people said about the values of columns: a flag beats a hint, and a hint counts until a migration has used it.
//!
//! Must not decide whether a value is needed.

use std::collections::BTreeMap;

use super::{Answers, rename::Mappings};
use crate::{hint::Hint, model::Dialect, snapshot::Wanted};

/// The open hints of one column.
#[derive(Debug, Default)]
struct OpenHints<'a> {
    backfill: Option<&'a String>,
    using: Option<&'a String>,
}

/// Values for existing rows and conversions, by the wanted names.
pub(super) struct Given<'a> {
    pub(super) dialect: Dialect,
    pub(super) answers: &'a Answers,
    hints: BTreeMap<(&'a str, &'a str), OpenHints<'a>>,
}

impl<'a> Given<'a> {
    pub(super) fn new(dialect: Dialect, wanted: &'a Wanted, answers: &'a Answers, mappings: &Mappings) -> Self {
        let mut hints = BTreeMap::new();
        for ((table, column), hint) in &wanted.hints.columns {
            let is_open = |hint: &Hint| !is_used(answers, mappings, hint);
            let (key, name) = (table.clone(), column.clone());
            let backfill = hint.backfill.as_ref().map(|hint| &hint.value);
            let backfill = backfill.filter(|sql| {
                is_open(&Hint::Backfill { table: key.clone(), column: name.clone(), sql: (*sql).clone() })
            });
            let using = hint.using.as_ref().map(|hint| &hint.value);
            let using = using
                .filter(|sql| is_open(&Hint::Using { table: key.clone(), column: name.clone(), sql: (*sql).clone() }));
            hints.insert((table.as_str(), column.as_str()), OpenHints { backfill, using });
        }
        Self { dialect, answers, hints }
    }

    pub(super) fn backfill(&self, table: &str, column: &str) -> Option<String> {
        let flag = self.answers.backfills.get(&(table.to_owned(), column.to_owned()));
        flag.or_else(|| self.hints.get(&(table, column))?.backfill).cloned()
    }

    /// Whether the conversion has been recorded without a word, by a version that did not ask.
    pub(super) fn is_accepted(&self, table: &str, column: &str) -> bool {
        self.answers.conversions.contains(&(table.to_owned(), column.to_owned()))
    }

    pub(super) fn using(&self, table: &str, column: &str) -> Option<String> {
        let flag = self.answers.usings.get(&(table.to_owned(), column.to_owned()));
        flag.or_else(|| self.hints.get(&(table, column))?.using).cloned()
    }
}

/// Whether a migration has used a hint that stands under a wanted name: it may have done so under the recorded one.
pub(super) fn is_used(answers: &Answers, mappings: &Mappings, hint: &Hint) -> bool {
    if answers.used.contains(hint) {
        return true;
    }
    recorded(mappings, hint).is_some_and(|hint| answers.used.contains(&hint))
}

/// The hint under the recorded names of what it is about.
fn recorded(mappings: &Mappings, hint: &Hint) -> Option<Hint> {
    let owned = str::to_owned;
    let table_before = |table: &str| mappings.tables.before(table).map(owned);
    let column_before =
        |table: &str, column: &str| mappings.columns.get(table).and_then(|mapping| mapping.before(column).map(owned));
    let mut hint = hint.clone();
    match &mut hint {
        Hint::Table { table, .. } => *table = table_before(table)?,
        Hint::Column { table, column, .. }
        | Hint::Backfill { table, column, .. }
        | Hint::Using { table, column, .. } => {
            *column = column_before(table, column)?;
            *table = table_before(table)?;
        }
        Hint::Enum { key, .. } | Hint::EnumValue { key, .. } => *key = mappings.enums.before(key).map(owned)?,
    }
    Some(hint)
}
