//! Variables, services, the password file, several hosts, local sockets: each row of `docs/connections.md` that is about
//! where a server is. It must not test encryption.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{ENCODED_PASSWORD, PASSWORD, Server};

use crate::setup::Setup;

#[test]
fn variables_say_what_the_url_does_not() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let (port, socket) = (server.port().to_string(), server.socket().to_str().unwrap().to_owned());
    let all = [("PGHOST", "127.0.0.1"), ("PGPORT", &*port), ("PGUSER", "postgres"), ("PGPASSWORD", PASSWORD)];
    let with = |more: &[(&'static str, &str)]| {
        let mut variables: Vec<(&str, String)> = all.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        for (name, value) in more {
            variables.retain(|(known, _)| known != name);
            variables.push((name, (*value).to_owned()));
        }
        variables
    };
    let reaches = |url: &str, more: &[(&'static str, &str)]| {
        let variables = with(more);
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        setup.reaches(url, &variables)
    };
    for (url, more, expected) in [
        ("postgres:///postgres", &[][..], true),
        ("postgres://", &[("PGDATABASE", "postgres")], true),
        ("postgres:///postgres", &[("PGHOST", &*socket)], true),
        ("postgres:///postgres", &[("PGHOST", ""), ("PGHOSTADDR", "127.0.0.1")], true),
        ("postgres:///postgres", &[("PGPASSWORD", "wrong")], false),
        ("postgres:///postgres", &[("PGUSER", "nobody_of_that_name")], false),
        ("postgres:///postgres", &[("PGPORT", "1")], false),
        ("postgres://", &[("PGDATABASE", "no_such_database")], false),
        // The URL comes first.
        (&server.url("postgres"), &[("PGHOST", "no-such-host.invalid"), ("PGPORT", "1"), ("PGPASSWORD", "x")], true),
        ("postgres:///postgres", &[("PGSSLMODE", "require")], false),
        ("postgres:///postgres", &[("PGSSLMODE", "nonsense")], false),
        ("postgres:///postgres", &[("PGREQUIRESSL", "1")], false),
        ("postgres:///postgres", &[("PGCHANNELBINDING", "require")], false),
        ("postgres:///postgres", &[("PGTARGETSESSIONATTRS", "read-write")], true),
        ("postgres:///postgres", &[("PGTARGETSESSIONATTRS", "standby")], false),
        ("postgres:///postgres", &[("PGTARGETSESSIONATTRS", "prefer-standby")], true),
        ("postgres:///postgres", &[("PGREQUIREAUTH", "scram-sha-256")], false),
        ("postgres:///postgres", &[("PGGSSENCMODE", "require")], false),
        ("postgres:///postgres", &[("PGGSSENCMODE", "disable")], true),
        ("postgres:///postgres", &[("PGOPTIONS", "-c search_path=pg_catalog")], true),
        ("postgres:///postgres", &[("PGOPTIONS", "-c no_such_setting=1")], false),
        ("postgres:///postgres", &[("PGCONNECT_TIMEOUT", "soon")], false),
    ] {
        assert_eq!(reaches(url, more), expected, "{url} {more:?}");
    }
}

#[test]
fn what_has_no_effect_is_said() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let url = server.url("postgres");
    for variable in ["PGTZ", "PGDATESTYLE", "PGCLIENTENCODING", "PGKRBSRVNAME", "PGGEQO"] {
        let finished = setup.command(&url, &["showmigrations"]).env(variable, "x").run();
        finished.code(0).stderr_contains(&format!("warning: `{variable}` has no effect"));
    }
    for parameter in ["requirepeer=x", "sslpassword=x", "require_auth=md5", "krbsrvname=x", "no_such_parameter=x"] {
        setup.run(&format!("{url}?{parameter}"), &["showmigrations"]).code(2).lacks("=x");
    }
}

#[test]
fn the_session_has_the_name_and_the_options_that_were_given() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let url = server.database("named");
    let probe = "DO $$ BEGIN RAISE EXCEPTION 'it is % and %', current_setting('application_name'), \
                 current_setting('app.tenant', true); END $$;";
    let name = setup.project.migrations().remove(0);
    setup.project.write(&format!("migrations/{name}/up.sql"), probe);
    setup.run(&url, &["seal"]).code(0);
    setup.run(&url, &["migrate"]).code(3).stderr_contains("it is makemigrations and");
    let finished =
        setup.command(&url, &["migrate"]).env("PGAPPNAME", "deploy 7").env("PGOPTIONS", "-c app.tenant=north").run();
    finished.code(3).stderr_contains("it is deploy 7 and north");
    let given = format!("{url}?application_name=other&options=-c%20app.tenant%3Dsouth");
    setup.run(&given, &["migrate"]).code(3).stderr_contains("it is other and south");
}

