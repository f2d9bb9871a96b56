//! Edits of merged migrations for which the lock file is made to fit, with and without an override.
//! It must not leave a lock file that is not canonical: that is the topic of `lock_file`.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::merged::{LOCK, Merged, sum};

use super::{fails, run, warns};

#[test]
fn rerecorded() {
    run(vec![
        fails("up.sql edited and recorded", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.check()
        }),
        fails("down.sql edited and recorded", &["M014"], |m| {
            m.edit(&m.newest("down.sql"));
            m.record();
            m.check()
        }),
        fails("operations.toml edited and recorded", &["M014"], |m| {
            m.append(&m.first("operations.toml"), "# a comment\n");
            m.record();
            m.check()
        }),
        fails("operations.toml made contradictory and recorded", &["M014"], |m| {
            m.append(&m.first("operations.toml"), "\n[[operations]]\nop = \"drop_table\"\nkey = \"nowhere\"\n");
            m.record();
            m.check()
        }),
        fails("metadata.toml edited and recorded", &["M014"], |m| {
            m.write(&m.newest("metadata.toml"), "run_in_transaction = true\n");
            m.record();
            m.check()
        }),
        fails("edited, recorded and committed", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.commit_all("edit");
            m.check()
        }),
        fails("recorded in a commit of its own", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.commit_all("edit");
            m.record();
            m.commit_all("record");
            m.append("README.md", "More.\n");
            m.commit_all("something else");
            m.check()
        }),
        fails("only the line of the lock file changed", &["M014"], |m| {
            m.replace(LOCK, &sum(&m.read_bytes(&m.first("up.sql"))), &sum(b"something else"));
            m.check()
        }),
        fails("an edit whose line was recorded for something else", &["M001"], |m| {
            m.replace(LOCK, &sum(&m.read_bytes(&m.first("up.sql"))), &sum(b"something else"));
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        fails("every merged file edited and recorded", &["M014"], |m| {
            for file in m.files().iter().filter(|file| file.starts_with("migrations/2")) {
                m.append(file, if file.ends_with(".sql") { "-- edited\n" } else { "# edited\n" });
            }
            m.record();
            m.check()
        }),
        fails("edited and sealed", &["M001"], |m| {
            m.edit(&m.first("up.sql"));
            refuses_to_seal(m, &[]);
            m.check()
        }),
        fails("edited and sealed with an override without a reason", &["M001"], |m| {
            m.edit(&m.first("up.sql"));
            refuses_to_seal(m, &["--override"]);
            refuses_to_seal(m, &["--override", "--reason", ""]);
            refuses_to_seal(m, &["--override", "--reason", "  "]);
            refuses_to_seal(m, &["--override", "--reason", "\u{200b}"]);
            m.check()
        }),
        fails("sealed with the reason of a merged override", &["M001", "M014"], |m| {
            merge_override(m);
            m.edit(&m.first("down.sql"));
            refuses_to_seal(m, &["--override", "--reason", "ticket  4711"]);
            m.check()
        }),
        fails("merged by squashing, then edited and sealed", &["M001"], |m| {
            m.checkout("main");
            m.git(["merge", "--quiet", "--squash", "feature"]);
            m.commit_all("squashed");
            m.push_main();
            m.checkout("feature");
            m.edit(&m.own("up.sql"));
            let name = m.own_folder().replace("migrations/", "");
            let refused = makemigrations(m, ["seal", &name]).run();
            refused.code(1).stderr_contains("is merged").stderr_contains("git restore --source=origin/");
            m.check()
        }),
        fails("edited, recorded and sealed", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            refuses_to_seal(m, &[]);
            m.check()
        }),
        fails("edited, recorded, and makemigrations run", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.columns("more = { type = \"text\", nullable = true }\n");
            // Whatever it does with such a folder, it must not make it good.
            let _finished = makemigrations(m, ["makemigrations", "--no-input"]).run();
            m.git(["checkout", "--quiet", "HEAD", "--", "schema-snapshots"]);
            for name in new_folders(m) {
                m.remove(&name);
            }
            m.record();
            m.check()
        }),
        fails("a whole migration replaced and recorded", &["M002", "M004", "M014"], |m| {
            let files = ["up.sql", "down.sql", "operations.toml"].map(|file| m.read(&m.newest(file)));
            m.remove(&m.merged(2));
            for (file, text) in ["up.sql", "down.sql", "operations.toml"].into_iter().zip(files) {
                m.write(&m.newest(file), format!("{text}\n"));
            }
            m.write(&m.newest("data.csv"), "1\n");
            m.record();
            m.check()
        }),
        fails("an override line without a reason", &["M014", "M018"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.declare(&format!("# override {}", m.names().next().unwrap()));
            m.check()
        }),
        fails("an override line without a reason or an edit", &["M018"], |m| {
            m.declare(&format!("# override {}", m.names().next().unwrap()));
            m.check()
        }),
        fails("an override of another migration", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.declare(&format!("# override {} a reason", m.names().nth(1).unwrap()));
            m.check()
        }),
        fails("an override of a file that is not recorded", &["M001", "M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.declare(&format!("# override {} a reason", m.names().next().unwrap()));
            m.check()
        }),
        fails("an edit under an override that is merged already", &["M014"], |m| {
            merge_override(m);
            m.edit(&m.first("up.sql"));
            m.record();
            m.check()
        }),
        fails("the line of a merged override removed", &["M014"], |m| {
            merge_override(m);
            let text = m.read(LOCK);
            let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("# override")).collect();
            m.write(LOCK, lines.join("\n") + "\n");
            m.check()
        }),
        fails("the reason of a merged override changed", &["M014"], |m| {
            merge_override(m);
            m.replace(LOCK, "ticket 4711", "ticket 1");
            m.check()
        }),
        fails("the lock file's dialect changed", &["M014", "M022"], |m| {
            m.replace(LOCK, "# dialect: sqlite", "# dialect: postgres");
            m.settings("");
            m.check()
        }),
        warns("an override with a reason", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            seal(m, &["--override", "--reason", "ticket 4711: the index locked the table"]);
            m.commit_all("hot fix");
            let check = m.check();
            check.run(&[]).code(0);
            let output = check.run(&[]);
            assert!(format!("{}{}", output.stdout, output.stderr).contains("ticket 4711"), "{output:?}");
            check
        }),
        warns("a second override of the same migration", &["M014"], |m| {
            merge_override(m);
            m.edit(&m.first("down.sql"));
            seal(m, &["--override", "--reason", "ticket 4712"]);
            m.check()
        }),
        warns("an override that is merged", &["M014"], |m| {
            merge_override(m);
            m.check()
        }),
        warns("an override line written by hand", &["M014"], |m| {
            m.edit(&m.first("up.sql"));
            m.record();
            m.declare(&format!("# override {} a reason", m.names().next().unwrap()));
            m.check()
        }),
    ]);
}

