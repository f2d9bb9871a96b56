//! The migrations: of every kind that can be interrupted in its own way. It must not hold one that nobody could repeat: the
//! statements outside of transactions are those that `--online` writes.

use std::path::Path;

use makemigrations_gate::{Lock, sum};
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder as Temporary;

/// A migrations folder with its lock file.
pub(crate) struct Folder {
    folder: Temporary,
    pub(crate) engine: Engine,
    /// Names of the migrations.
    pub(crate) names: Vec<&'static str>,
    /// The numbers of those that write down that they ran.
    pub(crate) counted: Vec<&'static str>,
}

/// Name, `up.sql`, `down.sql`; `!` before the name is outside of a transaction.
type Migration = (&'static str, &'static str, &'static str);

const POSTGRES: [Migration; 14] = [
    (
        "0001_tables",
        "CREATE TABLE ran (n integer PRIMARY KEY); INSERT INTO ran VALUES (1);
         CREATE TABLE t (id integer PRIMARY KEY, v text NOT NULL, filled text);
         INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 8000) AS i;",
        "DROP TABLE t; DROP TABLE ran;",
    ),
    (
        "0002_column",
        "INSERT INTO ran VALUES (2); ALTER TABLE t ADD COLUMN a integer;",
        "DELETE FROM ran WHERE n = 2; ALTER TABLE t DROP COLUMN a;",
    ),
    ("!0003_index", "CREATE INDEX CONCURRENTLY t_v ON t (v);", "DROP INDEX CONCURRENTLY t_v;"),
    (
        "0004_type",
        "INSERT INTO ran VALUES (4); CREATE TYPE state AS ENUM ('new', 'old');",
        "DELETE FROM ran WHERE n = 4; DROP TYPE state;",
    ),
    ("!0005_label", "ALTER TYPE state ADD VALUE 'done' BEFORE 'old';", "SELECT 1;"),
    (
        "!0006_fill",
        "DO $$ DECLARE n integer; BEGIN LOOP
           UPDATE t SET filled = 'x' WHERE id IN (SELECT id FROM t WHERE filled IS NULL ORDER BY id LIMIT 1500);
           GET DIAGNOSTICS n = ROW_COUNT; COMMIT; EXIT WHEN n = 0; RAISE NOTICE '% rows', n; END LOOP; END $$;",
        "SELECT 1;",
    ),
    (
        "0007_check",
        "INSERT INTO ran VALUES (7); ALTER TABLE t ADD CONSTRAINT c CHECK (filled IS NOT NULL) NOT VALID;",
        "DELETE FROM ran WHERE n = 7; ALTER TABLE t DROP CONSTRAINT c;",
    ),
    ("!0008_validate", "ALTER TABLE t VALIDATE CONSTRAINT c;", "SELECT 1;"),
    ("!0009_reindex", "REINDEX TABLE CONCURRENTLY t;", "SELECT 1;"),
    (
        "!0010_unique",
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_u ON t (lower(v), id) WHERE id > 0;",
        "DROP INDEX CONCURRENTLY IF EXISTS t_u;",
    ),
    ("!0011_drop_index", "DROP INDEX CONCURRENTLY t_v;", "CREATE INDEX CONCURRENTLY t_v ON t (v);"),
    (
        "0012_partitions",
        "INSERT INTO ran VALUES (12); CREATE TABLE p (id integer NOT NULL) PARTITION BY RANGE (id);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); INSERT INTO p VALUES (1);",
        "DELETE FROM ran WHERE n = 12; DROP TABLE p;",
    ),
    (
        "!0013_detach",
        "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;",
        "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10);",
    ),
    (
        "0014_last",
        "INSERT INTO ran VALUES (14); ALTER TABLE t ALTER COLUMN v SET DEFAULT '';",
        "DELETE FROM ran WHERE n = 14; ALTER TABLE t ALTER COLUMN v DROP DEFAULT;",
    ),
];

/// A table rebuild, which also says that it ran: `ran` has the number of each once.
macro_rules! rebuild {
    ($record:literal) => {
        concat!(
            "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE; CREATE TABLE new_t (id integer PRIMARY KEY, v text NOT NULL); ",
            "INSERT INTO new_t SELECT id, v FROM t; DROP TABLE t; ALTER TABLE new_t RENAME TO t; CREATE INDEX t_v ON t (v); ",
            $record,
            " COMMIT; PRAGMA foreign_keys = ON;"
        )
    };
}

const SQLITE: [Migration; 8] = [
    (
        "0001_tables",
        "CREATE TABLE ran (n integer PRIMARY KEY); INSERT INTO ran VALUES (1);
         CREATE TABLE t (id integer PRIMARY KEY, v text NOT NULL);
         WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 5000) INSERT INTO t SELECT n, hex(n) FROM i;",
        "DROP TABLE t; DROP TABLE ran;",
    ),
    ("0002_index", "INSERT INTO ran VALUES (2); CREATE INDEX t_v ON t (v);", "DELETE FROM ran WHERE n = 2; DROP INDEX t_v;"),
    ("!0003_rebuild", rebuild!("INSERT INTO ran VALUES (3);"), rebuild!("DELETE FROM ran WHERE n = 3;")),
    ("0004_table", "INSERT INTO ran VALUES (4); CREATE TABLE u (id integer PRIMARY KEY);", "DELETE FROM ran WHERE n = 4; DROP TABLE u;"),
    ("!0005_rebuild", rebuild!("INSERT INTO ran VALUES (5);"), rebuild!("DELETE FROM ran WHERE n = 5;")),
    ("0006_rows", "INSERT INTO ran VALUES (6); INSERT INTO u SELECT id FROM t;", "DELETE FROM ran WHERE n = 6; DELETE FROM u;"),
    ("!0007_rebuild", rebuild!("INSERT INTO ran VALUES (7);"), rebuild!("DELETE FROM ran WHERE n = 7;")),
    ("0008_column", "INSERT INTO ran VALUES (8); ALTER TABLE u ADD COLUMN a integer;", "DELETE FROM ran WHERE n = 8; ALTER TABLE u DROP COLUMN a;"),
];

impl Folder {
    pub(crate) fn new(engine: Engine) -> Self {
        let migrations: &[Migration] = match engine {
            Engine::Postgres => &POSTGRES,
            Engine::Sqlite => &SQLITE,
        };
        let (folder, mut lock) = (Temporary::temporary(), Lock::new(engine.name()));
        let mut write = |path: String, text: &str| {
            let (migration, file) = path.split_once('/').unwrap();
            lock.record(migration, file, sum(text.as_bytes()));
            folder.write(&path, text);
        };
        let (mut names, mut counted) = (Vec::new(), Vec::new());
        for (name, up, down) in migrations {
            let outside = name.strip_prefix('!');
            let name = outside.unwrap_or(name);
            write(format!("{name}/up.sql"), up);
            write(format!("{name}/down.sql"), down);
            if outside.is_some() {
                write(format!("{name}/metadata.toml"), "run_in_transaction = false\n");
            }
            names.push(name);
            if up.contains("INSERT INTO ran") {
                counted.push(name[..4].trim_start_matches('0'));
            }
        }
        folder.write("migrations.lock", lock.render());
        Self { folder, engine, names, counted }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}
