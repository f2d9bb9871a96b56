//! What `REINDEX ... CONCURRENTLY` leaves behind: invalid copies, which nothing uses and every write has to keep up. Must not
//! name an index that is valid.

use super::Words;
use crate::engine::leftover::Leftover;
use crate::engine::postgres::Postgres;
use crate::engine::{Engine, Refusal};

/// What is built anew.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    Index(String),
    Table(String),
    Schema(String),
    Database,
}

impl Target {
    /// `REINDEX [(options)] INDEX|TABLE|SCHEMA|DATABASE CONCURRENTLY name`
    pub(super) fn parse(statement: &str) -> Option<Self> {
        let mut words = Words::of(statement);
        words.expect(&["reindex"])?;
        let is_option = words.options().iter().any(|option| option.eq_ignore_ascii_case("concurrently"));
        let kind = ["index", "table", "schema", "database"].into_iter().find(|word| words.take(word))?;
        if !words.take("concurrently") && !is_option {
            return None;
        }
        let name = words.name()?;
        Some(match kind {
            "index" => Self::Index(name),
            "table" => Self::Table(name),
            "schema" => Self::Schema(name),
            _ => Self::Database,
        })
    }
}

pub(super) fn look(engine: &mut Postgres, target: &Target) -> Result<Leftover, Refusal> {
    let (condition, name) = match target {
        Target::Index(name) => (
            "index.indrelid = (SELECT one.indrelid FROM pg_catalog.pg_index AS one WHERE one.indexrelid = pg_catalog.to_regclass($1))",
            name.as_str(),
        ),
        Target::Table(name) => ("index.indrelid = pg_catalog.to_regclass($1)", name.as_str()),
        Target::Schema(name) => ("namespace.nspname = (pg_catalog.parse_ident($1))[1]", name.as_str()),
        Target::Database => ("$1 = ''", ""),
    };
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', namespace.nspname, class.relname) FROM pg_catalog.pg_index AS index \
         JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid \
         JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace \
         WHERE NOT index.indisvalid AND class.relname ~ '_cc(new|old)[0-9]*$' AND namespace.nspname <> 'pg_toast' \
         AND {condition} ORDER BY 1"
    );
    let rows = engine.user_query(&sql, &[Some(name)])?;
    let objects: Vec<String> = rows.iter().filter_map(|row| row.text(0)).collect();
    if objects.is_empty() {
        return Ok(Leftover::Nothing);
    }
    let remove = objects.iter().map(|name| format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).collect();
    Ok(Leftover::HalfMade { objects, remove })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_anew_is_known() {
        let name = || "app.t".to_owned();
        assert_eq!(Target::parse("REINDEX TABLE CONCURRENTLY app.t;"), Some(Target::Table(name())));
        assert_eq!(Target::parse("reindex (verbose) index concurrently app.t"), Some(Target::Index(name())));
        assert_eq!(Target::parse("REINDEX (CONCURRENTLY) TABLE app.t"), Some(Target::Table(name())));
        assert_eq!(Target::parse("REINDEX TABLE app.t"), None);
        assert_eq!(Target::parse("CREATE TABLE a (b text)"), None);
    }
}
