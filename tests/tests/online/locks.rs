//! The locks that operations take on a real server are those that are said. It must not look at how long they are held,
//! only at whether rows are written again meanwhile.

use std::collections::BTreeMap;

use makemigrations_plan::dialect;
use makemigrations_plan::diff::{Answers, diff, parse_assignment};
use makemigrations_plan::hazard::{HeldFor, LockMode, TableLock, locks, step_locks, waits};
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::online::{Online, steps};
use makemigrations_plan::operation::Operation;
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres;

/// Every table has the name of its key.
const BEFORE: &str = r#"
extensions = ["btree_gist"]

[enums.mood]
values = ["good", "fair", "bad"]

[tables.person.columns]
id = { type = "bigint", primary_key = true }
code = { type = "integer", unique = true }

[tables.ticket]
comment = "one"

[tables.ticket.columns]
id = { type = "bigint", primary_key = true }
owner = { type = "bigint", references = "person" }
other = "bigint"
code = { type = "integer", references = "person.code" }
title = { type = "varchar(9)", nullable = true, comment = "one" }
state = { type = "text", nullable = true, index = true }
count = { type = "integer", default = 1, check = "count > 0" }
mood = { type = "mood", default = "good" }
span = { type = "int4range", nullable = true }

[tables.note.columns]
id = { type = "bigint", primary_key = true }
ticket = { type = "bigint", references = "ticket" }

[views.open]
query = "SELECT id FROM ticket"
"#;

/// What is replaced, by what, and the value for rows.
const CHANGES: &[(&str, &str, &str)] = &[
    ("title = {", "extra = { type = \"text\", nullable = true }\ntitle = {", ""),
    ("title = {", "extra = { type = \"integer\", default = 7 }\ntitle = {", ""),
    ("title = {", "extra = { type = \"timestamptz\", default = { sql = \"now()\" } }\ntitle = {", ""),
    ("title = {", "extra = { type = \"uuid\", default = { sql = \"gen_random_uuid()\" } }\ntitle = {", ""),
    ("title = {", "extra = { type = \"bigint\", auto_increment = true }\ntitle = {", ""),
    ("title = {", "extra = \"bigserial\"\ntitle = {", ""),
    ("title = {", "extra = { type = \"bigint\", generated = { sql = \"other * 2\", stored = true } }\ntitle = {", ""),
    ("title = {", "extra = \"bigint\"\ntitle = {", "ticket.extra=other + 1"),
    ("title = {", "extra = \"bigint\"\ntitle = {", "ticket.extra=0"),
    ("state = { type = \"text\", nullable = true, index = true }\n", "", ""),
    ("varchar(9)", "varchar(20)", ""),
    ("varchar(9)", "text", ""),
    ("varchar(9)", "varchar(5)", ""),
    ("other = \"bigint\"", "other = \"numeric\"", ""),
    ("count = { type = \"integer\"", "count = { type = \"bigint\"", ""),
    ("default = 1", "default = 2", ""),
    ("comment = \"one\" }", "comment = \"two\" }", ""),
    ("comment = \"one\"\n\n", "comment = \"two\"\n\n", ""),
    ("title = { type = \"varchar(9)\", nullable = true", "title = { type = \"varchar(9)\"", "ticket.title='x'"),
    ("other = \"bigint\"", "other = { type = \"bigint\", nullable = true }", ""),
    ("other = \"bigint\"", "other = { type = \"bigint\", index = true }", ""),
    ("other = \"bigint\"", "other = { type = \"bigint\", unique = true }", ""),
    ("other = \"bigint\"", "other = { type = \"bigint\", references = \"person\" }", ""),
    ("other = \"bigint\"", "other = { type = \"bigint\", check = \"other > 0\" }", ""),
    (", index = true }\ncount", " }\ncount", ""),
    ("owner = { type = \"bigint\", references = \"person\" }", "owner = \"bigint\"", ""),
    (", check = \"count > 0\"", "", ""),
    (
        "[tables.note.columns]\nid = { type = \"bigint\", primary_key = true }\nticket = { type = \"bigint\", references = \"ticket\" }\n",
        "",
        "",
    ),
    (
        "[views.open]",
        "[tables.mark.columns]\nid = { type = \"bigint\", primary_key = true }\nnote = { type = \"bigint\", references = \"note\" }\n\n[views.open]",
        "",
    ),
    ("[views.open]\nquery = \"SELECT id FROM ticket\"\n", "", ""),
    ("SELECT id FROM ticket", "SELECT id, owner FROM ticket", ""),
    ("\"good\", \"fair\", \"bad\"", "\"good\", \"bad\"", ""),
    ("\"fair\", \"bad\"", "\"fair\", \"bad\", \"worse\"", ""),
    (
        "[views.open]",
        "[[tables.ticket.exclusions]]\nname = \"apart\"\nusing = \"gist\"\nelements = [{ column = \"span\", with = \"&&\" }]\n\n[views.open]",
        "",
    ),
    ("id = { type = \"bigint\", primary_key = true }\nticket", "id = \"bigint\"\nticket", ""),
];

