//! `schema.rs` where `rebase`, `squash` and `makemigrations --merge` change migrations: git's conflicts in it are settled, and
//! giving up puts it back. It must not state what is in the file, other than the tables that were declared.

use std::time::Duration;

use super::support::{Team, column};

const SETTING: &str = "schema_rs = \"src/schema.rs\"\n";
const FILE: &str = "src/schema.rs";

/// A table in a domain of its own.
fn table(name: &str) -> String {
    format!("[tables.{name}.columns]\nid = {{ type = \"integer\", primary_key = true }}\n")
}

/// Both sides have a new table, so that git finds a conflict in `schema.rs`.
fn in_conflict(settings: &str) -> Team {
    let team = Team::with_settings(settings);
    team.project.snapshot("visit", &table("visit"));
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("mine");
    team.on_main(|| {
        team.project.snapshot("vendor", &table("vendor"));
        team.run(["makemigrations"]).code(0);
    });
    team
}

#[track_caller]
fn has_both(team: &Team, file: &str) {
    let text = team.project.read(file);
    assert!(text.contains("visit (id)") && text.contains("vendor (id)") && !text.contains("<<<<"), "{text}");
    team.run(["schema", "--check"]).code(0);
}

#[test]
fn a_conflict_in_it_is_settled_with_the_migrations() {
    for command in [&["rebase"][..], &["makemigrations", "--merge"]] {
        let team = in_conflict(SETTING);
        team.merge_main();
        let in_conflict = team.project.read(FILE);
        assert!(in_conflict.contains("<<<<<<<"), "{in_conflict}");
        let dry: Vec<&str> = command.iter().copied().chain(["--dry-run"]).collect();
        team.run(&dry).code(0).stdout_contains("write src/schema.rs");
        assert_eq!(team.project.read(FILE), in_conflict);
        let done = team.run(command);
        done.code(0).lacks("settle");
        done.stderr_contains("next: `git add migrations src/schema.rs && git commit");
        has_both(&team, FILE);
        team.commit_merge();
        team.is_sound();
    }
}

#[test]
fn git_rebase_comes_to_its_end() {
    let team = in_conflict(SETTING);
    team.rebase_on_main();
    has_both(&team, FILE);
    team.is_sound();
}

#[test]
fn a_diesel_toml_is_enough() {
    let team = Team::new();
    team.project.write("diesel.toml", "[print_schema]\nfile = \"src/db/schema.rs\"\n");
    team.run(["schema"]).code(0);
    team.mine(&column("a"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["rebase"]).code(0);
    let text = team.project.read("src/db/schema.rs");
    assert!(text.contains("a -> ") && text.contains("email -> "), "{text}");
    team.commit_merge();
    team.is_sound();
}

/// Where nothing moves it is brought up to date all the same.
#[test]
fn nothing_has_to_move() {
    let team = Team::with_settings(SETTING);
    let good = team.project.read(FILE);
    team.mine(&column("a"));
    team.repo.commit_all("mine");
    team.run(["rebase"]).code(0).stderr_contains("nothing to do");
    team.project.write(FILE, &good);
    team.run(["rebase", "--dry-run"]).code(0).stdout_contains("write src/schema.rs");
    team.run(["rebase"]).code(0).stderr_contains("src/schema.rs");
    team.run(["check"]).code(0);
}

#[test]
fn snapshots_in_conflict_leave_it_as_it_is() {
    let team = in_conflict(SETTING);
    team.project.append("schema-snapshots/ticket.toml", column("a"));
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("mine");
    team.on_main(|| {
        team.project.append("schema-snapshots/ticket.toml", column("b"));
        team.run(["makemigrations"]).code(0);
    });
    team.merge_main();
    let before = team.project.read(FILE);
    team.run(["rebase"]).code(0).stderr_contains("`schema.rs` stays as it is: the snapshots cannot be read");
    assert_eq!(team.project.read(FILE), before);
}

#[test]
fn squashed_migrations_keep_it() {
    let team = Team::with_settings(SETTING);
    team.mine(&column("a"));
    team.mine(&column("b"));
    let good = team.project.read(FILE);
    team.run(["squash", "--yes"]).code(0);
    assert_eq!(team.project.read(FILE), good);
    team.mine(&column("c"));
    team.project.write(FILE, &good);
    team.run(["squash", "--yes", "--dry-run"]).code(0);
    assert_eq!(team.project.read(FILE), good);
    team.run(["squash", "--yes"]).code(0).stderr_contains("src/schema.rs");
    team.run(["check"]).code(0);
    // Of merged ones: one more that stands for them.
    team.repo.commit_all("mine");
    team.repo.checkout("main");
    team.repo.git(["merge", "--quiet", "mine"]);
    team.repo.branch("later");
    team.project.write(FILE, &good);
    team.run(["squash", "1", "2"]).code(0).stderr_contains("src/schema.rs");
    team.run(["check"]).code(0);
}

/// Each domain has a file: those that a side brings come, and giving up takes them away.
#[test]
fn killed_at_any_moment_it_goes_on_or_back() {
    let team = in_conflict("schema_rs = { path = \"src/schema.rs\", per_domain = true }\n");
    let files = |team: &Team| -> Vec<(String, String)> {
        let files = team.project.files().into_iter().filter(|file| !file.starts_with("target/"));
        files.map(|file| (file.clone(), team.project.read(&file))).collect()
    };
    let before = files(&team);
    for (round, delay) in [0, 10, 20, 30, 40, 50, 60, 80, 100, 150].into_iter().enumerate() {
        team.merge_main();
        let met = files(&team);
        drop(team.command(["rebase"]).spawn().kill_after(Duration::from_millis(delay)));
        if round % 2 == 0 {
            team.run(["rebase"]).code(0);
            has_both_domains(&team);
            // As a command leaves it that is killed before it renames.
            team.project.write("src/.makemigrations-new-schema.rs", "half");
        }
        team.run(["rebase", "--abort", "--yes"]).code(0);
        assert_eq!(files(&team), met, "killed after {delay} ms");
        team.repo.git(["merge", "--abort"]);
        team.run(["rebase", "--abort", "--yes"]).code(0);
        assert_eq!(files(&team), before, "killed after {delay} ms");
    }
}

#[track_caller]
fn has_both_domains(team: &Team) {
    for name in ["visit", "vendor"] {
        let text = team.project.read(&format!("src/schema/domains/{name}.rs"));
        assert!(text.contains(&format!("{name} (id)")), "{text}");
    }
    team.run(["schema", "--check"]).code(0);
}
