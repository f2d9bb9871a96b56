//! A project with one migration, and a home directory of its own for the files of libpq. It must not decide what is right.

use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;

pub(crate) struct Setup {
    pub(crate) project: Project,
    pub(crate) home: Folder,
}

impl Setup {
    /// One with a table `ticket` of `id` and `title`, whose migration is not applied.
    #[track_caller]
    pub(crate) fn new(engine: Engine) -> Self {
        let project = Project::new(engine);
        project.snapshot(
            "support",
            "[tables.ticket]\nprimary_key = [\"id\"]\n[tables.ticket.columns]\nid = \"bigint\"\ntitle = \"text\"\n",
        );
        let setup = Self { project, home: Folder::temporary() };
        makemigrations(&setup.project, ["makemigrations", "--no-input"]).run().code(0);
        setup
    }

    pub(crate) fn command(&self, url: &str, arguments: &[&str]) -> Command {
        makemigrations(&self.project, arguments).env("DATABASE_URL", url).env("HOME", self.home.path())
    }

    #[track_caller]
    pub(crate) fn run(&self, url: &str, arguments: &[&str]) -> Finished {
        self.command(url, arguments).run()
    }

    /// Whether `showmigrations` reaches a database with these variables; panics unless it does or says why not.
    #[track_caller]
    pub(crate) fn reaches(&self, url: &str, variables: &[(&str, &str)]) -> bool {
        let start = self.command(url, &["showmigrations"]);
        let finished = variables.iter().fold(start, |command, (name, value)| command.env(name, value)).run();
        match finished.code {
            Some(0) => true,
            Some(2 | 3) => {
                finished.stderr_contains("error: ");
                false
            }
            code => panic!("{url} {variables:?}: {code:?}\n{}", finished.stderr),
        }
    }
}
