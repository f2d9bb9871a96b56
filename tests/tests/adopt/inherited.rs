//! SQLite keeps a table's text as it was written: what others wrote there cannot be taken out of it in place. It must not
//! use PostgreSQL.

use makemigrations_tests::database::Engine;

use crate::project::Project;

const TABLE: &str = "CREATE TABLE person (
  id INTEGER PRIMARY KEY NOT NULL,
  email TEXT UNIQUE NOT NULL,
  name TEXT NOT NULL CHECK (length(name) > 0),
  age INTEGER CHECK (age > 0 AND length(name) > 1),
  boss INT REFERENCES person(id),
  extra VARCHAR(20) CONSTRAINT there NOT NULL DEFAULT 'y',
  CONSTRAINT named UNIQUE (name, age), CHECK (extra <> 'x')
);
CREATE UNIQUE INDEX by_hand ON person (extra, age);
CREATE TABLE note (id INTEGER PRIMARY KEY NOT NULL, person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE);
CREATE VIEW adults AS SELECT id, name FROM person WHERE age > 17;
CREATE TRIGGER grown AFTER UPDATE OF age ON person BEGIN UPDATE note SET person = new.id WHERE person = new.id; END;
";

const ROWS: &str = "INSERT INTO person VALUES (1, 'a@b', 'ann', 30, NULL, 'y'), (2, 'b@b', 'bob', NULL, 1, 'z');\
                    INSERT INTO note VALUES (1, 2);";

/// An adopted project with rows in its tables.
#[track_caller]
fn adopted() -> Project {
    let project = Project::with(Engine::Sqlite, &[("2020-01-01-000000_person/up.sql", TABLE)]);
    project.diesel_runs();
    project.database.execute(ROWS);
    project.go(&[&["adopt"], &["migrate"]]);
    project
}

fn table(project: &Project, name: &str) -> String {
    project.database.value(&format!("SELECT sql FROM sqlite_master WHERE name = '{name}'"))
}

/// Makes the change, and back, and again: each time the database is as recorded, with all of its rows.
#[track_caller]
fn changed(changes: &[(&str, &str)], flags: &[&str]) -> Project {
    let project = adopted();
    for (from, to) in changes {
        project.replace("schema-snapshots/shop.toml", from, to);
    }
    let holds = |project: &Project| {
        project.go(&[&["drift"]]);
        assert_eq!(project.database.column("SELECT person FROM note"), ["2"]);
        let tables = project.database.column("SELECT name FROM sqlite_master WHERE name IN ('person', 'human')");
        assert_eq!(project.database.value(&format!("SELECT count(*) FROM {}", tables[0])), "2");
        assert_eq!(project.database.column("SELECT name FROM adults"), ["ann"]);
    };
    project.go(&[&[&["makemigrations", "--no-input"], flags].concat(), &["check"], &["migrate"]]);
    holds(&project);
    project.run(["inspect", "--write"]).code(0).stderr_contains("0 snapshots written");
    project.go(&[&["migrate:down", "--yes"]]);
    holds(&project);
    project.go(&[&["migrate"], &["verify"]]);
    holds(&project);
    project
}

#[test]
fn a_unique_constraint_without_an_index_of_its_own_goes() {
    let project = changed(&[("email = { type = \"text\", unique = true }", "email = \"text\"")], &[]);
    project.database.execute("INSERT INTO person VALUES (3, 'a@b', 'eve', 1, NULL, 'e')");
    assert!(table(&project, "person").starts_with("CREATE TABLE \"person\""), "it is made anew");
    // From now on the table is this tool's, and goes the short way.
    project.replace("schema-snapshots/shop.toml", "name = \"named\"\n", "name = \"renamed\"\n");
    project.go(&[&["makemigrations", "--no-input"]]);
    let last = project.files().into_iter().rfind(|path| path.ends_with("up.sql")).unwrap();
    let up = project.read(&last);
    assert!(up.contains("DROP INDEX \"named\"") && !up.contains("__new_person"), "{up}");
    project.go(&[&["migrate"], &["drift"], &["migrate:down", "--yes"], &["drift"]]);
}

#[test]
fn a_unique_constraint_gets_another_name_or_other_columns() {
    let own = "unique = { name = \"email_once\" }";
    changed(&[("email = { type = \"text\", unique = true }", &format!("email = {{ type = \"text\", {own} }}"))], &[]);
    changed(
        &[("name = \"named\"\ncolumns = [\"name\", \"age\"]", "name = \"named\"\ncolumns = [\"age\", \"name\"]")],
        &[],
    );
}

#[test]
fn a_check_that_stands_anywhere_changes() {
    changed(&[("check = \"extra <> 'x'\"", "check = \"extra <> 'q'\"")], &[]);
    changed(&[("check = \"length(name) > 0\"", "check = \"length(name) > 2\"")], &[]);
}

#[test]
fn a_column_goes_with_what_names_it() {
    let line = "extra = { type = \"varchar(20)\", default = \"y\", check = \"extra <> 'x'\" }\n";
    let index = "[[tables.person.unique]]\nname = \"by_hand\"\ncolumns = [\"extra\", \"age\"]\n\n";
    changed(&[(line, ""), (index, "")], &[]);
    changed(&[("boss  = { type = \"integer\", nullable = true, references = \"person\" }\n", "")], &[]);
}

#[test]
fn a_reference_goes_and_a_type_changes() {
    changed(&[(", references = \"person\" }", " }")], &[]);
    changed(&[("age   = { type = \"integer\",", "age   = { type = \"bigint\",")], &[]);
}

#[test]
fn names_change_in_place_and_with_the_constraints_that_follow_them() {
    changed(&[("email = { type", "mail  = { type")], &["--rename", "person.email:mail"]);
    let all = [
        ("[tables.person.columns]", "[tables.human.columns]"),
        ("references = \"person\" }", "references = \"human\" }"),
    ];
    let project = adopted();
    let text = project.read("schema-snapshots/shop.toml");
    assert!(all.iter().all(|(from, _)| text.contains(from)), "{text}");
    let text = text.replace("tables.person", "tables.human").replace("table = \"person\"", "table = \"human\"");
    let text = text.replace("references = \"person\"", "references = \"human\"").replace("FROM person", "FROM human");
    let text = text.replace("ON person BEGIN", "ON human BEGIN");
    project.write("schema-snapshots/shop.toml", text);
    project.go(&[&["makemigrations", "--no-input", "--rename", "person:human"], &["migrate"], &["drift"]]);
    assert_eq!(project.database.column("SELECT name FROM adults"), ["ann"]);
    project.go(&[&["migrate:down", "--yes"], &["drift"], &["migrate"], &["drift"], &["verify"]]);
}

/// What only comes on top needs no rebuild, up or down: the text of others stays.
#[test]
fn what_is_added_leaves_the_table_as_it_is() {
    let more =
        "\nnick  = { type = \"text\", nullable = true, unique = true }\n\n[[tables.person.unique]]\nname = \"by_hand\"";
    let project = changed(&[("\n\n[[tables.person.unique]]\nname = \"by_hand\"", more)], &[]);
    assert!(table(&project, "person").contains("email TEXT UNIQUE NOT NULL"));
    assert!(!project.files().iter().any(|path| path.ends_with("metadata.toml")));
}
