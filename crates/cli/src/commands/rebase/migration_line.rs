//! The line of migrations as it will be: what stays, and what comes on top of it under a new name. Must not read git or
//! write files.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::{DirectoryName, quoted, sum};
use makemigrations_plan::{
    branch::commute::{Clash, commute},
    diagnostic::Diagnostic,
    hint::{Hint, UsedHints},
    history,
    migration::{self, Stamp},
    model::{Dialect, Schema},
    online::Online,
    operation::Operation,
    record::{self, OnlineStep, Record},
};

use super::merge_state::{Below, MergeState};
use crate::{
    error::{CliError, Result},
    settings::Settings,
    workspace::{
        migrations::{Migrations, RECORD, Recorded},
        stored_migration::StoredMigration,
    },
};

/// A migration that may have to move.
#[derive(Debug, Clone)]
pub(super) struct OwnMigration {
    pub(super) name: String,
    pub(super) record: Record,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// What it was made on top of; `None` where that cannot be rebuilt.
    below: Option<Below>,
    is_committed: bool,
}

/// Two migrations that cannot both be made as they are.
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    pub(super) ours: (String, Operation),
    pub(super) theirs: Option<(String, Operation)>,
    pub(super) why: String,
}

/// Migrations in their new order, as far as it is decided.
#[derive(Debug, Clone)]
pub(super) struct MigrationLine {
    pub(super) schema: Schema,
    dialect: Dialect,
    /// The migrations folder, as commands name it.
    path: String,
    /// The folder's name of the last one.
    newest: Option<String>,
    number: u64,
    now: Stamp,
    /// Each migration, under the name that it had, with its record.
    migrations: Vec<(String, Record)>,
}

impl OwnMigration {
    pub(super) fn read(merge_state: &MergeState, recorded: &Recorded) -> Result<Self> {
        let record = recorded.read().map_err(unreadable)?.clone();
        let stored = StoredMigration::of(&merge_state.folder, &recorded.name);
        let files = stored.into_iter().flat_map(|migration| migration.files).collect();
        let mut candidate = Self {
            name: recorded.name.clone(),
            record,
            files,
            below: None,
            is_committed: merge_state.is_committed(&recorded.name),
        };
        let below = merge_state.below(&recorded.name)?;
        // Its own SQL says which of them it was.
        let is_known = below.len() == 1 || candidate.record.manual || candidate.record.is_stand_in();
        candidate.below = below.into_iter().find(|below| is_known || candidate.is_generated_for(&below.schema));
        Ok(candidate)
    }

    /// The schema that it was made for; `None` where that cannot be rebuilt.
    pub(super) fn before(&self) -> Option<&Schema> {
        self.below.as_ref().map(|below| &below.schema)
    }

    /// Whether both are one migration under two numbers: two people on one branch have put it on top of others, each by
    /// themselves.
    pub(super) fn is_twin_of(&self, other: &Self) -> bool {
        let suffix = |candidate: &Self| DirectoryName::parse(&candidate.name).name;
        let sql = |candidate: &Self| {
            let files = candidate.files.iter().filter(|(file, _)| *file != RECORD);
            files.map(|(file, bytes)| (file.clone(), sum(bytes))).collect::<Vec<_>>()
        };
        let same = Record { number: self.record.number, ..other.record.clone() } == self.record;
        suffix(self) == suffix(other) && same && (!self.record.manual || sql(self) == sql(other))
    }

    /// Whether a migration of the line came from elsewhere.
    fn is_foreign(&self, name: &str, record: &Record) -> bool {
        let is_same = |below: &Below| {
            below.names.contains(name) || (!record.operations.is_empty() && below.changes.contains(&record.operations))
        };
        !self.below.as_ref().is_some_and(is_same)
    }

    /// Whether its SQL is what its operations generate for a schema.
    fn is_generated_for(&self, schema: &Schema) -> bool {
        migration::files(schema, &self.record).is_ok_and(|generated| {
            let expected = generated.entries().map(|(file, text)| (file, sum(text.as_bytes())));
            expected.eq(self.files.iter().map(|(file, bytes)| (file.as_str(), sum(bytes))))
        })
    }
}

impl MigrationLine {
    /// The line of what does not change.
    pub(super) fn start(merge_state: &MergeState, frozen: Vec<Recorded>, now: Stamp) -> Result<Self> {
        let mut line = Self {
            schema: Schema::empty(merge_state.dialect),
            dialect: merge_state.dialect,
            path: merge_state.folder.path(""),
            newest: None,
            number: 0,
            now,
            migrations: Vec::new(),
        };
        // They have no records: their baseline says what they made.
        merge_state.migrations.adopted.iter().for_each(|name| line.follow(name));
        for recorded in &frozen {
            let record = recorded.read().map_err(unreadable)?.clone();
            line.follow(&recorded.name);
            line.migrations.push((recorded.name.clone(), record));
        }
        line.schema = Migrations::recorded(frozen).replay(merge_state.dialect).map_err(|errors| unreadable(&errors))?;
        Ok(line)
    }

