//! The gate as a build script, with real cargo: a crate that has nothing but `makemigrations-gate` as a build dependency
//! does not build when its migrations are not what the lock file says. It must not need git.

use std::fs;
use std::path::Path;

use makemigrations_tests::command::{Command, Finished};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::merged::{LOCK, Merged, found, sum};
use makemigrations_tests::project::Project;

/// Shows the lock file that it was built with.
const MAIN: &str = "fn main() {\n    print!(\"{}\", include_str!(env!(\"MAKEMIGRATIONS_LOCK\")));\n}\n";

/// A project whose member `app` is built with the gate, outside of any repository.
fn project() -> Merged {
    let m = Merged::fresh();
    m.remove(".git");
    let gate = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/gate");
    m.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"app\"]\n\n[workspace.metadata.makemigrations]\ndialect = \"sqlite\"\n",
    );
    m.write(
        "app/Cargo.toml",
        format!(
            "[package]\nname = \"app\"\nedition = \"2024\"\n\n[build-dependencies]\nmakemigrations-gate = {{ path = {:?} }}\n",
            gate.canonicalize().unwrap()
        ),
    );
    m.write("app/build.rs", "fn main() {\n    makemigrations_gate::build_script();\n}\n");
    m.write("app/src/main.rs", MAIN);
    m
}

fn cargo(m: &Folder, command: &str) -> Finished {
    Command::new(Path::new("cargo"), m).args([command, "--offline", "--color=never"]).run()
}

/// What is done to the migrations, and what the build says of it: the ids, none when it passes without a word.
struct Case {
    name: &'static str,
    code: i32,
    ids: &'static [&'static str],
    act: fn(&Merged),
}

#[test]
fn builds_fail_on_what_needs_no_git() {
    let fails = |name, ids, act| Case { name, code: 101, ids, act };
    let warns = |name, ids, act| Case { name, code: 0, ids, act };
    let passes = |name, act| Case { name, code: 0, ids: &[], act };
    run(&[
        passes("nothing", |_| {}),
        fails("an edit", &["M001"], |m| m.edit(&m.first("up.sql"))),
        fails("an edit of operations.toml", &["M001"], |m| m.append(&m.first("operations.toml"), "# edited\n")),
        fails("a byte order mark", &["M001"], |m| {
            m.write(&m.first("up.sql"), format!("\u{feff}{}", m.read(&m.first("up.sql"))));
        }),
        fails("the last newline removed", &["M001"], |m| {
            m.write(&m.first("up.sql"), m.read(&m.first("up.sql")).trim_end());
        }),
        fails("an edit of the own migration", &["M001"], |m| m.edit(&m.own("up.sql"))),
        fails("a file removed", &["M006"], |m| m.remove(&m.first("down.sql"))),
        fails("a migration removed", &["M006"], |m| m.remove(&m.merged(1))),
        fails("a migration renamed", &["M005", "M006"], |m| m.rename(&m.merged(1), &format!("{}_again", m.merged(1)))),
        fails("a file that is not recorded", &["M005"], |m| m.write(&m.first("notes.txt"), "note\n")),
        fails("a migration that is not recorded", &["M005"], |m| {
            m.write("migrations/2027-01-01-000000-0005_more/up.sql", "SELECT 1;\n");
        }),
        fails("a folder without up.sql", &["M010"], |m| {
            m.write("migrations/2027-01-01-000000-0005_left/down.sql", "SELECT 1;\n");
        }),
        fails("an empty up.sql", &["M011"], |m| {
            m.write(&m.first("up.sql"), "");
            m.record();
        }),
        fails("metadata.toml without its key", &["M012"], |m| {
            m.write(&m.newest("metadata.toml"), "# nothing\n");
            m.record();
        }),
        fails("COMMIT in a transaction", &["M013"], |m| {
            m.append(&m.first("up.sql"), "COMMIT;\n");
            m.record();
        }),
        fails("a number twice", &["M007"], |m| {
            m.rename(&m.own_folder(), "migrations/2027-01-01-000000-0001_again");
            m.record();
        }),
        fails("a version twice", &["M008"], |m| {
            m.rename(&m.own_folder(), &format!("{}x", m.merged(2)));
            m.record();
        }),
        fails("no lock file", &["M016"], |m| m.remove(LOCK)),
        fails("an empty lock file", &["M016"], |m| m.write(LOCK, "")),
        fails("a line twice", &["M016"], |m| {
            let text = m.read(LOCK);
            m.write(LOCK, format!("{text}{}\n", text.lines().last().unwrap()));
        }),
        fails("conflict markers", &["M016"], |m| {
            m.write(LOCK, format!("{}<<<<<<< HEAD\n=======\n>>>>>>> main\n", m.read(LOCK)));
        }),
        fails("a line with another sum", &["M001"], |m| {
            m.replace(LOCK, &sum(&m.read_bytes(&m.first("up.sql"))), &sum(b"something else"));
        }),
        fails("an override without a reason", &["M018"], |m| {
            m.declare(&format!("# override {}", m.names().next().unwrap()));
        }),
        #[cfg(unix)]
        fails("a link to a file", &["M015"], |m| {
            m.rename(&m.first("up.sql"), "up.sql");
            std::os::unix::fs::symlink(m.join("up.sql"), m.join(&m.first("up.sql"))).unwrap();
        }),
        #[cfg(unix)]
        fails("a link to a migration", &["M015"], |m| {
            m.rename(&m.merged(1), "moved");
            std::os::unix::fs::symlink(m.join("moved"), m.join(&m.merged(1))).unwrap();
        }),
        #[cfg(unix)]
        fails("a link to the migrations", &["M015"], |m| {
            m.rename("migrations", "moved");
            std::os::unix::fs::symlink(m.join("moved"), m.join("migrations")).unwrap();
        }),
        fails("no migrations folder", &[], |m| m.remove("migrations")),
        passes("CRLF", |m| {
            for file in m.files().iter().filter(|file| file.starts_with("migrations/")) {
                m.write(file, m.read(file).replace('\n', "\r\n"));
            }
        }),
        passes("files of the system and of editors", |m| {
            m.write("migrations/.DS_Store", "x");
            m.write(&m.first(".up.sql.swp"), "x");
            m.write("migrations/.backup/up.sql", "x");
        }),
        passes("recorded anew, which needs git to be seen", |m| {
            m.edit(&m.first("up.sql"));
            m.record();
        }),
        warns("a loose file", &["M020"], |m| m.write("migrations/README.md", "x\n")),
        warns("an editor's backup", &["M020"], |m| m.write(&m.first("up.sql~"), "x")),
        warns("an empty folder", &["M020"], |m| fs::create_dir(m.join("migrations/left")).unwrap()),
        warns("an override with a reason", &["M014"], |m| {
            m.declare(&format!("# override {} ticket 4711", m.names().next().unwrap()));
        }),
    ]);
}

