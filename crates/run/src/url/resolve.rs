//! From connection parameters to a server: defaults, and what fits together. Must not connect.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::parameters::Parameters;
use super::passfile::PassFile;
use super::server::{
    Binding, DEFAULT_SOCKETS, Host, HostName, Keepalive, Roots, Secret, Server, SessionTarget, Tls, TlsMode, TlsVersion,
};
use super::surroundings::Surroundings;
use super::{service, uri};
use crate::error::Error;

const DEFAULT_PORT: u16 = 5432;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MODES: [(&str, TlsMode); 6] = [
    ("disable", TlsMode::Disable),
    ("allow", TlsMode::Allow),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
];
/// What a file's name cannot be: the machine's certificates.
const SYSTEM: &str = "system";

/// The server of what follows `postgres://`.
pub(super) fn server(rest: &str, surroundings: &Surroundings) -> Result<Server, Error> {
    let mut parameters = uri::read(rest)?;
    service::complete(&mut parameters, surroundings)?;
    surroundings.complete(&mut parameters);
    parameters.refuse_unsupported()?;

    let mut warnings: Vec<String> = parameters
        .unused
        .iter()
        .map(|origin| format!("{origin} has no effect: sessions of migrations are the same everywhere"))
        .collect();
    let user = match parameters.get("user") {
        Some(user) => user.to_owned(),
        None => surroundings.account()?,
    };
    let database = parameters.get("dbname").unwrap_or(&user).to_owned();
    let password =
        parameters.value("password").map(|value| Secret { value: value.text.clone(), written: value.written.clone() });
    let passfile = match (&password, passfile(&parameters, surroundings)) {
        (None, Some(path)) => {
            let (passfile, warning) = PassFile::read(&path);
            warnings.extend(warning);
            passfile
        }
        _ => PassFile::default(),
    };
    let is_on = |keyword| Ok::<_, Error>(parameters.number(keyword)?.is_none_or(|number| number != 0));
    let seconds = |keyword| {
        let number = parameters.number(keyword)?.and_then(|number| u64::try_from(number).ok());
        Ok::<_, Error>(number.filter(|number| *number > 0).map(Duration::from_secs))
    };
    let milliseconds = |keyword| {
        let number = parameters.number(keyword)?.and_then(|number| u64::try_from(number).ok());
        Ok::<_, Error>(number.filter(|number| *number > 0).map(Duration::from_millis))
    };
    Ok(Server {
        hosts: hosts(&parameters)?,
        user,
        is_account: parameters.get("user").is_none(),
        password,
        passfile,
        database,
        tls: tls(&parameters, surroundings)?,
        session: session(&parameters)?,
        is_shuffled: parameters.choice("load_balance_hosts", &[("disable", false), ("random", true)])? == Some(true),
        options: parameters.get("options").map(str::to_owned),
        application_name: parameters
            .get("application_name")
            .or_else(|| parameters.get("fallback_application_name"))
            .map(str::to_owned),
        connect_timeout: match parameters.get("connect_timeout") {
            Some(_) => seconds("connect_timeout")?,
            None => Some(CONNECT_TIMEOUT),
        },
        keepalive: Keepalive {
            is_on: is_on("keepalives")?,
            idle: seconds("keepalives_idle")?,
            interval: seconds("keepalives_interval")?,
            count: parameters.number("keepalives_count")?.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
            unanswered: milliseconds("tcp_user_timeout")?,
        },
        warnings,
    })
}

fn passfile(parameters: &Parameters, surroundings: &Surroundings) -> Option<PathBuf> {
    parameters.get("passfile").map(PathBuf::from).or_else(|| surroundings.passfile())
}

fn hosts(parameters: &Parameters) -> Result<Vec<Host>, Error> {
    let (names, addresses) = (parameters.list("host"), parameters.list("hostaddr"));
    let ports = parameters.list("port");
    let count = names.len().max(addresses.len()).max(1);
    let fits = |length: usize| length <= 1 || length == count;
    let are_pairs = addresses.is_empty() || names.is_empty() || names.len() == addresses.len();
    if !fits(ports.len()) || !are_pairs {
        return Err(Error::url("it gives a different number of hosts and ports"));
    }
    let pick = |list: &[String], index: usize| list.get(index).or(list.first()).cloned().unwrap_or_default();
    (0..count).map(|index| host(&pick(&names, index), &pick(&addresses, index), &pick(&ports, index))).collect()
}

