//! What `init` wrote, in use: the alias, the crate behind it, the build script, the hook, the scripts. It must not repeat
//! what other tests know of the commands.

use std::sync::{Mutex, PoisonError};

use makemigrations_tests::{tools, xtask};

use crate::setup::{CONFIG, MANIFEST, Setup, start};

/// Each builds an `xtask` into the one target folder, which the other must not replace while it runs.
static BUILDS: Mutex<()> = Mutex::new(());

const TICKET: &str = "\n[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n";

#[test]
fn everything_works_together() {
    let _alone = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    let setup = Setup::new();
    let finished = setup.init(&["--crate", "app", "--dialect", "sqlite", "--ci", "github"]);
    for created in [
        ".gitattributes",
        ".git/hooks/pre-commit",
        ".git/hooks/pre-merge-commit",
        ".github/workflows/makemigrations.yml",
        "app/build.rs",
        "migrations/.gitkeep",
        "schema-snapshots/main.toml",
        "xtask/Cargo.toml",
        "xtask/src/main.rs",
    ] {
        finished.stderr_contains(&format!("created `{created}`\n"));
    }
    for changed in [".cargo/config.toml", "Cargo.toml", "app/Cargo.toml"] {
        finished.stderr_contains(&format!("changed `{changed}`\n"));
    }
    finished.lacks("left to you").stderr_contains("next: describe your tables in `schema-snapshots/main.toml`");

    // What people wrote is there as it was.
    let config = setup.read(".cargo/config.toml");
    assert_eq!(config, format!("{CONFIG}xtask = \"run --quiet --package xtask --\"\n"));
    let manifest = setup.read("Cargo.toml");
    let members = MANIFEST.replace("the product\n]", "the product\n    \"xtask\",\n]");
    assert!(manifest.starts_with(&members), "{manifest}");
    assert!(setup.read("app/Cargo.toml").contains("edition = \"2024\" # the newest\n"));

    // The snapshot that it wrote can be read, and says nothing yet.
    setup.start("cargo", &["xtask", "makemigrations"]).run().code(0);
    assert!(setup.files().iter().all(|file| !file.ends_with("up.sql")));
    setup.append("schema-snapshots/main.toml", TICKET);
    setup.start("cargo", &["xtask", "makemigrations"]).run().code(0);
    let up = "migrations/2026-11-23-141200-0001_initial/up.sql";
    assert!(setup.exists(up));
    setup.start("cargo", &["build", "--package", "app"]).run().code(0);
    setup.git(["add", "--all"]);
    assert_eq!(setup.git(["check-attr", "eol", "--", up]), format!("{up}: eol: lf"));
    setup.start("git", &["commit", "--quiet", "--message", "first migration"]).run().code(0);

    // The gate in the build, and the one in the hook.
    setup.append(up, "-- edited\n");
    let build = setup.start("cargo", &["build", "--package", "app"]).run();
    assert_ne!(build.code, Some(0));
    build.stderr_contains("M001");
    setup.start("git", &["commit", "--all", "--message", "edit"]).run().code(1).stderr_contains("M001");
}

/// `yarn workspace <name> <command>` in a folder of its own.
#[test]
fn yarn_workspaces() {
    let _alone = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    let setup = Setup::new();
    setup.write("package.json", "{ \"private\": true, \"workspaces\": [\"apps/*\"] }\n");
    let theirs = "{\n    \"name\": \"@app/shop\",\n    \"version\": \"1.0.0\",\n    \"scripts\": {\n        \"build\": \"true\"\n    }\n}\n";
    setup.write("apps/shop/package.json", theirs);
    let finished = setup.init(&["--crate", "app", "--ci", "none", "--yarn", "apps/shop"]);
    finished
        .stderr_contains("changed `apps/shop/package.json`")
        .stderr_contains("scripts of its own with the names `build`");
    let start_of_theirs = theirs.split("\n    }").next().unwrap();
    assert!(
        setup.read("apps/shop/package.json").starts_with(&format!("{start_of_theirs},\n        \"makemigrations\""))
    );

    setup.append("schema-snapshots/main.toml", TICKET);
    let yarn = tools::npm("yarn@1").join("node_modules/.bin/yarn");
    let run = |arguments: &[&str]| {
        let all = [&["--silent", "workspace", "@app/shop"], arguments].concat();
        start(yarn.to_str().unwrap(), &setup, &all).env("DATABASE_URL", "sqlite://dev.sqlite3").run()
    };
    run(&["makemigrations"]).code(0);
    assert!(setup.exists("migrations/2026-11-23-141200-0001_initial/up.sql"));
    run(&["migrate"]).code(0);
    assert!(setup.exists("dev.sqlite3"));
    run(&["migrate:down", "--yes"]).code(0).stderr_contains("1 migration reverted");

    // And for the workspace itself.
    setup.init(&["--crate", "app", "--ci", "none", "--yarn"]);
    let package: serde_json::Value = serde_json::from_str(&setup.read("package.json")).unwrap();
    assert_eq!(package["scripts"]["migrate:unlock"], "cargo xtask migrate:unlock");
    assert_eq!(package["workspaces"][0], "apps/*");
}

