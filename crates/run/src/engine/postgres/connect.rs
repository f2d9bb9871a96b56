//! From a server's address to a connection, as libpq makes it: one host after the other, each of its addresses with a
//! time of its own. Must not set anything in the session.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::{ChannelBinding, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsStream};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage, Socket};

use super::connection::{Connection, with_causes};
use super::tables::SCHEMA;
use super::tls::{self, Verification};
use crate::url::{Binding, Host, HostName, Server, SessionTarget, TlsMode};

/// The name under which `pg_stat_activity` shows the session, unless it is given another one.
const APPLICATION_NAME: &str = "makemigrations";

/// Silence on the line after which the server, or a firewall, is asked whether it is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 3;

/// A connection to one of the hosts.
pub(super) struct Connected {
    pub(super) connection: Connection,
    pub(super) endpoint: Endpoint,
    pub(super) facts: Facts,
    /// The schema of the runner's tables.
    pub(super) schema: String,
}

/// The one address that answered, and how it was reached.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    host: Host,
    encryption: Encryption,
    pub(super) protection: Protection,
}

/// How a connection is protected from others on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// It does not leave this machine.
    Local,
    /// Not at all.
    Plain,
    /// Encrypted, for whoever answered.
    Encrypted,
    /// Encrypted, for a server that has proven who it is.
    Verified,
}

/// What a session says of itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Facts {
    /// The process of the session.
    pub(super) pid: i32,
    /// When the server was started: with `pid` no two sessions have the same.
    pub(super) started: String,
    pub(super) database: String,
    /// The server's version, as a number and as it says it.
    pub(super) version_number: u32,
    pub(super) version: String,
}

/// Asks for [`Facts`]. As a simple query: what is prepared is not there in the next session of a pooler.
const FACTS: &str = "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_postmaster_start_time(), \
                     pg_catalog.current_database(), pg_catalog.current_setting('server_version_num'), \
                     pg_catalog.current_setting('server_version')";

/// Why an address was not used.
enum Refused {
    /// The next one may work.
    Next(String),
    /// The server has refused the user, and the next one is a copy of it.
    Final(String),
}

/// Whether it is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Off,
    On,
}

/// Connects to the first host that answers and is what was asked for.
pub(super) async fn connect(server: &Server) -> Result<Connected, String> {
    let mut hosts: Vec<&Host> = server.hosts.iter().collect();
    if server.is_shuffled {
        hosts.sort_by_cached_key(|_| RandomState::new().build_hasher().finish());
    }
    // A standby is looked for among all of them before something else will do.
    let targets = match server.session {
        SessionTarget::PreferStandby => vec![SessionTarget::Standby, SessionTarget::Any],
        target => vec![target],
    };
    let mut last = String::new();
    for target in targets {
        for host in &hosts {
            for address in addresses(server, host).await {
                let attempt = match address {
                    Ok(address) => to_address(server, host, address, target).await,
                    Err(error) => Err(Refused::Next(error)),
                };
                match attempt {
                    Ok(connected) => return Ok(connected),
                    Err(Refused::Final(error)) => return Err(named(server, host, error)),
                    Err(Refused::Next(error)) => last = named(server, host, error),
                }
            }
        }
    }
    Err(last)
}

/// One more connection to where the first one is, for simple queries alone. It ends with the client.
pub(super) async fn second(server: &Server, endpoint: &Endpoint) -> Result<Client, String> {
    let host = &endpoint.host;
    let config = config(server, host, host.address, endpoint.encryption);
    let connecting = async {
        match endpoint.encryption {
            Encryption::Off => {
                let (client, driver) = config.connect(NoTls).await.map_err(describe)?;
                tokio::spawn(driver);
                Ok(client)
            }
            Encryption::On => {
                let (client, driver) = config.connect(tls::connector(&server.tls)?).await.map_err(describe)?;
                tokio::spawn(driver);
                Ok(client)
            }
        }
    };
    within(server.connect_timeout, connecting).await?
}

/// An error with its host, where there are several.
fn named(server: &Server, host: &Host, error: String) -> String {
    if server.hosts.len() > 1 { format!("`{}:{}`: {error}", host.name, host.port) } else { error }
}

