//! Recognition on small schemas: what is as it was built is as it was written.

use makemigrations_plan::model::{
    Check, Column, DataType, DefaultValue, Domain, Enum, ForeignKey, Identity, Object, Schema, Table, View,
};

use super::recognise;
use crate::domain;

fn written_domain() -> Domain {
    Domain::new("housing").unwrap()
}

/// What people wrote: keys, domains and spellings of their own.
fn known() -> Schema {
    let mut ticket = Table::new(written_domain(), "Ticket");
    let mut id = Column::new(DataType::Integer, false);
    id.identity = Some(Identity::AutoIncrement);
    ticket.columns.insert("id".to_owned(), id);
    let mut price = Column::new(DataType::Integer, false);
    price.default = Some(DefaultValue::Expression("1 + 1".to_owned()));
    ticket.columns.insert("price".to_owned(), price);
    ticket.checks.insert("sane".to_owned(), Check { expression: "price>0".to_owned() });
    let mut house = Table::new(written_domain(), "house");
    house.columns.insert("ticket".to_owned(), Column::new(DataType::Integer, false));
    house.foreign_keys.insert("house_ticket_fkey".to_owned(), key_to("request"));
    let view = View {
        domain: written_domain(),
        name: "open".to_owned(),
        schema: None,
        query: "SELECT * FROM \"Ticket\"".to_owned(),
        materialized: false,
        comment: None,
        depends_on: Default::default(),
        indexes: Default::default(),
    };
    let item = Enum { domain: written_domain(), schema: None, values: vec!["new".to_owned()], comment: None };
    Schema {
        tables: [("request".to_owned(), ticket), ("house".to_owned(), house)].into(),
        views: [("open_requests".to_owned(), view)].into(),
        enums: [("status".to_owned(), item)].into(),
        objects: [
            (
                "touch".to_owned(),
                object(
                    written_domain(),
                    "create or replace function touch() as $$$$; create trigger touch on \"Ticket\"",
                ),
            ),
            ("grants".to_owned(), object(written_domain(), "GRANT SELECT ON house TO reader")),
        ]
        .into(),
        ..Schema::default()
    }
}

/// What a database that was built from it says.
fn reference() -> Schema {
    let mut schema = known();
    let mut ticket = schema.tables.remove("request").unwrap();
    ticket.columns["id"].identity = Some(Identity::ByDefault);
    ticket.columns["price"].default = Some(DefaultValue::Expression("(1 + 1)".to_owned()));
    ticket.checks.insert("sane".to_owned(), Check { expression: "price > 0".to_owned() });
    schema.tables.insert("Ticket".to_owned(), ticket);
    schema.tables.get_mut("house").unwrap().foreign_keys.insert("house_ticket_fkey".to_owned(), key_to("Ticket"));
    let mut view = schema.views.remove("open_requests").unwrap();
    view.query = "SELECT id, price FROM \"Ticket\"".to_owned();
    schema.views.insert("open".to_owned(), view);
    schema.objects = [
        ("touch".to_owned(), object(domain(), "CREATE FUNCTION touch() AS $function$$function$")),
        ("Ticket_touch".to_owned(), object(domain(), "CREATE TRIGGER touch ON \"Ticket\"")),
    ]
    .into();
    for domain_of in schema.tables.values_mut().map(|table| &mut table.domain) {
        *domain_of = domain();
    }
    schema.views.values_mut().for_each(|view| view.domain = domain());
    schema.enums.values_mut().for_each(|item| item.domain = domain());
    schema
}

fn key_to(table: &str) -> ForeignKey {
    let (on_delete, on_update, match_type) = Default::default();
    ForeignKey {
        columns: vec!["ticket".to_owned()],
        table: table.to_owned(),
        references: vec!["id".to_owned()],
        on_delete,
        on_update,
        deferrable: None,
        match_type,
    }
}

