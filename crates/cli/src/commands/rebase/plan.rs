//! Which migrations move, and what becomes of them. Must not write, and asks no database.

use std::collections::BTreeMap;

use makemigrations_plan::{
    branch::{self, Fitted, Misfit, builds_on},
    diff::Answers,
    migration::Stamp,
    operation::Operation,
};

use super::{
    merge_state::MergeState,
    migration_line::{Conflict, MigrationLine, OwnMigration},
    regenerate,
};
use crate::{
    error::{CliError, Result},
    workflow::context::Context,
    workspace::stored_migration::StoredMigration,
};

/// What becomes of the migrations that are not merged.
#[derive(Debug)]
pub(super) struct Plan {
    /// Those that stay, by name.
    pub(super) kept: Vec<String>,
    pub(super) moves: Vec<Move>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
    /// The line with all of it.
    pub(super) line: MigrationLine,
}

/// Migrations that go, and what comes in their place.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) from: String,
    /// Nothing when all of it has been made by others, or is in another one.
    pub(super) to: Vec<StoredMigration>,
    /// The new migration of another move that has what it did.
    pub(super) within: Option<String>,
}

impl Plan {
    pub(super) fn new(line: MigrationLine) -> Self {
        Self { kept: Vec::new(), moves: Vec::new(), notes: Vec::new(), line }
    }

    /// The folders that come.
    pub(super) fn new_ones(&self) -> Vec<StoredMigration> {
        self.moves.iter().flat_map(|step| step.to.iter().cloned()).collect()
    }
}

/// Plans the new line. With `is_proven`, only migrations of which the operations show that they cannot matter to each
/// other get a new number, and nothing else about them changes.
///
/// What clashes is written anew, with the answers that are `given`, when all else is in order.
pub(super) fn plan(context: &Context<'_>, merge_state: &MergeState, given: &Answers, is_proven: bool) -> Result<Plan> {
    let own = merge_state.own();
    let candidates =
        own.iter().map(|recorded| OwnMigration::read(merge_state, recorded)).collect::<Result<Vec<_>>>()?;
    let mut anew = BTreeMap::new();
    loop {
        match attempt(context, merge_state, (&candidates, &anew), given, is_proven)? {
            Attempt::Planned(plan) => return Ok(*plan),
            Attempt::Anew(more) => anew.extend(more),
        }
    }
}

/// What comes of laying the migrations one after the other.
enum Attempt {
    Planned(Box<Plan>),
    /// Steps of one change, of which one clashes: all of them are written anew. By name, with what is said about it.
    Anew(BTreeMap<String, String>),
}

