//! Databases that have all, some or none of the migrations that a squashed one stands for, and Diesel's own harness on them.

use makemigrations_tests::catalog::{Catalog, user_objects};
use makemigrations_tests::database::Engine;
use makemigrations_tests::structure::structure;

use crate::support::{SNAPSHOT, Team, applied, line};

#[test]
fn a_fresh_database_runs_it_instead_of_what_it_stands_for() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        let squashed = team.squashes("1", "5");
        assert!(squashed.ends_with("-0006_squashed_0001_0005"), "{squashed}");
        team.project.append(SNAPSHOT, line("later", ""));
        team.makes("later");
        let database = team.database("fresh");
        let plan = team.on(&database, ["migrate", "--plan"]);
        assert_eq!(
            plan.code(0).stdout.lines().map(|line| &line["apply 2026-12-01-000600-".len()..]).collect::<Vec<_>>(),
            [
                "0006_squashed_0001_0005/squashed.sql, instead of 5 migrations: 0001-0005",
                "0006_squashed_0001_0005",
                "0007_later"
            ]
        );
        assert_eq!(team.on(&database, ["showmigrations", "--plan"]).stdout, plan.stdout);
        let migrated = team.on(&database, ["migrate"]);
        migrated.code(0).stderr_contains("squashed 0001-0005 in one").stderr_contains("7 migrations applied");
        migrated.lacks("0003_note (");
        team.is_whole(&database);
        // Its `down.sql` is theirs.
        team.on(&database, ["migrate:down", "--to", "zero", "--yes"]).code(0).stderr_contains("7 migrations reverted");
        assert_eq!(user_objects(&database), Vec::<String>::new());
        team.on(&database, ["migrate"]).code(0).stderr_contains("squashed 0001-0005 in one");
        team.is_whole(&database);
    }
}

#[test]
fn a_database_that_has_all_takes_over_without_a_statement() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        let database = team.database("old");
        team.on(&database, ["migrate"]).code(0);
        let before = (structure(&database), applied(&database));
        team.squashes("1", "5");
        let migrated = team.on(&database, ["migrate"]);
        migrated.code(0).stderr_contains("1 migration applied").lacks("in one");
        assert_eq!(structure(&database), before.0);
        assert_eq!(applied(&database)[..5], before.1);
        team.is_whole(&database);
    }
}

#[test]
fn a_database_that_has_some_is_refused_with_the_gap_and_the_way_on() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        let database = team.database("partly");
        team.on(&database, ["migrate", "--to", "3"]).code(0);
        let before = (structure(&database), applied(&database));
        team.squashes("1", "5");
        for command in [["migrate"].as_slice(), &["migrate", "--plan"], &["showmigrations", "--plan"]] {
            let refused = team.on(&database, command);
            refused
                .code(1)
                .stderr_contains("0006_squashed_0001_0005`")
                .stderr_contains("applied: `2026-12-01-000100-0001_");
            refused.stderr_contains("missing: `2026-12-01-000400-0004_remark`, `2026-12-01-000500-0005_index`");
            refused
                .stderr_contains("`cargo xtask migrate --to 2026-12-01-000500-0005_index`, then `cargo xtask migrate`");
        }
        assert_eq!((structure(&database), applied(&database)), before);
        // The way on that it names.
        let ones = team.on(&database, ["migrate", "--to", "2026-12-01-000500-0005_index"]);
        ones.code(0).stderr_contains("0004_remark").stderr_contains("2 migrations applied");
        team.on(&database, ["migrate"]).code(0).stderr_contains("1 migration applied");
        team.is_whole(&database);
    }
}

#[test]
fn a_target_among_them_runs_them_one_by_one() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.squashes("1", "5");
        let database = team.database("target");
        team.on(&database, ["migrate", "--to", "2"]).code(0).stderr_contains("2 migrations applied").lacks("in one");
        let last = team.on(&database, ["migrate", "--to", "5"]);
        last.code(0).stderr_contains("3 migrations applied").lacks("in one");
        team.on(&database, ["migrate"]).code(0);
        team.is_whole(&database);
        // Half the way down is a gap again.
        team.on(&database, ["migrate:down", "--to", "4", "--yes"]).code(0);
        team.on(&database, ["migrate"]).code(1).stderr_contains("missing: `2026-12-01-000500-0005_index`");
    }
}

#[test]
fn faked_it_is_recorded_with_what_it_stands_for() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        let old = team.one_by_one("faked");
        team.squashes("1", "5");
        old.execute("DROP TABLE __makemigrations_history; DROP TABLE __diesel_schema_migrations;");
        team.on(&old, ["migrate", "--fake"]).code(0).stderr_contains("6 migrations applied").lacks("in one");
        team.is_whole(&old);
    }
}

#[test]
fn a_later_one_stands_for_the_later_ones() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.squashes("1", "5");
        for name in ["a", "b"] {
            team.project.append(SNAPSHOT, line(name, ""));
            team.makes(name);
        }
        team.merges();
        let nested = team.run(["squash", "1", "8"]);
        nested.code(1).stderr_contains("0006_squashed_0001_0005` stands for some of them already");
        team.squashes("7", "8");
        let database = team.database("twice");
        let migrated = team.on(&database, ["migrate"]);
        migrated.code(0).stderr_contains("squashed 0001-0005 in one").stderr_contains("squashed 0007-0008 in one");
        team.is_whole(&database);
        // A database between the two.
        let between = team.database("between");
        team.on(&between, ["migrate", "--to", "6"]).code(0).stderr_contains("squashed 0001-0005 in one");
        team.on(&between, ["migrate"]).code(0).stderr_contains("squashed 0007-0008 in one");
        Catalog::of(&between).assert_same(&Catalog::of(&database));
    }
}
