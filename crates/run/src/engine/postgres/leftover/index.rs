//! What `CREATE INDEX CONCURRENTLY` and `DROP INDEX CONCURRENTLY` leave behind. Must not touch any other index than the one
//! that the statement names.

use super::Words;
use crate::engine::leftover::Leftover;
use crate::engine::postgres::Postgres;
use crate::engine::{Engine, Refusal};
use crate::history::RunState;

/// The parts of `CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name ON table ...`, as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Create {
    is_unique: bool,
    if_not_exists: bool,
    name: String,
    table: String,
    /// From the method, or the columns, to the end.
    rest: String,
}

impl Create {
    pub(super) fn parse(statement: &str) -> Option<Self> {
        let mut words = Words::of(statement);
        words.expect(&["create"])?;
        let is_unique = words.take("unique");
        words.expect(&["index", "concurrently"])?;
        let if_not_exists = words.take("if");
        if if_not_exists {
            words.expect(&["not", "exists"])?;
        }
        if words.take("on") {
            // PostgreSQL makes up the name.
            return None;
        }
        let name = words.name()?;
        words.expect(&["on"])?;
        words.take("only");
        let table = words.name()?;
        let rest = statement.get(words.position()?..)?.trim().trim_end_matches(';').to_owned();
        Some(Self { is_unique, if_not_exists, name, table, rest })
    }
}

/// An index that is there.
struct Found {
    /// Its name, as SQL.
    name: String,
    is_valid: bool,
    /// Its definition; `None` where it is no index of the table.
    definition: Option<String>,
    /// The session that builds it.
    builder: Option<i32>,
}