const ROWS: &str = "INSERT INTO person SELECT g, g FROM generate_series(1, 200) g;
INSERT INTO ticket (id, owner, other, code, title) SELECT g, 1 + g % 20, g, 1 + g % 20, 't' FROM generate_series(1, 200) g;
INSERT INTO note SELECT g, g FROM generate_series(1, 50) g;";

fn wanted(text: &str) -> Wanted {
    let text = format!("format = 1\n{text}");
    let source = Source { path: "a.toml".to_owned(), domain: Domain::new("a").unwrap(), text };
    snapshot::read(Dialect::Postgres, &[source]).unwrap()
}

fn plan(before: &Schema, after: &str, backfill: &str) -> Vec<Operation> {
    let mut answers = Answers { no_renames: true, ..Answers::default() };
    if !backfill.is_empty() {
        answers.backfills.extend([parse_assignment(backfill).unwrap()]);
    }
    diff(Dialect::Postgres, before, &wanted(after), &answers, None).unwrap_or_else(|stop| panic!("{stop:?}")).operations
}

fn text(statements: &dialect::Script) -> String {
    let all = statements.blocks.iter().flat_map(|block| &block.statements);
    all.map(|statement| format!("{statement};\n")).collect()
}

/// A database with everything of [`BEFORE`] and rows.
fn filled(name: &str) -> Database {
    let database = Database::new(Engine::Postgres, name);
    let operations = plan(&Schema::empty(Dialect::Postgres), BEFORE, "");
    let script = dialect::script(Dialect::Postgres, &Schema::empty(Dialect::Postgres), &operations).unwrap();
    database.execute(&text(&script));
    database.execute(ROWS);
    database
}

const FILES: &str = "SELECT relname, relfilenode::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
AND relkind IN ('r', 'v', 'm')";
const LOCKS: &str = "SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND l.granted AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm')
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.mode <> 'AccessShareLock'";

type Pairs = Vec<(String, String)>;

/// Runs statements in one transaction. Gives the locks that are held at its end, and the tables whose rows were written
/// again.
fn run(client: &mut ::postgres::Client, sql: &str) -> (Pairs, Vec<String>) {
    let pairs = |client: &mut ::postgres::Client, query: &str| -> Pairs {
        let messages = client.simple_query(query).unwrap();
        let row = |message| match message {
            ::postgres::SimpleQueryMessage::Row(row) => Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())),
            _ => None,
        };
        messages.into_iter().filter_map(row).collect()
    };
    let before: BTreeMap<String, String> = pairs(client, FILES).into_iter().collect();
    client.batch_execute("BEGIN").unwrap();
    client.batch_execute(sql).unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    let held = pairs(client, LOCKS).into_iter().filter(|(table, _)| before.contains_key(table)).collect();
    let after = pairs(client, FILES);
    client.batch_execute("COMMIT").unwrap();
    let rewritten = after.into_iter().filter(|(table, file)| before.get(table).is_some_and(|known| known != file));
    (held, rewritten.map(|(table, _)| table).collect())
}

