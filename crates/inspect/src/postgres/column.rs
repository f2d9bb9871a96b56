//! Columns: type, nullability, where values come from.
//!
//! Which sequences belong to columns is read with the sequences, right before.

use makemigrations_plan::model::{Column, DataType, Generated, Identity};

use super::{
    catalogue::{Catalogue, EIGHTEEN, FOURTEEN, column_options},
    data_type::Spelling,
    default,
    expression::bare,
    found::{Found, class},
    sequence::Sequences,
};

/// Settings that the format has no word for are one text.
const QUERY: &str = "
SELECT a.attrelid::text, a.attnum::text, a.attname::text, a.attnotnull::text,
    format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1),
    element.oid::text, element.typname::text, (element.typnamespace = 'pg_catalog'::regnamespace)::text,
    (element.oid <> t.oid)::text,
    a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid),
    CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END,
    CASE WHEN a.attcollation <> t.typcollation THEN ln.nspname::text END,
    concat_ws(', ',
        CASE WHEN a.attstattarget >= 0 THEN 'statistics target' END,
        CASE WHEN a.attstorage <> t.typstorage THEN 'storage' END,
        CASE WHEN EXISTS (SELECT FROM {options}) THEN 'options' END,
        {compression},
        CASE WHEN a.attgenerated = 'v' THEN '`VIRTUAL`' END,
        {not_null})
FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type element ON element.oid = CASE
        WHEN EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid) THEN t.typelem ELSE t.oid END
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
ORDER BY a.attrelid, a.attnum";

/// Says of `NOT NULL` that rows which were there before may break it.
const NOT_NULL_NOT_VALID: &str = "CASE WHEN EXISTS (
            SELECT FROM pg_constraint k
            WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
        ) THEN '`NOT VALID` of `NOT NULL`' END";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found, sequences: &mut Sequences) -> Result<(), E> {
    let compression = "CASE WHEN a.attcompression <> '' THEN 'compression' END";
    let query = QUERY
        .replace("{compression}", catalogue.since(FOURTEEN, compression, "NULL"))
        .replace("{not_null}", catalogue.since(EIGHTEEN, NOT_NULL_NOT_VALID, "NULL"))
        .replace("{options}", &column_options("a"));
    for mut row in catalogue.rows(&query)? {
        let (relation, number, name) = (row.number::<u32>(), row.number::<i16>(), row.text());
        let Some(table) = found.table_key(relation).cloned() else { continue };
        let nullable = !row.flag();
        let (sql, base) = (row.text(), row.text());
        let element: u32 = row.number();
        let enum_key = found.keys.get(&(class::TYPE, element)).filter(|key| found.schema.enums.contains_key(*key));
        let (type_name, built_in, is_array) = (row.text(), row.flag(), row.flag());
        let spelling = Spelling { sql: &sql, name: &type_name, built_in, is_array, enum_key };
        let mut column = Column::new(spelling.read(), nullable);
        column.identity = match row.text().as_str() {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        };
        if column.identity.is_some() {
            sequences.identity(relation, number, &column.data_type);
        }
        let (generated, expression) = (row.text(), row.optional());
        match expression {
            Some(text) if generated.is_empty() => {
                if let Some(serial) = sequences.serial(relation, number, &column, &text) {
                    column.data_type = serial;
                } else {
                    let enumeration = match &column.data_type {
                        DataType::Enum(key) => found.schema.enums.get(key),
                        _ => None,
                    };
                    column.default = Some(default::read(&text, &column.data_type, &base, enumeration));
                }
            }
            Some(text) if generated == "s" => {
                column.generated = Some(Generated { expression: bare(&text).to_owned(), stored: true });
            }
            // A virtual one is named with the settings: no snapshot for PostgreSQL can say it.
            Some(_) | None => {}
        }
        column.collation = row.optional();
        let place = row.optional().and_then(|schema| catalogue.place(schema));
        if let (Some(collation), Some(schema)) = (&column.collation, place.filter(|schema| schema != "pg_catalog")) {
            found.unknown(format!("schema `{schema}` of collation `{collation}` of column `{table}.{name}`"));
        }
        let settings = row.text();
        if !settings.is_empty() {
            found.unknown(format!("{settings} of column `{table}.{name}`"));
        }
        column.comment = found.take_comment(class::RELATION, relation, i32::from(number));
        found.columns.entry(relation).or_default().insert(number, name.clone());
        if let Some(table) = found.schema.tables.get_mut(&table) {
            table.columns.insert(name, column);
        }
    }
    without_columns(found);
    Ok(())
}

/// PostgreSQL has tables without columns, the format has not.
fn without_columns(found: &mut Found) {
    let empty: Vec<_> = found.schema.tables.iter().filter(|(_, table)| table.columns.is_empty()).collect();
    let empty: Vec<_> = empty.into_iter().map(|(key, _)| key.clone()).collect();
    for key in empty {
        found.unknown(format!("table `{key}` without columns"));
        found.schema.tables.remove(&key);
    }
}