fn attempt(
    context: &Context<'_>,
    merge_state: &MergeState,
    (candidates, anew): (&[OwnMigration], &BTreeMap<String, String>),
    given: &Answers,
    is_proven: bool,
) -> Result<Attempt> {
    let now = Stamp::at(context.environment.now()?);
    let mut plan = Plan::new(MigrationLine::start(merge_state, merge_state.frozen(), now)?);
    // Those that clash: what they were made for comes last, and the others keep what they do.
    let mut open: Vec<&OwnMigration> = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        plan.line.refuse_rival(candidate)?;
        if let Some(note) = anew.get(&candidate.name) {
            plan.line.refuse_undeclared(candidate)?;
            plan.notes.push(note.clone());
            open.push(candidate);
            continue;
        }
        if let Some(twin) = twin(merge_state, &plan, candidates, index) {
            plan.notes
                .push(format!("`{}` and `{twin}` are one migration, which two have given a number", candidate.name));
            plan.moves.push(Move { from: candidate.name.clone(), to: Vec::new(), within: Some(twin) });
            continue;
        }
        if open.is_empty() && plan.line.fits(candidate) {
            plan.line.append(candidate)?;
            plan.kept.push(candidate.name.clone());
            continue;
        }
        if candidate.record.baseline && plan.line.has_baseline() {
            plan.notes.push(format!("`{}` goes: what is merged is adopted already", candidate.name));
            plan.moves.push(Move { from: candidate.name.clone(), to: Vec::new(), within: None });
            continue;
        }
        plan.line.refuse_undeclared(candidate)?;
        if is_proven {
            prove(&plan.line, candidate)?;
        }
        match fitted(&plan.line, candidate).and_then(|fitting| stands_alone(candidate, &open).map(|()| fitting)) {
            Ok((operations, notes)) => {
                plan.notes.extend(notes);
                put(&mut plan, candidate, operations)?;
            }
            Err(conflict) if candidate.record.manual => return Err(by_hand(&conflict)),
            Err(conflict) => {
                let note = format!("{}: written anew from the snapshots", conflict.text());
                // What people's SQL depends on is not known: it keeps its place after this one.
                let is_last = !candidates[index + 1..].iter().any(is_by_hand);
                let steps = steps_of_change(candidates, index);
                if is_last && steps.len() > 1 && !steps.iter().any(is_by_hand) {
                    let with = |step: &OwnMigration| {
                        let note = match step.name == candidate.name {
                            true => note.clone(),
                            false => format!("`{}` is written anew with `{}`: one change", step.name, candidate.name),
                        };
                        (step.name.clone(), note)
                    };
                    return Ok(Attempt::Anew(steps.iter().map(with).collect()));
                }
                plan.notes.push(note);
                if !is_last {
                    let plan = regenerate::plan(context, merge_state, plan, (candidates, index), given)?;
                    return Ok(Attempt::Planned(Box::new(plan)));
                }
                open.push(candidate);
            }
        }
    }
    regenerate::rest(context, merge_state, &mut plan, &open, given)?;
    Ok(Attempt::Planned(Box::new(plan)))
}

fn is_by_hand(candidate: &OwnMigration) -> bool {
    candidate.record.manual || candidate.record.is_stand_in()
}

/// The steps of the online change that the candidate at `index` is one of, as far as they follow one another.
fn steps_of_change(candidates: &[OwnMigration], index: usize) -> &[OwnMigration] {
    let follows = |earlier: &OwnMigration, later: &OwnMigration| match (earlier.record.step, later.record.step) {
        (Some(one), Some(other)) => one.of == other.of && one.number + 1 == other.number,
        _ => false,
    };
    let mut start = index;
    while start > 0 && follows(&candidates[start - 1], &candidates[start]) {
        start -= 1;
    }
    let mut end = index + 1;
    while end < candidates.len() && follows(&candidates[end - 1], &candidates[end]) {
        end += 1;
    }
    &candidates[start..end]
}

/// The migration that is the same as the candidate at `index`, and stays or has come in its place already: one of the two
/// is enough. One that can stay is taken before one that would have to move.
fn twin(merge_state: &MergeState, plan: &Plan, candidates: &[OwnMigration], index: usize) -> Option<String> {
    let candidate = &candidates[index];
    let is_twin =
        |other: &&OwnMigration| other.is_twin_of(candidate) && merge_state.are_renumbered(&candidate.name, &other.name);
    let twins = |others: &[OwnMigration]| others.iter().filter(is_twin).cloned().collect();
    let (earlier, later): (Vec<OwnMigration>, Vec<OwnMigration>) =
        (twins(&candidates[..index]), twins(&candidates[index + 1..]));
    let became = |twin: &OwnMigration| {
        let moved = plan.moves.iter().find(|step| step.from == twin.name);
        moved.map_or(Some(twin.name.clone()), |step| step.to.last().map(|whole| whole.name.clone()))
    };
    let here = plan.line.fits(candidate);
    let stays = later.iter().find(|twin| !here && plan.line.fits(twin)).map(|twin| twin.name.clone());
    earlier.iter().find_map(became).or(stays)
}

/// Moves a migration on top, with these operations.
pub(super) fn put(plan: &mut Plan, candidate: &OwnMigration, operations: Vec<Operation>) -> Result<()> {
    let is_left = !operations.is_empty() || candidate.record.operations.is_empty();
    let to = if is_left { vec![plan.line.renumber(candidate, operations)?] } else { Vec::new() };
    plan.moves.push(Move { from: candidate.name.clone(), to, within: None });
    Ok(())
}

