//! The table rebuild: what must survive it, and what it must change.

use makemigrations_plan::{
    model::{Action, Check, Column, DataType, Enum, Generated, PrimaryKey, Table},
    operation::{
        AddEnumValue, AddPrimaryKey, CreateEnum, DropColumn, DropIndex, DropPrimaryKey, Operation, RenameColumn,
        RenameTable,
    },
};

use crate::support::*;

const REBUILT: (Ran, Ran) = (Ran::OnItsOwn, Ran::OnItsOwn);

/// A parent with children that would go with it.
fn houses() -> Database {
    let house =
        unique(indexed(table("house", &[("street", text()), ("number", nullable(integer()))]), "street"), &["number"]);
    let flat = references(table("flat", &[("house", integer())]), "house", "house", Action::Cascade);
    let database = Database::new([house, flat]);
    database.execute("INSERT INTO house (street, number) VALUES ('a', 1), ('b', NULL), ('c', 3), ('d', 4)");
    database.execute("INSERT INTO flat (house) VALUES (1), (1), (3)");
    database.execute("DELETE FROM house WHERE id = 4");
    database
}

#[test]
fn children_indexes_and_counters_survive() {
    let mut database = houses();
    let check = Check { expression: "street <> '' OR number IS NULL".into() };
    assert_eq!(database.up_and_down(&[add("house", "house_placed", check.clone())]), REBUILT);
    database.up(&[add("house", "house_placed", check)]);
    assert_eq!(database.rows("SELECT house FROM flat"), "1\n1\n3");
    assert_eq!(
        database.rows("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"),
        "house_number_key\nhouse_street_idx"
    );
    database.execute("INSERT INTO house (street) VALUES ('e')");
    assert_eq!(database.rows("SELECT max(id) FROM house"), "5");
    assert!(database.refused("INSERT INTO flat (house) VALUES (99)").contains("FOREIGN KEY"));
    assert!(database.refused("UPDATE house SET street = ''").contains("house_placed"));
    database.execute("DELETE FROM house WHERE id = 1");
    assert_eq!(database.rows("SELECT house FROM flat"), "3");
}

#[test]
fn an_empty_table_keeps_its_counter() {
    let mut database = houses();
    database.execute("DELETE FROM house");
    database.up(&[alter_column("house", "number", nullable(text())).into()]);
    database.execute("INSERT INTO house (street) VALUES ('e')");
    assert_eq!(database.rows("SELECT id FROM house"), "5");
    assert_eq!(database.rows("SELECT name, seq FROM sqlite_sequence ORDER BY name"), "flat|3\nhouse|5");
}

#[test]
fn views_on_the_table_and_triggers_on_others_survive() {
    let mut database = houses();
    database.execute("CREATE VIEW streets AS SELECT street FROM house");
    database.execute(
        "CREATE TRIGGER placed AFTER INSERT ON flat BEGIN UPDATE house SET number = 7 WHERE id = new.house; END",
    );
    assert_eq!(database.up_and_down(&[alter_column("house", "street", nullable(text())).into()]), REBUILT);
    assert_eq!(database.rows("SELECT * FROM streets"), "a\nb\nc");
    database.execute("INSERT INTO flat (house) VALUES (2)");
    assert_eq!(database.rows("SELECT number FROM house WHERE id = 2"), "7");
}

