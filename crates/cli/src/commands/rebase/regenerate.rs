//! What clashes as one migration, from the snapshots, with the answers that were given before. Must not write.

use std::collections::BTreeSet;

use makemigrations_plan::{
    diff::{Answers, Rename, net_renames},
    migration,
    model::Schema,
    operation::Operation,
};

use super::{
    merge_state::MergeState,
    migration_line::{self, Candidate, Line},
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
};

/// Plans everything again from the first migration that moved, for SQL of people's that comes after what clashes; `so_far`
/// is the plan up to the one at `index`, which does not fit. Those laid before it were made for the same line, and may hold
/// half of what the snapshots say now.
pub(super) fn plan(
    context: &Context<'_>,
    merge_state: &MergeState,
    so_far: Plan,
    (candidates, index): (&[Candidate], usize),
    given: &Answers,
) -> Result<Plan> {
    let notes = so_far.notes;
    let kept = so_far.kept;
    let moved: Vec<&Candidate> = candidates.iter().filter(|candidate| !kept.contains(&candidate.name)).collect();
    let now = makemigrations_plan::migration::Stamp::at(context.environment.now()?);
    let mut plan = Plan { notes, ..Plan::new(Line::start(merge_state, merge_state.frozen(), now)?) };
    for candidate in candidates.iter().take(index).filter(|candidate| kept.contains(&candidate.name)) {
        plan.line.keep(candidate)?;
        plan.kept.push(candidate.name.clone());
    }
    moved.iter().try_for_each(|candidate| plan.line.refuse_undeclared(candidate))?;
    let operations: Vec<&Operation> = moved.iter().flat_map(|candidate| &candidate.record.operations).collect();
    let answers = Answers { denied: denied(&operations), ..answers(&operations) };
    let is_fixed = |candidate: &Candidate| candidate.record.manual || candidate.record.is_stand_in();
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

/// Lays what is left between the line and the snapshots in the place of those that clash.
pub(super) fn rest(
    context: &Context<'_>,
    merge_state: &MergeState,
    plan: &mut Plan,
    open: &[&Candidate],
    given: &Answers,
) -> Result<()> {
    let Some((_, others)) = open.split_first() else { return Ok(()) };
    let operations: Vec<&Operation> = open.iter().flat_map(|candidate| &candidate.record.operations).collect();
    let answers = Answers { denied: denied(&operations), ..answers(&operations) };
    generate(context, merge_state, plan, open, &[], (&answers, given), others.is_empty())?;
    let within = plan.moves.last().and_then(|step| step.to.last()).map(|whole| whole.name.clone());
    let others = others.iter().map(|other| Move { from: other.name.clone(), to: Vec::new(), within: within.clone() });
    plan.moves.extend(others);
    Ok(())
}

/// Lays what leads from the line to the snapshots, without what the later migrations by hand do.
fn generate(
    context: &Context<'_>,
    merge_state: &MergeState,
    plan: &mut Plan,
    replaced: &[&Candidate],
    later: &[&Candidate],
    (answers, given): (&Answers, &Answers),
    is_alone: bool,
) -> Result<()> {
    let Some(candidate) = replaced.first() else { return Ok(()) };
    refuse_unsettled(context, merge_state, candidate)?;
    let frozen = Migrations::recorded(merge_state.frozen());
    let ((), mut loaded) = planning::load(context, merge_state.dialect, &frozen, || ());
    loaded.report_snapshots(context)?;
    let mut state = loaded.into_state(context)?;
    state.present = plan.line.schema.clone();
    state.used = plan.line.used_hints();
    for by_hand in later.iter().rev().filter(|candidate| candidate.record.manual) {
        take_back(&mut state.wanted.schema, by_hand)?;
    }
    let mut answers = known(answers, &state.present, &state.wanted.schema);
    answers.no_renames = given.no_renames;
    answers.renames.retain(|rename| !given.renames.iter().any(|other| contradicts(rename, other)));
    answers.renames.extend(given.renames.iter().cloned());
    // The others are of columns that rolling back restores.
    let is_wanted = |(table, column): &(String, String)| {
        state.wanted.schema.tables.get(table).is_some_and(|table| table.columns.contains_key(column))
    };
    let wanted = given.backfills.iter().filter(|(place, _)| is_wanted(place));
    answers.backfills.extend(wanted.map(|(place, sql)| (place.clone(), sql.clone())));
    answers.usings.extend(given.usings.clone());
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
    let online = migration_line::online(context, merge_state, replaced.iter().map(|one| &one.record));
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
fn change(candidate: &Candidate, operations: &[Operation], number: u64) -> String {
    let name = makemigrations_gate::DirectoryName::parse(&candidate.name).name;
    match candidate.record.step {
        Some(step) => migration::name_of_change(&name, step.number).to_owned(),
        None => migration::automatic_name(number, operations),
    }
}

/// Git may have left a file of one side, whole, for a person to decide about: nothing is to be read out of it before.
fn refuse_unsettled(context: &Context<'_>, merge_state: &MergeState, candidate: &Candidate) -> Result<()> {
    let snapshots: Vec<_> = merge_state.sides.unsettled.iter().filter(|path| path.ends_with(".toml")).collect();
    let has_markers = |path: &&&String| {
        let bytes = context.view.bytes(path).ok().flatten().unwrap_or_default();
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
fn take_back(schema: &mut Schema, candidate: &Candidate) -> Result<()> {
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

/// What people have answered when the operations were planned.
fn answers(operations: &[&Operation]) -> Answers {
    let all: Vec<Operation> = operations.iter().map(|operation| (*operation).clone()).collect();
    // From the first name to the last: names in between are nobody's.
    let mut answers = Answers { renames: net_renames(&all), ..Answers::default() };
    for operation in operations {
        match operation {
            Operation::AddColumn(add) => {
                let place = (add.table.clone(), add.column.clone());
                answers.backfills.extend(add.backfill.clone().map(|sql| (place, sql)));
            }
            Operation::BackfillColumn(fill) => {
                let place = (fill.table.clone(), fill.column.clone());
                answers.backfills.insert(place, fill.value.clone());
            }
            Operation::AlterColumn(alter) => {
                let place = || (alter.table.clone(), alter.column.clone());
                answers.backfills.extend(alter.backfill.clone().map(|sql| (place(), sql)));
                match &alter.using {
                    Some(sql) => drop(answers.usings.insert(place(), sql.clone())),
                    None => drop(answers.conversions.insert(place())),
                }
            }
            _ => {}
        }
    }
    answers
}

/// What was dropped and what was added, each with each: that none of it was renamed has been answered.
fn denied(operations: &[&Operation]) -> BTreeSet<Rename> {
    let mut denied = BTreeSet::new();
    for gone in operations {
        for new in operations {
            match (gone, new) {
                (Operation::DropColumn(drop), Operation::AddColumn(add)) if drop.table == add.table => {
                    let (table, from, to) = (add.table.clone(), drop.column.clone(), add.column.clone());
                    denied.insert(Rename::Column { table, from, to });
                }
                (Operation::DropTable(drop), Operation::CreateTable(create)) => {
                    denied.insert(Rename::Table { from: drop.key.clone(), to: create.key.clone() });
                }
                (Operation::DropEnum(drop), Operation::CreateEnum(create)) => {
                    denied.insert(Rename::Enum { from: drop.key.clone(), to: create.key.clone() });
                }
                _ => {}
            }
        }
    }
    denied
}

/// Whether one of two renames has to give way.
fn contradicts(one: &Rename, other: &Rename) -> bool {
    let (of_one, from, to) = names(one);
    let (of_other, other_from, other_to) = names(other);
    of_one == of_other && (from == other_from || to == other_to)
}

/// What a rename is in, as a flag says it, and its names.
fn names(rename: &Rename) -> (Option<&String>, &String, &String) {
    match rename {
        Rename::Table { from, to } | Rename::Enum { from, to } => (None, from, to),
        Rename::Column { table: key, from, to } | Rename::EnumValue { key, from, to } => (Some(key), from, to),
    }
}

/// Whether a rename has been undone since: both names are recorded and both stay, and no other rename is about them.
fn is_moot(renames: &[Rename], place: usize, present: &Schema, wanted: &Schema, was: &impl Fn(&str) -> String) -> bool {
    let rename = &renames[place];
    let (owner, from, to) = names(rename);
    let of_same = || {
        let same = renames.iter().map(names);
        same.filter(move |(other, _, _)| *other == owner)
    };
    has_named(wanted, rename, owner.map(String::as_str), from)
        && has_named(present, rename, owner.map(|owner| was(owner)).as_deref(), to)
        && !of_same().any(|(_, _, other)| other == from)
        && !of_same().any(|(_, other, _)| other == to)
}

/// Whether a schema has something of the kind that a rename is of, under a name.
fn has_named(schema: &Schema, rename: &Rename, owner: Option<&str>, name: &String) -> bool {
    let owner = owner.unwrap_or_default();
    match rename {
        Rename::Table { .. } => schema.tables.contains_key(name),
        Rename::Enum { .. } => schema.enums.contains_key(name),
        Rename::Column { .. } => schema.tables.get(owner).is_some_and(|table| table.columns.contains_key(name)),
        Rename::EnumValue { .. } => schema.enums.get(owner).is_some_and(|item| item.values.contains(name)),
    }
}

/// The answers that still name something: others have changed the rest.
fn known(answers: &Answers, present: &Schema, wanted: &Schema) -> Answers {
    let has_column = |schema: &Schema, table: &str, column: &str| {
        schema.tables.get(table).is_some_and(|table| table.columns.contains_key(column))
    };
    let was = |table: &str| {
        let renamed = answers.renames.iter().find_map(|rename| match rename {
            Rename::Table { from, to } if to == table => Some(from.clone()),
            _ => None,
        });
        renamed.unwrap_or_else(|| table.to_owned())
    };
    let mut known = answers.clone();
    known.renames.retain(|rename| match rename {
        Rename::Table { from, to } => present.tables.contains_key(from) && wanted.tables.contains_key(to),
        Rename::Column { table, from, to } => has_column(present, &was(table), from) && has_column(wanted, table, to),
        Rename::Enum { from, to } => present.enums.contains_key(from) && wanted.enums.contains_key(to),
        Rename::EnumValue { key, from, to } => {
            let has = |schema: &Schema, value| schema.enums.get(key).is_some_and(|item| item.values.contains(value));
            has(present, from) && has(wanted, to)
        }
    });
    // One by one: without the first the next may have nothing left to say either.
    while let Some(place) =
        (0..known.renames.len()).find(|place| is_moot(&known.renames, *place, present, wanted, &was))
    {
        known.renames.remove(place);
    }
    known.backfills.retain(|(table, column), _| has_column(wanted, table, column));
    known.usings.retain(|(table, column), _| has_column(wanted, table, column));
    known
}
