//! One connection to a server: SQL with texts in and out, and what went wrong in words that say it. Must not decide what is
//! run.

use std::error::Error as _;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::time::sleep;
use tokio_postgres::error::{ErrorPosition, SqlState};
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Error, Socket};

use super::driver::{ConnectionEnd, drive};
use crate::engine::{Refusal, Row};
use crate::script::Statement;
use crate::url::DatabaseUrl;

/// How long the end of a connection may take to be noticed after the first statement that failed of it.
const NOTICED: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(5);

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// A connection, driven by a task of the runtime.
pub(super) struct Connection {
    client: Client,
    line: ConnectionEnd,
    runtime: Handle,
    url: Option<DatabaseUrl>,
}

impl Connection {
    /// For a question that waits beside another one.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Takes over a connection. Has to be called in the runtime.
    pub(super) fn start<T>(client: Client, connection: tokio_postgres::Connection<Socket, T>) -> Self
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let line = ConnectionEnd::default();
        tokio::spawn(drive(connection, line.clone()));
        Self { client, line, runtime: Handle::current(), url: None }
    }

    /// The same, and no message has the password of the URL.
    pub(super) fn redacting(self, url: &DatabaseUrl) -> Self {
        Self { url: Some(url.clone()), ..self }
    }

    pub(super) fn line(&self) -> &ConnectionEnd {
        &self.line
    }

    /// Waits for something on the runtime.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(super) fn query(&self, sql: &str, parameters: &[Option<&str>]) -> Result<Vec<Row>, Refusal> {
        self.wait(async {
            let typed: Vec<(&(dyn ToSql + Sync), Type)> =
                parameters.iter().map(|parameter| (parameter as &(dyn ToSql + Sync), Type::TEXT)).collect();
            match self.client.query_typed(sql, &typed).await {
                Ok(rows) => rows.iter().map(texts).collect::<Result<_, _>>().map_err(Refusal::new),
                Err(error) => Err(self.refusal(error).await),
            }
        })
    }

    /// Runs statements, all of them as one text.
    pub(super) fn batch(&self, sql: &str) -> Result<(), Refusal> {
        self.wait(self.send(sql))
    }

    pub(super) async fn send(&self, sql: &str) -> Result<(), Refusal> {
        match self.client.batch_execute(sql).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refusal(error).await),
        }
    }

    /// Sends all statements before it waits for the first answer, so that a far server costs one way there and back. After
    /// one that fails the others do nothing: there are several only inside a transaction.
    pub(super) async fn send_each(&self, statements: &[Statement<'_>]) -> Result<(), (usize, Refusal)> {
        let mut sent = Vec::with_capacity(statements.len());
        for statement in statements {
            let mut running: Running<'_> = Box::pin(self.client.batch_execute(statement.text));
            // The first poll sends it.
            let first = poll_fn(|context| Poll::Ready(running.as_mut().poll(context))).await;
            sent.push((running, first));
        }
        for (index, (running, first)) in sent.into_iter().enumerate() {
            let answer = match first {
                Poll::Ready(answer) => answer,
                Poll::Pending => running.await,
            };
            if let Err(error) = answer {
                return Err((index, self.refusal(error).await));
            }
        }
        Ok(())
    }

    /// What the server said, or why it says nothing any more.
    async fn refusal(&self, error: Error) -> Refusal {
        let refusal = match error.as_db_error() {
            Some(said) => {
                let position = said.position().and_then(|position| match position {
                    ErrorPosition::Original(position) | ErrorPosition::Internal { position, .. } => {
                        usize::try_from(*position).ok()
                    }
                });
                Refusal {
                    detail: said.detail().map(str::to_owned),
                    hint: said.hint().map(str::to_owned),
                    position,
                    ..Refusal::new(said.message()).with_code(said.code().code())
                }
            }
            None => self.lost(&error).await,
        };
        self.redacted(refusal)
    }

    /// What happened to a connection on which nothing can be sent any more. Whoever noticed first knows the least.
    async fn lost(&self, error: &Error) -> Refusal {
        let is_lost = error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>());
        if !is_lost {
            return Refusal::new(with_causes(error));
        }
        let mut end = self.line.end();
        let start = std::time::Instant::now();
        while end.is_none() && start.elapsed() < NOTICED {
            sleep(POLL).await;
            end = self.line.end();
        }
        let end = end.unwrap_or_else(|| with_causes(error));
        Refusal { is_lost: true, ..Refusal::new(format!("the connection to the server was lost: {end}")) }
    }

    fn redacted(&self, refusal: Refusal) -> Refusal {
        let Some(url) = &self.url else { return refusal };
        let redact = |text: Option<String>| text.map(|text| url.redact(&text));
        Refusal {
            message: url.redact(&refusal.message),
            detail: redact(refusal.detail),
            hint: redact(refusal.hint),
            ..refusal
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Whether the server has cancelled a statement because somebody asked it to.
pub(super) fn is_cancelled(refusal: &Refusal) -> bool {
    refusal.code() == Some(SqlState::QUERY_CANCELED.code())
}

/// The error with its causes: tokio-postgres says only "db error" itself.
pub(super) fn with_causes(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// A value of any type that the server sends as text, such as `name`.
struct AsText(String);

impl<'a> FromSql<'a> for AsText {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn texts(row: &tokio_postgres::Row) -> Result<Row, String> {
    let values = (0..row.len()).map(|column| {
        let value: Result<Option<AsText>, Error> = row.try_get(column);
        value.map(|value| value.map(|text| text.0)).map_err(|error| with_causes(&error))
    });
    values.collect::<Result<_, _>>().map(Row::new)
}
