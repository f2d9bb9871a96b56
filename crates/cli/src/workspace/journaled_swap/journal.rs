//! What a swap writes down about itself before it begins: what goes, what comes, where git is. Must not move anything.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Component, Path},
};

use super::{DONE, JOURNAL, REAPPLY};
use crate::error::{CliError, Result};

const FIRST_LINE: &str = "# makemigrations rebase 2";

/// Where git is when a swap is made, in commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Commits {
    /// What is checked out.
    pub(crate) head: Option<String>,
    /// What would be if git gave up what it is in the middle of.
    pub(crate) start: Option<String>,
    /// What the others' migrations come from.
    pub(crate) onto: Option<String>,
    /// What git applies right now: the commit that is merged, replayed, picked or reverted. `None` where it is in the middle
    /// of nothing.
    pub(crate) step: Option<String>,
}

/// What goes and what comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Journal {
    /// The command that does it, with its arguments: it goes on when it is given again.
    pub(crate) by: String,
    /// The migrations folder, by its whole path: the journal is for no other.
    pub(super) folder: String,
    pub(crate) commits: Commits,
    /// The migrations that go, and those that come.
    pub(super) out: Vec<String>,
    pub(super) into: Vec<String>,
    /// What was there before the first swap of this step of git, and what has come since: for the rollback.
    pub(super) old: Vec<String>,
    pub(super) new: Vec<String>,
    /// The generated files that are written or deleted, by their paths in the workspace, and all of this step of git.
    pub(super) written: Vec<String>,
    pub(super) generated: Vec<String>,
}

impl Journal {
    /// Whether git is where it was when this was written: in the same step of the same operation.
    pub(crate) fn is_of(&self, now: &Commits) -> bool {
        self.commits.head == now.head && self.commits.step == now.step
    }

    /// Which migrations came in this step of git, and which went.
    pub(crate) fn changes(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        (self.new.iter().cloned().collect(), self.old.iter().cloned().collect())
    }

    pub(super) fn render(&self) -> String {
        let Self { by, folder, commits, out, into, old, new, written, generated } = self;
        let Commits { head, start, onto, step } = commits;
        let mut text = format!("{FIRST_LINE}\nby {by}\nfolder {folder}\n");
        for (key, commit) in [("head", head), ("start", start), ("onto", onto), ("step", step)] {
            commit.iter().for_each(|commit| text += &format!("{key} {commit}\n"));
        }
        let files = [("write", written), ("generated", generated)];
        for (key, names) in [("out", out), ("in", into), ("old", old), ("new", new)].into_iter().chain(files) {
            names.iter().for_each(|name| text += &format!("{key} {name}\n"));
        }
        text
    }

    /// # Errors
    /// Why it cannot be gone by, as a fragment of a sentence.
    pub(super) fn parse(text: &str, folder: &str) -> std::result::Result<Self, String> {
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err("it is of another version of this tool, or damaged".to_owned());
        }
        let mut journal = Self { by: "rebase".to_owned(), ..Self::default() };
        for line in lines {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            let value = value.to_owned();
            let commits = &mut journal.commits;
            match key {
                "by" => journal.by = value,
                "folder" => journal.folder = value,
                "head" => commits.head = Some(value),
                "start" => commits.start = Some(value),
                "onto" => commits.onto = Some(value),
                "step" => commits.step = Some(value),
                "out" => journal.out.push(value),
                "in" => journal.into.push(value),
                "old" => journal.old.push(value),
                "new" => journal.new.push(value),
                "write" => journal.written.push(value),
                "generated" => journal.generated.push(value),
                _ => return Err(format!("it has the line `{}`", line.escape_debug())),
            }
        }
        if journal.folder != folder {
            return Err(format!("it is for `{}`", journal.folder.escape_debug()));
        }
        let Self { commits: Commits { head, start, onto, step }, out, into, old, new, written, generated, .. } =
            &journal;
        if let Some(name) = [out, into, old, new].into_iter().flatten().find(|name| !is_migration_name(name)) {
            return Err(format!("`{}` is no name of a migration's folder", name.escape_debug()));
        }
        if let Some(path) = [written, generated].into_iter().flatten().find(|path| !is_inside(path)) {
            return Err(format!("`{}` is no file of the workspace", path.escape_debug()));
        }
        let is_commit = |id: &&String| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(id) = [head, start, onto, step].into_iter().flatten().find(|id| !is_commit(id)) {
            return Err(format!("`{}` is no commit", id.escape_debug()));
        }
        Ok(journal)
    }
}

