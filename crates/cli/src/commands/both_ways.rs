//! Squashed migrations against what they stand for: each way in a scratch database of its own, then one compared with the
//! other. Must not touch any other database.

use makemigrations_gate::DirectoryName;
use makemigrations_inspect::{Inspected, compare};
use makemigrations_run::{DatabaseUrl, MigrateOptions, Scratch, Source, Target, migrate};

use super::{catalogue, context::Context};
use crate::{
    error::{CliError, Result},
    terminal::progress::Progress,
};

/// Compares what the squashed migration `name` leads to with what the migrations lead to that it stands for.
pub(super) fn verify(context: &Context<'_>, url: &DatabaseUrl, name: &str) -> Result<()> {
    let expected = reached(context, url, name, true)?;
    let actual = reached(context, url, name, false)?;
    let found = compare(&actual.schema, &expected.schema);
    // What snapshots cannot express has no words to compare, only lines.
    let missing = catalogue::unexpressed(&expected, &actual);
    let surplus = catalogue::unexpressed(&actual, &expected);
    if found.is_empty() && missing.is_empty() && surplus.is_empty() {
        context.terminal.say(&format!("squashed: `{name}` does what the migrations do that it stands for"));
        return Ok(());
    }
    context.terminal.differences(&found, &[]);
    let lines = [("only without it", &missing), ("only with it", &surplus)];
    for (where_from, line) in lines.into_iter().flat_map(|(what, lines)| lines.iter().map(move |line| (what, line))) {
        context.terminal.data(&format!("{where_from}: {line}"));
    }
    let count = match found.len() + missing.len() + surplus.len() {
        1 => "1 difference".to_owned(),
        several => format!("{several} differences"),
    };
    Err(CliError::check(format!("`{name}/squashed.sql` does not do what the migrations do that it stands for: {count}"))
        .hint(format!("not merged yet: delete its folder, and `cargo xtask squash` again, or correct its SQL and `cargo xtask seal {name}`"))
        .hint(format!("merged: correct its SQL, then `cargo xtask seal {name} --override --reason TEXT`")))
}

/// What a new database has after that migration.
fn reached(context: &Context<'_>, url: &DatabaseUrl, name: &str, one_by_one: bool) -> Result<Inspected> {
    let mut scratch = Scratch::beside(url)?;
    let target = Target::Version(DirectoryName::parse(name).version);
    let options = MigrateOptions { target, one_by_one, ..MigrateOptions::default() };
    let folder = context.migrations();
    let mut progress = Progress::brief(context.terminal);
    migrate(scratch.database(), &Source::Folder(&folder), &options, &mut progress)?;
    catalogue::inspect(scratch.database())
}
