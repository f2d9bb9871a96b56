//! A session on a PostgreSQL server: connecting, and the settings it keeps. Must not run what was not written here.

use std::time::Duration;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel_async::AsyncPgConnection;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use super::{Connection, tls};
use crate::engine::diesel::{Row, bind};
use crate::url::{Host, HostName, Secret, Server, Tls};

/// The name under which `pg_stat_activity` shows the session.
const APPLICATION_NAME: &str = "makemigrations";

/// Silence on the line after which the server, or a firewall, is asked whether it is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 3;

/// How often the server looks, in the middle of a statement, whether the client is still there: the lock of a killed
/// client is free after that. Since PostgreSQL 14, and not on every system.
const CHECK: &str = "SET client_connection_check_interval = '2s';";

/// Takes back what a migration set and did not reset. Not `DISCARD ALL`: that gives the lock back.
const RESET: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL;";

/// Dates mean the same on every machine, and strings have no backslashes.
const SESSION: &str = "SET TimeZone = 'UTC'; SET standard_conforming_strings = on;";

/// The oldest server that the SQL of the planner and of `inspect` is tried on, as `server_version_num` has it.
const OLDEST_SUPPORTED: u32 = 130_000;

/// A session with its settings.
pub(super) struct Started {
    pub(super) session: i32,
    pub(super) database: String,
    /// SQL that makes the session as it is now.
    pub(super) clean: String,
}

/// Connects to the first host that answers.
pub(super) async fn connect(server: &Server) -> Result<AsyncPgConnection, String> {
    let limit = server.connect_timeout;
    match timeout(limit, try_connect(server)).await {
        Ok(connection) => connection,
        Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
    }
}

/// The server's version, as it says it, when it is older than every supported one. Asked before anything else: what an old
/// server says to a setting that it does not know helps nobody.
pub(super) fn unsupported_version(connection: &mut Connection) -> QueryResult<Option<String>> {
    let sql = "SELECT current_setting('server_version_num'), current_setting('server_version')";
    let rows: Vec<Row> = bind::<Pg>(sql, &[]).load(connection)?;
    let row = rows.first().ok_or(diesel::result::Error::NotFound)?;
    let number: u32 = row.get(0).and_then(|number| number.parse().ok()).ok_or(diesel::result::Error::NotFound)?;
    Ok((number < OLDEST_SUPPORTED).then(|| row.text(1).unwrap_or_default()))
}

/// Sets the session up.
pub(super) fn start(connection: &mut Connection) -> QueryResult<Started> {
    let check = if connection.batch_execute(CHECK).is_ok() { CHECK } else { "" };
    connection.batch_execute(SESSION)?;
    let sql = "SELECT pg_backend_pid()::text, current_database()::text";
    let rows: Vec<Row> = bind::<Pg>(sql, &[]).load(connection)?;
    let row = rows.first().ok_or(diesel::result::Error::NotFound)?;
    Ok(Started {
        session: row.get(0).and_then(|pid| pid.parse().ok()).ok_or(diesel::result::Error::NotFound)?,
        database: row.text(1).unwrap_or_default(),
        clean: format!("{RESET} {SESSION} {check}"),
    })
}

async fn try_connect(server: &Server) -> Result<AsyncPgConnection, String> {
    let mut last = String::new();
    for host in &server.hosts {
        match connect_to(server, host).await {
            Ok(connection) => return Ok(connection),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect_to(server: &Server, host: &Host) -> Result<AsyncPgConnection, String> {
    let config = config(server, host);
    // A socket of this machine needs no encryption, and has no name that a certificate could be for.
    if server.tls == Tls::Disable || matches!(host.name, HostName::Socket(_)) {
        let (client, driver) = config.connect(NoTls).await.map_err(describe)?;
        return AsyncPgConnection::try_from_client_and_connection(client, driver).await.map_err(|e| e.to_string());
    }
    let tls = tls::connector(server.tls, server.root_certificates.as_deref())?;
    let (client, driver) = config.connect(tls).await.map_err(describe)?;
    AsyncPgConnection::try_from_client_and_connection(client, driver).await.map_err(|e| e.to_string())
}

fn config(server: &Server, host: &Host) -> Config {
    let mut config = Config::new();
    match &host.name {
        HostName::Name(name) | HostName::Socket(name) => config.host(name),
    };
    if let Some(address) = host.address {
        config.hostaddr(address);
    }
    config.port(host.port).dbname(server.database()).application_name(APPLICATION_NAME);
    config.keepalives(true).keepalives_idle(KEEPALIVE_IDLE);
    config.keepalives_interval(KEEPALIVE_INTERVAL).keepalives_retries(KEEPALIVE_RETRIES);
    if let Some(user) = &server.user {
        config.user(user);
    }
    if let Some(password) = server.password.as_ref().map(Secret::value) {
        config.password(password);
    }
    if let Some(options) = &server.options {
        config.options(options);
    }
    config.ssl_mode(match server.tls {
        Tls::Disable => SslMode::Disable,
        Tls::Prefer => SslMode::Prefer,
        Tls::Require | Tls::VerifyCa | Tls::VerifyFull => SslMode::Require,
    });
    config
}

/// The error with its cause: tokio-postgres says only "db error" itself.
fn describe(error: tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
