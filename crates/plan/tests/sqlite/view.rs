//! Views, triggers and other objects, and what becomes of them when the tables below change.

use makemigrations_plan::{
    model::{Action, DataType, Enum},
    operation::{
        AddEnumValue, CreateEnum, CreateObject, CreateView, DropIndex, DropObject, DropView, MoveObject, MoveView,
        Operation, RenameColumn, RenameTable, SetDependsOn,
    },
};

use crate::support::{
    self, Database, Ran, add_column, alter_column, column, domain, drop_column, indexed, integer, nullable, references,
    table, text,
};

fn view(name: &str, query: &str) -> Operation {
    CreateView { key: name.to_owned(), definition: support::view(name, query) }.into()
}

fn object(key: &str, create: &str, drop: &str) -> Operation {
    CreateObject { key: key.to_owned(), definition: support::object(create, drop) }.into()
}

fn drop_view(key: &str) -> Operation {
    DropView::new(key).into()
}

fn drop_object(key: &str) -> Operation {
    DropObject::new(key).into()
}

/// Two triggers under one key: houses are counted, and their streets are never empty.
fn triggers() -> Operation {
    object(
        "counting",
        "-- both belong together\n\
         CREATE TRIGGER counted AFTER INSERT ON house BEGIN UPDATE total SET houses = houses + 1; SELECT ';'; END;\n\
         CREATE TRIGGER filled BEFORE INSERT ON house WHEN new.street = '' BEGIN SELECT raise(ABORT, 'no street'); END;",
        "DROP TRIGGER counted; DROP TRIGGER filled;",
    )
}

fn houses() -> Database {
    let house = indexed(table("house", &[("street", text()), ("number", nullable(integer()))]), "street");
    let flat = references(table("flat", &[("house", integer())]), "house", "house", Action::Cascade);
    let mut database = Database::new([house, flat, table("total", &[("houses", integer())])]);
    database.execute("INSERT INTO house (street, number) VALUES ('a', 1), ('b', 2); INSERT INTO total VALUES (1, 2)");
    database.execute("INSERT INTO flat (house) VALUES (1), (1), (2)");
    database.up(&[
        view("streets", "SELECT street AS name, number FROM house -- all of them"),
        view("first_street", "SELECT min(name) AS name FROM streets"),
        triggers(),
    ]);
    database
}

fn in_order(middle: impl IntoIterator<Item = Operation>, streets: &str) -> Vec<Operation> {
    let start = [drop_object("counting"), drop_view("first_street"), drop_view("streets")];
    let end = [view("streets", streets), view("first_street", "SELECT min(name) AS name FROM streets"), triggers()];
    start.into_iter().chain(middle).chain(end).collect()
}

#[test]
fn views_and_objects_of_several_statements_appear_and_go() {
    let mut database = houses();
    assert_eq!(database.rows("SELECT * FROM first_street"), "a");
    assert!(database.refused("INSERT INTO house (street) VALUES ('')").contains("no street"));
    let domain = domain();
    let operations = [
        MoveView::new("streets", domain.clone()).into(),
        MoveObject::new("counting", domain).into(),
        SetDependsOn { key: "counting".into(), depends_on: ["house".to_owned()].into() }.into(),
        drop_object("counting"),
        drop_view("first_street"),
        drop_view("streets"),
    ];
    assert_eq!(database.up_and_down(&operations), (Ran::InTransaction, Ran::InTransaction));
    database.up(&operations);
    assert_eq!(database.rows("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')"), "");
}

#[test]
fn a_rebuild_between_the_drop_and_the_creation_of_what_reads_the_table() {
    let mut database = houses();
    let change = [
        add_column("house", "area", integer(), Some("number * 10")),
        alter_column("house", "number", nullable(text())).into(),
    ];
    let operations = in_order(change, "SELECT street AS name, area FROM house");
    assert_eq!(database.up_and_down(&operations), (Ran::OnItsOwn, Ran::OnItsOwn));
    database.up(&operations);
    assert_eq!(database.rows("SELECT * FROM streets"), "a|10\nb|20");
    database.execute("INSERT INTO house (street, area) VALUES ('c', 30)");
    assert_eq!(database.rows("SELECT houses FROM total"), "3");
    assert_eq!(database.rows("SELECT count(*) FROM flat"), "3");
}

#[test]
fn a_trigger_that_no_object_has_still_refuses() {
    let mut database = houses();
    database.execute("CREATE TRIGGER mine AFTER DELETE ON house BEGIN SELECT 1; END");
    let change = [add_column("house", "area", integer(), Some("1"))];
    let before = database.everything();
    let error = database.run(&in_order(change, "SELECT street AS name FROM house")).unwrap_err();
    assert!(error.contains("table `house` has triggers, indexes or columns that no migration made"), "{error}");
    assert_eq!(database.everything(), before);
}

