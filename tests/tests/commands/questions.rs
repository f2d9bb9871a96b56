//! What `makemigrations` cannot know: without a terminal it stops with exit 2, and what it prints works when pasted.

use makemigrations_tests::command::Command;
use makemigrations_tests::database::Engine;
use makemigrations_tests::environment;
use makemigrations_tests::project::Project;

use crate::setup::{Setup, next, snapshot_ticket};

/// Runs a command line as a person types it into a shell; `cargo xtask` is the command line under test.
#[track_caller]
fn paste(project: &Project, flags: &str) {
    let program = environment::program("makemigrations-under-test");
    let line = format!("'{}' makemigrations --no-input {flags}", program.display());
    Command::new(std::path::Path::new("sh"), project).args(["-c", &line]).run().code(0);
}

/// The printed flags, one for each answer: everything before two blanks, as the columns are apart.
fn printed(stderr: &str) -> Vec<String> {
    let lines = stderr.lines().map(str::trim_start).filter(|line| line.starts_with("--"));
    lines.map(|line| line.split("  ").next().unwrap().to_owned()).collect()
}

/// Asks, states what is printed, and gives the flags.
#[track_caller]
fn asked(project: &Project) -> Vec<String> {
    let before = project.files();
    let finished = project.run(["makemigrations", "--no-input"]);
    finished.code(2);
    // Without a terminal nothing is asked either.
    assert_eq!(project.run(["makemigrations"]).code(2).stderr, finished.stderr);
    assert_eq!(finished.stdout, "");
    assert_eq!(project.files(), before);
    printed(&finished.stderr)
}

fn project(engine: Engine, before: &str, after: &str) -> Project {
    let project = Project::new(engine);
    project.snapshot("main", before);
    next(&project, &[]);
    project.snapshot("main", after);
    project
}

const REQUEST: &str = "[tables.request.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";

#[test]
fn a_renamed_table_is_a_question_with_two_answers() {
    for engine in Engine::ALL {
        for (answer, expected) in [(0, "rename_request_ticket"), (1, "ticket")] {
            let project = project(engine, REQUEST, &REQUEST.replace("request", "ticket"));
            let flags = asked(&project);
            assert_eq!(flags, ["--rename request:ticket", "--no-renames"]);
            paste(&project, &flags[answer]);
            let name = project.migrations().pop().unwrap();
            assert!(name.contains(expected), "{name}");
            let up = project.read(&format!("migrations/{name}/up.sql"));
            assert_eq!(up.contains("RENAME"), answer == 0, "{up}");
            assert_eq!(up.contains("DROP TABLE"), answer == 1, "{up}");
            project.run(["makemigrations", "--check"]).code(0);
        }
    }
}

#[test]
fn a_renamed_column_is_a_question_with_two_answers() {
    for engine in Engine::ALL {
        for answer in [0, 1] {
            let with = |column: &str| format!("{REQUEST}{column} = {{ type = \"date\", nullable = true }}\n");
            let project = project(engine, &with("due"), &with("deadline"));
            let flags = asked(&project);
            assert_eq!(flags, ["--rename request.due:deadline", "--no-renames"]);
            paste(&project, &flags[answer]);
            project.run(["makemigrations", "--check"]).code(0);
        }
    }
}

/// Keys that a shell or the flag itself would take apart.
#[test]
fn odd_keys_are_quoted_so_that_the_flag_can_be_pasted() {
    let keys = ["first.name", "first name", "it's", "a\"b", "a:b=c", "$HOME", "back\\slash", "`date`", "*", "имя"];
    for key in keys {
        let quoted = toml::Value::String(key.to_owned()).to_string();
        let column = |name: &str| format!("{REQUEST}{name} = {{ type = \"date\", nullable = true }}\n");
        let renamed = project(Engine::Sqlite, &column(&quoted), &column("plain"));
        let flags = asked(&renamed);
        paste(&renamed, &flags[0]);
        let up = renamed.read(&format!("migrations/{}/up.sql", renamed.migrations()[1]));
        assert!(up.contains("RENAME"), "{key}: {up}");
        renamed.run(["makemigrations", "--check"]).code(0);

        let added = project(Engine::Sqlite, REQUEST, &format!("{REQUEST}{quoted} = \"integer\"\n"));
        let flags = asked(&added);
        paste(&added, &flags[0].replace("<SQL>", "7"));
        added.run(["makemigrations", "--check"]).code(0);
    }
}

#[test]
fn existing_rows_need_a_value() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.migrate();
        setup.database.execute("INSERT INTO ticket (id, title) VALUES (1, 'a'), (2, 'bb')");
        snapshot_ticket(&setup, "size = \"integer\"\nkind = \"text\"\n");
        let flags = asked(&setup);
        assert_eq!(flags, ["--backfill ticket.size=<SQL>", "--backfill ticket.kind=<SQL>"]);
        let filled = [flags[0].replace("<SQL>", "'length(title)'"), flags[1].replace("<SQL>", "\"'it''s; fine'\"")];
        paste(&setup, &filled.join(" "));
        setup.migrate();
        let rows = setup.database.column("SELECT size || kind FROM ticket ORDER BY id");
        assert_eq!(rows, ["1it's; fine", "2it's; fine"]);
        setup.run(["makemigrations", "--check"]).code(0);
    }
}