/// The operations that are left to do on top of the line, with notes about the others; or what clashes.
pub(super) fn fitted(
    line: &MigrationLine,
    candidate: &OwnMigration,
) -> std::result::Result<(Vec<Operation>, Vec<String>), Box<Conflict>> {
    let before = candidate.before().unwrap_or(&line.schema);
    let foreign = line.foreign(candidate);
    let theirs: Vec<&Operation> = foreign.iter().map(|(_, operation)| *operation).collect();
    let operations = &candidate.record.operations;
    // What people wrote by hand cannot leave a part of it out.
    let fitted = branch::fitted(before, &line.schema, operations, &theirs, candidate.record.manual);
    let Fitted { left, made } = fitted.map_err(|misfit| {
        let Misfit { operation, theirs, why } = *misfit;
        let theirs = theirs.and_then(|place| foreign.get(place));
        let theirs = theirs.map(|(name, operation)| ((*name).to_owned(), (*operation).clone()));
        let plain = Conflict { ours: (candidate.name.clone(), operation), theirs, why };
        Box::new(if plain.theirs.is_some() { plain } else { line.conflict(candidate).unwrap_or(plain) })
    })?;
    let note = |operation: &Operation| {
        let what = operation.change().describe();
        format!("`{what}` of `{}` has been made already, and is left out", candidate.name)
    };
    let notes = made.iter().map(note).collect();
    if let (Some(why), Some(operation)) = (line.refusal(candidate, &left), candidate.record.operations.first()) {
        let ours = (candidate.name.clone(), operation.clone());
        return Err(Box::new(line.conflict(candidate).unwrap_or(Conflict { ours, theirs: None, why })));
    }
    Ok((left, notes))
}

/// Fails when a migration needs what `open` did before it, which comes after it now. The model knows nothing of names inside
/// SQL.
fn stands_alone(candidate: &OwnMigration, open: &[&OwnMigration]) -> std::result::Result<(), Box<Conflict>> {
    let Some(before) = candidate.before() else { return Ok(()) };
    for earlier in open {
        let Some(below) = earlier.before() else { continue };
        let done = (below, earlier.record.operations.as_slice());
        if let Some(operation) = builds_on(before, &candidate.record.operations, done) {
            let why = format!("it builds on `{}`", earlier.name);
            return Err(Box::new(Conflict { ours: (candidate.name.clone(), operation.clone()), theirs: None, why }));
        }
    }
    Ok(())
}

/// Fails unless a migration and all that it was not made on top of cannot matter to each other.
fn prove(line: &MigrationLine, candidate: &OwnMigration) -> Result<()> {
    let name = &candidate.name;
    let rebase = "if you have read both: `cargo xtask rebase` puts yours on top all the same";
    let refuse = |what: &str| {
        let message = format!("{what}, so whether the two can change places cannot be proven");
        Err(CliError::check(message).hint(rebase))
    };
    if candidate.before().is_none() {
        return refuse(&format!("`{name}` is in no commit that shows what it was made on top of"));
    }
    let opaque = line.opaque(candidate);
    if candidate.record.manual && candidate.record.operations.is_empty() {
        return refuse(&format!("`{name}` is SQL written by hand, without operations"));
    }
    if let Some(other) = opaque {
        return refuse(&format!("`{other}` is SQL written by hand, without operations"));
    }
    match line.conflict(candidate) {
        Some(conflict) => {
            Err(CliError::check(conflict.text())
                .hint("`cargo xtask rebase` writes yours anew on top, from the snapshots"))
        }
        None => Ok(()),
    }
}

pub(super) fn by_hand(conflict: &Conflict) -> CliError {
    let name = &conflict.ours.0;
    CliError::check(format!("{}; its SQL is written by hand, and cannot be written anew", conflict.text())).hint(
        format!("keep its SQL elsewhere, delete `{name}`, and settle the snapshots"),
    )
    .hint("then `cargo xtask rebase`, which rolls it back where it is applied, and `cargo xtask makemigrations --manual`")
}
