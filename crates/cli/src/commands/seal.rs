//! `seal`: takes hand-written SQL into the lock file. Must not touch SQL, and a merged migration only with a reason.

use std::collections::BTreeSet;

use makemigrations_gate::{
    DirectoryName, Finding, Folder, LOCK_FILE, Lock, Override, manual_reason, sum, verify, wording::listed,
};
use makemigrations_plan::{
    migration::{self, STAND_IN},
    model::Dialect,
    record::{self, Record},
};

use super::schema;
use crate::{
    arguments::Seal,
    error::{CliError, Result},
    terminal::{Terminal, report::Texts},
    workflow::{
        applied,
        context::Context,
        declaration::{self, Declaration},
        gate::{self, Frozen},
        squashed,
    },
    workspace::{
        lock::FolderLock,
        migrations::{Migrations, RECORD, find},
        stored_migration::{StoredMigration, folder_of},
        write,
    },
};

pub(crate) fn run(context: &Context<'_>, arguments: &Seal) -> Result<()> {
    if !context.migrations().is_dir() {
        return Err(CliError::usage(format!("there are no migrations: no folder `{}`", context.settings.migrations))
            .hint("cargo xtask makemigrations"));
    }
    let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
    write::clean(&guard)?;
    let folder = context.view.migrations(&context.settings.migrations)?;
    let (mut lock, damage) = folder.lock_text().map(Lock::parse).unwrap_or_default();
    // Writing it anew would hide what was done to it.
    refuse(context.terminal, &damage)?;
    let dialect = context.dialect(&lock)?;
    lock.set_dialect(dialect.as_str());
    let Some(name) = chosen(&folder, &lock, arguments.name.as_deref())? else {
        context.terminal.say("every migration is as recorded: there is nothing to seal");
        return Ok(());
    };
    let merged = context.merged();
    refuse(context.terminal, gate::unknown(context.environment, &merged).as_slice())?;
    if let Some(frozen) = gate::frozen(&merged, &folder, &name) {
        let error = CliError::check(format!("`{name}` is merged, and merged migrations do not change"));
        let is_forbidden = merged.bases.iter().any(|point| point.forbids_overrides);
        let in_a_new_one = "put the change into a new migration: `cargo xtask makemigrations`";
        let restore = match frozen {
            Frozen::AtStart { restore } => restore,
            Frozen::Since { restore, base } => {
                let hint = format!("in an emergency: `git merge {base}`, then `seal` with `--override`");
                let error = error.hint(format!("restore it: `{restore}`")).hint(in_a_new_one);
                return Err(if is_forbidden { error } else { error.hint(hint) });
            }
        };
        if is_forbidden {
            let error = error.hint(format!("restore it: `{restore}`")).hint(in_a_new_one);
            return Err(error.hint("the settings of the base say `overrides = \"forbidden\"`"));
        }
        let Some(reason) = arguments.reason.as_deref().filter(|_| arguments.force) else {
            return Err(error
                .hint(format!("restore it: `{restore}`"))
                .hint(in_a_new_one)
                .hint(format!("in an emergency: `cargo xtask seal {name} --override --reason TEXT`")));
        };
        let over = Override::new(name.as_str(), reason);
        if !over.has_reason() {
            return Err(CliError::usage("the reason of an override is empty")
                .hint("say why the migration changes: every report prints it"));
        }
        let locks = merged.bases.iter().filter_map(|point| point.base.lock.as_ref());
        if locks.flat_map(Lock::overrides).any(|merged| *merged == over) {
            let message = format!("an override of `{name}` with this reason is merged already: {}", over.reason);
            return Err(CliError::usage(message).hint("this is another edit, so give it another reason"));
        }
        lock.add_override(&name, &over.reason);
    } else if arguments.force {
        let message = match &merged.unknown {
            Some(unknown) => format!("whether `{name}` is merged cannot be determined: {}", unknown.reason),
            None => format!("`{name}` is not merged, and needs no override"),
        };
        return Err(CliError::usage(message).hint(format!("cargo xtask seal {name}")));
    }

    if !arguments.force {
        refuse_other_operations(&folder, &lock, &name)?;
    }
    let is_adopted = lock.adopted().contains(&name);
    let record = if is_adopted {
        refuse_reason(arguments, &name)?;
        None
    } else {
        declared(context, &folder, &name, dialect, arguments)?
    };
    let mut files = contents(&folder, &name);
    if let Some(text) = &record {
        files.retain(|(file, _)| file != RECORD);
        files.push((RECORD.to_owned(), text.as_bytes().to_vec()));
    }
    let recorded = lock.clone();
    lock.remove(&name);
    if is_adopted {
        lock.adopt(name.as_str());
    }
    for (file, bytes) in &files {
        lock.record(&name, file, sum(bytes));
    }
    refuse(context.terminal, &sealed(&name, &lock, &files, &context.settings.migrations))?;
    if !arguments.force {
        applied::refuse_applied(context, &recorded, &lock, &name)?;
    }
    let reason = record.as_ref().and_then(|text| manual_reason(text.as_bytes())).filter(|reason| !reason.is_empty());
    let generated = schema::follow(context, dialect, &Migrations::of(&folder).unwrap_or_default());
    let path = format!("{name}/{RECORD}");
    let mut written: Vec<(&str, &str)> = record.iter().map(|text| (path.as_str(), text.as_str())).collect();
    let lock = lock.render();
    written.push((LOCK_FILE, &lock));
    write::files(&guard, &written, &generated.texts())?;
    generated.delete_leftovers()?;
    generated.say(context.terminal);
    context.terminal.say(&format!("sealed `{}`", folder.path(&name)));
    if let Some(reason) = reason {
        context.terminal.say(&format!("its SQL was changed by hand: {reason}"));
    }
    Ok(())
}