fn object(domain: Domain, create: &str) -> Object {
    Object { domain, create: create.to_owned(), drop: format!("drop {create}"), depends_on: Default::default() }
}

#[test]
fn an_untouched_database_gives_back_what_was_written() {
    assert_eq!(recognise(&reference(), &reference(), &known()), known());
}

#[test]
fn a_changed_column_is_as_found_and_its_neighbours_as_written() {
    let mut actual = reference();
    let ticket = actual.tables.get_mut("Ticket").unwrap();
    ticket.columns["price"].nullable = true;
    ticket.columns.insert("extra".to_owned(), Column::new(DataType::Text, true));
    let mut expected = known();
    let request = expected.tables.get_mut("request").unwrap();
    request.columns["price"] = ticket.columns["price"].clone();
    request.columns.insert("extra".to_owned(), Column::new(DataType::Text, true));
    assert_eq!(recognise(&actual, &reference(), &known()), expected);
}

#[test]
fn what_is_gone_is_gone_and_what_is_new_keeps_its_name() {
    let mut actual = reference();
    actual.views.clear();
    actual.enums.clear();
    let mut street = Table::new(domain(), "street");
    street.columns.insert("ticket".to_owned(), Column::new(DataType::Integer, false));
    street.foreign_keys.insert("street_ticket_fkey".to_owned(), key_to("Ticket"));
    actual.tables.insert("street".to_owned(), street.clone());
    // The key of a known table, though another table has that name: it makes way.
    actual.tables.insert("request".to_owned(), Table { name: "request".to_owned(), ..street.clone() });

    let mut expected = known();
    expected.views.clear();
    expected.enums.clear();
    street.foreign_keys.insert("street_ticket_fkey".to_owned(), key_to("request"));
    expected.tables.insert("street".to_owned(), street.clone());
    expected.tables.insert("request_2".to_owned(), Table { name: "request".to_owned(), ..street });
    assert_eq!(recognise(&actual, &reference(), &known()), expected);
}

#[test]
fn a_text_of_which_a_part_changed_falls_into_what_is_there() {
    let mut actual = reference();
    let function = object(domain(), "CREATE FUNCTION touch() AS $function$ now $function$");
    actual.objects.insert("touch".to_owned(), function.clone());
    let found = recognise(&actual, &reference(), &known());
    // Two objects stood in one text: it no longer says what is there. The domain is still known.
    let keys: Vec<_> = found.objects.keys().map(String::as_str).collect();
    assert_eq!(keys, ["Ticket_touch", "grants", "touch_2"]);
    assert_eq!(found.objects["touch_2"], Object { domain: written_domain(), ..function });
    assert_eq!(found.objects["grants"], known().objects["grants"]);
}

#[test]
fn a_changed_object_keeps_the_key_of_its_text() {
    let mut known = known();
    known.objects = [("on_update".to_owned(), object(written_domain(), "create function touch()"))].into();
    let mut actual = reference();
    actual.objects.remove("Ticket_touch");
    let mut reference = actual.clone();
    reference.objects.insert("touch".to_owned(), object(domain(), "CREATE FUNCTION touch() AS 1"));
    let function = actual.objects["touch"].clone();
    let found = recognise(&actual, &reference, &known);
    assert_eq!(found.objects["on_update"], Object { domain: written_domain(), ..function });
    assert_eq!(found.objects.len(), 1);
}

#[test]
fn what_comes_along_with_something_known_is_not_said_again() {
    let mut reference = reference();
    // SQLite has no enums: the column's check stands for it.
    let check = Check { expression: "status IN ('new')".to_owned() };
    reference.tables.get_mut("house").unwrap().checks.insert("house_status_check".to_owned(), check);
    reference.enums.clear();
    assert_eq!(recognise(&reference, &reference, &known()), known());
    let mut actual = reference.clone();
    actual.tables.get_mut("house").unwrap().checks.clear();
    assert_eq!(recognise(&actual, &reference, &known()), known());
}