/// The addresses of a host; `None` is its socket.
async fn addresses(server: &Server, host: &Host) -> Vec<Result<Option<IpAddr>, String>> {
    let name = match (&host.name, host.address) {
        (HostName::Socket(_), _) => return vec![Ok(None)],
        (_, Some(address)) => return vec![Ok(Some(address))],
        (HostName::Name(name), None) => name,
    };
    let found = within(server.connect_timeout, tokio::net::lookup_host((name.as_str(), host.port))).await;
    match found {
        Ok(Ok(found)) => {
            let mut all: Vec<_> = found.map(|address| address.ip()).collect();
            all.dedup();
            all.into_iter().map(|address| Ok(Some(address))).collect()
        }
        Ok(Err(error)) => vec![Err(format!("the host's address is not found: {error}"))],
        Err(error) => vec![Err(error)],
    }
}

/// Connects to an address, in the order in which the mode tries encryption.
async fn to_address(
    server: &Server,
    host: &Host,
    address: Option<IpAddr>,
    target: SessionTarget,
) -> Result<Connected, Refused> {
    // A socket of this machine needs no encryption, and has no name that a certificate could be for.
    let order: &[Encryption] = match (&host.name, server.tls.mode) {
        (HostName::Socket(_), _) | (_, TlsMode::Disable) => &[Encryption::Off],
        (_, TlsMode::Allow) => &[Encryption::Off, Encryption::On],
        (_, TlsMode::Prefer) => &[Encryption::On, Encryption::Off],
        (_, TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull) => &[Encryption::On],
    };
    let mut errors: Vec<String> = Vec::new();
    let mut is_final = false;
    for encryption in order {
        let attempt = within(server.connect_timeout, attempt(server, host, address, *encryption, target)).await;
        match attempt {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(failure)) => {
                is_final |= failure.is_final;
                if !errors.contains(&failure.message) {
                    errors.push(failure.message);
                }
                if !failure.is_of_encryption {
                    break;
                }
            }
            Err(error) => {
                errors.push(error);
                break;
            }
        }
    }
    let message = errors.join("; ");
    Err(if is_final { Refused::Final(message) } else { Refused::Next(message) })
}

/// Why one attempt failed.
struct Failure {
    message: String,
    /// The other way, with or without encryption, may work.
    is_of_encryption: bool,
    is_final: bool,
}

impl Failure {
    fn new(message: String) -> Self {
        Self { message, is_of_encryption: false, is_final: false }
    }

    fn of(error: tokio_postgres::Error) -> Self {
        let code = error.code().cloned();
        let message = describe(error);
        let is_of_encryption = match &code {
            // The rules of the server depend on the encryption. A wrong password stays wrong.
            Some(code) => *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            None => message.contains("TLS"),
        };
        let is_final = code.is_some_and(|code| code != SqlState::CANNOT_CONNECT_NOW);
        Self { message, is_of_encryption, is_final }
    }
}

async fn attempt(
    server: &Server,
    host: &Host,
    address: Option<IpAddr>,
    encryption: Encryption,
    target: SessionTarget,
) -> Result<Connected, Failure> {
    let config = config(server, host, address, encryption);
    let host = Host { address, ..host.clone() };
    if encryption == Encryption::Off {
        return established(&config, NoTls, host, None, target).await;
    }
    let connector = tls::connector(&server.tls).map_err(Failure::new)?;
    established(&config, connector, host, Some(tls::verification(&server.tls)), target).await
}

async fn established<T>(
    config: &Config,
    tls: T,
    host: Host,
    verification: Option<Verification>,
    target: SessionTarget,
) -> Result<Connected, Failure>
where
    T: MakeTlsConnect<Socket> + 'static,
    T::Stream: TlsStream + Unpin + Send + 'static,
{
    let (client, mut driver) = config.connect(tls).await.map_err(Failure::of)?;
    let facts = {
        let asked = async {
            let facts = facts(&client).await?;
            let is_right = fits(&client, target).await?;
            let schema = row(&client, SCHEMA).await?.into_iter().next().filter(|schema| !schema.is_empty());
            Ok::<_, String>((facts, is_right, schema))
        };
        let mut asked = pin!(asked);
        poll_fn(|context| {
            // First, so that there is something for the driver to send. It gets the answer.
            if let Poll::Ready(answer) = asked.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            while let Poll::Ready(message) = driver.poll_message(context) {
                match message {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Poll::Ready(Err(describe(error))),
                    None => return Poll::Ready(Err("the server has closed the connection".to_owned())),
                }
            }
            asked.as_mut().poll(context)
        })
        .await
    };
    let (facts, is_right, schema) = facts.map_err(Failure::new)?;
    // Without a schema nothing can be made, and PostgreSQL says so.
    let schema = schema.unwrap_or_else(|| "public".to_owned());
    if !is_right {
        return Err(Failure::new(format!("the server is not {}, as `target_session_attrs` wants", wanted(target))));
    }
    let protection = match verification {
        _ if host.is_local() => Protection::Local,
        None => Protection::Plain,
        Some(Verification::None) => Protection::Encrypted,
        Some(Verification::Signature | Verification::Host) => Protection::Verified,
    };
    let encryption = if verification.is_some() { Encryption::On } else { Encryption::Off };
    let connection = Connection::start(client, driver);
    Ok(Connected { connection, endpoint: Endpoint { host, encryption, protection }, facts, schema })
}

