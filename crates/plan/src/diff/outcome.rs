//! What became of each hint of the snapshots: used by this plan or an earlier one, overruled, or naming nothing.
//!
//! Reads the plan, and changes nothing about it.

use std::collections::BTreeSet;

use super::{
    Answers,
    given::is_used,
    rename::{Mapping, Mappings},
    step::Steps,
};
use crate::{
    diagnostic::Diagnostic,
    hint::Hint,
    model::Schema,
    operation::Operation,
    snapshot::{Hinted, Wanted},
    toml::nearest,
};

/// What is known of the hints after a plan.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Those that have no effect once the plan is recorded.
    pub(super) used: BTreeSet<Hint>,
    /// What a person should know of those that the plan has not used.
    pub(super) notes: Vec<Diagnostic>,
}

/// The way to get rid of it.
const TIDY: &str = "`cargo xtask makemigrations --tidy` deletes every hint that has been used";

impl Outcome {
    pub(super) fn of(
        (present, target): (&Schema, &Schema),
        wanted: &Wanted,
        answers: &Answers,
        mappings: &Mappings,
        steps: &Steps,
    ) -> Self {
        let mut outcome = Self::default();
        for (key, hint) in &wanted.hints.tables {
            let from = &hint.renamed_from;
            let used = Hint::Table { table: key.clone(), renamed_from: from.value.clone() };
            let nothing = || format!("no table `{}` is recorded", from.value);
            let was = is_used(answers, mappings, &used);
            outcome.rename("renamed_from", from, (key, &from.value), Some(&mappings.tables), was, used, nothing);
        }
        for (key, hints) in &wanted.hints.enums {
            if let Some(hint) = &hints.renamed_from {
                let used = Hint::Enum { key: key.clone(), renamed_from: hint.value.clone() };
                let nothing = || format!("no enum `{}` is recorded", hint.value);
                let was = is_used(answers, mappings, &used);
                outcome.rename("renamed_from", hint, (key, &hint.value), Some(&mappings.enums), was, used, nothing);
            }
            for (from, hint) in &hints.renamed_values {
                let (key, value, renamed_from) = (key.clone(), hint.value.clone(), from.clone());
                let used = Hint::EnumValue { key: key.clone(), value: value.clone(), renamed_from };
                let values = target.enums.get(&key).map(|definition| &definition.values);
                let nothing = || match values.filter(|values| !values.contains(&value)) {
                    Some(values) => {
                        let near = nearest(&value, values.iter().map(String::as_str));
                        let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
                        format!("enum `{key}` has no value `{value}`{near}")
                    }
                    None => format!("no value `{from}` of enum `{key}` is recorded"),
                };
                let was = is_used(answers, mappings, &used);
                outcome.rename("renamed_values", hint, (&value, from), mappings.values.get(&key), was, used, nothing);
            }
        }
        for ((table, column), hints) in &wanted.hints.columns {
            let mapping = mappings.columns.get(table);
            if let Some(hint) = &hints.renamed_from {
                let (table, name) = (table.clone(), column.clone());
                let used = Hint::Column { table: table.clone(), column: name, renamed_from: hint.value.clone() };
                let nothing = || format!("no column `{}` of table `{table}` is recorded", hint.value);
                let was = is_used(answers, mappings, &used);
                outcome.rename("renamed_from", hint, (column, &hint.value), mapping, was, used, nothing);
            }
            // A column that comes with its table has no rows to fill, and none to convert.
            let is_new = mapping.is_none_or(|mapping| mapping.before(column).is_none());
            let is_old_table = mapping.is_some_and(|_| present.tables.contains_key(table));
            if let Some(hint) = &hints.backfill {
                let used = Hint::Backfill { table: table.clone(), column: column.clone(), sql: hint.value.clone() };
                let fills = values_of(steps, table, column).any(|(backfill, _)| backfill.is_some());
                let was = is_used(answers, mappings, &used);
                let state = (was, fills, is_new);
                outcome.value("backfill", hint, used, state, is_old_table, "no existing row needs a value");
            }
            if let Some(hint) = &hints.using {
                let used = Hint::Using { table: table.clone(), column: column.clone(), sql: hint.value.clone() };
                let converts = values_of(steps, table, column).any(|(_, using)| using.is_some());
                let was = is_used(answers, mappings, &used);
                let state = (was, converts, is_new);
                outcome.value("using", hint, used, state, is_old_table, "the column keeps its type");
            }
        }
        outcome
    }

    /// A hint about a name; `mapping` is `None` where what it is about is new as a whole.
    #[expect(clippy::too_many_arguments, reason = "what is known of one hint")]
    fn rename(
        &mut self,
        key: &str,
        hint: &Hinted<String>,
        (to, from): (&str, &str),
        mapping: Option<&Mapping>,
        was_used: bool,
        used: Hint,
        nothing: impl Fn() -> String,
    ) {
        let pairs = mapping.map_or(&[][..], |mapping| &mapping.pairs[..]);
        let is_done = pairs.iter().any(|(source, target)| source == from && target == to);
        let overruled = pairs.iter().find(|(source, target)| (source == from) != (target == to));
        let is_new = mapping.is_none_or(|mapping| mapping.come.iter().any(|name| name == to));
        if is_done || was_used || overruled.is_some() || is_new {
            self.used.insert(used);
        }
        if is_done {
            return;
        }
        match overruled {
            _ if was_used => self.spent(key, hint),
            Some((source, target)) => {
                let message = format!("the hint `{key}` is overruled: `{source}` is renamed to `{target}`");
                self.note(hint, message, None);
            }
            None => self.note(hint, format!("the hint `{key}` names nothing: {}", nothing()), None),
        }
    }

    /// A hint about the values of a column.
    fn value(
        &mut self,
        key: &str,
        hint: &Hinted<String>,
        used: Hint,
        (was_used, is_done, is_new): (bool, bool, bool),
        is_old_table: bool,
        why: &str,
    ) {
        if was_used || is_done || is_new {
            self.used.insert(used);
        }
        if was_used {
            self.spent(key, hint);
        } else if !is_done && is_old_table {
            self.note(hint, format!("the hint `{key}` has nothing to do: {why}"), None);
        }
    }

    fn spent(&mut self, key: &str, hint: &Hinted<String>) {
        self.note(hint, format!("the hint `{key}` has no effect any more and can be deleted"), Some(TIDY));
    }

    fn note(&mut self, hint: &Hinted<String>, message: String, help: Option<&str>) {
        let note = Diagnostic::note(&hint.path, hint.span.clone(), message);
        self.notes.push(match help {
            Some(help) => note.with_help(help),
            None => note,
        });
    }
}

/// What the plan says of a column's values: for existing rows, and for the new type.
fn values_of<'a>(
    steps: &'a Steps,
    table: &'a str,
    column: &'a str,
) -> impl Iterator<Item = (Option<&'a String>, Option<&'a String>)> {
    let all = steps.add_columns.iter().chain(&steps.alter_columns).chain(&steps.add_generated);
    all.filter_map(move |step| match step {
        Operation::AddColumn(add) if add.table == table && add.column == column => Some((add.backfill.as_ref(), None)),
        Operation::AlterColumn(alter) if alter.table == table && alter.column == column => {
            Some((alter.backfill.as_ref(), alter.using.as_ref()))
        }
        _ => None,
    })
}
