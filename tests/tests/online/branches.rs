//! The steps of one change stay one change: moved on top of what others merged, written anew where it clashes, folded, and
//! verified. With git and PostgreSQL. It must not look at the SQL of steps.

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::database::Database;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

use crate::support::{BEFORE, CHANGES, Change, changed, diesel_up, started};

/// `main` has the first migration, `feature` is checked out; the database has the first migration and rows.
struct Branches {
    project: Project,
    database: Database,
    repository: Repo,
}

impl Branches {
    fn new(name: &str) -> Self {
        let (project, database) = started(name);
        let repository = Repo::init(&project);
        repository.commit_all("initial");
        repository.branch("feature");
        Self { project, database, repository }
    }

    /// An hour later than everything else.
    fn later(&self, arguments: &[&str]) -> Finished {
        let command = makemigrations(&self.project, arguments).env("MAKEMIGRATIONS_NOW", "2026-11-23T15:12:00Z");
        command.env("DATABASE_URL", self.database.url()).run()
    }

    /// What somebody else merges meanwhile, then merged into `feature`.
    fn others_merge(&self, domain: &str, text: &str) {
        self.repository.commit_all("mine");
        self.repository.checkout("main");
        self.project.snapshot(domain, text);
        self.later(&["makemigrations", "--no-online", "--no-input"]).code(0);
        self.repository.commit_all("theirs");
        self.repository.checkout("feature");
        drop(self.repository.try_git(["merge", "main"]));
    }

    /// The number and the words of each step, and whether the records say the same.
    fn steps(&self, from: usize) -> Vec<String> {
        let names = self.project.migrations();
        let steps = &names[from..];
        for (index, name) in steps.iter().enumerate() {
            let record = self.project.read(&format!("migrations/{name}/operations.toml"));
            let expected = format!("step = {}\nsteps = {}\n", index + 1, steps.len());
            assert!(record.contains(&expected), "{name}: {record}");
            assert!(name.contains(&format!("-{:04}_", from + index + 1)), "{name} is not number {}", from + index + 1);
        }
        steps.iter().map(|name| name.rsplit_once('-').unwrap().1.split_once('_').unwrap().1.to_owned()).collect()
    }

    fn is_sound(&self) {
        self.repository.commit_all("together");
        self.later(&["check"]).code(0);
        self.later(&["makemigrations", "--check"]).code(0);
        self.later(&["migrate"]).code(0);
        self.later(&["drift"]).code(0);
        self.later(&["verify"]).code(0);
    }
}

const NOTE: &str = "[tables.note.columns]\nid = { type = \"bigint\", primary_key = true }\n";

fn change(name: &str) -> &'static Change {
    CHANGES.iter().find(|change| change.name == name).unwrap()
}

#[test]
fn steps_move_on_top_of_what_others_merged() {
    for (way, applied) in [("rebase", 3), ("--merge", 0)] {
        for name in ["column", "unique", "rewriting_type"] {
            let branches = Branches::new("moved");
            changed(&branches.project, change(name), "--online").code(0);
            let before = branches.steps(1);
            assert_eq!(before.len(), change(name).steps.len());
            if applied > 0 {
                let number = (1 + applied.min(before.len() - 1)).to_string();
                branches.later(&["migrate", "--to", &number]).code(0);
            }
            branches.others_merge("note", NOTE);
            let command: &[&str] =
                if way == "rebase" { &["rebase", "--yes"] } else { &["makemigrations", "--merge", "--yes"] };
            branches.later(command).code(0);
            assert_eq!(branches.steps(2), before, "{way} {applied}");
            branches.is_sound();
            assert_eq!(branches.database.value("SELECT count(*) FROM ticket"), "3000");
        }
    }
}

#[test]
fn steps_that_clash_are_written_anew_as_steps() {
    for applied in ["1", "5", "9"] {
        let branches = Branches::new("clash");
        changed(&branches.project, change("rewriting_type"), "--online").code(0);
        branches.later(&["migrate", "--to", applied]).code(0);
        branches.others_merge("app", &BEFORE.replace("default = 7", "default = 8"));
        branches.project.snapshot("app", &change("rewriting_type").after().replace("default = 7", "default = 8"));
        branches.later(&["makemigrations", "--merge", "--yes"]).code(1).stderr_contains("cargo xtask rebase");
        branches.later(&["rebase", "--yes"]).code(0).stderr_contains("one change");
        assert_eq!(branches.steps(2).len(), change("rewriting_type").steps.len());
        branches.is_sound();
        let column = "SELECT format_type(atttypid, NULL) || ' ' || pg_get_expr(adbin, adrelid) FROM pg_attribute
                      JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 'ticket'::regclass AND attname = 'size'";
        assert_eq!(branches.database.value(column), "bigint 8");
        assert_eq!(branches.database.value("SELECT count(*) FROM ticket WHERE size = id % 100 - 50"), "3000");
    }
}

#[test]
fn a_squash_of_a_copy_and_its_swap_is_the_change_of_the_type() {
    let branches = Branches::new("squash_copy");
    let rewriting = change("rewriting_type");
    changed(&branches.project, rewriting, "--online").code(0);
    branches.project.snapshot("app", &rewriting.after().replace("title = { type", "title = { index = true, type"));
    branches.later(&["makemigrations", "--online"]).code(0);
    assert_eq!(branches.project.migrations().len(), 13);
    branches.later(&["squash"]).code(0);
    let steps = branches.steps(1);
    assert_eq!(steps.len(), 12, "{steps:?}");
    assert!(steps[0].ends_with("_1_add_column") && steps.iter().any(|step| step.ends_with("_swap")), "{steps:?}");
    assert_eq!(diesel_up(&branches.project, &branches.database), 12);
    branches.is_sound();
}

#[test]
fn merged_steps_have_one_script_for_new_databases() {
    for name in ["column", "unique", "not_null", "foreign_key", "rewriting_type"] {
        let branches = Branches::new("stand_in");
        let count = change(name).steps.len();
        changed(&branches.project, change(name), "--online").code(0);
        branches.repository.commit_all("steps");
        branches.repository.checkout("main");
        branches.repository.merge("feature");
        branches.repository.branch("squash");
        let last = (1 + count).to_string();
        branches.later(&["migrate"]).code(0);
        branches.later(&["squash", "1", &last]).code(0);
        let folder = branches.project.migrations().pop().unwrap();
        let script = branches.project.read(&format!("migrations/{folder}/squashed.sql"));
        assert!(
            !script.contains("CONCURRENTLY") && !script.contains("NOT VALID") && !script.contains("_copy"),
            "{script}"
        );
        // One database goes the long way, the other one the short way.
        branches.is_sound();
        let fresh = Database::new(makemigrations_tests::database::Engine::Postgres, "stand_in_fresh");
        branches.project.run(["migrate", "--database-url", fresh.url()]).code(0);
        branches.project.run(["drift", "--database-url", fresh.url()]).code(0);
    }
}

#[test]
fn verify_goes_to_where_a_change_begins() {
    for name in ["unique", "primary_key", "not_null", "rewriting_type"] {
        let branches = Branches::new("verify");
        changed(&branches.project, change(name), "--online").code(0);
        let count = change(name).steps.len();
        for last in [1, count - 1, count] {
            branches.later(&["verify", "--last", &last.to_string()]).code(0);
        }
    }
}
