//! What both engines do in the same way through Diesel: queries with texts in and out, and a migration with the record of
//! it. Must not know which database it talks to.

use diesel::Connection;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::result::Error;
use diesel::row::{Field, NamedRow};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Nullable, Text};
use makemigrations_sql::quote_literal;

use super::{Refusal, Stop};
use crate::plan::Direction;
use crate::script::Statement;
use crate::url::DatabaseUrl;
use crate::work::{Plan, Work};

const VERSIONS: &str = "__diesel_schema_migrations";

/// A row of texts.
#[derive(Debug)]
pub(crate) struct Row(Vec<Option<String>>);

impl Row {
    /// The value of a column, from 0. `None` for NULL.
    pub(crate) fn get(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_deref()
    }

    pub(crate) fn into_texts(self) -> Vec<Option<String>> {
        self.0
    }

    /// The value of a column as a text of its own.
    pub(crate) fn text(&self, column: usize) -> Option<String> {
        self.get(column).map(str::to_owned)
    }
}

impl<DB> QueryableByName<DB> for Row
where
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let fields = (0..row.field_count()).map(|index| {
            let field = diesel::row::Row::get(row, index).ok_or(diesel::result::UnexpectedEndOfRow)?;
            if field.is_null() { Ok(None) } else { String::from_nullable_sql(field.value()).map(Some) }
        });
        fields.collect::<deserialize::Result<_>>().map(Self)
    }
}

/// A query with its parameters.
pub(super) fn bind<'a, DB>(sql: &str, parameters: &[Option<&'a str>]) -> BoxedSqlQuery<'a, DB, SqlQuery>
where
    DB: Backend + HasSqlType<Text>,
    str: ToSql<Text, DB>,
{
    let query = diesel::sql_query(sql).into_boxed();
    parameters.iter().fold(query, |query, parameter| query.bind::<Nullable<Text>, _>(*parameter))
}

/// What a database said, without the password of the URL.
pub(super) fn refusal(url: &DatabaseUrl, error: &Error) -> Refusal {
    match error {
        Error::DatabaseError(_, information) => Refusal {
            message: url.redact(information.message()),
            detail: information.details().map(|text| url.redact(text)),
            hint: information.hint().map(|text| url.redact(text)),
            position: information.statement_position().and_then(|position| usize::try_from(position).ok()),
        },
        error => Refusal { message: url.redact(&error.to_string()), detail: None, hint: None, position: None },
    }
}

/// A connection that can run the statements of a migration.
pub(super) trait Executor: Connection {
    /// Runs the statements in order, and says at which it stopped.
    fn run_each(&mut self, statements: &[Statement<'_>]) -> Result<(), (usize, Error)>;
}

/// SQL that adds a migration to Diesel's table, or removes it, as Diesel's harness does.
pub(super) fn sql_version(work: &Work<'_>) -> String {
    let version = quote_literal(work.version());
    match work.direction() {
        Direction::Up => format!("INSERT INTO {VERSIONS} (version) VALUES ({version})"),
        Direction::Down => format!("DELETE FROM {VERSIONS} WHERE version = {version}"),
    }
}

/// Runs a migration. `record` is SQL that writes down that it ran, in the transaction of the migration where it has one.
pub(super) fn perform<C: Executor>(
    connection: &mut C,
    url: &DatabaseUrl,
    record: &str,
    work: &Work<'_>,
) -> Result<(), Stop> {
    let run = |connection: &mut C, first: usize, statements: &[Statement<'_>]| {
        let stopped = |(index, error)| Stopped { statement: Some(first + index), error };
        connection.run_each(statements).map_err(stopped)
    };
    let write = |connection: &mut C| connection.batch_execute(record).map_err(Stopped::from);
    let result = match work.plan() {
        Plan::Inside(statements) => {
            let mut stopped = None;
            let ended = connection.transaction(|connection| {
                let result = run(connection, 0, statements).and_then(|()| write(connection));
                result.map_err(|error| {
                    stopped = Some(error);
                    Error::RollbackTransaction
                })
            });
            // What was said first counts: where the connection is gone the rollback fails as well, and knows no reason.
            ended.map_err(|error| stopped.unwrap_or_else(|| Stopped::from(error)))
        }
        Plan::Outside(statements) => {
            run(connection, 0, statements).and_then(|()| connection.transaction(|connection| write(connection)))
        }
        // The record becomes part of the transaction that the script itself opened and is about to commit.
        Plan::Own { before, rest } => run(connection, 0, before)
            .and_then(|()| write(connection))
            .and_then(|()| run(connection, before.len(), rest)),
    };
    result.map_err(|Stopped { statement, error }| Stop { statement, refusal: refusal(url, &error) })
}

/// Where a migration stopped, in Diesel's words.
struct Stopped {
    statement: Option<usize>,
    error: Error,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self { statement: None, error }
    }
}
