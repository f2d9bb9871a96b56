//! One's own migrations as one, with what they amount to. Must not touch what is merged, nor fold SQL of people's.

use std::collections::BTreeSet;

use makemigrations_gate::DirectoryName;
use makemigrations_plan::{
    hint::{Hint, UsedHints},
    migration::{self, Stamp},
    operation::Operation,
    squash::squash,
};

use super::{
    merge_state::MergeState,
    migration_line::{self, MigrationLine, OwnMigration},
    plan::{Move, Plan, by_hand, fitted, put},
};
use crate::{
    arguments::Squash,
    error::{CliError, Result},
    settings::Settings,
    workflow::{context::Context, online, planning},
    workspace::stored_migration::StoredMigration,
};

/// Plans the line with the migrations of the range as one; those after it come on top of that.
pub(super) fn plan(context: &Context<'_>, merge_state: &MergeState, arguments: &Squash) -> Result<Plan> {
    let now = Stamp::at(context.environment.now()?);
    let own = merge_state.own();
    let candidates =
        own.iter().map(|recorded| OwnMigration::read(merge_state, recorded)).collect::<Result<Vec<_>>>()?;
    let (first, last) = range(&candidates, arguments)?;
    let mut plan = Plan::new(MigrationLine::start(merge_state, merge_state.frozen(), now)?);
    for candidate in &candidates[..first] {
        if !plan.line.fits(candidate) {
            return Err(CliError::check(format!("`{}` does not fit what is merged", candidate.name))
                .hint("put your migrations on top of it first: `cargo xtask rebase`"));
        }
        plan.line.append(candidate)?;
        plan.kept.push(candidate.name.clone());
    }
    let chosen = &candidates[first..=last];
    let mut as_it_is = plan.line.clone();
    for candidate in chosen {
        as_it_is.refuse_undeclared(candidate)?;
        as_it_is.append(candidate)?;
    }
    if let Some(by_hand) = chosen.iter().find(|candidate| candidate.record.manual) {
        return Err(CliError::check(format!("`{}` has SQL of your own, which cannot be folded", by_hand.name))
            .hint("squash those before it and those after it: `cargo xtask squash FROM TO`"));
    }
    if let Some(other) = chosen.iter().find(|candidate| candidate.record.is_stand_in()) {
        return Err(CliError::check(format!("`{}` stands for merged migrations, and stays by itself", other.name))
            .hint("squash those before it and those after it: `cargo xtask squash FROM TO`"));
    }
    let operations: Vec<Operation> = chosen.iter().flat_map(|one| one.record.operations.clone()).collect();
    append(
        &context.settings,
        &mut plan,
        merge_state,
        chosen,
        &operations,
        arguments.name.as_deref().unwrap_or_default(),
    )?;
    for candidate in &candidates[last + 1..] {
        let (operations, notes) = fitted(&plan.line, candidate).map_err(|conflict| by_hand(&conflict))?;
        plan.notes.extend(notes);
        put(&mut plan, candidate, operations)?;
    }
    Ok(plan)
}

/// The hints that the migrations have used: what they amount to may not say so any more.
fn used_hints(chosen: &[OwnMigration]) -> BTreeSet<Hint> {
    let mut used = UsedHints::default();
    chosen.iter().for_each(|one| used.advance(&one.record.operations, &one.record.used_hints));
    used.iter().cloned().collect()
}

/// Appends what the operations amount to; nothing, when they take each other back.
fn append(
    settings: &Settings,
    plan: &mut Plan,
    merge_state: &MergeState,
    chosen: &[OwnMigration],
    operations: &[Operation],
    name: &str,
) -> Result<()> {
    let refuse = |error: makemigrations_plan::operation::Contradiction| CliError::usage(error.to_string());
    let short = squash(merge_state.dialect, &plan.line.schema, operations).map_err(refuse)?;
    let online = migration_line::online(settings, merge_state, chosen.iter().map(|one| &one.record));
    let groups = online::groups(merge_state.dialect, &plan.line.schema, &short, online.as_ref())?;
    let groups: Vec<_> = groups.into_iter().filter(|group| !group.operations.is_empty()).collect();
    let count = groups.len();
    let change =
        if name.is_empty() { migration::automatic_name(plan.line.next_number(), &short) } else { name.to_owned() };
    let mut to = Vec::with_capacity(count);
    let operations_of_groups: Vec<Vec<Operation>> = groups.iter().map(|group| group.operations.clone()).collect();
    let named = planning::hints_to_name(&plan.line.used_hints(), &operations_of_groups, &used_hints(chosen));
    for (index, (group, used_hints)) in groups.into_iter().zip(named).enumerate() {
        let of_step = group.in_name().map(|(number, word)| migration::step_name(&change, number, word));
        // The name is of the last: one before it only adds the values that it uses.
        let name = of_step.as_deref().unwrap_or(if index + 1 == count { name } else { "" });
        let step = group.recorded_step();
        to.push(plan.line.generate(&chosen[0].name, name, group.operations, used_hints, step)?);
    }
    plan.notes.push(format!("{} operations become {}", operations.len(), short.len()));
    let within = to.last().map(|whole: &StoredMigration| whole.name.clone());
    let gone = chosen[1..].iter().map(|candidate| Move {
        from: candidate.name.clone(),
        to: Vec::new(),
        within: within.clone(),
    });
    plan.moves.push(Move { from: chosen[0].name.clone(), to, within: None });
    plan.moves.extend(gone);
    Ok(())
}

/// The places of the first and the last migration of the range among one's own.
fn range(candidates: &[OwnMigration], arguments: &Squash) -> Result<(usize, usize)> {
    let place = |text: &String| {
        let is_meant = |name: &str| {
            let parts = DirectoryName::parse(name);
            name == text || parts.name == *text || parts.number.is_some_and(|number| text.parse() == Ok(number))
        };
        let found: Vec<_> = (0..candidates.len()).filter(|index| is_meant(&candidates[*index].name)).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(CliError::usage(format!("none of your own migrations is called `{text}`"))),
            _ => Err(CliError::usage(format!("several of your own migrations are called `{text}`"))
                .hint("give the whole name of the folder")),
        }
    };
    // A baseline says what others made, and stays.
    let start = candidates.iter().take_while(|candidate| candidate.record.baseline).count();
    let first = arguments.from.as_ref().map_or(Ok(start), place)?;
    let last = arguments.to.as_ref().map_or(Ok(candidates.len().saturating_sub(1)), place)?;
    if candidates.is_empty() || first >= last {
        let count = if candidates.is_empty() { 0 } else { (last + 1).saturating_sub(first) };
        let verb = if count == 1 { "is" } else { "are" };
        return Err(CliError::usage(format!("nothing to squash: {count} of your own migrations {verb} in the range"))
            .hint("merged migrations stay as they are; `cargo xtask showmigrations` shows all"));
    }
    Ok((first, last))
}
