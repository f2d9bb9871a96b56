//! `squash`: several migrations of one branch as one.

use makemigrations_tests::database::Engine;

use super::support::{Team, column, columns};

#[test]
fn what_is_applied_goes_back_and_comes_again_as_one() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.mine(&column("note"));
        team.run(["migrate"]).code(0);
        // The second thought: `note` was a bad name.
        team.project.replace(
            "schema-snapshots/ticket.toml",
            &column("note"),
            "remark = { type = \"text\", nullable = true, renamed_from = \"note\" }\n",
        );
        team.run(["makemigrations"]).code(0);
        team.run(["migrate"]).code(0);
        let shown = team.run(["squash", "--dry-run"]);
        shown.code(0).stdout_contains("-0002_ticket_priority -> ").stdout_contains("roll back");
        // All of them live on in it.
        shown.lacks("nothing is left of it");
        team.run(["squash", "--name", "bad name"]).code(2).stderr_contains("`bad name` cannot name a migration");
        assert_eq!(team.names().len(), 4);
        // Nothing is in the columns; that cannot be counted for one that has another name by now.
        team.run(["squash", "--yes"]).code(0).stderr_contains("3 operations become 2");
        assert_eq!(team.names(), ["0001_initial", "0002_ticket_priority_ticket_remark"]);
        assert_eq!(columns(team.database.as_ref().unwrap(), "ticket"), ["id", "priority", "remark", "state"]);
        team.repo.commit_all("mine");
        team.is_sound();
    }
}

#[test]
fn a_range_leaves_the_others_alone() {
    let team = Team::new();
    for name in ["a", "b", "c", "d"] {
        team.mine(&column(name));
    }
    team.run(["squash", "ticket_b", "4", "--name", "middle"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_ticket_a", "0003_middle", "0004_ticket_d"]);
    team.repo.commit_all("mine");
    team.is_sound();
}

#[test]
fn what_is_merged_or_written_by_hand_is_not_folded() {
    let team = Team::new();
    team.run(["squash"]).code(2).stderr_contains("nothing to squash");
    team.run(["squash", "initial"]).code(2).stderr_contains("merged");
    team.mine(&column("a"));
    team.run(["makemigrations", "--empty", "--name", "by_hand"]).code(0);
    team.run(["seal"]).code(0);
    let files = team.project.files();
    team.run(["squash"]).code(1).stderr_contains("by_hand").stderr_contains("squash FROM TO");
    assert_eq!(team.project.files(), files);
}

#[test]
fn what_takes_itself_back_leaves_nothing() {
    let team = Team::new();
    team.mine(&column("a"));
    team.project.replace("schema-snapshots/ticket.toml", &column("a"), "");
    team.run(["makemigrations"]).code(0);
    team.run(["squash"]).code(0).stderr_contains("nothing is left of it");
    assert_eq!(team.names(), ["0001_initial"]);
    team.is_sound();
}
