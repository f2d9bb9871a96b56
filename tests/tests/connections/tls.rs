//! Certificates and modes against a real server: what each accepts, what each refuses, and what is said of a connection that
//! nobody has verified. It must not test where a server is found.

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{ENCODED_PASSWORD, Server, client};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};

use crate::setup::Setup;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn issuer() -> Issuer {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate of a server's own making, as `openssl req -x509` makes it: that of an authority.
fn own(names: &[&str], common: &str, is_over: bool) -> (String, String) {
    let mut parameters =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, common);
    if is_over {
        (parameters.not_before, parameters.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    }
    let key = KeyPair::generate().unwrap();
    (parameters.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn signed(issuer: &Issuer, names: &[&str], common: &str, serial: u64) -> (String, String) {
    let mut parameters =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, common);
    parameters.serial_number = Some(SerialNumber::from(serial));
    let key = KeyPair::generate().unwrap();
    (parameters.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

/// Writes a file that others cannot read, and gives its path.
fn write(setup: &Setup, name: &str, text: &str) -> String {
    setup.home.write(name, text);
    let path = setup.home.join(name);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn url(server: &Server, host: &str, parameters: &str) -> String {
    format!("postgres://postgres:{ENCODED_PASSWORD}@{host}:{}/postgres?{parameters}", server.port())
}

#[test]
fn a_certificate_of_the_servers_own_is_trusted_when_it_is_named() {
    let setup = Setup::new(Engine::Postgres);
    let stranger = write(&setup, "stranger.crt", &own(&["localhost"], "localhost", false).0);
    for (names, common, is_over, full) in [
        (&["localhost"][..], "any", false, true),
        // The manual of PostgreSQL makes it so: without alternative names the common name counts.
        (&[], "localhost", false, true),
        (&[], "other", false, false),
        (&["other"], "localhost", false, false),
        (&["localhost"], "localhost", true, false),
    ] {
        let (certificate, key) = own(names, common, is_over);
        let server = Server::start();
        server.encrypt(&certificate, &key, None);
        let ours = write(&setup, "ours.crt", &certificate);
        let reaches = |parameters: &str| setup.reaches(&url(&server, "localhost", parameters), &[]);
        let case = format!("{names:?} {common} {is_over}");
        assert_eq!(reaches(&format!("sslmode=verify-full&sslrootcert={ours}")), full, "{case}");
        assert_eq!(reaches(&format!("sslmode=verify-ca&sslrootcert={ours}")), !is_over, "{case}");
        assert_eq!(reaches(&format!("sslmode=require&sslrootcert={ours}")), !is_over, "{case}");
        assert!(!reaches(&format!("sslmode=verify-ca&sslrootcert={stranger}")), "{case}");
        assert!(!reaches("sslrootcert=system") && !reaches("sslmode=verify-full"), "{case}");
        assert!(reaches("") && reaches("sslmode=require") && reaches("sslmode=disable") && reaches("sslmode=allow"));
    }
}

#[test]
fn every_mode_with_an_authority_of_the_companys_own() {
    let (setup, authority, stranger) = (Setup::new(Engine::Postgres), issuer(), issuer());
    let server = Server::start();
    let (certificate, key) = signed(&authority, &["localhost"], "server", 1);
    server.encrypt(&certificate, &key, None);
    let ours = write(&setup, "ours.crt", &authority.pem());
    let other = write(&setup, "other.crt", &stranger.pem());
    let both = write(&setup, "both.crt", &(stranger.pem() + &authority.pem()));
    let none = write(&setup, "none.crt", "");
    for (host, parameters, expected) in [
        ("localhost", format!("sslmode=verify-full&sslrootcert={ours}"), true),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={ours}"), false),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={ours}"), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={both}"), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}"), false),
        ("localhost", format!("sslmode=require&sslrootcert={other}"), false),
        ("localhost", format!("sslmode=verify-full&sslrootcert={none}"), false),
        ("localhost", "sslmode=verify-full&sslrootcert=/no/such/file".to_owned(), false),
        ("localhost", "sslmode=verify-ca".to_owned(), false),
        ("localhost", "sslmode=require&sslrootcert=system".to_owned(), false),
        ("localhost", format!("sslmode=verify-full&sslrootcert={ours}&sslsni=0"), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={ours}&ssl_min_protocol_version=TLSv1.3"), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={ours}&ssl_max_protocol_version=TLSv1.2"), true),
        ("localhost", "ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2".to_owned(), false),
        ("localhost", "sslmode=nonsense".to_owned(), false),
    ] {
        assert_eq!(setup.reaches(&url(&server, host, &parameters), &[]), expected, "{host} {parameters}");
    }
    // The variables say the same, and so does the file in which libpq looks by itself.
    let plain = url(&server, "localhost", "");
    assert!(setup.reaches(&plain, &[("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", &ours)]));
    assert!(!setup.reaches(&plain, &[("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", &other)]));
    assert!(!setup.reaches(&plain, &[("PGSSLMODE", "verify-full")]));
    write(&setup, ".postgresql/root.crt", &authority.pem());
    assert!(setup.reaches(&plain, &[("PGSSLMODE", "verify-full")]));
    write(&setup, ".postgresql/root.crt", &stranger.pem());
    assert!(!setup.reaches(&plain, &[("PGSSLMODE", "verify-full")]));
    assert!(!setup.reaches(&plain, &[("PGSSLMODE", "require")]));
}

#[test]
fn a_client_shows_its_certificate() {
    let (setup, authority) = (Setup::new(Engine::Postgres), issuer());
    let server = Server::start();
    let (certificate, key) = signed(&authority, &["localhost"], "server", 1);
    server.encrypt(&certificate, &key, Some(&authority.pem()));
    let mut admin = client(&server.url("postgres"));
    admin.batch_execute("CREATE ROLE app LOGIN SUPERUSER").unwrap();
    let rules = "hostssl all app all cert\nhost all postgres all password\nhostnossl all app all reject\n";
    server.write("pg_hba.conf", rules);
    admin.batch_execute("SELECT pg_reload_conf()").unwrap();
    let (certificate, key) = signed(&authority, &[], "app", 2);
    let (certificate, key) = (write(&setup, "app.crt", &certificate), write(&setup, "app.key", &key));
    let (other, other_key) = signed(&authority, &[], "somebody", 3);
    let (other, other_key) = (write(&setup, "other.crt", &other), write(&setup, "other.key", &other_key));
    let plain = format!("postgres://app@localhost:{}/postgres", server.port());
    let mut tries = 0;
    while !setup.reaches(&format!("{plain}?sslcert={certificate}&sslkey={key}"), &[]) {
        tries += 1;
        assert!(tries < 50, "the server does not accept the certificate");
    }
    assert!(setup.reaches(&plain, &[("PGSSLCERT", &certificate), ("PGSSLKEY", &key), ("PGSSLMODE", "require")]));
    assert!(!setup.reaches(&plain, &[]));
    assert!(!setup.reaches(&format!("{plain}?sslcert={other}&sslkey={other_key}"), &[]));
    assert!(!setup.reaches(&format!("{plain}?sslcert={certificate}"), &[]));
    assert!(!setup.reaches(&format!("{plain}?sslcert={certificate}&sslkey={other_key}&sslmode=require"), &[]));
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let finished =
        setup.run(&format!("{plain}?sslcert={certificate}&sslkey={key}&sslmode=require"), &["showmigrations"]);
    finished.code(3).stderr_contains("chmod 600");
    std::fs::create_dir_all(setup.home.join(".postgresql")).unwrap();
    write(&setup, ".postgresql/postgresql.crt", &std::fs::read_to_string(&certificate).unwrap());
    write(&setup, ".postgresql/postgresql.key", &std::fs::read_to_string(&key).unwrap());
    assert!(setup.reaches(&plain, &[]));
}

#[test]
fn a_revoked_certificate_is_refused() {
    let (setup, authority) = (Setup::new(Engine::Postgres), issuer());
    let server = Server::start();
    let (certificate, key) = signed(&authority, &["localhost"], "server", 7);
    server.encrypt(&certificate, &key, None);
    let ours = write(&setup, "ours.crt", &authority.pem());
    let list = |serials: &[u64]| {
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2025, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let parameters = CertificateRevocationListParams {
            this_update: date_time_ymd(2025, 1, 1),
            next_update: date_time_ymd(2090, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        parameters.signed_by(&authority).unwrap().pem().unwrap()
    };
    let (fine, gone) = (write(&setup, "fine.crl", &list(&[8])), write(&setup, "gone.crl", &list(&[7])));
    let base = url(&server, "localhost", &format!("sslmode=verify-full&sslrootcert={ours}"));
    assert!(setup.reaches(&format!("{base}&sslcrl={fine}"), &[]));
    assert!(!setup.reaches(&format!("{base}&sslcrl={gone}"), &[]));
    assert!(!setup.reaches(&base, &[("PGSSLCRL", &gone)]));
}

#[test]
fn a_server_elsewhere_that_nobody_verified_is_a_warning() {
    let (setup, authority) = (Setup::new(Engine::Postgres), issuer());
    let server = Server::start();
    // An address that leads to this machine and is not known to.
    let there = "0.0.0.0";
    let rules = "host all all all password\n";
    server.write("pg_hba.conf", rules);
    client(&server.url("postgres")).batch_execute("SELECT pg_reload_conf()").unwrap();
    setup
        .run(&url(&server, there, ""), &["showmigrations"])
        .code(0)
        .stderr_contains("warning: ")
        .stderr_contains("is not encrypted");
    setup.run(&url(&server, "127.0.0.1", ""), &["showmigrations"]).code(0).lacks("warning");
    let (certificate, key) = signed(&authority, &["localhost", there], "server", 1);
    server.encrypt(&certificate, &key, None);
    let ours = write(&setup, "ours.crt", &authority.pem());
    let finished = setup.run(&url(&server, there, "sslmode=require"), &["showmigrations"]);
    finished.code(0).stderr_contains("has not proven who it is").stderr_contains("hint: add `sslmode=verify-full`");
    setup.run(&url(&server, there, "sslmode=disable"), &["migrate", "-q"]).code(0).stderr_contains("is not encrypted");
    let verified = url(&server, there, &format!("sslmode=verify-full&sslrootcert={ours}"));
    setup.run(&verified, &["showmigrations"]).code(0).lacks("warning");
}
