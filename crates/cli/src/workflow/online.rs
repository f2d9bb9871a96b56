//! Changes as online steps: which tables are in use, and the records that the steps come to. Must not write.

use std::collections::BTreeSet;

use makemigrations_plan::{
    dialect,
    model::{Dialect, Schema},
    online::{self, Online},
    operation::Operation,
    record::OnlineStep,
};

use super::{context::Context, gate};
use crate::{
    error::{CliError, Result},
    git::base::Merged,
    settings::Settings,
    workspace::migrations::Migrations,
};

/// The operations of one migration to come.
pub(crate) struct Group {
    pub(crate) operations: Vec<Operation>,
    /// Which step of an online change it is, with what the folder's name says of it.
    pub(crate) step: Option<(OnlineStep, &'static str)>,
}

impl Group {
    /// The step as a record has it.
    pub(crate) fn recorded_step(&self) -> Option<OnlineStep> {
        self.step.map(|(step, _)| step)
    }

    /// The number and word of a step in the folder's name; none where there is only one.
    pub(crate) fn in_name(&self) -> Option<(u32, &'static str)> {
        self.step.filter(|(step, _)| step.of > 1).map(|(step, word)| (step.number, word))
    }
}

/// How changes are made online, when they are: the flag decides, else the setting.
///
/// # Errors
/// Where the flag asks for it on a database that has nothing of the kind.
pub(crate) fn of(
    context: &Context<'_>,
    dialect: Dialect,
    migrations: &Migrations,
    flag: Option<bool>,
) -> Result<Option<Online>> {
    match dialect {
        Dialect::Postgres => {}
        Dialect::Sqlite if flag == Some(true) => {
            return Err(CliError::usage("`--online` is for PostgreSQL: SQLite has one lock for the whole file")
                .hint("leave the flag out: a migration on SQLite is done before the next program writes"));
        }
        Dialect::Sqlite => return Ok(None),
    }
    if !flag.unwrap_or(context.settings.online.is_default) {
        return Ok(None);
    }
    Ok(Some(with(&context.settings, tables_in_use(&context.merged(), dialect, migrations))))
}

/// With the batches of the settings.
pub(crate) fn with(settings: &Settings, tables: BTreeSet<String>) -> Online {
    let settings = &settings.online;
    Online { tables, batch_size: settings.batch_size, pause_ms: settings.pause_ms }
}

/// How many migrations are merged, from the first on. Where nothing tells what is merged, all count.
pub(crate) fn merged_count(merged: &Merged, migrations: &Migrations) -> usize {
    let mut names = gate::merged_names(merged);
    names.extend(merged.committed.iter().flatten().cloned());
    let is_known = merged.unknown.is_none() && !names.is_empty();
    let count = migrations.all.iter().position(|recorded| is_known && !names.contains(&recorded.name));
    count.unwrap_or(migrations.all.len())
}

/// The tables that merged migrations have made, as they are called after all migrations. Where nothing tells what is merged,
/// all tables count.
pub(crate) fn tables_in_use(merged: &Merged, dialect: Dialect, migrations: &Migrations) -> BTreeSet<String> {
    let count = merged_count(merged, migrations);
    // What cannot be replayed has been reported.
    let schema = migrations.replay_first(count, dialect).unwrap_or_else(|_| Schema::empty(dialect));
    let mut tables: BTreeSet<String> = schema.tables.into_keys().collect();
    for record in migrations.all[count..].iter().filter_map(|recorded| recorded.read().ok()) {
        for operation in &record.operations {
            match operation {
                Operation::RenameTable(rename) if tables.remove(&rename.from) => {
                    tables.insert(rename.to.clone());
                }
                Operation::DropTable(drop) => {
                    tables.remove(&drop.key);
                }
                _ => {}
            }
        }
    }
    tables
}

/// The migrations that a change comes to: one; several where a transaction cannot do it all, or each of them is a step that
/// keeps nobody waiting.
///
/// # Errors
/// What has no online form.
pub(crate) fn groups(
    dialect: Dialect,
    present: &Schema,
    operations: &[Operation],
    online: Option<&Online>,
) -> Result<Vec<Group>> {
    let defect =
        |error: &dyn std::fmt::Display| CliError::usage(format!("defect in makemigrations, please report it: {error}"));
    let parts = dialect::split(dialect, present, operations).map_err(|error| defect(&error))?;
    let Some(online) = online else {
        return Ok(parts.into_iter().map(|operations| Group { operations, step: None }).collect());
    };
    let mut before = present.clone();
    let mut steps = Vec::new();
    for part in parts {
        steps.extend(online::steps(&before, &part, online).map_err(|reasons| refused(&reasons))?);
        part.iter().try_for_each(|operation| operation.apply(&mut before)).map_err(|error| defect(&error))?;
    }
    if let [only] = steps.as_slice()
        && !only.is_online
    {
        return Ok(steps.into_iter().map(|step| Group { operations: step.operations, step: None }).collect());
    }
    let of = u32::try_from(steps.len()).map_err(|error| defect(&error))?;
    let numbered = (1..).zip(steps).map(|(number, step)| {
        let numbered = OnlineStep { number, of, is_online: step.is_online };
        Group { operations: step.operations, step: Some((numbered, step.name)) }
    });
    Ok(numbered.collect())
}

fn refused(reasons: &[String]) -> CliError {
    let title = "a part of this change keeps others waiting, and has no form that does not";
    let message = match reasons {
        [one] => format!("{title}: {one}"),
        several => format!("{title}:\n  {}", several.join("\n  ")),
    };
    CliError::usage(message).hint("to lock the tables while it is made: `cargo xtask makemigrations --no-online`")
}
