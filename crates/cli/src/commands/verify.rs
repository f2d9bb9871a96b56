//! `verify`: runs every migration in a scratch database, up, down and up again, and compares what that gives with what is
//! recorded. Must not touch any other database.
//!
//! SQL that people wrote is compared after each of its migrations, generated SQL now and then and at the end; when something
//! is wrong there, the first migration that did it is looked for by halving.

use std::{collections::BTreeSet, path::PathBuf, rc::Rc};

use makemigrations_gate::{DirectoryName, Folder, Lock};
use makemigrations_inspect::{Difference, Inspected};
use makemigrations_plan::model::{Dialect, Schema};
use makemigrations_run::{
    DatabaseUrl, Direction, MigrateOptions, RevertOptions, Scratch, Source, Target, migrate, revert,
};

use crate::{
    arguments::Verify,
    error::{CliError, Result},
    terminal::{Paint, Terminal, progress::Progress},
    workflow::{catalogue, context::Context, database, verify_squash},
    workspace::migrations::{Migrations, Recorded},
};

/// What the message of a `down.sql` contains that fails on purpose.
const IRREVERSIBLE: &str = "cannot be reversed";

/// As often the way is compared at least, where it is that long: a later migration may cover what an earlier one did.
const CHECKPOINTS: usize = 16;

pub(crate) fn run(context: &Context<'_>, arguments: &Verify) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = context.dialect(&lock)?;
    let migrations = Migrations::of(&folder)?;
    let total = migrations.all.len();
    if total == 0 {
        context.terminal.say("there are no migrations");
        context.terminal.differences(&[], &[]);
        return Ok(());
    }
    let url = server(context, dialect, "verify")?;
    let manual = manual(context.terminal, dialect, &migrations)?;
    let migrations_folder = context.migrations();
    let last = arguments.last.map_or(total, |count| usize::try_from(count).unwrap_or(total));
    let since = total.saturating_sub(last);
    // Below a baseline nothing is recorded.
    let base = usize::from(migrations.baseline().is_some());
    let mut verifier = Verifier {
        context,
        url,
        dialect,
        migrations,
        manual,
        since,
        base,
        folder: migrations_folder,
        expected: Vec::new(),
    };
    if base > since {
        context.terminal.say("the adopted migrations only run up: what their `down.sql` does is not recorded");
    }
    let floor = verifier.floor(&folder, verifier.start_of_change(since.max(base)));

    let mut scratch = Scratch::beside(&verifier.url)?;
    verifier.up(&mut scratch)?;
    let floor = verifier.down(&mut scratch, floor)?;
    verifier.again(&mut scratch, floor)?;
    verifier.squashed()?;
    context.terminal.differences(&[], &[]);
    let good = context.terminal.paint(Paint::Good, "verified:");
    let noun = if total == 1 { "migration does" } else { "migrations do" };
    context.terminal.say(&format!("{good} {total} {noun} what is recorded"));
    Ok(())
}

/// Where scratch databases are made; `command` is what needs them.
pub(super) fn server(context: &Context<'_>, dialect: Dialect, command: &str) -> Result<DatabaseUrl> {
    if dialect.is_embedded() {
        return Ok(DatabaseUrl::parse("sqlite::memory:")?);
    }
    match database::configured(context)? {
        Some(url) if database::dialect(&url) == dialect => Ok(url),
        Some(_) | None => {
            let name = &context.settings.database_url_env;
            let message = format!("no PostgreSQL server is named, and `{command}` makes a scratch database on one");
            Err(CliError::usage(message)
                .hint(format!("set `{name}`, or give `--database-url`: the database that it names stays as it is")))
        }
    }
}

/// For each migration whether people wrote its SQL.
fn manual(terminal: &Terminal, dialect: Dialect, migrations: &Migrations) -> Result<Vec<bool>> {
    // Says what is wrong with the records.
    catalogue::recorded(terminal, dialect, migrations, migrations.all.len())?;
    let records = migrations.all.iter().map(|recorded| recorded.read().is_ok_and(|record| record.manual));
    Ok(records.collect())
}

struct Verifier<'a> {
    context: &'a Context<'a>,
    url: DatabaseUrl,
    dialect: Dialect,
    migrations: Migrations,
    manual: Vec<bool>,
    /// How many migrations come before those that are asked about.
    since: usize,
    /// How many of them say what others made before anything was recorded.
    base: usize,
    folder: PathBuf,
    /// What recorded states are in a database. Migrations without operations share one.
    expected: Vec<(Schema, Rc<Inspected>)>,
}

