//! Migrations that were there before this tool: frozen from the first moment, exempt from what only generated ones owe.

use super::super::{Base, verify_merged};
use super::{UP, about};
use crate::fixture::{Project, short};
use crate::lock::LOCK_FILE;
use crate::verify;

/// Named and written as Diesel's own projects do.
const SETUP: &str = "00000000000000_diesel_initial_setup";
const USERS: &str = "2019-03-01-100000-0001_users";
const POSTS: &str = "2019-03-01-100000-0001_posts and more";
const BASELINE: &str = "2026-11-24-120000-0002_baseline";

/// A project of Diesel's, as it was merged: without a lock file.
fn diesel_project() -> Project {
    let mut project = Project::empty();
    project.write(SETUP, UP, "SELECT 1;\n");
    project.write(USERS, UP, "BEGIN;\nSELECT 1;\nCOMMIT;\n");
    project.write(USERS, "down.sql", "");
    project.write(USERS, "metadata.toml", "# nothing\n");
    project
}

/// The same, adopted.
fn adopted() -> Project {
    let mut project = diesel_project();
    for migration in [SETUP, USERS] {
        project.seal(migration);
        project.lock.adopt(migration);
    }
    project.write(BASELINE, UP, "-- nothing\n");
    project.seal(BASELINE);
    project
}

/// What git says before the adoption is merged: the files, and no lock file.
fn before() -> Base {
    Base { name: "origin/main".into(), revision: "1234abc".into(), tree: diesel_project().folder(), ..Base::default() }
}

#[track_caller]
fn finds(base: &Base, expected: &[String], change: impl FnOnce(&mut Project)) {
    let mut project = adopted();
    change(&mut project);
    assert_eq!(short(&verify_merged(&project.folder(), base)), expected);
}

#[test]
fn what_diesel_ran_as_it_is_passes() {
    assert_eq!(verify(&adopted().folder()), []);
    finds(&before(), &[], |_| {});
    finds(&adopted().base(), &[], |_| {});
    let mut unmarked = adopted();
    unmarked.lock.remove(USERS);
    unmarked.seal(USERS);
    let expected = ["M011 migrations/{}/down.sql", "M012 migrations/{}/metadata.toml"];
    assert_eq!(short(&verify(&unmarked.folder())), expected.map(|line| line.replace("{}", USERS)));
}

#[test]
fn two_with_one_number_pass_and_with_one_version_do_not() {
    let twin = |project: &mut Project, name: &str| {
        project.write(name, UP, "SELECT 1;\n");
        project.seal(name);
        project.lock.adopt(name);
    };
    finds(&Base::default(), &[], |project| twin(project, "2019-03-01-100001-0001_posts and more"));
    finds(&Base::default(), &about("M008", USERS), |project| twin(project, POSTS));
    finds(&Base::default(), &about("M010", "no_up"), |project| {
        project.write("no_up", "notes.md", "");
        project.seal("no_up");
        project.lock.adopt("no_up");
    });
}

#[test]
fn an_edit_that_comes_with_the_adoption_is_found() {
    let path = format!("{USERS}/{UP}");
    let edit = |project: &mut Project| {
        project.write(USERS, UP, "BEGIN;\nSELECT 2;\nCOMMIT;\n");
        project.seal(USERS);
        project.lock.adopt(USERS);
    };
    finds(&before(), &about("M014", &path), edit);
    finds(&before(), &about("M004", &format!("{SETUP}/notes.md")), |project| {
        project.write(SETUP, "notes.md", "later");
        project.seal(SETUP);
        project.lock.adopt(SETUP);
    });
    finds(&before(), &about("M002", SETUP), |project| {
        project.delete(SETUP);
        project.lock.remove(SETUP);
    });
}

#[test]
fn after_the_merge_nothing_about_it_changes() {
    let base = adopted().base();
    finds(&base, &about("M001", &format!("{USERS}/{UP}")), |project| project.write(USERS, UP, "SELECT 2;\n"));
    finds(&base, &about("M002", USERS), |project| {
        project.delete(USERS);
        project.lock.remove(USERS);
    });
    finds(&base, &about("M014", LOCK_FILE), |project| {
        project.lock.remove(SETUP);
        project.seal(SETUP);
    });
    finds(&base, &about("M014", LOCK_FILE), |project| project.lock.adopt(BASELINE));
    let slipped_in = "2026-11-24-120001-0003_later";
    finds(&base, &about("M014", LOCK_FILE), |project| {
        project.write(slipped_in, UP, "BEGIN;\nSELECT 1;\nCOMMIT;\n");
        project.seal(slipped_in);
        project.lock.adopt(slipped_in);
    });
}

#[test]
fn a_line_about_nothing_is_found() {
    let found = {
        let mut project = adopted();
        project.lock.adopt("nowhere");
        short(&verify(&project.folder()))
    };
    assert_eq!(found, about("M016", LOCK_FILE));
}

/// Diesel orders versions as texts, so that nothing of today comes after `3`.
#[test]
fn plain_numbers_may_get_zeros_until_the_adoption_is_merged() {
    let numbered = |names: [&str; 2]| {
        let mut project = Project::empty();
        for name in names {
            project.write(name, UP, "SELECT 1;\n");
        }
        project
    };
    let mut here = numbered(["00000000000002_b", "00000000000003_c"]);
    for name in ["00000000000002_b", "00000000000003_c"] {
        here.seal(name);
        here.lock.adopt(name);
    }
    let base = Base { tree: numbered(["2_b", "3_c"]).folder(), ..before() };
    assert_eq!(verify_merged(&here.folder(), &base), []);
    // With other content, another number or another name it is another one.
    for (name, text) in [("3_c", "SELECT 2;\n"), ("30_c", "SELECT 1;\n"), ("3_d", "SELECT 1;\n")] {
        let mut tree = numbered(["2_b", name]);
        tree.write(name, UP, text);
        let found = short(&verify_merged(&here.folder(), &Base { tree: tree.folder(), ..before() }));
        assert!(found.iter().any(|line| line.starts_with("M002") || line.starts_with("M003")), "{name}: {found:?}");
    }
    // What is adopted keeps its name.
    let mut adopted = numbered(["2_b", "3_c"]);
    for name in ["2_b", "3_c"] {
        adopted.seal(name);
        adopted.lock.adopt(name);
    }
    let found = short(&verify_merged(&here.folder(), &adopted.base()));
    assert!(found.iter().any(|line| line.starts_with("M003")), "{found:?}");
}