fn host(name: &str, address: &str, port: &str) -> Result<Host, Error> {
    let address: Option<IpAddr> = match address {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::url("`hostaddr` is not an IP address"))?),
    };
    let port = match port {
        "" => DEFAULT_PORT,
        text => text.parse().map_err(|_| {
            Error::url("its port is not a number; in a password `:`, `@` and `/` are written `%3A`, `%40`, `%2F`")
        })?,
    };
    let name = match (name, address) {
        ("", Some(address)) => HostName::Name(address.to_string()),
        ("", None) => default_host(port),
        (name, _) if name.starts_with('/') => HostName::Socket(name.to_owned()),
        (name, _) if name.starts_with('@') => {
            return Err(Error::url("a socket without a file, `@...`, is not supported as its host"));
        }
        (name, _) => HostName::Name(name.trim_matches(['[', ']']).to_owned()),
    };
    Ok(Host { name, address, port })
}

/// The socket of this machine, as in libpq; where none is found, the machine by its name.
fn default_host(port: u16) -> HostName {
    let has_server = |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    let folder = DEFAULT_SOCKETS.iter().find(has_server).filter(|_| cfg!(unix));
    folder.map_or_else(|| HostName::Name("localhost".to_owned()), |folder| HostName::Socket((*folder).to_owned()))
}

fn tls(parameters: &Parameters, surroundings: &Surroundings) -> Result<Tls, Error> {
    let mode = mode(parameters, surroundings)?;
    let file = |keyword: &str, default: &str| {
        let own = || surroundings.own_file(default).filter(|path| path.exists());
        parameters.get(keyword).map(PathBuf::from).or_else(own)
    };
    let roots = match file("sslrootcert", "root.crt") {
        Some(path) if path == Path::new(SYSTEM) => Roots::System,
        Some(path) => Roots::File(path),
        None => Roots::System,
    };
    if mode == TlsMode::VerifyCa && roots == Roots::System {
        return Err(Error::connection(
            "`sslmode=verify-ca` without a root certificate would accept any certificate of any public authority: name \
             the server's with `sslrootcert`, or use `verify-full`",
        ));
    }
    let client = file("sslcert", "postgresql.crt")
        .map(|certificate| match file("sslkey", "postgresql.key") {
            Some(key) => Ok((certificate, key)),
            None => Err(Error::connection("there is a client's certificate, and no key: name its file with `sslkey`")),
        })
        .transpose()?;
    let versions = [
        ("TLSv1", TlsVersion::Two),
        ("TLSv1.0", TlsVersion::Two),
        ("TLSv1.1", TlsVersion::Two),
        ("TLSv1.2", TlsVersion::Two),
        ("TLSv1.3", TlsVersion::Three),
    ];
    let lowest = parameters.choice("ssl_min_protocol_version", &versions)?.unwrap_or(TlsVersion::Two);
    // No older one is spoken, so a lower limit cannot be held.
    let highest = parameters.choice("ssl_max_protocol_version", &versions[3..])?.unwrap_or(TlsVersion::Three);
    if lowest > highest {
        return Err(Error::connection("`ssl_min_protocol_version` is above `ssl_max_protocol_version`"));
    }
    let bindings = [("disable", Binding::Disable), ("prefer", Binding::Prefer), ("require", Binding::Require)];
    Ok(Tls {
        mode,
        roots,
        client,
        revoked: file("sslcrl", "root.crl"),
        sends_name: parameters.number("sslsni")?.is_none_or(|number| number != 0),
        lowest,
        highest,
        binding: parameters.choice("channel_binding", &bindings)?.unwrap_or(Binding::Prefer),
    })
}

/// The mode that was asked for; with the machine's certificates none that would accept a stranger.
fn mode(parameters: &Parameters, surroundings: &Surroundings) -> Result<TlsMode, Error> {
    let given = parameters.choice("sslmode", &MODES)?;
    let is_required = surroundings.variable("PGREQUIRESSL").is_some_and(|value| value.starts_with('1'));
    if parameters.get("sslrootcert") != Some(SYSTEM) {
        return Ok(given.unwrap_or(if is_required { TlsMode::Require } else { TlsMode::Prefer }));
    }
    match given {
        None | Some(TlsMode::VerifyFull) => Ok(TlsMode::VerifyFull),
        Some(_) => {
            let why = "is too weak for `sslrootcert=system`: only `verify-full` tells the server from others with a \
                       certificate of a public authority";
            Err(parameters.value("sslmode").map_or_else(|| Error::url(why), |value| value.refuse("sslmode", why)))
        }
    }
}

fn session(parameters: &Parameters) -> Result<SessionTarget, Error> {
    let targets = [
        ("any", SessionTarget::Any),
        ("read-write", SessionTarget::ReadWrite),
        ("read-only", SessionTarget::ReadOnly),
        ("primary", SessionTarget::Primary),
        ("standby", SessionTarget::Standby),
        ("prefer-standby", SessionTarget::PreferStandby),
    ];
    Ok(parameters.choice("target_session_attrs", &targets)?.unwrap_or(SessionTarget::Any))
}

