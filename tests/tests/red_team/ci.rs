//! Continuous integration: the target branch is named by a variable, clones are shallow, HEAD is detached, and what git
//! cannot tell fails. It must not pass because something is missing.

use makemigrations_tests::merged::{Check, Merged};

use super::{Case, fails, more, passes, recorded_edit, run};

const VARIABLES: [&str; 5] = [
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    "CHANGE_TARGET",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
];

#[test]
fn ci() {
    run(vec![
        for_each_variable("a variable names the branch", &[], |m, variable| m.check().ci().env(variable, "main")),
        for_each_variable("an edit against the branch that a variable names", &["M014"], |m, variable| {
            recorded_edit(m);
            m.check().ci().env(variable, "main")
        }),
        for_each_variable("a variable names a branch that is not there", &["M019"], |m, variable| {
            m.check().ci().env(variable, "release/9")
        }),
        for_each_variable("a variable counts although nothing says that this is CI", &["M019"], |m, variable| {
            m.check().env(variable, "release/9")
        }),
        for_each_variable("an empty variable is none", &[], |m, variable| m.check().ci().env(variable, "")),
        passes("a branch's whole name in a variable", |m| {
            m.check().ci().env("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main")
        }),
        fails("an edit, a branch's whole name in a variable", &["M014"], |m| {
            recorded_edit(m);
            m.check().ci().env("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main")
        }),
        fails("a variable beats the settings", &["M014"], |m| {
            recorded_edit(m);
            m.git(["branch", "accomplice"]);
            m.settings("base = \"accomplice\"\n");
            m.commit_all("settings");
            m.check().ci().env("GITHUB_BASE_REF", "main")
        }),
        fails("a variable's branch is the remote one", &["M014"], |m| {
            recorded_edit(m);
            m.git(["branch", "--quiet", "--force", "main", "HEAD"]);
            m.git(["tag", "main"]);
            m.git(["tag", "origin/main"]);
            m.append("README.md", "More.\n");
            m.commit_all("more");
            m.check().ci().env("GITHUB_BASE_REF", "main")
        }),
        fails("the missing branch with the command that fetches it", &["M019"], |m| {
            says(m.check().ci().env("GITHUB_BASE_REF", "release/9"), "git fetch origin")
        }),
        fails("a shallow clone", &["M019"], |m| {
            let clone = m.clone_feature(&["--depth=1"]);
            says(m.check().inside(&clone).ci(), "git fetch")
        }),
        fails("a shallow clone for a branch that a variable names", &["M019"], |m| {
            let clone = m.clone_feature(&["--depth=1"]);
            says(m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main"), "git fetch")
        }),
        fails("a shallow clone with both branches", &["M019"], |m| {
            diverged(m);
            let clone = m.clone_feature(&["--depth=1", "--no-single-branch"]);
            says(m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main"), "git fetch --unshallow")
        }),
        fails("a shallow clone of main", &["M019"], |m| {
            m.checkout("main");
            let clone = m.clone_with(&["--depth=1"]);
            m.checkout("feature");
            says(m.check().inside(&clone).ci(), "git fetch --unshallow")
        }),
        fails("a shallow clone with an edit", &["M001", "M019"], |m| {
            let clone = m.clone_feature(&["--depth=1"]);
            clone.append(&m.first("up.sql"), "-- edited\n");
            m.check().inside(&clone).ci()
        }),
        fails("a shallow clone of an edit", &["M001", "M019"], |m| {
            recorded_edit(m);
            diverged(m);
            let clone = m.clone_feature(&["--depth=2", "--no-single-branch"]);
            m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main")
        }),
        passes("a clone that is deep enough", |m| {
            let clone = m.clone_feature(&["--depth=3", "--no-single-branch"]);
            m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main")
        }),
        fails("an edit in a clone that is deep enough", &["M014"], |m| {
            recorded_edit(m);
            let clone = m.clone_feature(&["--depth=4", "--no-single-branch"]);
            m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main")
        }),
        fails("the clone of one branch", &["M019"], |m| {
            let clone = m.clone_feature(&["--single-branch"]);
            m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main")
        }),
        passes("the clone of one branch after the fetch", |m| {
            let clone = m.clone_feature(&["--single-branch"]);
            let check = m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main");
            let output = check.gives(1, &["M019"]).stderr;
            let start = output.find("git fetch").expect("the command that fetches it");
            let command = output[start..].split(['`', '\n']).next().unwrap();
            clone.git(command.split(' ').skip(1));
            check
        }),
        passes("the shallow clone after the fetch", |m| {
            diverged(m);
            let clone = m.clone_feature(&["--depth=1", "--no-single-branch"]);
            let check = m.check().inside(&clone).ci().env("GITHUB_BASE_REF", "main");
            let output = check.gives(1, &["M019"]).stderr;
            let start = output.find("git fetch").expect("the command that fetches it");
            let command = output[start..].split(['`', '\n']).next().unwrap();
            clone.git(command.split(' ').skip(1));
            check
        }),
        fails("no git", &["M019"], |m| {
            m.remove(".git");
            m.check().ci()
        }),
        fails("no commit yet", &["M019"], |m| {
            m.remove(".git");
            m.git(["init", "--quiet", "--initial-branch=main"]);
            m.check().ci()
        }),
        fails("nothing to compare with", &["M019"], |m| {
            m.forget_main();
            m.check().ci()
        }),
        fails("no common history", &["M019"], |m| {
            m.git(["checkout", "--quiet", "--orphan", "again"]);
            m.commit_all("again");
            m.check().ci().env("GITHUB_BASE_REF", "main")
        }),
        fails("git is not installed", &["M019"], |m| m.check().ci().env("PATH", "/nonexistent")),
        fails("a broken repository", &["M019"], |m| {
            m.remove(".git/objects/pack");
            m.check().ci()
        }),
        fails("CI=1 is CI as well", &["M019"], |m| {
            m.forget_main();
            m.check().env("CI", "1")
        }),
        passes("the first commit", |m| {
            let commit = m.git(["commit-tree", "HEAD^{tree}", "-m", "start"]);
            m.git(["checkout", "--quiet", "-B", "main", &commit]);
            m.push_main();
            m.check().ci()
        }),
        passes("a push to main", |m| {
            m.checkout("main");
            m.merge("feature");
            m.push_main();
            m.git(["checkout", "--quiet", "--detach"]);
            m.check().ci()
        }),
        fails("a push of an edit to main", &["M014"], |m| {
            m.checkout("main");
            recorded_edit(m);
            m.push_main();
            m.git(["checkout", "--quiet", "--detach"]);
            m.check().ci()
        }),
        passes("a push to a branch", |m| {
            m.git(["checkout", "--quiet", "--detach"]);
            m.check().ci()
        }),
        passes("the merge of a pull request", |m| {
            merge_ref(m);
            m.check().ci().env("GITHUB_BASE_REF", "main")
        }),
        fails("the merge of a pull request with an edit", &["M014"], |m| {
            recorded_edit(m);
            merge_ref(m);
            m.check().ci().env("GITHUB_BASE_REF", "main")
        }),
        passes("the merge of a pull request, main has moved since", |m| {
            merge_ref(m);
            let merge = m.head();
            m.checkout("main");
            m.write("NEWS.md", "News.\n");
            m.commit_all("news");
            m.push_main();
            m.checkout(&merge);
            m.check().ci().env("GITHUB_BASE_REF", "main")
        }),
        passes("a merge queue without a variable", |m| {
            merge_ref(m);
            m.check().ci()
        }),
        fails("an edit in a merge queue without a variable", &["M014"], |m| {
            recorded_edit(m);
            merge_ref(m);
            m.check().ci()
        }),
        fails("two branches with one number in a merge queue", &["M008"], |m| {
            m.git(["checkout", "--quiet", "-b", "side", "main"]);
            m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
            m.tool(&["makemigrations", "--no-input"]);
            m.commit_all("urgent");
            m.checkout("main");
            m.merge("side");
            m.push_main();
            m.git(["checkout", "--quiet", "--detach"]);
            m.try_git(["merge", "--quiet", "--no-commit", "feature"]).code(1);
            m.git(["checkout", "--quiet", "--theirs", "--", "schema-snapshots", "migrations/migrations.lock"]);
            m.record();
            m.commit_all("merge");
            m.check().ci()
        }),
        passes("a release branch that is behind", |m| {
            m.git(["update-ref", "refs/remotes/origin/release/1", "main~1"]);
            m.git(["checkout", "--quiet", "-b", "fix", "main~1"]);
            m.append("README.md", "More.\n");
            m.commit_all("fix");
            m.check().ci().env("GITHUB_BASE_REF", "release/1")
        }),
        fails("an edit on a release branch", &["M014"], |m| {
            m.git(["update-ref", "refs/remotes/origin/release/1", "main~1"]);
            m.git(["checkout", "--quiet", "-b", "fix", "main~1"]);
            recorded_edit(m);
            m.check().ci().env("GITHUB_BASE_REF", "release/1")
        }),
        passes("the merge queue of a release branch", |m| {
            queue_of_release(m);
            m.check().ci().env("GITHUB_REF", RELEASE_QUEUE)
        }),
        fails("an edit in the merge queue of a release branch", &["M014"], |m| {
            m.git(["checkout", "--quiet", "-b", "edit", "main~1"]);
            recorded_edit(m);
            // On `main` by now, so that only a look at the release branch finds it.
            m.git(["update-ref", "refs/remotes/origin/main", "HEAD"]);
            m.git(["branch", "--quiet", "--force", "main", "HEAD"]);
            m.git(["update-ref", "refs/remotes/origin/release/1", "HEAD~1"]);
            m.git(["checkout", "--quiet", "--detach"]);
            m.check().ci().env("GITHUB_BASE_REF", "").env("GITHUB_REF", RELEASE_QUEUE)
        }),
        fails("the merge queue of a branch that is not here", &["M019"], |m| {
            says(m.check().ci().env("GITHUB_REF", RELEASE_QUEUE), "git fetch origin")
        }),
        passes("an honest worktree", |m| {
            let worktree = m.worktree("side");
            m.check().inside(&worktree).ci().env("GITHUB_BASE_REF", "main")
        }),
    ]);
}

/// What GitHub calls the branch of a merge queue.
const RELEASE_QUEUE: &str = "refs/heads/gh-readonly-queue/release/1/pr-7-0123456789abcdef";

/// A release branch that is behind `main`, and on top of it what its merge queue tests.
fn queue_of_release(m: &Merged) {
    m.git(["update-ref", "refs/remotes/origin/release/1", "main~1"]);
    m.git(["checkout", "--quiet", "-b", "gh-readonly-queue/release/1/pr-7-0123456789abcdef", "main~1"]);
    more(m);
}

/// A case that is tried once with each variable.
fn for_each_variable(
    name: &'static str,
    ids: &'static [&'static str],
    act: fn(&Merged, &'static str) -> Check,
) -> Case {
    let code = i32::from(!ids.is_empty());
    let act = move |m: &Merged| {
        let (last, others) = VARIABLES.split_last().expect("there are variables");
        for variable in others {
            act(&Merged::fresh(), variable).gives(code, ids);
        }
        act(m, last)
    };
    Case { name, code, ids, act: Box::new(act) }
}

/// The output contains this.
fn says(check: Check, text: &str) -> Check {
    let output = check.run(&[]);
    assert!(output.stderr.contains(text), "expected: `{text}`\n{}", output.stderr);
    check
}

/// `main` gets a commit, so that it is no ancestor of the branch.
fn diverged(m: &Merged) {
    m.checkout("main");
    m.append("README.md", "More.\n");
    m.commit_all("more");
    m.push_main();
    m.checkout("feature");
}

/// What GitHub checks out for a pull request, and a merge queue: `main` with the branch merged into it, on no branch.
fn merge_ref(m: &Merged) {
    m.git(["checkout", "--quiet", "--detach", "main"]);
    m.merge("feature");
}
