//! Compares tables as such: there or not, comment, domain, and what cannot change.
//!
//! What hangs on a table that stays is compared elsewhere.

use super::step::Steps;
use crate::{
    model::Schema,
    operation::{MoveTable, SetTableComment, SetTableSchema},
};

pub(super) fn compare(present: &Schema, target: &Schema, steps: &mut Steps) {
    steps.create_tables = target.tables.keys().filter(|key| !present.tables.contains_key(*key)).cloned().collect();
    steps.drop_tables = present.tables.keys().filter(|key| !target.tables.contains_key(*key)).cloned().collect();
    for (key, known, wanted) in common(present, target) {
        if known.schema != wanted.schema {
            steps.foundations.push(SetTableSchema::new(key, wanted.schema.clone()).into());
        }
        if known.options != wanted.options {
            steps.refused.push(format!(
                "`tables.{key}.options`: no database can change them in place (recorded: {}, wanted: {}): make a new \
                 table, or write the change by hand with `--empty`",
                shown(known.options.as_deref()),
                shown(wanted.options.as_deref())
            ));
        }
        if known.comment != wanted.comment {
            steps.remarks.push(SetTableComment::new(key, wanted.comment.clone()).into());
        }
        if known.domain != wanted.domain {
            steps.remarks.push(MoveTable::new(key, wanted.domain.clone()).into());
        }
    }
}

/// The tables that both schemas have: key, present, wanted.
pub(super) fn common<'a>(
    present: &'a Schema,
    target: &'a Schema,
) -> impl Iterator<Item = (&'a String, &'a crate::model::Table, &'a crate::model::Table)> {
    target.tables.iter().filter_map(|(key, wanted)| present.tables.get(key).map(|known| (key, known, wanted)))
}

fn shown(options: Option<&str>) -> String {
    options.map_or_else(|| "none".to_owned(), |text| format!("`{text}`"))
}
