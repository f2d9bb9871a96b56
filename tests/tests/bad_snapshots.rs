//! Every folder of `tests/data/bad-snapshots`: the messages are golden, the exit code is 2, and nothing is written.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use makemigrations_tests::folder::{Folder, files};
use makemigrations_tests::golden;
use makemigrations_tests::project::Project;

#[test]
fn bad_snapshots_have_their_messages() {
    let cases = cases();
    assert!(cases.len() >= 85, "{} cases", cases.len());
    let failed: Vec<_> = cases.iter().filter(|case| catch_unwind(|| check(case)).is_err()).collect();
    assert!(failed.is_empty(), "{} of {} cases failed: {failed:#?}", failed.len(), cases.len());
}

fn check(case: &Path) {
    let project = project(case);
    let before = project.files();
    let checked = project.run(["makemigrations", "--check"]);
    checked.code(2);
    assert_eq!(checked.stdout, "", "messages go to standard error: {}", case.display());
    golden::check(&case.join("expected.txt"), &checked.golden_stderr());

    // The same without `--check`, when there would be something to write.
    let written = project.run(["makemigrations", "--no-input"]);
    written.code(2);
    assert_eq!(written.stderr, checked.stderr, "{}", case.display());
    assert_eq!(project.files(), before, "{}", case.display());
}

fn project(case: &Path) -> Project {
    let folder = Folder::temporary();
    let data = files(case).into_iter().filter(|name| name.ends_with(".toml") || name.ends_with(".rs"));
    let own_workspace = case.join("Cargo.toml").is_file();
    for name in data {
        let target = if own_workspace { name.clone() } else { format!("schema-snapshots/{name}") };
        folder.write(&target, std::fs::read(case.join(&name)).unwrap());
    }
    if own_workspace {
        return Project::at(&folder);
    }
    let dialect = std::fs::read_to_string(case.join("dialect")).unwrap_or_else(|_| "postgres".to_owned());
    Project::with_settings(&folder, &format!("dialect = \"{}\"\n", dialect.trim_end()))
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bad-snapshots");
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}