impl Verifier<'_> {
    fn total(&self) -> usize {
        self.migrations.all.len()
    }

    fn name(&self, index: usize) -> &str {
        &self.migrations.all[index].name
    }

    /// Where the online change begins that the migration after the first `count` is in the middle of; else `count`. What
    /// rolling back one step of several leaves is no recorded state.
    fn start_of_change(&self, mut count: usize) -> usize {
        let number = |index: usize| {
            let record = self.migrations.all.get(index)?.read().ok()?;
            record.step.map(|step| step.number)
        };
        while count > self.base && number(count).is_some_and(|number| number > 1) {
            count -= 1;
        }
        count
    }

    /// How many migrations stay at most when going down: below one without a `down.sql` there is no way.
    fn floor(&self, folder: &Folder, wanted: usize) -> usize {
        let has_way_back = |index: &usize| {
            folder.files(self.name(*index)).is_some_and(|files| files.contains_key(Direction::Down.file()))
        };
        let Some(last) = (wanted..self.total()).rev().find(|index| !has_way_back(index)) else { return wanted };
        self.irreversible(last, "it has no `down.sql`");
        last + 1
    }

    fn irreversible(&self, index: usize, why: &str) {
        let message = format!("`{}` cannot be reversed: {why}", self.name(index));
        self.context.terminal.warning(&message, Some("the way down is verified above it only"));
    }

    /// Numbers of applied migrations at which a database is compared, the last one among them.
    fn checkpoints(&self) -> BTreeSet<usize> {
        let count = self.total() - self.since;
        let parts = CHECKPOINTS.min(count);
        (1..=parts).map(|part| self.since + part * count / parts).chain([self.total()]).collect()
    }

    /// All of them up, compared after each that people wrote, and at the end.
    fn up(&mut self, scratch: &mut Scratch) -> Result<()> {
        let mut stops = self.checkpoints();
        stops.extend((self.since + 1..=self.total()).filter(|count| self.manual[count - 1]));
        let mut good = 0;
        for stop in stops {
            self.move_up(scratch, stop)?;
            let found = self.compare(scratch, stop)?;
            if !found.is_empty() {
                let (index, found) = self.first_wrong_up(good, stop, found)?;
                return Err(self.wrong(index, Direction::Up, &found));
            }
            good = stop;
        }
        self.passed("up", self.total());
        Ok(())
    }

    /// Down to `floor`, compared likewise. Gives how far it got.
    fn down(&mut self, scratch: &mut Scratch, floor: usize) -> Result<usize> {
        if floor == self.total() {
            return Ok(floor);
        }
        let mut stops = self.checkpoints();
        stops.extend((0..self.total()).filter(|count| self.manual[*count]));
        stops.insert(floor);
        stops.retain(|stop| *stop == floor || self.start_of_change(*stop) == *stop);
        let mut good = self.total();
        for stop in stops.range(floor..self.total()).rev().copied() {
            let reached = self.move_down(scratch, stop)?;
            let found = self.compare(scratch, reached)?;
            if !found.is_empty() {
                let (index, found) = self.first_wrong_down(good, reached, found)?;
                return Err(self.wrong(index, Direction::Down, &found));
            }
            good = reached;
            if reached > stop {
                break;
            }
        }
        self.passed("down", self.total() - good);
        Ok(good)
    }

    fn again(&mut self, scratch: &mut Scratch, floor: usize) -> Result<()> {
        if floor == self.total() {
            return Ok(());
        }
        self.move_up(scratch, self.total())?;
        let found = self.compare(scratch, self.total())?;
        if found.is_empty() {
            self.passed("up again", self.total() - floor);
            return Ok(());
        }
        self.context.terminal.differences(&found, &[]);
        Err(CliError::check(format!(
            "going down to `{}` and up again does not give what going up once gives",
            floor.checked_sub(1).map_or("zero", |index| self.name(index))
        ))
        .hint("something that a `down.sql` leaves behind changes what an `up.sql` does"))
    }

    /// Those that stand for others, against what they stand for.
    fn squashed(&self) -> Result<()> {
        let asked = &self.migrations.all[self.since..];
        let stands = |recorded: &&Recorded| recorded.read().is_ok_and(|record| record.is_stand_in());
        asked
            .iter()
            .filter(stands)
            .try_for_each(|recorded| verify_squash::verify(self.context, &self.url, &recorded.name))
    }

    /// The first migration in `good..bad` whose `up.sql` does something else, with the differences after it.
    fn first_wrong_up(
        &mut self,
        mut good: usize,
        mut bad: usize,
        mut found: Vec<Difference>,
    ) -> Result<(usize, Vec<Difference>)> {
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            let mut scratch = Scratch::beside(&self.url)?;
            self.move_up(&mut scratch, middle)?;
            let differences = self.compare(&mut scratch, middle)?;
            if differences.is_empty() {
                good = middle;
            } else {
                (bad, found) = (middle, differences);
            }
        }
        Ok((good, found))
    }

    /// The first migration on the way from `good` down to `bad` whose `down.sql` does something else.
    fn first_wrong_down(
        &mut self,
        mut good: usize,
        mut bad: usize,
        mut found: Vec<Difference>,
    ) -> Result<(usize, Vec<Difference>)> {
        while good - bad > 1 {
            let middle = good.midpoint(bad);
            let mut scratch = Scratch::beside(&self.url)?;
            self.move_up(&mut scratch, self.total())?;
            self.move_down(&mut scratch, middle)?;
            let differences = self.compare(&mut scratch, middle)?;
            if differences.is_empty() {
                good = middle;
            } else {
                (bad, found) = (middle, differences);
            }
        }
        Ok((bad, found))
    }

    fn move_up(&self, scratch: &mut Scratch, count: usize) -> Result<()> {
        let options = MigrateOptions { target: self.target(count), one_by_one: true, ..MigrateOptions::default() };
        let mut progress = Progress::brief(self.context.terminal);
        migrate(scratch.database(), &Source::Folder(&self.folder), &options, &mut progress)?;
        Ok(())
    }

    /// Gives how many are applied afterwards: more than `count` where one says that it cannot be reversed.
    fn move_down(&self, scratch: &mut Scratch, count: usize) -> Result<usize> {
        let options = RevertOptions { target: self.target(count), ..RevertOptions::default() };
        let mut progress = Progress::brief(self.context.terminal);
        match revert(scratch.database(), &Source::Folder(&self.folder), &options, &mut progress) {
            Ok(_) => Ok(count),
            Err(makemigrations_run::Error::Migration(failure)) if failure.refusal.message.contains(IRREVERSIBLE) => {
                let stopped = self.migrations.all.iter().position(|recorded| recorded.name == failure.migration);
                let index = stopped.unwrap_or(count);
                self.irreversible(index, &format!("`{}` says: {}", Direction::Down.file(), failure.refusal));
                Ok(index + 1)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The newest applied migration when `count` are.
    fn target(&self, count: usize) -> Target {
        match count.checked_sub(1) {
            Some(index) => Target::Version(DirectoryName::parse(self.name(index)).version),
            None => Target::Zero,
        }
    }

    fn compare(&mut self, scratch: &mut Scratch, count: usize) -> Result<Vec<Difference>> {
        let actual = catalogue::inspect(scratch.database())?;
        let expected = self.expected(count)?;
        Ok(catalogue::differences(&self.url, self.dialect, &actual.schema, &expected.schema))
    }

    /// What a database has after the first `count` migrations, as recorded.
    fn expected(&mut self, count: usize) -> Result<Rc<Inspected>> {
        let schema = catalogue::recorded(self.context.terminal, self.dialect, &self.migrations, count)?;
        if let Some((_, known)) = self.expected.iter().find(|(other, _)| *other == schema) {
            return Ok(Rc::clone(known));
        }
        let inspected = Rc::new(catalogue::built(&self.url, self.dialect, &schema)?);
        self.expected.push((schema, Rc::clone(&inspected)));
        Ok(inspected)
    }

    fn passed(&self, what: &str, count: usize) {
        let noun = if count == 1 { "migration" } else { "migrations" };
        self.context.terminal.say(&format!("{what}: {count} {noun}, as recorded"));
    }

    fn wrong(&self, index: usize, direction: Direction, found: &[Difference]) -> CliError {
        self.context.terminal.differences(found, &[]);
        let (name, file) = (self.name(index), direction.file());
        let count = match found.len() {
            1 => "1 difference".to_owned(),
            several => format!("{several} differences"),
        };
        if index < self.base {
            return CliError::check(format!("the adopted migrations do not make what `{name}` records: {count}")).hint(
                "a new database is not what the one was that was adopted; before that is merged, `cargo xtask adopt \
                 --files` takes what the files make",
            );
        }
        let error = CliError::check(format!("`{name}/{file}` does not do what its `operations.toml` says: {count}"));
        if self.manual[index] {
            error.hint(format!("correct its SQL, then `cargo xtask seal {name}`"))
        } else {
            error.hint("it was changed after it was generated: `cargo xtask check` says where")
        }
    }
}
