//! What clashes as one migration, from the snapshots, with the answers that were given before. Must not write.

use makemigrations_plan::{
    branch::{RecordedAnswers, recorded_answers, with_given},
    diff::Answers,
    migration,
    model::Schema,
    operation::Operation,
};

use super::{
    merge_state::MergeState,
    migration_line::{self, MigrationLine, OwnMigration},
    plan::{Move, Plan, by_hand, fitted, put},
};
use crate::{
    error::{CliError, Result},
    terminal::questions::Asking,
    workflow::{
        context::Context,
        deferred, online,
        planning::{self, Halt},
    },
    workspace::migrations::Migrations,
    workspace::view::View,
};

/// Plans everything again from the first migration that moved, for SQL of people's that comes after what clashes; `so_far`
/// is the plan up to the one at `index`, which does not fit. Those appended before it were made for the same line, and may hold
/// half of what the snapshots say now.
pub(super) fn plan(
    context: &Context<'_>,
    merge_state: &MergeState,
    so_far: Plan,
    (candidates, index): (&[OwnMigration], usize),
    given: &Answers,
) -> Result<Plan> {
    let notes = so_far.notes;
    let kept = so_far.kept;
    let moved: Vec<&OwnMigration> = candidates.iter().filter(|candidate| !kept.contains(&candidate.name)).collect();
    let now = makemigrations_plan::migration::Stamp::at(context.environment.now()?);
    let mut plan = Plan { notes, ..Plan::new(MigrationLine::start(merge_state, merge_state.frozen(), now)?) };
    for candidate in candidates.iter().take(index).filter(|candidate| kept.contains(&candidate.name)) {
        plan.line.append(candidate)?;
        plan.kept.push(candidate.name.clone());
    }
    moved.iter().try_for_each(|candidate| plan.line.refuse_undeclared(candidate))?;
    let operations: Vec<&Operation> = moved.iter().flat_map(|candidate| &candidate.record.operations).collect();
    let answers = recorded_answers(&operations);
    let is_fixed = |candidate: &OwnMigration| candidate.record.manual || candidate.record.is_stand_in();
    let is_alone = moved.iter().filter(|candidate| !is_fixed(candidate)).count() == 1;
    let mut generated = None;
    for (place, candidate) in moved.iter().enumerate() {
        if is_fixed(candidate) {
            let (operations, notes) = fitted(&plan.line, candidate).map_err(|conflict| by_hand(&conflict))?;
            plan.notes.extend(notes);
            put(&mut plan, candidate, operations)?;
        } else if let Some(within) = &generated {
            plan.moves.push(Move { from: candidate.name.clone(), to: Vec::new(), within: Clone::clone(within) });
        } else {
            generate(
                context,
                merge_state,
                &mut plan,
                &moved[place..],
                &moved[place + 1..],
                (&answers, given),
                is_alone,
            )?;
            let last = plan.moves.last().and_then(|step| step.to.last());
            generated = Some(last.map(|whole| whole.name.clone()));
        }
    }
    Ok(plan)
}

/// Appends what is left between the line and the snapshots in the place of those that clash.
pub(super) fn rest(
    context: &Context<'_>,
    merge_state: &MergeState,
    plan: &mut Plan,
    open: &[&OwnMigration],
    given: &Answers,
) -> Result<()> {
    let Some((_, others)) = open.split_first() else { return Ok(()) };
    let operations: Vec<&Operation> = open.iter().flat_map(|candidate| &candidate.record.operations).collect();
    let answers = recorded_answers(&operations);
    generate(context, merge_state, plan, open, &[], (&answers, given), others.is_empty())?;
    let within = plan.moves.last().and_then(|step| step.to.last()).map(|whole| whole.name.clone());
    let others = others.iter().map(|other| Move { from: other.name.clone(), to: Vec::new(), within: within.clone() });
    plan.moves.extend(others);
    Ok(())
}

