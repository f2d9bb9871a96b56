//! The same as `diesel print-schema`, byte for byte but for the first line.

use std::path::{Path, PathBuf};

use makemigrations_plan::diff::{Answers, diff};
use makemigrations_plan::migration;
use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::record::Record;
use makemigrations_plan::schema_rs::{self, Options};
use makemigrations_plan::snapshot::{self, Source, Wanted};
use makemigrations_tests::command::{Command, Finished};
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::golden_cases;
use makemigrations_tests::project::Project;
use makemigrations_tests::tools;

pub(crate) fn dialect(engine: Engine) -> Dialect {
    match engine {
        Engine::Postgres => Dialect::Postgres,
        Engine::Sqlite => Dialect::Sqlite,
    }
}

/// What Diesel's command line prints for a database, in a folder that may have a `diesel.toml`.
fn diesel(database: &Database, folder: &Folder) -> Finished {
    let url = database.url().trim_start_matches("sqlite://").to_owned();
    Command::new(&tools::diesel_program(), folder).args(["--database-url", &url, "print-schema"]).run()
}

fn below_header(text: &str) -> &str {
    assert!(text.starts_with("// @generated automatically by "), "{text}");
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

#[track_caller]
fn assert_same(ours: &str, theirs: &str, what: &str) {
    let (ours, theirs) = (below_header(ours), below_header(theirs));
    if ours != theirs {
        let difference =
            similar::TextDiff::from_lines(theirs, ours).unified_diff().header("diesel", "ours").to_string();
        panic!("{what}: `schema.rs` is not what Diesel prints\n{difference}");
    }
}

/// What the snapshots of a golden case want; `None` when the dialect refuses them.
pub(crate) fn wanted(dialect: Dialect, folder: &Path) -> Option<Wanted> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let source = |path: &PathBuf| Source {
        path: path.display().to_string(),
        domain: Domain::new(path.file_stem().unwrap().to_string_lossy()).unwrap(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    snapshot::read(dialect, &files.iter().map(source).collect::<Vec<_>>()).ok()
}

/// Makes the database. `None` where nothing leads to it from nothing: some cases are about hints that are refused.
fn create(database: &Database, dialect: Dialect, wanted: &Wanted) -> Option<()> {
    let nothing = Schema::empty(dialect);
    let operations = diff(dialect, &nothing, wanted, &Answers::default(), None).ok()?.operations;
    database.execute(&migration::files(&nothing, &Record::new(1, dialect, operations)).unwrap().up);
    Some(())
}

/// Cases in which an object's SQL makes tables that no snapshot declares: Diesel prints them, the snapshots do not know
/// them.
const TABLES_OF_OBJECTS: [&str; 2] = ["pg-an-object-that-takes-rows-away", "pg-p69-a-partitioned-table"];

fn golden_cases(engine: Engine, least: usize) {
    let (dialect, nowhere) = (dialect(engine), Folder::temporary());
    let (mut same, mut left_out) = (0, 0);
    for case in golden_cases::accepted(engine) {
        let name = golden_cases::name(&case);
        if TABLES_OF_OBJECTS.contains(&name.as_str()) {
            continue;
        }
        let Some(wanted) = wanted(dialect, &case.join("after")) else { continue };
        let ours = schema_rs::write(dialect, &wanted.schema, &Options::default());
        let database = Database::new(engine, "print_schema");
        if create(&database, dialect, &wanted).is_none() {
            continue;
        }
        let theirs = diesel(&database, &nowhere);
        if theirs.code == Some(0) {
            assert_same(&ours.text, &theirs.stdout, &name);
            assert_eq!(ours.notes, Vec::<String>::new(), "{name}: left out, and Diesel prints it");
            same += 1;
        } else {
            // One table that Diesel stumbles over is the end of its whole run; here the others are printed.
            assert!(!ours.notes.is_empty(), "{name}: only Diesel refuses it: {}", theirs.stderr);
            left_out += 1;
        }
    }
    assert!(same >= least && left_out > 0, "{same} the same, {left_out} with tables left out");
}

#[test]
fn golden_cases_print_as_diesel_does_on_postgres() {
    golden_cases(Engine::Postgres, 100);
}

#[test]
fn golden_cases_print_as_diesel_does_on_sqlite() {
    golden_cases(Engine::Sqlite, 60);
}

/// Condo's snapshots; on SQLite with types that Diesel's command line knows there.
pub(crate) fn condo_project(engine: Engine) -> Project {
    let project = Project::new(engine);
    for (name, text) in condo::snapshots(engine) {
        let text = match engine {
            Engine::Postgres => text,
            Engine::Sqlite => text.replace("\"timestamptz\"", "\"timestamp\"").replace("\"jsonb\"", "\"text\""),
        };
        project.write(&format!("schema-snapshots/{name}"), text);
    }
    project
}

#[test]
fn condo_prints_as_diesel_does() {
    for engine in Engine::ALL {
        let project = condo_project(engine);
        let database = Database::new(engine, "condo_schema");
        project.run(["makemigrations"]).code(0);
        project.run(["migrate", "--database-url", database.url()]).code(0);
        let ours = project.run(["schema"]);
        ours.code(0);
        let theirs = diesel(&database, &project);
        theirs.code(0);
        assert_same(&ours.stdout, &theirs.stdout, engine.name());
        assert_eq!(ours.stdout.matches("diesel::table!").count(), 311);
    }
}

/// Everything that a key of `[print_schema]` makes a difference for.
const RICH: &str = r#"
[enums.ticket_status]
values = ["new", "done"]

[enums.billing_kind]
schema = "billing"
values = ["a"]

[tables.ticket]
comment = """
A resident's request

with two paragraphs"""
[tables.ticket.columns]
zeta   = { type = "text", comment = "Comes first" }
id     = { type = "integer", primary_key = true, auto_increment = true }
status = "ticket_status"
house  = { type = "integer", references = "house" }
"odd-name" = { type = "varchar(20)", nullable = true }
marks  = "text[]"

[tables.house.columns]
id     = { type = "integer", primary_key = true }
owner  = { type = "integer", nullable = true }

[tables.lonely.columns]
id     = { type = "bigint", primary_key = true }

[tables.invoice]
schema = "billing"
[tables.invoice.columns]
id     = { type = "integer", primary_key = true }
kind   = "billing_kind"
parent = { type = "integer", nullable = true, references = "account" }

[tables.account]
schema = "billing"
[tables.account.columns]
id     = { type = "integer", primary_key = true }
"#;

/// The same without what SQLite or its part of Diesel lacks.
const RICH_SQLITE: &str = r#"
[tables.ticket.columns]
zeta   = "text"
id     = { type = "integer", primary_key = true, auto_increment = true }
house  = { type = "integer", references = "house" }
"odd-name" = { type = "varchar(20)", nullable = true }

[tables.house.columns]
id     = { type = "integer", primary_key = true }

[tables.keyless.columns]
name   = "text"

[tables.lonely.columns]
id     = { type = "text", primary_key = true }
"#;

fn with_keys(engine: Engine, texts: &[&str]) {
    let project = Project::new(engine);
    project.snapshot("main", if engine == Engine::Postgres { RICH } else { RICH_SQLITE });
    let database = Database::new(engine, "keys");
    project.run(["makemigrations"]).code(0);
    project.run(["migrate", "--database-url", database.url()]).code(0);
    for text in texts {
        project.write("diesel.toml", text);
        let theirs = diesel(&database, &project);
        theirs.code(0);
        let ours = project.run(["schema", "--stdout"]);
        ours.code(0);
        // Several configurations are printed one after the other, each below a header of its own.
        let plain = |text: &str| text.replace("by Diesel CLI.", "by makemigrations.");
        assert_same(&ours.stdout, &plain(&theirs.stdout), text);
    }
}

#[test]
fn every_key_of_print_schema_is_honoured_on_postgres() {
    with_keys(
        Engine::Postgres,
        &[
            "",
            "[print_schema]\nwith_docs = true",
            "[print_schema]\nwith_docs = \"only-database-comments\"",
            "[print_schema]\nwith_docs = \"database-comments-fallback-to-auto-generated-doc-comment\"",
            "[print_schema]\nwith_docs = \"no-doc-comments\"",
            "[print_schema]\ncolumn_sorting = \"name\"",
            "[print_schema]\ncolumn_sorting = \"ordinal_position\"",
            "[print_schema]\nfilter = { only_tables = [\"^ticket$\", \"house\"] }",
            "[print_schema]\nfilter = { except_tables = [\"ous\"] }",
            "[print_schema]\nschema = \"billing\"",
            "[print_schema]\nschema = \"billing\"\nwith_docs = true",
            "[print_schema]\nimport_types = [\"diesel::sql_types::*\", \"crate::types::*\"]",
            "[print_schema]\ngenerate_missing_sql_type_definitions = false\nfilter = { except_tables = [\"ticket\"] }",
            "[print_schema]\ncustom_type_derives = [\"diesel::query_builder::QueryId\", \"Clone\"]",
            "[print_schema]\ncustom_type_derives = [\"diesel::query_builder::QueryId\", \"Clone\", \"std::fmt::Debug\", \"Copy\"]",
            "[print_schema]\nallow_tables_to_appear_in_same_query_config = \"fk_related_tables\"",
            "[print_schema]\nallow_tables_to_appear_in_same_query_config = \"none\"",
            "[print_schema.b]\nschema = \"billing\"\n[print_schema.a]\nfilter = { only_tables = [\"lonely\"] }",
            "[print_schema.default]\nfilter = { only_tables = [\"lonely\"] }\n[print_schema.billing]\nschema = \"billing\"",
        ],
    );
}

#[test]
fn every_key_of_print_schema_is_honoured_on_sqlite() {
    with_keys(
        Engine::Sqlite,
        &[
            "",
            "[print_schema]\nwith_docs = true",
            "[print_schema]\ncolumn_sorting = \"name\"",
            "[print_schema]\nfilter = { only_tables = [\"^ticket$\", \"house\"] }",
            "[print_schema]\nsqlite_integer_primary_key_is_bigint = true",
            "[print_schema]\nimport_types = [\"diesel::sql_types::*\"]",
            "[print_schema]\nallow_tables_to_appear_in_same_query_config = \"fk_related_tables\"",
        ],
    );
}

#[test]
fn types_are_left_to_the_application_where_it_says_so() {
    with_keys(
        Engine::Postgres,
        &["[print_schema]\nexcept_custom_type_definitions = [\"^Ticket\"]\nimport_types = [\"crate::types::*\"]\n\
             filter = { except_tables = [\"none\"] }"],
    );
}

#[test]
fn a_patch_is_applied() {
    let project = Project::new(Engine::Postgres);
    project.snapshot("main", RICH);
    let database = Database::new(Engine::Postgres, "patched");
    project.run(["makemigrations"]).code(0);
    project.run(["migrate", "--database-url", database.url()]).code(0);
    let plain = project.run(["schema"]).stdout;
    let patched = plain.replace("owner -> Nullable<Int4>", "owner -> Nullable<BigInt>");
    assert_ne!(plain, patched);
    let patch = similar::TextDiff::from_lines(&plain, &patched).unified_diff().header("a", "b").to_string();
    project.write("schema.patch", patch);
    project.write("diesel.toml", "[print_schema]\npatch_file = \"schema.patch\"");
    let ours = project.run(["schema", "--stdout"]);
    ours.code(0).stdout_contains("owner -> Nullable<BigInt>");
    let theirs = diesel(&database, &project);
    theirs.code(0);
    assert_same(&ours.stdout, &theirs.stdout, "patched");

    project.write("schema.patch", "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-nonsense\n+other\n more\n");
    project.run(["schema", "--stdout"]).code(2).stderr_contains("the patch file `schema.patch` cannot be applied");
    project.write("diesel.toml", "[print_schema]\npatch_file = \"gone.patch\"");
    project.run(["schema", "--stdout"]).code(2).stderr_contains("`gone.patch` of `diesel.toml` is not there");
}

#[test]
fn what_diesel_cannot_express_is_left_out_and_named() {
    let postgres = Project::new(Engine::Postgres);
    postgres.snapshot(
        "main",
        "[tables.log.columns]\nline = \"text\"\n[tables.a.columns]\nid = { type = \"uuid\", primary_key = true }\n",
    );
    let printed = postgres.run(["schema"]);
    printed.code(0).stderr_contains("table `log` is left out of `schema.rs`: it has no primary key");
    assert!(printed.stdout.contains("a (id)") && !printed.stdout.contains("log"), "{}", printed.stdout);

    let sqlite = Project::new(Engine::Sqlite);
    sqlite.snapshot(
        "main",
        "[tables.a.columns]\nid = { type = \"integer\", primary_key = true }\n\
         [tables.b.columns]\nid = { type = \"integer\", primary_key = true }\nat = \"timestamptz\"\n\
         [tables.c.columns]\nid = { type = \"integer\", primary_key = true }\n\
         at = { type = { sql = \"TIMESTAMPTZ\", diesel = \"TimestamptzSqlite\" } }\n",
    );
    let printed = sqlite.run(["schema"]);
    printed
        .code(0)
        .stderr_contains("table `b` is left out of `schema.rs`: column `at`")
        .stdout_contains("at -> TimestamptzSqlite");
    assert!(printed.stdout.contains("a (id)") && !printed.stdout.contains("b (id)"), "{}", printed.stdout);
}
