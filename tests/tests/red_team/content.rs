//! What Diesel would trip over, in the branch's own migration, recorded as it is. It must not touch what is merged.

use makemigrations_tests::merged::{Check, Merged};

use super::{Case, fails, passes, run, warns};

#[test]
fn content() {
    run(vec![
        fails("no up.sql", &["M010"], |m| {
            m.remove(&m.own("up.sql"));
            m.record();
            m.check()
        }),
        fails("a folder that another branch left with a file in it", &["M010"], |m| {
            m.write("migrations/2027-01-01-000000-0005_left/operations.toml", "format = 1\n");
            m.check()
        }),
        fails("a folder with something else", &["M010"], |m| {
            m.write("migrations/scripts/run.sh", "true\n");
            m.check()
        }),
        fails("an empty up.sql", &["M011"], |m| own(m, "up.sql", "")),
        fails("an empty down.sql", &["M011"], |m| own(m, "down.sql", "")),
        fails("an up.sql of blanks", &["M011"], |m| own(m, "up.sql", " \n\t\n")),
        fails("an up.sql of a byte order mark", &["M011"], |m| own(m, "up.sql", "\u{feff}\n")),
        metadata("an empty metadata.toml", ""),
        metadata("another key in metadata.toml", "in_transaction = true\n"),
        metadata("a metadata.toml that is no TOML", "run_in_transaction = = true\n"),
        metadata("the key in a comment", "# run_in_transaction = true\n"),
        metadata("the key as a text", "run_in_transaction = \"true\"\n"),
        metadata("the key in a table", "[diesel]\nrun_in_transaction = true\n"),
        metadata("the key with an upper-case value", "run_in_transaction = True\n"),
        metadata("the key twice", "run_in_transaction = true\nrun_in_transaction = false\n"),
        metadata("the key without a value", "run_in_transaction\n"),
        metadata("the key and then no TOML", "run_in_transaction = true\n[[[\n"),
        control("BEGIN and COMMIT", "BEGIN;\nSELECT 1;\nCOMMIT;\n"),
        control("begin in lower case", "SELECT 1;\nbegin transaction;\nSELECT 2;\n"),
        control("BEGIN IMMEDIATE", "BEGIN IMMEDIATE;\nSELECT 1;\n"),
        control("COMMIT alone", "SELECT 1; COMMIT; SELECT 2;\n"),
        control("COMMIT without a semicolon", "SELECT 1;\nCOMMIT\n"),
        control("END", "SELECT 1;\nEND;\n"),
        control("ROLLBACK", "SELECT 1;\nROLLBACK;\n"),
        control("BEGIN after a comment", "/* first */ -- second\nBEGIN;\nSELECT 1;\n"),
        fails("COMMIT after a trigger", &["M013"], |m| manual(m, &format!("{TRIGGER}COMMIT;\n"))),
        fails("COMMIT in down.sql", &["M013"], |m| own(m, "down.sql", "SELECT 1;\nCOMMIT;\n")),
        fails("COMMIT with an explicit transaction", &["M013"], |m| {
            m.write(&m.own("metadata.toml"), "run_in_transaction = true\n");
            manual(m, "SELECT 1;\nCOMMIT;\n")
        }),
        fails("SQL that differs from its operations", &["M017"], |m| {
            m.replace(&m.own("up.sql"), "INTEGER", "TEXT");
            m.record();
            m.check()
        }),
        fails("a comment more than its operations give", &["M017"], |m| {
            m.edit(&m.own("up.sql"));
            m.record();
            m.check()
        }),
        fails("down.sql that differs from its operations", &["M017"], |m| {
            m.edit(&m.own("down.sql"));
            m.record();
            m.commit_all("edit");
            m.check()
        }),
        fails("operations that differ from the SQL", &["M017"], |m| {
            m.replace(&m.own("operations.toml"), "nullable = true", "nullable = true, default = 1");
            m.record();
            m.check()
        }),
        fails("metadata.toml that its operations do not need", &["M017"], |m| {
            m.write(&m.own("metadata.toml"), "run_in_transaction = false\n");
            m.record();
            m.check()
        }),
        passes("BEGIN in a text, a name and comments", |m| {
            manual(
                m,
                "-- BEGIN; COMMIT;\n/* BEGIN; /* COMMIT; */ */\nUPDATE ticket SET note = 'it''s; BEGIN; COMMIT;';\nSELECT \
                 note AS \"BEGIN; COMMIT;\" FROM ticket;\n",
            )
        }),
        passes("BEGIN in the body of a trigger", |m| manual(m, TRIGGER)),
        passes("SAVEPOINT", |m| manual(m, "SAVEPOINT a;\nSELECT 1;\nRELEASE a;\n")),
        passes("BEGIN where Diesel opens no transaction", |m| {
            m.write(&m.own("metadata.toml"), "run_in_transaction = false\n");
            manual(m, "BEGIN IMMEDIATE;\nSELECT 1;\nCOMMIT;\n")
        }),
        passes("a metadata.toml with comments and blanks", |m| {
            m.write(&m.own("metadata.toml"), "# why\n\n  run_in_transaction   =  true # really\n");
            manual(m, "SELECT 1;\n")
        }),
        passes("a down.sql of a comment", |m| {
            m.write(&m.own("down.sql"), "-- nothing to do\n");
            manual(m, "SELECT 1;\n")
        }),
        passes("no down.sql", |m| {
            m.remove(&m.own("down.sql"));
            manual(m, "SELECT 1;\n")
        }),
        warns("an empty folder and a loose file beside a good migration", &["M020"], |m| {
            std::fs::create_dir_all(m.join("migrations/left/deeper")).unwrap();
            m.write("migrations/notes.txt", "A note.\n");
            m.check()
        }),
    ]);
}

/// A migration with this `metadata.toml`, which does not say in whose transaction it runs.
fn metadata(name: &'static str, text: &'static str) -> Case {
    fails(name, &["M012"], move |m| own(m, "metadata.toml", text))
}

/// A migration that Diesel wraps, with this `up.sql`, which has a transaction of its own.
fn control(name: &'static str, sql: &'static str) -> Case {
    fails(name, &["M013"], move |m| manual(m, sql))
}

/// Replaces a file of the own migration, declared as written by hand, and records it.
fn own(m: &Merged, file: &str, text: &str) -> Check {
    m.write(&m.own(file), text);
    declared(m)
}

/// Replaces `up.sql` of the own migration, likewise.
fn manual(m: &Merged, sql: &str) -> Check {
    own(m, "up.sql", sql)
}

fn declared(m: &Merged) -> Check {
    m.replace(&m.own("operations.toml"), "dialect = \"sqlite\"\n", "dialect = \"sqlite\"\nmanual = true\n");
    m.record();
    m.check()
}

const TRIGGER: &str = "CREATE TRIGGER t AFTER INSERT ON ticket BEGIN\n    UPDATE ticket SET note = CASE WHEN note = 'END' \
                       THEN 'BEGIN' ELSE note END;\n    DELETE FROM ticket WHERE title = 'COMMIT';\nEND;\n";
