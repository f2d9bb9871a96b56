//! Merged migrations and files that are removed, renamed, moved, added to or replaced. It must not edit bytes in place.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::merged::LOCK;

use super::{fails, run};

#[test]
fn removals() {
    run(vec![
        fails("a migration removed", &["M002"], |m| {
            m.remove(&m.merged(1));
            m.check()
        }),
        fails("a migration removed and committed", &["M002"], |m| {
            m.git(["rm", "-r", "--quiet", &m.merged(1)]);
            m.commit_all("remove");
            m.check()
        }),
        fails("a migration removed with its lines", &["M002"], |m| {
            m.remove(&m.merged(1));
            m.record();
            m.check()
        }),
        fails("the newest migration removed with its lines", &["M002"], |m| {
            m.remove(&m.merged(2));
            m.record();
            m.check()
        }),
        fails("all merged migrations removed with their lines", &["M002"], |m| {
            (0..3).for_each(|index| m.remove(&m.merged(index)));
            m.record();
            m.check()
        }),
        fails("everything removed", &["M002"], |m| {
            m.remove("migrations");
            m.check()
        }),
        fails("everything removed and committed", &["M002"], |m| {
            m.remove("migrations");
            m.commit_all("remove");
            m.check()
        }),
        fails("everything but the lock file removed", &["M002", "M006"], |m| {
            (0..3).for_each(|index| m.remove(&m.merged(index)));
            m.remove(&m.own_folder());
            m.check()
        }),
        fails("a migration removed and makemigrations run", &["M002"], |m| {
            m.remove(&m.merged(2));
            // It may refuse; it must not drop what is merged.
            let _finished = makemigrations(m, ["makemigrations", "--no-input"]).run();
            m.check()
        }),
        fails("a migration emptied", &["M002"], |m| {
            let folder = m.merged(1);
            m.remove(&folder);
            std::fs::create_dir(m.join(&folder)).unwrap();
            m.check()
        }),
        fails("up.sql removed", &["M002"], |m| {
            m.remove(&m.first("up.sql"));
            m.check()
        }),
        fails("down.sql removed", &["M002"], |m| {
            m.remove(&m.first("down.sql"));
            m.check()
        }),
        fails("operations.toml removed", &["M002"], |m| {
            m.remove(&m.first("operations.toml"));
            m.check()
        }),
        fails("metadata.toml removed", &["M002"], |m| {
            m.remove(&m.newest("metadata.toml"));
            m.check()
        }),
        fails("metadata.toml removed with its line", &["M002"], |m| {
            m.remove(&m.newest("metadata.toml"));
            m.record();
            m.check()
        }),
        fails("a migration renamed", &["M003"], |m| {
            m.rename(&m.merged(1), &format!("{}_again", m.merged(1)));
            m.check()
        }),
        fails("a migration renamed by git", &["M003"], |m| {
            m.git(["mv", &m.merged(1), &format!("{}_again", m.merged(1))]);
            m.commit_all("rename");
            m.check()
        }),
        fails("a migration renamed with its lines", &["M003"], |m| {
            m.rename(&m.merged(1), &format!("{}_again", m.merged(1)));
            m.record();
            m.commit_all("rename");
            m.check()
        }),
        fails("a migration renamed in upper case", &["M003"], |m| {
            m.rename(&m.merged(1), &m.merged(1).replace("_ticket", "_Ticket"));
            m.check()
        }),
        fails("a migration renumbered", &["M003"], |m| {
            m.rename(&m.merged(2), &m.merged(2).replace("-0003_", "-0007_"));
            m.record();
            m.check()
        }),
        fails("a migration with another version", &["M003"], |m| {
            m.rename(&m.merged(2), &m.merged(2).replace("2026-", "2027-"));
            m.record();
            m.check()
        }),
        fails("all renamed", &["M003"], |m| {
            (0..3).for_each(|index| m.rename(&m.merged(index), &format!("{}x", m.merged(index))));
            m.record();
            m.check()
        }),
        fails("a migration hidden by a dot", &["M002"], |m| {
            m.rename(&m.merged(1), &m.merged(1).replace("migrations/", "migrations/."));
            m.check()
        }),
        fails("a migration renamed and edited", &["M002", "M005", "M009"], |m| {
            m.edit(&format!("{}/up.sql", m.merged(1)));
            m.rename(&m.merged(1), &format!("{}_again", m.merged(1)));
            m.check()
        }),
        fails("a migration moved out", &["M002"], |m| {
            m.rename(&m.merged(1), "old");
            m.check()
        }),
        fails("a file renamed in upper case", &["M003"], |m| {
            m.rename(&m.first("up.sql"), &m.first("UP.sql"));
            m.check()
        }),
        fails("a file renamed", &["M003"], |m| {
            m.rename(&m.first("down.sql"), &m.first("down.sql.bak"));
            m.record();
            m.check()
        }),
        fails("a file renamed to an editor's backup", &["M002", "M020"], |m| {
            m.rename(&m.first("down.sql"), &m.first("down.sql~"));
            m.check()
        }),
        fails("a file moved to another migration", &["M002", "M004"], |m| {
            m.rename(&m.newest("metadata.toml"), &m.first("metadata.toml"));
            m.record();
            m.check()
        }),
        fails("a file moved into a folder", &["M003"], |m| {
            m.rename(&m.first("up.sql"), "up.sql");
            m.write(&m.first("sql/up.sql"), m.read("up.sql"));
            m.check()
        }),
        fails("a file added", &["M004"], |m| {
            m.write(&m.first("notes.txt"), "note\n");
            m.check()
        }),
        fails("a file added and recorded", &["M004"], |m| {
            m.write(&m.first("data.sql"), "SELECT 1;\n");
            m.record();
            m.commit_all("add");
            m.check()
        }),
        fails("an empty file added", &["M004"], |m| {
            m.write(&m.first("empty"), "");
            m.check()
        }),
        fails("metadata.toml added", &["M004"], |m| {
            m.write(&m.first("metadata.toml"), "run_in_transaction = false\n");
            m.record();
            m.check()
        }),
        fails("a folder with a file added", &["M004"], |m| {
            m.write(&m.first("more/deep/up.sql"), "SELECT 1;\n");
            m.check()
        }),
        fails("a folder in a file's place", &["M002", "M004"], |m| {
            m.remove(&m.first("down.sql"));
            m.write(&m.first("down.sql/down.sql"), "SELECT 1;\n");
            m.check()
        }),
        fails("a file in a migration's place", &["M002", "M020"], |m| {
            m.remove(&m.merged(1));
            m.write(&m.merged(1), "");
            m.check()
        }),
        fails("removed and made anew with the same name", &["M001"], |m| {
            let text = m.read(&m.first("up.sql"));
            let rest = ["down.sql", "operations.toml"].map(|file| (file, m.read(&m.first(file))));
            m.remove(&m.merged(0));
            m.commit_all("remove");
            m.write(&m.first("up.sql"), text.replace("title", "titel"));
            rest.iter().for_each(|(file, text)| m.write(&m.first(file), text));
            m.check()
        }),
        fails("all made anew by makemigrations", &["M002", "M014"], |m| {
            m.remove("migrations");
            m.commit_all("remove");
            m.tool(&["makemigrations", "--no-input"]);
            m.check()
        }),
        fails("the merged migrations folded into the own one", &["M002"], |m| {
            let sql: String = (0..3).map(|index| m.read(&format!("{}/up.sql", m.merged(index)))).collect();
            (0..3).for_each(|index| m.remove(&m.merged(index)));
            m.append(&m.own("up.sql"), sql);
            m.write(&m.own("metadata.toml"), "run_in_transaction = false\n");
            m.record();
            m.check()
        }),
        fails("the newest merged migration on another branch only", &["M002"], |m| {
            m.git(["reset", "--quiet", "--hard", "main~1"]);
            m.git(["merge", "--quiet", "--strategy=ours", "--no-edit", "main"]);
            assert!(!m.read(LOCK).contains("0003_"));
            m.check()
        }),
    ]);
}
