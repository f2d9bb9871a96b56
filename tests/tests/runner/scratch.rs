//! Scratch databases: empty, like the one beside them, and gone afterwards, whoever made them. It must not test what is
//! done in them.

use makemigrations_run::{Database as Connection, DatabaseUrl, Error, Scratch};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres::Server;

fn url(database: &Database) -> DatabaseUrl {
    DatabaseUrl::parse(database.url()).unwrap()
}

/// The scratch databases beside a database.
fn left(database: &Database) -> Vec<String> {
    let name = url(database).database();
    database.column(&format!("SELECT datname::text FROM pg_database WHERE datname LIKE '{name}\\_mm\\_%' ORDER BY 1"))
}

fn make(database: &Database, name: &str) {
    database.execute(&format!("CREATE DATABASE \"{name}\""));
}

fn mark(database: &Database, name: &str) {
    let beside = url(database).database();
    database.execute(&format!(
        "COMMENT ON DATABASE \"{name}\" IS 'scratch database of makemigrations, made beside `{beside}`; it may be dropped'"
    ));
}

#[test]
fn it_is_empty_and_goes_again() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "scratch");
        database.execute("CREATE TABLE a (id integer); INSERT INTO a VALUES (1)");
        let (mut first, mut second) =
            (Scratch::beside(&url(&database)).unwrap(), Scratch::beside(&url(&database)).unwrap());
        for (scratch, value) in [(&mut first, "'x'"), (&mut second, "NULL")] {
            let connection = scratch.database();
            connection.execute(&format!("CREATE TABLE a (id text); INSERT INTO a VALUES ('ä'), ({value})")).unwrap();
            assert_eq!(connection.count("SELECT count(*) FROM a").unwrap(), 2);
        }
        let rows =
            |scratch: &mut Scratch| scratch.database().rows("SELECT id, id FROM a ORDER BY id IS NULL, id").unwrap();
        assert_eq!(rows(&mut second), [[Some("ä".to_owned()), Some("ä".to_owned())], [None, None]]);
        assert!(rows(&mut first).iter().flatten().all(Option::is_some));
        let refused = first.database().execute("SELECT 1; SELECT * FROM no_such_table").unwrap_err();
        assert!(refused.to_string().contains("no_such_table"), "{refused}");
        drop(first);
        assert_eq!(rows(&mut second).len(), 2);
        drop(second);
        assert_eq!(database.value("SELECT count(*) FROM a"), "1");
        if engine == Engine::Postgres {
            assert_eq!(left(&database), Vec::<String>::new());
        }
    }
}

#[test]
fn it_is_like_the_one_beside_it() {
    let server = Database::new(Engine::Postgres, "scratch_like");
    let name = format!("{}_{}", url(&server).database(), "ö".repeat(12));
    server.execute(&format!(
        "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    ));
    let beside = DatabaseUrl::parse(&Server::shared().url(&name)).unwrap();
    let mut scratch = Scratch::beside(&beside).unwrap();
    let sql =
        "SELECT datname::text, datcollate::text, datctype::text FROM pg_database WHERE datname = current_database()";
    let mut row = scratch.database().rows(sql).unwrap().remove(0).into_iter().flatten();
    assert!(row.next().unwrap().starts_with(&format!("{name}_mm_")));
    assert_eq!(row.collect::<Vec<_>>(), ["C", "C.UTF-8"]);
}

/// What a killed process left goes; what is in use, or is somebody's own, stays.
#[test]
fn leftovers_are_removed_and_nothing_else() {
    let database = Database::new(Engine::Postgres, "scratch_left");
    let name = url(&database).database();
    let (leftover, own) = (format!("{name}_mm_1_0"), format!("{name}_mm_1_1"));
    for name in [&leftover, &own] {
        make(&database, name);
    }
    mark(&database, &leftover);
    let first = Scratch::beside(&url(&database)).unwrap();
    let second = Scratch::beside(&url(&database)).unwrap();
    let found = left(&database);
    assert!(found.len() == 3 && found.contains(&own) && !found.contains(&leftover), "{found:?}");
    drop((first, second));
    assert_eq!(left(&database), [own.as_str()]);
    database.execute(&format!("DROP DATABASE \"{own}\""));
}

/// One made beside another database is not judged here, even when its name looks as if.
#[test]
fn what_belongs_to_another_database_stays() {
    let (database, other) =
        (Database::new(Engine::Postgres, "scratch_a"), Database::new(Engine::Postgres, "scratch_b"));
    let name = format!("{}_mm_1_0", url(&database).database());
    make(&other, &name);
    mark(&other, &name);
    drop(Scratch::beside(&url(&database)).unwrap());
    assert_eq!(left(&database), [name.as_str()]);
    database.execute(&format!("DROP DATABASE \"{name}\""));
}

#[test]
fn a_role_without_the_right_is_told_what_it_needs() {
    let database = Database::new(Engine::Postgres, "scratch_role");
    database.execute("CREATE ROLE \"Plain role\" LOGIN PASSWORD 'plain'");
    let (_, place) = database.url().split_once('@').unwrap();
    let plain = DatabaseUrl::parse(&format!("postgres://Plain%20role:plain@{place}")).unwrap();
    let error = Scratch::beside(&plain).unwrap_err();
    assert!(matches!(&error, Error::NoScratch { role, .. } if role == "Plain role"), "{error}");
    assert!(error.to_string().contains("`ALTER ROLE \"Plain role\" CREATEDB`"), "{error}");
    assert_eq!(left(&database), Vec::<String>::new());
    // It may use the database all the same.
    assert_eq!(Connection::connect(&plain).unwrap().count("SELECT 1").unwrap(), 1);
}
