//! What an exchange writes down about itself before it begins: what goes, what comes, where git is. Must not move anything.

use std::path::Path;

use super::{DONE, JOURNAL, REAPPLY, disk::read, folder};

const FIRST_LINE: &str = "# makemigrations rebase 1";

/// Where git is when an exchange is made, in commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Commits {
    /// What is checked out.
    pub(crate) head: Option<String>,
    /// What would be if git gave up what it is in the middle of.
    pub(crate) start: Option<String>,
    /// What the others' migrations come from.
    pub(crate) onto: Option<String>,
}

/// What goes and what comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Journal {
    /// The command that does it, with its arguments: it goes on when it is given again.
    pub(crate) by: String,
    pub(crate) commits: Commits,
    pub(super) old: Vec<String>,
    pub(super) new: Vec<String>,
}

impl Journal {
    pub(super) fn render(&self) -> String {
        let old = self.old.iter().map(|name| format!("old {name}\n"));
        let new = self.new.iter().map(|name| format!("new {name}\n"));
        let head = self.commits.head.iter().map(|commit| format!("head {commit}\n"));
        let start = self.commits.start.iter().map(|commit| format!("start {commit}\n"));
        let onto = self.commits.onto.iter().map(|commit| format!("onto {commit}\n"));
        let lines: String = head.chain(start).chain(onto).chain(old).chain(new).collect();
        format!("{FIRST_LINE}\nby {}\n{lines}", self.by)
    }

    pub(super) fn parse(text: &str) -> Self {
        let named =
            |kind: &'static str| text.lines().filter_map(move |line| line.strip_prefix(kind)).map(str::to_owned);
        let by = named("by ").next().unwrap_or_else(|| "rebase".to_owned());
        let [head, start, onto] = ["head ", "start ", "onto "].map(|kind| named(kind).next());
        let commits = Commits { head, start, onto };
        Self { by, commits, old: named("old ").collect(), new: named("new ").collect() }
    }
}

/// How the exchange of a migrations folder stands that nobody has locked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The command was interrupted.
    Interrupted(String),
    /// It is done, and kept.
    Done(Journal),
}

/// Looks for an exchange in a migrations folder that nobody has locked.
pub(crate) fn state(migrations: &Path) -> Option<State> {
    // While it rolls back there is no journal yet: nothing has been moved.
    let rolls_back = || folder(migrations).join(REAPPLY).exists().then(|| State::Interrupted("rebase".to_owned()));
    let interrupted = interrupted(migrations).map(State::Interrupted);
    interrupted.or_else(rolls_back).or_else(|| journal(migrations, DONE).map(State::Done))
}

/// The command whose exchange was interrupted after it began to move migrations.
pub(crate) fn interrupted(migrations: &Path) -> Option<String> {
    journal(migrations, JOURNAL).map(|journal| journal.by)
}

/// Where the others' migrations of the last exchange come from: a commit.
pub(crate) fn onto(migrations: &Path) -> Option<String> {
    journal(migrations, JOURNAL).or_else(|| journal(migrations, DONE))?.commits.onto
}

/// One that cannot be read is there as well; the command that goes on says what is wrong with it.
fn journal(migrations: &Path, name: &str) -> Option<Journal> {
    let path = folder(migrations).join(name);
    path.exists().then(|| Journal::parse(&read(&path).ok().flatten().unwrap_or_default()))
}
