//! Generated files that the compiler judges: of a real schema, and of odd ones in every form that the settings allow.
//! It must not look at their text.

use makemigrations_tests::condo;
use makemigrations_tests::database::Engine;
use makemigrations_tests::project::Project;

use super::compile::compiles;

/// A project whose `src/schema.rs` was written by the command line, with a library around it.
fn project(engine: Engine, setting: &str, library: &str, snapshots: &[(&str, &str)]) -> Project {
    let project = Project::new(engine);
    project.settings(&format!("dialect = \"{}\"\nschema_rs = {setting}\n", engine.name()));
    snapshots.iter().for_each(|(domain, text)| project.snapshot(domain, text));
    let written = project.run(["schema"]);
    written.code(0);
    assert_eq!(written.stderr.matches("is left out").count(), 0, "{}", written.stderr);
    project.write("src/lib.rs", library);
    project
}

const PLAIN: &str = "\"src/schema.rs\"";
const RUST_ENUMS: &str = "{ path = \"src/schema.rs\", enums = \"rust\" }";
const PER_DOMAIN: &str = "{ path = \"src/schema.rs\", enums = \"rust\", per_domain = true }";

/// The 144 of condo's tables that have at most 16 columns: that many the Diesel of the tests is built for. For 64 it takes a
/// minute to build, for 128 four, and more than ten for the pairs of 300 tables that may appear in one query.
#[test]
fn condo() {
    let project = super::print_schema::condo_project(Engine::Postgres);
    let wide: Vec<String> = wide_tables(16).iter().map(|name| format!("\"^{name}$\"")).collect();
    project.write(
        "diesel.toml",
        format!(
            "[print_schema]\nfile = \"src/schema.rs\"\nfilter = {{ except_tables = [{}] }}\n\
             allow_tables_to_appear_in_same_query_config = \"none\"\n",
            wide.join(", ")
        ),
    );
    project.run(["schema"]).code(0);
    assert_eq!(project.read("src/schema.rs").matches("diesel::table!").count(), 311 - wide.len());
    project.write("src/lib.rs", "#[allow(non_snake_case)]\npub mod schema;\n");
    compiles(&project, "condo");
}

/// Condo's tables with more columns than that.
fn wide_tables(most: usize) -> Vec<String> {
    let mut wide = Vec::new();
    for (_, text) in condo::snapshots(Engine::Postgres) {
        let snapshot: toml::Table = text.parse().unwrap();
        for (name, table) in snapshot.get("tables").and_then(|tables| tables.as_table()).into_iter().flatten() {
            if table["columns"].as_table().unwrap().len() > most {
                wide.push(name.clone());
            }
        }
    }
    wide
}

/// What Rust, Diesel or both have a meaning for, and what no identifier can be.
const ODD_NAMES: &str = r#"
[tables.type.columns]
id = { type = "integer", primary_key = true }
type = "text"
gen = "integer"
self = { type = "integer", nullable = true, references = "type" }
table = "text"
columns = "text"
is_nullable = "boolean"
"größe" = "integer"
"gräße" = "integer"
"2fa" = "boolean"
"with \"quotes\" and \\" = "text"

[tables.diesel.columns]
id = { type = "integer", primary_key = true }
dsl = "text"
star = "text"
all_columns = "text"
table_name = "text"
boxed = "text"
SqlType = "text"
diesel = "integer"
std = "integer"
core = "integer"

[tables.mail.columns]
id = { type = "integer", primary_key = true }
Left = "integer"
Right = "integer"
From = "text"
On = "text"
Ok = "boolean"
Text = "text"
bool = "boolean"
str = "text"
usize = "integer"
T = "integer"
DB = "integer"
BoxedQuery = "integer"

[tables.std.columns]
id = { type = "integer", primary_key = true }
diesel = { type = "integer", references = "diesel" }

[tables.sql_types.columns]
id = { type = "integer", primary_key = true }

[tables.enums.columns]
id = { type = "integer", primary_key = true }

[tables.dsl.columns]
id = { type = "integer", primary_key = true }

[tables."Größe".columns]
"der Schlüssel" = { type = "integer", primary_key = true }

[tables."Option".columns]
id = { type = "integer", primary_key = true }
Option = "text"
Vec = "text"
Some = "text"

[tables."2fa".columns]
id = { type = "integer", primary_key = true }
type = { type = "integer", references = "type" }
"#;

#[test]
fn names_with_a_meaning_for_rust_or_diesel() {
    for engine in Engine::ALL {
        for setting in [PLAIN, RUST_ENUMS, PER_DOMAIN] {
            let project =
                project(engine, setting, "#[allow(non_snake_case)]\npub mod schema;\n", &[("odd", ODD_NAMES)]);
            compiles(&project, setting);
        }
    }
}

