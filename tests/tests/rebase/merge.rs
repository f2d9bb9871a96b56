//! `makemigrations --merge`: the proof that two migrations do not matter to each other, and the two operations that do.

use super::support::{Team, column};

#[test]
fn migrations_of_different_tables_get_another_number() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    let sql = team.project.read(&format!("{}/up.sql", team.folder("_ticket_priority")));
    let shown = team.run(["makemigrations", "--merge", "--dry-run"]);
    shown.code(0).stdout_contains("-0003_ticket_priority");
    team.run(["makemigrations", "--merge"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    assert_eq!(team.project.read(&format!("{}/up.sql", team.folder("_ticket_priority"))), sql);
    team.commit_merge();
    team.is_sound();
    team.run(["makemigrations", "--merge"]).code(0).stderr_contains("nothing to do");
}

#[test]
fn the_two_operations_that_clash_are_named() {
    let team = Team::new();
    team.mine("note = { type = \"text\", nullable = true }\nsize = { type = \"integer\", nullable = true }\n");
    let mine = team.project.migrations()[1].clone();
    team.repo.commit_all("mine");
    team.on_main(|| team.mine("size = { type = \"text\", nullable = true }\n"));
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    let theirs = team.project.migrations().into_iter().find(|name| name.ends_with("0002_ticket_size")).unwrap();
    let before = team.project.files();
    let stopped = team.run(["makemigrations", "--merge"]);
    stopped
        .code(1)
        .stderr_contains(&format!("`add column size to ticket` of `{mine}`"))
        .stderr_contains(&format!("`add column size to ticket` of `{theirs}`"))
        .stderr_contains("cargo xtask rebase");
    assert_eq!(team.project.files(), before);
}

/// They change the type of what I rename: it is the other order that does not work.
#[test]
fn the_reason_is_true_of_the_order_that_would_be() {
    let team = Team::new();
    team.project.replace("schema-snapshots/ticket.toml", "state = ", "status = ");
    team.run(["makemigrations", "--rename", "ticket.state:status"]).code(0);
    team.repo.commit_all("mine");
    team.on_main(|| {
        team.project.replace("schema-snapshots/ticket.toml", "state = \"text\"", "state = \"varchar(90)\"");
        team.run(["makemigrations"]).code(0);
    });
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    let stopped = team.run(["makemigrations", "--merge"]);
    stopped.code(1).stderr_contains("one refers to what the other one changes").lacks("does not exist at this point");
}

#[test]
fn hand_written_sql_proves_nothing() {
    let team = Team::new();
    team.run(["makemigrations", "--empty", "--name", "fill"]).code(0);
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["makemigrations", "--merge"]).code(1).stderr_contains("written by hand").stderr_contains("0002_fill");
    team.run(["rebase"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_fill"]);
}

#[test]
fn it_goes_with_no_other_flag_that_plans() {
    let team = Team::new();
    for flag in ["--check", "--empty", "--manual", "--no-renames"] {
        team.run(["makemigrations", "--merge", flag]).code(2);
    }
    team.run(["makemigrations", "--yes"]).code(2);
}

/// A view of mine that reads what theirs takes away, however it is written.
#[test]
fn what_a_view_reads_is_found_in_tabs_and_capitals() {
    for query in [
        "SELECT ID,\\tNAME\\tFROM\\tUSER",
        "select u.Name -- of today\\nfrom /* the\\tuser */ User u",
        "SELECT\\r\\n\\tcount(NAME) AS n\\r\\nFROM\\r\\n\\t\\\"user\\\"",
    ] {
        let team = Team::new();
        let mine = format!("[views.names]\nquery = \"{query}\"\n");
        team.project.append("schema-snapshots/ticket.toml", &mine);
        team.run(["makemigrations"]).code(0);
        team.repo.commit_all("mine");
        team.on_main(|| {
            team.project.replace("schema-snapshots/user.toml", "name = \"text\"\n", "");
            team.run(["makemigrations"]).code(0);
        });
        team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
        let stopped = team.run(["makemigrations", "--merge"]);
        stopped.code(1).stderr_contains("create view names").stderr_contains("drop column name");
    }
}

/// What theirs takes away stands in a text of my query, and nowhere else.
#[test]
fn a_word_in_a_string_is_no_name() {
    let team = Team::new();
    let mine = "[views.kinds]\nquery = \"SELECT id, 'name' AS kind FROM \\\"user\\\" /* by name */\"\n";
    team.project.append("schema-snapshots/ticket.toml", mine);
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("mine");
    team.on_main(|| {
        team.project.replace("schema-snapshots/user.toml", "name = \"text\"\n", "");
        team.run(["makemigrations"]).code(0);
    });
    team.merge_main();
    team.run(["makemigrations", "--merge"]).code(0);
    team.commit_merge();
    team.is_sound();
}

/// The same words in comments, texts and other names are not what they look like.
#[test]
fn a_view_that_reads_nothing_of_theirs_is_in_nobodys_way() {
    let team = Team::new();
    let mine = "[views.states]\nquery = \"SELECT\\tSTATE\\r\\nFROM Ticket -- not of email\\n/* email */\"\n";
    team.project.append("schema-snapshots/ticket.toml", mine);
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["makemigrations", "--merge"]).code(0);
    team.commit_merge();
    team.is_sound();
}