/// Whether a text is the name of a folder directly below another one, and one that holds a migration.
pub(crate) fn is_migration_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let is_one =
        matches!((components.next(), components.next()), (Some(Component::Normal(part)), None) if part == name);
    is_one && name.starts_with(|c: char| c.is_ascii_digit()) && !name.contains(['/', '\\', ':', '\0'])
}

/// Whether a path leads to a file of the workspace, and not into what git has for itself.
pub(crate) fn is_inside(path: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.eq_ignore_ascii_case(".git") && part != "." && part != "..";
    path.split('/').all(is_part) && !path.contains(['\\', ':', '\0'])
}

/// How the swap of a migrations folder stands that nobody has locked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The command was interrupted.
    Interrupted(String),
    /// It is done, and kept.
    Done(Box<Journal>),
}

/// Looks for a swap of a migrations folder that nobody has locked, in its folder of state.
///
/// # Errors
/// When there is one that cannot be gone by.
pub(crate) fn state(state: &Path, migrations: &Path) -> Result<Option<State>> {
    if let Some(journal) = read(state, JOURNAL, migrations)? {
        return Ok(Some(State::Interrupted(journal.by)));
    }
    let done = read(state, DONE, migrations)?;
    // While it rolls back there is no journal yet: nothing has been moved.
    if state.join(REAPPLY).exists() {
        return Ok(Some(State::Interrupted("rebase".to_owned())));
    }
    Ok(done.map(|journal| State::Done(Box::new(journal))))
}

/// The command whose swap was interrupted after it began to move migrations.
pub(crate) fn interrupted(state: &Path, migrations: &Path) -> Result<Option<String>> {
    Ok(read(state, JOURNAL, migrations)?.map(|journal| journal.by))
}

/// Where the others' migrations of the last swap come from: a commit.
pub(crate) fn onto(state: &Path, migrations: &Path) -> Result<Option<String>> {
    let last = read(state, JOURNAL, migrations)?;
    let last = last.map_or_else(|| read(state, DONE, migrations), |journal| Ok(Some(journal)))?;
    Ok(last.and_then(|journal| journal.commits.onto))
}

/// A journal, when it is there.
pub(super) fn read(state: &Path, name: &str, migrations: &Path) -> Result<Option<Journal>> {
    let path = state.join(name);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(CliError::io("read", &path, &error)),
    };
    Journal::parse(&text, &whole_path(migrations)).map(Some).map_err(|why| {
        CliError::check(format!(
            "the journal of an interrupted command, `{}`, cannot be gone by: {why}",
            path.display()
        ))
        .hint("see what git says of the migrations: `git status`")
        .hint(format!("to go on without it: `rm -r {}`", makemigrations_gate::quoted(&state.display().to_string())))
    })
}

/// The migrations folder as a journal names it.
pub(crate) fn whole_path(migrations: &Path) -> String {
    let path = migrations.canonicalize().unwrap_or_else(|_| migrations.to_owned());
    path.display().to_string().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let commits = Commits { head: Some("a".repeat(40)), step: Some("b".repeat(40)), ..Commits::default() };
        let names = || vec!["2026-01-01-000000-0001_a".to_owned()];
        let journal = Journal {
            by: "squash 2 3".to_owned(),
            folder: "/a b".to_owned(),
            commits,
            out: names(),
            into: names(),
            old: names(),
            new: names(),
            written: vec!["app/src/schema.rs".to_owned()],
            generated: vec!["app/src/schema.rs".to_owned(), "a b.rs".to_owned()],
        };
        assert_eq!(Journal::parse(&journal.render(), "/a b").unwrap(), journal);
        assert!(Journal::parse(&journal.render(), "/c").unwrap_err().contains("/a b"));
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["..", "../../home", "/etc", ".x", "a/b", "", ".", "1/../..", "1\\x", "x", "1/"] {
            for key in ["out", "in", "old", "new"] {
                let text = format!("{FIRST_LINE}\nfolder /a\n{key} {name}\n");
                assert!(Journal::parse(&text, "/a").is_err(), "{key} {name}");
            }
        }
        for path in
            ["../a.rs", "/etc/a.rs", "a//b.rs", ".git/hooks/pre-commit", "a/.git/config", "c:\\a.rs", "./a.rs", ""]
        {
            for key in ["write", "generated"] {
                let text = format!("{FIRST_LINE}\nfolder /a\n{key} {path}\n");
                assert!(Journal::parse(&text, "/a").is_err(), "{key} {path}");
            }
        }
        for commit in ["HEAD", "--all", ""] {
            assert!(Journal::parse(&format!("{FIRST_LINE}\nfolder /a\nonto {commit}\n"), "/a").is_err(), "{commit}");
        }
        assert!(Journal::parse("# makemigrations rebase 1\n", "/a").is_err());
    }
}
