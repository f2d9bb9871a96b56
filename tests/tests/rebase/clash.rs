//! Migrations that contradict what was merged meanwhile. Files alone.

use super::support::{Team, column};

/// Settles the snapshots as two people would: `ticket` with these columns.
fn settle(team: &Team, columns: &str) {
    let text = format!("[tables.ticket.columns]\nid = {{ type = \"integer\", primary_key = true }}\n{columns}");
    team.project.snapshot("ticket", &text);
    team.repo.git(["add", "schema-snapshots"]);
}

#[test]
fn what_both_made_alike_is_left_out() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.mine(&column("note"));
    team.repo.commit_all("mine");
    team.on_main(|| team.mine(&column("priority")));
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    settle(&team, &format!("state = \"text\"\n{}{}", column("priority"), column("note")));
    let done = team.run(["rebase"]);
    done.code(0).stderr_contains("has been made already").stderr_contains("nothing is left of it");
    assert_eq!(team.names(), ["0001_initial", "0002_ticket_priority", "0003_ticket_note"]);
    team.commit_merge();
    team.is_sound();
}

/// A rename and a backfill were answered once; that others changed the same column does not ask them again.
#[test]
fn what_contradicts_is_written_anew_with_the_answers() {
    let team = Team::new();
    let columns = "status = \"text\"\nowner = \"integer\"\n";
    settle(&team, columns);
    let made = team.run(["makemigrations", "--rename", "ticket.state:status", "--backfill", "ticket.owner=id * 2"]);
    made.code(0);
    team.mine(&column("note"));
    team.repo.commit_all("mine");
    team.on_main(|| {
        settle(&team, "state = { type = \"text\", default = \"new\" }\n");
        team.run(["makemigrations"]).code(0);
    });
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    settle(
        &team,
        &format!(
            "{}{}",
            columns.replace("status = \"text\"", "status = { type = \"text\", default = \"new\" }"),
            column("note")
        ),
    );
    let done = team.run(["rebase"]);
    done.code(0);
    let names = team.names();
    assert_eq!(names.len(), 4, "{names:?}\n{}", done.stderr);
    let all: String = team.project.migrations()[2..]
        .iter()
        .map(|name| team.project.read(&format!("migrations/{name}/operations.toml")))
        .collect();
    assert!(all.contains("op = \"rename_column\"") && all.contains("id * 2"), "{all}");
    team.commit_merge();
    team.is_sound();
}

#[test]
fn two_types_for_one_column_are_settled_by_the_snapshots() {
    let team = Team::new();
    team.mine("size = { type = \"integer\", nullable = true }\n");
    team.mine(&column("note"));
    team.repo.commit_all("mine");
    team.on_main(|| team.mine("size = { type = \"text\", nullable = true }\n"));
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    settle(&team, &format!("state = \"text\"\n{}{}", column("size"), column("note")));
    let done = team.run(["rebase"]);
    done.code(0).stderr_contains("add column size to ticket").stderr_contains("written anew from the snapshots");
    // What does not clash stays what it was, under its name.
    assert_eq!(team.names(), ["0001_initial", "0002_ticket_size", "0003_ticket_note"]);
    done.stderr_contains("-0002_ticket_size -> nothing is left of it");
    team.commit_merge();
    team.is_sound();
}

/// A value for rows was given for the type that the column had then: for another type it is asked again.
#[test]
fn a_value_for_another_type_is_no_answer() {
    let team = Team::new();
    settle(&team, "state = \"text\"\nsize = \"text\"\n");
    team.run(["makemigrations", "--backfill", "ticket.size='large'"]).code(0);
    team.repo.commit_all("mine");
    team.on_main(|| team.mine("size = { type = \"integer\", nullable = true }\n"));
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    settle(&team, "state = \"text\"\nsize = \"integer\"\n");
    let asked = team.run(["rebase"]);
    asked.code(2).stderr_contains("--backfill ticket.size=<SQL>");
    team.run(["rebase", "--backfill", "ticket.size=0"]).code(0);
    let names = team.project.migrations();
    let record = team.project.read(&format!("migrations/{}/operations.toml", names.last().expect("a migration")));
    assert!(!record.contains("large"), "{record}");
    team.commit_merge();
    team.is_sound();
}

#[test]
fn hand_written_sql_that_contradicts_stops() {
    let team = Team::new();
    team.project.append("schema-snapshots/ticket.toml", "size = { type = \"integer\", nullable = true }\n");
    team.run(["makemigrations", "--manual"]).code(0);
    team.repo.commit_all("mine");
    team.on_main(|| team.mine("size = { type = \"text\", nullable = true }\n"));
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    settle(&team, &format!("state = \"text\"\n{}", column("size")));
    let before = team.project.files();
    let stopped = team.run(["rebase"]);
    stopped.code(1).stderr_contains("written by hand");
    let theirs = "`add column size to ticket` of `2026-12-01-000400-0002_ticket_size`";
    assert_eq!(stopped.stderr.matches("add column size to ticket").count(), 2, "{}", stopped.stderr);
    assert!(stopped.stderr.contains("clashes with") || stopped.stderr.contains(theirs), "{}", stopped.stderr);
    assert_eq!(team.project.files(), before);
}

