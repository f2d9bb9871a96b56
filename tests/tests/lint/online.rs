//! What `makemigrations --online` writes: nothing in it is an error. It must not judge whether it works, which other tests do.

use crate::setup::{Branch, short};

/// The columns of `ticket` before: each change is made to a table that is in use.
const BEFORE: &str = "size = { type = \"integer\", nullable = true }\nowner = { type = \"bigint\", nullable = true }\n";

const CHANGES: [(&str, &str); 6] = [
    ("index", "[[tables.ticket.indexes]]\ncolumns = [\"size\"]\n"),
    ("unique", "[[tables.ticket.unique]]\ncolumns = [\"size\"]\n"),
    ("foreign key", "[[tables.ticket.foreign_keys]]\ncolumns = [\"owner\"]\nreferences = { table = \"ticket\" }\n"),
    ("check", "[[tables.ticket.checks]]\nname = \"sized\"\nexpression = \"size > 0\"\n"),
    ("volatile default", "token = { type = \"uuid\", default = { sql = \"gen_random_uuid()\" } }\n"),
    ("default", "rank = { type = \"integer\", default = 3 }\n"),
];

fn merged() -> Branch {
    let branch = Branch::new();
    branch.snapshot(BEFORE);
    branch.next(&["--no-online"]);
    branch.repo.commit_all("columns");
    branch.repo.checkout("main");
    branch.repo.merge("feature");
    branch.repo.checkout("feature");
    branch.settings("dialect = \"postgres\"\nonline = true\n");
    branch
}

#[track_caller]
fn is_clean(branch: &Branch, what: &str) {
    let (finished, findings) = branch.json(&["lint"]);
    finished.code(0);
    assert_eq!(short(&findings), Vec::<String>::new(), "{what}");
    branch.run(["check"]).code(0);
}

#[test]
fn safe_forms_of_the_generator_are_clean() {
    for (what, more) in CHANGES {
        let branch = merged();
        branch.snapshot(&format!("{BEFORE}{more}"));
        branch.run(["makemigrations", "--no-input"]).code(0);
        is_clean(&branch, what);
    }
    let branch = merged();
    branch.snapshot(
        &BEFORE
            .replace("size = { type = \"integer\", nullable = true }", "size = { type = \"integer\", backfill = 1 }"),
    );
    branch.run(["makemigrations", "--no-input"]).code(0);
    is_clean(&branch, "NOT NULL");
}

#[test]
fn plain_forms_fail_where_changes_are_to_be_online() {
    let branch = merged();
    branch.snapshot(&format!("{BEFORE}{}", CHANGES[0].1));
    branch.run(["makemigrations", "--no-input", "--no-online"]).code(0);
    branch.run(["check"]).code(1).stderr_contains("error[require-concurrent-index-creation]");
    branch.settings("dialect = \"postgres\"\n");
    branch.run(["check"]).code(0).stderr_contains("warning[lint]");
}
