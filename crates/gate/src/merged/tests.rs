//! What the gate finds about merged history: exactly that, and nothing besides.

mod adopted;
mod hints;

use super::{Base, verify_merged};
use crate::fixture::{FIRST, NEW, Project, SECOND, short};
use crate::folder::{EntryKind, Folder};
use crate::lock::LOCK_FILE;
use crate::verify;

const UP: &str = "up.sql";

/// What is found on a branch with its own migration, after `change`.
fn on_branch(change: impl FnOnce(&mut Project)) -> Vec<String> {
    let mut project = Project::with_new(NEW);
    change(&mut project);
    short(&verify_merged(&project.folder(), &Project::new().base()))
}

fn about(id: &str, below: &str) -> Vec<String> {
    vec![format!("{id} migrations/{below}")]
}

#[test]
fn honest_work_passes() {
    assert!(on_branch(|_| {}).is_empty());
    let crlf = |project: &mut Project| project.write(FIRST, UP, "SELECT 1;\r\n");
    assert!(on_branch(crlf).is_empty());
    let regenerated = |project: &mut Project| {
        project.write(NEW, UP, "SELECT 4;\n");
        project.seal(NEW);
    };
    assert!(on_branch(regenerated).is_empty());
    let nothing_merged = Base { name: "main".into(), ..Base::default() };
    assert_eq!(verify_merged(&Project::with_new(NEW).folder(), &nothing_merged), []);
}

#[test]
fn an_edit_is_one_finding_whether_recorded_or_not() {
    for file in [UP, "down.sql", "operations.toml"] {
        let edit = |project: &mut Project| project.write(FIRST, file, "SELECT 9;\n");
        assert_eq!(on_branch(edit), about("M001", &format!("{FIRST}/{file}")));
        let and_seal = |project: &mut Project| {
            edit(project);
            project.seal(FIRST);
        };
        assert_eq!(on_branch(and_seal), about("M014", &format!("{FIRST}/{file}")));
    }
    for text in ["", "COMMIT;", "\u{feff}SELECT 1;\n"] {
        let edit = |project: &mut Project| project.write(FIRST, UP, text);
        assert_eq!(on_branch(edit), about("M001", &format!("{FIRST}/{UP}")), "{text:?}");
    }
}

#[test]
fn a_removal_is_one_finding_whether_recorded_or_not() {
    assert_eq!(on_branch(|project| project.delete(FIRST)), about("M002", FIRST));
    let with_lines = |project: &mut Project| {
        project.delete(FIRST);
        project.lock.remove(FIRST);
    };
    assert_eq!(on_branch(with_lines), about("M002", FIRST));
    let one_file = |project: &mut Project| project.delete(&format!("{FIRST}/{UP}"));
    assert_eq!(on_branch(one_file), about("M002", &format!("{FIRST}/{UP}")));
    let one_file_and_seal = |project: &mut Project| {
        one_file(project);
        project.seal(FIRST);
    };
    assert_eq!(on_branch(one_file_and_seal), about("M002", &format!("{FIRST}/{UP}")));
    let hidden = |project: &mut Project| project.rename(FIRST, &format!(".{FIRST}"));
    assert_eq!(on_branch(hidden), about("M002", FIRST));
}

#[test]
fn a_rename_is_one_finding_whether_recorded_or_not() {
    let names =
        ["2026-11-23-141200-0001_Initial", "2026-11-23-141200-0009_initial", "2026-11-23-151200-0002_initial", "x"];
    for name in names {
        let rename = |project: &mut Project| project.rename(FIRST, name);
        assert_eq!(on_branch(rename), about("M003", FIRST), "{name}");
        let and_seal = |project: &mut Project| {
            rename(project);
            project.lock.remove(FIRST);
            project.seal(name);
        };
        assert_eq!(on_branch(and_seal), about("M003", FIRST), "{name}");
    }
    let file = |project: &mut Project| project.rename(&format!("{FIRST}/{UP}"), &format!("{FIRST}/Up.sql"));
    assert_eq!(on_branch(file), about("M003", &format!("{FIRST}/{UP}")));
}

