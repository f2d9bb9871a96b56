//! Partition keys: PostgreSQL changes no type of a column in one, and takes none of them away.
//!
//! Refuses such a plan; whether a table is partitioned is not decided here.

use super::{quote_key, step::Steps, table::common};
use crate::{
    model::{Dialect, Schema},
    operation::Operation,
};

/// Refuses every step that changes what a table is partitioned by. `renamed` is the present schema under its new names.
pub(super) fn refuse(dialect: Dialect, renamed: &Schema, target: &Schema, steps: &mut Steps) {
    match dialect {
        Dialect::Postgres => {}
        Dialect::Sqlite => return,
    }
    let mut refused = Vec::new();
    for (key, known, wanted) in common(renamed, target) {
        let partitioned = known.partition_columns();
        for column in known.columns.keys().filter(|column| partitioned.contains(*column)) {
            let place = format!("tables.{}.columns.{}", quote_key(key), quote_key(column));
            let enum_key = wanted.columns.get(column).and_then(|column| column.data_type.enum_key());
            let changes = steps.alter_columns.iter().chain(&steps.drop_columns).chain(&steps.foundations);
            refused.extend(changes.filter_map(|step| match step {
                Operation::DropColumn(drop) if (&drop.table, &drop.column) == (key, column) => Some(format!(
                    "`{place}`: table `{key}` is partitioned by it, and PostgreSQL drops no column of a partition key"
                )),
                Operation::AlterColumn(alter) if (&alter.table, &alter.column) == (key, column) => {
                    let before = &known.columns[column];
                    let is_retyped = before.data_type.storage() != alter.definition.data_type.storage()
                        || before.collation != alter.definition.collation;
                    is_retyped.then(|| {
                        format!(
                            "`{place}`: table `{key}` is partitioned by it, and PostgreSQL changes no type of a partition \
                             key"
                        )
                    })
                }
                Operation::SetEnumValues(set) if Some(set.key.as_str()) == enum_key => Some(format!(
                    "`enums.{}`: its values go or change places, which makes the type anew, and table `{key}` is \
                     partitioned by a column of it (`{place}`): PostgreSQL changes no type of a partition key",
                    quote_key(&set.key)
                )),
                _ => None,
            }));
        }
    }
    let advice = "keep it as it is, or make a new table and copy the rows by hand with `--empty`";
    steps.refused.extend(refused.into_iter().map(|text| format!("{text}: {advice}")));
}
