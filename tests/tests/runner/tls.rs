//! Encrypted connections: what each `sslmode` accepts and refuses. It must not test anything else.

use makemigrations_run::{self as run, DatabaseUrl, Error};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::postgres::{Server, client};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn issuer() -> Issuer {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A server with a certificate for `localhost`.
fn server(issuer: &Issuer) -> Server {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let server = Server::start();
    let mut client = client(&server.url("postgres"));
    // The server reads them as its own user, and refuses a key that others can read.
    for (file, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
        let lines = text.trim().lines().map(|line| format!("('{line}')")).collect::<Vec<_>>().join(", ");
        let write = format!("COPY (SELECT * FROM (VALUES {lines}) lines) TO PROGRAM 'umask 077; cat > {file}'");
        client.batch_execute(&write).unwrap();
    }
    client.batch_execute("ALTER SYSTEM SET ssl = on").unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
    let is_on = |client: &mut postgres::Client| client.query_one("SHOW ssl", &[]).unwrap().get::<_, String>(0) == "on";
    while !is_on(&mut client) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server
}

/// Whether the connection is encrypted.
fn connect(server: &Server, host: &str, parameters: &str) -> Result<bool, Error> {
    let url = server.url("postgres").replace("127.0.0.1", host);
    let mut database = run::Database::connect(&DatabaseUrl::parse(&format!("{url}?{parameters}"))?)?;
    let sql = "SELECT count(*) FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()";
    Ok(database.count(sql)? == 1)
}

#[test]
fn each_mode_checks_what_it_says() {
    let (issuer, stranger) = (issuer(), issuer());
    let folder = Folder::temporary();
    folder.write("ours.pem", issuer.pem());
    folder.write("other.pem", stranger.pem());
    folder.write("none.pem", "");
    let (ours, other) = (folder.join("ours.pem"), folder.join("other.pem"));
    let (ours, other) = (ours.display(), other.display());
    let server = server(&issuer);
    for (host, parameters, encrypted) in [
        ("127.0.0.1", "sslmode=disable", Some(false)),
        ("127.0.0.1", "", Some(true)),
        ("127.0.0.1", "sslmode=prefer", Some(true)),
        ("127.0.0.1", "sslmode=require", Some(true)),
        ("127.0.0.1", &format!("sslmode=require&sslrootcert={ours}"), Some(true)),
        ("127.0.0.1", &format!("sslmode=require&sslrootcert={other}"), None),
        ("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={ours}"), Some(true)),
        ("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={other}"), None),
        ("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={ours}"), None),
        ("localhost", &format!("sslmode=verify-full&sslrootcert={ours}"), Some(true)),
        ("localhost", &format!("sslmode=verify-full&sslrootcert={other}"), None),
        ("localhost", "sslmode=verify-full", None),
        ("localhost", &format!("sslmode=verify-full&sslrootcert={}", folder.join("none.pem").display()), None),
        ("localhost", &format!("sslmode=verify-full&sslrootcert={}", folder.join("missing.pem").display()), None),
    ] {
        let result = connect(&server, host, parameters);
        assert_eq!(result.as_ref().ok().copied(), encrypted, "{host} {parameters}: {result:?}");
    }
}

#[test]
fn a_server_without_encryption_is_refused_where_it_is_required() {
    let server = Server::shared();
    assert!(!connect(server, "127.0.0.1", "sslmode=prefer").unwrap());
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = connect(server, "127.0.0.1", &format!("sslmode={mode}")).unwrap_err();
        assert!(error.message().contains("TLS") || error.message().contains("certificate"), "{error}");
    }
}
