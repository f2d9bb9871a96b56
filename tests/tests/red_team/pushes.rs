//! The branch that counts as merged, checked by CI after a push: all that was pushed counts, not its last commit alone. It
//! must not check a pull request.

use makemigrations_tests::folder::Folder;
use makemigrations_tests::merged::{Check, Merged};

use super::{fails, more, passes};

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// `main` with what `act` does to it, pushed at once; the check as CI runs it then, with the commit before.
fn pushed(m: &Merged, act: impl FnOnce(&Merged)) -> (String, Check) {
    m.checkout("main");
    let before = m.head();
    act(m);
    m.push_main();
    (before, m.check().ci())
}

fn gitlab(m: &Merged, act: impl FnOnce(&Merged)) -> Check {
    let (before, check) = pushed(m, act);
    check.env("CI_COMMIT_BEFORE_SHA", before).env("CI_COMMIT_BRANCH", "main")
}

/// The check with GitHub's description of the push.
fn github(m: &Merged, before: &str, branch: &str, check: Check) -> Check {
    let event = m.join(".git/event.json");
    let text = format!("{{\"ref\": \"refs/heads/{branch}\", \"before\": \"{before}\", \"forced\": false}}");
    std::fs::write(&event, text).unwrap();
    check.env("GITHUB_EVENT_PATH", event.display().to_string())
}

fn recorded_edit_and_more(m: &Merged) {
    super::recorded_edit(m);
    more(m);
}

/// A migration of one's own that comes and goes again.
fn take_back(m: &Merged) {
    let newest = m.merged(2);
    m.remove(&newest);
    m.record();
    m.commit_all("take it back");
    more(m);
}

#[test]
fn pushes() {
    super::run(vec![
        fails("an edit below another commit of the same push (GitLab)", &["M014"], |m| {
            gitlab(m, recorded_edit_and_more)
        }),
        fails("an edit below another commit of the same push (GitHub)", &["M014"], |m| {
            let (before, check) = pushed(m, recorded_edit_and_more);
            github(m, &before, "main", check)
        }),
        fails("an edit below ten commits", &["M014"], |m| {
            gitlab(m, |m| {
                super::recorded_edit(m);
                (0..10).for_each(|_| more(m));
            })
        }),
        fails("a merged migration that is taken back below another commit", &["M002"], |m| gitlab(m, take_back)),
        fails("a fast-forward of a branch that took a migration back", &["M002"], |m| {
            gitlab(m, |m| {
                m.git(["switch", "--quiet", "--create", "back"]);
                take_back(m);
                m.checkout("main");
                m.git(["merge", "--quiet", "--ff-only", "back"]);
            })
        }),
        fails("a force push that drops a commit with a migration", &["M002"], |m| {
            let (before, check) = pushed(m, |m| {
                m.git(["reset", "--quiet", "--hard", "HEAD~1"]);
            });
            check.env("CI_COMMIT_BEFORE_SHA", before).env("CI_COMMIT_BRANCH", "main")
        }),
        fails("an edit in a detached checkout, as CI makes it", &["M014"], |m| {
            let (before, check) = pushed(m, recorded_edit_and_more);
            m.git(["checkout", "--quiet", "--detach"]);
            github(m, &before, "main", check)
        }),
        fails("an edit in a job that is late: others have pushed since", &["M014"], |m| {
            let (before, check) = pushed(m, recorded_edit_and_more);
            m.git(["checkout", "--quiet", "--detach"]);
            m.git(["commit", "--quiet", "--allow-empty", "--message", "later"]);
            m.git(["update-ref", "refs/remotes/origin/main", "HEAD"]);
            m.git(["checkout", "--quiet", "HEAD~1"]);
            github(m, &before, "main", check)
        }),
        fails("a commit before that is not here", &["M019"], |m| {
            let (_, check) = pushed(m, more);
            check.env("CI_COMMIT_BEFORE_SHA", "12345678".repeat(5)).env("CI_COMMIT_BRANCH", "main")
        }),
        fails("a commit before that is none", &["M019"], |m| {
            let (_, check) = pushed(m, more);
            check.env("CI_COMMIT_BEFORE_SHA", "HEAD~1").env("CI_COMMIT_BRANCH", "main")
        }),
        fails("an event that cannot be read", &["M019"], |m| {
            let (_, check) = pushed(m, more);
            check.env("GITHUB_EVENT_PATH", m.join(".git/none.json").display().to_string())
        }),
        fails("an edit in the newest commit, where CI names none before", &["M014"], |m| {
            let (_, check) = pushed(m, super::recorded_edit);
            check.env("CI_COMMIT_BEFORE_SHA", ZEROS).env("CI_COMMIT_BRANCH", "main")
        }),
        fails("an edit in the newest commit, which CI names as the one before itself", &["M014"], |m| {
            let (_, check) = pushed(m, super::recorded_edit);
            let head = m.head();
            check.env("CI_COMMIT_BEFORE_SHA", head).env("CI_COMMIT_BRANCH", "main")
        }),
        fails("an edit of a pull request, whose event names its own commit before", &["M014"], |m| {
            super::recorded_edit(m);
            let before = m.head();
            more(m);
            github(m, &before, "main", m.check().ci()).env("GITHUB_BASE_REF", "main")
        }),
        fails("an edit of a branch whose event names its own commit before", &["M014"], |m| {
            super::recorded_edit(m);
            let before = m.head();
            more(m);
            github(m, &before, "feature", m.check().ci())
        }),
        passes("several commits with a new migration", |m| {
            gitlab(m, |m| {
                m.git(["merge", "--quiet", "--ff-only", "feature"]);
                more(m);
            })
        }),
        passes("a migration that came and changed within one push", |m| {
            gitlab(m, |m| {
                m.git(["merge", "--quiet", "--ff-only", "feature"]);
                m.remove(&m.own_folder());
                m.columns_on_main("urgent = { type = \"integer\", nullable = true }\n");
                m.tool(&["makemigrations", "--no-input"]);
                m.commit_all("another one");
            })
        }),
        passes("the first push of the branch", |m| {
            let (_, check) = pushed(m, more);
            check.env("CI_COMMIT_BEFORE_SHA", ZEROS).env("CI_COMMIT_BRANCH", "main")
        }),
        passes("an event that is no push", |m| {
            let (_, check) = pushed(m, more);
            let event = m.join(".git/event.json");
            std::fs::write(&event, "{\"schedule\": \"0 4 * * *\"}").unwrap();
            check.env("GITHUB_EVENT_PATH", event.display().to_string())
        }),
    ]);
}

/// A shallow clone says how to get the commit, and that works.
#[test]
fn the_commit_before_can_be_fetched_as_the_hint_says() {
    let m = Merged::fresh();
    m.checkout("main");
    let before = m.head();
    recorded_edit_and_more(&m);
    more(&m);
    m.push_main();
    let clone = m.clone_with(&["--depth=1", "--branch=main"]);
    m.config("uploadpack.allowAnySHA1InWant", "true");
    let check = m.check().inside(&Folder::clone(&clone)).ci();
    let check = check.env("CI_COMMIT_BEFORE_SHA", before).env("CI_COMMIT_BRANCH", "main");
    let said = check.gives(1, &["M019"]).stderr;
    let command = said.split('`').find(|part| part.starts_with("git fetch ")).expect("the command that fetches it");
    clone.git(command.split(' ').skip(1));
    check.gives(1, &["M014"]);
}
