//! Passwords in URLs never reach the screen. Every test of this program checks that for the password of the test
//! server; here are the ways in which URLs go wrong.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::Engine;

use crate::setup::Setup;

const SECRET: &str = "s3cr3t";

#[test]
fn no_command_shows_a_password() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let server = setup.database.url().split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
    let urls = [
        format!("postgres://postgres:{SECRET}@{server}/x"),
        format!("postgresql://postgres:{SECRET}%21@{server}/x"),
        format!("postgres://postgres:{SECRET}/x@{server}/x"),
        format!("postgres://postgres:{SECRET}@@{server}/x"),
        format!("postgres://postgres:{SECRET}#x@{server}/x"),
        format!("postgres://postgres:{SECRET}%zz@{server}/x"),
        format!("postgres://postgres@{server}/x?password={SECRET}"),
        format!("postgres://{server}/x?user=postgres&password={SECRET}&sslmode=nonsense"),
        format!("postgres://postgres:{SECRET}@host:port/x"),
        format!("postgres://postgres:{SECRET}@[::1/x"),
        format!("postgres://postgres:{SECRET}"),
        format!("postgres:/postgres:{SECRET}@{server}/x"),
        format!("host={server} user=postgres password={SECRET}"),
        format!("mysql://root:{SECRET}@localhost/x"),
        format!("postgre://postgres:{SECRET}@{server}/x"),
        format!("sqlite://user:{SECRET}@host/x\0"),
    ];
    for url in urls.iter().filter(|url| !url.contains('\0')) {
        for command in [&["migrate", "-v"][..], &["migrate:down"], &["migrate:unlock", "-v"], &["showmigrations"]] {
            let by_flag = setup.run([command, &["--database-url", url]].concat());
            let by_variable = makemigrations(&setup.project, command).env("DATABASE_URL", url).run();
            setup.write(".env", format!("DATABASE_URL='{url}'\n"));
            let by_file = makemigrations(&setup.project, command).run();
            setup.remove(".env");
            for finished in [by_flag, by_variable, by_file] {
                assert!([Some(2), Some(3)].contains(&finished.code), "{url}: {:?}\n{}", finished.code, finished.stderr);
                finished.lacks(SECRET).lacks("panicked");
            }
        }
    }
}

/// The database's own message may repeat what was sent to it.
#[test]
fn a_failing_statement_does_not_show_it_either() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let name = setup.hand_written("shows", "DO $$ BEGIN RAISE EXCEPTION 'user %', current_user; END $$;", "SELECT 1;");
    // `Finished` panics when the server's password is shown.
    setup.run(["migrate", "-v"]).code(3).stderr_contains(&name).stderr_contains("user postgres");
}
