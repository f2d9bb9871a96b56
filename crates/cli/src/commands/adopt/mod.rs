//! `adopt`: takes over the migrations that Diesel has run so far, as they are. Must not touch a file that is there, except for
//! the `schema.rs` that Diesel generates, nor the database.

mod backend;
mod diesel;
mod existing;
mod files;
mod snapshots;
mod state;

use makemigrations_gate::{Lock, sum};
use makemigrations_plan::{
    migration,
    model::{Dialect, Inherited},
    operation::Operation,
    record::Record,
    snapshot::Options,
};

use super::{
    inspect,
    schema::{self, Changed},
};
use crate::{
    arguments::Adopt,
    error::{CliError, Result},
    workflow::{catalogue, context::Context, database, gate},
    workspace::{
        lock::FolderLock,
        stored_migration::{StoredMigration, folder_of},
        write::{self, NewMigration},
    },
};
use existing::Existing;
use snapshots::Snapshots;

pub(crate) fn run(context: &Context<'_>, arguments: &Adopt) -> Result<()> {
    diesel::refuse_other_folder(context)?;
    let map = arguments.domain_map.as_deref().map(|path| inspect::domain_map(context, path)).transpose()?;
    let guard = if arguments.rehearsal.dry_run {
        None
    } else {
        let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
        write::clean(&guard)?;
        Some(guard)
    };
    let existing = Existing::read(context)?;
    let dialect = dialect(context, &existing)?;
    let mut lock = existing.lock(dialect.as_str());
    // Before anything slow: what the gate refuses cannot be adopted.
    judge(context, &existing, &lock, None)?;
    let found = state::find(context, arguments, dialect, &existing)?;
    for line in &found.inspected.unknown {
        context.terminal.warning(&format!("snapshots cannot express {line}"), None);
    }
    let analytics_schema = context.settings.analytics_schema.clone();
    let options = Options { dialect, analytics_schema, is_adopted: true };
    let snapshots = Snapshots::of(context, &options, &found, map.as_ref())?;
    let mut operations = catalogue::operations(dialect, &snapshots.schema)?;
    if dialect.keeps_statements() {
        inherit(&mut operations);
    }
    let record = Record { manual: true, baseline: true, ..Record::new(existing.number, dialect, operations) };
    let files = migration::baseline(&record);
    let files = files.entries().map(|(file, text)| (file.to_owned(), text.to_owned())).collect();
    let baseline = NewMigration { name: existing.baseline.clone(), files };
    for (file, text) in &baseline.files {
        lock.record(&baseline.name, file, sum(text.as_bytes()));
    }
    judge(context, &existing, &lock, Some(&baseline))?;
    let generated = schema::plan(context, dialect, &snapshots.schema)?;
    if let Some(guard) = &guard {
        let others = (&*snapshots.new, &*generated.texts());
        write::adoption(guard, &lock, &baseline, others, &existing.leftovers)?;
        generated.delete_leftovers()?;
    }
    report(context, &existing, &found.source, (&snapshots, &generated), guard.is_none());
    Ok(())
}

/// The dialect, which where nobody names one must not be SQLite for want of anything else: most of PostgreSQL's files run
/// there, and make something else.
fn dialect(context: &Context<'_>, existing: &Existing) -> Result<Dialect> {
    let lock = existing.folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let named = database::configured(context)?;
    if lock.dialect().is_none() && context.settings.dialect.is_none() && named.is_none() {
        let built = backend::built_for(&context.root);
        if !built.is_empty() && !built.contains(Dialect::Sqlite.as_str()) {
            let built: Vec<_> = built.into_iter().map(|name| format!("`{name}`")).collect();
            let message =
                "which database the migrations are written for is not said, and the workspace builds Diesel for";
            let name = &context.settings.database_url_env;
            return Err(CliError::usage(format!("{message} {}", built.join(", ")))
                .hint(format!("set `{name}`, or give `--database-url`"))
                .hint("for SQLite all the same: `dialect = \"sqlite\"` below `[workspace.metadata.makemigrations]`"));
        }
        context.terminal.say("note: the migrations are taken as SQLite's: no setting and no URL says otherwise");
    }
    let dialect = context.dialect(&lock)?;
    if let Some(url) = named.filter(|url| database::dialect(url) != dialect) {
        let note = format!("note: `{url}` is not {dialect}, for which the migrations are written: the files are taken");
        context.terminal.say(&note);
    }
    Ok(dialect)
}

/// What others wrote is not as this tool would write it, and stays so where the database keeps it.
fn inherit(operations: &mut [Operation]) {
    for operation in operations {
        if let Operation::CreateTable(create) = operation {
            create.definition.inherited = Inherited::of(&create.definition);
        }
    }
}

/// Fails when the gate would not let through what is to be written.
fn judge(context: &Context<'_>, existing: &Existing, lock: &Lock, baseline: Option<&NewMigration>) -> Result<()> {
    let present = existing.names.iter().filter_map(|name| StoredMigration::of(&existing.folder, name));
    let baseline = baseline.map(|NewMigration { name, files }| {
        let files = files.iter().map(|(file, text)| (file.clone(), text.clone().into_bytes()));
        StoredMigration { name: name.clone(), files: files.collect() }
    });
    let folder = folder_of(Some(lock.render()), present.chain(baseline), &context.settings.migrations);
    let findings = gate::findings(context, &folder, &context.merged())?;
    if gate::passes(&findings) {
        return Ok(());
    }
    context.terminal.findings(&findings);
    Err(gate::failure(&findings).hint("settle this first: nothing is written"))
}

/// What was written, or would be, and what comes next.
fn report(
    context: &Context<'_>,
    existing: &Existing,
    source: &str,
    (snapshots, generated): (&Snapshots, &Changed),
    is_dry: bool,
) {
    let folder = &context.settings.migrations;
    let say = |line: &str| if is_dry { context.terminal.data(line) } else { context.terminal.say(line) };
    let count = existing.names.len();
    let noun = if count == 1 { "migration" } else { "migrations" };
    let verb = if is_dry { "write" } else { "wrote" };
    say(&format!("{count} {noun} in `{folder}`, adopted as they are"));
    say(&format!("{}, {source}", snapshots::counted(&snapshots.schema)));
    for text in &snapshots.new {
        say(&format!("{verb} {}", inspect::shown(&context.root, &text.path)));
    }
    generated.files().iter().for_each(|file| say(&format!("{verb} {}", file.shown())));
    let baseline = existing.folder.path(&existing.baseline);
    say(&format!("{verb} {baseline}, which records all of it and runs nothing"));
    say(&format!("{verb} {}", existing.folder.lock_path()));
    if is_dry {
        return;
    }
    let written = generated.files().iter().map(|file| file.path.as_str());
    let paths = [folder.as_str(), &context.settings.snapshots].into_iter().chain(written);
    context.terminal.say(&format!(
        "next: `git add {}`, commit, and on every database `cargo xtask migrate`: it records the baseline",
        paths.map(|path| context.view.typed(path)).collect::<Vec<_>>().join(" ")
    ));
}