/// What a session says of itself.
pub(super) async fn facts(client: &Client) -> Result<Facts, String> {
    let row = row(client, FACTS).await?;
    let facts = || {
        let [pid, started, database, number, version] = <[String; 5]>::try_from(row).ok()?;
        Some(Facts { pid: pid.parse().ok()?, started, database, version_number: number.parse().ok()?, version })
    };
    facts().ok_or_else(|| "the server does not say what its session is".to_owned())
}

/// The first row of a simple query.
async fn row(client: &Client, sql: &str) -> Result<Vec<String>, String> {
    let messages = client.simple_query(sql).await.map_err(describe)?;
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row = row.ok_or_else(|| "the server has given no answer".to_owned())?;
    Ok((0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect())
}

/// Whether the server is what `target_session_attrs` wants.
async fn fits(client: &Client, target: SessionTarget) -> Result<bool, String> {
    const STANDBY: &str = "SELECT pg_catalog.pg_is_in_recovery()";
    const READ_ONLY: &str = "SHOW transaction_read_only";
    let (sql, wanted) = match target {
        SessionTarget::Any | SessionTarget::PreferStandby => return Ok(true),
        SessionTarget::ReadWrite => (READ_ONLY, "off"),
        SessionTarget::ReadOnly => (READ_ONLY, "on"),
        SessionTarget::Primary => (STANDBY, "f"),
        SessionTarget::Standby => (STANDBY, "t"),
    };
    Ok(row(client, sql).await?.first().is_some_and(|value| value == wanted))
}

fn wanted(target: SessionTarget) -> &'static str {
    match target {
        SessionTarget::Any | SessionTarget::PreferStandby => "any",
        SessionTarget::ReadWrite => "read-write",
        SessionTarget::ReadOnly => "read-only",
        SessionTarget::Primary => "primary",
        SessionTarget::Standby => "standby",
    }
}

async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Result<T, String> {
    match limit {
        None => Ok(work.await),
        Some(limit) => timeout(limit, work).await.map_err(|_| format!("no answer within {} s", limit.as_secs())),
    }
}

fn config(server: &Server, host: &Host, address: Option<IpAddr>, encryption: Encryption) -> Config {
    let mut config = Config::new();
    match &host.name {
        HostName::Name(name) | HostName::Socket(name) => config.host(name),
    };
    if let (HostName::Name(_), Some(address)) = (&host.name, address) {
        config.hostaddr(address);
    }
    let keepalive = &server.keepalive;
    config.port(host.port).dbname(server.database()).user(&server.user);
    config.application_name(server.application_name.as_deref().unwrap_or(APPLICATION_NAME));
    config.keepalives(keepalive.is_on).keepalives_idle(keepalive.idle.unwrap_or(KEEPALIVE_IDLE));
    config.keepalives_interval(keepalive.interval.unwrap_or(KEEPALIVE_INTERVAL));
    config.keepalives_retries(keepalive.count.unwrap_or(KEEPALIVE_RETRIES));
    if let Some(unanswered) = keepalive.unanswered {
        config.tcp_user_timeout(unanswered);
    }
    if let Some(password) = server.password(host) {
        config.password(password.value());
    }
    if let Some(options) = &server.options {
        config.options(options);
    }
    config.channel_binding(match server.tls.binding {
        Binding::Disable => ChannelBinding::Disable,
        Binding::Prefer => ChannelBinding::Prefer,
        Binding::Require => ChannelBinding::Require,
    });
    config.ssl_mode(match encryption {
        Encryption::Off => SslMode::Disable,
        Encryption::On => SslMode::Require,
    });
    config
}

/// The error with its causes, in words that say what to do.
fn describe(error: tokio_postgres::Error) -> String {
    let mut text = with_causes(&error);
    // The library's own words for a certificate of the first kind, which `openssl x509 -req` made for a long time.
    if text.contains("UnsupportedCertVersion") {
        text += " (the server's certificate is of X.509 version 1, which is not supported: make one of version 3)";
    }
    text
}
