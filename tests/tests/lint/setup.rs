//! A project for PostgreSQL with merged migrations and a branch. It must not state anything itself.

use std::ops::Deref;

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::database::Engine;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;
use serde_json::Value;

const TICKET: &str = "id = { type = \"bigint\", primary_key = true, auto_increment = true }\ntitle = \"text\"\n";

/// `main` has one migration, which makes the table `ticket`; the branch `feature` is checked out.
pub(crate) struct Branch {
    pub(crate) project: Project,
    pub(crate) repo: Repo,
}

impl Deref for Branch {
    type Target = Project;

    fn deref(&self) -> &Project {
        &self.project
    }
}

impl Branch {
    #[track_caller]
    pub(crate) fn new() -> Self {
        let project = Project::new(Engine::Postgres);
        let branch = Self { repo: Repo::init(&project), project };
        branch.snapshot("");
        branch.next(&[]);
        branch.repo.commit_all("initial");
        branch.repo.branch("feature");
        branch.repo.checkout("feature");
        branch
    }

    /// The table `ticket` with more columns.
    pub(crate) fn snapshot(&self, more: &str) {
        self.project.snapshot("ticket", &format!("[tables.ticket.columns]\n{TICKET}{more}"));
    }

    /// Writes the next migration and returns its name.
    #[track_caller]
    pub(crate) fn next(&self, flags: &[&str]) -> String {
        self.run([&["makemigrations", "--no-input"], flags].concat()).code(0);
        self.migrations().pop().unwrap()
    }

    /// A migration with SQL of its own, sealed.
    #[track_caller]
    pub(crate) fn by_hand(&self, up: &str) -> String {
        let name = self.next(&["--empty", "--name", "by_hand"]);
        self.write(&format!("migrations/{name}/up.sql"), up);
        self.write(&format!("migrations/{name}/down.sql"), "SELECT 1;\n");
        self.run(["seal", &name]).code(0);
        name
    }

    /// The findings as programs get them.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> (Finished, Vec<Value>) {
        let finished = self.run([arguments, &["--format", "json"]].concat());
        let document: Value =
            serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {}", finished.stdout));
        let findings = document["findings"].as_array().unwrap().clone();
        (finished, findings)
    }

    #[track_caller]
    pub(crate) fn with_url(&self, url: &str, arguments: &[&str]) -> Finished {
        makemigrations(&self.project, arguments).env("DATABASE_URL", url).run()
    }
}

/// Rule and level of each finding.
pub(crate) fn short(findings: &[Value]) -> Vec<String> {
    findings
        .iter()
        .map(|found| format!("{} {}", found["severity"].as_str().unwrap(), found["id"].as_str().unwrap()))
        .collect()
}
