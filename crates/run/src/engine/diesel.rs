//! What both engines do in the same way through Diesel: queries with texts in and out, and a migration through the
//! harness. Must not know which database it talks to.

use std::cell::RefCell;
use std::fmt;

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::migration::{self, MigrationMetadata, MigrationName, MigrationVersion};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::result::Error;
use diesel::row::{Field, NamedRow};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Nullable, Text};
use diesel::{Connection, QueryResult};
use diesel_migrations::MigrationHarness;

use super::{Refusal, Stop};
use crate::script::Statement;
use crate::url::DatabaseUrl;
use crate::work::{Plan, Work};

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
pub(super) trait Executor: Connection<Backend: 'static> + MigrationHarness<Self::Backend> + 'static {
    /// Runs the statements in order, and says at which it stopped.
    fn run_each(&mut self, statements: &[Statement<'_>]) -> Result<(), (usize, Error)>;
}

/// Runs a migration through the harness, which adds or removes the row of Diesel's table.
///
/// `clean` is SQL that takes back what the migration changed in the session, before the record is written.
pub(super) fn perform<C: Executor>(
    connection: &mut C,
    url: &DatabaseUrl,
    clean: &str,
    work: &Work<'_>,
) -> Result<(), Stop> {
    let stop = |index, error: &Error| Stop { statement: index, refusal: refusal(url, error) };
    let run = |connection: &mut C, first: usize, statements: &[Statement<'_>]| {
        connection.run_each(statements).map_err(|(index, error)| stop(Some(first + index), &error))
    };
    let step = |transaction, statements| Step {
        work,
        transaction,
        statements,
        clean,
        stopped: RefCell::default(),
        connection: std::marker::PhantomData::<fn(&mut C)>,
    };
    match work.plan() {
        Plan::Inside(statements) => step(true, statements).perform(connection, url),
        Plan::Outside(statements) => {
            run(connection, 0, statements)?;
            step(true, &[]).perform(connection, url)
        }
        // The record becomes part of the transaction that the script itself opened and is about to commit.
        Plan::Own { before, rest } => {
            run(connection, 0, before)?;
            step(false, &[]).perform(connection, url)?;
            run(connection, before.len(), rest)
        }
    }
}

/// What the harness is given in the place of the migration: it runs the statements and writes the history.
struct Step<'a, C> {
    work: &'a Work<'a>,
    transaction: bool,
    statements: &'a [Statement<'a>],
    clean: &'a str,
    /// Diesel hands errors on as texts; this one still has its statement.
    stopped: RefCell<Option<(Option<usize>, Error)>>,
    connection: std::marker::PhantomData<fn(&mut C)>,
}

impl<C: Executor> Step<'_, C> {
    fn perform(&self, connection: &mut C, url: &DatabaseUrl) -> Result<(), Stop> {
        let result = match self.work.direction() {
            crate::plan::Direction::Up => connection.run_migration(self),
            crate::plan::Direction::Down => connection.revert_migration(self),
        };
        result.map(drop).map_err(|error| match self.stopped.take() {
            Some((statement, error)) => Stop { statement, refusal: refusal(url, &error) },
            None => {
                let refusal = match error.downcast_ref::<Error>() {
                    Some(error) => refusal(url, error),
                    None => Refusal::new(url.redact(&error.to_string())),
                };
                Stop { statement: None, refusal }
            }
        })
    }

    fn steps(&self, connection: &mut dyn BoxableConnection<C::Backend>) -> migration::Result<()> {
        let connection = connection.downcast_mut::<C>().ok_or("not the connection that the harness was called on")?;
        let result = connection
            .run_each(self.statements)
            .map_err(|(index, error)| (Some(index), error))
            .and_then(|()| self.record(connection).map_err(|error| (None, error)));
        result.map_err(|stopped| {
            self.stopped.replace(Some(stopped));
            "stopped".into()
        })
    }

    fn record(&self, connection: &mut C) -> QueryResult<()> {
        connection.batch_execute(self.clean)?;
        connection.batch_execute(self.work.record())
    }
}

impl<C: Executor> migration::Migration<C::Backend> for Step<'_, C> {
    fn run(&self, connection: &mut dyn BoxableConnection<C::Backend>) -> migration::Result<()> {
        self.steps(connection)
    }

    fn revert(&self, connection: &mut dyn BoxableConnection<C::Backend>) -> migration::Result<()> {
        self.steps(connection)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self
    }

    fn name(&self) -> &dyn MigrationName {
        self
    }
}

impl<C> MigrationMetadata for Step<'_, C> {
    fn run_in_transaction(&self) -> bool {
        self.transaction
    }
}

impl<C> MigrationName for Step<'_, C> {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.work.version())
    }
}

impl<C> fmt::Display for Step<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.work.migration().name)
    }
}
