//! `migrate`: applies pending migrations; an older target is the way down, with all that `migrate:down` asks.

use std::collections::BTreeSet;

use makemigrations_plan::migration::STAND_IN;
use makemigrations_run::{Direction, MigrateOptions, Source, Step, Target, migrate, plan};
use serde_json::json;

use super::{migrate_down, showmigrations};
use crate::{
    arguments::{Format, Migrate, MigrateDown},
    error::Result,
    terminal::{Terminal, progress::Progress},
    workflow::{context::Context, database, fake_initial},
};

pub(crate) fn run(context: &Context<'_>, arguments: &Migrate) -> Result<()> {
    let target = arguments.to.as_deref().map_or(Ok(Target::Latest), |to| database::target(context, to))?;
    let folder = context.migrations();
    let source = Source::Folder(&folder);
    let mut database = database::connect(context)?;
    if arguments.plan {
        let steps = plan(&mut database, &source, &target)?;
        show(context.terminal, &steps);
        return Ok(());
    }
    if let (Some(to), false) = (&arguments.to, arguments.fake) {
        let steps = plan(&mut database, &source, &target)?;
        if steps.iter().any(|step| step.direction == Direction::Down) {
            drop(database);
            let down = MigrateDown { to: Some(to.clone()), wait: arguments.wait, ..MigrateDown::default() };
            return migrate_down::run(context, &down);
        }
    }
    let faked = match arguments.fake_initial {
        true => fake_initial::existing(context, &mut database, &source)?,
        false => BTreeSet::new(),
    };
    let lock_timeout = arguments.wait.lock_timeout();
    let timeouts = context.settings.timeouts.clone();
    let options = MigrateOptions { target, fake: arguments.fake, one_by_one: false, faked, lock_timeout, timeouts };
    let report = {
        let mut progress = Progress::new(context.terminal, arguments.fake);
        migrate(&mut database, &source, &options, &mut progress)?
    };
    let url = database.url();
    context.terminal.say(&match report.done.len() {
        0 => format!("nothing to apply: `{url}` is up to date"),
        1 => format!("1 migration applied to `{url}`"),
        count => format!("{count} migrations applied to `{url}`"),
    });
    Ok(())
}

/// The steps that would run, one per line, or as one document.
pub(super) fn show(terminal: &Terminal, steps: &[Step]) {
    if terminal.format == Format::Json {
        let steps: Vec<_> = steps
            .iter()
            .map(|step| {
                let direction = match step.direction {
                    Direction::Up => "up",
                    Direction::Down => "down",
                };
                let mut shown = json!({ "direction": direction, "instead_of": step.instead_of, "name": step.name, "version": step.version });
                if let Some(reason) = &step.manual_reason {
                    shown["manual_reason"] = json!(reason);
                }
                shown
            })
            .collect();
        return terminal.data(&format!("{:#}", json!({ "format": 1, "steps": steps })));
    }
    if steps.is_empty() {
        terminal.say("nothing to apply");
    }
    for step in steps {
        let verb = match step.direction {
            Direction::Up => "apply",
            Direction::Down => "revert",
        };
        let instead =
            step.range().map(|range| format!("/{STAND_IN}, instead of {} migrations: {range}", step.instead_of.len()));
        let by_hand = showmigrations::changed_by_hand(step.manual_reason.as_deref());
        terminal.data(&format!("{verb} {}{}{by_hand}", step.name, instead.unwrap_or_default()));
    }
}
