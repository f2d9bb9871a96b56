//! Rows without a value in a column get one: in one statement, or in batches that commit.
//!
//! Batches go by primary key, take no row that somebody else has locked, and leave out what has a value: a run that was
//! ended goes on where it stopped, and no batch waits for another transaction while it holds locks of its own.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{block, find_column, find_table};
use crate::{
    dialect::text::{closed, list, table_name},
    model::{Schema, Table},
    operation::{BackfillColumn, Contradiction},
};

/// Progress is said this often.
const SECONDS_BETWEEN_NOTICES: u32 = 5;

/// Who has locked rows is given at least so many milliseconds before they are looked for again.
const LEAST_PAUSE_MS: u32 = 100;

/// All of it in one statement, inside whatever transaction.
pub(super) fn at_once(schema: &Schema, fill: &BackfillColumn) -> Result<String, Contradiction> {
    let table = find_table(schema, &fill.table)?;
    find_column(table, &fill.table, &fill.column)?;
    let (name, column) = (table_name(table), quote_identifier(&fill.column));
    Ok(format!("UPDATE {name} SET {column} = {} WHERE {column} IS NULL", closed(&fill.value)))
}

/// In batches, each a transaction of its own: the only statement of its migration.
pub(super) fn in_batches(schema: &Schema, fill: &BackfillColumn) -> Result<String, Contradiction> {
    let table = find_table(schema, &fill.table)?;
    find_column(table, &fill.table, &fill.column)?;
    let key = table.primary_key.as_ref().map(|key| key.columns.as_slice()).unwrap_or_default();
    if key.is_empty() {
        return Err(Contradiction(format!("table `{}` has no primary key to go by in batches", fill.table)));
    }
    let (name, column) = (table_name(table), quote_identifier(&fill.column));
    let place = quote_literal(&format!("{}.{}", fill.table, fill.column).replace('%', "%%"));
    let (keys, descending) = (list(key), descending(key));
    let variables = Variables::new(table, key.len());
    let (low, high) = (variables.list("low"), variables.list("high"));
    let (row, low_row, high_row) = (row(&keys, key), row(&low, key), row(&high, key));
    let declared: String = key
        .iter()
        .enumerate()
        .flat_map(|(index, column)| {
            let of = format!("{name}.{}%TYPE", quote_identifier(column));
            ["low", "high"].map(|which| format!("    {} {of};\n", variables.one(which, index)))
        })
        .collect();
    let [given, empty, filled, left, said] =
        ["given", "empty", "filled", "left", "said"].map(|name| variables.plain(name));
    let BackfillColumn { value, batch_size, pause_ms, .. } = fill;
    let first_low = variables.one("low", 0);
    let (offset, value) = (batch_size.saturating_sub(1), closed(value));
    let longer_ms = (*pause_ms).max(LEAST_PAUSE_MS);
    let pause = seconds(*pause_ms);
    let longer = seconds(longer_ms);
    let wait = if *pause_ms == 0 {
        String::new()
    } else {
        format!("            IF {given} > 0 THEN\n                PERFORM pg_sleep({pause});\n            END IF;\n")
    };
    Ok(block::anonymous(&format!(
        "#variable_conflict use_column
DECLARE
{declared}    {given} bigint;
    {empty} bigint;
    {filled} bigint := 0;
    {left} bigint;
    {said} timestamptz := clock_timestamp();
BEGIN
    LOOP
        {empty} := 0;
        SELECT {keys} INTO {low} FROM {name} ORDER BY {keys} LIMIT 1;
        WHILE {first_low} IS NOT NULL LOOP
            SELECT {keys} INTO {high} FROM {name} WHERE {row} >= {low_row} ORDER BY {keys} OFFSET {offset} LIMIT 1;
            IF NOT FOUND THEN
                SELECT {keys} INTO {high} FROM {name} ORDER BY {descending} LIMIT 1;
            END IF;
            BEGIN
                WITH free AS MATERIALIZED (
                    SELECT {keys} FROM {name}
                    WHERE {row} >= {low_row} AND {row} <= {high_row} AND {column} IS NULL
                    ORDER BY {keys} FOR NO KEY UPDATE SKIP LOCKED
                ), given AS (
                    UPDATE {name} SET {column} = {value}
                    WHERE {row} IN (SELECT * FROM free) RETURNING {column} IS NULL AS is_empty
                )
                SELECT count(*), {empty} + count(*) FILTER (WHERE is_empty) INTO {given}, {empty} FROM given;
            EXCEPTION WHEN deadlock_detected OR lock_not_available THEN
                {given} := 0;
            END;
            COMMIT;
            {filled} := {filled} + {given};
            IF clock_timestamp() > {said} + interval '{SECONDS_BETWEEN_NOTICES} s' THEN
                RAISE NOTICE '%: % rows filled', {place}, {filled};
                {said} := clock_timestamp();
            END IF;
{wait}            SELECT {keys} INTO {low} FROM {name} WHERE {row} > {high_row} ORDER BY {keys} LIMIT 1;
        END LOOP;
        SELECT count(*) INTO {left} FROM {name} WHERE {column} IS NULL;
        EXIT WHEN {left} <= {empty};
        COMMIT;
        RAISE NOTICE '%: % rows left that were locked or are new', {place}, {left};
        PERFORM pg_sleep({longer});
    END LOOP;
    RAISE NOTICE '%: % rows filled, done', {place}, {filled};
    IF {empty} > 0 THEN
        RAISE WARNING '%: % rows have no value still: the backfill gives NULL for them', {place}, {empty};
    END IF;
END
"
    )))
}

/// `1.5`
fn seconds(milliseconds: u32) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn descending(key: &[String]) -> String {
    key.iter().map(|column| format!("{} DESC", quote_identifier(column))).collect::<Vec<_>>().join(", ")
}

/// One value as it is, several as a row.
fn row(list: &str, key: &[String]) -> String {
    if key.len() == 1 { list.to_owned() } else { format!("({list})") }
}

/// Names of variables that no column has: the value is people's SQL, and means columns.
struct Variables {
    prefix: String,
    keys: usize,
}

impl Variables {
    fn new(table: &Table, keys: usize) -> Self {
        let mut prefix = String::from("batch_");
        while table.columns.keys().any(|column| column.to_lowercase().starts_with(&prefix)) {
            prefix.push('_');
        }
        Self { prefix, keys }
    }

    fn plain(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn one(&self, name: &str, index: usize) -> String {
        if self.keys == 1 { self.plain(name) } else { format!("{}{name}_{}", self.prefix, index + 1) }
    }

    fn list(&self, name: &str) -> String {
        (0..self.keys).map(|index| self.one(name, index)).collect::<Vec<_>>().join(", ")
    }
}
