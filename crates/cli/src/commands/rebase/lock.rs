//! The lock file as it will be, put together from the lock files of all sides, never from text in conflict; and the gate's
//! word on it before anything is written.

use std::collections::BTreeMap;

use makemigrations_gate::{Lock, Sum, sum};

use super::{merge_state::MergeState, plan::Plan};
use crate::{
    error::Result,
    workflow::{context::Context, gate},
    workspace::stored_migration::{StoredMigration, folder_of},
};

/// The new lock file. What is merged keeps the lines that it has, what is not is recorded as it is.
pub(super) fn lock(merge_state: &MergeState, plan: &Plan) -> Lock {
    let mut lock = Lock::new(merge_state.dialect.as_str());
    let bases = merge_state.bases();
    let all = merge_state.locks();
    let frozen = merge_state.frozen().into_iter().map(|recorded| recorded.name);
    for name in frozen.chain(merge_state.migrations.adopted.iter().cloned()) {
        let here = sums(merge_state, &name);
        let known: Vec<_> = bases.iter().filter_map(|base| base.files(&name)).collect();
        let declares = |lock: &&Lock| lock.overrides().iter().any(|over| over.migration == name);
        let files = match known.first() {
            // Its base has it in another form than is here: only a declared edit may be recorded.
            Some(first) if !known.contains(&&here) && !all.iter().any(|lock| declares(&lock)) => (*first).clone(),
            _ => here,
        };
        record(&mut lock, &name, files);
    }
    merge_state.migrations.adopted.iter().for_each(|name| lock.adopt(name.as_str()));
    // What is merged and gone from here is the gate's to name.
    for base in merge_state.merged.bases.iter().filter_map(|point| point.base.lock.as_ref()) {
        for (name, files) in base.lines().iter().filter(|(name, _)| merge_state.folder.files(name).is_none()) {
            record(&mut lock, name, files.clone());
        }
    }
    plan.kept.iter().for_each(|name| record(&mut lock, name, sums(merge_state, name)));
    for whole in plan.new_ones() {
        whole.files.iter().for_each(|(file, bytes)| lock.record(&whole.name, file, sum(bytes)));
    }
    for over in all
        .iter()
        .flat_map(Lock::overrides)
        .filter(|over| lock.files(&over.migration).is_some())
        .cloned()
        .collect::<Vec<_>>()
    {
        lock.add_override(over.migration, &over.reason);
    }
    lock
}

/// Fails when the gate would not let the new folder through: then something besides the order is wrong.
pub(super) fn judge(context: &Context<'_>, merge_state: &MergeState, plan: &Plan, lock: &Lock) -> Result<()> {
    let stays = |name: &&str| !plan.moves.iter().any(|step| step.from == **name);
    let stay = merge_state.folder.migrations().filter(stays);
    let stay = stay.filter_map(|name| StoredMigration::of(&merge_state.folder, name));
    let folder = folder_of(Some(lock.render()), stay.chain(plan.new_ones()), &context.settings.migrations);
    let findings = gate::findings(context, &folder, &merge_state.merged)?;
    if gate::passes(&findings) {
        return Ok(());
    }
    context.terminal.findings(&findings);
    Err(gate::failure(&findings).hint("settle this first, then the same command again: nothing has been changed"))
}

fn sums(merge_state: &MergeState, name: &str) -> BTreeMap<String, Sum> {
    let files = merge_state.folder.files(name).into_iter().flatten();
    files.map(|(file, content)| (file.clone(), content.sum())).collect()
}

fn record(lock: &mut Lock, name: &str, files: BTreeMap<String, Sum>) {
    files.into_iter().for_each(|(file, sum)| lock.record(name, file, sum));
}
