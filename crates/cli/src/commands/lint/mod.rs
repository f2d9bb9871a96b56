//! `lint`: hazards in migrations, with what is recorded around each. Must not have rules, and without `--locks` needs no
//! database.

mod locks;

use std::{cell::RefCell, collections::BTreeSet};

use makemigrations_gate::{Folder, Lock};
use makemigrations_lint::{Direction, Finding, Level, Levels, Linter, Migration, Origin, Rule, SqlFile};
use makemigrations_plan::{
    migration::{self, STAND_IN},
    model::{Dialect, Schema},
    record::Record,
};

use crate::{
    arguments::Lint,
    error::{CliError, Result},
    terminal::Paint,
    workflow::{catalogue, context::Context, gate},
    workspace::migrations::{Migrations, find, runs_in_transaction},
};

const UP: &str = "up.sql";
const DOWN: &str = "down.sql";
/// What helps where a finding is meant so.
const EXCUSE: &str = "a statement that is right as it is: `-- lint:allow RULE reason=\"...\"` on the line before it";

pub(crate) fn run(context: &Context<'_>, arguments: &Lint) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = context.dialect(&lock)?;
    if !has_rules(dialect) {
        context.terminal.hazards(&[]);
        context.terminal.say("nothing to lint: on SQLite one writer at a time has the whole file, whatever it does");
        return Ok(());
    }
    let migrations = Migrations::of(&folder)?;
    // Says what is wrong with the records.
    catalogue::recorded(context.terminal, dialect, &migrations, migrations.all.len())?;
    let merged = context.merged();
    let frozen = gate::merged_names(&merged);
    let asked = asked(&migrations, &frozen, arguments)?;
    if arguments.locks {
        return locks::run(context, dialect, &migrations, &folder, &asked, arguments.scratch_url.as_deref());
    }
    // Where nobody knows what is merged, no table is new but in the migration that makes it.
    let base = if merged.unknown.is_some() { Base::Unknown } else { Base::Known(&frozen) };
    if let Some(unknown) = &merged.unknown {
        let message =
            format!("what is merged cannot be determined ({}): each migration is judged on its own", unknown.reason);
        context.terminal.warning(&message, Some(&unknown.hint));
    }
    let findings = findings(&folder, dialect, &migrations, base, &asked, &context.settings.lint)?;
    context.terminal.hazards(&findings);
    let errors = count(&findings, Level::Error);
    let (warnings, looked) = (count(&findings, Level::Warning), plural(asked.len(), "migration"));
    if errors > 0 {
        let others = if warnings > 0 { format!(" and {}", plural(warnings, "warning")) } else { String::new() };
        return Err(CliError::check(format!("{}{others} in {looked}", plural(errors, "error"))).hint(EXCUSE));
    }
    let good = context.terminal.paint(Paint::Good, "linted:");
    let found = if warnings > 0 { plural(warnings, "warning") } else { "no hazards".to_owned() };
    context.terminal.say(&format!("{good} {looked}, {found}"));
    Ok(())
}

/// The part of `check`: unmerged migrations. What the generator itself writes is a warning here, unless the workspace wants
/// its changes online or sets the rule. Where git cannot tell, the gate says so, and all are taken for one branch.
pub(super) fn check(
    context: &Context<'_>,
    folder: &Folder,
    dialect: Dialect,
    migrations: &Migrations,
    frozen: &BTreeSet<String>,
) -> Result<()> {
    if !has_rules(dialect) {
        return Ok(());
    }
    let levels = &context.settings.lint;
    let asked = asked(migrations, frozen, &Lint::default())?;
    let mut findings = findings(folder, dialect, migrations, Base::Known(frozen), &asked, levels)?;
    for finding in &mut findings {
        let stays = Rule::find(finding.rule).is_some_and(|rule| {
            levels.chosen(rule).is_some() || (context.settings.online.is_default && rule.has_online_form())
        });
        if finding.is_generated && !stays {
            finding.level = finding.level.min(Level::Warning);
        }
    }
    if findings.is_empty() {
        return Ok(());
    }
    context.terminal.hazards_beside(&findings);
    match count(&findings, Level::Error) {
        0 => Ok(()),
        errors => {
            Err(CliError::check(format!("the migrations did not pass the lint: {}", plural(errors, "error")))
                .hint(EXCUSE))
        }
    }
}

/// Whether there is anything to find: SQLite has one lock, and whatever writes takes it.
fn has_rules(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => true,
        Dialect::Sqlite => false,
    }
}

