//! Which branch counts as merged, where a branch, a tag or a setting wants to be it. It must not edit anything but the
//! first migration.

use makemigrations_tests::merged::{Merged, found};

use super::{fails, more, passes, recorded_edit, run};

#[test]
fn bases() {
    run(vec![
        fails("a branch of the remote that is called HEAD", &["M014"], |m| {
            recorded_edit(m);
            m.git(["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
            m.git(["update-ref", "refs/remotes/origin/HEAD", "HEAD"]);
            more(m);
            m.check().ci()
        }),
        fails("base moved where nothing says which branch is the default one", &["M014"], |m| {
            develop(m);
            accomplice(m);
            m.check().ci()
        }),
        fails("base moved and merged backwards where nothing says which branch is the default one", &["M014"], |m| {
            develop(m);
            accomplice(m);
            m.git(["checkout", "--quiet", "--orphan", "fresh"]);
            m.commit_all("fresh");
            m.git(["merge", "--quiet", "--no-edit", "--strategy=ours", "--allow-unrelated-histories", "feature"]);
            m.git(["update-ref", "refs/remotes/origin/accomplice", "HEAD~1"]);
            m.check().ci()
        }),
        fails("base moved in a shallow clone where nothing says which branch is the default one", &["M019"], |m| {
            develop(m);
            accomplice(m);
            m.git(["branch", "accomplice", "refs/remotes/origin/accomplice"]);
            let clone = m.clone_with(&["--branch=feature", "--depth=2", "--no-single-branch"]);
            clone.git(["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
            m.check().inside(&clone).ci()
        }),
        passes("base as it always was where nothing says which branch is the default one", |m| {
            develop(m);
            more(m);
            m.check().ci()
        }),
        fails("a tag of the name that a variable has", &["M019"], |m| {
            recorded_edit(m);
            m.forget_main();
            m.git(["tag", "main"]);
            more(m);
            m.check().ci().env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
        }),
        fails("an expression as base", &["M019"], |m| {
            m.settings("base = \"main~2\"\n");
            m.commit_all("settings");
            m.check().ci()
        }),
        fails("an expression that stops git as base", &["M019"], |m| {
            m.settings("base = \"main@{1}\"\n");
            m.commit_all("settings");
            m.check().ci()
        }),
        fails("a branch of another remote as base", &["M019"], |m| {
            m.git(["remote", "add", "upstream", "https://git.example.invalid/upstream.git"]);
            m.settings("base = \"upstream/main\"\n");
            m.commit_all("settings");
            let said = m.check().ci().run(&[]).stderr;
            let command = "`git fetch upstream +refs/heads/main:refs/remotes/upstream/main`";
            assert!(said.contains(command), "{said}");
            m.check().ci()
        }),
        fails("an edit of what the tag has that is the base", &["M014"], |m| {
            m.checkout("main");
            m.settings("base = \"v1\"\n");
            m.commit_all("settings");
            m.push_main();
            m.git(["tag", "v1"]);
            m.git(["checkout", "--quiet", "-b", "fix"]);
            m.edit(&m.newest("up.sql"));
            m.record();
            m.check()
        }),
        fails("a branch that is called like one of a merge queue", &["M014"], |m| {
            recorded_edit(m);
            m.git(["update-ref", "refs/remotes/origin/accomplice", "HEAD"]);
            more(m);
            m.check().ci().env("GITHUB_REF", "refs/heads/gh-readonly-queue/accomplice/pr-1-0123abcd")
        }),
        fails("an edit in a shallow clone of Azure Pipelines", &["M019"], |m| {
            recorded_edit(m);
            let clone = m.clone_feature(&["--depth=1"]);
            m.check().inside(&clone).env("TF_BUILD", "True")
        }),
    ]);
}

/// The clone of one branch says how to get the others, and that works.
#[test]
fn the_default_branch_can_be_fetched_as_the_hint_says() {
    let m = Merged::fresh();
    let clone = m.clone_feature(&["--depth=1"]);
    let check = m.check().inside(&clone).ci();
    let said = check.gives(1, &["M019"]).stderr;
    let command = said.split('`').find(|part| part.starts_with("git fetch ")).expect("the command that fetches it");
    clone.git(command.split(' ').skip(1).map(|word| word.trim_matches('\'')));
    assert!(found(&check.gives(0, &[]).stderr).is_empty());
}

/// `main` is called `develop`, its setting `base` says so, and nothing else does.
fn develop(m: &Merged) {
    m.checkout("main");
    m.settings("base = \"develop\"\n");
    m.commit_all("settings");
    m.git(["update-ref", "refs/remotes/origin/develop", "HEAD"]);
    m.git(["checkout", "--quiet", "-B", "feature"]);
    m.forget_main();
}

/// A branch that another one names as its base, with an edit that both have.
fn accomplice(m: &Merged) {
    m.settings("base = \"accomplice\"\n");
    recorded_edit(m);
    m.git(["update-ref", "refs/remotes/origin/accomplice", "HEAD"]);
    more(m);
}