    /// Whether one of them says what others made before anything was recorded.
    pub(super) fn has_baseline(&self) -> bool {
        self.migrations.iter().any(|(_, record)| record.baseline)
    }

    /// Whether a migration may stay as it is: it comes after everything, and does there what it was made for.
    pub(super) fn fits(&self, candidate: &OwnMigration) -> bool {
        let parts = DirectoryName::parse(&candidate.name);
        let last = self.newest.as_deref().map(|name| DirectoryName::parse(name).version).unwrap_or_default();
        let is_last = parts.version > last && parts.number.is_some_and(|number| number > self.number);
        let is_fixed = candidate.record.manual || candidate.record.is_stand_in();
        let is_fresh = is_fixed || candidate.is_generated_for(&self.schema);
        is_last && is_fresh && self.after(&candidate.name, &candidate.record).is_ok()
    }

    /// Two migrations must not stand for the same ones: fresh databases run one of them.
    pub(super) fn refuse_rival(&self, candidate: &OwnMigration) -> Result<()> {
        let own = &candidate.record.replaces;
        let shares = |record: &Record| record.replaces.iter().any(|name| own.contains(name));
        match self.migrations.iter().find(|(_, record)| shares(record)) {
            Some((rival, _)) => Err(CliError::check(format!(
                "`{}` stands for migrations that `{rival}` stands for already",
                candidate.name
            ))
            .hint(format!("delete yours: `rm -r {}`, then `cargo xtask rebase`", self.typed(&candidate.name)))),
            None => Ok(()),
        }
    }

    /// Appends a migration under the name that it has.
    pub(super) fn append(&mut self, candidate: &OwnMigration) -> Result<()> {
        self.schema = self.after(&candidate.name, &candidate.record)?;
        self.follow(&candidate.name);
        self.migrations.push((candidate.name.clone(), candidate.record.clone()));
        Ok(())
    }

    /// Appends a migration under a new name, with these operations.
    pub(super) fn renumber(&mut self, candidate: &OwnMigration, operations: Vec<Operation>) -> Result<StoredMigration> {
        let name = DirectoryName::parse(&candidate.name).name;
        let record = Record { number: self.number + 1, operations, ..candidate.record.clone() };
        let files = if record.manual || record.operations.is_empty() {
            let mut files = candidate.files.clone();
            files.insert(RECORD.to_owned(), record::write(&record).into_bytes());
            files.into_iter().collect()
        } else {
            self.files(&record)?
        };
        self.append_new(&candidate.name, &name, record, files)
    }

    /// Appends a generated migration that takes the place of the one called `replaced`.
    pub(super) fn generate(
        &mut self,
        replaced: &str,
        name: &str,
        operations: Vec<Operation>,
        used_hints: BTreeSet<Hint>,
        step: Option<OnlineStep>,
    ) -> Result<StoredMigration> {
        let record = Record { used_hints, step, ..Record::new(self.number + 1, self.dialect, operations) };
        let files = self.files(&record)?;
        self.append_new(replaced, name, record, files)
    }

    /// The number of the next one.
    pub(super) fn next_number(&self) -> u64 {
        self.number + 1
    }

    /// The hints of the snapshots that its migrations have used.
    pub(super) fn used_hints(&self) -> UsedHints {
        let mut used = UsedHints::default();
        self.migrations.iter().for_each(|(_, record)| used.advance(&record.operations, &record.used_hints));
        used
    }

    /// The operations of the migrations that a candidate was not made on top of, with their migrations.
    pub(super) fn foreign(&self, candidate: &OwnMigration) -> Vec<(&str, &Operation)> {
        if candidate.below.is_none() {
            return Vec::new();
        }
        let foreign = self.migrations.iter().filter(|(name, record)| candidate.is_foreign(name, record));
        foreign.flat_map(|(name, record)| record.operations.iter().map(move |one| (name.as_str(), one))).collect()
    }

    /// The migrations among them whose operations say nothing of what they do.
    pub(super) fn opaque(&self, candidate: &OwnMigration) -> Option<&str> {
        let foreign = self.migrations.iter().filter(|(name, record)| candidate.is_foreign(name, record));
        let mut opaque = foreign.filter(|(_, record)| record.manual && record.operations.is_empty());
        opaque.next().map(|(name, _)| name.as_str())
    }

    /// The pair of operations that keeps a candidate from being appended, when there is one.
    pub(super) fn conflict(&self, candidate: &OwnMigration) -> Option<Conflict> {
        let foreign = self.foreign(candidate);
        let theirs: Vec<Operation> = foreign.iter().map(|(_, operation)| (*operation).clone()).collect();
        let Clash { ours, theirs, why } = *commute(candidate.before()?, &candidate.record.operations, &theirs).err()?;
        let name = foreign.iter().find(|(_, operation)| **operation == theirs).map(|(name, _)| (*name).to_owned());
        Some(Conflict { ours: (candidate.name.clone(), ours), theirs: name.map(|name| (name, theirs)), why })
    }