/// Whether whoever knows of `said` knows of everything that `taken` keeps out.
fn covers(said: LockMode, taken: LockMode) -> bool {
    LockMode::ALL.into_iter().all(|other| !taken.conflicts_with(other) || said.conflicts_with(other))
}

fn judge(what: &str, said: &[TableLock], (held, rewritten): (Pairs, Vec<String>)) {
    for (table, mode) in held {
        let taken: LockMode = mode.parse().unwrap();
        let found = said.iter().find(|lock| lock.table == table);
        assert!(
            found.is_some_and(|lock| covers(lock.mode, taken)),
            "{what}: {taken} on {table} is taken, and said is {said:?}"
        );
    }
    for table in rewritten {
        let found = said.iter().find(|lock| lock.table == table);
        assert!(found.is_some_and(|lock| lock.held_for == HeldFor::Rewrite), "{what}: {table} is rewritten, {said:?}");
    }
}

#[test]
fn operations_take_no_lock_that_is_not_said() {
    let mut count = 0;
    for (number, (from, to, backfill)) in CHANGES.iter().enumerate() {
        let after = BEFORE.replacen(from, to, 1);
        assert_ne!(after, BEFORE, "{from}");
        let database = filled(&format!("locks_{number}"));
        let mut client = postgres::client(database.url());
        let mut schema = wanted(BEFORE).schema;
        for operation in plan(&schema, &after, backfill) {
            let what = operation.change().describe();
            let script = dialect::script(Dialect::Postgres, &schema, std::slice::from_ref(&operation)).unwrap();
            judge(&what, &locks(&schema, &operation), run(&mut client, &text(&script)));
            operation.apply(&mut schema).unwrap();
            count += 1;
        }
    }
    assert!(count >= CHANGES.len());
}

#[test]
fn steps_take_no_lock_that_is_not_said_and_rewrite_nothing() {
    let mut online = 0;
    for (number, (from, to, backfill)) in CHANGES.iter().enumerate() {
        let before = wanted(BEFORE).schema;
        let operations = plan(&before, &BEFORE.replacen(from, to, 1), backfill);
        let tables = before.tables.keys().cloned().collect();
        let Ok(planned) = steps(&before, &operations, &Online { tables, batch_size: 50, pause_ms: 0 }) else {
            continue;
        };
        let database = filled(&format!("step_locks_{number}"));
        let mut client = postgres::client(database.url());
        let mut schema = before;
        for step in planned {
            let write = if step.is_online { dialect::online_script } else { dialect::script };
            let script = write(Dialect::Postgres, &schema, &step.operations).unwrap();
            if script.in_transaction && step.is_online {
                let said = step_locks(&schema, &step.operations);
                assert!(said.iter().all(|lock| lock.held_for <= HeldFor::Check), "{said:?}");
                judge(step.name, &said, run(&mut client, &text(&script)));
                online += 1;
            } else if script.in_transaction {
                let said = waits(&schema, &step.operations);
                assert!(said.iter().all(|lock| lock.held_for == HeldFor::Moment), "{}: {said:?}", step.name);
                let (_, rewritten) = run(&mut client, &text(&script));
                assert!(rewritten.is_empty(), "{}: {rewritten:?}", step.name);
            } else {
                client.batch_execute(text(&script).trim_end().trim_end_matches(';')).unwrap();
            }
            step.operations.iter().for_each(|operation| operation.apply(&mut schema).unwrap());
        }
        assert_eq!(schema, {
            let mut direct = wanted(BEFORE).schema;
            operations.iter().for_each(|operation| operation.apply(&mut direct).unwrap());
            direct
        });
    }
    assert!(online > 10, "{online}");
}
