//! Where a PostgreSQL server is: the parts of a `postgres://` URL. Must not print a password, nor any parameter it does
//! not know.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::parts::decode;
use crate::error::Error;

const DEFAULT_PORT: u16 = 5432;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A shorter one is found in any text by chance, and hiding it hides the text.
const SHORTEST_SECRET: usize = 4;
const KNOWN_PARAMETERS: &str = "`user`, `password`, `host`, `hostaddr`, `port`, `dbname`, `sslmode`, `sslrootcert`, \
                                `options`, `connect_timeout`, `application_name`";

/// A PostgreSQL server and a database of it.
#[derive(Clone)]
pub(crate) struct Server {
    /// Tried in order; at least one.
    pub(crate) hosts: Vec<Host>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
    database: Option<String>,
    pub(crate) tls: Tls,
    /// A PEM file instead of the machine's trusted certificates.
    pub(crate) root_certificates: Option<PathBuf>,
    /// `-c name=value` settings for the session.
    pub(crate) options: Option<String>,
    pub(crate) connect_timeout: Duration,
}

/// One address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) name: HostName,
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostName {
    Name(String),
    /// The folder of the server's socket.
    Socket(String),
}

/// How a connection is encrypted: libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    Disable,
    /// Encrypted where the server can, without looking at its certificate.
    Prefer,
    /// Encrypted, without looking at the certificate.
    Require,
    /// Encrypted, and the certificate is signed by somebody trusted.
    VerifyCa,
    /// The same, and the certificate is for this host.
    VerifyFull,
}

/// A text that no output may contain. It has no `Debug` on purpose.
#[derive(Clone)]
pub(crate) struct Secret {
    value: String,
    /// As it stands in the URL.
    written: String,
}

impl Secret {
    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl Server {
    /// What follows `postgres://`.
    pub(super) fn parse(rest: &str) -> Result<Self, Error> {
        // The user and the password end at an `@` that comes before any `/`, as in libpq: they may have a `?`.
        let before_slash = &rest[..rest.find('/').unwrap_or(rest.len())];
        let (credentials, rest) = match before_slash.rfind('@') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        if rest.contains('@') || credentials.is_some_and(|text| text.contains('@')) {
            return Err(Error::url(
                "it has a `@` too many, or a `/` before it: in a password they are written `%40` and `%2F`",
            ));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));

        let mut given = Given { database: non_empty(decode(database)?), ..Given::default() };
        if let Some(credentials) = credentials {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            given.user = non_empty(decode(user)?);
            given.password(password)?;
        }
        for host in hosts.split(',').filter(|_| !hosts.is_empty()) {
            let (name, port) = split_port(host)?;
            given.hosts.push(decode(name)?);
            given.ports.push(port.to_owned());
        }
        for (index, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            given.parameter(index + 1, pair)?;
        }
        given.finish()
    }

    pub(super) fn is_local(&self) -> bool {
        self.hosts.iter().all(Host::is_local)
    }

    /// The name of the database; PostgreSQL's default is the user's name.
    pub(crate) fn database(&self) -> &str {
        self.database.as_deref().or(self.user.as_deref()).unwrap_or("postgres")
    }

    /// Another database of the same server.
    pub(crate) fn with_database(&self, name: &str) -> Self {
        Self { database: Some(name.to_owned()), ..self.clone() }
    }

    pub(super) fn redact(&self, text: &str) -> String {
        let Some(secret) = &self.password else { return text.to_owned() };
        let is_public = [self.user.as_deref(), Some(self.database())].contains(&Some(secret.value()));
        if secret.value.len() < SHORTEST_SECRET || is_public {
            return text.to_owned();
        }
        text.replace(secret.value(), "***").replace(&secret.written, "***")
    }
}

impl Host {
    fn is_local(&self) -> bool {
        match (&self.name, self.address) {
            (HostName::Socket(_), _) => true,
            (_, Some(address)) => address.is_loopback(),
            (HostName::Name(name), None) => {
                let name = name.trim_matches(['[', ']']);
                name.eq_ignore_ascii_case("localhost")
                    || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
            }
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        for (index, host) in self.hosts.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}:{}", host.name, host.port)?;
        }
        write!(f, "/{}", self.database())
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) if name.contains(':') => write!(f, "[{name}]"),
            Self::Name(name) | Self::Socket(name) => f.write_str(name),
        }
    }
}

/// What a URL gives, before it is known to fit together.
#[derive(Default)]
struct Given {
    hosts: Vec<String>,
    addresses: Vec<String>,
    ports: Vec<String>,
    user: Option<String>,
    password: Option<Secret>,
    database: Option<String>,
    tls: Option<Tls>,
    root_certificates: Option<PathBuf>,
    options: Option<String>,
    connect_timeout: Option<Duration>,
}

impl Given {
    fn password(&mut self, written: &str) -> Result<(), Error> {
        let value = decode(written)?;
        self.password = (!value.is_empty()).then(|| Secret { value, written: written.to_owned() });
        Ok(())
    }

