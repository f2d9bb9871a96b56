//! Changes of a column's type: what becomes of the values, there and back, and which of them stop it.

use makemigrations_plan::{
    model::{Action, Column, DataType, Generated, PrimaryKey, Table},
    operation::{AddPrimaryKey, AlterColumn, DropPrimaryKey, Operation, inverse},
};

use crate::support::*;

const REBUILT: (Ran, Ran) = (Ran::OnItsOwn, Ran::OnItsOwn);

fn database(data_type: DataType, values: &str) -> Database {
    let database = Database::new([table("house", &[("value", nullable(column(data_type)))])]);
    database.execute(&format!("INSERT INTO house (value) VALUES {values}"));
    database
}

/// What the values become, and what they become when rolled back, as SQLite writes them.
fn there_and_back(from: DataType, values: &str, to: DataType) -> (String, String) {
    let mut database = database(from, values);
    let operations = [alter_column("house", "value", nullable(column(to))).into()];
    let back = inverse(&database.schema, &operations).unwrap();
    let rows = |database: &Database| database.rows("SELECT quote(value) FROM house ORDER BY id").replace('\n', " ");
    database.up(&operations);
    let there = rows(&database);
    database.up(&back);
    (there, rows(&database))
}

fn converted(from: DataType, values: &str, to: DataType, there: &str, back: &str) {
    let case = format!("{from} to {to}");
    assert_eq!(there_and_back(from, values, to), (there.to_owned(), back.to_owned()), "{case}");
}

fn refused(from: DataType, values: &str, to: DataType) {
    let mut database = database(from, values);
    let before = database.everything();
    let case = format!("{to}");
    let error = database.run(&[alter_column("house", "value", nullable(column(to))).into()]).unwrap_err();
    assert!(error.contains(&format!("values of `house.value` do not fit into {case}")), "{error}");
    assert_eq!(database.everything(), before);
}

#[test]
fn booleans_are_words_in_text() {
    converted(DataType::Boolean, "(TRUE), (FALSE), (NULL)", DataType::Text, "'true' 'false' NULL", "1 0 NULL");
    converted(
        DataType::Text,
        "('t'), (' OFF '), ('Yes'), (NULL)",
        DataType::Boolean,
        "1 0 1 NULL",
        "'true' 'false' 'true' NULL",
    );
    refused(DataType::Text, "('true'), ('perhaps')", DataType::Boolean);
    refused(DataType::Boolean, "(TRUE), (FALSE)", DataType::Varchar(Some(4)));
}

#[test]
fn booleans_are_numbers_that_are_not_0() {
    converted(DataType::Integer, "(0), (1), (-7), (NULL)", DataType::Boolean, "0 1 1 NULL", "0 1 1 NULL");
}

#[test]
fn floats_are_rounded_to_whole_numbers() {
    converted(DataType::Double, "(1.5), (-2.5), (3), (NULL)", DataType::Integer, "2 -3 3 NULL", "2.0 -3.0 3.0 NULL");
    converted(DataType::Numeric(Some((9, Some(2)))), "(1.25), (7)", DataType::Bigint, "1 7", "1 7");
    refused(DataType::Double, "(3e9)", DataType::Integer);
    refused(DataType::Double, "(1e300)", DataType::Bigint);
    refused(DataType::Numeric(None), "('many')", DataType::Bigint);
}

#[test]
fn numbers_become_their_text_and_only_numbers_come_back() {
    converted(DataType::Integer, "(12), (-3)", DataType::Text, "'12' '-3'", "12 -3");
    converted(DataType::Double, "(1.0), (2.25)", DataType::Text, "'1.0' '2.25'", "1.0 2.25");
    refused(DataType::Text, "('1.5')", DataType::Integer);
    refused(DataType::Text, "('12a')", DataType::Numeric(None));
}

#[test]
fn bytes_are_the_text_that_they_spell() {
    converted(DataType::Bytes, "(x'6162'), (NULL)", DataType::Text, "'ab' NULL", "X'6162' NULL");
    converted(DataType::Text, "('ж')", DataType::Bytes, "X'D0B6'", "'ж'");
}

#[test]
fn moments_lose_and_gain_their_time() {
    let timestamp = || DataType::Timestamp(None);
    let date = "('2024-02-29'), (NULL)";
    converted(DataType::Date, date, timestamp(), "'2024-02-29 00:00:00' NULL", "'2024-02-29' NULL");
    let moment = "('2024-02-29 23:59:58.250'), (1700000000), ('someday')";
    converted(
        timestamp(),
        moment,
        DataType::Date,
        "'2024-02-29' 1700000000 'someday'",
        "'2024-02-29 00:00:00' 1700000000 'someday'",
    );
    let mut database = database(timestamp(), "('2024-02-29 23:59:58.25')");
    database.up(&[alter_column("house", "value", nullable(column(DataType::Time(None)))).into()]);
    assert_eq!(database.rows("SELECT value FROM house"), "23:59:58.250");
    refused(DataType::Time(None), "('23:59:58')", timestamp());
    converted(
        DataType::Timestamptz(None),
        "('2024-02-29 23:30:00-02:00')",
        DataType::Date,
        "'2024-03-01'",
        "'2024-03-01 00:00:00+00:00'",
    );
}