#[test]
fn a_column_that_becomes_not_null_needs_a_value() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.ticket("size = { type = \"integer\", nullable = true }\n");
        setup.migrate();
        setup.database.execute("INSERT INTO ticket (id, title, size) VALUES (1, 'a', NULL), (2, 'b', 5)");
        snapshot_ticket(&setup, "size = \"integer\"\n");
        let flags = asked(&setup);
        assert_eq!(flags, ["--backfill ticket.size=<SQL>"]);
        paste(&setup, &flags[0].replace("<SQL>", "0"));
        setup.migrate();
        assert_eq!(setup.database.column("SELECT CAST(size AS text) FROM ticket ORDER BY id"), ["0", "5"]);
        setup.run(["makemigrations", "--check"]).code(0);
    }
}

#[test]
fn a_type_without_a_cast_needs_an_expression() {
    let setup = Setup::new(Engine::Postgres);
    setup.ticket("due = \"integer\"\n");
    setup.migrate();
    setup.database.execute("INSERT INTO ticket VALUES (1, 'a', 7)");
    snapshot_ticket(&setup, "due = \"date\"\n");
    let flags = asked(&setup);
    assert_eq!(flags, ["--using ticket.due=<SQL>"]);
    paste(&setup, &flags[0].replace("<SQL>", "\"DATE '2026-11-23' + due\""));
    setup.migrate();
    assert_eq!(setup.database.value("SELECT due FROM ticket"), "2026-11-30");
    setup.run(["makemigrations", "--check"]).code(0);
}

/// Where a cast can fail on some rows, an expression can still be given.
#[test]
fn an_expression_beats_a_cast() {
    let setup = Setup::new(Engine::Postgres);
    setup.ticket("size = \"text\"\n");
    setup.migrate();
    setup.database.execute("INSERT INTO ticket VALUES (1, 'a', '7 pieces')");
    snapshot_ticket(&setup, "size = \"integer\"\n");
    paste(&setup, "--using \"ticket.size=split_part(size, ' ', 1)::integer\"");
    setup.migrate();
    assert_eq!(setup.database.value("SELECT size FROM ticket"), "7");
}

/// All questions of a run are asked at once, and all answers go into one command.
#[test]
fn all_questions_come_together() {
    let after = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";
    let before = format!("{REQUEST}\n[tables.house.columns]\nid = \"integer\"\n");
    let after = format!("{after}\n[tables.house.columns]\nid = \"integer\"\nfloors = \"integer\"\n");
    let project = project(Engine::Sqlite, &before, &after);
    let flags = asked(&project);
    assert_eq!(flags.len(), 3, "{flags:?}");
    assert!(flags.contains(&"--backfill house.floors=<SQL>".to_owned()), "{flags:?}");
    paste(&project, "--rename request:ticket --backfill house.floors=1");
    project.run(["makemigrations", "--check"]).code(0);
}

#[test]
fn answers_that_name_nothing_are_errors() {
    let more = "size = { type = \"integer\", nullable = true }\n";
    let project = project(Engine::Sqlite, REQUEST, &format!("{REQUEST}{more}"));
    let before = project.files();
    for flags in [
        ["--rename", "reqest:ticket"],
        ["--rename", "request:ticket"],
        ["--rename", "request.titel:size"],
        ["--rename", "request.title:sise"],
        ["--backfill", "request.sise=1"],
        ["--backfill", "reqest.size=1"],
        ["--using", "request.sise=1"],
        ["--rename", "nonsense"],
        ["--backfill", "size=1"],
        ["--backfill", "request.size="],
    ] {
        let finished = project.run([&["makemigrations"], &flags[..]].concat());
        finished.code(2).stderr_contains(flags[0].trim_start_matches("--"));
        assert_eq!(project.files(), before, "{flags:?}");
    }
}

#[test]
fn hints_answer_and_are_spent_afterwards() {
    for engine in Engine::ALL {
        let hinted = "[tables.ticket]\nrenamed_from = \"request\"\n[tables.ticket.columns]\n\
                      id = { type = \"integer\", primary_key = true }\n\
                      subject = { type = \"text\", renamed_from = \"title\" }\n\
                      size = { type = \"integer\", backfill = 3 }\n";
        let project = project(engine, REQUEST, hinted);
        let before = project.run(["makemigrations", "--no-input"]);
        before.code(0).lacks("deleted");
        let name = project.migrations().pop().unwrap();
        assert!(project.read(&format!("migrations/{name}/up.sql")).contains("RENAME"));
        let after = project.run(["makemigrations", "--no-input"]);
        after.code(0).stderr_contains("`renamed_from`").stderr_contains("`backfill`").stderr_contains("deleted");
        assert_eq!(project.migrations().len(), 2);
        project.run(["makemigrations", "--check"]).code(0);
    }
}

#[test]
fn two_hints_swap_two_columns_once() {
    let project = Project::new(Engine::Sqlite);
    let snapshot = |first: &str, last: &str| {
        let text = format!(
            "[tables.person.columns]\nid = {{ type = \"integer\", primary_key = true }}\n\
             first = {{ type = \"text\"{first} }}\nlast = {{ type = \"text\"{last} }}\n"
        );
        project.snapshot("person", &text);
    };
    snapshot("", "");
    project.run(["makemigrations"]).code(0);
    snapshot(", renamed_from = \"last\"", ", renamed_from = \"first\"");
    project.run(["makemigrations"]).code(0);
    assert_eq!(project.migrations().len(), 2);
    // The columns are of one type: only the recorded migrations tell that the hints have done their work.
    project.run(["makemigrations"]).code(0).stderr_contains("has no effect any more");
    assert_eq!(project.migrations().len(), 2);
}
