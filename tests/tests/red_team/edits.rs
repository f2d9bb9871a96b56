//! Edits of merged files that leave the lock file alone. It must not touch names, only bytes.

use makemigrations_tests::merged::{LOCK, Merged};

use super::{fails, passes, run, warns};

#[test]
fn edits() {
    run(vec![
        fails("one byte of up.sql", &["M001"], |m| {
            m.replace(&m.first("up.sql"), "title", "titel");
            m.check()
        }),
        fails("one byte of down.sql", &["M001"], |m| {
            m.edit(&m.first("down.sql"));
            m.check()
        }),
        fails("one byte of operations.toml", &["M001"], |m| {
            m.append(&m.first("operations.toml"), "#\n");
            m.check()
        }),
        fails("a comment in metadata.toml", &["M001"], |m| {
            m.append(&m.newest("metadata.toml"), "# a comment\n");
            m.check()
        }),
        fails("the value in metadata.toml", &["M001"], |m| {
            m.replace(&m.newest("metadata.toml"), "false", "true");
            m.check()
        }),
        fails("the newest merged migration", &["M001"], |m| {
            m.edit(&m.newest("up.sql"));
            m.check()
        }),
        fails("the same byte count", &["M001"], |m| {
            let text = m.read(&m.first("up.sql"));
            m.write(&m.first("up.sql"), text.replacen("Generated", "generated", 1));
            m.check()
        }),
        fails("the same byte count and time", &["M001"], |m| {
            let path = m.join(&m.first("up.sql"));
            let time = std::fs::metadata(&path).unwrap().modified().unwrap();
            let text = m.read(&m.first("up.sql"));
            m.write(&m.first("up.sql"), text.replacen("Generated", "generated", 1));
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            m.check()
        }),
        fails("a licence header everywhere", &["M001"], |m| {
            for file in ["up.sql", "down.sql"] {
                for index in 0..3 {
                    let path = format!("{}/{file}", m.merged(index));
                    let text = m.read(&path);
                    m.write(&path, format!("-- Licensed under MIT\n{text}"));
                }
            }
            m.check()
        }),
        fails("a blank at the end of a line", &["M001"], |m| {
            let text = m.read(&m.first("up.sql"));
            m.write(&m.first("up.sql"), text.replacen('\n', " \n", 1));
            m.check()
        }),
        fails("up.sql emptied", &["M001"], |m| {
            m.write(&m.first("up.sql"), "");
            m.check()
        }),
        fails("down.sql emptied", &["M001"], |m| {
            m.write(&m.first("down.sql"), "");
            m.check()
        }),
        fails("operations.toml emptied", &["M001"], |m| {
            m.write(&m.first("operations.toml"), "");
            m.check()
        }),
        fails("operations.toml that is no TOML", &["M001"], |m| {
            m.append(&m.first("operations.toml"), "[[[\n");
            m.check()
        }),
        fails("operations that cannot be replayed", &["M001"], |m| {
            m.append(&m.first("operations.toml"), "\n[[operations]]\nop = \"drop_table\"\nkey = \"nowhere\"\n");
            m.check()
        }),
        fails("up.sql that is not UTF-8", &["M001"], |m| {
            m.append(&m.first("up.sql"), [b'-', b'-', 0xff, b'\n']);
            m.check()
        }),
        fails("a zero byte", &["M001"], |m| {
            m.append(&m.first("up.sql"), [0]);
            m.check()
        }),
        fails("BEGIN and COMMIT put around merged SQL", &["M001"], |m| {
            let text = m.read(&m.first("up.sql"));
            m.write(&m.first("up.sql"), format!("BEGIN;\n{text}COMMIT;\n"));
            m.check()
        }),
        fails("two merged migrations exchange their up.sql", &["M001"], |m| {
            exchange(m, &m.first("up.sql"), &m.newest("up.sql"));
            m.check()
        }),
        fails("up.sql and down.sql exchanged", &["M001"], |m| {
            exchange(m, &m.first("up.sql"), &m.first("down.sql"));
            m.check()
        }),
        fails("two merged folders exchanged", &["M001", "M002", "M004"], |m| {
            m.rename(&m.merged(0), "migrations/other");
            m.rename(&m.merged(2), &m.merged(0));
            m.rename("migrations/other", &m.merged(2));
            m.check()
        }),
        fails("an edit that is committed", &["M001"], |m| {
            m.edit(&m.first("up.sql"));
            m.commit_all("edit");
            m.check()
        }),
        fails("an edit some commits ago", &["M001"], |m| {
            m.edit(&m.first("up.sql"));
            m.commit_all("edit");
            m.append("README.md", "More.\n");
            m.commit_all("something else");
            m.commit_all("nothing");
            m.check()
        }),
        fails("an edit in the branch's first commit", &["M001"], |m| {
            m.edit(&m.newest("up.sql"));
            m.git(["commit", "--quiet", "--all", "--amend", "--no-edit"]);
            m.check()
        }),
        fails("an edit that is staged only for the next commit", &["M001"], |m| {
            m.edit(&m.first("up.sql"));
            m.git(["add", "--all"]);
            m.check()
        }),
        fails("an edit and the branch's own migration gone", &["M001"], |m| {
            m.remove(&m.own_folder());
            m.git(["checkout", "--quiet", "main", "--", LOCK, "schema-snapshots"]);
            m.edit(&m.first("up.sql"));
            m.check()
        }),
        passes("nothing", |m| m.check()),
        passes("an edit that was taken back", |m| {
            m.edit(&m.first("up.sql"));
            m.commit_all("edit");
            m.git(["revert", "--no-edit", "HEAD"]);
            m.check()
        }),
        passes("a removal that was taken back by hand", |m| {
            let folder = m.merged(1);
            m.rename(&folder, "kept");
            m.commit_all("remove");
            m.rename("kept", &folder);
            m.check()
        }),
        passes("unrelated files", |m| {
            m.append("README.md", "More.\n");
            m.write("src/up.sql", "BEGIN; COMMIT;");
            m.write("other/migrations/0001/up.sql", "");
            m.commit_all("unrelated");
            m.check()
        }),
        #[cfg(unix)]
        passes("executable files", |m| {
            use std::os::unix::fs::PermissionsExt;
            for file in [&m.first("up.sql"), &m.newest("metadata.toml"), LOCK] {
                std::fs::set_permissions(m.join(file), std::fs::Permissions::from_mode(0o755)).unwrap();
            }
            m.commit_all("executable");
            m.check()
        }),
        warns("files of the system and of editors", &["M020"], |m| {
            m.write("migrations/.DS_Store", "x");
            m.write("migrations/.gitkeep", "");
            m.write(&m.first(".DS_Store"), "x");
            m.write(&m.first(".up.sql.swp"), "x");
            m.write(&m.own(".idea/workspace.xml"), "x");
            m.write("migrations/.backup/up.sql", "x");
            m.commit_all("files of the system");
            m.check()
        }),
        warns("an editor's backup", &["M020"], |m| {
            m.write(&m.first("up.sql~"), "x");
            m.write(&m.own("down.sql~"), "x");
            m.check()
        }),
        warns("a loose file", &["M020"], |m| {
            m.write("migrations/README.md", "Do not edit.\n");
            m.commit_all("notes");
            m.check()
        }),
        warns("an empty folder", &["M020"], |m| {
            std::fs::create_dir(m.join("migrations/2027-01-01-000000-0005_left")).unwrap();
            m.check()
        }),
        warns("a folder that another branch left with a file of the system in it", &["M020"], |m| {
            m.write("migrations/2027-01-01-000000-0005_left/.DS_Store", "x");
            m.check()
        }),
        passes("an empty folder inside a merged migration", |m| {
            std::fs::create_dir(m.join(&m.first("notes"))).unwrap();
            m.check()
        }),
    ]);
}

fn exchange(m: &Merged, one: &str, other: &str) {
    m.rename(one, "exchanged");
    m.rename(other, one);
    m.rename("exchanged", other);
}
