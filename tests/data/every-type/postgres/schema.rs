// @generated automatically by makemigrations.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "bit", schema = "pg_catalog"))]
    pub struct Bit;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "mood"))]
    pub struct Mood;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "timetz", schema = "pg_catalog"))]
    pub struct Timetz;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsquery", schema = "pg_catalog"))]
    pub struct Tsquery;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "varbit", schema = "pg_catalog"))]
    pub struct Varbit;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "xml", schema = "pg_catalog"))]
    pub struct Xml;
}

diesel::table! {
    numbers (id) {
        id -> Int4,
        small -> Int2,
        whole -> Int4,
        big -> Int8,
        small_next -> Int2,
        next -> Int4,
        big_next -> Int8,
        single -> Float4,
        twice -> Float8,
        exact -> Numeric,
        exact_10 -> Numeric,
        exact_12_2 -> Numeric,
        yes -> Bool,
        amount -> Money,
        object -> Oid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Bit;
    use super::sql_types::Varbit;
    use super::sql_types::Tsvector;
    use super::sql_types::Tsquery;

    others (id) {
        id -> Int4,
        host -> Inet,
        net -> Cidr,
        card -> Macaddr,
        #[max_length = 4]
        bits -> Bit,
        #[max_length = 8]
        varying -> Varbit,
        vector -> Tsvector,
        query -> Tsquery,
        ints -> Int4range,
        bigs -> Int8range,
        exacts -> Numrange,
        stamps -> Tsrange,
        instants -> Tstzrange,
        days -> Nullable<Daterange>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Xml;
    use super::sql_types::Mood;

    texts (id) {
        id -> Int4,
        plain -> Text,
        varying -> Varchar,
        #[max_length = 20]
        varying_20 -> Varchar,
        #[max_length = 4]
        fixed -> Bpchar,
        any_case -> Citext,
        raw -> Bytea,
        key -> Uuid,
        document -> Json,
        binary -> Nullable<Jsonb>,
        page -> Xml,
        feeling -> Mood,
        feelings -> Array<Nullable<Mood>>,
        words -> Nullable<Array<Nullable<Text>>>,
        place -> crate::rows::postgres::Position,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Timetz;

    times (id) {
        id -> Int4,
        day -> Date,
        clock -> Time,
        clock_3 -> Time,
        clock_tz -> Timetz,
        at -> Timestamp,
        at_3 -> Timestamp,
        at_tz -> Timestamptz,
        at_tz_3 -> Nullable<Timestamptz>,
        span -> Interval,
    }
}

diesel::allow_tables_to_appear_in_same_query!(numbers, others, texts, times,);

#[rustfmt::skip]
#[allow(dead_code, unreachable_pub)]
pub mod enums {
    /// The values of the database's enum `mood`.
    #[derive(
        Debug,
        Clone,
        Copy,
        PartialEq,
        Eq,
        PartialOrd,
        Ord,
        Hash,
        diesel::expression::AsExpression,
        diesel::deserialize::FromSqlRow,
    )]
    #[diesel(sql_type = super::sql_types::Mood)]
    pub enum Mood {
        /// `fine`
        Fine,
        /// `so so`
        SoSo,
        /// `Err`
        Err,
    }

    impl Mood {
        /// Every value, in the database's order.
        pub const ALL: [Self; 3] = [
            Self::Fine,
            Self::SoSo,
            Self::Err,
        ];

        /// The label in the database.
        pub const fn as_str(self) -> &'static str {
            match self {
                Self::Fine => "fine",
                Self::SoSo => "so so",
                Self::Err => "Err",
            }
        }
    }

    impl std::fmt::Display for Mood {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.as_str())
        }
    }

    impl std::str::FromStr for Mood {
        type Err = std::string::String;

        fn from_str(label: &str) -> std::result::Result<Self, std::string::String> {
            match label {
                "fine" => Ok(Self::Fine),
                "so so" => Ok(Self::SoSo),
                "Err" => Ok(Self::Err),
                _ => Err(format!("unknown value `{label}` of enum `mood`")),
            }
        }
    }

    impl diesel::serialize::ToSql<super::sql_types::Mood, diesel::pg::Pg> for Mood {
        fn to_sql<'b>(
            &'b self,
            out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
        ) -> diesel::serialize::Result {
            std::io::Write::write_all(out, self.as_str().as_bytes())?;
            Ok(diesel::serialize::IsNull::No)
        }
    }

    impl diesel::deserialize::FromSql<super::sql_types::Mood, diesel::pg::Pg> for Mood {
        fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
            let text = std::str::from_utf8(bytes.as_bytes())?;
            Ok(text.parse()?)
        }
    }
}