#[test]
fn two_merged_folders_with_swapped_files_are_edits() {
    let swap = |project: &mut Project| {
        project.rename(FIRST, "x");
        project.rename(SECOND, FIRST);
        project.rename("x", SECOND);
    };
    let file = |migration: &str| format!("M001 migrations/{migration}/operations.toml");
    assert_eq!(on_branch(swap), [file(FIRST), file(SECOND)]);
}

#[test]
fn an_added_file_is_one_finding_whether_recorded_or_not() {
    for file in ["metadata.toml", "notes.md", "more/up.sql"] {
        let add = |project: &mut Project| project.write(FIRST, file, "run_in_transaction = false\n");
        assert_eq!(on_branch(add), about("M004", &format!("{FIRST}/{file}")));
        let and_seal = |project: &mut Project| {
            add(project);
            project.seal(FIRST);
        };
        assert_eq!(on_branch(and_seal), about("M004", &format!("{FIRST}/{file}")));
    }
    let backup = |project: &mut Project| project.write(FIRST, "up.sql~", "x");
    assert_eq!(on_branch(backup), about("~M020", &format!("{FIRST}/up.sql~")));
}

#[test]
fn lines_of_merged_migrations_are_frozen() {
    let without_lines = |project: &mut Project| project.lock.remove(FIRST);
    assert_eq!(on_branch(without_lines), about("M014", LOCK_FILE));
    let other_sum = |project: &mut Project| project.lock.record(FIRST, UP, crate::sum(b"other"));
    assert_eq!(on_branch(other_sum), about("M014", LOCK_FILE));
    let invented = |project: &mut Project| project.lock.record(FIRST, "x", crate::sum(b"x"));
    assert_eq!(on_branch(invented), about("M014", LOCK_FILE));
    let edited_without_lines = |project: &mut Project| {
        project.lock.remove(FIRST);
        project.write(FIRST, UP, "SELECT 9;\n");
    };
    assert_eq!(on_branch(edited_without_lines), about("M001", &format!("{FIRST}/{UP}")));
    let dialect = |project: &mut Project| project.lock.set_dialect("postgres");
    assert_eq!(on_branch(dialect), about("M014", LOCK_FILE));
    let emptied = |project: &mut Project| project.lock_text = Some(String::new());
    assert_eq!(on_branch(emptied), about("M016", LOCK_FILE));
}

#[test]
fn links_are_said_once() {
    let link = |path: String| {
        move |project: &mut Project| {
            project.delete(&path);
            project.put(&path, b"", EntryKind::Link);
        }
    };
    assert_eq!(on_branch(link(FIRST.into())), about("M015", FIRST));
    assert_eq!(on_branch(link(format!("{FIRST}/{UP}"))), about("M015", &format!("{FIRST}/{UP}")));
    assert_eq!(on_branch(|project| project.put("", b"", EntryKind::Link)), ["M015 migrations"]);
}

#[test]
fn what_is_new_comes_after_what_is_merged() {
    for (name, ids) in [
        ("2026-11-23-141230-0003_between", vec!["M009"]),
        ("2020-01-01-000000_old", vec!["M009"]),
        ("2026-11-23-150000-0002_other", vec!["M007"]),
        ("2026-11-23-141230-0002_other", vec!["M009", "M007"]),
        ("2026-11-23-141300-0002_other", vec!["M008"]),
        ("2026-11-23-150000_unnumbered", vec![]),
    ] {
        let project = Project::with_new(name);
        let findings = verify_merged(&project.folder(), &Project::new().base());
        let mut found: Vec<_> = findings.iter().map(|finding| finding.id.as_str()).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(found, ids, "{name}");
        assert!(findings.iter().all(|finding| finding.migration.as_deref() == Some(name)), "{findings:#?}");
    }
}