#[test]
fn snapshots_that_want_more_are_said() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.project.append("schema-snapshots/ticket.toml", column("later"));
    team.run(["rebase"]).code(0).stderr_contains("changes without a migration");
}

/// The migrations fit each other: that nobody has settled the snapshots yet keeps nothing from moving.
#[test]
fn snapshots_in_conflict_are_for_later() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.on_main(|| team.mine(&column("note")));
    assert_ne!(team.repo.try_git(["merge", "--no-edit", "main"]).code, Some(0));
    assert!(team.project.read("schema-snapshots/ticket.toml").contains("<<<<<<<"));
    team.run(["rebase"]).code(0).stderr_contains("the snapshots cannot be read");
    assert_eq!(team.names(), ["0001_initial", "0002_ticket_note", "0003_ticket_priority"]);
    settle(&team, &format!("state = \"text\"\n{}{}", column("priority"), column("note")));
    team.commit_merge();
    team.is_sound();
}

/// They dropped the table, and git leaves my file of it: whether it stays is for a person to say, not for `rebase`.
#[test]
fn a_snapshot_that_one_side_deleted_is_decided_first() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.on_main(|| {
        team.project.remove("schema-snapshots/ticket.toml");
        team.run(["makemigrations"]).code(0);
    });
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    let files = team.project.files();
    for way in [&["rebase"][..], &["rebase", "--dry-run"]] {
        let stopped = team.run(way);
        stopped.code(1).stderr_contains("has not settled `schema-snapshots/ticket.toml`").stderr_contains("git rm");
        assert_eq!(team.project.files(), files);
    }
    team.repo.git(["add", "schema-snapshots"]);
    let shown = team.run(["rebase", "--dry-run"]);
    shown.code(0).stderr_contains("+ create table ticket");
    team.run(["rebase"]).code(0).stderr_contains("+ create table ticket");
    team.commit_merge();
    team.is_sound();
}

/// They dropped the table that one of mine is about: the other one has nothing to do with it.
#[test]
fn what_does_not_clash_keeps_its_name_and_what_it_does() {
    let team = Team::new();
    team.mine(&column("color"));
    team.project.append("schema-snapshots/user.toml", column("price"));
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("mine");
    team.on_main(|| {
        team.project.remove("schema-snapshots/ticket.toml");
        team.run(["makemigrations"]).code(0);
    });
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    team.repo.git(["rm", "--quiet", "schema-snapshots/ticket.toml"]);
    let done = team.run(["rebase"]);
    done.code(0).stderr_contains("-0002_ticket_color -> nothing is left of it");
    assert_eq!(team.names(), ["0001_initial", "0002_delete_ticket", "0003_user_price"]);
    team.commit_merge();
    team.is_sound();
}

#[test]
fn what_builds_on_it_becomes_one_with_it() {
    let team = Team::new();
    team.mine("size = { type = \"integer\", nullable = true }\n");
    team.project.append("schema-snapshots/ticket.toml", "[[tables.ticket.indexes]]\ncolumns = [\"size\"]\n");
    team.run(["makemigrations"]).code(0);
    let last = team.project.migrations()[2].clone();
    team.repo.commit_all("mine");
    team.on_main(|| team.mine("size = { type = \"text\", nullable = true }\n"));
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    settle(
        &team,
        "state = \"text\"\nsize = { type = \"integer\", nullable = true }\n\
         [[tables.ticket.indexes]]\ncolumns = [\"size\"]\n",
    );
    let done = team.run(["rebase", "--using", "ticket.size=0"]);
    done.code(0).stderr_contains("builds on").stderr_contains(&format!("{last} -> "));
    assert_eq!(team.names().len(), 3);
    team.commit_merge();
    team.is_sound();
}

/// Nobody is there to ask: the answer is a flag, as with `makemigrations`.
#[test]
fn a_question_is_answered_by_a_flag() {
    let team = Team::new();
    team.mine("size = { type = \"integer\", nullable = true }\n");
    team.repo.commit_all("mine");
    team.on_main(|| team.mine("size = { type = \"text\", nullable = true }\n"));
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    settle(&team, "state = \"text\"\nsize = \"text\"\n");
    let before = team.project.files();
    team.run(["rebase"]).code(2).stderr_contains("--backfill ticket.size=");
    assert_eq!(team.project.files(), before);
    team.run(["rebase", "--backfill", "ticket.size='none'"]).code(0);
    let up = team.project.read(&format!("{}/up.sql", team.folder("-0003_ticket_size")));
    assert!(up.contains("'none'"), "{up}");
    team.commit_merge();
    team.is_sound();
}
