//! Databases that others made: read in any spelling, and what a snapshot cannot say is named. It must not expect the
//! spelling of the planner.

use makemigrations_tests::database::{Database, Engine};

use crate::{assert_builds_itself, read, written};

/// As different hands write it.
const FOREIGN_SQL: &str = r#"
create table if not exists main.[parent table] (   -- a bracket's name
    id integer primary key, /* no `NOT NULL`: it is the row's number /* */
    `code` varchar ( 10 ) not null collate nocase constraint code_is_own unique,
    kind TEXT NOT NULL DEFAULT "it's" CHECK (kind in ('a', 'b')) check (length(kind) > 0),
    ratio double precision default -.5,
    made DATETIME DEFAULT (datetime('now')) not null,
    upper_code text as (upper(code)),
    stored_code text generated always as (lower(code) || ', ') stored,
    constraint [both (of them)] check (ratio > 0 or kind = 'a') unique (kind, ratio)
);
CREATE TABLE child (
    "Parent" INT REFERENCES "PARENT TABLE" ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
    code VARCHAR(10),
    other integer not null,
    n INTEGER CONSTRAINT child_n PRIMARY KEY AUTOINCREMENT,
    flag bool default 0 not null,
    price decimal(12,2) default 9.90,
    CHECK (price > 0), constraint to_code foreign key (code) references [parent table](CODE) not deferrable,
    FOREIGN KEY (other) REFERENCES child ON DELETE NO ACTION
);
CREATE TABLE pair (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a)) WITHOUT ROWID, strict;
create unique index own on child (code, flag);
create unique index child_flag_idx on child (flag);
CREATE INDEX "odd ""one""" ON child (lower(code) desc, (price + 1), code collate nocase, flag desc)
    where other > 0 -- some
;
CREATE INDEX of_price ON child(price);
create view [the codes] as
    select code from [parent table] -- all
;
create view a_first_one as select * from [the codes];
CREATE VIEW named(a, b) AS SELECT 1, 2;
create trigger child after insert on child begin
    update child set flag = 1 where n = new.n;
end;
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL);
CREATE TABLE __makemigrations_history (version TEXT);
ANALYZE;
"#;

const FOREIGN_SNAPSHOT: &str = r##"format = 1

[tables.child]
primary_key = { columns = ["n"], name = "child_n" }

[tables.child.columns]
Parent = { type = "integer", nullable = true, references = { table = "parent table", on_delete = "set_null", on_update = "cascade", deferrable = "deferred" } }
code   = { type = "varchar(10)", nullable = true, references = { table = "parent table", column = "code", name = "to_code" } }
other  = { type = "integer", references = "child" }
n      = { type = "integer", auto_increment = true }
flag   = { type = "boolean", default = false }
price  = { type = "numeric(12, 2)", nullable = true, default = 9.90, index = { name = "of_price" }, check = "price > 0" }

[[tables.child.unique]]
name = "own"
columns = ["code", "flag"]

[[tables.child.indexes]]
columns = ["flag"]
unique = true

[[tables.child.indexes]]
name = 'odd "one"'
columns = [{ expression = "lower(code)", order = "desc" }, { expression = "price + 1" }, { column = "code", collation = "NOCASE" }, { column = "flag", order = "desc" }]
where = "other > 0"

[tables.pair]
primary_key = ["b", "a"]
options = "STRICT, WITHOUT ROWID"

[tables.pair.columns]
a = "text"
b = "text"

[tables."parent table".columns]
id          = { type = "integer", primary_key = true }
code        = { type = "varchar(10)", unique = { name = "code_is_own" }, collation = "NOCASE" }
kind        = { type = "text", default = "it's", check = "kind in ('a', 'b')" }
ratio       = { type = "double", nullable = true, default = -0.5 }
made        = { type = "timestamp", default = { sql = "datetime('now')" } }
upper_code  = { type = "text", nullable = true, generated = { sql = "upper(code)", stored = false } }
stored_code = { type = "text", nullable = true, generated = "lower(code) || ', '" }

[[tables."parent table".unique]]
columns = ["kind", "ratio"]

[[tables."parent table".checks]]
name = "both (of them)"
expression = "ratio > 0 or kind = 'a'"

[[tables."parent table".checks]]
name = "parent table_kind_check1"
expression = "length(kind) > 0"

[views.a_first_one]
depends_on = ["the codes"]
query = "select * from [the codes]"

[views."the codes"]
depends_on = ["parent table"]
query = "select code from [parent table]"

[objects.child_2]
create = '''
CREATE TRIGGER child after insert on child begin
    update child set flag = 1 where n = new.n;
end
'''
drop = 'DROP TRIGGER "child"'

[objects.named]
create = "CREATE VIEW named(a, b) AS SELECT 1, 2"
drop = 'DROP VIEW "named"'
"##;

#[test]
fn what_others_wrote_is_read() {
    let database = Database::new(Engine::Sqlite, "foreign");
    database.execute(FOREIGN_SQL);
    let found = read(&database);
    assert_eq!(found.unknown, Vec::<String>::new());
    assert_eq!(written(&found.schema), Some(("database.toml".to_owned(), FOREIGN_SNAPSHOT.to_owned())));
    assert_builds_itself("what others wrote", &found.schema);
}

#[test]
fn what_a_snapshot_cannot_say_is_named() {
    let database = Database::new(Engine::Sqlite, "beyond");
    database.execute(BEYOND);
    let expected = [
        "`MATCH FULL` of a foreign key of table `odd`",
        "`NULL` in column `odd.id`, which is part of the primary key",
        "`ON CONFLICT IGNORE` of `NOT NULL` of column `a` of table `odd`",
        "`ON CONFLICT REPLACE` of `UNIQUE` of column `b` of table `odd`",
        "`a DESC` in the primary key of table `other`",
        "`c DESC` in a `UNIQUE` of table `odd`",
        "collation `NOCASE` of column `odd.c`",
        "column `odd.a` without a type",
        "foreign key (`d`) of table `odd`: `nowhere` has no such key",
        "foreign key (`e`) of table `odd`: `odd` has no such key",
        "shadow table `words_config`",
        "shadow table `words_content`",
        "shadow table `words_data`",
        "shadow table `words_docsize`",
        "shadow table `words_idx`",
        "the name `same` of a constraint of table `other`, which something else has too",
        "the name `there` of `NOT NULL` of column `a` of table `odd`",
        "virtual table `words`",
    ];
    let found = read(&database);
    assert_eq!(found.unknown, expected);
    assert_builds_itself("beyond", &found.schema);
}

const BEYOND: &str = "
CREATE VIRTUAL TABLE words USING fts5(body);
CREATE TABLE odd (
    id TEXT PRIMARY KEY,
    a CONSTRAINT there NOT NULL ON CONFLICT IGNORE,
    b TEXT COLLATE BINARY UNIQUE ON CONFLICT REPLACE,
    c INTEGER COLLATE NOCASE,
    d TEXT REFERENCES nowhere (x) MATCH FULL,
    e TEXT REFERENCES odd (a),
    CONSTRAINT same CHECK (a > 0),
    UNIQUE (c DESC)
);
CREATE TABLE other (a INTEGER, CONSTRAINT same CHECK (a > 0), PRIMARY KEY (a DESC));
";
