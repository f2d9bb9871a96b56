//! Where a PostgreSQL server is and how it is reached. Must not print a password, nor any parameter it does not know.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::passfile::PassFile;

/// A shorter one is found in any text by chance, and hiding it hides the text.
const SHORTEST_SECRET: usize = 4;
/// What a password file calls the socket of this machine.
const LOCALHOST: &str = "localhost";

/// A PostgreSQL server and a database of it.
#[derive(Clone)]
pub(crate) struct Server {
    /// Tried in order; at least one.
    pub(crate) hosts: Vec<Host>,
    pub(crate) user: String,
    /// Whether the user is the account of this process, which nobody wrote down.
    pub(super) is_account: bool,
    pub(super) password: Option<Secret>,
    pub(super) passfile: PassFile,
    pub(super) database: String,
    pub(crate) tls: Tls,
    pub(crate) session: SessionTarget,
    /// Whether the hosts are tried in a random order.
    pub(crate) is_shuffled: bool,
    /// `-c name=value` settings for the session.
    pub(crate) options: Option<String>,
    pub(crate) application_name: Option<String>,
    /// For each address of each host. `None` waits for as long as the system does.
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) keepalive: Keepalive,
    /// What is not as somebody may think who wrote it.
    pub(super) warnings: Vec<String>,
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

/// How a connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) mode: TlsMode,
    pub(crate) roots: Roots,
    /// Files with the certificate that the client shows, and with its key.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
    /// A file of certificates that are not valid any more.
    pub(crate) revoked: Option<PathBuf>,
    /// Whether the host's name is sent in the clear.
    pub(crate) sends_name: bool,
    pub(crate) lowest: TlsVersion,
    pub(crate) highest: TlsVersion,
    pub(crate) binding: Binding,
}

/// libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsMode {
    Disable,
    /// Not encrypted, unless the server wants it.
    Allow,
    /// Encrypted where the server can.
    Prefer,
    /// Encrypted.
    Require,
    /// Encrypted, and the certificate is signed by somebody trusted.
    VerifyCa,
    /// The same, and the certificate is for this host.
    VerifyFull,
}

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those in a PEM file. As in libpq, they are looked at also where the mode does not ask for it.
    File(PathBuf),
    /// The machine's.
    System,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsVersion {
    /// 1.2
    Two,
    /// 1.3
    Three,
}

/// Whether the password is bound to the encrypted connection: libpq's `channel_binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    Disable,
    Prefer,
    Require,
}

/// Which of several servers is meant: libpq's `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionTarget {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// When a silent line is asked whether it is still there. `None` is the runner's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keepalive {
    pub(crate) is_on: bool,
    pub(crate) idle: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) count: Option<u32>,
    pub(crate) unanswered: Option<Duration>,
}

/// A text that no output may contain. It has no `Debug` on purpose.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(super) value: String,
    /// As it stands in the URL.
    pub(super) written: String,
}

impl Secret {
    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl Server {
    pub(super) fn is_local(&self) -> bool {
        self.hosts.iter().all(Host::is_local)
    }

    /// The name of the database.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// Another database of the same server.
    pub(crate) fn with_database(&self, name: &str) -> Self {
        Self { database: name.to_owned(), ..self.clone() }
    }

    /// The password for a host: the one that was given, else that of the password file.
    pub(crate) fn password(&self, host: &Host) -> Option<&Secret> {
        self.password.as_ref().or_else(|| {
            let (port, address) = (host.port.to_string(), host.address.map(|address| address.to_string()));
            let find = |name: &str| self.passfile.find([name, &port, &self.database, &self.user]);
            match &host.name {
                HostName::Name(name) => find(name).or_else(|| address.as_deref().and_then(find)),
                HostName::Socket(folder) => {
                    find(folder).or_else(|| DEFAULT_SOCKETS.contains(&folder.as_str()).then(|| find(LOCALHOST))?)
                }
            }
        })
    }

    pub(super) fn redact(&self, text: &str) -> String {
        self.hosts.iter().filter_map(|host| self.password(host)).fold(text.to_owned(), |text, secret| {
            let is_public = [self.user.as_str(), self.database()].contains(&secret.value());
            if secret.value.len() < SHORTEST_SECRET || is_public {
                return text;
            }
            text.replace(secret.value(), "***").replace(&secret.written, "***")
        })
    }
}

/// The folders in which servers put their socket: Debian's and Red Hat's, and that of a build by hand.
pub(super) const DEFAULT_SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

impl Host {
    pub(crate) fn is_local(&self) -> bool {
        match (&self.name, self.address) {
            (HostName::Socket(_), _) => true,
            (_, Some(address)) => address.is_loopback(),
            (HostName::Name(name), None) => {
                let name = name.trim_matches(['[', ']']);
                name.eq_ignore_ascii_case(LOCALHOST) || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
            }
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_account {
            write!(f, "{}@", self.user)?;
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
