//! PostgreSQL's row of every type. It must not know SQLite.

use std::io::Write;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

use diesel::data_types::{PgDate, PgInterval, PgMoney, PgNumeric, PgTime, PgTimestamp};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Cidr, Inet, Json, Jsonb, Uuid};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use makemigrations_tests::database::Engine;

#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, dead_code)]
#[path = "../../../data/every-type/postgres/schema.rs"]
mod schema;

use schema::enums::Mood;
use schema::sql_types::{Bit, Timetz, Tsquery, Tsvector, Varbit, Xml};
use schema::{numbers, others, texts, times};

/// A type of the application's own.
#[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "point", schema = "pg_catalog"))]
pub struct Position;

/// A value as it travels: Rust's own types for it are features of Diesel that the tests do without, or there are none.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Uuid)]
#[diesel(sql_type = Json)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Inet)]
#[diesel(sql_type = Cidr)]
#[diesel(sql_type = Xml)]
#[diesel(sql_type = Timetz)]
#[diesel(sql_type = Bit)]
#[diesel(sql_type = Varbit)]
#[diesel(sql_type = Tsvector)]
#[diesel(sql_type = Tsquery)]
#[diesel(sql_type = Position)]
struct Wire(Vec<u8>);

macro_rules! as_it_travels {
    ($($sql_type:ty),*) => {$(
        impl ToSql<$sql_type, Pg> for Wire {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(&self.0)?;
                Ok(IsNull::No)
            }
        }

        impl FromSql<$sql_type, Pg> for Wire {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(value.as_bytes().to_vec()))
            }
        }
    )*};
}

as_it_travels!(Uuid, Json, Jsonb, Inet, Cidr, Xml, Timetz, Bit, Varbit, Tsvector, Tsquery, Position);

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = numbers, check_for_backend(Pg))]
struct Numbers {
    id: i32,
    small: i16,
    whole: i32,
    big: i64,
    small_next: i16,
    next: i32,
    big_next: i64,
    single: f32,
    twice: f64,
    exact: PgNumeric,
    exact_10: PgNumeric,
    exact_12_2: PgNumeric,
    yes: bool,
    amount: PgMoney,
    object: u32,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = texts, check_for_backend(Pg))]
struct Texts {
    id: i32,
    plain: String,
    varying: String,
    varying_20: String,
    fixed: String,
    any_case: String,
    raw: Vec<u8>,
    key: Wire,
    document: Wire,
    binary: Option<Wire>,
    page: Wire,
    feeling: Mood,
    feelings: Vec<Option<Mood>>,
    words: Option<Vec<Option<String>>>,
    place: Wire,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = times, check_for_backend(Pg))]
struct Times {
    id: i32,
    day: PgDate,
    clock: PgTime,
    clock_3: PgTime,
    clock_tz: Wire,
    at: PgTimestamp,
    at_3: PgTimestamp,
    at_tz: PgTimestamp,
    at_tz_3: Option<PgTimestamp>,
    span: PgInterval,
}

type Range<T> = (Bound<T>, Bound<T>);

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = others, check_for_backend(Pg))]
struct Others {
    id: i32,
    host: Wire,
    net: Wire,
    card: [u8; 6],
    bits: Wire,
    varying: Wire,
    vector: Wire,
    query: Wire,
    ints: Range<i32>,
    bigs: Range<i64>,
    exacts: Range<PgNumeric>,
    stamps: Range<PgTimestamp>,
    instants: Range<PgTimestamp>,
    days: Option<Range<PgDate>>,
}

