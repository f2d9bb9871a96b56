//! What a server says outside of its answers: notices, and why it ended the connection. Must not judge any of it.

use std::error::Error as _;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::UnboundedSender;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{AsyncMessage, Connection, Socket};

/// What was said, for those who hold the other half.
#[derive(Clone, Default)]
pub(super) struct ConnectionEnd(Arc<Mutex<ServerMessages>>);

#[derive(Default)]
struct ServerMessages {
    /// Why the connection is gone.
    end: Option<String>,
    /// What the server said of an end that was about to come.
    announced: Option<String>,
    /// Who wants to hear of notices.
    listener: Option<UnboundedSender<String>>,
}

impl ConnectionEnd {
    /// Why the connection is gone; `None` as long as it is not.
    pub(super) fn end(&self) -> Option<String> {
        self.with(|said| said.end.clone())
    }

    /// Sends the notices that come from now on, or none any more.
    pub(super) fn listen(&self, listener: Option<UnboundedSender<String>>) {
        self.with(|said| said.listener = listener);
    }

    fn with<T>(&self, action: impl FnOnce(&mut ServerMessages) -> T) -> T {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn notice(&self, notice: &DbError) {
        self.with(|said| {
            // `57P01` to `57P05`: it is about to end the session.
            if notice.code().code().starts_with("57P") {
                said.announced = Some(notice.message().to_owned());
            }
            // Not "already exists, skipping" and the like, which the migration itself asked for.
            let is_news = *notice.code() == SqlState::SUCCESSFUL_COMPLETION || *notice.code() == SqlState::WARNING;
            if let Some(listener) = said.listener.as_ref().filter(|_| is_news) {
                // Nobody listens any more.
                drop(listener.send(notice.message().to_owned()));
            }
        });
    }
}

/// Drives a connection until it ends, and notes what is said on it.
pub(super) async fn drive<T>(mut connection: Connection<Socket, T>, line: ConnectionEnd)
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut next = |context: &mut Context<'_>| connection.poll_message(context);
    let end = loop {
        let message: Option<Result<AsyncMessage, tokio_postgres::Error>> = poll_fn(&mut next).await;
        match message {
            Some(Ok(AsyncMessage::Notice(notice))) => line.notice(&notice),
            Some(Ok(_)) => {}
            Some(Err(error)) => break reason(&error),
            None => break "it was closed".to_owned(),
        }
    };
    line.with(|said| said.end = Some(said.announced.take().unwrap_or(end)));
}

/// Why a connection ended, from its cause: the library's own words for all of them are the same.
fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    match error.source() {
        Some(cause) => cause.to_string(),
        None if error.is_closed() => "the server has closed it".to_owned(),
        None => error.to_string(),
    }
}

/// Polls a future, and gives what a listener hears to `hear` in between and at the end.
pub(super) async fn hearing<T, M>(
    work: impl Future<Output = T>,
    listener: &mut tokio::sync::mpsc::UnboundedReceiver<M>,
    mut hear: impl FnMut(M),
) -> T {
    let mut work = std::pin::pin!(work);
    poll_fn(|context| {
        let answer = work.as_mut().poll(context);
        while let Poll::Ready(Some(message)) = listener.poll_recv(context) {
            hear(message);
        }
        answer
    })
    .await
}
