//! Workspaces in which something is there already: nothing of it is replaced. It must not build anything.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::folder::Folder;

use crate::setup::{MANIFEST, Setup};

#[test]
fn an_xtask_of_their_own_gets_the_one_call_to_add() {
    let setup = Setup::with(&MANIFEST.replace("\"app\"", "\"app\", \"tools/dev\""));
    setup.package("app", "");
    setup.package("tools/dev", "");
    setup.replace("tools/dev/Cargo.toml", "name = \"tools/dev\"", "name = \"dev\"");
    let config = "[alias]\nxtask = [\"run\", \"--package\", \"dev\", \"--\"]\n";
    setup.write(".cargo/config.toml", config);
    let before = setup.everything();
    let finished = setup.init(&["--crate", "app", "--ci", "none"]);
    finished.stderr_contains("left to you: `tools/dev/Cargo.toml` is yours").stderr_contains("makemigrations::main()");
    for (name, bytes) in before.into_iter().filter(|(name, _)| name != "app/Cargo.toml") {
        assert_eq!(setup.read_bytes(&name), bytes, "{name}");
    }
    assert!(!setup.exists("xtask"));
    // Once it is done nothing is left.
    setup.append("tools/dev/Cargo.toml", "\n[dependencies]\nmakemigrations = \"0.1\"\n");
    makemigrations(&setup, ["init", "--crate", "app", "--ci", "none"]).run().code(0).stderr_contains("nothing to do");
}

#[test]
fn a_build_script_of_their_own_gets_the_one_call_to_add() {
    for (name, key) in [("build.rs", ""), ("tools/build.rs", "build = \"tools/build.rs\"\n")] {
        let setup = Setup::with(MANIFEST);
        setup.package("app", key);
        let theirs = "fn main() { println!(\"theirs\"); }\n";
        setup.write(&format!("app/{name}"), theirs);
        let manifest = setup.read("app/Cargo.toml");
        let finished = setup.init(&["--crate", "app", "--ci", "none"]);
        finished.stderr_contains(&format!("left to you: `app/{name}` is yours"));
        finished.stderr_contains("makemigrations_gate::build_script();").stderr_contains("makemigrations-gate = {");
        assert_eq!((setup.read(&format!("app/{name}")), setup.read("app/Cargo.toml")), (theirs.to_owned(), manifest));
    }
}

/// The crate that runs migrations is found by what it depends on.
#[test]
fn the_crate_for_the_gate_is_found_or_asked_for() {
    let runs = "\n[dependencies]\ndiesel_migrations = \"2\"\n";
    let workspace = |packages: &[(&str, &str)]| {
        let members: Vec<_> = packages.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let setup = Setup::with(&format!("[workspace]\nmembers = [{}]\n", members.join(", ")));
        packages.iter().for_each(|(name, more)| setup.package(name, more));
        setup
    };
    let setup = workspace(&[("one", ""), ("two", runs)]);
    setup.init(&["--ci", "none"]).stderr_contains("created `two/build.rs`");
    assert!(!setup.exists("one/build.rs"));

    let setup = workspace(&[("one", runs), ("two", runs), ("three", "")]);
    let finished = setup.init(&["--ci", "none"]);
    finished.stderr_contains("`one` or `two`").stderr_contains("cargo xtask init --crate NAME").lacks("three");
    setup.init(&["--ci", "none", "--crate", "three"]).stderr_contains("created `three/build.rs`");
    makemigrations(&setup, ["init", "--ci", "none"]).run().code(0).stderr_contains("nothing to do");

    let unknown = makemigrations(&setup, ["init", "--crate", "four"]).run();
    unknown.code(2).stderr_contains("no package `four`").stderr_contains("`one`");
}