/// The migration that is meant: the named one, or the only one that is not as recorded. `None` when all are.
fn chosen(folder: &Folder, lock: &Lock, name: Option<&str>) -> Result<Option<String>> {
    let names: Vec<&str> = folder.migrations().collect();
    if let Some(name) = name {
        return find(&names, name).map(|name| Some(name.to_owned()));
    }
    let is_sealed = |name: &&&str| {
        let found = folder.files(name).into_iter().flatten().map(|(file, content)| (file, content.sum()));
        let recorded = lock.files(name).into_iter().flatten().map(|(file, sum)| (file, *sum));
        found.eq(recorded)
    };
    let open: Vec<&str> = names.iter().filter(|name| !is_sealed(name)).copied().collect();
    match open.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).to_owned())),
        several => Err(CliError::usage(format!("several migrations are not as recorded: {}", listed(several)))
            .hint("say which: `cargo xtask seal NAME`")),
    }
}

fn contents(folder: &Folder, name: &str) -> Vec<(String, Vec<u8>)> {
    StoredMigration::of(folder, name).into_iter().flat_map(|migration| migration.files).collect()
}

/// People write SQL; what it does to the schema is recorded by the tool, and the state follows it.
fn refuse_other_operations(folder: &Folder, lock: &Lock, name: &str) -> Result<()> {
    let recorded = lock.sum(name, RECORD);
    let found = folder.files(name).and_then(|files| files.get(RECORD));
    let (Some(recorded), Some(found)) = (recorded, found) else { return Ok(()) };
    let path = folder.path(&format!("{name}/{RECORD}"));
    let text = String::from_utf8_lossy(found.bytes());
    // Declaring it by hand is what this command does as well.
    let is_declared = || {
        let Ok(record) = record::read(&path, &text) else { return false };
        record::write(&record) == text
            && sum(record::write(&Record { manual: false, manual_reason: None, ..record }).as_bytes()) == recorded
    };
    if found.sum() == recorded || is_declared() {
        return Ok(());
    }
    Err(CliError::check(format!("`{path}` was edited: operations are recorded, only SQL is written by hand"))
        .hint("restore the file")
        .hint(format!(
            "for other operations change the snapshots, delete `{}` and run `cargo xtask makemigrations --manual`",
            folder.path(name)
        )))
}