#[test]
fn json_is_valid() {
    converted(DataType::Text, "('{\"a\": 1}'), (NULL)", DataType::Json, "'{\"a\": 1}' NULL", "'{\"a\": 1}' NULL");
    refused(DataType::Text, "('{')", DataType::Jsonb);
}

#[test]
fn what_nothing_leads_to_needs_a_person() {
    refused(DataType::Integer, "(7)", DataType::Uuid);
    converted(DataType::Integer, "(NULL)", DataType::Uuid, "NULL", "NULL");
    let mut database = database(DataType::Integer, "(7)");
    let alter = alter_column("house", "value", nullable(column(DataType::Uuid)));
    let using = Some("'00000000-0000-0000-0000-00000000000' || value".to_owned());
    database.up(&[AlterColumn { using, ..alter }.into()]);
    assert_eq!(database.rows("SELECT value FROM house"), "00000000-0000-0000-0000-000000000007");
}

#[test]
fn nulls_and_rows_without_a_value_stop_with_words() {
    let mut database = database(DataType::Text, "('a'), (NULL)");
    let before = database.everything();
    let error = database.run(&[alter_column("house", "value", text()).into()]).unwrap_err();
    assert!(
        error.contains("CHECK constraint failed: rows of `house` have no value for `value`, which must have one"),
        "{error}"
    );
    let error = database.run(&[add_column("house", "other", text(), None)]).unwrap_err();
    assert!(error.contains("rows of `house` have no value for `other`"), "{error}");
    assert_eq!(database.everything(), before);
    database.execute("DELETE FROM house");
    assert_eq!(database.up(&[add_column("house", "other", text(), None)]), Ran::OnItsOwn);
}

fn computed(expression: &str, data_type: DataType, stored: bool) -> Column {
    let generated = Some(Generated { expression: expression.to_owned(), stored });
    Column { generated, ..nullable(column(data_type)) }
}

#[test]
fn computed_columns_step_aside_for_the_column_that_they_read() {
    for stored in [false, true] {
        let house = table(
            "house",
            &[
                ("price", column(DataType::Double)),
                ("twice", computed("price * 2", DataType::Double, stored)),
                ("label", computed("'costs ' || price", DataType::Text, stored)),
            ],
        );
        let mut database = Database::new([indexed(house, "twice")]);
        database.execute("INSERT INTO house (price) VALUES (1.0), (2.0)");
        let operations: Vec<Operation> = vec![
            makemigrations_plan::operation::DropIndex::new("house", "house_twice_idx").into(),
            drop_column("house", "twice"),
            drop_column("house", "label"),
            alter_column("house", "price", integer()).into(),
            add_column("house", "twice", computed("price * 2", DataType::Integer, stored), None),
            add_column("house", "label", computed("'for ' || price", DataType::Text, stored), None),
            add("house", "house_twice_idx", index("twice")),
        ];
        let back = inverse(&database.schema, &operations).unwrap();
        let rebuilds = |database: &Database, operations: &[Operation]| {
            database.script(operations).0.matches("DROP TABLE \"house\"").count()
        };
        assert_eq!(rebuilds(&database, &operations), 1);
        database.up(&operations);
        assert_eq!(database.rows("SELECT price, twice, label FROM house"), "1|2|for 1\n2|4|for 2");
        assert_eq!(rebuilds(&database, &back), 1);
        database.up(&back);
        assert_eq!(
            database.rows("SELECT quote(price), quote(twice), label FROM house"),
            "1.0|2.0|costs 1.0\n2.0|4.0|costs 2.0"
        );
    }
}

#[test]
fn a_column_becomes_computed_and_plain_again() {
    let mut database = Database::new([table("house", &[("a", integer()), ("b", nullable(integer()))])]);
    database.execute("INSERT INTO house (a, b) VALUES (1, 10)");
    let operations = [alter_column("house", "b", computed("a + 9", DataType::Varchar(Some(1)), true)).into()];
    let back = inverse(&database.schema, &operations).unwrap();
    database.up(&operations);
    assert_eq!(database.rows("SELECT b FROM house"), "10");
    database.up(&back);
    database.execute("UPDATE house SET b = b + 1");
    assert_eq!(database.rows("SELECT b FROM house"), "11");
}