#[test]
fn the_branch_s_own_migration_may_change() {
    let edited = |project: &mut Project| project.write(NEW, UP, "SELECT 9;\n");
    assert_eq!(on_branch(edited), about("M001", &format!("{NEW}/{UP}")));
    let gone = |project: &mut Project| project.delete(NEW);
    assert_eq!(on_branch(gone), about("M006", LOCK_FILE));
    let dropped = |project: &mut Project| {
        project.delete(NEW);
        project.lock.remove(NEW);
    };
    assert!(on_branch(dropped).is_empty());
}

#[test]
fn a_new_override_with_a_reason_allows_recorded_edits() {
    let hot_fix = |reason: &'static str, seal: bool| {
        move |project: &mut Project| {
            project.write(FIRST, UP, "SELECT 9;\n");
            project.write(FIRST, "metadata.toml", "run_in_transaction = true\n");
            project.delete(&format!("{FIRST}/down.sql"));
            if seal {
                project.seal(FIRST);
            }
            project.lock.add_override(FIRST, reason);
        }
    };
    assert_eq!(on_branch(hot_fix("ticket 4711", true)), about("~M014", LOCK_FILE));
    let without_reason = on_branch(hot_fix("", true));
    assert_eq!(without_reason.len(), 4, "{without_reason:?}");
    assert!(without_reason.contains(&format!("M018 migrations/{LOCK_FILE}")));
    assert_eq!(on_branch(hot_fix("ticket 4711", false)).len(), 4);
    let removed = |project: &mut Project| {
        project.delete(FIRST);
        project.lock.remove(FIRST);
        project.lock.add_override(FIRST, "why");
    };
    assert!(on_branch(removed).contains(&format!("M002 migrations/{FIRST}")));
}

#[test]
fn a_merged_override_is_frozen_and_allows_nothing_more() {
    let mut merged = Project::new();
    merged.lock.add_override(FIRST, "ticket 4711");
    let mut project = merged.clone();
    let check = |project: &Project| short(&verify_merged(&project.folder(), &merged.base()));
    assert_eq!(check(&project), about("~M014", LOCK_FILE));
    project.write(FIRST, UP, "SELECT 9;\n");
    project.seal(FIRST);
    assert!(check(&project).contains(&format!("M014 migrations/{FIRST}/{UP}")));
    project.lock.add_override(FIRST, "ticket 4712");
    assert_eq!(check(&project), [&about("~M014", LOCK_FILE)[..], &about("~M014", LOCK_FILE)].concat());
    assert_eq!(check(&Project::new()), about("M014", LOCK_FILE));
}

#[test]
fn an_override_of_what_is_not_merged_changes_nothing() {
    let project = |project: &mut Project| {
        project.write(NEW, UP, "COMMIT;");
        project.seal(NEW);
        project.lock.add_override(NEW, "why");
    };
    let mut found = on_branch(project);
    found.sort_unstable();
    assert_eq!(found, [format!("M013 migrations/{NEW}/{UP}"), format!("~M014 migrations/{LOCK_FILE}")]);
}

#[test]
fn files_that_the_base_never_recorded_are_frozen_too() {
    let mut base = Project::new().base();
    base.lock = None;
    base.tip_lock = None;
    base.tree = Project::new().folder();
    let check = |project: &Project| short(&verify_merged(&project.folder(), &base));
    assert!(check(&Project::new()).is_empty());
    let mut project = Project::new();
    project.write(FIRST, UP, "SELECT 9;\n");
    project.seal(FIRST);
    assert_eq!(check(&project), about("M014", &format!("{FIRST}/{UP}")));
    let mut unsealed = Project::new();
    unsealed.lock.remove(FIRST);
    assert_eq!(check(&unsealed), about("M005", FIRST));
}

