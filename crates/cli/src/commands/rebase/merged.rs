//! `squash` of merged migrations: one more that stands for them, which databases without any of them run instead. Must not
//! touch what is merged, nor a database.

use std::ops::Range;

use makemigrations_gate::{DirectoryName, Lock};
use makemigrations_plan::{
    diagnostic::Diagnostic,
    migration::{self, STAND_IN, Stamp},
    record::Record,
    squash::Squashed,
};

use super::{super::schema, merge_state::MergeState};
use crate::{
    arguments::Squash,
    error::{CliError, Result},
    workflow::{context::Context, gate, squashed::RecordedFolder},
    workspace::{
        lock::FolderLock,
        migrations::find,
        write::{self, NewMigration},
    },
};

/// Whether the command names merged migrations.
pub(super) fn is_meant(merge_state: &MergeState, arguments: &Squash) -> bool {
    let own: Vec<String> = merge_state.own().into_iter().map(|recorded| recorded.name).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let all: Vec<&str> = merge_state.folder.migrations().collect();
    [&arguments.from, &arguments.to]
        .into_iter()
        .flatten()
        .any(|text| find(&own, text).is_err() && find(&all, text).is_ok())
}

pub(super) fn run(
    context: &Context<'_>,
    merge_state: &MergeState,
    guard: Option<&FolderLock>,
    arguments: &Squash,
) -> Result<()> {
    if let Some(ongoing) = merge_state.sides.ongoing {
        return Err(CliError::check("git is in the middle of something, so what is merged may change yet")
            .hint(format!("finish it first: `{}`", ongoing.next())));
    }
    let findings = gate::findings(context, &merge_state.folder, &merge_state.merged)?;
    if !gate::passes(&findings) {
        context.terminal.findings(&findings);
        return Err(gate::failure(&findings));
    }
    let line = RecordedFolder::read(&merge_state.folder, merge_state.dialect, &merge_state.migrations)
        .map_err(|errors| unreadable(&errors))?;
    let range = range(merge_state, &line, arguments)?;
    let names: Vec<String> = line.names()[range.clone()].iter().map(|name| (*name).to_owned()).collect();
    let number = merge_state.migrations.next_number();
    let record = Record { replaces: names.clone(), ..Record::new(number, merge_state.dialect, Vec::new()) };
    let made = line.stand_in(&record, range).map_err(|unfit| {
        CliError::check(format!("these cannot become one: {unfit}"))
            .hint("squash those before it and those after it: `cargo xtask squash FROM TO`")
    })?;
    let name = arguments.name.clone().unwrap_or_else(|| name(&names));
    let stamp = Stamp::after(merge_state.migrations.newest(), Stamp::at(context.environment.now()?));
    let folder = migration::directory_name(stamp, number, &name);
    if let Some(guard) = guard {
        let (mut lock, _) = Lock::parse(merge_state.folder.lock_text().unwrap_or_default());
        lock.set_dialect(merge_state.dialect.as_str());
        let files = made.files.entries().map(|(file, text)| (file.to_owned(), text.to_owned())).collect();
        let generated = schema::follow(context, merge_state.dialect, &merge_state.migrations);
        let new = NewMigration { name: folder.clone(), files };
        write::migrations(guard, lock, &[new], generated.files(), &context.write_journal())?;
        generated.say(context.terminal);
    }
    report(context, &folder, &names, &made, guard.is_none());
    Ok(())
}

fn report(context: &Context<'_>, folder: &str, names: &[String], made: &Squashed, is_dry: bool) {
    let terminal = context.terminal;
    let path = format!("{}/{folder}", context.settings.migrations);
    if is_dry {
        let script = made.files.squashed.as_deref().unwrap_or_default();
        terminal.data(&format!("-- {path}/{STAND_IN}\n{script}"));
    } else {
        terminal.say(&path);
    }
    terminal.say(&format!(
        "stands for {} migrations, which stay: {} operations become {}",
        names.len(),
        made.before,
        made.after
    ));
    if !is_dry {
        terminal.say("`cargo xtask verify` proves that both lead to the same; then commit it");
    }
}

/// `squashed_0001_0042`
fn name(names: &[String]) -> String {
    let ends = [names.first(), names.last()].into_iter().flatten().map(|name| {
        let parts = DirectoryName::parse(name);
        parts.number.map_or(parts.version, |number| format!("{number:04}"))
    });
    format!("squashed_{}", ends.collect::<Vec<_>>().join("_"))
}

/// The places of the first and the last one, and those between.
fn range(merge_state: &MergeState, line: &RecordedFolder<'_>, arguments: &Squash) -> Result<Range<usize>> {
    let all = line.names();
    let own: Vec<String> = merge_state.own().into_iter().map(|recorded| recorded.name).collect();
    let is_own = |place: &usize| own.iter().any(|name| name == all[*place]);
    let place = |text: &str| {
        let name = find(&all, text)?;
        Ok::<_, CliError>(all.iter().position(|other| *other == name).unwrap_or_default())
    };
    let last_merged = (0..all.len()).rfind(|place| !is_own(place)).unwrap_or_default();
    let first = arguments.from.as_deref().map_or(Ok(0), place)?;
    let last = arguments.to.as_deref().map_or(Ok(last_merged), place)?;
    if first >= last {
        return Err(CliError::usage("nothing to squash: one merged migration, or none, is in the range")
            .hint("`cargo xtask showmigrations` lists all of them"));
    }
    if let Some(unmerged) = (first..=last).find(is_own) {
        return Err(CliError::check(format!("`{}` is not merged, and others of the range are", all[unmerged]))
            .hint("squash your own by themselves: `cargo xtask squash`")
            .hint(format!("or the merged ones alone: `cargo xtask squash {} {}`", all[first], all[last_merged])));
    }
    for squashed in line.stand_ins() {
        let stood_for = line.replaced(squashed).map_err(|why| CliError::check(format!("`{}` {why}", all[squashed])))?;
        let shared = (first..=last).any(|place| stood_for.contains(&place));
        if shared || (first..=last).contains(&squashed) {
            let error =
                CliError::check(format!("`{}` stands for some of them already, and stays by itself", all[squashed]));
            let (next, newest) = (squashed + 1, last_merged);
            return Err(if next < newest {
                error.hint(format!("squash those after it: `cargo xtask squash {} {}`", all[next], all[newest]))
            } else {
                error
            });
        }
    }
    Ok(first..last + 1)
}

fn unreadable(errors: &[Diagnostic]) -> CliError {
    let messages: Vec<_> = errors.iter().map(|error| format!("`{}`: {}", error.path, error.message)).collect();
    CliError::usage(format!("the recorded migrations cannot be replayed: {}", messages.join("; ")))
}
