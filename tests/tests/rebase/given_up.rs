//! What git has given up, and what is put back of it, in every order of the two commands. It must not kill anything:
//! `interrupted` does.

use makemigrations_tests::database::Engine;

use super::support::{Team, column};

/// Git drops a commit of which nothing is left; in the next step all is given up, in each order of the two.
#[test]
fn a_step_is_given_up_after_one_that_git_dropped() {
    for (engine, is_first) in Engine::ALL.into_iter().flat_map(|engine| [(engine, true), (engine, false)]) {
        let team = Team::with_database(engine);
        team.mine(&column("a"));
        team.repo.commit_all("a, mine");
        team.on_main(|| {
            team.project.append("schema-snapshots/ticket.toml", column("a"));
            team.run(["makemigrations", "--name", "theirs"]).code(0);
        });
        team.merge_main();
        team.run(["rebase", "--yes"]).code(0);
        team.commit_merge();
        team.mine(&column("b"));
        team.repo.commit_all("b");
        team.theirs(&column("email"));
        team.run(["migrate"]).code(0);
        let before = (team.project.migrations(), team.project.read("migrations/migrations.lock"));
        assert_ne!(team.repo.try_git(["rebase", "main"]).code, Some(0));
        let first = team.run(["rebase", "--yes"]);
        first.code(0).stderr_contains("git rebase --skip");
        assert_ne!(team.follow(&first, "next: ").code, Some(0), "the next commit stops as well");
        if is_first {
            let aborted = team.run(["rebase", "--abort", "--yes"]);
            aborted.code(0).stderr_contains("next: `git rebase --abort`");
        }
        team.repo.git(["rebase", "--abort"]);
        let last = team.run(["rebase", "--abort", "--yes"]);
        last.code(0);
        let after = (team.project.migrations(), team.project.read("migrations/migrations.lock"));
        assert_eq!(after, before, "{engine:?} {is_first}: {}", last.stderr);
        assert_eq!(team.repo.git(["status", "--porcelain"]), "");
        team.run(["migrate"]).code(0);
        team.is_sound();
    }
}

/// SQL that was written by hand is changed after `rebase` has moved it, and sealed or not: what is applied is taken back as it
/// ran, the old folder comes back, and the edit is kept.
#[test]
fn what_was_edited_in_between_is_kept() {
    let cases = [(false, false), (false, true), (true, false), (true, true)];
    for (engine, (is_first, is_sealed)) in Engine::ALL.into_iter().flat_map(|engine| cases.map(|case| (engine, case))) {
        let team = Team::with_database(engine);
        team.run(["makemigrations", "--empty", "--name", "by_hand"]).code(0);
        team.project.append(&format!("{}/up.sql", team.folder("_by_hand")), "SELECT 1;\n");
        team.run(["seal"]).code(0);
        team.repo.commit_all("by hand");
        team.run(["migrate"]).code(0);
        let before = team.project.migrations();
        team.theirs(&column("email"));
        team.merge_main();
        team.run(["rebase", "--yes"]).code(0);
        team.project.append(&format!("{}/up.sql", team.folder("_by_hand")), "UPDATE ticket SET state = 'precious';\n");
        if is_sealed {
            // Outside of a merge this is refused.
            team.run(["seal"]).code(0).stderr_contains("is applied in").stderr_contains("migrate:down --absent");
        }
        if is_first {
            let aborted = team.run(["rebase", "--abort", "--yes"]);
            aborted.code(0).stderr_contains("was changed since");
            team.repo.git(["merge", "--abort"]);
        } else {
            team.repo.git(["merge", "--abort"]);
            team.run(["rebase"]).code(1).stderr_contains("cargo xtask rebase --abort");
            team.run(["rebase", "--abort", "--yes"]).code(0).stderr_contains("was changed since");
        }
        team.run(["rebase", "--abort", "--yes"]).code(0);
        assert_eq!(team.project.migrations(), before, "{engine:?} {is_first} {is_sealed}");
        assert_eq!(team.repo.git(["status", "--porcelain"]), "");
        let saved = makemigrations_tests::folder::files(&team.repo.join(".git/makemigrations/migrations.saved"));
        let is_edit = |file: &String| {
            let text = team.repo.read(&format!(".git/makemigrations/migrations.saved/{file}"));
            text.contains("precious")
        };
        assert!(saved.iter().any(is_edit), "{saved:?}");
        team.repo.remove(".git/makemigrations");
        team.run(["migrate"]).code(0);
        team.is_sound();
    }
}

/// Twice in one step: what comes back is what was there before the first.
#[test]
fn two_runs_in_one_merge_are_given_up_together() {
    let team = Team::with_database(Engine::Sqlite);
    team.mine(&column("a"));
    team.repo.commit_all("a");
    team.run(["migrate"]).code(0);
    let before = team.project.migrations();
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["rebase", "--yes"]).code(0);
    team.mine(&column("b"));
    team.run(["migrate"]).code(0);
    team.run(["squash", "--yes"]).code(0);
    let aborted = team.run(["rebase", "--abort", "--yes"]);
    aborted.code(0);
    team.repo.git(["reset", "--quiet", "--hard"]);
    team.repo.git(["clean", "--quiet", "-fd"]);
    team.run(["rebase", "--abort", "--yes"]).code(0);
    assert_eq!(team.project.migrations(), before);
    team.run(["rebase", "--yes"]).code(0);
    team.is_sound();
}
