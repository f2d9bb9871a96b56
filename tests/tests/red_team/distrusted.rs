//! Tricks of an author who controls everything in a commit, also the settings and what is built: the commit is read as data,
//! from the base. It must not trust what the commit says of itself.

use std::os::unix::fs::symlink;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::tree::{MORE, Setup, TICKET};

/// What is done in the work tree of the branch, and what `check --tree` says of its commit.
type Trick = (&'static str, &'static str, fn(&Setup));

/// What is done to the refs of the repository.
type RefTrick = (&'static str, fn(&Setup));

const LOCK: &str = "migrations/migrations.lock";

/// An edit of what is merged, beside which each of the other tricks has to fail.
fn edit(setup: &Setup) {
    setup.project.append(&setup.up(), "-- edited\n");
}

fn settings(setup: &Setup, more: &str) {
    setup.project.settings(&format!("dialect = \"sqlite\"\n{more}"));
}

fn folder(setup: &Setup) -> String {
    format!("migrations/{}", setup.first)
}

/// A folder with a name of its own, as a copy of the merged one.
fn copied(setup: &Setup, name: &str) {
    for file in ["up.sql", "down.sql", "operations.toml"] {
        let text = setup.project.read(&format!("{}/{file}", folder(setup)));
        setup.project.write(&format!("migrations/{name}/{file}"), text);
    }
}

/// The lock file with the sum of what the merged file says now.
fn record_again(setup: &Setup) {
    setup.project.run(["seal", &setup.first, "--override", "--reason", "hot fix"]).code(0);
    let lock = setup.project.read(LOCK);
    let without: String =
        lock.lines().filter(|line| !line.starts_with("# override")).map(|l| format!("{l}\n")).collect();
    setup.project.write(LOCK, without);
}

const FAIL: [Trick; 44] = [
    ("an edit with its line", "M014", |s| {
        edit(s);
        record_again(s);
    }),
    ("another down.sql", "M001", |s| s.project.append(&format!("{}/down.sql", folder(s)), "-- edited\n")),
    ("another record", "M001", |s| s.project.append(&format!("{}/operations.toml", folder(s)), "# edited\n")),
    ("a byte order mark", "M001", |s| {
        let text = s.project.read(&s.up());
        s.project.write(&s.up(), format!("\u{feff}{text}"));
    }),
    ("a lone carriage return", "M001", |s| s.project.append(&s.up(), "\r")),
    ("no last line end", "M001", |s| {
        let text = s.project.read(&s.up());
        s.project.write(&s.up(), text.trim_end());
    }),
    ("the folder gone", "M002", |s| s.project.remove(&folder(s))),
    ("a file gone", "M002", |s| s.project.remove(&format!("{}/down.sql", folder(s)))),
    ("another name", "M003", |s| {
        s.repo.git(["mv", &folder(s), &format!("{}_more", folder(s))]);
    }),
    ("one more file", "M004", |s| s.project.write(&format!("{}/extra.sql", folder(s)), "SELECT 1;\n")),
    ("the key of the transaction", "M004", |s| {
        s.project.write(&format!("{}/metadata.toml", folder(s)), "run_in_transaction = false\n");
    }),
    ("no lock file", "M016", |s| s.project.remove(LOCK)),
    ("an empty lock file", "M0", |s| s.project.write(LOCK, "")),
    ("a lock file in conflict", "M016", |s| {
        let lock = s.project.read(LOCK);
        s.project.write(LOCK, format!("<<<<<<< HEAD\n{lock}=======\n>>>>>>> work\n"));
    }),
    ("a lock file in capitals", "M016", |s| {
        let lock = s.project.read(LOCK);
        let line = lock.lines().last().unwrap();
        s.project.write(LOCK, lock.replace(line, &line.replacen(&line[..64], &line[..64].to_uppercase(), 1)));
    }),
    ("a lock file that is a link", "M016", |s| {
        s.repo.git(["mv", LOCK, "lock"]);
        symlink("../lock", s.project.join(LOCK)).unwrap();
    }),
    ("a line that leads out", "M0", |s| {
        s.project.append(LOCK, format!("{}  ../../etc/passwd\n", "0".repeat(64)));
    }),
    ("a link in place of the migrations", "M015", |s| {
        s.repo.git(["mv", "migrations", "copy"]);
        symlink("copy", s.project.join("migrations")).unwrap();
    }),
    ("a link in place of a migration", "M015", |s| {
        s.repo.git(["mv", &folder(s), "copy"]);
        symlink("../copy", s.project.join(&folder(s))).unwrap();
    }),
    ("a link in place of a file", "M015", |s| {
        s.repo.git(["mv", &s.up(), "copy.sql"]);
        symlink("../../copy.sql", s.project.join(&s.up())).unwrap();
    }),
    ("a link that nothing else names", "M0", |s| symlink("/etc", s.project.join("migrations/extra")).unwrap()),
    ("a journal of a rebase", "M023", |s| {
        s.project.write("migrations/.rebase/journal", "old\n");
    }),
    ("a journal as a link", "M0", |s| symlink("/tmp", s.project.join("migrations/.rebase")).unwrap()),
    ("one that sorts before what is merged", "M009", |s| {
        copied(s, "2001-01-01-000000-0000_before");
    }),
    ("the same number", "M007", |s| copied(s, "2999-01-01-000000-0001_again")),
    ("the same version", "M008", |s| copied(s, &format!("{}_again", &s.first[..22]))),
    ("one without a line", "M005", |s| copied(s, "2999-01-01-000000-0002_more")),
    ("one of no SQL", "M01", |s| {
        s.project.write("migrations/2999-01-01-000000-0002_more/up.sql", "");
    }),
    ("one that commits", "M013", |s| {
        s.project.write("migrations/2999-01-01-000000-0002_more/up.sql", "COMMIT; DROP TABLE ticket; BEGIN;\n");
        s.project.write("migrations/2999-01-01-000000-0002_more/down.sql", "SELECT 1;\n");
    }),
    ("SQL that its record does not say", "M017", |s| {
        s.project.snapshot("ticket", &format!("{TICKET}{MORE}"));
        s.project.run(["makemigrations"]).code(0);
        let name = s.project.migrations().remove(1);
        s.project.append(&format!("migrations/{name}/up.sql"), "DROP TABLE ticket;\n");
        // The line is right: what is wrong is only that nobody declared it.
        let bytes = s.project.read_bytes(&format!("migrations/{name}/up.sql"));
        let digest = makemigrations_gate::sum(&bytes);
        let lock = s.project.read(LOCK);
        let line = lock.lines().find(|line| line.ends_with(&format!("{name}/up.sql"))).unwrap().to_owned();
        s.project.write(LOCK, lock.replace(&line, &format!("{digest}  {name}/up.sql")));
    }),
    ("an override without a reason", "M0", |s| {
        edit(s);
        s.project.append(LOCK, format!("# override {}\n", s.first));
    }),
    ("another base", "M001", |s| {
        edit(s);
        settings(s, "base = \"work\"\n");
    }),
    ("another folder of migrations", "M001", |s| {
        edit(s);
        settings(s, "migrations = \"empty\"\n");
    }),
    ("an application of its own", "M00", |s| {
        edit(s);
        settings(s, "apps.web = { migrations = \"web\" }\n");
    }),
    ("no settings", "M001", |s| {
        edit(s);
        s.project.write("Cargo.toml", "[workspace]\nmembers = []\n");
    }),
    ("no manifest", "M001", |s| {
        edit(s);
        s.project.remove("Cargo.toml");
    }),
    ("a broken manifest", "M001", |s| {
        edit(s);
        s.project.write("Cargo.toml", "[[[");
    }),
    ("the whole project in a folder", "M0", |s| {
        edit(s);
        std::fs::create_dir(s.project.join("sub")).unwrap();
        for part in ["migrations", "schema-snapshots", "Cargo.toml"] {
            s.repo.git(["mv", part, "sub"]);
        }
    }),
    ("attributes that hide it from exports", "M001", |s| {
        edit(s);
        s.project.write(".gitattributes", "migrations/** export-ignore -diff -text linguist-generated\n");
    }),
    ("a snapshot that is a device's link", "M015", |s| {
        s.project.remove("schema-snapshots/ticket.toml");
        symlink("/dev/zero", s.project.join("schema-snapshots/ticket.toml")).unwrap();
    }),
    ("a domain that is a link", "M015", |s| symlink("../..", s.project.join("schema-snapshots/more")).unwrap()),
    ("a snapshot of seventeen MiB", "16 MiB", |s| {
        s.project.write("schema-snapshots/big.toml", format!("#{}\n", "x".repeat(17 << 20)));
    }),
    ("a snapshot that is no text", "UTF-8", |s| s.project.write("schema-snapshots/odd.toml", [0xff, 0xfe])),
    ("a member that leads out", "error", |s| {
        let member = "[package]\nname = \"b\"\nversion = \"0.0.0\"\n[package.metadata.makemigrations]\nsnapshot = \"../../x.toml\"\n";
        s.project.write("b/Cargo.toml", member);
    }),
];

/// Honest work that looks like it.
const PASS: [Trick; 5] = [
    ("line ends of another system", "", |s| {
        let text = s.project.read(&s.up());
        s.project.write(&s.up(), text.replace('\n', "\r\n"));
    }),
    ("an executable bit", "", |s| {
        s.repo.git(["add", "-A"]);
        s.repo.git(["update-index", "--chmod=+x", &s.up()]);
        s.project.write("note", "");
    }),
    ("files of desktops", "M020", |s| s.project.write("migrations/.DS_Store", "x")),
    ("a folder that is not the migrations", "", |s| s.project.write("docs/migrations/up.sql", "COMMIT;\n")),
    ("a commit of nothing of it", "", |s| s.project.write("README.md", "hello\n")),
];

#[test]
fn every_trick_is_seen() {
    judged(&FAIL, 1..=2);
}

#[test]
fn honest_work_passes() {
    judged(&PASS, 0..=0);
}

fn judged(tricks: &[Trick], codes: std::ops::RangeInclusive<i32>) {
    let mut failed = Vec::new();
    for (name, text, act) in tricks {
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let setup = Setup::new("");
            act(&setup);
            setup.judge()
        }));
        match judged {
            Ok(judged) if judged.code.is_some_and(|code| codes.contains(&code)) && judged.stderr.contains(text) => {}
            Ok(judged) => failed.push(format!("{name}: {:?}, `{text}`\n{}", judged.code, judged.stderr)),
            Err(_) => failed.push(format!("{name}: set-up")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What refs can do to a name: the base is a commit, whatever else has its name.
#[test]
fn names_of_refs_do_not_move_the_base() {
    let tricks: [RefTrick; 4] = [
        ("a tag of the base's name", |s| {
            s.repo.git(["tag", "main", "work"]);
        }),
        ("a branch that is named as the base's commit", |s| {
            let base = s.repo.git(["rev-parse", "refs/heads/main"]);
            s.repo.git(["branch", &base, "work"]);
        }),
        ("a replaced commit", |s| {
            let base = s.repo.git(["rev-parse", "refs/heads/main"]);
            s.repo.git(["replace", &base, "work"]);
        }),
        ("a ref in the folder of remote branches", |s| {
            s.repo.git(["update-ref", "refs/remotes/evil/main", "work"]);
        }),
    ];
    for (name, act) in tricks {
        let setup = Setup::new("");
        edit(&setup);
        setup.repo.commit_all("work");
        let base = setup.repo.git(["rev-parse", "refs/heads/main"]);
        setup.repo.checkout("main");
        act(&setup);
        let refs = if name.contains("tag") { "refs/heads/main" } else { base.as_str() };
        let judged = setup.project.run(["check", "--tree", "work", "--base", refs]);
        assert_eq!(judged.code, Some(1), "{name}: {}", judged.stderr);
        judged.stderr_contains("M001");
    }
}

/// History itself: what the branch dropped of its base, and a branch that has none.
#[test]
fn history_cannot_be_left_behind() {
    // Main goes on; the branch merges it and keeps only its own side.
    let setup = Setup::new("");
    setup.project.write("note", "mine");
    setup.repo.commit_all("mine");
    setup.repo.checkout("main");
    setup.project.snapshot("ticket", &format!("{TICKET}{MORE}"));
    setup.project.run(["makemigrations"]).code(0);
    setup.repo.commit_all("second");
    setup.repo.checkout("work");
    // Merely behind is nothing.
    setup.project.run(["check", "--tree", "work", "--base", "main"]).code(0);
    setup.repo.git(["merge", "--strategy=ours", "--no-edit", "main"]);
    setup.project.run(["check", "--tree", "work", "--base", "main"]).code(1).stderr_contains("M002");
    // An orphan with the same files, one of them edited.
    let orphan = Setup::new("");
    orphan.repo.git(["checkout", "--orphan", "new"]);
    edit(&orphan);
    orphan.repo.commit_all("orphan");
    let judged = orphan.project.run(["check", "--tree", "new", "--base", "main"]);
    assert_eq!(judged.code, Some(1), "{}", judged.stderr);
}
