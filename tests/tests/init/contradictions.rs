//! `init` asked for something that contradicts what is there: an error with its place, and nothing is written.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::folder::Folder;

use super::setup::{MANIFEST, Setup, repository};

/// Runs `init` where it must write nothing.
#[track_caller]
fn refused(setup: &Setup, arguments: &[&str], message: &str) {
    let before = setup.everything();
    let finished = makemigrations(setup, [&["init"], arguments].concat()).run();
    finished.code(2).stderr_contains(message).stderr_contains("hint: ");
    assert_eq!(setup.everything(), before, "{arguments:?}");
}

#[test]
fn another_dialect_than_the_one_that_is_set() {
    let setup = Setup::with(&format!(
        "{MANIFEST}[workspace.metadata.makemigrations]\ndialect = \"sqlite\"\n\n\
         [workspace.metadata.makemigrations.apps.shop]\ndialect = \"postgres\"\nmigrations = \"shop\"\n"
    ));
    setup.package("app", "");
    setup.commit_all("the service");
    let path = repository().to_str().unwrap();
    let at = "the setting `dialect` is `sqlite` at `Cargo.toml:9:11`";
    refused(&setup, &["--path", path, "--dialect", "postgres"], at);
    refused(&setup, &["--path", path, "--dialect", "postgres", "--dry-run"], at);
    let at = "the setting `dialect` is `postgres` at `Cargo.toml:12:11`";
    refused(&setup, &["--app", "shop", "--path", path, "--dialect", "sqlite"], at);
    setup.init(&["--dialect", "sqlite"]);
}

#[test]
fn another_dialect_than_the_one_of_the_migrations() {
    let setup = Setup::new();
    setup.init(&[]);
    setup.write("schema-snapshots/main.toml", "format = 1\n[tables.a.columns]\nid = \"integer\"\n");
    makemigrations(&setup, ["makemigrations"]).run().code(0);
    let path = repository().to_str().unwrap();
    let message = "the migrations are written for sqlite, says `migrations/migrations.lock`";
    refused(&setup, &["--path", path, "--dialect", "postgres"], message);
}

#[test]
fn a_path_that_is_no_checkout() {
    let setup = Setup::new();
    let other = Folder::temporary();
    let path = other.path().to_str().unwrap().to_owned();
    refused(&setup, &["--path", &path], &format!("`--path {path}`: no checkout of makemigrations"));
    // A project of the same layout is none either, and neither is a part of the checkout.
    other.write("crates/cli/Cargo.toml", "[package]\nname = \"other\"\nversion = \"0.1.0\"\n");
    refused(&setup, &["--path", &path], "`crates/cli/Cargo.toml` in it is not the crate `makemigrations`");
    let part = repository().join("crates");
    refused(&setup, &["--path", part.to_str().unwrap()], "no checkout of makemigrations");
}