#[test]
fn nulls_are_filled_by_the_backfill() {
    let mut database = houses();
    let mut alter = alter_column("house", "number", integer());
    alter.backfill = Some("10 + id -- a comment".into());
    assert_eq!(database.up(&[alter.into()]), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT number FROM house ORDER BY id"), "1\n12\n3");

    let mut database = houses();
    let before = database.everything();
    for definition in [integer(), default(integer(), "-1")] {
        let error = database.run(&[alter_column("house", "number", definition).into()]).unwrap_err();
        assert!(error.contains("rows of `house` have no value for `number`"), "{error}");
    }
    assert_eq!(database.everything(), before);
}

#[test]
fn added_columns_are_filled_over_the_old_row() {
    let mut database = houses();
    let operations = [
        add_column("house", "place", text(), Some("street || coalesce(number, '')")),
        add_column("house", "flats", integer(), Some("(SELECT count(*) FROM flat WHERE flat.house = house.id)")),
        add_column("house", "built", default(column(DataType::Timestamptz(None)), "CURRENT_TIMESTAMP"), None),
        add_column("house", "far", default(text(), "lower('FAR')"), None),
        add("house", "house_place_idx", index("place")),
        alter_column("house", "street", column(DataType::Varchar(Some(9)))).into(),
    ];
    assert_eq!(database.up_and_down(&operations), REBUILT);
    database.up(&operations);
    let rows = "SELECT place, flats, built > '2020', far FROM house";
    assert_eq!(database.rows(rows), "a1|2|1|far\nb|0|1|far\nc3|1|1|far");
    assert_eq!(database.rows("SELECT count(*) FROM sqlite_master WHERE name = 'house_place_idx'"), "1");
}

#[test]
fn a_backfill_may_read_what_came_just_before() {
    let mut database = houses();
    let operations = [
        add_column("house", "a", integer(), Some("1")),
        add_column("house", "b", integer(), Some("a + 1")),
        add_column("flat", "street", text(), Some("(SELECT street FROM house WHERE house.id = flat.house)")),
        add_column("flat", "b", integer(), Some("(SELECT b FROM house WHERE house.id = flat.house)")),
        DropIndex::new("house", "house_street_idx").into(),
        drop_column("house", "street"),
        add_column("house", "c", integer(), Some("b + 1")),
    ];
    assert_eq!(database.up(&operations), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT id, street, b FROM flat"), "1|a|2\n2|a|2\n3|c|2");
    assert_eq!(database.rows("SELECT id, a, b, c FROM house"), "1|1|2|3\n2|1|2|3\n3|1|2|3");
}

#[test]
fn a_column_changes_its_type_by_an_expression() {
    let mut database = houses();
    let mut alter = alter_column("house", "number", nullable(text()));
    alter.using = Some("'No. ' || number".into());
    database.up(&[alter.into()]);
    assert_eq!(database.rows("SELECT number FROM house ORDER BY id"), "No. 1\nNULL\nNo. 3");
}

#[test]
fn an_enum_s_new_value_reaches_every_table() {
    let status = DataType::Enum("status".into());
    let definition = Enum { domain: domain(), schema: None, values: vec!["new".into()], comment: None };
    let mut database = Database::new([]);
    database.up(&[
        CreateEnum { key: "status".into(), definition }.into(),
        create(table("ticket", &[("status", column(status.clone()))])),
        create(table("task", &[("status", nullable(column(status)))])),
    ]);
    database.execute("INSERT INTO ticket (status) VALUES ('new'); INSERT INTO task (status) VALUES (NULL)");
    let add = AddEnumValue { key: "status".into(), value: "old".into(), before: None }.into();
    assert_eq!(database.up_and_down(&[Operation::clone(&add)]), REBUILT);
    database.up(&[add]);
    database.execute("UPDATE ticket SET status = 'old'; UPDATE task SET status = 'old'");
    let back = makemigrations_plan::operation::DropEnumValue { key: "status".into(), value: "old".into() };
    let before = database.everything();
    let error = database.run(&[back.into()]).unwrap_err();
    assert!(error.contains("rows of `ticket` still have a value in `status` that goes: 'old'"), "{error}");
    assert_eq!(database.everything(), before);
}

#[test]
fn composite_keys_and_references_to_itself_hold() {
    let mut place = Table::new(domain(), "place");
    for name in ["country", "city", "capital"] {
        place.columns.insert(name.to_owned(), text());
    }
    let mut place = key(place, &["country", "city"]);
    let itself = foreign_key(&["country", "capital"], "place", &["country", "city"], Action::Cascade);
    place.foreign_keys.insert("place_country_capital_fkey".to_owned(), itself);
    let mut database = Database::new([place]);
    database.execute("INSERT INTO place VALUES ('fr', 'paris', 'paris'), ('fr', 'lyon', 'paris')");
    assert_eq!(
        database.up_and_down(&[add_column("place", "people", integer(), Some("0"))]),
        (Ran::OnItsOwn, Ran::InTransaction)
    );
    database.up(&[add_column("place", "people", integer(), Some("0"))]);
    assert!(database.refused("INSERT INTO place VALUES ('de', 'bonn', 'berlin', 0)").contains("FOREIGN KEY"));
    database.execute("DELETE FROM place WHERE city = 'paris'");
    assert_eq!(database.rows("SELECT * FROM place"), "");
}

#[test]
fn a_primary_key_can_be_exchanged() {
    let mut database = houses();
    let mut plain = Table::new(domain(), "plain");
    plain.columns.insert("code".to_owned(), text());
    plain.columns.insert("id".to_owned(), counter());
    database.up(&[create(key(plain, &["code"]))]);
    database.execute("INSERT INTO plain VALUES ('x', 5), ('y', 7)");
    let definition = PrimaryKey { name: "plain_pkey".into(), columns: vec!["id".into()] };
    let operations =
        [DropPrimaryKey { table: "plain".into() }.into(), AddPrimaryKey { table: "plain".into(), definition }.into()];
    assert_eq!(database.up(&operations), Ran::OnItsOwn);
    database.execute("INSERT INTO plain (code) VALUES ('z')");
    assert_eq!(database.rows("SELECT code, id FROM plain ORDER BY id"), "x|5\ny|7\nz|8");
}

#[test]
fn columns_that_something_else_names_go_by_rebuild() {
    let generated = Some(Generated { expression: "a + 1".into(), stored: true });
    let two = table("two", &[("a", integer()), ("b", Column { generated, ..integer() }), ("c", integer())]);
    let mut database = Database::new([checked(two, "two_check", "a < c")]);
    database.execute("INSERT INTO two (a, c) VALUES (1, 2)");
    assert_eq!(database.up(&[alter_column("two", "b", integer()).into()]), Ran::OnItsOwn);
    let operations: [Operation; 2] = [
        makemigrations_plan::operation::DropCheck::new("two", "two_check").into(),
        DropColumn { table: "two".into(), column: "a".into() }.into(),
    ];
    assert_eq!(database.up(&operations), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT * FROM two"), "1|2|2");
}

#[test]
fn renames_and_a_rebuild_share_a_migration() {
    let mut database = houses();
    let mut alter = alter_column("building", "no", integer());
    alter.backfill = Some("0".into());
    let operations = [
        RenameTable { from: "house".into(), to: "building".into(), name: "building".into() }.into(),
        RenameColumn { table: "building".into(), from: "number".into(), to: "no".into() }.into(),
        alter.into(),
        add_column("flat", "floor", integer(), Some("1")),
    ];
    assert_eq!(database.up(&operations), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT no FROM building ORDER BY id"), "1\n0\n3");
    database.execute("DELETE FROM building WHERE id = 1");
    assert_eq!(database.rows("SELECT house, floor FROM flat"), "3|1");
}

#[test]
fn indexes_change_names_and_places_around_a_rebuild() {
    let mut database = houses();
    let operations = [
        alter_column("house", "street", nullable(text())).into(),
        add("house", "passing", index("number")),
        DropIndex::new("house", "passing").into(),
        DropIndex::new("house", "house_street_idx").into(),
        add_column("house", "code", integer(), Some("id")),
        add("house", "house_code_idx", index("code")),
        makemigrations_plan::operation::RenameUnique::new("house", "house_number_key", "one_number").into(),
        add_column("house", "area", integer(), Some("0")),
        add("house", "house_area_idx", index("area")),
    ];
    assert_eq!(database.up_and_down(&operations), REBUILT);
    database.up(&operations);
    assert_eq!(
        database.rows("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"),
        "house_area_idx\nhouse_code_idx\none_number"
    );
}

#[test]
fn names_with_every_mark_survive() {
    let odd = table(r#"it's "odd" `[x]"#, &[("a b", text()), ("select", nullable(text()))]);
    let mut database = Database::new([odd]);
    database.execute(r#"INSERT INTO "it's ""odd"" `[x]" ("a b") VALUES ('x')"#);
    let operations = [add_column(r#"it's "odd" `[x]"#, "new\"one", text(), Some("\"a b\""))];
    assert_eq!(database.up_and_down(&operations), (Ran::OnItsOwn, Ran::InTransaction));
}