#[test]
fn a_migration_of_the_same_name_at_the_tip_is_the_same() {
    let mut tip = Project::with_new(NEW);
    let base = |tip: &Project| Base { tip_lock: Some(tip.lock.clone()), ..Project::new().base() };
    let ours = Project::with_new(NEW).folder();
    assert_eq!(verify_merged(&ours, &base(&tip)), []);
    tip.write(NEW, UP, "SELECT 9;\n");
    tip.seal(NEW);
    assert_eq!(short(&verify_merged(&ours, &base(&tip))), about("M001", &format!("{NEW}/{UP}")));
}

#[test]
fn a_branch_that_is_behind_is_fine() {
    let mut tip = Project::with_new("2026-11-24-000000-0003_theirs");
    let ours = Project::with_new(NEW).folder();
    let base = |tip: &Project| Base { tip_lock: Some(tip.lock.clone()), ..Project::new().base() };
    assert_eq!(verify_merged(&ours, &base(&tip)), []);
    tip.write(FIRST, UP, "SELECT 9;\n");
    tip.seal(FIRST);
    assert_eq!(short(&verify_merged(&ours, &base(&tip))), about("M001", &format!("{FIRST}/{UP}")));
    tip.lock.add_override(FIRST, "ticket 4711");
    assert_eq!(verify_merged(&ours, &base(&tip)), []);
}

#[test]
fn a_picked_migration_counts_as_merged() {
    let theirs = "2026-11-24-000000-0003_theirs";
    let mut project = Project::with_new(theirs);
    let base = Base { tip_lock: Some(project.lock.clone()), ..Project::new().base() };
    assert_eq!(verify_merged(&project.folder(), &base), []);
    let ours = "2026-11-24-000001-0003_z";
    project.write(ours, UP, "SELECT 4;\n");
    project.seal(ours);
    assert_eq!(short(&verify_merged(&project.folder(), &base)), about("M007", ours));
    let earlier = "2026-11-23-235959-0003_a";
    project.rename(ours, earlier);
    project.lock.remove(ours);
    project.seal(earlier);
    assert_eq!(short(&verify_merged(&project.folder(), &base)), about("M007", earlier));
}

#[test]
fn an_override_needs_a_reason_that_can_be_read() {
    for reason in ["\u{200b}", "\u{2800}\u{ad}", "..."] {
        let found = on_branch(|project| {
            project.write(FIRST, UP, "SELECT 9;\n");
            project.seal(FIRST);
            project.lock.add_override(FIRST, reason);
        });
        assert!(found.iter().any(|finding| finding.starts_with("M018")), "{reason:?}: {found:?}");
        assert!(found.iter().any(|finding| finding.starts_with("M014")), "{reason:?}: {found:?}");
    }
}

#[test]
fn a_name_with_a_blank_can_be_overridden() {
    const NAME: &str = "2026-11-23-141330-0002_my thing";
    let mut before = Project::new();
    before.write(NAME, UP, "SELECT 1;\n");
    before.seal(NAME);
    let mut after = before.clone();
    after.write(NAME, UP, "SELECT 9;\n");
    after.seal(NAME);
    after.lock.add_override(NAME, "hot fix");
    let found = short(&verify_merged(&after.folder(), &before.base()));
    assert!(found.iter().all(|finding| finding.starts_with('~')), "{found:?}");
}

#[test]
fn finds_all_that_is_found_without_git() {
    let mut project = Project::with_new(NEW);
    project.write(NEW, "down.sql", "");
    project.put("README.md", b"", EntryKind::File);
    let folder: Folder = project.folder();
    let without_git: Vec<_> = verify(&folder).into_iter().map(|finding| (finding.id, finding.path)).collect();
    let with_git = verify_merged(&folder, &Project::new().base());
    let with_git: Vec<_> = with_git.into_iter().map(|finding| (finding.id, finding.path)).collect();
    assert_eq!(without_git, with_git);
    assert_eq!(with_git.len(), 3);
}
