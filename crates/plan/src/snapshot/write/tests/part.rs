//! Constraints and indexes of made-up tables.
//!
//! Foreign keys need other tables and are made by `maker`.

use std::collections::BTreeMap;

use super::maker::Maker;
use super::strategy::PartSeed;
use crate::model::name::NameKind;
use crate::model::{
    Check, Column, Deferrable, Dialect, Exclusion, ExclusionElement, Index, IndexColumn, IndexTarget, Nulls, Table,
    Unique,
};
use crate::snapshot::resolve::index::name_part;

impl Maker {
    pub(super) fn add_part(&mut self, table: &mut Table, seed: &PartSeed) {
        let columns = picked(table, seed, |_| true);
        let postgres = self.is_postgres();
        let flag = |bit: u16| seed.flags & (1 << bit) != 0;
        match seed.kind {
            0 => {
                let name = self.constraint(NameKind::Unique, &table.name, &columns, seed);
                let deferrable = [Deferrable::Immediate, Deferrable::Deferred][usize::from(flag(0))];
                let deferrable = Some(deferrable).filter(|_| postgres && flag(1) && flag(2));
                let spare = table.columns.keys().find(|column| !columns.contains(column)).cloned();
                let include = spare.into_iter().filter(|_| postgres && flag(3) && flag(4)).collect();
                let unique =
                    Unique { columns, nulls_not_distinct: postgres && flag(5) && flag(6), deferrable, include };
                table.unique.insert(name, unique);
            }
            1 => {
                let kind = if flag(0) { NameKind::Unique } else { NameKind::Index };
                let index = Index {
                    columns: columns.iter().map(|column| IndexColumn::plain(column.as_str())).collect(),
                    unique: true,
                    nulls_not_distinct: postgres && flag(0) && flag(1),
                    predicate: Some(seed.sql.clone()),
                    method: None,
                    include: Vec::new(),
                    with: BTreeMap::new(),
                };
                let name = self.constraint(kind, &table.name, &columns, seed);
                table.indexes.insert(name, index);
            }
            2 => {
                let index = self.index(&columns, seed);
                let name = self.constraint(NameKind::Index, &table.name, &name_parts(self.dialect, &index), seed);
                table.indexes.insert(name, index);
            }
            3 => {
                let first = columns[..1].to_vec();
                let name = self.constraint(NameKind::Check, &table.name, &first, seed);
                table.checks.insert(name, Check { expression: seed.sql.clone() });
            }
            _ if postgres => {
                let element = |column: String| ExclusionElement {
                    target: if flag(0) {
                        IndexTarget::Column(column)
                    } else {
                        IndexTarget::Expression(seed.sql.clone())
                    },
                    operator: "&&".to_owned(),
                };
                let predicate = flag(1).then(|| seed.sql.clone());
                let elements = columns.into_iter().map(element).collect();
                let name = self.take(&seed.word);
                let exclusion = Exclusion { method: "gist".to_owned(), elements, predicate };
                table.exclusions.insert(name, exclusion);
            }
            _ => {}
        }
    }

    pub(super) fn index(&self, columns: &[String], seed: &PartSeed) -> Index {
        let postgres = self.is_postgres();
        let flag = |bit: u16| seed.flags & (1 << bit) != 0;
        // Which has no order, and cannot be unique.
        let gin = postgres && flag(15) && flag(8);
        let element = |column: &String| {
            let descending = !gin && flag(1);
            let unusual = if descending { Nulls::Last } else { Nulls::First };
            let target = IndexTarget::Column(column.clone());
            IndexColumn {
                target: if flag(0) { target } else { IndexTarget::Expression(seed.sql.clone()) },
                descending,
                nulls: Some(unusual).filter(|_| postgres && !gin && flag(2) && flag(3)),
                opclass: (postgres && flag(4) && flag(5)).then(|| "text_pattern_ops".to_owned()),
                collation: (flag(6) && flag(7)).then(|| if postgres { "C" } else { "RTRIM" }.to_owned()),
            }
        };
        let with = [("fillfactor", "70"), ("deduplicate_items", "off"), ("fastupdate", "true"), ("x", "1.50")];
        let with = with.into_iter().filter(|_| postgres && flag(8) && flag(9));
        let plain = flag(10) || flag(11);
        Index {
            columns: match plain {
                true => columns.iter().map(|column| IndexColumn::plain(column.as_str())).collect(),
                false => columns.iter().map(element).collect(),
            },
            unique: !gin && flag(12) && flag(13),
            nulls_not_distinct: false,
            predicate: (!plain && flag(14)).then(|| seed.sql.clone()),
            method: gin.then(|| "gin".to_owned()),
            include: Vec::new(),
            with: with.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        }
    }
}

/// Some columns of the table, each once.
pub(super) fn picked(table: &Table, seed: &PartSeed, fits: impl Fn(&Column) -> bool) -> Vec<String> {
    let names: Vec<_> = table.columns.iter().filter(|(_, column)| fits(column)).map(|(name, _)| name).collect();
    let mut columns: Vec<String> = Vec::new();
    for pick in seed.columns.iter().filter(|_| !names.is_empty()) {
        let name = names[pick.index(names.len())];
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}

pub(super) fn name_parts(dialect: Dialect, index: &Index) -> Vec<String> {
    index.columns.iter().map(|element| name_part(dialect, &element.target)).collect()
}
