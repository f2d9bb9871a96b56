//! Queries with texts in and out, through Diesel. Must not know what is asked.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::result::Error;
use diesel::row::{Field, NamedRow};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Nullable, Text};

use crate::engine::{Refusal, Row};
use crate::url::DatabaseUrl;

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
        fields.collect::<deserialize::Result<_>>().map(Self::new)
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

/// What the database said, without the password of the URL.
pub(super) fn refusal(url: &DatabaseUrl, error: &Error) -> Refusal {
    match error {
        Error::DatabaseError(_, information) => Refusal {
            detail: information.details().map(|text| url.redact(text)),
            hint: information.hint().map(|text| url.redact(text)),
            position: information.statement_position().and_then(|position| usize::try_from(position).ok()),
            ..Refusal::new(url.redact(information.message()))
        },
        error => Refusal::new(url.redact(&error.to_string())),
    }
}
