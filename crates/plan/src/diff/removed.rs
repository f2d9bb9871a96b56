//! SQL texts that still name what the same change removes: a view, check or object that could not be made any more.
//!
//! Refuses only what is certain: a name that could be of anything else that stays is nobody's business here.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::{Reference, ReferenceRole as Role, references, statements};

use super::{quote_key, step::Steps};
use crate::{
    graph::{PartName, TablePart, table_parts},
    model::{Schema, Table},
    operation::Operation,
};

/// Refuses every text of `target` that names a column or table which goes. `renamed` is the present schema under its new
/// names.
pub(super) fn refuse(renamed: &Schema, target: &Schema, steps: &mut Steps) {
    let gone = Gone::new(renamed, target, steps);
    if gone.columns.is_empty() && gone.tables.is_empty() {
        return;
    }
    let mut refused = Vec::new();
    for (key, table) in &target.tables {
        let Some(columns) = gone.columns.get(key.as_str()) else { continue };
        for (place, text) in texts(key, table) {
            let found = references(text, target.dialect);
            let named = found.iter().filter(|found| found.role == Role::Column);
            let lost = named.filter_map(|found| columns.iter().find(|lost| gone.is_same(&found.name, lost)));
            refused.extend(lost.map(|column| message(&place, key, Some(column))));
        }
    }
    for (key, view) in &target.views {
        let place = format!("views.{}", quote_key(key));
        refused.extend(gone.lost_in(&view.query).map(|(table, column)| message(&place, &table, column.as_deref())));
    }
    for (key, object) in &target.objects {
        let place = format!("objects.{}", quote_key(key));
        for statement in statements(&object.create, target.dialect) {
            let lost = gone.lost_in(statement.text);
            refused.extend(lost.map(|(table, column)| message(&place, &table, column.as_deref())));
        }
    }
    refused.sort();
    refused.dedup();
    steps.refused.extend(refused);
}

fn message(place: &str, table: &str, column: Option<&str>) -> String {
    let table = quote_key(table);
    match column {
        Some(column) => format!(
            "`{place}` names the column `{column}`, which this change removes from `tables.{table}.columns`: keep the column, \
             or change the text of `{place}`"
        ),
        None => format!(
            "`{place}` reads the table `{table}`, which this change removes (`tables.{table}`): keep the table, or change the \
             text of `{place}`"
        ),
    }
}

/// The SQL texts over a row of the table, with their places.
fn texts<'a>(key: &str, table: &'a Table) -> Vec<(String, &'a str)> {
    let place = |kind: &str, name: &str| format!("tables.{}.{kind}.{}", quote_key(key), quote_key(name));
    let of_part = |part: TablePart<'a>| {
        let place = match part.name {
            PartName::Generated(name) => place("columns", name),
            PartName::Check(name) => place("checks", name),
            PartName::Index(name) => place("indexes", name),
            PartName::Exclusion(name) => place("exclusions", name),
            // They have no texts.
            PartName::Unique(name) | PartName::PrimaryKey(name) => place("unique", name),
        };
        part.texts.into_iter().map(move |text| (place.clone(), text))
    };
    table_parts(table).into_iter().flat_map(of_part).collect()
}

/// What goes.
struct Gone<'a> {
    target: &'a Schema,
    /// Columns by the key of their table, which stays.
    columns: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Tables that go, by key.
    tables: BTreeMap<&'a str, &'a Table>,
}

impl<'a> Gone<'a> {
    fn new(renamed: &'a Schema, target: &'a Schema, steps: &'a Steps) -> Self {
        let mut columns: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut tables = BTreeMap::new();
        for (key, table) in &renamed.tables {
            let Some(wanted) = target.tables.get(key) else {
                tables.insert(key.as_str(), table);
                continue;
            };
            let old_names = steps.renames.iter().filter_map(|step| match step {
                Operation::RenameColumn(rename) if rename.table == *key => Some(rename.from.as_str()),
                _ => None,
            });
            let stays = |name: &str| wanted.columns.keys().any(|column| target.dialect.is_same_name(column, name));
            let lost: BTreeSet<&str> =
                table.columns.keys().map(String::as_str).chain(old_names).filter(|name| !stays(name)).collect();
            if !lost.is_empty() {
                columns.insert(key.as_str(), lost);
            }
        }
        Self { target, columns, tables }
    }

    fn is_same(&self, one: &str, other: &str) -> bool {
        self.target.dialect.is_same_name(one, other)
    }

    /// What a query or statement certainly reads of what goes: the key of a table, and a column of it or the whole.
    fn lost_in(&self, text: &str) -> impl Iterator<Item = (String, Option<String>)> {
        let found = references(text, self.target.dialect);
        let relations: Vec<&Reference<'_>> = found.iter().filter(|found| found.role == Role::Relation).collect();
        let mut lost = BTreeSet::new();
        for (key, table) in &self.tables {
            let reads = |found: &&&Reference<'_>| self.is_table(found, table);
            let given = found.iter().any(|found| found.role == Role::Alias && self.is_same(&found.name, &table.name));
            if !given && !self.has_relation(&table.name) && relations.iter().any(|found| reads(&found)) {
                lost.insert(((*key).to_owned(), None));
            }
        }
        for (key, columns) in &self.columns {
            let Some(table) = self.target.tables.get(*key) else { continue };
            if !relations.iter().any(|found| self.is_table(found, table)) {
                continue;
            }
            for column in columns {
                if self.is_certain(&found, &relations, table, column) {
                    lost.insert(((*key).to_owned(), Some((*column).to_owned())));
                }
            }
        }
        lost.into_iter()
    }

    fn is_table(&self, found: &Reference<'_>, table: &Table) -> bool {
        let in_schema = match (&found.qualifier, &table.schema) {
            (Some(qualifier), Some(schema)) => self.is_same(qualifier, schema),
            (Some(qualifier), None) => qualifier == "public" || qualifier == "main",
            (None, schema) => schema.is_none(),
        };
        in_schema && self.is_same(&found.name, &table.name)
    }

    /// Whether anything that stays has the name.
    fn has_relation(&self, name: &str) -> bool {
        let mut tables = self.target.tables.values();
        tables.any(|table| self.is_same(&table.name, name))
            || self.target.views.values().any(|view| self.is_same(&view.name, name))
    }

    /// Whether a name in the text can only be the column: nothing else that the text reads or names itself has it.
    fn is_certain(&self, found: &[Reference<'_>], relations: &[&Reference<'_>], table: &Table, column: &str) -> bool {
        let is_given = |name: &str| found.iter().any(|one| one.role == Role::Alias && self.is_same(&one.name, name));
        if is_given(column) {
            return false;
        }
        let others_lack_it = relations.iter().all(|relation| {
            let known = self.target.tables.values().find(|known| self.is_table(relation, known));
            known.is_some_and(|known| !known.columns.keys().any(|name| self.is_same(name, column)))
                && !is_given(&relation.name)
        });
        found.iter().any(|one| {
            one.role == Role::Column
                && self.is_same(&one.name, column)
                && match &one.qualifier {
                    Some(qualifier) if self.is_same(qualifier, &table.name) => !is_given(&table.name),
                    // An alias of one of the tables, `NEW`, or a name that is known to nobody here.
                    Some(_) | None => others_lack_it,
                }
        })
    }
}