#[test]
fn a_collation_reaches_the_indexes() {
    let mut database = Database::new([unique(table("house", &[("street", text())]), &["street"])]);
    database.execute("INSERT INTO house (street) VALUES ('a'), ('A')");
    let nocase = Column { collation: Some("NOCASE".into()), ..text() };
    let before = database.everything();
    let error = database.run(&[alter_column("house", "street", nocase.clone()).into()]).unwrap_err();
    assert!(error.contains("UNIQUE constraint failed: house.street"), "{error}");
    assert_eq!(database.everything(), before);
    database.execute("DELETE FROM house WHERE street = 'A'");
    assert_eq!(database.up_and_down(&[alter_column("house", "street", nocase).into()]), REBUILT);
}

#[test]
fn a_counter_goes_and_comes() {
    let mut database = Database::new([table("house", &[("street", text())])]);
    database.execute("INSERT INTO house (street) VALUES ('a'), ('b'), ('c'); DELETE FROM house WHERE id = 3");
    let operations = [alter_column("house", "id", column(DataType::Bigint)).into()];
    let back = inverse(&database.schema, &operations).unwrap();
    database.up(&operations);
    assert_eq!(database.rows("SELECT count(*) FROM sqlite_sequence"), "0");
    assert!(database.refused("INSERT INTO house (street) VALUES ('d')").contains("NOT NULL"));
    database.execute("INSERT INTO house VALUES (7, 'd')");
    database.up(&back);
    database.execute("INSERT INTO house (street) VALUES ('e')");
    assert_eq!(database.rows("SELECT id FROM house"), "1\n2\n7\n8");
}

#[test]
fn the_row_s_own_number_is_a_key_like_any_other() {
    let mut plain = Table::new(domain(), "plain");
    plain.columns.insert("id".to_owned(), integer());
    plain.columns.insert("code".to_owned(), text());
    let mut database = Database::new([
        key(plain, &["id"]),
        references(table("other", &[("plain", nullable(integer()))]), "plain", "plain", Action::Cascade),
    ]);
    database.execute("INSERT INTO plain VALUES (3, 'x'), (5, 'y'); INSERT INTO other (plain) VALUES (5), (NULL)");
    for data_type in [DataType::Bigint, DataType::Text] {
        let operations = [
            alter_column("plain", "id", column(data_type.clone())).into(),
            alter_column("other", "plain", nullable(column(data_type))).into(),
        ];
        assert_eq!(database.up_and_down(&operations), REBUILT);
    }
    assert_eq!(database.rows("SELECT * FROM other"), "1|5\n2|NULL");
}

#[test]
fn what_is_no_number_cannot_number_the_row() {
    let mut plain = Table::new(domain(), "plain");
    plain.columns.insert("id".to_owned(), text());
    for definition in [integer(), counter()] {
        let mut database = Database::new([key(plain.clone(), &["id"])]);
        database.execute("INSERT INTO plain VALUES ('12'), ('a')");
        let operations = [alter_column("plain", "id", definition).into()];
        let before = database.everything();
        let error = database.run(&operations).unwrap_err();
        assert!(error.contains("values of `plain.id` do not fit into"), "{error}");
        assert_eq!(database.everything(), before);
        database.execute("UPDATE plain SET id = ' 7 ' WHERE id = 'a'");
        database.up(&operations);
        assert_eq!(database.rows("SELECT typeof(id), id FROM plain"), "integer|7\ninteger|12");
    }
}

#[test]
fn a_table_without_row_numbers_is_rebuilt_with_its_key() {
    let mut place = Table::new(domain(), "place");
    place.columns.extend([("country".to_owned(), text()), ("city".to_owned(), text())]);
    place.options = Some("WITHOUT ROWID".into());
    let mut database = Database::new([key(place, &["country"])]);
    database.execute("INSERT INTO place VALUES ('fr', 'paris'), ('de', 'bonn')");
    let definition = PrimaryKey { name: "place_pkey".into(), columns: vec!["country".into(), "city".into()] };
    let operations: [Operation; 3] = [
        DropPrimaryKey { table: "place".into() }.into(),
        AddPrimaryKey { table: "place".into(), definition }.into(),
        AlterColumn {
            using: Some("upper(city)".into()),
            ..alter_column("place", "city", column(DataType::Varchar(Some(9))))
        }
        .into(),
    ];
    let back = inverse(&database.schema, &operations).unwrap();
    database.up(&operations);
    assert_eq!(database.rows("SELECT * FROM place"), "de|BONN\nfr|PARIS");
    assert!(database.refused("SELECT rowid FROM place").contains("no such column"));
    database.up(&back);
    assert!(database.refused("INSERT INTO place VALUES ('fr', 'lyon')").contains("UNIQUE"));
}