fn run(cases: &[Case]) {
    let m = project();
    let pristine: Vec<_> = m.files().into_iter().filter(|file| file.starts_with("migrations/")).collect();
    let pristine: Vec<_> = pristine.into_iter().map(|file| (m.read(&file), file)).collect();
    let mut failed = Vec::new();
    for Case { name, code, ids, act } in cases {
        if m.exists("migrations") {
            m.remove("migrations");
        }
        for leftover in ["moved", "up.sql"].into_iter().filter(|path| m.exists(path)) {
            m.remove(leftover);
        }
        pristine.iter().for_each(|(text, file)| m.write(file, text));
        act(&m);
        let finished = cargo(&m, "build");
        let expected = ids.iter().map(|id| (*id).to_owned()).collect();
        // What fails names the file or the folder, and says what to do.
        let is_readable = *code == 0 || (finished.stderr.contains("hint: ") && finished.stderr.contains("migrations"));
        if finished.code != Some(*code) || found(&finished.stderr) != expected || !is_readable {
            failed.push(format!("=== {name}: exit code {code}, {ids:?}\n{finished:?}"));
        }
    }
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn builds_follow_the_migrations() {
    let m = project();
    let built = cargo(&m, "run");
    built.code(0).stderr_contains("Compiling app");
    assert_eq!(built.stdout, m.read(LOCK));
    let again = cargo(&m, "run");
    again.code(0).lacks("Compiling");

    m.columns("urgent = { type = \"boolean\", nullable = true }\n");
    m.tool(&["makemigrations", "--no-input"]);
    let new = Project::at(&m).migrations().pop().unwrap();
    let rebuilt = cargo(&m, "run");
    rebuilt.code(0).stderr_contains("Compiling app").stdout_contains(&new);

    // A folder that is not in the lock file is seen although no file changed, and its going as well.
    m.write("migrations/2027-01-01-000000-0009_more/up.sql", "SELECT 1;\n");
    cargo(&m, "run").code(101).stderr_contains("2027-01-01-000000-0009_more").stderr_contains("M005");
    m.remove("migrations/2027-01-01-000000-0009_more");
    cargo(&m, "run").code(0).stdout_contains(&new);

    m.edit(&m.first("up.sql"));
    let edited = cargo(&m, "build");
    edited.code(101).stderr_contains("M001").stderr_contains(&m.first("up.sql")).stderr_contains("hint: ");
    edited.lacks("panicked").lacks("RUST_BACKTRACE");
}

#[test]
fn the_settings_name_the_folder() {
    let m = project();
    m.folder("db").write("keep", "");
    m.rename("migrations", "db/up");
    m.append("Cargo.toml", "migrations = \"db/up\"\n");
    cargo(&m, "build").code(0);
    let file = m.first("up.sql").replace("migrations/", "db/up/");
    m.edit(&file);
    cargo(&m, "build").code(101).stderr_contains("M001").stderr_contains(&file);
    #[cfg(unix)]
    {
        m.rename("db", "moved");
        std::os::unix::fs::symlink(m.join("moved"), m.join("db")).unwrap();
        cargo(&m, "build").code(101).stderr_contains("M015").lacks("M001");
    }
}