fn seal(m: &Merged, more: &[&str]) {
    let name = m.names().next().unwrap().to_owned();
    m.tool(&[&["seal", &name], more].concat());
}

fn refuses_to_seal(m: &Merged, more: &[&str]) {
    let name = m.names().next().unwrap().to_owned();
    let finished = makemigrations(m, [&["seal", &name], more].concat()).run();
    assert!(finished.code.is_some_and(|code| code == 1 || code == 2), "{finished:?}");
}

/// Puts an override on `main` and the branch on top of it.
fn merge_override(m: &Merged) {
    m.checkout("main");
    m.edit(&m.first("up.sql"));
    seal(m, &["--override", "--reason", "ticket 4711"]);
    m.commit_all("hot fix");
    m.push_main();
    m.checkout("feature");
    m.merge("main");
}

fn new_folders(m: &Merged) -> Vec<String> {
    let known: Vec<_> = m.names().map(|name| format!("migrations/{name}")).collect();
    let mut folders: Vec<_> = m
        .files()
        .iter()
        .filter_map(|file| {
            file.strip_prefix("migrations/")?.split_once('/').map(|(name, _)| format!("migrations/{name}"))
        })
        .filter(|folder| !known.contains(folder) && !folder.starts_with("migrations/."))
        .collect();
    folders.dedup();
    folders
}
