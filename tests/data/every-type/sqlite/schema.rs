// @generated automatically by makemigrations.

diesel::table! {
    numbers (id) {
        id -> Integer,
        small -> SmallInt,
        whole -> Integer,
        big -> BigInt,
        single -> Float,
        twice -> Double,
        exact -> Double,
        exact_10 -> Double,
        exact_12_2 -> Double,
        yes -> Bool,
    }
}

diesel::table! {
    small_counters (id) {
        id -> Integer,
    }
}

diesel::table! {
    texts (id) {
        id -> Integer,
        plain -> Text,
        varying -> Text,
        varying_20 -> Text,
        fixed -> Text,
        any_case -> Text,
        raw -> Binary,
        key -> Text,
        document -> diesel::sql_types::Json,
        binary -> Nullable<diesel::sql_types::Jsonb>,
        feeling -> Text,
        again -> Nullable<Text>,
    }
}

diesel::table! {
    times (id) {
        id -> Integer,
        day -> Date,
        clock -> Time,
        clock_3 -> Time,
        clock_tz -> Time,
        at -> Timestamp,
        at_3 -> Timestamp,
        at_tz -> TimestamptzSqlite,
        span -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(numbers, small_counters, texts, times,);

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
    #[diesel(sql_type = diesel::sql_types::Text)]
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

    impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for Mood {
        fn to_sql<'b>(
            &'b self,
            out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>,
        ) -> diesel::serialize::Result {
            out.set_value(self.as_str());
            Ok(diesel::serialize::IsNull::No)
        }
    }

    impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for Mood {
        fn from_sql(bytes: diesel::sqlite::SqliteValue<'_, '_, '_>) -> diesel::deserialize::Result<Self> {
            let text: std::string::String = diesel::deserialize::FromSql::<
                diesel::sql_types::Text,
                diesel::sqlite::Sqlite,
            >::from_sql(bytes)?;
            Ok(text.parse()?)
        }
    }
}