/// Labels and enums that are called as what their own traits are written with.
const ENUMS: &str = r##"
[enums.result]
values = ["Ok", "Err", "Some", "None", "Self", "String", "default", "debug"]

[enums.string]
values = ["", "+", "-", "2fa", "in progress", "in-progress", "In Progress2", "Größe", "it's \"quoted\" \\ {braces} # \t"]

[enums.option]
comment = "Where */ a comment /* could end\n\n``` and \"quotes\""
values = ["type", "enum", "fn", "crate", "super"]

[enums."odd {name} \"x\""]
values = ["a"]

[enums.str]
values = ["U2B", "Box", "Vec", "diesel", "std"]

[tables.job.columns]
id = { type = "integer", primary_key = true }
outcome = "result"
again = { type = "result", nullable = true }
label = "string"
choice = { type = "option", default = "type" }
odd = "odd {name} \"x\""
slice = "str"

[tables.sql_types.columns]
id = { type = "integer", primary_key = true }
Result = "result"
Text = "text"

[tables.enums.columns]
id = { type = "integer", primary_key = true }
"##;

const ENUMS_USED: &str = "
pub mod schema;

use diesel::prelude::*;
use schema::{enums_ as enums, job};

#[derive(Queryable, Selectable, Insertable, Debug)]
#[diesel(table_name = job, check_for_backend(BACKEND))]
pub struct Job {
    pub id: i32,
    pub outcome: enums::Result,
    pub again: Option<enums::Result>,
    pub choice: enums::OPTION,
}

pub fn done(connection: &mut impl diesel::connection::LoadConnection<Backend = BACKEND>) -> QueryResult<Vec<Job>> {
    job::table
        .filter(job::outcome.eq(enums::Result::Ok).or(job::again.eq_any(enums::Result::ALL)))
        .filter(job::choice.ne(enums::OPTION::Type))
        .select(Job::as_select())
        .load(connection)
}
";

#[test]
fn enums_that_are_named_as_the_standard_library() {
    for engine in Engine::ALL {
        let backend = match engine {
            Engine::Postgres => "diesel::pg::Pg",
            Engine::Sqlite => "diesel::sqlite::Sqlite",
        };
        let library = ENUMS_USED.replace("BACKEND", backend).replace("OPTION", "Option");
        compiles(&project(engine, RUST_ENUMS, &library, &[("work", ENUMS)]), engine.name());
    }
}

const HOUSE: &str = r#"
[enums.house_state]
values = ["built", "planned"]

[tables.house.columns]
id = { type = "integer", primary_key = true }
state = "house_state"
"#;

const TICKET: &str = r#"
[enums.ticket_state]
values = ["new", "done"]

[tables.ticket.columns]
id = { type = "integer", primary_key = true }
house = { type = "integer", references = "house" }
state = "ticket_state"
of_house = "house_state"

[tables.note.columns]
id = { type = "integer", primary_key = true }
ticket = { type = "integer", references = "ticket" }

[tables.domains.columns]
id = { type = "integer", primary_key = true }
"#;

const OVER_A_BORDER: &str = "
pub mod schema;

use diesel::prelude::*;
use schema::{enums::{HouseState, TicketState}, house, note, ticket};

pub fn notes(connection: &mut impl diesel::connection::LoadConnection<Backend = BACKEND>) -> QueryResult<Vec<(i32, HouseState)>> {
    note::table
        .inner_join(ticket::table.inner_join(house::table))
        .filter(ticket::state.eq(TicketState::Done).and(ticket::of_house.eq(house::state)))
        .select((note::id, house::state))
        .load(connection)
}
";

#[test]
fn a_module_for_each_domain_with_joins_over_a_border() {
    for engine in Engine::ALL {
        let backend = match engine {
            Engine::Postgres => "diesel::pg::Pg",
            Engine::Sqlite => "diesel::sqlite::Sqlite",
        };
        let library = OVER_A_BORDER.replace("BACKEND", backend);
        let snapshots = [("housing", HOUSE), ("match", TICKET), ("empty", "")];
        compiles(&project(engine, PER_DOMAIN, &library, &snapshots), engine.name());
    }
}

const SQL_SCHEMAS: &str = r#"
[enums.kind]
schema = "billing"
values = ["a", "b"]

[tables.invoice]
schema = "billing"
[tables.invoice.columns]
id = { type = "integer", primary_key = true }
account = { type = "integer", references = "account" }
kind = "kind"
kinds = "kind[]"

[tables.account]
schema = "billing"
comment = "Who pays */ and \"how\" # {braces}\n\n    an indented line"
[tables.account.columns]
id = { type = "integer", primary_key = true }
type = { type = "text", comment = "a `type`" }

[tables.account_in_public]
name = "account"
[tables.account_in_public.columns]
id = { type = "integer", primary_key = true }