/// The record with `manual = true`, when it has to say so and does not yet.
fn declared(
    context: &Context<'_>,
    folder: &Folder,
    name: &str,
    dialect: Dialect,
    arguments: &Seal,
) -> Result<Option<String>> {
    let Some(files) = folder.files(name) else { return Ok(None) };
    let Some(file) = files.get(RECORD) else {
        refuse_reason(arguments, name)?;
        let number = DirectoryName::parse(name).number.unwrap_or_default();
        return Ok(Some(record::write(&Record { manual: true, ..Record::new(number, dialect, Vec::new()) })));
    };
    let path = folder.path(&format!("{name}/{RECORD}"));
    let text = String::from_utf8_lossy(file.bytes()).into_owned();
    let record = match record::read(&path, &text) {
        Ok(record) => record,
        Err(errors) => {
            let texts = Texts::from([(path.as_str(), text.as_str())]);
            context.report(&errors, &texts, "the migration cannot be sealed")?;
            return Ok(None);
        }
    };
    if record.is_stand_in() {
        let declared = declared_squashed(folder, name, dialect, &record, arguments)?;
        return Ok(declared.filter(|declared| *declared != record).map(|declared| record::write(&declared)));
    }
    refuse_reason(arguments, name)?;
    if record.manual || is_generated(folder, name, dialect, &record) {
        return Ok(None);
    }
    Ok(Some(record::write(&Record { manual: true, ..record })))
}

/// The record of a squashed migration, with the reason for what people changed of its SQL; without one where nothing is
/// changed. `None` where it stays.
fn declared_squashed(
    folder: &Folder,
    name: &str,
    dialect: Dialect,
    record: &Record,
    arguments: &Seal,
) -> Result<Option<Record>> {
    let migrations = Migrations::of(folder)?;
    let changed = squashed::changed_files(folder, dialect, &migrations, name);
    let is_declared = matches!(declaration::of(folder, name, record), Declaration::Valid(_));
    let is_changed = changed.as_ref().is_none_or(|files| !files.is_empty());
    // What is merged changes no more than it has to.
    if arguments.force && (!is_changed || is_declared) {
        return Ok(None);
    }
    if !is_changed {
        refuse_reason(arguments, name)?;
        return Ok(Some(Record { manual: false, manual_reason: None, ..record.clone() }));
    }
    let Some(reason) = arguments.reason.as_deref() else {
        if is_declared {
            return Ok(None);
        }
        let file = changed.as_ref().and_then(|files| files.first()).copied().unwrap_or(STAND_IN);
        let message = format!(
            "`{name}/{file}` is not what the {} migrations do that it stands for, and new databases run it in their place",
            record.replaces.len()
        );
        return Err(CliError::check(message)
            .hint(format!("if it was changed by hand on purpose: `cargo xtask seal {name} --reason TEXT`"))
            .hint(format!("if not: {}", squashed::again(&record.replaces))));
    };
    let Some(reason) = declaration::declare(folder, name, reason) else {
        return Err(
            CliError::usage("the reason is empty").hint("say why the SQL was changed by hand: every report prints it")
        );
    };
    Ok(Some(Record { manual: true, manual_reason: Some(reason), ..record.clone() }))
}

/// Only what is merged, and what stands for that, changes for a reason.
fn refuse_reason(arguments: &Seal, name: &str) -> Result<()> {
    if arguments.reason.is_none() || arguments.force {
        return Ok(());
    }
    let message = format!(
        "`{name}` needs no reason: that is for what is merged, and for squashed migrations whose SQL was changed by hand"
    );
    Err(CliError::usage(message).hint(format!("cargo xtask seal {name}")))
}

/// Whether the SQL is what the operations give.
fn is_generated(folder: &Folder, name: &str, dialect: Dialect, record: &Record) -> bool {
    let Ok(migrations) = Migrations::of(folder) else { return false };
    let before: Vec<_> = migrations.all.into_iter().take_while(|recorded| recorded.name != *name).collect();
    let Ok(before) = Migrations::recorded(before).replay(dialect) else { return false };
    let Ok(generated) = migration::files(&before, record) else { return false };
    let expected: BTreeSet<_> =
        generated.entries().map(|(file, text)| (file.to_owned(), sum(text.as_bytes()))).collect();
    let found = folder.files(name).into_iter().flatten();
    found.map(|(file, content)| (file.clone(), content.sum())).collect::<BTreeSet<_>>() == expected
}

/// What the gate would say about the sealed migration alone.
fn sealed(name: &str, lock: &Lock, files: &[(String, Vec<u8>)], shown_as: &str) -> Vec<Finding> {
    let migration = StoredMigration { name: name.to_owned(), files: files.to_vec() };
    let folder = folder_of(Some(lock.render()), [migration], shown_as);
    verify(&folder).into_iter().filter(|finding| finding.migration.as_deref() == Some(name)).collect()
}

fn refuse(terminal: &Terminal, findings: &[Finding]) -> Result<()> {
    terminal.findings(findings);
    if gate::passes(findings) { Ok(()) } else { Err(gate::failure(findings)) }
}
