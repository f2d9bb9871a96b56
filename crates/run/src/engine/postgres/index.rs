//! What an interrupted `CREATE INDEX CONCURRENTLY` leaves behind. Must not touch any other index than the one that the
//! statement names.

use makemigrations_sql::{Dialect, Token, tokens};

use super::Postgres;
use crate::engine::{Engine, Recovery, Refusal};
use crate::history::RunState;

/// Clears the way for a statement whose last run did not end: an index that it left invalid is dropped, since `IF NOT
/// EXISTS` would take it for done and without that the statement fails for ever.
///
/// A valid one is the work of the last run only if that was interrupted: where it failed, somebody else's was in its way.
pub(super) fn recover(engine: &mut Postgres, statement: &str, last: RunState) -> Result<Recovery, Refusal> {
    let Some(Index { name, table }) = Index::parse(statement) else { return Ok(Recovery::Nothing) };
    let sql = "SELECT pg_catalog.format('%I.%I', namespace.nspname, class.relname), index.indisvalid::pg_catalog.text FROM pg_catalog.pg_index AS index \
               JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid \
               JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace \
               WHERE index.indrelid = pg_catalog.to_regclass($1) AND class.relname = (pg_catalog.parse_ident($2))[1]";
    let rows = engine.user_query(sql, &[Some(&table), Some(&name)])?;
    let Some((row, index)) = rows.first().and_then(|row| Some((row, row.text(0)?))) else {
        return Ok(Recovery::Nothing);
    };
    if row.get(1) == Some("true") {
        let done = last == RunState::Running;
        return Ok(if done { Recovery::Done { object: index } } else { Recovery::Nothing });
    }
    engine.user_batch(&format!("DROP INDEX CONCURRENTLY {index}"))?;
    Ok(Recovery::Removed { object: index })
}

/// The names in `CREATE INDEX CONCURRENTLY name ON table`, as written.
#[derive(Debug, PartialEq, Eq)]
struct Index {
    name: String,
    table: String,
}

impl Index {
    fn parse(statement: &str) -> Option<Self> {
        let mut words = tokens(statement, Dialect::Postgres).filter(|token| !token.is_blank()).peekable();
        words.next_if(|token| token.is_word("create"))?;
        words.next_if(|token| token.is_word("unique"));
        words.next_if(|token| token.is_word("index"))?;
        words.next_if(|token| token.is_word("concurrently"))?;
        for word in ["if", "not", "exists"] {
            words.next_if(|token| token.is_word(word));
        }
        let name = words.next().filter(|token| !token.is_word("on"))?.text.to_owned();
        words.next_if(|token| token.is_word("on"))?;
        words.next_if(|token| token.is_word("only"));
        let is_name = |token: &Token<'_>| token.text != "(" && !token.is_word("using");
        let table: String = words.take_while(is_name).map(|token| token.text).collect();
        Some(Self { name, table })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(statement: &str) -> Option<(String, String)> {
        Index::parse(statement).map(|index| (index.name, index.table))
    }

    #[test]
    fn the_names_are_those_of_the_statement() {
        let found = |name: &str, table: &str| Some((name.to_owned(), table.to_owned()));
        assert_eq!(parse("CREATE INDEX CONCURRENTLY a_id ON a (id)"), found("a_id", "a"));
        let long = "create unique index concurrently if not exists \"A i\" on only app . \"T\" using btree (x)";
        assert_eq!(parse(long), found("\"A i\"", "app.\"T\""));
        assert_eq!(parse("CREATE INDEX a_id ON a (id)"), None);
        assert_eq!(parse("CREATE INDEX CONCURRENTLY ON a (id)"), None);
        assert_eq!(parse("DROP INDEX CONCURRENTLY a_id"), None);
    }
}
