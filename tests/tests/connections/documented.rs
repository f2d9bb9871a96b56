//! Every parameter and every variable in the table of `docs/connections.md` is tried, or names the test that tries it with files
//! and certificates. It must not repeat the sentences of the table.

use std::collections::BTreeMap;
use std::path::Path;

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{ENCODED_PASSWORD, PASSWORD, Server};

use crate::setup::Setup;

/// How a name in the table is tried.
enum Tried {
    /// Values with which the server is reached, and values with which it is not.
    Values(&'static [&'static str], &'static [&'static str]),
    /// The test that needs more than a value.
    By(&'static str),
}

use Tried::{By, Values};

const PARAMETERS: [(&str, Tried); 43] = [
    (
        "host",
        Values(&["127.0.0.1", "localhost", "no-such-host.invalid,127.0.0.1"], &["no-such-host.invalid", "/no/such"]),
    ),
    ("hostaddr", Values(&["127.0.0.1"], &["127.0.0.256", "localhost"])),
    ("port", Values(&[], &["1", "0", "70000", "x"])),
    ("dbname", Values(&["postgres", "template1"], &["no_such_database"])),
    ("user", Values(&["postgres"], &["nobody_of_that_name"])),
    ("password", Values(&[ENCODED_PASSWORD], &["wrong"])),
    ("passfile", By("a_password_comes_from_the_password_file")),
    ("service", By("a_service_is_read_from_its_file")),
    ("connect_timeout", Values(&["5", "0"], &["soon"])),
    (
        "target_session_attrs",
        Values(&["any", "read-write", "primary", "prefer-standby"], &["standby", "read-only", "first"]),
    ),
    ("load_balance_hosts", Values(&["disable", "random"], &["sometimes"])),
    ("sslmode", Values(&["disable", "allow", "prefer"], &["require", "verify-full", "maybe"])),
    ("sslrootcert", By("every_mode_with_an_authority_of_the_companys_own")),
    ("sslcert", By("a_client_shows_its_certificate")),
    ("sslkey", By("a_client_shows_its_certificate")),
    ("sslcrl", By("a_revoked_certificate_is_refused")),
    ("sslsni", Values(&["0", "1"], &["x"])),
    ("ssl_min_protocol_version", Values(&["TLSv1.2", "TLSv1.3"], &["TLSv9"])),
    ("ssl_max_protocol_version", Values(&["TLSv1.2", "TLSv1.3"], &["TLSv1.1"])),
    ("channel_binding", Values(&["disable", "prefer"], &["require", "maybe"])),
    ("application_name", Values(&["deploy"], &[])),
    ("fallback_application_name", Values(&["deploy"], &[])),
    ("options", Values(&["-c%20search_path%3Dpg_catalog"], &["-c%20no_such_setting%3D1"])),
    ("keepalives", Values(&["0", "1"], &["x"])),
    ("keepalives_idle", Values(&["0", "30"], &["x"])),
    ("keepalives_interval", Values(&["10"], &["x"])),
    ("keepalives_count", Values(&["3"], &["x"])),
    ("tcp_user_timeout", Values(&["0", "1000"], &["x"])),
    ("sslcompression", Values(&["0", "1"], &["2"])),
    ("gssencmode", Values(&["disable", "prefer"], &["require"])),
    ("gssdelegation", Values(&["0"], &["1"])),
    ("replication", Values(&["false"], &["database"])),
    ("client_encoding", Values(&["UTF8", "auto"], &["LATIN1"])),
    ("sslnegotiation", Values(&["postgres"], &["direct"])),
    ("sslcertmode", Values(&["allow"], &["require", "disable"])),
    ("min_protocol_version", Values(&["3.0"], &["3.2"])),
    ("max_protocol_version", Values(&["3.0", "latest"], &["2.0"])),
    ("sslcrldir", Values(&[], &["x"])),
    ("sslpassword", Values(&[], &["x"])),
    ("requirepeer", Values(&[], &["x"])),
    ("require_auth", Values(&[], &["md5"])),
    ("krbsrvname", Values(&[], &["x"])),
    ("gsslib", Values(&[], &["gssapi"])),
];