    fn parameter(&mut self, number: usize, pair: &str) -> Result<(), Error> {
        let Some((name, written)) = pair.split_once('=') else {
            return Err(Error::url(format!("its parameter {number} has no `=`; in a value `&` is written `%26`")));
        };
        let value = decode(written)?;
        let list = || value.split(',').map(str::to_owned).collect();
        match name {
            "user" => self.user = non_empty(value),
            "password" => self.password(written)?,
            "dbname" => self.database = non_empty(value),
            "host" => self.hosts = list(),
            "hostaddr" => self.addresses = list(),
            "port" => self.ports = list(),
            "options" => self.options = non_empty(value),
            "sslrootcert" => {
                self.root_certificates = non_empty(value).filter(|path| path != "system").map(PathBuf::from)
            }
            "sslmode" => self.tls = Some(tls(&value)?),
            "connect_timeout" => {
                let seconds = value.parse().map_err(|_| Error::url("`connect_timeout` is not a number of seconds"))?;
                self.connect_timeout = (seconds > 0).then(|| Duration::from_secs(seconds));
            }
            // The session's name is how a holder of the lock is recognised.
            "application_name" => {}
            _ => {
                let problem = format!("its parameter {number} is not known; known are {KNOWN_PARAMETERS}");
                return Err(Error::url(problem));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Server, Error> {
        let count = self.hosts.len().max(self.addresses.len()).max(1);
        let fits = |length: usize| length <= 1 || length == count;
        if !fits(self.ports.len()) || (!self.addresses.is_empty() && !self.hosts.is_empty() && !fits(self.hosts.len()))
        {
            return Err(Error::url("it gives a different number of hosts and ports"));
        }
        let hosts = (0..count).map(|index| self.host(index)).collect::<Result<_, _>>()?;
        Ok(Server {
            hosts,
            user: self.user,
            password: self.password,
            database: self.database,
            tls: self.tls.unwrap_or(Tls::Prefer),
            root_certificates: self.root_certificates,
            options: self.options,
            connect_timeout: self.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        })
    }

    fn host(&self, index: usize) -> Result<Host, Error> {
        let pick = |list: &[String]| list.get(index).or(list.first()).cloned().unwrap_or_default();
        let address: Option<IpAddr> = match pick(&self.addresses).as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Error::url("`hostaddr` is not an IP address"))?),
        };
        let port = match pick(&self.ports).as_str() {
            "" => DEFAULT_PORT,
            text => text.parse().map_err(|_| {
                Error::url("its port is not a number; in a password `:`, `@` and `/` are written `%3A`, `%40`, `%2F`")
            })?,
        };
        let name = match (pick(&self.hosts), address) {
            (name, Some(address)) if name.is_empty() => HostName::Name(address.to_string()),
            (name, _) if name.is_empty() => HostName::Name("localhost".to_owned()),
            (name, _) if name.starts_with('/') => HostName::Socket(name),
            (name, _) => HostName::Name(name.trim_matches(['[', ']']).to_owned()),
        };
        Ok(Host { name, address, port })
    }
}

/// `host:port`, where the host may be `[an IPv6 address]`.
fn split_port(host: &str) -> Result<(&str, &str), Error> {
    if host.starts_with('[') {
        let end = host.find(']').ok_or_else(|| Error::url("a `[` in its host is not closed"))?;
        let (name, port) = host.split_at(end + 1);
        return match port.strip_prefix(':') {
            Some(port) => Ok((name, port)),
            None if port.is_empty() => Ok((name, "")),
            None => Err(Error::url("something other than `:port` follows the `]` of its host")),
        };
    }
    Ok(host.split_once(':').unwrap_or((host, "")))
}

fn tls(value: &str) -> Result<Tls, Error> {
    match value {
        "disable" => Ok(Tls::Disable),
        "allow" | "prefer" => Ok(Tls::Prefer),
        "require" => Ok(Tls::Require),
        "verify-ca" => Ok(Tls::VerifyCa),
        "verify-full" => Ok(Tls::VerifyFull),
        _ => Err(Error::url("`sslmode` is none of `disable`, `prefer`, `require`, `verify-ca`, `verify-full`")),
    }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_may_have_a_question_mark() {
        let server = Server::parse("app:a?b=c#@db/shop").unwrap();
        assert_eq!(server.password.as_ref().map(Secret::value), Some("a?b=c#"));
        assert_eq!(server.to_string(), "app@db:5432/shop");
    }

    #[test]
    fn several_hosts_share_a_port_or_have_their_own() {
        assert_eq!(Server::parse("a,b:1/x").unwrap().to_string(), "a:5432,b:1/x");
        assert_eq!(Server::parse("/x?host=a,b&port=7").unwrap().to_string(), "a:7,b:7/x");
        assert!(Server::parse("/x?host=a,b,c&port=1,2").is_err());
    }

    #[test]
    fn defaults_are_those_of_postgresql() {
        let server = Server::parse("app@").unwrap();
        assert_eq!((server.to_string().as_str(), server.tls), ("app@localhost:5432/app", Tls::Prefer));
        assert_eq!(server.connect_timeout, Duration::from_secs(10));
    }

    #[test]
    fn a_public_password_does_not_hide_the_public_text() {
        let server = Server::parse("postgres:postgres@db/shop").unwrap();
        assert_eq!(server.redact("role \"postgres\" does not exist"), "role \"postgres\" does not exist");
    }
}
