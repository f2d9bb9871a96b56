//! The scripts of `package.json` with a real yarn, in a workspace as the README describes it: `cargo xtask` is a member
//! of three lines. It must not judge what the commands do; other tests do.

use std::path::{Path, PathBuf};

use makemigrations_tests::command::{Command, Finished};
use makemigrations_tests::folder::Folder;

/// Installs yarn from the registry of npm into a folder and returns its program.
fn install_yarn(folder: &Folder) -> PathBuf {
    // With all of the caller's environment: registries, proxies and certificates are the machine's business.
    let mut npm = std::process::Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(folder.path()).arg("yarn@1");
    let output = npm.output().unwrap_or_else(|error| {
        panic!(
            "npm: {error}\nhint: apt-get install -y nodejs npm    (Debian, Ubuntu)\nhint: brew install node    (macOS)"
        )
    });
    assert!(
        output.status.success(),
        "npm install yarn@1: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    folder.join("node_modules/.bin").join(if cfg!(windows) { "yarn.cmd" } else { "yarn" })
}

/// The folder in which this workspace is built: what was built here is not built again for the scratch workspace.
fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_path_buf()
}

/// A workspace set up as the README says, with this repository's scripts, versions and profile.
fn workspace() -> Folder {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = Folder::temporary();
    let copy = |name: &str| folder.write(name, std::fs::read(repository.join(name)).unwrap());
    for name in ["package.json", "Cargo.lock", ".cargo/config.toml", "xtask/src/main.rs"] {
        copy(name);
    }
    let manifest: toml::Table = std::fs::read_to_string(repository.join("Cargo.toml")).unwrap().parse().unwrap();
    let profile = toml::toml! { profile = {} };
    let profile = toml::Table::from_iter([(
        "profile".to_owned(),
        manifest.get("profile").unwrap_or(&profile["profile"]).clone(),
    )]);
    folder.write("Cargo.toml", format!("[workspace]\nresolver = \"3\"\nmembers = [\"xtask\"]\n\n{profile}"));
    let path = toml::Value::from(repository.join("crates/cli").to_str().unwrap());
    folder.write(
        "xtask/Cargo.toml",
        format!(
            "[package]\nname = \"xtask\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nmakemigrations = {{ path = {path} }}\n"
        ),
    );
    folder
}

#[test]
fn yarn_runs_the_commands() {
    let tools = Folder::temporary();
    let yarn = install_yarn(&tools);
    let project = workspace();
    let run = |arguments: &[&str]| -> Finished {
        let command = Command::new(&yarn, &project).args(["--silent"]).args(arguments);
        command
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_NET_OFFLINE", "true")
            .env("DATABASE_URL", "sqlite://dev.sqlite3")
            .run()
    };
    let columns = "format = 1\n\n[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n";
    project.write("schema-snapshots/ticket.toml", columns);
    run(&["makemigrations"]).code(0);
    assert!(project.exists("migrations/2026-11-23-141200-0001_initial/up.sql"));
    run(&["migrate"]).code(0);
    assert!(project.exists("dev.sqlite3"));

    // Flags and exit codes come through.
    project.append("schema-snapshots/ticket.toml", "priority = \"integer\"\n");
    run(&["makemigrations"]).code(2).stderr_contains("--backfill ticket.priority=<SQL>");
    run(&["makemigrations", "--backfill", "ticket.priority=0"]).code(0);
    run(&["migrate"]).code(0);
    run(&["migrate:down"]).code(0).stderr_contains("ticket_priority");
    run(&["migrate:unlock"]).code(0);
    run(&["check"]).code(0);
}
