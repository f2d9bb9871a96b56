//! What has to be true when all is over. It must not run a migration.

use std::time::{Duration, Instant};

use makemigrations_run::{self as run, DatabaseUrl, Source};
use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::query_rows;

use crate::migrations::Folder;
use crate::migrator::{Database, Direction};

/// How long a server may take to notice that a client is gone.
const NOTICED: Duration = Duration::from_secs(15);

/// Everything that migrations make, in words that do not depend on how often they were tried.
const POSTGRES: &str = "
    SELECT format('column %s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
        (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped AND relname !~ '^__'
    UNION ALL SELECT format('index %s valid %s ready %s', pg_get_indexdef(indexrelid), indisvalid, indisready)
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace AND relname !~ '^__'
    UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, pg_get_constraintdef(oid), convalidated)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ '^__'
    UNION ALL SELECT format('enum %s %s', enumtypid::regtype, string_agg(enumlabel, ' ' ORDER BY enumsortorder))
    FROM pg_enum GROUP BY enumtypid
    UNION ALL SELECT format('partition %s of %s %s', inhrelid::regclass, inhparent::regclass, to_jsonb(pg_inherits) ->> 'inhdetachpending')
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE relkind IN ('r', 'p')
    UNION ALL SELECT format('invalid %s', indexrelid::regclass) FROM pg_index WHERE NOT indisvalid
    ORDER BY 1";

const SQLITE: &str = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master \
                      WHERE name NOT LIKE '\\_\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY 1";

fn rows(engine: Engine, database: &Database, query: &str) -> Vec<String> {
    match engine {
        Engine::Postgres => {
            let rows = query_rows(&database.url, query);
            rows.into_iter()
                .map(|row| row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(" "))
                .collect()
        }
        Engine::Sqlite => {
            let connection = rusqlite::Connection::open(database.url.trim_start_matches("sqlite://")).unwrap();
            let mut statement = connection.prepare(query).unwrap();
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.map(Result::unwrap).collect()
        }
    }
}

/// Panics unless all is well; gives the schema. `expected` is that of a run without faults.
pub(crate) fn check(
    folder: &Folder,
    database: &Database,
    direction: Direction,
    expected: Option<&Vec<String>>,
) -> Vec<String> {
    let engine = folder.engine;
    let versions: Vec<String> = match direction {
        Direction::Up => folder.names.iter().map(|name| name[..4].to_owned()).collect(),
        Direction::Down => Vec::new(),
    };
    assert_eq!(rows(engine, database, "SELECT version FROM __diesel_schema_migrations ORDER BY version"), versions);
    let history = "SELECT version || ' ' || state FROM __makemigrations_history ORDER BY version";
    let applied: Vec<_> = versions.iter().map(|version| format!("{version} applied")).collect();
    assert_eq!(rows(engine, database, history), applied);
    assert_eq!(rows(engine, database, "SELECT CAST(count(*) AS TEXT) FROM __makemigrations_lock"), ["0"]);

    let schema = rows(
        engine,
        database,
        match engine {
            Engine::Postgres => POSTGRES,
            Engine::Sqlite => SQLITE,
        },
    );
    assert!(!schema.iter().any(|line| line.starts_with("invalid")), "{schema:#?}");
    if let Some(expected) = expected {
        assert_eq!(&schema, expected);
    }
    if direction == Direction::Up {
        assert_eq!(rows(engine, database, "SELECT CAST(n AS TEXT) FROM ran ORDER BY ran.n"), folder.counted);
    }
    no_lock(engine, database);
    let mut connection = run::Database::connect(&DatabaseUrl::parse(&database.url).unwrap()).unwrap();
    assert_eq!(run::holder(&mut connection).unwrap(), None);
    let status = run::status(&mut connection, &Source::Folder(folder.path())).unwrap();
    assert!(status.invalid_indexes.is_empty() && status.findings.is_empty(), "{status:?}");
    schema
}

fn no_lock(engine: Engine, database: &Database) {
    if engine == Engine::Sqlite {
        assert_eq!(rows(engine, database, "SELECT integrity_check FROM pragma_integrity_check"), ["ok"]);
        return;
    }
    let held = "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
                WHERE datname = current_database())) + (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name = 'makemigrations')";
    let start = Instant::now();
    while rows(engine, database, &format!("SELECT ({held})::text")) != ["0"] {
        assert!(
            start.elapsed() < NOTICED,
            "a session or a lock stays: {:?}",
            rows(engine, database, "SELECT query FROM pg_stat_activity")
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
