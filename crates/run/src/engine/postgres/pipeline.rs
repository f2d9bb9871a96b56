//! Many statements on their way to a PostgreSQL server at once. Must not decide which statements these are.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use diesel::result::{Error, QueryResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::runtime::Handle;

use super::Connection;
use crate::engine::diesel::Executor;
use crate::script::Statement;

type Running<'a> = Pin<Box<dyn Future<Output = QueryResult<()>> + 'a>>;

impl Executor for Connection {
    /// Sends all of them before it waits for the first answer, so that a far server costs one way there and back. After
    /// one that fails the others do nothing: there are several only inside a transaction.
    fn run_each(&mut self, statements: &[Statement<'_>]) -> Result<(), (usize, Error)> {
        let connection: &AsyncPgConnection = self;
        Handle::current().block_on(async {
            let mut sent = Vec::with_capacity(statements.len());
            for statement in statements {
                let mut running: Running<'_> = Box::pin(send(connection, statement.text));
                // The first poll sends it.
                let first = poll_fn(|context| Poll::Ready(running.as_mut().poll(context))).await;
                sent.push((running, first));
            }
            for (index, (running, first)) in sent.into_iter().enumerate() {
                let answer = match first {
                    Poll::Ready(answer) => answer,
                    Poll::Pending => running.await,
                };
                answer.map_err(|error| (index, error))?;
            }
            Ok(())
        })
    }
}

async fn send(mut connection: &AsyncPgConnection, statement: &str) -> QueryResult<()> {
    connection.batch_execute(statement).await
}