    /// A migration whose SQL was changed without saying so must not be written anew: the change would be lost.
    pub(super) fn refuse_undeclared(&self, candidate: &OwnMigration) -> Result<()> {
        let name = &candidate.name;
        let is_generated = |schema: &Schema| candidate.is_generated_for(schema);
        let is_fixed = candidate.record.manual || candidate.record.is_stand_in();
        if is_fixed || candidate.before().is_some_and(is_generated) || is_generated(&self.schema) {
            return Ok(());
        }
        let path = self.typed(name);
        if !candidate.is_committed {
            let message = format!(
                "`{name}` is in no commit, and its SQL is not what its operations generate on top of anything that is here"
            );
            return Err(CliError::check(message)
                .hint(format!(
                    "keep what you wrote by hand, `rm -r {path}`, then `cargo xtask rebase` and `cargo xtask makemigrations`"
                ))
                .hint("where it is applied, `cargo xtask migrate:down --absent` takes it back"));
        }
        Err(CliError::check(format!("`{name}` has SQL that its operations do not generate, and would be written anew"))
            .hint(format!("if the SQL is meant, declare it: `manual = true` in `{name}/{RECORD}`"))
            .hint(format!("if it is not, put back what was generated: `git checkout -- {path}`")))
    }

    /// The folder of a migration as an argument of a command.
    fn typed(&self, name: &str) -> String {
        quoted(&format!("{}/{name}", self.path))
    }

    fn append_new(
        &mut self,
        replaced: &str,
        name: &str,
        record: Record,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<StoredMigration> {
        let name = if name.is_empty() {
            migration::automatic_name(record.number, &record.operations)
        } else {
            name.to_owned()
        };
        let stamp = Stamp::after(self.newest.as_deref(), self.now);
        let name = migration::directory_name(stamp, record.number, &name);
        self.schema = self.after(&name, &record)?;
        self.follow(&name);
        self.migrations.push((replaced.to_owned(), record));
        Ok(StoredMigration { name, files })
    }

    fn files(&self, record: &Record) -> Result<Vec<(String, Vec<u8>)>> {
        let files = migration::files(&self.schema, record).map_err(|error| CliError::usage(error.to_string()))?;
        Ok(files.entries().map(|(file, text)| (file.to_owned(), text.as_bytes().to_vec())).collect())
    }

    /// The schema after one more: what replaying it gives, or why it cannot be replayed.
    fn after(&self, name: &str, record: &Record) -> Result<Schema> {
        let mut schema = self.schema.clone();
        let entry = history::Entry { folder: name, path: name, record: Ok(record) };
        match history::advance(&mut schema, self.dialect, entry, record) {
            Ok(()) => Ok(schema),
            Err(error) => Err(CliError::check(error.message).hint(
                "settle the snapshots and bring what it builds on, or take it out as well; then `cargo xtask rebase`",
            )),
        }
    }

    /// Why operations cannot come next under a migration's name, if so.
    pub(super) fn refusal(&self, candidate: &OwnMigration, operations: &[Operation]) -> Option<String> {
        let record = Record { operations: operations.to_vec(), ..candidate.record.clone() };
        let mut schema = self.schema.clone();
        let entry = history::Entry { folder: &candidate.name, path: &candidate.name, record: Ok(&record) };
        history::advance(&mut schema, self.dialect, entry, &record).err().map(|error| error.message)
    }

    fn follow(&mut self, name: &str) {
        self.number = self.number.max(DirectoryName::parse(name).number.unwrap_or_default());
        self.newest = Some(name.to_owned());
    }
}

/// How changes in the place of others are made online: as soon as one of those was.
pub(super) fn online<'r>(
    settings: &Settings,
    merge_state: &MergeState,
    mut replaced: impl Iterator<Item = &'r Record>,
) -> Option<Online> {
    replaced.any(|record| record.step.is_some()).then(|| {
        let merged = Migrations::recorded(merge_state.frozen()).replay(merge_state.dialect);
        let tables = merged.map(|schema| schema.tables.into_keys().collect()).unwrap_or_default();
        crate::workflow::online::with(settings, tables)
    })
}

impl Conflict {
    /// What clashes, with the migrations' names.
    pub(super) fn text(&self) -> String {
        let (name, operation) = &self.ours;
        let ours = format!("`{}` of `{name}`", operation.change().describe());
        match &self.theirs {
            Some((name, operation)) => {
                format!("{ours} clashes with `{}` of `{name}`: {}", operation.change().describe(), self.why)
            }
            None => format!("{ours} does not fit what is merged: {}", self.why),
        }
    }
}

fn unreadable(errors: &[Diagnostic]) -> CliError {
    let messages: Vec<_> = errors.iter().map(|error| format!("`{}`: {}", error.path, error.message)).collect();
    CliError::usage(format!("the recorded migrations cannot be replayed: {}", messages.join("; ")))
}