#[test]
fn views_that_nothing_mentions_survive_a_rebuild_of_their_table() {
    let mut database = houses();
    database.up(&[drop_object("counting")]);
    database.execute("CREATE VIEW mine AS SELECT count(*) AS n FROM house");
    let operations = [add_column("house", "area", integer(), Some("1"))];
    database.up(&operations);
    assert_eq!(database.rows("SELECT * FROM mine"), "2");
    assert_eq!(database.rows("SELECT * FROM first_street"), "a");
}

#[test]
fn renames_with_views_and_triggers_around() {
    let mut database = houses();
    let renames = [
        RenameTable { from: "house".into(), to: "building".into(), name: "building".into() }.into(),
        RenameColumn { table: "building".into(), from: "street".into(), to: "road".into() }.into(),
    ];
    // Left alone, they follow.
    assert_eq!(database.up_and_down_in_substance(&renames), (Ran::InTransaction, Ran::InTransaction));
    database.up(&renames);
    assert_eq!(database.rows("SELECT name FROM streets"), "a\nb");
    database.execute("INSERT INTO building (road) VALUES ('c')");
    assert_eq!(database.rows("SELECT houses FROM total"), "3");
}

#[test]
fn tables_and_columns_swap_their_names_below_a_view() {
    let mut database = houses();
    let table = |from: &str, to: &str| RenameTable { from: from.into(), to: to.into(), name: to.into() }.into();
    let column = |from: &str, to: &str| RenameColumn { table: "house".into(), from: from.into(), to: to.into() }.into();
    let operations = in_order(
        [
            table("house", "between"),
            table("total", "house"),
            table("between", "total"),
            table("total", "between"),
            table("house", "total"),
            table("between", "house"),
            DropIndex::new("house", "house_street_idx").into(),
            column("street", "between"),
            column("number", "street"),
            column("between", "number"),
            alter_column("house", "street", integer()).into(),
        ],
        "SELECT number AS name, street FROM house",
    );
    assert_eq!(database.up_and_down(&operations), (Ran::OnItsOwn, Ran::OnItsOwn));
    database.up(&operations);
    assert_eq!(database.rows("SELECT * FROM streets"), "a|1\nb|2");
    assert_eq!(database.rows("SELECT house FROM flat"), "1\n1\n2");
}

#[test]
fn columns_are_dropped_in_place_when_the_views_are_gone() {
    let mut database = houses();
    database.execute("UPDATE house SET number = NULL");
    let operations = in_order([drop_column("house", "number")], "SELECT street AS name FROM house");
    assert_eq!(database.up_and_down_in_substance(&operations), (Ran::InTransaction, Ran::InTransaction));
}

#[test]
fn what_stands_after_a_view_or_an_object_does_not_come_before_it() {
    let mut database = houses();
    let operations = [
        drop_object("counting"),
        add_column("house", "area", integer(), Some("number")),
        object("filling", "UPDATE house SET area = area + 1", "UPDATE house SET area = area - 1"),
        add_column("house", "twice", integer(), Some("area * 2")),
        alter_column("house", "street", nullable(text())).into(),
        triggers(),
    ];
    database.up(&operations);
    assert_eq!(database.rows("SELECT area, twice FROM house"), "2|4\n3|6");
}

#[test]
fn new_values_of_an_enum_come_first_and_go_last_and_meet_no_trigger() {
    let mut database = houses();
    let kind = Enum { domain: domain(), schema: None, values: vec!["flat".to_owned()], comment: None };
    let kind_of = nullable(column(DataType::Enum("kind".into())));
    let added = CreateEnum { key: "kind".into(), definition: kind }.into();
    database.up(&in_order([added, add_column("house", "kind", kind_of, None)], "SELECT street AS name FROM house"));
    let value = AddEnumValue { key: "kind".into(), value: "hut".into(), before: None }.into();
    let operations: Vec<_> = std::iter::once(value).chain([drop_object("counting"), triggers()]).collect();
    assert_eq!(database.up_and_down_in_substance(&operations), (Ran::OnItsOwn, Ran::OnItsOwn));
    database.up(&operations);
    database.execute("INSERT INTO house (street, kind) VALUES ('c', 'hut')");
    assert_eq!(database.rows("SELECT houses FROM total"), "3");
}

#[test]
fn a_trigger_that_the_plan_left_alone_steps_aside_in_the_rebuild() {
    let mut database = houses();
    let operations = [add_column("house", "area", integer(), Some("1"))];
    let ran = (Ran::OnItsOwn, Ran::InTransaction);
    assert_eq!(database.up_and_down_in_substance(&operations), ran);
    let operations = [add_column("house", "area", integer(), Some("1")), drop_object("counting")];
    assert_eq!(database.up_and_down_in_substance(&operations), ran);
    database.up(&[add_column("house", "area", integer(), Some("1"))]);
    database.execute("INSERT INTO house (street, area) VALUES ('c', 1)");
    assert_eq!(database.rows("SELECT houses FROM total"), "3");
}
