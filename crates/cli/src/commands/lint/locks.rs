//! `lint --locks`: runs migrations in a scratch database, statement by statement, and reads the locks that each takes. Must not
//! touch any other database.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::{DirectoryName, Folder};
use makemigrations_lint::LockMode;
use makemigrations_plan::model::Dialect;
use makemigrations_run::{DatabaseUrl, MigrateOptions, Scratch, Source, Target, migrate};
use makemigrations_sql::statements;

use super::{UP, plural, text};
use crate::{
    commands::verify,
    error::{CliError, Result},
    terminal::{Paint, Terminal, progress::Progress},
    workflow::context::Context,
    workspace::migrations::{Migrations, runs_in_transaction},
};

/// The relations that are there before a migration, and are the user's: `Schema.table`, without indexes.
const RELATIONS: &str = "SELECT c.oid::text, c.oid::regclass::text FROM pg_class AS c \
     JOIN pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";
const LOCKS: &str = "SELECT l.relation::text, l.mode::text FROM pg_locks AS l \
     WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted \
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

pub(super) fn run(
    context: &Context<'_>,
    dialect: Dialect,
    migrations: &Migrations,
    folder: &Folder,
    asked: &BTreeSet<usize>,
    scratch_url: Option<&str>,
) -> Result<()> {
    let url = match scratch_url {
        Some(url) => DatabaseUrl::parse(url)?,
        None => verify::server(context, dialect, "lint --locks")?,
    };
    let mut scratch = Scratch::beside(&url)?;
    for place in asked {
        let name = &migrations.all[*place].name;
        if let Some(before) = place.checked_sub(1) {
            advance(context, &mut scratch, &migrations.all[before].name)?;
        }
        context.terminal.data(&context.terminal.paint(Paint::Strong, name));
        let sql = text(folder, name, UP).unwrap_or_default();
        let metadata = text(folder, name, "metadata.toml");
        if metadata.is_none_or(|metadata| runs_in_transaction(&metadata)) {
            measure(context.terminal, &mut scratch, name, &sql)?;
        } else {
            context.terminal.data("  outside of a transaction: it holds no lock until a commit, and is not measured");
        }
        // The transaction that was measured is gone: this is the migration itself.
        advance(context, &mut scratch, name)?;
    }
    context.terminal.say(&format!(
        "{} {}, in a scratch database: locks on what was there before each",
        context.terminal.paint(Paint::Good, "measured:"),
        plural(asked.len(), "migration")
    ));
    Ok(())
}

fn advance(context: &Context<'_>, scratch: &mut Scratch, name: &str) -> Result<()> {
    let target = Target::Version(DirectoryName::parse(name).version);
    let options = MigrateOptions { target, one_by_one: true, ..MigrateOptions::default() };
    let folder = context.migrations();
    migrate(scratch.database(), &Source::Folder(&folder), &options, &mut Progress::brief(context.terminal))?;
    Ok(())
}

/// Runs the statements of a migration in a transaction that is rolled back.
fn measure(terminal: &Terminal, scratch: &mut Scratch, name: &str, sql: &str) -> Result<()> {
    let database = scratch.database();
    let relations: BTreeMap<String, String> = pairs(database.rows(RELATIONS)?).collect();
    database.execute("BEGIN")?;
    let measured = statement_by_statement(terminal, database, &relations, name, sql);
    let rolled_back = database.execute("ROLLBACK");
    // After a statement that failed nothing else works, and what failed says why.
    measured?;
    rolled_back?;
    Ok(())
}

fn statement_by_statement(
    terminal: &Terminal,
    database: &mut makemigrations_run::Database,
    relations: &BTreeMap<String, String>,
    name: &str,
    sql: &str,
) -> Result<()> {
    let mut held: BTreeSet<(String, LockMode)> = BTreeSet::new();
    for statement in statements(sql, Dialect::Postgres) {
        let line = sql[..statement.start].matches('\n').count() + 1;
        database.execute(statement.text).map_err(|error| {
            let error = CliError::from(error);
            CliError { message: format!("`{name}/{UP}`, line {line}: {}", error.message), ..error }
        })?;
        let locks = pairs(database.rows(LOCKS)?).filter_map(|(oid, mode)| {
            let table = relations.get(&oid)?;
            Some((table.clone(), mode.parse::<LockMode>().ok()?))
        });
        let now: BTreeSet<(String, LockMode)> = locks.collect();
        let new: Vec<&(String, LockMode)> =
            now.difference(&held).filter(|(_, mode)| *mode > LockMode::AccessShare).collect();
        let words = statement.text.split_whitespace().take(8).collect::<Vec<_>>().join(" ");
        terminal.data(&format!("  line {line}: {words}"));
        if new.is_empty() {
            terminal.data("    nothing more");
        }
        for (table, mode) in new {
            let waits = mode.blocks().map_or("no reads or writes wait".to_owned(), |who| format!("{who} wait"));
            terminal.data(&format!("    {mode} on {table}: {waits}"));
        }
        held = now;
    }
    Ok(())
}

fn pairs(rows: Vec<Vec<Option<String>>>) -> impl Iterator<Item = (String, String)> {
    rows.into_iter().filter_map(|row| {
        let mut texts = row.into_iter();
        Some((texts.next()??, texts.next()??))
    })
}