/// An index that a run left invalid is dropped, since `IF NOT EXISTS` would take it for done and without that the statement
/// fails for ever. One with another definition is not what the migration makes, whatever it is called.
pub(super) fn look_at_create(
    engine: &mut Postgres,
    create: &Create,
    last: Option<RunState>,
) -> Result<Leftover, Refusal> {
    let Some(Found { name, is_valid, definition, builder }) = find(engine, create)? else {
        return Ok(Leftover::Nothing);
    };
    let foreign = |what: String| {
        // Without it PostgreSQL itself refuses.
        let problem = format!("`{name}` is there already, and is {what}; `IF NOT EXISTS` would take it for this one");
        if create.if_not_exists { Leftover::Foreign { problem } } else { Leftover::Nothing }
    };
    let Some(definition) = definition else {
        return Ok(foreign(format!("no index of `{}`", create.table)));
    };
    if let Some(session) = builder {
        return Ok(Leftover::Busy { object: name, session });
    }
    let wanted = definition_of(engine, create);
    let is_same = wanted.as_ref().is_none_or(|wanted| is_same_index(wanted, &definition));
    if is_valid {
        return Ok(match (is_same, last) {
            (true, Some(RunState::Running)) => Leftover::Done { object: name },
            (true, _) => Leftover::Nothing,
            (false, _) => foreign(format!("another one: `{definition}`")),
        });
    }
    // Of an earlier run, or of another tool's run of the same migration.
    if last.is_some() || is_same {
        let remove = vec![format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")];
        return Ok(Leftover::HalfMade { objects: vec![name], remove });
    }
    Ok(foreign(format!("another one, and invalid: `{definition}`")))
}

fn find(engine: &mut Postgres, create: &Create) -> Result<Option<Found>, Refusal> {
    let sql = "SELECT pg_catalog.format('%I.%I', namespace.nspname, class.relname), index.indisvalid::pg_catalog.text, \
               CASE WHEN index.indrelid = wanted.oid THEN pg_catalog.pg_get_indexdef(class.oid) END, \
               (SELECT building.pid::pg_catalog.text FROM pg_catalog.pg_stat_progress_create_index AS building \
               WHERE building.index_relid = class.oid AND building.pid <> pg_catalog.pg_backend_pid() LIMIT 1) \
               FROM pg_catalog.pg_class AS wanted \
               JOIN pg_catalog.pg_class AS class ON class.relnamespace = wanted.relnamespace \
               JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace \
               LEFT JOIN pg_catalog.pg_index AS index ON index.indexrelid = class.oid \
               WHERE wanted.oid = pg_catalog.to_regclass($1) AND class.relname = (pg_catalog.parse_ident($2))[1]";
    let rows = engine.user_query(sql, &[Some(&create.table), Some(&create.name)])?;
    Ok(rows.first().and_then(|row| {
        Some(Found {
            name: row.text(0)?,
            is_valid: row.get(1) != Some("false"),
            definition: row.text(2),
            builder: row.get(3).and_then(|pid| pid.parse().ok()),
        })
    }))
}

/// What the server makes of the statement, on an empty copy of the table: it alone knows how it writes an expression. `None`
/// where it cannot be tried, on a standby for example.
fn definition_of(engine: &mut Postgres, create: &Create) -> Option<String> {
    const COPY: &str = "__makemigrations_comparison";
    let unique = if create.is_unique { "UNIQUE " } else { "" };
    let sql = format!(
        "BEGIN; SET LOCAL lock_timeout = '2s'; CREATE TEMPORARY TABLE {COPY} (LIKE {table}) ON COMMIT DROP; \
         CREATE {unique}INDEX {COPY}_index ON pg_temp.{COPY} {rest}",
        table = create.table,
        rest = create.rest,
    );
    let made = engine.user_batch(&sql).and_then(|()| {
        let definition = format!("SELECT pg_catalog.pg_get_indexdef('pg_temp.{COPY}_index'::pg_catalog.regclass)");
        engine.user_query(&definition, &[])
    });
    // Nothing of it is needed any more, whether it went well or not.
    drop(engine.user_batch("ROLLBACK"));
    made.ok()?.first()?.text(0)
}

/// Whether two definitions differ in their names only.
fn is_same_index(one: &str, other: &str) -> bool {
    let parts = |definition: &str| {
        let is_unique = definition.starts_with("CREATE UNIQUE");
        definition.split_once(" USING ").map(|(_, rest)| (is_unique, rest.to_owned()))
    };
    parts(one) == parts(other)
}

/// The name in `DROP INDEX CONCURRENTLY [IF EXISTS] name`.
pub(super) fn parse_drop(statement: &str) -> Option<String> {
    let mut words = Words::of(statement);
    words.expect(&["drop", "index", "concurrently"])?;
    if words.take("if") {
        words.expect(&["exists"])?;
    }
    words.name()
}

/// One that is invalid by now can be dropped again as it is.
pub(super) fn look_at_drop(engine: &mut Postgres, name: &str, is_interrupted: bool) -> Result<Leftover, Refusal> {
    if !is_interrupted {
        return Ok(Leftover::Nothing);
    }
    let rows = engine.user_query("SELECT pg_catalog.to_regclass($1)::pg_catalog.text", &[Some(name)])?;
    let is_there = rows.first().is_some_and(|row| row.get(0).is_some());
    Ok(if is_there { Leftover::Nothing } else { Leftover::Done { object: format!("DROP INDEX {name}") } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(statement: &str) -> Option<(String, String, String)> {
        Create::parse(statement).map(|index| (index.name, index.table, index.rest))
    }

    #[test]
    fn the_parts_are_those_of_the_statement() {
        let found = |name: &str, table: &str, rest: &str| Some((name.to_owned(), table.to_owned(), rest.to_owned()));
        assert_eq!(parse("CREATE INDEX CONCURRENTLY a_id ON a (id);\n"), found("a_id", "a", "(id)"));
        let long = "create unique index concurrently if not exists \"A i\" on only app . \"T\" using btree (x) where y";
        assert_eq!(parse(long), found("\"A i\"", "app.\"T\"", "using btree (x) where y"));
        assert!(Create::parse(long).unwrap().if_not_exists && Create::parse(long).unwrap().is_unique);
        assert_eq!(parse("CREATE INDEX a_id ON a (id)"), None);
        assert_eq!(parse("CREATE INDEX CONCURRENTLY ON a (id)"), None);
        assert_eq!(parse("DROP INDEX CONCURRENTLY a_id"), None);
        assert_eq!(parse_drop("DROP INDEX CONCURRENTLY IF EXISTS app.a_id;"), Some("app.a_id".to_owned()));
        assert_eq!(parse_drop("DROP INDEX a_id"), None);
    }

    #[test]
    fn definitions_are_compared_without_their_names() {
        let one = "CREATE INDEX a ON public.t USING btree (x) WHERE (x > 0)";
        assert!(is_same_index(one, "CREATE INDEX b ON pg_temp_3.u USING btree (x) WHERE (x > 0)"));
        assert!(!is_same_index(one, "CREATE UNIQUE INDEX b ON public.t USING btree (x) WHERE (x > 0)"));
        assert!(!is_same_index(one, "CREATE INDEX a ON public.t USING btree (x)"));
    }
}
