//! Two versions of the tool on one database. It must not test one version alone.

use makemigrations_tests::database::{Database, Engine};

use crate::setup::Setup;

#[test]
fn a_history_of_a_newer_version_is_refused_and_nothing_is_changed() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        for (what, change) in [
            ("makemigrations 99.1.0", "UPDATE __makemigrations_history SET tool_version = '99.1.0'"),
            ("makemigrations 0.2.0", "UPDATE __makemigrations_history SET tool_version = '0.2.0'"),
            ("column `batch`", "ALTER TABLE __makemigrations_history ADD COLUMN batch INTEGER"),
        ] {
            let database = Database::new(engine, "newer");
            setup.run(database.url(), &["migrate"]).code(0);
            database.execute(change);
            let before = database.rows("SELECT * FROM __makemigrations_history");
            for arguments in [
                &["migrate"][..],
                &["showmigrations"],
                &["migrate:down", "--yes"],
                &["migrate:down", "--absent", "--yes"],
                &["migrate", "--plan"],
                &["migrate", "--fake"],
            ] {
                let finished = setup.run(database.url(), arguments);
                finished.code(2).stderr_contains("a newer version of this tool").stderr_contains(what);
            }
            assert_eq!(database.rows("SELECT * FROM __makemigrations_history"), before);
            assert_eq!(database.value("SELECT count(*) FROM ticket"), "0");
            assert_eq!(database.value("SELECT count(*) FROM __makemigrations_lock"), "0");
        }
    }
}

#[test]
fn a_patch_or_an_older_version_is_no_obstacle() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        let database = Database::new(engine, "older");
        setup.run(database.url(), &["migrate"]).code(0);
        for version in ["0.1.99", "0.0.1", "0.1.0-rc.1"] {
            database.execute(&format!("UPDATE __makemigrations_history SET tool_version = '{version}'"));
            setup.run(database.url(), &["showmigrations"]).code(0).stdout_contains("applied ");
            setup.run(database.url(), &["migrate:down", "--yes"]).code(0);
            setup.run(database.url(), &["migrate"]).code(0);
        }
    }
}
