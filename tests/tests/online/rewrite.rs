//! A column that gets a wider type by a copy: whatever programs write between the steps is in the column afterwards, and
//! after a rollback. It must not measure times.

use makemigrations_tests::database::Database;
use makemigrations_tests::project::Project;

use crate::support::{CHANGES, changed, diesel_down, diesel_next, started};

const STEPS: usize = 11;
/// After this one the column has the new type.
const SWAP: usize = 7;

/// The steps are written, and none has run. What the column has to hold is in a table beside it.
fn written(name: &str) -> (Project, Database) {
    let (project, database) = started(name);
    let change = CHANGES.iter().find(|change| change.name == "rewriting_type").unwrap();
    changed(&project, change, "--online").code(0);
    database.execute("CREATE TABLE expected AS SELECT id, size FROM ticket");
    (project, database)
}

/// What programs do between two steps: rows come, with a value and without, change and go.
fn write(database: &Database, session: &mut ::postgres::Client, round: usize) {
    let id = 10_000 + round * 10;
    let (one, other) = (1 + round * 13, 2 + round * 17);
    let statements = format!(
        "INSERT INTO ticket (id, owner, size) VALUES ({id}, 1, {round}); INSERT INTO expected VALUES ({id}, {round});
         INSERT INTO ticket (id, owner) VALUES ({id} + 1, 1); INSERT INTO expected VALUES ({id} + 1, 7);
         UPDATE ticket SET size = size + 1000 WHERE id % 97 = {round}; UPDATE expected SET size = size + 1000 WHERE id % 97 = {round};
         UPDATE ticket SET title = 'new' WHERE id = {one};
         DELETE FROM ticket WHERE id = {other}; DELETE FROM expected WHERE id = {other};
         INSERT INTO ticket (id, owner, size) VALUES ({id}, 1, 5) ON CONFLICT (id) DO UPDATE SET size = ticket.size + excluded.size;
         UPDATE expected SET size = size + 5 WHERE id = {id};"
    );
    session.batch_execute(&statements).unwrap_or_else(|error| panic!("{round}: {error:?}"));
    let differ =
        "SELECT count(*) FROM ticket FULL JOIN expected USING (id) WHERE ticket.size IS DISTINCT FROM expected.size";
    assert_eq!(database.value(differ), "0", "after step {round}");
}

fn data_type(database: &Database) -> String {
    database.value(
        "SELECT format_type(atttypid, NULL) || ' ' || attnotnull FROM pg_attribute
         WHERE attrelid = 'ticket'::regclass AND attname = 'size'",
    )
}

#[test]
fn what_is_written_between_the_steps_stays() {
    let (project, database) = written("between");
    // A program keeps its session, and the plans in it.
    let mut session = makemigrations_tests::postgres::client(database.url());
    for step in 1..=STEPS {
        diesel_next(&project, &database);
        write(&database, &mut session, step);
        assert_eq!(data_type(&database), if step < SWAP { "integer true" } else { "bigint true" }, "{step}");
    }
    let left = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'ticket%copy%'";
    assert_eq!(database.value(left), "0");
    for step in 1..=STEPS {
        diesel_down(&project, &database, 1);
        write(&database, &mut session, STEPS + step);
    }
    assert_eq!(data_type(&database), "integer true");
    assert_eq!(database.value(left), "0");
    database.execute("DROP TABLE expected");
    project.run(["drift", "--database-url", database.url()]).code(0);
}

#[test]
fn values_beyond_the_old_type_are_held_back_until_it_is_gone_and_keep_it_away() {
    let (project, database) = written("beyond");
    let mut client = makemigrations_tests::postgres::client(database.url());
    let mut insert = |id: usize| {
        client.batch_execute(&format!("INSERT INTO ticket (id, owner, size) VALUES ({id}, 1, 3000000000)")).is_ok()
    };
    for step in 1..=STEPS {
        diesel_next(&project, &database);
        assert_eq!(insert(20_000 + step), step == STEPS, "{step}");
    }
    let url = ["--database-url", database.url()];
    let refused = project.run(["migrate:down", "--steps", "11", "--yes"].into_iter().chain(url));
    refused.stderr_contains("integer");
    assert_ne!(refused.code, Some(0));
    assert_eq!(database.value("SELECT count(*) FROM ticket WHERE size = 3000000000"), "1");
    assert_eq!(data_type(&database), "bigint true");
    database.execute("DELETE FROM ticket WHERE size = 3000000000");
    project.run(["migrate:down", "--to", "1", "--yes"].into_iter().chain(url)).code(0);
    assert_eq!(data_type(&database), "integer true");
    assert_eq!(database.value("SELECT count(*) FROM ticket"), "3000");
}

#[test]
fn what_rests_on_the_column_unknown_to_the_snapshots_is_named_before_it_is_swapped() {
    let (project, database) = written("unknown");
    database.execute("CREATE VIEW by_hand AS SELECT id, size FROM ticket; CREATE ROLE reader_of_size; GRANT SELECT (size) ON ticket TO reader_of_size");
    let url = ["--database-url", database.url()];
    let refused = project.run(["migrate"].into_iter().chain(url));
    refused.code(3).stderr_contains("rule _RETURN on view by_hand").stderr_contains("rights on column size");
    database.execute("DROP VIEW by_hand; REVOKE SELECT (size) ON ticket FROM reader_of_size; DROP ROLE reader_of_size");
    project.run(["migrate"].into_iter().chain(url)).code(0);
    database.execute("DROP TABLE expected");
    project.run(["drift"].into_iter().chain(url)).code(0);
}

#[test]
fn two_columns_change_their_types_at_once() {
    let (project, database) = started("two");
    let with_rank = crate::support::BEFORE.replace("size = {", "rank = { type = \"smallint\", default = 1 }\nsize = {");
    project.snapshot("app", &with_rank);
    project.run(["makemigrations", "--no-online"]).code(0);
    let wider = with_rank
        .replace("\"smallint\"", "\"bigint\"")
        .replace("size = { type = \"integer\"", "size = { type = \"bigint\"");
    project.snapshot("app", &wider);
    project.run(["makemigrations", "--online"]).code(0);
    let url = ["--database-url", database.url()];
    project.run(["migrate"].into_iter().chain(url)).code(0);
    project.run(["drift"].into_iter().chain(url)).code(0);
    assert_eq!(database.value("SELECT count(*) FROM ticket WHERE rank = 1 AND size = id % 100 - 50"), "3000");
    project.run(["migrate:down", "--to", "2", "--yes"].into_iter().chain(url)).code(0);
    assert_eq!(database.value("SELECT count(*) FROM ticket WHERE rank = 1 AND size = id % 100 - 50"), "3000");
    project.run(["verify"].into_iter().chain(url)).code(0);
}
