//! A run that is killed leaves nothing, or what the next one goes on from. It must not wait for a moment by chance alone:
//! each state that it can leave is also made by hand.

use std::time::Duration;

use crate::layouts::NUMBERS;
use crate::project::Project;

#[test]
fn every_state_that_it_leaves_is_gone_on_from() {
    let whole = Project::of(&NUMBERS);
    whole.go(&[&["adopt"]]);
    let baseline = whole.baseline();
    let snapshot = "schema-snapshots/shop.toml";
    let unfinished = baseline.replace("migrations/", "migrations/.makemigrations-new-");
    let copy = |project: &Project, from: &str, to: &str| {
        for file in whole.files().iter().filter(|file| file.starts_with(from)) {
            project.write(&file.replacen(from, to, 1), whole.read_bytes(file));
        }
    };
    let states: [&[(&str, &str)]; 4] = [
        &[(&baseline, &unfinished)],
        &[(&baseline, &unfinished), (snapshot, snapshot)],
        &[(snapshot, snapshot), (&baseline, &baseline)],
        &[(&baseline, "migrations/2026-11-01-000000-0001_baseline")],
    ];
    for state in states {
        let project = Project::of(&NUMBERS);
        state.iter().for_each(|(from, to)| copy(&project, from, to));
        project.go(&[&["adopt"], &["check"], &["makemigrations", "--check"]]);
        assert_eq!(project.files(), whole.files(), "{state:?}");
        assert_eq!(project.bytes(), whole.bytes(), "{state:?}");
    }
}

#[test]
fn killed_at_any_moment_it_can_be_run_again() {
    for milliseconds in [0, 5, 10, 20, 40, 80, 160] {
        let project = Project::of(&NUMBERS);
        let killed = project.command(["adopt"]).spawn().kill_after(Duration::from_millis(milliseconds));
        if killed.code != Some(0) && !project.exists("migrations/migrations.lock") {
            project.go(&[&["adopt"]]);
        }
        project.go(&[&["check"], &["makemigrations", "--check"], &["migrate"], &["drift"]]);
    }
}
