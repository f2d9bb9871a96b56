//! The red team: ways to change merged history, each of which `check` has to see, and honest work that it must not
//! disturb; with real git. It must not know how the gate works: only the exit code and the ids count.
//!
//! A case is a name, what is done to a fresh copy of [`Merged`], and what `check` says of it: the exit code and all the
//! ids in its output. One file per topic; `RED_TEAM=<part of a name>` runs some of the cases only.

mod bases;
mod branches;
mod ci;
mod content;
mod distrusted;
mod edits;
mod git_tricks;
mod hooks;
mod line_ends;
mod links;
mod lock_file;
mod merges;
mod moves;
mod order;
mod own;
mod pushes;
mod removals;
mod rerecorded;
mod settings;
mod staged;
mod tree;

use std::panic::{AssertUnwindSafe, catch_unwind};

use makemigrations_tests::merged::{Check, Merged};

/// Something that is done to merged history, or to the rest.
struct Case {
    name: &'static str,
    code: i32,
    ids: &'static [&'static str],
    act: Box<dyn Fn(&Merged) -> Check>,
}

/// A case that fails the check, with these ids.
fn fails(name: &'static str, ids: &'static [&'static str], act: impl Fn(&Merged) -> Check + 'static) -> Case {
    Case { name, code: 1, ids, act: Box::new(act) }
}

/// An honest change, of which nothing is said.
fn passes(name: &'static str, act: impl Fn(&Merged) -> Check + 'static) -> Case {
    Case { name, code: 0, ids: &[], act: Box::new(act) }
}

/// An honest change, with these ids as warnings.
fn warns(name: &'static str, ids: &'static [&'static str], act: impl Fn(&Merged) -> Check + 'static) -> Case {
    Case { name, code: 0, ids, act: Box::new(act) }
}

/// Runs all cases and reports all that fail.
#[track_caller]
fn run(cases: Vec<Case>) {
    let only = std::env::var("RED_TEAM").unwrap_or_default();
    let mut failed = Vec::new();
    for Case { name, code, ids, act } in cases.into_iter().filter(|case| case.name.contains(&only)) {
        let attempt = || {
            let merged = Merged::fresh();
            act(&merged).gives(code, ids);
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(attempt)) {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            failed.push(format!("=== {name}: exit code {code}, {ids:?}\n{}", text.unwrap_or_default()));
        }
    }
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n\n"));
}

/// Edits a merged file, records it by hand and commits.
fn recorded_edit(m: &Merged) {
    m.edit(&m.first("up.sql"));
    m.record();
    m.commit_all("edit");
}

/// Commits something that has nothing to do with migrations.
fn more(m: &Merged) {
    m.append("README.md", "More.\n");
    m.commit_all("more");
}

/// Removes all that says where the repository came from.
fn only_local(m: &Merged) {
    m.git(["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
    m.git(["update-ref", "-d", "refs/remotes/origin/main"]);
    m.git(["remote", "remove", "origin"]);
}