[tables.odd]
name = "type"
schema = "self"
[tables.odd.columns]
id = { type = "integer", primary_key = true }
"#;

#[test]
fn sql_schemas_as_modules() {
    let library = "pub mod schema;\npub mod billing;\npub mod own;\n\nuse diesel::prelude::*;\n
use billing::billing::{account, invoice, enums::Kind};\n
pub fn open(connection: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>) -> QueryResult<Vec<(Kind, String)>> {
    invoice::table
        .inner_join(account::table)
        .filter(invoice::kind.eq(Kind::B))
        .select((invoice::kind, account::type_))
        .load(connection)
}\n";
    let project = Project::new(Engine::Postgres);
    project.settings("dialect = \"postgres\"\nschema_rs = { path = \"src/schema.rs\", enums = \"rust\" }\n");
    project.write(
        "diesel.toml",
        "[print_schema.billing]\nfile = \"src/billing.rs\"\nschema = \"billing\"\nwith_docs = true\n\
         [print_schema.own]\nfile = \"src/own.rs\"\nschema = \"self\"\n",
    );
    project.snapshot("billing", SQL_SCHEMAS);
    project.run(["schema"]).code(0).lacks("is left out");
    project.write("src/lib.rs", library);
    compiles(&project, "SQL schemas");
}

const POSTGRES_ONLY: &str = r#"
[enums.pg_lsn_kind]
values = ["day", "week"]

[enums.result]
values = ["yes"]

[tables.thing]
[tables.thing.columns]
a = "integer"
b = "uuid"
tags = "text[]"
grid = { type = "integer[]", nullable = true }
every = "interval"
of_enum = { type = "result", nullable = true }
enums = { type = "result[]", nullable = true }
place = { type = { sql = "point", diesel = "crate::types::Position" } }
bits = "bit(4)"
varbits = { type = "varbit(8)", nullable = true }
words = { type = "tsvector", nullable = true }
clock = { type = "timetz", nullable = true }
page = { type = "xml", nullable = true }
span = { type = "tstzrange", nullable = true }
total = { type = "integer", generated = { sql = "a * 2", stored = true } }
[tables.thing.primary_key]
columns = ["b", "a"]

[tables.named_as_types.columns]
id = { type = "integer", primary_key = true }
PgLsnKind = { type = "integer", nullable = true }
kind = "pg_lsn_kind"
Text = "text"
Date = { type = "date", nullable = true }
Nullable = { type = "integer", nullable = true }

[views.things]
query = "SELECT a FROM thing"
"#;

const POSTGRES_TYPES: &str = "
pub mod schema;
pub mod types {
    /// A type of the application's own.
    #[derive(diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = \"point\", schema = \"pg_catalog\"))]
    pub struct Position;
}

use diesel::prelude::*;
use schema::thing;

pub fn tags(connection: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>) -> QueryResult<Vec<(Vec<Option<String>>, i32)>> {
    thing::table.filter(thing::grid.is_null()).select((thing::tags, thing::total)).load(connection)
}
";

#[test]
fn arrays_generated_columns_and_types_that_diesel_lacks() {
    let snapshots = [("things", POSTGRES_ONLY)];
    for setting in [PLAIN, RUST_ENUMS, PER_DOMAIN] {
        compiles(&project(Engine::Postgres, setting, POSTGRES_TYPES, &snapshots), setting);
    }
}

const SQLITE_ONLY: &str = r#"
[tables.numbered.columns]
name = "text"

[tables.counted.columns]
id = { type = "bigserial", primary_key = true }
at = { type = { sql = "TIMESTAMPTZ", diesel = "TimestamptzSqlite" } }
data = { type = { sql = "JSONB", diesel = "diesel::sql_types::Jsonb" }, nullable = true }
price = "numeric(10, 2)"
key = "uuid"
day = "date"

[tables.plain]
options = "WITHOUT ROWID"
[tables.plain.columns]
rowid = "text"
b = "text"
[tables.plain.primary_key]
columns = ["b", "rowid"]

[views.seen]
query = "SELECT name FROM numbered"
"#;

#[test]
fn row_numbers_and_types_of_sqlite() {
    let library = "
pub mod schema;

use diesel::prelude::*;
use schema::{counted, numbered};

pub fn names(connection: &mut SqliteConnection) -> QueryResult<Vec<(i32, String)>> {
    numbered::table.select((numbered::rowid, numbered::name)).load(connection)
}

pub fn prices(connection: &mut SqliteConnection) -> QueryResult<Vec<(f64, String)>> {
    counted::table.filter(counted::data.is_not_null()).select((counted::price, counted::key)).load(connection)
}
";
    compiles(&project(Engine::Sqlite, PLAIN, library, &[("lite", SQLITE_ONLY)]), "SQLite");
}
