//! `makemigrations` when somebody else does the same, when it is killed, and when the disk refuses: all or nothing.

use std::time::{Duration, Instant};

use makemigrations_tests::command::{Command, makemigrations};
use makemigrations_tests::database::Engine;
use makemigrations_tests::environment;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

use crate::setup::{Setup, next, snapshot_ticket};

/// Enough tables that writing takes a while.
fn with_tables(count: usize) -> Project {
    let project = Project::new(Engine::Postgres);
    let table = |number| {
        let columns: String =
            (0..12).map(|column| format!("c{column} = {{ type = \"integer\", index = true }}\n")).collect();
        format!("[tables.t{number}.columns]\nid = {{ type = \"integer\", primary_key = true }}\n{columns}\n")
    };
    project.snapshot("main", &(0..count).map(table).collect::<String>());
    project
}

const INITIAL: &str = "2026-11-23-141200-0001_initial";

/// The files of the migration with their contents.
fn migration(project: &Project) -> Vec<(String, String)> {
    let folder = format!("migrations/{INITIAL}/");
    let files = project.files().into_iter().filter(|name| name.starts_with(&folder));
    files.map(|name| (name.clone(), project.read(&name))).collect()
}

/// Exactly one migration, complete, and nothing that the gate complains of.
#[track_caller]
fn assert_whole(project: &Project) {
    assert_eq!(project.migrations(), [INITIAL]);
    // Besides the warning that there is no git here.
    project.run(["check"]).code(0).lacks("error[").lacks("M020");
    let junk: Vec<_> = project
        .files()
        .into_iter()
        .filter(|name| {
            name.starts_with("migrations/") && !name.contains("_initial/") && !name.ends_with("migrations.lock")
        })
        .filter(|name| !name.rsplit('/').next().unwrap().starts_with('.'))
        .collect();
    assert_eq!(junk, Vec::<String>::new());
}

#[test]
fn of_several_at_once_one_writes() {
    let project = with_tables(20);
    let running: Vec<_> = (0..6).map(|_| makemigrations(&project, ["makemigrations"]).spawn()).collect();
    for process in running {
        process.wait().code(0);
    }
    assert_whole(&project);
}

#[test]
fn killed_at_any_moment_it_leaves_all_or_nothing() {
    const MOMENTS: u32 = 30;
    let whole = with_tables(40);
    let start = Instant::now();
    makemigrations(&whole, ["makemigrations"]).run().code(0);
    let duration = start.elapsed();

    let project = with_tables(40);
    let mut killed = 0;
    for moment in 0..MOMENTS {
        let running = makemigrations(&project, ["makemigrations"]).spawn();
        let finished = running.kill_after(duration * moment / MOMENTS);
        killed += u32::from(finished.code.is_none());
        let place = format!("after {moment}/{MOMENTS} of {duration:?}");
        // Diesel and the gate do not see what starts with a dot.
        let mut visible = project.migrations();
        visible.retain(|name| !name.starts_with('.'));
        assert!(visible.is_empty() || visible == [INITIAL], "{place}: {visible:?}");
        if !visible.is_empty() {
            assert!(migration(&project) == migration(&whole), "{place}: not complete");
        }
        // What the killed one left is no obstacle, and gone afterwards.
        project.run(["makemigrations"]).code(0);
        assert_whole(&project);
        assert_eq!(project.files(), whole.files(), "{place}");
        project.remove("migrations");
    }
    assert!(killed > MOMENTS / 2, "only {killed} of {MOMENTS} were interrupted");
}

#[test]
fn a_second_one_waits_for_the_first() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    let first = makemigrations(&project, ["makemigrations"]).spawn();
    let second = makemigrations(&project, ["makemigrations", "--name", "second"]).spawn();
    first.wait().code(0);
    second.wait().code(0);
    assert_eq!(project.migrations().len(), 1);
    project.run(["check"]).code(0);
}

/// `chmod` does not stop root; a file in the place of the folder stops everybody.
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    for (settings, path) in [("", "migrations"), ("migrations = \"notes.txt/migrations\"\n", "notes.txt")] {
        let project = Project::with_settings(&Folder::temporary(), &format!("dialect = \"sqlite\"\n{settings}"));
        snapshot_ticket(&project, "");
        project.write(path, "a file");
        project.run(["makemigrations"]).code(2).stderr_contains(path);
        assert_eq!(project.read(path), "a file");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only_is_named() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    snapshot_ticket(&project, "priority = { type = \"integer\", nullable = true }\n");
    let before = project.files();
    let path = project.join("migrations");
    set_permissions(&path, Permissions::from_mode(0o555)).unwrap();
    let is_stopped = std::fs::write(path.join(".probe"), "").is_err();
    let finished = project.run(["makemigrations"]);
    set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    if is_stopped {
        finished.code(2).stderr_contains("migrations");
        assert_eq!(project.files(), before);
        project.run(["makemigrations"]).code(0);
    } else {
        // Root is stopped by nothing; then it has to work.
        finished.code(0);
    }
}

/// A limit on the size of files is the nearest thing to a full disk that needs no rights.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_leaves_nothing() {
    let project = with_tables(20);
    let program = environment::program("makemigrations-under-test");
    // In units of 512 or 1024 bytes: the first files still fit, or nothing does.
    for limit in [0, 4, 16] {
        let line = format!("trap '' XFSZ; ulimit -f {limit}; exec '{}' makemigrations", program.display());
        let finished = Command::new(std::path::Path::new("sh"), &project).args(["-c", &line]).run();
        finished.code(2).stderr_contains("migrations");
        assert_eq!(project.migrations(), Vec::<String>::new(), "limit {limit}");
    }
    project.run(["makemigrations"]).code(0);
    assert_whole(&project);
}

/// The lock of the folder dies with its holder: nobody waits for one that is gone.
#[test]
fn nobody_waits_for_a_dead_process() {
    let project = with_tables(40);
    let running = makemigrations(&project, ["makemigrations"]).spawn();
    running.kill_after(Duration::from_millis(15)).lacks("panicked");
    let start = Instant::now();
    project.run(["makemigrations"]).code(0);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_whole(&project);
}

/// An exchange of migrations that was interrupted is named by the command that goes on with it.
#[test]
fn what_was_interrupted_is_named() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let repo = Repo::init(&setup.project);
    let folder = setup.join("migrations").canonicalize().expect("the folder of migrations");
    for (line, command) in
        [("by squash 1 2\n", "squash 1 2"), ("by makemigrations --merge\n", "makemigrations --merge"), ("", "rebase")]
    {
        let journal = format!("# makemigrations rebase 2\n{line}folder {}\n", folder.display());
        repo.write(".git/makemigrations/migrations/journal", journal);
        let shown = setup.run(["showmigrations"]);
        shown.code(0).stderr_contains(&format!("`{command}` was interrupted"));
        shown.stderr_contains(&format!("to go on: `cargo xtask {command}`"));
    }
}
