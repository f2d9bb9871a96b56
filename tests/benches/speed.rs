//! Whole-process times on condo with 500 recorded migrations: `cargo bench -p makemigrations-tests`.
//!
//! Prints medians in milliseconds and, for scale, the time that the system needs to start a process and git to answer.
//! `cargo bench` builds for release; the numbers of a debug build mean nothing.

use std::time::{Duration, Instant};

use makemigrations_tests::chain::condo_chain;
use makemigrations_tests::condo;
use makemigrations_tests::database::Engine;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

const RUNS: usize = 21;

fn main() {
    for engine in Engine::ALL {
        let project = condo_chain(engine, 500);
        let repo = Repo::init(&project);
        repo.commit_all("500 migrations");
        repo.branch("feature");
        println!("condo, 311 tables, 500 migrations, {}", engine.name());
        let git = median(|| {
            repo.git(["rev-parse", "HEAD"]);
        });
        for arguments in [["makemigrations", "--check"].as_slice(), &["check"], &["showmigrations", "--help"]] {
            let time = median(|| {
                project.run(arguments).code(0);
            });
            let ratio = time.as_secs_f64() / git.as_secs_f64();
            println!("  {:26} {:7.1} ms  {ratio:5.1} x git rev-parse", arguments.join(" "), millis(time));
        }
        println!("  {:26} {:7.1} ms", "git rev-parse", millis(git));
        // One migration that is not merged: it is written again and compared, and linted.
        project.run(["makemigrations", "--empty", "--name", "by_hand"]).code(0);
        let newest = project.migrations().pop().expect("it was written a moment ago");
        project.write(&format!("migrations/{newest}/up.sql"), "SELECT 1;\n");
        project.run(["seal"]).code(0);
        for arguments in [["check"].as_slice(), &["lint"]] {
            let time = median(|| {
                project.run(arguments).code(0);
            });
            println!("  {:26} {:7.1} ms", format!("{}, one unmerged", arguments.join(" ")), millis(time));
        }
        with_schema_rs(engine);
    }
}

/// The first migration of condo without and with a `schema.rs` beside it.
fn with_schema_rs(engine: Engine) {
    let project = Project::new(engine);
    for (name, text) in condo::snapshots(engine) {
        project.write(&format!("schema-snapshots/{name}"), text);
    }
    let dialect = format!("dialect = \"{}\"\n", engine.name());
    let first = |settings: &str| {
        project.settings(settings);
        median(|| {
            for folder in
                ["migrations", "src"].map(|folder| project.join(folder)).iter().filter(|folder| folder.exists())
            {
                std::fs::remove_dir_all(folder).expect("a scratch folder can be deleted");
            }
            project.run(["makemigrations"]).code(0);
        })
    };
    let without = first(&dialect);
    let with = first(&format!("{dialect}schema_rs = \"src/schema.rs\"\n"));
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    println!("  {:26} {:7.1} ms", "makemigrations", millis(without));
    println!("  {:26} {:7.1} ms  {ratio:5.2} x without", "the same with schema_rs", millis(with));
}

fn median(run: impl Fn()) -> Duration {
    run();
    let mut times: Vec<_> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