/// Appends what leads from the line to the snapshots, without what the later migrations by hand do.
fn generate(
    context: &Context<'_>,
    merge_state: &MergeState,
    plan: &mut Plan,
    replaced: &[&OwnMigration],
    later: &[&OwnMigration],
    (answers, given): (&RecordedAnswers, &Answers),
    is_alone: bool,
) -> Result<()> {
    let Some(candidate) = replaced.first() else { return Ok(()) };
    refuse_unsettled(&context.view, merge_state, candidate)?;
    let frozen = Migrations::recorded(merge_state.frozen());
    let ((), mut loaded) = planning::load(context, merge_state.dialect, &frozen, || ());
    loaded.report_snapshots(context)?;
    let mut state = loaded.into_state(context)?;
    state.present = plan.line.schema.clone();
    state.used = plan.line.used_hints();
    for by_hand in later.iter().rev().filter(|candidate| candidate.record.manual) {
        take_back(&mut state.wanted.schema, by_hand)?;
    }
    let mut answers = with_given(answers, given, &state.present, &state.wanted.schema);
    let planned = loop {
        match planning::plan(context, &state, &answers, None) {
            Ok(plan) => break plan,
            Err(Halt::Error(error)) => return Err(error),
            Err(Halt::Questions(questions)) => {
                let asking = Asking {
                    dialect: merge_state.dialect,
                    may_ask: true,
                    command: "cargo xtask rebase",
                    is_of_snapshots: true,
                };
                context.terminal.answer(&questions, &mut answers, &asking)?;
            }
        }
    };
    let online = migration_line::online(&context.settings, merge_state, replaced.iter().map(|one| &one.record));
    let planned_operations = deferred::in_plan(context, (state.dialect, &state.present), &frozen, planned.operations)?;
    let groups = online::groups(state.dialect, &state.present, &planned_operations, online.as_ref())?;
    // The name of one of several would not say what all of them do.
    let given = Some(makemigrations_gate::DirectoryName::parse(&candidate.name).name).filter(|_| is_alone);
    let change = change(candidate, &planned_operations, plan.line.next_number());
    let last = groups.len().saturating_sub(1);
    let mut to = Vec::new();
    let operations: Vec<Vec<Operation>> = groups.iter().map(|group| group.operations.clone()).collect();
    let named = planning::hints_to_name(&state.used, &operations, &planned.used_hints);
    let groups = groups.into_iter().zip(named).enumerate();
    for (index, (group, used_hints)) in groups.filter(|(_, (group, _))| !group.operations.is_empty()) {
        let of_step = group.in_name().map(|(number, word)| migration::step_name(&change, number, word));
        let name = of_step.as_deref().or(given.as_deref().filter(|_| index == last)).unwrap_or_default();
        let step = group.recorded_step();
        let summary = context.terminal.summary(state.dialect, &plan.line.schema, &group.operations);
        let whole = plan.line.generate(&candidate.name, name, group.operations, used_hints, step)?;
        plan.notes.push(format!("`{}` is written anew:\n{}", whole.name, summary.trim_end()));
        to.push(whole);
    }
    plan.moves.push(Move { from: candidate.name.clone(), to, within: None });
    Ok(())
}

/// What the change is called of which a migration is a step, else what its operations give.
fn change(candidate: &OwnMigration, operations: &[Operation], number: u64) -> String {
    let name = makemigrations_gate::DirectoryName::parse(&candidate.name).name;
    match candidate.record.step {
        Some(step) => migration::name_of_change(&name, step.number).to_owned(),
        None => migration::automatic_name(number, operations),
    }
}

/// Git may have left a file of one side, whole, for a person to decide about: nothing is to be read out of it before.
fn refuse_unsettled(view: &View, merge_state: &MergeState, candidate: &OwnMigration) -> Result<()> {
    let snapshots: Vec<_> = merge_state.sides.unsettled.iter().filter(|path| path.ends_with(".toml")).collect();
    let has_markers = |path: &&&String| {
        let bytes = view.bytes(path).ok().flatten().unwrap_or_default();
        bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"<<<<<<<"))
    };
    // A text that both have changed is settled when the markers are gone; whether a file stays, only git is told.
    let is_open = |path: &&&String| has_markers(path) || merge_state.sides.one_sided.contains(**path);
    let open: Vec<_> = snapshots.iter().filter(is_open).map(|path| format!("`{path}`")).collect();
    if open.is_empty() {
        return Ok(());
    }
    let message = format!(
        "`{}` has to be written anew from the snapshots, and git has not settled {}",
        candidate.name,
        open.join(", ")
    );
    Err(CliError::check(message)
        .hint("decide what it is to be, and tell git: `git add` keeps it, `git rm` takes it away; then this again"))
}

/// Takes a migration back out of a schema that has it.
fn take_back(schema: &mut Schema, candidate: &OwnMigration) -> Result<()> {
    let refuse = |why: String| {
        CliError::check(format!("`{}` is written by hand, and does not fit the snapshots: {why}", candidate.name))
            .hint("keep its SQL elsewhere, delete it, `cargo xtask rebase`, and `cargo xtask makemigrations --manual`")
    };
    let operations = &candidate.record.operations;
    if operations.is_empty() {
        return Ok(());
    }
    let Some(before) = candidate.before() else {
        return Err(refuse("what it was made for is not known".to_owned()));
    };
    let back =
        makemigrations_plan::operation::inverse(before, operations).map_err(|error| refuse(error.to_string()))?;
    back.iter().try_for_each(|operation| operation.apply(schema)).map_err(|error| refuse(error.to_string()))
}
