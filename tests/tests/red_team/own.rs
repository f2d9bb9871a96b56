//! What people do with migrations that are not merged: all of it is allowed, as long as files, lock file and operations
//! fit together. It must not touch what is merged.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::merged::{LOCK, Merged};
use makemigrations_tests::project::Project;

use super::{fails, passes, run};

const URGENT: &str = "urgent = { type = \"boolean\", nullable = true }\n";

#[test]
fn own() {
    run(vec![
        fails("removed, its lines left", &["M006"], |m| {
            m.remove(&m.own_folder());
            m.check()
        }),
        fails("removed with its lines, the snapshot left", &[], |m| {
            m.remove(&m.own_folder());
            m.record();
            m.check()
        }),
        fails("a snapshot changed without a migration", &[], |m| {
            m.columns(URGENT);
            m.check()
        }),
        fails("edited", &["M001"], |m| {
            m.edit(&m.own("up.sql"));
            m.check()
        }),
        fails("edited and committed", &["M001"], |m| {
            m.edit(&m.own("down.sql"));
            m.commit_all("edit");
            m.check()
        }),
        fails("a file removed", &["M006"], |m| {
            m.remove(&m.own("down.sql"));
            m.check()
        }),
        fails("up.sql removed", &["M010"], |m| {
            m.remove(&m.own("up.sql"));
            m.check()
        }),
        fails("a file added", &["M005"], |m| {
            m.write(&m.own("data.sql"), "SELECT 1;\n");
            m.check()
        }),
        fails("renamed", &["M005", "M006"], |m| {
            m.rename(&m.own_folder(), &format!("{}_again", m.own_folder()));
            m.check()
        }),
        fails("written by hand and not sealed", &["M005"], |m| {
            let folder = "migrations/2027-01-01-000000-0005_by_hand";
            m.write(&format!("{folder}/up.sql"), "SELECT 1;\n");
            m.write(&format!("{folder}/down.sql"), "SELECT 1;\n");
            m.check()
        }),
        passes("removed with all that belongs to it", |m| {
            m.git(["reset", "--quiet", "--hard", "main"]);
            m.commit_all("nothing");
            m.check()
        }),
        passes("removed, and its lines dropped by makemigrations", |m| {
            m.remove(&m.own_folder());
            m.columns_on_main("");
            m.tool(&["makemigrations", "--no-input"]);
            assert!(!m.read(LOCK).contains("0004_"));
            m.check()
        }),
        passes("removed and made anew", |m| {
            m.remove(&m.own_folder());
            m.tool(&["makemigrations", "--no-input"]);
            m.check()
        }),
        passes("removed and made anew with more in it", |m| {
            m.remove(&m.own_folder());
            m.columns(URGENT);
            m.tool(&["makemigrations", "--no-input", "--name", "more"]);
            m.commit_all("more");
            m.check()
        }),
        passes("amended", |m| {
            m.remove(&m.own_folder());
            m.columns(URGENT);
            m.tool(&["makemigrations", "--no-input"]);
            m.git(["add", "--all"]);
            m.git(["commit", "--quiet", "--amend", "--no-edit"]);
            m.check()
        }),
        passes("a second one", |m| {
            m.columns(URGENT);
            m.tool(&["makemigrations", "--no-input"]);
            m.check()
        }),
        passes("two folded into one", |m| {
            m.columns(URGENT);
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("urgent");
            let names = Project::at(m).migrations();
            names.iter().skip(3).for_each(|name| m.remove(&format!("migrations/{name}")));
            m.tool(&["makemigrations", "--no-input"]);
            assert_eq!(Project::at(m).migrations().len(), 4);
            m.check()
        }),
        passes("a new domain", |m| {
            Project::at(m).snapshot(
                "house",
                "[tables.house.columns]\nid = { type = \"integer\", primary_key = true }\naddress = \"text\"\n",
            );
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("houses");
            m.check()
        }),
        passes("edited and sealed", |m| {
            m.edit(&m.own("up.sql"));
            seal_own(m);
            assert!(m.read(&m.own("operations.toml")).contains("manual = true"));
            m.check()
        }),
        passes("sealed, edited and sealed again", |m| {
            m.edit(&m.own("up.sql"));
            seal_own(m);
            m.commit_all("by hand");
            m.append(&m.own("up.sql"), "-- only a comment\n");
            seal_own(m);
            m.check()
        }),
        fails("sealed and edited again", &["M001"], |m| {
            m.edit(&m.own("up.sql"));
            seal_own(m);
            m.commit_all("by hand");
            m.append(&m.own("up.sql"), "-- only a comment\n");
            m.check()
        }),
        passes("an empty one, filled and sealed", |m| {
            m.tool(&["makemigrations", "--empty", "--name", "data", "--no-input"]);
            let folder = format!("migrations/{}", Project::at(m).migrations().pop().unwrap());
            m.write(&format!("{folder}/up.sql"), "UPDATE ticket SET note = 'BEGIN; COMMIT;' WHERE note IS NULL;\n");
            m.tool(&["seal"]);
            m.commit_all("data");
            m.check()
        }),
        fails("an empty one, filled and not sealed", &["M001"], |m| {
            m.tool(&["makemigrations", "--empty", "--name", "data", "--no-input"]);
            let folder = format!("migrations/{}", Project::at(m).migrations().pop().unwrap());
            m.write(&format!("{folder}/up.sql"), "UPDATE ticket SET note = '';\n");
            m.check()
        }),
        passes("a file added and sealed", |m| {
            m.write(&m.own("data.csv"), "1,2\n");
            seal_own(m);
            m.check()
        }),
        passes("merged, and a new branch begun", |m| {
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.branch("next");
            m.columns(URGENT);
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("urgent");
            m.check()
        }),
        fails("merged, then edited on the old branch", &["M001"], |m| {
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.checkout("feature");
            m.edit(&m.own("up.sql"));
            m.commit_all("edit");
            m.check()
        }),
        fails("merged, then edited, recorded and declared on the old branch", &["M014"], |m| {
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.checkout("feature");
            m.edit(&m.own("up.sql"));
            m.replace(&m.own("operations.toml"), "number = 4\n", "number = 4\nmanual = true\n");
            m.record();
            m.commit_all("edit");
            m.check()
        }),
        fails("merged, then removed on the old branch", &["M002"], |m| {
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.checkout("feature");
            m.git(["reset", "--quiet", "--hard", "HEAD"]);
            m.remove(&m.own_folder());
            m.record();
            m.commit_all("remove");
            m.check()
        }),
        passes("the first migration of a project", |m| {
            m.checkout("main");
            m.git(["checkout", "--quiet", "--orphan", "start"]);
            m.remove("migrations");
            m.git(["rm", "-r", "--quiet", "--cached", "."]);
            m.git(["add", "README.md", "Cargo.toml"]);
            m.git(["commit", "--quiet", "--message", "start"]);
            m.git(["branch", "--force", "main", "HEAD"]);
            m.push_main();
            m.branch("work");
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("initial");
            m.check()
        }),
        passes("the state on main", |m| {
            let check = m.check();
            makemigrations(m, ["makemigrations", "--check"]).run().code(0);
            m.checkout("main");
            check
        }),
    ]);
}

fn seal_own(m: &Merged) {
    m.tool(&["seal", m.names().last().unwrap()]);
}