/// Applications have folders, a dialect and scripts of their own.
#[test]
fn several_applications() {
    let setup = Setup::new();
    setup.append(
        "Cargo.toml",
        "\n[workspace.metadata.makemigrations.apps]\n\
         shop = { migrations = \"shop/migrations\", snapshots = \"shop/schema\" }\n\
         office = { migrations = \"office/migrations\", snapshots = \"office/schema\" } # inside\n",
    );
    let finished = setup.init(&["--crate", "app", "--ci", "none"]);
    for app in ["shop", "office"] {
        finished.stderr_contains(&format!("created `{app}/migrations/.gitkeep`"));
        finished.stderr_contains(&format!("created `{app}/schema/main.toml`"));
    }
    finished.lacks("created `migrations/.gitkeep`");
    for app in ["shop", "office"] {
        let folder = format!("apps/{app}");
        setup.init(&["--app", app, "--dialect", "sqlite", "--crate", "app", "--ci", "none", "--yarn", &folder]);
    }
    let manifest = setup.read("Cargo.toml");
    assert!(manifest.contains("snapshots = \"shop/schema\" , dialect = \"sqlite\" }\noffice = {"), "{manifest}");
    let package = setup.read("apps/shop/package.json");
    assert!(package.contains("\"migrate:down\": \"cargo xtask migrate:down --app shop\""), "{package}");

    // Each by the name that its `package.json` has got, from anywhere.
    xtask::alias(&setup);
    let yarn = tools::npm("yarn@1").join("node_modules/.bin/yarn");
    for (app, other) in [("shop", "office"), ("office", "shop")] {
        setup.append(&format!("{app}/schema/main.toml"), TICKET.replace("ticket", app));
        let database = format!("sqlite://{}", setup.join(&format!("{app}.sqlite3")).display());
        let name = format!("@app/{app}");
        let run = |arguments: &[&str]| {
            let all = [&["--silent", "workspace", name.as_str()], arguments].concat();
            start(yarn.to_str().unwrap(), &setup, &all).env("DATABASE_URL", &database).run()
        };
        run(&["makemigrations"]).code(0);
        let up = setup.read(&format!("{app}/migrations/2026-11-23-141200-0001_initial/up.sql"));
        assert!(up.contains(&format!("CREATE TABLE \"{app}\"")) && !up.contains(&format!("\"{other}\"")), "{up}");
        run(&["migrate"]).code(0).stderr_contains("1 migration applied");
        assert!(setup.exists(&format!("{app}.sqlite3")));
        run(&["migrate:down", "--yes"]).code(0).stderr_contains("1 migration reverted");
        run(&["migrate:unlock"]).code(0);
        setup.append(&format!("{app}/schema/main.toml"), "more = \"integer\"\n");
        run(&["makemigrations", "--check"]).code(1).stderr_contains(&format!("cargo xtask --app {app} makemigrations"));
        run(&["makemigrations", "--backfill", &format!("{app}.more=0")]).code(0);
    }
    setup.start("cargo", &["xtask", "check"]).run().code(0);
    let reset = setup.start("cargo", &["xtask", "reset", "--app", "shop"]).run();
    reset.code(2).stderr_contains("`cargo xtask --app shop reset --yes`");
}
