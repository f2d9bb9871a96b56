//! What stops a rebuild: things on the table that nobody made, and values that the new table could not have.
//!
//! Only asks; the rows are copied by `rebuild`. Every message is for a person who did not expect it: the names of
//! constraints would not say enough.

use indexmap::IndexMap;
use makemigrations_sql::{quote_identifier, quote_literal};

use super::{
    alteration::Group, column, conversion, enumeration, frame::Frame, primary_key, table::Layout, value::Value,
};

/// Triggers, indexes and columns of somebody else's would be gone afterwards.
pub(super) fn unknown(before: &Layout, frame: &mut Frame) -> String {
    let table = &before.table.name;
    let names =
        |names: &mut dyn Iterator<Item = &String>| names.map(|name| quote_literal(name)).collect::<Vec<_>>().join(", ");
    let (columns, indexes) = (names(&mut before.columns.keys()), names(&mut before.indexes.keys()));
    let literal = quote_literal(table);
    let count = format!(
        "\n    SELECT count(*) FROM sqlite_master\n    \
         WHERE tbl_name = {literal} COLLATE NOCASE AND type IN ('trigger', 'index') AND sql IS NOT NULL\n    \
         AND name COLLATE NOCASE NOT IN ({indexes})\n) + (\n    \
         SELECT count(*) FROM pragma_table_xinfo({literal}) WHERE name COLLATE NOCASE NOT IN ({columns})\n"
    );
    let message = format!(
        "table `{table}` has triggers, indexes or columns that no migration made, and a rebuild would lose them"
    );
    frame.refuse(&format!("unknown_on_{table}"), message, &count)
}

/// Rows that would have no value where there must be one, a label that their enum does not have, or a value that their
/// type cannot have at all: asked before anything is touched.
pub(super) fn rows(group: &Group<'_>, values: &IndexMap<String, Value>, frame: &mut Frame) -> Vec<String> {
    let table = &group.after.table;
    let mut statements = Vec::new();
    for (name, item) in table.columns.iter().filter(|(_, item)| item.generated.is_none()) {
        let Some(value) = values.get(name) else { continue };
        let counts = value.is_new && primary_key::is_counter(table, name, item);
        if value.nullable && column::is_required(table, name, item) && !counts {
            let message = format!("rows of `{}` have no value for `{name}`, which must have one", table.name);
            let count = count(group, value, "IS NULL");
            statements.push(frame.refuse(&format!("nulls_in_{}.{name}", table.name), message, &count));
        }
        if let Some(labels) = group.after.labels.get(name).filter(|_| !value.is_new) {
            statements.extend(refuse_labels(group, name, labels, value, frame));
        }
        statements.extend(refuse_types(group, name, value, frame));
    }
    statements
}

fn refuse_labels(group: &Group<'_>, name: &str, labels: &[String], value: &Value, frame: &mut Frame) -> Option<String> {
    let table = &group.after.table.name;
    let message = match &value.labels {
        Some(known) => {
            let gone: Vec<_> = known.iter().filter(|label| !labels.contains(label)).cloned().collect();
            if gone.is_empty() {
                return None;
            }
            format!("rows of `{table}` still have a value in `{name}` that goes: {}", enumeration::list(&gone))
        }
        None => format!(
            "values of `{table}.{name}` are none of {}: say with `using` what becomes of them",
            enumeration::list(labels)
        ),
    };
    let count = count(group, value, &format!("NOT IN ({})", enumeration::list(labels)));
    Some(frame.refuse(&format!("labels_in_{table}.{name}"), message, &count))
}

/// Values of a type from which nobody said what leads to the new one, and, where the column numbers the rows, what is no
/// whole number: SQLite would call it a `datatype mismatch`.
fn refuse_types(group: &Group<'_>, name: &str, value: &Value, frame: &mut Frame) -> Option<String> {
    let (misfit, _) = misfit(group, name, value)?;
    let table = &group.after.table;
    let (from, to) = (&group.before.table.columns.get(name)?.data_type, table.columns.get(name)?);
    let condition = if !value.is_answered && from.is_foreign_to(&to.data_type) {
        "IS NOT NULL".to_owned()
    } else if primary_key::is_row_number(table, name, to) && !from.is_integer() {
        format!("<> CAST({} AS INTEGER)", value.operand())
    } else {
        return None;
    };
    Some(misfit.refuse(&count(group, value, &condition), frame))
}

fn count(group: &Group<'_>, value: &Value, condition: &str) -> String {
    format!("SELECT count(*) FROM {} WHERE {} {condition}", group.before.name(), value.operand())
}

/// Rows of the table that would reference nothing in another one, by a foreign key that no other came before.
pub(super) fn orphans(table: &str, target: &str, frame: &mut Frame) {
    let message = format!("rows of `{table}` reference rows that `{target}` does not have");
    let count = format!(
        r#"SELECT count(*) FROM pragma_foreign_key_check({}) WHERE "parent" = {} COLLATE NOCASE"#,
        quote_literal(table),
        quote_literal(target)
    );
    frame.refuse_at_last(&format!("orphans_in_{table}_of_{target}"), message, &count);
}

/// Values that the new type of their column cannot have. Asked of the new table, where SQLite has converted what it can.
pub(super) fn misfits(
    group: &Group<'_>,
    values: &IndexMap<String, Value>,
    temporary: &str,
    frame: &mut Frame,
) -> Vec<String> {
    let misfits = values.iter().filter_map(|(name, value)| {
        let (misfit, condition) = misfit(group, name, value)?;
        let count = format!("SELECT count(*) FROM {} WHERE {}", quote_identifier(temporary), condition?);
        Some(misfit.refuse(&count, frame))
    });
    misfits.collect()
}

/// A column whose new type cannot have all values of the old one.
struct Misfit {
    column: String,
    message: String,
}

impl Misfit {
    fn refuse(self, count: &str, frame: &mut Frame) -> String {
        frame.refuse(&self.column, self.message, count)
    }
}

/// The misfit, if the column can be one, and the condition on the new column that finds it, if one can. What is computed
/// was never the old value.
fn misfit(group: &Group<'_>, name: &str, value: &Value) -> Option<(Misfit, Option<String>)> {
    let table = &group.after.table;
    let from = &group.before.table.columns.get(name).filter(|_| !value.is_new)?.data_type;
    let to = &table.columns.get(name).filter(|column| column.generated.is_none())?.data_type;
    let condition = conversion::misfit(from, to, &quote_identifier(name));
    let message =
        format!("values of `{}.{name}` do not fit into {to}: say with `using` what becomes of them", table.name);
    Some((Misfit { column: format!("misfits_in_{}.{name}", table.name), message }, condition))
}
