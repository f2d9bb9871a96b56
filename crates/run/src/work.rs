//! One migration in one direction, ready to be run: its statements, and how they are joined with the record of it. Must
//! not run anything.

use crate::plan::Direction;
use crate::script::{self, Statement};
use crate::source::Migration;
use crate::source::squashed::{SCRIPT, Squashed};
use crate::url::Dialect;

/// One migration in one direction.
pub(crate) struct Work<'a> {
    migration: &'a Migration,
    /// What Diesel adds to its table, or removes.
    version: &'a str,
    /// The name of the script, for messages.
    file: &'static str,
    direction: Direction,
    statements: Vec<Statement<'a>>,
    joined: Joined,
    /// SQL that writes the history. It runs in the transaction in which Diesel writes its own row.
    record: String,
}

#[derive(Clone, Copy)]
enum Joined {
    Inside,
    Outside,
    Own { commit: usize },
}

/// How statements and record are joined.
pub(crate) enum Plan<'a> {
    /// All in one transaction, Diesel's.
    Inside(&'a [Statement<'a>]),
    /// The statements outside any transaction, then the record in one of its own.
    Outside(&'a [Statement<'a>]),
    /// The script begins and commits a transaction itself: the record comes between these, before the commit.
    Own { before: &'a [Statement<'a>], rest: &'a [Statement<'a>] },
}

impl<'a> Work<'a> {
    /// Running `up.sql` or `down.sql`. `None` without a `down.sql`.
    pub(crate) fn new(
        migration: &'a Migration,
        direction: Direction,
        dialect: Dialect,
        record: String,
    ) -> Option<Self> {
        let text = migration.script(direction)?;
        let statements = script::divide(text, dialect);
        let (statements, joined) = match (migration.in_transaction, dialect) {
            (true, _) => (statements, Joined::Inside),
            // Diesel sends the file as one batch, which PostgreSQL runs as one transaction where it has several
            // statements: divided, they would mean something else.
            (false, Dialect::Postgres) if statements.len() > 1 => (script::whole(text), Joined::Outside),
            (false, Dialect::Postgres) => (statements, Joined::Outside),
            (false, Dialect::Sqlite) => match script::last_commit(text, dialect, &statements) {
                Some(commit) => (statements, Joined::Own { commit }),
                None => (statements, Joined::Outside),
            },
        };
        let (version, file) = (migration.version.as_str(), direction.file());
        Some(Self { migration, version, file, direction, statements, joined, record })
    }

    /// Only the record.
    pub(crate) fn record_only(migration: &'a Migration, record: String) -> Self {
        let (version, direction) = (migration.version.as_str(), Direction::Up);
        let (file, joined) = (direction.file(), Joined::Inside);
        Self { migration, version, file, direction, statements: Vec::new(), joined, record }
    }

    /// Only the record of what has been done already.
    pub(crate) fn record_only_of(work: &Self) -> Self {
        Self { statements: Vec::new(), joined: Joined::Inside, record: work.record.clone(), ..*work }
    }

    /// Running the script of a squashed migration in the place of what it stands for.
    pub(crate) fn instead(squashed: &'a Squashed, dialect: Dialect, record: String) -> Option<Self> {
        let work = Self::new(&squashed.script, Direction::Up, dialect, record)?;
        Some(Self { version: squashed.last(), file: SCRIPT, ..work })
    }

    pub(crate) fn migration(&self) -> &'a Migration {
        self.migration
    }

    pub(crate) fn version(&self) -> &str {
        self.version
    }

    pub(crate) fn file(&self) -> &'static str {
        self.file
    }

    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    pub(crate) fn record(&self) -> &str {
        &self.record
    }

    pub(crate) fn statement(&self, index: usize) -> Option<&Statement<'a>> {
        self.statements.get(index)
    }

    pub(crate) fn plan(&self) -> Plan<'_> {
        match self.joined {
            Joined::Inside => Plan::Inside(&self.statements),
            Joined::Outside => Plan::Outside(&self.statements),
            Joined::Own { commit } => {
                let (before, rest) = self.statements.split_at(commit);
                Plan::Own { before, rest }
            }
        }
    }

    /// Whether nothing stays when the statement of that index fails; `None` is the record or the commit.
    pub(crate) fn is_undone(&self, statement: Option<usize>) -> bool {
        match self.joined {
            Joined::Inside => true,
            Joined::Outside => false,
            Joined::Own { commit } => statement.is_none_or(|index| index <= commit),
        }
    }
}