const VARIABLES: [(&str, Tried); 41] = [
    ("PGHOST", Values(&["127.0.0.1"], &["no-such-host.invalid"])),
    ("PGHOSTADDR", Values(&["127.0.0.1"], &["127.0.0.256"])),
    ("PGPORT", Values(&[], &["1"])),
    ("PGDATABASE", Values(&["postgres"], &["no_such_database"])),
    ("PGUSER", Values(&["postgres"], &["nobody_of_that_name"])),
    ("PGPASSWORD", Values(&[PASSWORD], &["wrong"])),
    ("PGPASSFILE", By("a_password_comes_from_the_password_file")),
    ("PGSERVICE", By("a_service_is_read_from_its_file")),
    ("PGSERVICEFILE", By("a_service_is_read_from_its_file")),
    ("PGSYSCONFDIR", By("a_service_is_read_from_its_file")),
    ("PGCONNECT_TIMEOUT", Values(&["5"], &["soon"])),
    ("PGTARGETSESSIONATTRS", Values(&["primary"], &["standby"])),
    ("PGLOADBALANCEHOSTS", Values(&["random"], &["sometimes"])),
    ("PGSSLMODE", Values(&["prefer"], &["require"])),
    ("PGREQUIRESSL", Values(&["0"], &["1"])),
    ("PGSSLROOTCERT", By("every_mode_with_an_authority_of_the_companys_own")),
    ("PGSSLCERT", By("a_client_shows_its_certificate")),
    ("PGSSLKEY", By("a_client_shows_its_certificate")),
    ("PGSSLCRL", By("a_revoked_certificate_is_refused")),
    ("PGSSLSNI", Values(&["0"], &["x"])),
    ("PGSSLMINPROTOCOLVERSION", Values(&["TLSv1.3"], &["TLSv9"])),
    ("PGSSLMAXPROTOCOLVERSION", Values(&["TLSv1.2"], &["TLSv1.1"])),
    ("PGCHANNELBINDING", Values(&["prefer"], &["require"])),
    ("PGAPPNAME", Values(&["deploy"], &[])),
    ("PGOPTIONS", Values(&["-c search_path=pg_catalog"], &["-c no_such_setting=1"])),
    ("PGSSLCOMPRESSION", Values(&["0"], &["2"])),
    ("PGGSSENCMODE", Values(&["prefer"], &["require"])),
    ("PGGSSDELEGATION", Values(&["0"], &["1"])),
    ("PGSSLNEGOTIATION", Values(&["postgres"], &["direct"])),
    ("PGSSLCERTMODE", Values(&["allow"], &["require"])),
    ("PGMINPROTOCOLVERSION", Values(&["3.0"], &["3.2"])),
    ("PGMAXPROTOCOLVERSION", Values(&["latest"], &["2.0"])),
    ("PGSSLCRLDIR", Values(&[], &["x"])),
    ("PGREQUIREPEER", Values(&[], &["x"])),
    ("PGREQUIREAUTH", Values(&[], &["md5"])),
    ("PGKRBSRVNAME", Values(&["x"], &[])),
    ("PGGSSLIB", Values(&["x"], &[])),
    ("PGCLIENTENCODING", Values(&["LATIN1"], &[])),
    ("PGDATESTYLE", Values(&["German"], &[])),
    ("PGTZ", Values(&["Asia/Tokyo"], &[])),
    ("PGGEQO", Values(&["off"], &[])),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names in one column of the table, in backticks.
fn documented(column: usize) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("../docs/connections.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(column));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_row_is_tried() {
    let tried = |list: &[(&str, Tried)]| list.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(documented(1)), sorted(tried(&PARAMETERS)));
    assert_eq!(sorted(documented(2)), sorted(tried(&VARIABLES)));
    let files = ["libpq.rs", "tls.rs"].map(|name| root().join("tests/connections").join(name));
    let tests = files.map(|path| std::fs::read_to_string(path).unwrap()).concat();
    for (name, tried) in PARAMETERS.iter().chain(&VARIABLES) {
        if let By(test) = tried {
            assert!(tests.contains(&format!("#[test]\nfn {test}() {{")), "`{name}`: no test `{test}`");
        }
    }
}

#[test]
fn every_parameter_is_honoured_or_refused() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let port = server.port().to_string();
    let base = [
        ("host", "127.0.0.1"),
        ("port", &*port),
        ("user", "postgres"),
        ("password", ENCODED_PASSWORD),
        ("dbname", "postgres"),
    ];
    let reaches = |name: &str, value: &str| {
        let mut parameters: BTreeMap<&str, &str> = base.into_iter().collect();
        parameters.insert(name, value);
        let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        setup.reaches(&format!("postgres://?{}", pairs.join("&")), &[])
    };
    judge(&PARAMETERS, reaches);
}

#[test]
fn every_variable_is_honoured_or_refused() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let port = server.port().to_string();
    let base = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", &*port),
        ("PGUSER", "postgres"),
        ("PGPASSWORD", PASSWORD),
        ("PGDATABASE", "postgres"),
    ];
    let reaches = |name: &str, value: &str| {
        let mut variables: BTreeMap<&str, &str> = base.into_iter().collect();
        variables.insert(name, value);
        setup.reaches("postgres://", &variables.into_iter().collect::<Vec<_>>())
    };
    judge(&VARIABLES, reaches);
}

/// All of them, so that one run shows every one that is not as documented.
#[track_caller]
fn judge(list: &[(&str, Tried)], reaches: impl Fn(&str, &str) -> bool) {
    let mut wrong = Vec::new();
    for (name, tried) in list {
        let Values(accepted, refused) = tried else { continue };
        let cases = accepted.iter().map(|value| (value, true)).chain(refused.iter().map(|value| (value, false)));
        wrong.extend(
            cases.filter(|(value, is)| reaches(name, value) != *is).map(|(value, is)| format!("{name}={value}: {is}")),
        );
    }
    assert_eq!(wrong, Vec::<String>::new(), "expected to reach the server, or not to");
}
