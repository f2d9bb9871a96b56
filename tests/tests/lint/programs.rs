//! What programs have to be ready for, which no form of SQL makes safe: renames, defaults, NOT NULL that goes. It must not look
//! at locks.

use crate::setup::{Branch, short};

fn found(branch: &Branch) -> Vec<String> {
    short(&branch.json(&["lint"]).1)
}

fn merged(columns: &str) -> Branch {
    let branch = Branch::new();
    branch.snapshot(columns);
    branch.next(&[]);
    branch.repo.commit_all("columns");
    branch.repo.checkout("main");
    branch.repo.merge("feature");
    branch.repo.checkout("feature");
    branch
}

#[test]
fn a_default_that_goes_or_changes_is_named() {
    let branch = merged("size = { type = \"integer\", default = 3 }\n");
    branch.snapshot("size = \"integer\"\n");
    branch.next(&[]);
    assert_eq!(found(&branch), ["warning ban-drop-default"]);
    branch.run(["check"]).code(0).stderr_contains("ban-drop-default: ticket");

    let branch = merged("size = { type = \"integer\", default = 3 }\n");
    branch.by_hand("ALTER TABLE ticket ALTER COLUMN size SET DEFAULT 4;\n");
    assert_eq!(found(&branch), ["warning ban-set-default"]);
    // The snapshots say what is wished.
    let branch = merged("size = { type = \"integer\", default = 3 }\n");
    branch.snapshot("size = { type = \"integer\", default = 4 }\n");
    branch.next(&[]);
    assert_eq!(found(&branch), Vec::<String>::new());
}

#[test]
fn a_default_that_was_only_for_the_rows_is_named() {
    let branch = merged("");
    branch.snapshot("size = \"integer\"\n");
    branch.next(&["--backfill", "ticket.size=0"]);
    assert_eq!(found(&branch), ["warning ban-drop-default"]);
    let branch = merged("");
    branch.snapshot("size = { type = \"integer\", default = 0 }\n");
    branch.next(&[]);
    assert_eq!(found(&branch), Vec::<String>::new());
}

#[test]
fn not_null_that_goes_with_the_schema_of_programs_is_named() {
    let branch = merged("size = { type = \"integer\", default = 3 }\n");
    branch.settings("dialect = \"postgres\"\nschema_rs = \"src/schema.rs\"\n");
    branch.run(["schema"]).code(0);
    branch.snapshot("size = { type = \"integer\", default = 3, nullable = true }\n");
    for flag in ["--no-online", "--online"] {
        branch.next(&[flag]);
        assert!(branch.read("src/schema.rs").contains("size -> Nullable<Int4>"), "{}", branch.read("src/schema.rs"));
        assert_eq!(found(&branch), ["warning ban-drop-not-null"], "{flag}");
        let linted = branch.run(["lint"]);
        linted.code(0).stderr_contains("their field is no `Option`").stderr_contains("`.nullable()`");
        for name in branch.migrations().into_iter().skip(2) {
            std::fs::remove_dir_all(branch.join(&format!("migrations/{name}"))).unwrap();
        }
    }
    branch.next(&[]);
    branch.settings("dialect = \"postgres\"\nlint = { ban-drop-not-null = \"error\" }\n");
    branch.run(["check"]).code(1).stderr_contains("error[ban-drop-not-null]");
}

#[test]
fn renames_are_errors_until_a_reason_is_given() {
    let branch = merged("size = { type = \"integer\", default = 3 }\n");
    branch.snapshot("length = { type = \"integer\", default = 3 }\n");
    branch.run(["makemigrations", "--no-input"]).code(2).stderr_contains("--rename ticket.size:length");
    assert_eq!(branch.migrations().len(), 2);
    branch.next(&["--rename", "ticket.size:length", "--online"]);
    assert_eq!(found(&branch), ["error renaming-column"]);
    branch
        .by_hand("-- lint:allow renaming-table reason=\"no program uses it\"\nALTER TABLE ticket RENAME TO request;\n");
    branch.by_hand("-- lint:allow renaming-object reason=\"only the name\"\nALTER TABLE request RENAME CONSTRAINT ticket_pkey TO request_pkey;\n");
    assert_eq!(found(&branch), ["error renaming-column"]);
}
