// @generated automatically by makemigrations.

diesel::table! {
    comment (id) {
        id -> Integer,
        ticket -> Integer,
        author -> Nullable<Integer>,
        text -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    employee (id) {
        id -> Integer,
        organization -> Integer,
        name -> Text,
        email -> Text,
    }
}

diesel::table! {
    flat (property, number) {
        property -> Integer,
        number -> Integer,
        area -> Nullable<Double>,
    }
}

diesel::table! {
    organization (id) {
        id -> Integer,
        name -> Text,
        country -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    property (id) {
        id -> Integer,
        organization -> Integer,
        address -> Text,
    }
}

diesel::table! {
    resident (id) {
        id -> Integer,
        property -> Integer,
        flat -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
    }
}

diesel::table! {
    ticket (id) {
        id -> Integer,
        property -> Integer,
        resident -> Nullable<Integer>,
        assignee -> Nullable<Integer>,
        status -> Text,
        title -> Text,
        details -> Nullable<Text>,
        created_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(comment -> employee (author));
diesel::joinable!(comment -> ticket (ticket));
diesel::joinable!(employee -> organization (organization));
diesel::joinable!(flat -> property (property));
diesel::joinable!(property -> organization (organization));
diesel::joinable!(ticket -> employee (assignee));
diesel::joinable!(ticket -> property (property));
diesel::joinable!(ticket -> resident (resident));

diesel::allow_tables_to_appear_in_same_query!(comment, employee, flat, organization, property, resident, ticket,);

#[rustfmt::skip]
#[allow(dead_code, unreachable_pub)]
pub mod enums {
    /// The values of the database's enum `ticket_status`.
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
    pub enum TicketStatus {
        /// `new`
        New,
        /// `open`
        Open,
        /// `closed`
        Closed,
    }

    impl TicketStatus {
        /// Every value, in the database's order.
        pub const ALL: [Self; 3] = [
            Self::New,
            Self::Open,
            Self::Closed,
        ];

        /// The label in the database.
        pub const fn as_str(self) -> &'static str {
            match self {
                Self::New => "new",
                Self::Open => "open",
                Self::Closed => "closed",
            }
        }
    }

    impl std::fmt::Display for TicketStatus {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.as_str())
        }
    }

    impl std::str::FromStr for TicketStatus {
        type Err = std::string::String;

        fn from_str(label: &str) -> std::result::Result<Self, std::string::String> {
            match label {
                "new" => Ok(Self::New),
                "open" => Ok(Self::Open),
                "closed" => Ok(Self::Closed),
                _ => Err(format!("unknown value `{label}` of enum `ticket_status`")),
            }
        }
    }

    impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for TicketStatus {
        fn to_sql<'b>(
            &'b self,
            out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>,
        ) -> diesel::serialize::Result {
            out.set_value(self.as_str());
            Ok(diesel::serialize::IsNull::No)
        }
    }

    impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for TicketStatus {
        fn from_sql(bytes: diesel::sqlite::SqliteValue<'_, '_, '_>) -> diesel::deserialize::Result<Self> {
            let text: std::string::String = diesel::deserialize::FromSql::<
                diesel::sql_types::Text,
                diesel::sqlite::Sqlite,
            >::from_sql(bytes)?;
            Ok(text.parse()?)
        }
    }
}
