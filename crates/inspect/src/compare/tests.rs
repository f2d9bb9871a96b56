//! Comparisons of small schemas: every difference, and nothing else.

use makemigrations_plan::model::{
    Check, Column, DataType, DefaultValue, ForeignKey, Index, IndexColumn, Object, PrimaryKey, Schema, Table,
};

use super::{Difference, compare};
use crate::domain;

fn ticket() -> Table {
    let mut table = Table::new(domain(), "ticket");
    table.columns.insert("id".to_owned(), Column::new(DataType::Uuid, false));
    table.columns.insert("price".to_owned(), Column::new(DataType::Integer, false));
    table.primary_key = Some(PrimaryKey { name: "ticket_pkey".to_owned(), columns: vec!["id".to_owned()] });
    table
}

fn schema(tables: impl IntoIterator<Item = (&'static str, Table)>) -> Schema {
    let tables = tables.into_iter().map(|(key, table)| (key.to_owned(), table)).collect();
    Schema { tables, ..Schema::default() }
}

fn lines(actual: &Schema, expected: &Schema) -> Vec<String> {
    compare(actual, expected).iter().map(ToString::to_string).collect()
}

#[test]
fn every_attribute_of_a_column_is_a_line() {
    let expected = schema([("ticket", ticket())]);
    let mut changed = ticket();
    let price = changed.columns.get_mut("price").unwrap();
    price.data_type = DataType::Numeric(None);
    price.nullable = true;
    price.default = Some(DefaultValue::Number(0.into()));
    price.comment = Some("In cents".to_owned());
    let actual = schema([("ticket", changed)]);
    assert_eq!(
        lines(&actual, &expected),
        [
            "`tables.ticket.columns.price.type`: `numeric`, expected `integer`",
            "`tables.ticket.columns.price.nullable`: `true`, expected `false`",
            "`tables.ticket.columns.price.default`: `0`, expected nothing",
            "`tables.ticket.columns.price.comment`: `In cents`, expected nothing",
        ]
    );
}

#[test]
fn what_one_of_them_has_is_one_line() {
    let expected = schema([("ticket", ticket())]);
    let mut changed = ticket();
    changed.columns.swap_remove("price");
    changed.checks.insert("sane".to_owned(), Check { expression: "id > 0".to_owned() });
    let index = Index {
        columns: vec![IndexColumn { descending: true, ..IndexColumn::plain("id") }],
        unique: true,
        nulls_not_distinct: false,
        predicate: Some("id IS NOT NULL".to_owned()),
        method: None,
        include: Vec::new(),
        with: Default::default(),
    };
    changed.indexes.insert("a b".to_owned(), index);
    let actual = schema([("ticket", changed), ("other", Table { name: "other".to_owned(), ..ticket() })]);
    assert_eq!(
        lines(&actual, &expected),
        [
            "`tables.other`: `table with id, price`, expected nothing",
            "`tables.ticket.columns.price`: missing, expected `integer`",
            "`tables.ticket.indexes.\"a b\"`: `unique (id desc) where id IS NOT NULL`, expected nothing",
            "`tables.ticket.checks.sane`: `id > 0`, expected nothing",
        ]
    );
}

#[test]
fn keys_domains_and_the_order_of_columns_do_not_count() {
    let mut house = Table { name: "house".to_owned(), ..ticket() };
    house.foreign_keys.insert("house_id_fkey".to_owned(), key_to("ticket"));
    let expected = schema([("ticket", ticket()), ("house", house.clone())]);
    let mut moved = ticket();
    moved.columns.swap_indices(0, 1);
    moved.depends_on.insert("touch".to_owned());
    house.foreign_keys.insert("house_id_fkey".to_owned(), key_to("public_ticket"));
    let actual = schema([("public_ticket", moved), ("house", house)]);
    assert_eq!(compare(&actual, &expected), []);
}

fn key_to(table: &str) -> ForeignKey {
    let id = vec!["id".to_owned()];
    let (on_delete, on_update, match_type) = Default::default();
    let references = id.clone();
    ForeignKey { columns: id, table: table.to_owned(), references, on_delete, on_update, deferrable: None, match_type }
}

#[test]
fn an_object_is_its_text_under_whatever_key() {
    let object = |text: &str| Object {
        domain: domain(),
        create: format!("CREATE {text}"),
        drop: format!("DROP {text}"),
        depends_on: Default::default(),
    };
    let with = |objects: &[(&str, &str)]| Schema {
        objects: objects.iter().map(|(key, text)| ((*key).to_owned(), object(text))).collect(),
        ..Schema::default()
    };
    let expected = with(&[("f", "f()")]);
    assert_eq!(
        lines(&with(&[("f()", "f()"), ("f(integer)", "f(integer)")]), &expected),
        ["`objects.f(integer)`: `CREATE f(integer)`, expected nothing"]
    );
    assert_eq!(
        lines(&with(&[("f", "f() now")]), &expected),
        ["`objects.f.create`: `CREATE f() now`, expected `CREATE f()`"]
    );
}

#[test]
fn long_texts_that_differ_late_are_said_to_differ() {
    let text = |end: &str| Some(format!("{}{end}", "x ".repeat(100)));
    let difference = Difference { path: "objects.f.create".to_owned(), actual: text("a"), expected: text("b") };
    assert_eq!(difference.to_string(), "`objects.f.create`: another text than expected");
}