#[test]
fn every_type_is_written_and_read() {
    let database = super::migrated(Engine::Postgres);
    let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::establish(database.url()).unwrap();
    let exact =
        |weight: i16, scale: u16, digits: &[i16]| PgNumeric::Positive { weight, scale, digits: digits.to_vec() };
    let row = Numbers {
        id: 1,
        small: i16::MIN,
        whole: i32::MAX,
        big: i64::MIN,
        small_next: 1,
        next: 2,
        big_next: 3,
        single: 1.5,
        twice: 0.1,
        exact: exact(0, 3, &[12, 7500]),
        exact_10: exact(1, 0, &[1234, 5678]),
        exact_12_2: PgNumeric::Negative { weight: 0, scale: 2, digits: vec![99, 9900] },
        yes: true,
        amount: PgMoney(-1_99),
        object: 4_000_000_000,
    };
    diesel::insert_into(numbers::table).values(row.clone()).execute(&mut connection).unwrap();
    assert_eq!(numbers::table.select(Numbers::as_select()).load(&mut connection).unwrap(), [row]);
    let seen = database.value("SELECT exact || ' ' || exact_10 || ' ' || exact_12_2 || ' ' || object FROM numbers");
    assert_eq!(seen, "12.750 12345678 -99.99 4000000000");

    let text = |text: &str| text.to_owned();
    let wire = |bytes: &[u8]| Wire(bytes.to_vec());
    let row = Texts {
        id: 7,
        plain: text("Größe\nend"),
        varying: text(""),
        varying_20: text("twenty"),
        fixed: text("ab  "),
        any_case: text("MiXed"),
        raw: vec![0, 255, 39],
        key: wire(&[0x1e, 0x10, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]),
        document: wire(b"{\"a\": [1, null]}"),
        binary: Some(wire(b"\x01{\"b\": 2}")),
        page: wire(b"<a>b</a>"),
        feeling: Mood::SoSo,
        feelings: vec![Some(Mood::Fine), Some(Mood::Err)],
        words: Some(vec![Some(text("a")), None, Some(text("\"b\", {c}"))]),
        place: Wire([1.5_f64, -2.0].iter().flat_map(|number| number.to_be_bytes()).collect()),
    };
    diesel::insert_into(texts::table).values(row.clone()).execute(&mut connection).unwrap();
    assert_eq!(texts::table.select(Texts::as_select()).load(&mut connection).unwrap(), [row]);
    let found = texts::table.filter(texts::any_case.eq("mixed").and(texts::feeling.eq(Mood::SoSo)));
    assert_eq!(found.count().get_result::<i64>(&mut connection).unwrap(), 1);
    let seen = database
        .value("SELECT feeling || ' ' || feelings::text || ' ' || place || ' ' || (\"binary\" ->> 'b') FROM texts");
    assert_eq!(seen, "so so {fine,Err} (1.5,-2) 2");
    database.execute("ALTER TYPE mood ADD VALUE 'grim'");
    database.execute("UPDATE texts SET feeling = 'grim'");
    let error = texts::table.select(texts::feeling).first::<Mood>(&mut connection).unwrap_err();
    // Diesel names the column, and has the reason inside.
    let error = format!("{error:?}");
    assert!(error.contains("unknown value `grim` of enum `mood`"), "{error}");

    let second = 1_000_000_i64;
    let row = Times {
        id: 1,
        day: PgDate(-1),
        clock: PgTime(1),
        clock_3: PgTime(2_000),
        clock_tz: Wire([&(3 * second).to_be_bytes()[..], &(-7200_i32).to_be_bytes()].concat()),
        at: PgTimestamp(-1),
        at_3: PgTimestamp(5_000),
        at_tz: PgTimestamp(6 * second),
        at_tz_3: Some(PgTimestamp(i64::MAX)),
        span: PgInterval { microseconds: 7, days: -8, months: 9 },
    };
    diesel::insert_into(times::table).values(row.clone()).execute(&mut connection).unwrap();
    assert_eq!(times::table.select(Times::as_select()).load(&mut connection).unwrap(), [row]);
    assert_eq!(
        database.value("SELECT day || ' ' || clock_tz || ' ' || at_tz_3 FROM times"),
        "1999-12-31 00:00:03+02 infinity"
    );

    let row = Others {
        id: 1,
        host: wire(&[2, 24, 0, 4, 10, 0, 0, 1]),
        net: wire(&[2, 8, 1, 4, 10, 0, 0, 0]),
        card: [1, 2, 3, 4, 5, 6],
        bits: wire(&[0, 0, 0, 4, 0b1010_0000]),
        varying: wire(&[0, 0, 0, 3, 0b1110_0000]),
        vector: wire(b"\0\0\0\x01word\0\0\0"),
        query: wire(b"\0\0\0\x01\x01\0\0word\0"),
        ints: (Included(1), Excluded(5)),
        bigs: (Included(i64::MIN), Unbounded),
        exacts: (Excluded(exact(0, 0, &[1])), Included(exact(0, 1, &[2, 5000]))),
        stamps: (Included(PgTimestamp(0)), Excluded(PgTimestamp(second))),
        instants: (Unbounded, Excluded(PgTimestamp(second))),
        days: Some((Included(PgDate(0)), Excluded(PgDate(2)))),
    };
    diesel::insert_into(others::table).values(row.clone()).execute(&mut connection).unwrap();
    assert_eq!(others::table.select(Others::as_select()).load(&mut connection).unwrap(), [row]);
    let seen = database.value(
        "SELECT host || ' ' || net || ' ' || bits || ' ' || vector || ' ' || query || ' ' || exacts FROM others",
    );
    assert_eq!(seen, "10.0.0.1/24 10.0.0.0/8 1010 'word' 'word' (1,2.5]");
}