impl Surroundings {
    /// The account of this process, which libpq takes as the user.
    fn account(&self) -> Result<String, Error> {
        let problem = "it names no user, and the name of this account is not known";
        #[cfg(feature = "postgres")]
        return whoami::username().map_err(|_| Error::url(problem));
        #[cfg(not(feature = "postgres"))]
        return self.variable("USER").map(str::to_owned).ok_or_else(|| Error::url(problem));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Result<Server, Error> {
        parse_in(rest, &[])
    }

    fn parse_in(rest: &str, variables: &[(&str, &str)]) -> Result<Server, Error> {
        server(rest, &Surroundings::with(variables))
    }

    fn password(server: &Server) -> Option<&str> {
        server.password(&server.hosts[0]).map(Secret::value)
    }

    #[test]
    fn a_password_may_have_a_question_mark() {
        let server = parse("app:a?b=c#@db/shop").unwrap();
        assert_eq!(password(&server), Some("a?b=c#"));
        assert_eq!(server.to_string(), "app@db:5432/shop");
    }

    #[test]
    fn several_hosts_share_a_port_or_have_their_own() {
        assert_eq!(parse("u@a,b:1/x").unwrap().to_string(), "u@a:5432,b:1/x");
        assert_eq!(parse("u@/x?host=a,b&port=7").unwrap().to_string(), "u@a:7,b:7/x");
        assert!(parse("/x?host=a,b,c&port=1,2").is_err());
    }

    #[test]
    fn defaults_are_those_of_postgresql() {
        let server = parse("app@db").unwrap();
        assert_eq!((server.to_string().as_str(), server.tls.mode), ("app@db:5432/app", TlsMode::Prefer));
        assert_eq!(server.connect_timeout, Some(Duration::from_secs(10)));
        assert_eq!(parse("app@db?connect_timeout=0").unwrap().connect_timeout, None);
    }

    #[test]
    fn a_public_password_does_not_hide_the_public_text() {
        let server = parse("postgres:postgres@db/shop").unwrap();
        assert_eq!(server.redact("role \"postgres\" does not exist"), "role \"postgres\" does not exist");
    }

    #[test]
    fn variables_count_where_the_url_says_nothing() {
        let variables = [("PGHOST", "a,b"), ("PGPORT", "7"), ("PGUSER", "app"), ("PGDATABASE", "shop")];
        assert_eq!(parse_in("", &variables).unwrap().to_string(), "app@a:7,b:7/shop");
        assert_eq!(parse_in("me@c:8/d", &variables).unwrap().to_string(), "me@c:8/d");
        let server = parse_in("me@c/d", &[("PGPASSWORD", "secret%"), ("PGSSLMODE", "require")]).unwrap();
        assert_eq!((password(&server), server.tls.mode), (Some("secret%"), TlsMode::Require));
        assert_eq!(server.redact("it is secret%"), "it is ***");
        assert_eq!(parse_in("me@c/d", &[("PGREQUIRESSL", "1")]).unwrap().tls.mode, TlsMode::Require);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_or_warned_about() {
        for variable in ["PGREQUIREPEER", "PGREQUIREAUTH", "PGSSLCRLDIR"] {
            let error = parse_in("u@db/x", &[(variable, "hunter2")]).err().unwrap().to_string();
            assert!(error.contains(variable) && !error.contains("hunter2"), "{error}");
        }
        assert!(parse_in("u@db/x", &[("PGSSLMODE", "verify-none")]).err().unwrap().to_string().contains("PGSSLMODE"));
        assert!(parse("u@db/x?gssencmode=require").is_err() && parse("u@db/x?gssencmode=disable").is_ok());
        assert!(parse("u@db/x?krbsrvname=a").is_err());
        let server = parse_in("u@db/x", &[("PGTZ", "UTC")]).unwrap();
        assert!(server.warnings[0].contains("`PGTZ`"), "{:?}", server.warnings);
    }

    #[test]
    fn the_certificates_of_the_machine_are_for_verification_in_full() {
        assert_eq!(parse("u@db/x?sslrootcert=system").unwrap().tls.mode, TlsMode::VerifyFull);
        for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
            assert!(parse(&format!("u@db/x?sslrootcert=system&sslmode={mode}")).is_err(), "{mode}");
        }
        assert!(parse_in("u@db/x?sslrootcert=system", &[("PGSSLMODE", "require")]).is_err());
        assert!(parse("u@db/x?sslmode=verify-ca").is_err());
    }
}
