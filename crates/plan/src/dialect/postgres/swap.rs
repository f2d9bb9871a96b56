//! Two columns of a table that exchange their names, where their types are to be exchanged and one holds what the other does.
//!
//! Defaults and comments belong to the name. Must not decide that the values are the same.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{block, column, comment, find_column, find_table};
use crate::{
    dialect::text::table_name,
    model::{Column, Schema, Table},
    operation::{AlterColumn, Contradiction},
};

/// The statements, those of the second column apart.
pub(super) fn names(
    before: &Schema,
    one: &AlterColumn,
    other: &AlterColumn,
) -> Result<(Vec<String>, Vec<String>), Contradiction> {
    let table = find_table(before, &one.table)?;
    let (first, second) = (&one.column, &other.column);
    let definitions = (find_column(table, &one.table, first)?, find_column(table, &one.table, second)?);
    let spare = spare_name(table);
    let rename = |from: &str, to: &str| {
        let (from, to) = (quote_identifier(from), quote_identifier(to));
        format!("ALTER TABLE {} RENAME COLUMN {from} TO {to}", table_name(table))
    };
    let mut statements = vec![guard(table, &one.table, first, second)];
    statements.extend([rename(first, &spare), rename(second, first), rename(&spare, second)]);
    statements.extend(belongings(table, first, definitions.0, definitions.1));
    Ok((statements, belongings(table, second, definitions.1, definitions.0)))
}

/// What the name has and the column that gets it has not.
fn belongings(table: &Table, name: &str, wanted: &Column, present: &Column) -> Vec<String> {
    let mut sql = Vec::new();
    if wanted.default != present.default {
        sql.push(match &wanted.default {
            Some(default) => column::set_default(table, name, default),
            None => column::alter_column(table, name, "DROP DEFAULT"),
        });
    }
    if wanted.comment != present.comment {
        sql.push(comment::on_column(table, name, wanted.comment.as_deref()));
    }
    sql
}

/// PostgreSQL keeps a view, an index or a right with the column, whatever that is called: it would go with the other one.
fn guard(table: &Table, key: &str, first: &str, second: &str) -> String {
    let owner = quote_literal(&table_name(table));
    let columns = format!("{}, {}", quote_literal(first), quote_literal(second));
    let attributes = format!("attrelid = {owner}::regclass AND attname IN ({columns})");
    let dependents = format!(
        "        SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
        WHERE refclassid = 'pg_class'::regclass AND refobjid = {owner}::regclass
        AND refobjsubid IN (SELECT attnum FROM pg_attribute WHERE {attributes})
        AND classid <> 'pg_attrdef'::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint AS own WHERE own.oid = objid AND own.contype = 'n')"
    );
    let rights = format!(
        "        SELECT format('rights on column %s', attname) FROM pg_attribute
        WHERE {attributes} AND attacl IS NOT NULL"
    );
    let message = format!(
        "column {first} of {key} is replaced by {second}, and this would stay with the old one: %; drop it, and make it again \
         afterwards"
    );
    // A name may have a `%` itself.
    let message = message.replace('%', "%%").replacen("one: %%;", "one: %;", 1);
    block::guard_all(&[dependents, rights], &message)
}

fn spare_name(table: &Table) -> String {
    let mut name = String::from("__spare");
    while table.columns.contains_key(&name) {
        name.push('_');
    }
    name
}
