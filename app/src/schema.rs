//! Diesel's view of the tables that the application uses; the columns in the order of the snapshots.
//! It must say the same as `schema-snapshots/`.

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

diesel::joinable!(property -> organization (organization));
diesel::joinable!(ticket -> property (property));
diesel::allow_tables_to_appear_in_same_query!(organization, property, ticket);
