//! A project with merged tables and rows, and its migrations run by Diesel alone. It must not judge.

use diesel::Connection;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use makemigrations_tests::command::Finished;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::project::Project;

/// Two tables that others use, and one without a key.
pub(crate) const BEFORE: &str = r#"
[tables.person.columns]
id = { type = "bigint", primary_key = true }

[tables.ticket.columns]
id = { type = "bigint", primary_key = true }
owner = "bigint"
size = { type = "integer", default = 7, comment = "in bytes" }
title = { type = "text", nullable = true }
state = { type = "varchar(9)", nullable = true, index = true }

[tables.log.columns]
at = "bigint"
"#;

const ROWS: &str = "INSERT INTO person SELECT g FROM generate_series(1, 50) g;
INSERT INTO ticket SELECT g, 1 + g % 50, g % 100 - 50, CASE WHEN g % 3 = 0 THEN 'title ' || g END, 's' || g % 5
FROM generate_series(1, 3000) g;
INSERT INTO log SELECT g FROM generate_series(1, 100) g;";

/// A change of one table in use.
pub(crate) struct Change {
    pub(crate) name: &'static str,
    /// What is replaced in [`BEFORE`], and by what.
    pub(crate) edits: &'static [(&'static str, &'static str)],
    pub(crate) flags: &'static [&'static str],
    /// The names of the folders, without the number and the name of the change.
    pub(crate) steps: &'static [&'static str],
}

/// Each kind of change that has steps.
pub(crate) const CHANGES: &[Change] = &[
    Change {
        name: "index",
        edits: &[("title = { type", "title = { index = true, type")],
        flags: &[],
        steps: &["ticket_ticket_title_idx"],
    },
    Change {
        name: "index_dropped",
        edits: &[(", index = true", "")],
        flags: &[],
        steps: &["remove_ticket_ticket_state_idx"],
    },
    Change {
        name: "index_replaced",
        edits: &[
            (", index = true", ""),
            (
                "[tables.log",
                "[[tables.ticket.indexes]]\nname = \"ticket_state_idx\"\ncolumns = [\"state\", \"owner\"]\n\n[tables.log",
            ),
        ],
        flags: &[],
        steps: &["index", "drop_index", "rename_index"],
    },
    Change {
        name: "foreign_key",
        edits: &[("owner = \"bigint\"", "owner = { type = \"bigint\", references = \"person\" }")],
        flags: &[],
        steps: &["foreign_key", "validate"],
    },
    Change {
        name: "check",
        edits: &[("owner = \"bigint\"", "owner = { type = \"bigint\", check = \"owner > 0\" }")],
        flags: &[],
        steps: &["check", "validate"],
    },
    Change {
        name: "unique",
        edits: &[("title = { type", "title = { unique = true, type")],
        flags: &[],
        steps: &["index", "unique"],
    },
    Change {
        name: "primary_key",
        edits: &[("at = \"bigint\"", "at = { type = \"bigint\", primary_key = true }")],
        flags: &[],
        steps: &["index", "primary_key"],
    },
    Change {
        name: "not_null",
        edits: &[("title = { type = \"text\", nullable = true }", "title = \"text\"")],
        flags: &["--backfill", "ticket.title='none'"],
        steps: &["backfill", "check", "backfill_rest", "validate", "set_not_null"],
    },
    Change {
        name: "wider_type",
        edits: &[("varchar(9)", "varchar(20)")],
        flags: &[],
        steps: &["alter_column", "analyze"],
    },
    Change {
        name: "rewriting_type",
        edits: &[("size = { type = \"integer\"", "size = { type = \"bigint\"")],
        flags: &[],
        steps: &[
            "add_column",
            "backfill",
            "check",
            "validate",
            "set_not_null",
            "analyze",
            "swap",
            "drop_not_null",
            "drop_check",
            "keep",
            "drop_column",
        ],
    },
    Change {
        name: "nullable",
        edits: &[("owner = \"bigint\"", "owner = { type = \"bigint\", nullable = true }")],
        flags: &[],
        steps: &["drop_not_null", "drop_check"],
    },
    Change {
        name: "column",
        edits: &[("owner = \"bigint\"", "owner = \"bigint\"\nnumber = \"bigint\"")],
        flags: &["--backfill", "ticket.number=owner * 10"],
        steps: &["add_column", "backfill", "check", "backfill_rest", "validate", "set_not_null"],
    },
    Change {
        name: "volatile_default",
        edits: &[(
            "owner = \"bigint\"",
            "owner = \"bigint\"\ntoken = { type = \"uuid\", default = { sql = \"gen_random_uuid()\" } }",
        )],
        flags: &[],
        steps: &["add_column", "backfill", "check", "validate", "set_not_null"],
    },
];

impl Change {
    pub(crate) fn after(&self) -> String {
        self.edits.iter().fold(BEFORE.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    }
}

/// A project whose first migration is applied, and its database, with rows.
pub(crate) fn started(name: &str) -> (Project, Database) {
    let project = Project::new(Engine::Postgres);
    let database = Database::new(Engine::Postgres, name);
    project.snapshot("app", BEFORE);
    project.run(["makemigrations"]).code(0);
    project.run(["migrate", "--database-url", database.url()]).code(0);
    database.execute(ROWS);
    (project, database)
}

/// Writes the migrations of a change.
#[track_caller]
pub(crate) fn changed(project: &Project, change: &Change, flag: &str) -> Finished {
    project.snapshot("app", &change.after());
    let flags = ["makemigrations", flag, "--no-renames", "--no-input"];
    project.run(flags.into_iter().chain(change.flags.iter().copied()))
}

type Plain = AsyncConnectionWrapper<AsyncPgConnection>;

/// What `diesel migration run` does.
pub(crate) fn diesel_up(project: &Project, database: &Database) -> usize {
    let source = FileBasedMigrations::from_path(project.join("migrations")).unwrap();
    let mut connection = Plain::establish(database.url()).unwrap();
    connection.run_pending_migrations(source).unwrap_or_else(|error| panic!("{error}")).len()
}

/// The next one only.
pub(crate) fn diesel_next(project: &Project, database: &Database) {
    let source = FileBasedMigrations::from_path(project.join("migrations")).unwrap();
    let mut connection = Plain::establish(database.url()).unwrap();
    connection.run_next_migration(source).unwrap_or_else(|error| panic!("{error}"));
}

/// What `diesel migration revert` does, so many times.
pub(crate) fn diesel_down(project: &Project, database: &Database, count: usize) {
    let source = FileBasedMigrations::from_path(project.join("migrations")).unwrap();
    let mut connection = Plain::establish(database.url()).unwrap();
    for _ in 0..count {
        connection.revert_last_migration(source.clone()).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// What a database has, as snapshots say it.
pub(crate) fn inspected(project: &Project, database: &Database) -> String {
    let inspected = project.run(["inspect", "--database-url", database.url()]);
    inspected.code(0);
    inspected.golden_stdout()
}