#[test]
fn a_service_is_read_from_its_file() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let port = server.port();
    let service = format!(
        "# comment\n[other]\nhost=no-such-host.invalid\n[shop]\nhost=127.0.0.1\nport={port}\nuser=postgres\ndbname=postgres\n\
         password={PASSWORD}\n[tls]\nhost=127.0.0.1\nport={port}\nsslmode=require\n[broken]\nnonsense=1\n"
    );
    setup.home.write(".pg_service.conf", &service);
    assert!(setup.reaches("postgres://?service=shop", &[]));
    assert!(setup.reaches("postgres://", &[("PGSERVICE", "shop")]));
    // A service comes before the variables, and after the URL.
    assert!(setup.reaches("postgres://", &[("PGSERVICE", "shop"), ("PGHOST", "no-such-host.invalid")]));
    assert!(!setup.reaches("postgres://no-such-host.invalid/?service=shop", &[]));
    assert!(!setup.reaches("postgres://?service=tls", &[]));
    for name in ["missing", "broken"] {
        setup
            .run(&format!("postgres://?service={name}"), &["showmigrations"])
            .code(2)
            .stderr_contains("pg_service.conf");
    }
    let elsewhere = setup.home.join("services");
    setup.home.write("services", service.replace("[shop]", "[elsewhere]"));
    let elsewhere = elsewhere.to_str().unwrap();
    assert!(setup.reaches("postgres://", &[("PGSERVICE", "elsewhere"), ("PGSERVICEFILE", elsewhere)]));
    assert!(!setup.reaches("postgres://", &[("PGSERVICE", "shop"), ("PGSERVICEFILE", elsewhere)]));
    setup.home.write("shared/pg_service.conf", service.replace("[shop]", "[shared]"));
    let shared = setup.home.join("shared");
    assert!(setup.reaches("postgres://?service=shared", &[("PGSYSCONFDIR", shared.to_str().unwrap())]));
}

#[test]
fn a_password_comes_from_the_password_file() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let port = server.port();
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    assert!(!setup.reaches(&url, &[]));
    let line = format!("127.0.0.1:{port}:*:postgres:{PASSWORD}\n");
    let write = |name: &str, text: &str, mode: u32| {
        setup.home.write(name, text);
        let path = setup.home.join(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    write(".pgpass", &format!("#{line}other:*:*:*:wrong\n{line}"), 0o600);
    assert!(setup.reaches(&url, &[]));
    // What is given comes first, and the first line that fits counts.
    assert!(!setup.reaches(&url, &[("PGPASSWORD", "wrong")]));
    write(".pgpass", &format!("*:*:*:*:wrong\n{line}"), 0o600);
    assert!(!setup.reaches(&url, &[]));
    write(".pgpass", &line, 0o640);
    setup.run(&url, &["showmigrations"]).code(3).stderr_contains("chmod 600");
    let other = write("passwords", &line, 0o600);
    assert!(setup.reaches(&url, &[("PGPASSFILE", &other)]));
    assert!(setup.reaches(&format!("{url}?passfile={other}"), &[]));
    assert!(!setup.reaches(&url, &[("PGPASSFILE", "/no/such/file")]));
}

#[test]
fn the_next_host_is_tried_when_one_does_not_answer_in_its_time() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    // It takes connections and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().port();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (port, credentials) = (server.port(), format!("postgres:{ENCODED_PASSWORD}"));
    for hosts in [
        format!("127.0.0.1:{silent},127.0.0.1:{port}"),
        format!("127.0.0.1:{closed},127.0.0.1:{port}"),
        format!("no-such-host.invalid:{port},127.0.0.1:{port}"),
        format!("127.0.0.1:{silent},127.0.0.1:{silent},localhost:{port}"),
    ] {
        let start = Instant::now();
        let url = format!("postgres://{credentials}@{hosts}/postgres?connect_timeout=1&load_balance_hosts=disable");
        assert!(setup.reaches(&url, &[]), "{hosts}");
        assert!(start.elapsed() < Duration::from_secs(15), "{hosts}: {:?}", start.elapsed());
    }
    // A refusal of the user is one of all copies of the server.
    let url = format!("postgres://postgres:wrong@127.0.0.1:{port},127.0.0.1:{silent}/postgres?connect_timeout=9");
    let start = Instant::now();
    setup.run(&url, &["showmigrations"]).code(3).stderr_contains("password authentication failed");
    assert!(start.elapsed() < Duration::from_secs(8));
    let url = format!("postgres://{credentials}@127.0.0.1:{silent}/postgres?connect_timeout=1");
    setup.run(&url, &["showmigrations"]).code(3).stderr_contains("no answer within 1 s");
    let url = format!("postgres://{credentials}@127.0.0.1:{port}/postgres?target_session_attrs=read-only");
    setup.run(&url, &["showmigrations"]).code(3).stderr_contains("target_session_attrs");
}

#[test]
fn a_socket_of_this_machine_has_no_encryption_whatever_the_mode() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let (socket, port) = (server.socket().to_str().unwrap(), server.port());
    for mode in ["disable", "allow", "prefer", "require", "verify-full"] {
        let url = format!("postgres://postgres:{ENCODED_PASSWORD}@/postgres?host={socket}&port={port}&sslmode={mode}");
        setup.run(&url, &["showmigrations"]).code(0).lacks("warning");
        let encoded = socket.replace('/', "%2F");
        let url = format!("postgres://postgres:{ENCODED_PASSWORD}@{encoded}:{port}/postgres?sslmode={mode}");
        assert!(setup.reaches(&url, &[]));
    }
}