#[test]
fn one_package_becomes_a_workspace() {
    let setup = Setup::with("[package]\nname = \"app\" # ours\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    setup.write("src/lib.rs", "");
    setup.init(&["--crate", "app", "--ci", "none"]);
    let manifest = setup.read("Cargo.toml");
    assert!(manifest.starts_with("[package]\nname = \"app\" # ours\n"), "{manifest}");
    assert!(manifest.contains("[workspace]\nmembers = [\"xtask\"]\n"), "{manifest}");
    let metadata = setup.start("cargo", &["metadata", "--offline", "--no-deps"]).run();
    metadata.code(0).stdout_contains("\"name\":\"xtask\"");
}

/// The published version, where no checkout is named.
#[test]
fn the_crates_come_from_the_registry() {
    let setup = Setup::new();
    makemigrations(&setup, ["init", "--crate", "app", "--ci", "none"]).run().code(0);
    let version = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0;
    assert!(setup.read("xtask/Cargo.toml").ends_with(&format!("makemigrations = \"{version}\"\n")));
    let app = setup.read("app/Cargo.toml");
    assert!(app.contains(&format!("[build-dependencies]\nmakemigrations-gate = \"{version}\"\n")), "{app}");
}

#[test]
fn the_dialect_is_that_of_the_database_unless_it_is_set() {
    let setup = Setup::new();
    let init = |arguments: &[&str]| {
        let command = makemigrations(&setup, [&["init", "--ci", "none"], arguments].concat());
        command.env("DATABASE_URL", "postgres://app@db/shop").run()
    };
    init(&[]).code(0);
    assert!(setup.read("Cargo.toml").contains("[workspace.metadata.makemigrations]\ndialect = \"postgres\"\n"));
    init(&["--dialect", "sqlite"]).code(2).stderr_contains("the setting `dialect` is `postgres`").lacks("changed");
    init(&["--dialect", "oracle"]).code(2).stderr_contains("oracle");
}

#[test]
fn migrations_that_are_there_are_named() {
    let setup = Setup::new();
    setup.write("migrations/2024-01-01-000000_first/up.sql", "SELECT 1;\n");
    setup.write("schema-snapshots/ticket.toml", "format = 1\n");
    let finished = setup.init(&["--crate", "app", "--ci", "none"]);
    finished.stderr_contains("`cargo xtask adopt`").lacks("next:").lacks(".gitkeep");
    assert!(!setup.exists("schema-snapshots/main.toml"));
}

#[test]
fn line_ends_stay_and_lines_are_added_once() {
    let setup = Setup::new();
    setup.write(".gitattributes", "*.png binary\r\nmigrations/** text eol=lf");
    setup.write("Cargo.toml", MANIFEST.replace('\n', "\r\n"));
    setup.init(&["--crate", "app", "--ci", "none"]);
    let expected = "*.png binary\r\nmigrations/** text eol=lf\r\nschema-snapshots/** text eol=lf\r\n";
    assert_eq!(setup.read(".gitattributes"), expected);
    let manifest = setup.read("Cargo.toml");
    assert_eq!(manifest.matches('\n').count(), manifest.matches("\r\n").count());
    assert!(manifest.contains("    \"xtask\",\r\n]"), "{manifest}");
}

#[test]
fn without_git_the_rest_is_done() {
    let folder = Folder::temporary();
    folder.write("Cargo.toml", "[workspace]\nmembers = []\n");
    let finished = makemigrations(&folder, ["init"]).run();
    finished.code(0).stderr_contains("created `xtask/src/main.rs`").stderr_contains("left to you: hooks and CI");
    let nowhere = Folder::temporary();
    nowhere.write("migrations/.gitkeep", "");
    makemigrations(&nowhere, ["init"]).run().code(2).stderr_contains("no `Cargo.toml`");
    // Cargo says where the program is from; that is not where it was asked to work.
    let elsewhere = makemigrations(&Folder::temporary(), ["init"]).env("CARGO_MANIFEST_DIR", folder.path()).run();
    elsewhere.code(2).stderr_contains("no workspace in");
}

#[test]
fn a_manifest_that_cannot_be_read_is_not_touched() {
    let setup = Setup::new();
    for (name, text) in [(".cargo/config.toml", "alias = 1\n"), (".cargo/config.toml", "a = = 1\n")] {
        setup.write(name, text);
        makemigrations(&setup, ["init"]).run().code(2).stderr_contains("config.toml");
        assert_eq!(setup.read(name), text);
        assert!(!setup.exists("xtask"));
    }
}