fn count(findings: &[Finding], level: Level) -> usize {
    findings.iter().filter(|finding| finding.level == level).count()
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The migrations that are asked about, by their place.
fn asked(migrations: &Migrations, frozen: &BTreeSet<String>, arguments: &Lint) -> Result<BTreeSet<usize>> {
    let names: Vec<&str> = migrations.all.iter().map(|recorded| recorded.name.as_str()).collect();
    if !arguments.migrations.is_empty() {
        let place = |text: &String| {
            let name = find(&names, text)?;
            Ok(names.iter().position(|other| *other == name).unwrap_or_default())
        };
        return arguments.migrations.iter().map(place).collect();
    }
    let wanted = |name: &&str| arguments.all || !frozen.contains(*name);
    Ok(names.iter().enumerate().filter(|(_, name)| wanted(name)).map(|(place, _)| place).collect())
}

/// What is merged.
#[derive(Clone, Copy)]
enum Base<'b> {
    /// These migrations: what comes after them is one branch, whose tables nobody uses yet.
    Known(&'b BTreeSet<String>),
    /// Nobody knows.
    Unknown,
}

/// What is found in the migrations that are asked about. Those between them are looked at as well: what they make is new.
fn findings(
    folder: &Folder,
    dialect: Dialect,
    migrations: &Migrations,
    base: Base<'_>,
    asked: &BTreeSet<usize>,
    levels: &Levels,
) -> Result<Vec<Finding>> {
    let Some(first_asked) = asked.first().copied() else { return Ok(Vec::new()) };
    let is_unmerged = |place: &usize| match base {
        Base::Known(frozen) => !frozen.contains(&migrations.all[*place].name),
        Base::Unknown => false,
    };
    // Tables of the unmerged migrations before those that are asked about are new as well.
    let first = (0..=first_asked).find(is_unmerged).unwrap_or(first_asked).min(first_asked);
    let text = |place: usize, file: &str| text(folder, &migrations.all[place].name, file);
    let ups: Vec<(usize, String)> =
        (first..migrations.all.len()).map(|place| (place, text(place, UP).unwrap_or_default())).collect();
    let earlier = earlier(&ups, first, &text);
    let earlier: Vec<&str> = earlier.iter().map(String::as_str).collect();
    let named = ups.iter().map(|(place, text)| (migrations.all[*place].name.as_str(), text.as_str()));
    let linter = RefCell::new(Linter::new(levels, &earlier, named));
    let mut found = Vec::new();
    let mut place = first;
    let visited = migrations.each_from(first, dialect, |recorded, record, before| {
        let up = &ups[place - first].1;
        let other = if record.is_stand_in() { STAND_IN } else { DOWN };
        let other_text = text(place, other).unwrap_or_default();
        let file = |name: &str, text, direction| SqlFile {
            path: folder.path(&format!("{}/{name}", recorded.name)),
            text,
            direction,
        };
        let migration = Migration {
            name: &recorded.name,
            files: vec![file(UP, up.as_str(), Direction::Up), file(other, other_text.as_str(), Direction::Other)],
            in_transaction: text(place, "metadata.toml").is_none_or(|metadata| runs_in_transaction(&metadata)),
            before,
            // What a baseline says is there already.
            operations: if record.baseline { &[] } else { &record.operations },
            origin: origin(record, before),
            is_merged: !is_unmerged(&place),
        };
        let new = linter.borrow_mut().next(&migration);
        if asked.contains(&place) {
            found.extend(new);
        }
        place += 1;
        Ok(())
    });
    match visited {
        Ok(()) => Ok(found),
        Err(errors) => {
            let first = errors.first().map_or_else(String::new, |error| error.message.clone());
            Err(CliError::usage(format!("the recorded migrations cannot be replayed: {first}")))
        }
    }
}

/// Who wrote the SQL, and what the generator would have written.
fn origin(record: &Record, before: &Schema) -> Origin {
    if !record.manual {
        return Origin::Generated;
    }
    let generated = Record { manual: false, ..record.clone() };
    let files = migration::files(before, &generated).ok().filter(|_| !record.operations.is_empty());
    Origin::Written(files.map(|files| files.up).unwrap_or_default())
}

/// The texts of migrations before `first` that a `SET NOT NULL` may rely on: only SQL says what is validated.
fn earlier(ups: &[(usize, String)], first: usize, text: &impl Fn(usize, &str) -> Option<String>) -> Vec<String> {
    let asks = ups.iter().any(|(_, text)| text.to_ascii_uppercase().contains("SET NOT NULL"));
    if !asks {
        return Vec::new();
    }
    let texts = (0..first).filter_map(|place| text(place, UP));
    texts.filter(|text| ["NOT VALID", "VALIDATE CONSTRAINT"].iter().any(|words| text.contains(words))).collect()
}

fn text(folder: &Folder, name: &str, file: &str) -> Option<String> {
    let bytes = folder.files(name)?.get(file)?.bytes();
    Some(String::from_utf8_lossy(bytes).into_owned())
}
