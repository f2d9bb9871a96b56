//! The guard of a rebuild: what it stops, what it lets pass, and that one can try again.

use makemigrations_plan::{
    model::{Action, Check, DataType},
    operation::{AlterColumn, Operation, RenameTable},
};
use makemigrations_sql::{ControlKind, Dialect, statements, transaction_control};

use crate::support::*;

fn houses() -> Database {
    let house = table("house", &[("street", text())]);
    let flat = references(table("flat", &[("house", integer())]), "house", "house", Action::Cascade);
    let database = Database::new([house, flat]);
    database.execute("INSERT INTO house (street) VALUES ('a'), ('b'); INSERT INTO flat (house) VALUES (1), (2)");
    database
}

fn rebuild() -> [Operation; 1] {
    [add_column("house", "number", integer(), Some("0"))]
}

#[test]
fn what_a_rebuild_would_lose_stops_it_with_words() {
    for (make, undo) in [
        ("CREATE TRIGGER t AFTER INSERT ON house BEGIN SELECT 1; END", "DROP TRIGGER t"),
        ("CREATE INDEX mine ON house (street)", "DROP INDEX mine"),
        ("ALTER TABLE house ADD COLUMN mine TEXT", "ALTER TABLE house DROP COLUMN mine"),
    ] {
        let mut database = houses();
        database.execute(make);
        let before = database.everything();
        let error = database.run(&rebuild()).unwrap_err();
        let expected =
            "table `house` has triggers, indexes or columns that no migration made, and a rebuild would lose them";
        assert!(error.contains(expected), "{error}");
        assert_eq!(database.everything(), before);
        database.execute(undo);
        assert_eq!(database.up(&rebuild()), Ran::OnItsOwn);
    }
}

#[test]
fn a_table_may_be_rebuilt_under_both_spellings_of_its_name() {
    let mut database = houses();
    let rename = RenameTable { from: "house".into(), to: "House".into(), name: "House".into() };
    let again = add_column("House", "floors", integer(), None);
    let operations = [rebuild()[0].clone(), rename.into(), again];
    let error = database.run(&operations).unwrap_err();
    assert!(error.contains("rows of `House` have no value for `floors`"), "{error}");
    database.execute("DELETE FROM house");
    assert_eq!(database.up(&operations), Ran::OnItsOwn);
}

#[test]
fn a_column_that_is_not_there_is_no_string() {
    let mut database = houses();
    database.execute("ALTER TABLE house DROP COLUMN street");
    let error = database.run(&rebuild()).unwrap_err();
    assert!(error.contains("no such column: house.street"), "{error}");
}

#[test]
fn broken_references_of_before_do_not_block_and_new_ones_do() {
    let mut database = houses();
    database.execute("PRAGMA foreign_keys = OFF; INSERT INTO flat (house) VALUES (77); PRAGMA foreign_keys = ON");
    assert_eq!(database.up(&rebuild()), Ran::OnItsOwn);
    let key = foreign_key(&["number"], "house", &["id"], Action::NoAction);
    let before = database.everything();
    let error = database.run(&[add("house", "house_number_fkey", key)]).unwrap_err();
    assert!(error.contains("rows of `house` reference rows that `house` does not have"), "{error}");
    assert_eq!(database.everything(), before);
    let rename = RenameTable { from: "flat".into(), to: "home".into(), name: "home".into() };
    let key = foreign_key(&["street"], "home", &["id"], Action::NoAction);
    let error = database.run(&[add("house", "house_street_fkey", key), rename.into()]).unwrap_err();
    assert!(error.contains("rows of `house` reference rows that `home` does not have"), "{error}");
    assert_eq!(database.everything(), before);
}

#[test]
fn a_key_beside_another_is_counted_with_it() {
    let mut database = houses();
    database.up(&[add_column("flat", "other", nullable(integer()), None)]);
    database.execute("UPDATE flat SET other = 99");
    let key = foreign_key(&["other"], "house", &["id"], Action::NoAction);
    let error = database.run(&[add("flat", "flat_other_fkey", key)]).unwrap_err();
    assert!(error.contains("rows would break foreign keys that hold now"), "{error}");
}

#[test]
fn values_that_the_new_type_cannot_have_stop_it() {
    let mut database = houses();
    let error = database.run(&[alter_column("house", "street", integer()).into()]).unwrap_err();
    assert!(error.contains("values of `house.street` do not fit into integer"), "{error}");
    database.execute("UPDATE house SET street = id * 40000");
    assert_eq!(database.up(&[alter_column("house", "street", integer()).into()]), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT street, typeof(street) FROM house"), "40000|integer\n80000|integer");
    let narrow = alter_column("house", "street", column(DataType::Smallint));
    let error = database.run(&[narrow.clone().into()]).unwrap_err();
    assert!(error.contains("values of `house.street` do not fit into smallint"), "{error}");
    let using = Some("street / 40000".to_owned());
    assert_eq!(database.up(&[AlterColumn { using, ..narrow }.into()]), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT street FROM house"), "1\n2");
}

#[test]
fn a_check_that_rows_break_leaves_everything_as_it_was() {
    let mut database = houses();
    let before = database.everything();
    let error = database.run(&[add("house", "streets", Check { expression: "street > 'a'".into() })]).unwrap_err();
    assert!(error.contains("CHECK constraint failed: streets"), "{error}");
    assert_eq!(database.everything(), before);
    assert_eq!(database.up(&[add("house", "streets", Check { expression: "street > ''".into() })]), Ran::OnItsOwn);
}

#[test]
fn the_only_commit_stands_before_the_pragma_that_cannot_run_inside() {
    let database = houses();
    let (text, in_transaction) = database.script(&rebuild());
    assert!(!in_transaction);
    let kinds: Vec<_> = transaction_control(&text, Dialect::Sqlite).iter().map(|control| control.kind).collect();
    assert_eq!(kinds, [ControlKind::Begin, ControlKind::End]);
    let texts: Vec<_> = statements(&text, Dialect::Sqlite).iter().map(|statement| statement.text).collect();
    assert_eq!(texts.first(), Some(&"PRAGMA foreign_keys = OFF"));
    assert_eq!(texts[texts.len() - 2..], ["COMMIT", "PRAGMA foreign_keys = ON"]);
}
