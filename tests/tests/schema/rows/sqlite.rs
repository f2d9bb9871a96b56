//! SQLite's row of every type. It must not know PostgreSQL.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Json, TimestamptzSqlite};
use diesel::sqlite::{Sqlite, SqliteValue};
use makemigrations_tests::database::Engine;

#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, dead_code)]
#[path = "../../../data/every-type/sqlite/schema.rs"]
mod schema;

use schema::enums::Mood;
use schema::{numbers, small_counters, texts, times};

/// The text of a JSON document: Diesel's own type for it is a feature that the tests do without.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Json)]
struct Document(String);

impl ToSql<Json, Sqlite> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

impl FromSql<Json, Sqlite> for Document {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        <String as FromSql<diesel::sql_types::Text, Sqlite>>::from_sql(value).map(Self)
    }
}

/// An instant with its offset, as text: Diesel reads it into a `String`, and takes only types of `chrono` or `time` for a value.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = TimestamptzSqlite)]
struct Instant(String);

impl ToSql<TimestamptzSqlite, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        <String as ToSql<TimestamptzSqlite, Sqlite>>::to_sql(&self.0, out)
    }
}

impl FromSql<TimestamptzSqlite, Sqlite> for Instant {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        <String as FromSql<TimestamptzSqlite, Sqlite>>::from_sql(value).map(Self)
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = numbers, check_for_backend(Sqlite))]
struct Numbers {
    id: i32,
    small: i16,
    whole: i32,
    big: i64,
    single: f32,
    twice: f64,
    exact: f64,
    exact_10: f64,
    exact_12_2: f64,
    yes: bool,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = texts, check_for_backend(Sqlite))]
struct Texts {
    id: i32,
    plain: String,
    varying: String,
    varying_20: String,
    fixed: String,
    any_case: String,
    raw: Vec<u8>,
    key: String,
    document: Document,
    feeling: Mood,
    again: Option<Mood>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = times, check_for_backend(Sqlite))]
struct Times {
    id: i32,
    day: String,
    clock: String,
    clock_3: String,
    clock_tz: String,
    at: String,
    at_3: String,
    at_tz: Instant,
    span: Option<String>,
}

#[test]
fn every_type_is_written_and_read() {
    let database = super::migrated(Engine::Sqlite);
    let mut connection = SqliteConnection::establish(database.url().trim_start_matches("sqlite://")).unwrap();
    let row = Numbers {
        id: i32::MAX,
        small: i16::MIN,
        whole: i32::MAX,
        big: i64::MIN,
        single: 1.5,
        twice: 0.1,
        exact: 12.75,
        exact_10: 1_234_567_890.0,
        exact_12_2: -99.99,
        yes: true,
    };
    diesel::insert_into(numbers::table).values(row.clone()).execute(&mut connection).unwrap();
    assert_eq!(numbers::table.select(Numbers::as_select()).load(&mut connection).unwrap(), [row]);

    let text = |text: &str| text.to_owned();
    let row = Texts {
        id: 7,
        plain: text("Größe\n\0end"),
        varying: text(""),
        varying_20: text("twenty"),
        fixed: text("ab  "),
        any_case: text("MiXed"),
        raw: vec![0, 255, 39],
        key: text("1e100000-0000-4000-8000-000000000000"),
        document: Document(text("{\"a\": [1, null]}")),
        feeling: Mood::SoSo,
        again: Some(Mood::Err),
    };
    diesel::insert_into(texts::table).values(row.clone()).execute(&mut connection).unwrap();
    assert_eq!(texts::table.select(Texts::as_select()).load(&mut connection).unwrap(), [row]);
    let found = texts::table.filter(texts::any_case.eq("mixed").and(texts::feeling.eq(Mood::SoSo)));
    assert_eq!(found.count().get_result::<i64>(&mut connection).unwrap(), 1);
    let unknown = "PRAGMA ignore_check_constraints = ON; UPDATE texts SET feeling = 'grim'";
    diesel::connection::SimpleConnection::batch_execute(&mut connection, unknown).unwrap();
    let error = texts::table.select(texts::feeling).first::<Mood>(&mut connection).unwrap_err();
    // Diesel names the column, and has the reason inside.
    let error = format!("{error:?}");
    assert!(error.contains("unknown value `grim` of enum `mood`"), "{error}");

    let row = Times {
        id: 1,
        day: text("2026-11-23"),
        clock: text("14:12:00.123456"),
        clock_3: text("14:12:00.123"),
        clock_tz: text("14:12:00+02:00"),
        at: text("2026-11-23 14:12:00.5"),
        at_3: text("2026-11-23 14:12:00"),
        at_tz: Instant(text("2026-11-23 14:12:00+02:00")),
        span: Some(text("P1DT2H")),
    };
    diesel::insert_into(times::table).values(row.clone()).execute(&mut connection).unwrap();
    assert_eq!(times::table.select(Times::as_select()).load(&mut connection).unwrap(), [row]);

    diesel::insert_into(small_counters::table).default_values().execute(&mut connection).unwrap();
    assert_eq!(small_counters::table.count().get_result::<i64>(&mut connection).unwrap(), 1);
}
