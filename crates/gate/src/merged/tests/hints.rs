//! What the hints about merged history say: commands that bring it back. Must not look at ids.

use super::UP;
use crate::fixture::{FIRST, NEW, Project, SECOND};
use crate::folder::{EntryKind, Folder};
use crate::lock::LOCK_FILE;
use crate::merged::{Base, verify_merged};

#[test]
fn hints_restore_and_never_record_again() {
    let mut project = Project::with_new(NEW);
    project.write(FIRST, UP, "SELECT 9;\n");
    project.write(SECOND, UP, "SELECT 9;\n");
    project.seal(SECOND);
    let findings = verify_merged(&project.folder(), &Project::new().base());
    assert_eq!(findings.len(), 2);
    for finding in findings {
        let migration = finding.migration.unwrap();
        assert!(
            finding
                .hint
                .contains(&format!("git restore --source=1234abc --staged --worktree -- migrations/{migration}"))
        );
        assert!(!finding.hint.contains(&format!("seal {migration}")), "{}", finding.hint);
        // With the lock file of then the own migration's lines are gone.
        let takes_lock = finding.hint.contains(LOCK_FILE);
        assert_eq!(takes_lock, finding.hint.contains(&format!("cargo xtask seal {NEW}")), "{}", finding.hint);
        assert!(finding.message.contains("merged into `origin/main`"), "{}", finding.message);
    }
}

#[test]
fn hints_take_what_was_elsewhere_from_there() {
    let hint = |change: fn(&mut Project)| {
        let mut project = Project::new();
        change(&mut project);
        let base = Base { moved_from: Some("old place".into()), ..Project::new().base() };
        let folder = project.folder().shown_as("db/up").reached_by("../");
        verify_merged(&folder, &base).remove(0).hint
    };
    let edited = hint(|project| project.write(FIRST, UP, "SELECT 9;\n"));
    let command = format!("`git show '1234abc:old place/{FIRST}/up.sql' > ../db/up/{FIRST}/up.sql`");
    assert!(edited.contains(&command), "{edited}");
    let removed = hint(|project| project.delete(FIRST));
    let command = format!("`git archive --prefix=db/up/{FIRST}/ '1234abc:old place/{FIRST}' | tar -x -C ../`");
    assert!(removed.contains(&command), "{removed}");
}

#[test]
fn a_lock_file_that_is_gone_is_taken_from_where_it_was() {
    let folder = Folder::from_files([(format!("{NEW}/{UP}"), "SELECT 3;\n", EntryKind::File)]);
    let findings = verify_merged(&folder, &Project::new().base());
    let hint = &findings[0].hint;
    assert!(
        hint.contains("`git restore --source=1234abc --staged --worktree -- migrations/migrations.lock`"),
        "{hint}"
    );
    assert!(hint.contains(&format!("`cargo xtask seal {NEW}`")), "{hint}");
}

#[test]
fn a_renamed_migration_comes_back_with_its_lines() {
    let mut project = Project::new();
    project.rename(FIRST, "2026-11-23-141200-0001_first");
    project.lock.remove(FIRST);
    project.seal("2026-11-23-141200-0001_first");
    let findings = verify_merged(&project.folder(), &Project::new().base());
    let command =
        format!("`git restore --source=1234abc --staged --worktree -- migrations/{FIRST} migrations/migrations.lock`");
    assert!(findings[0].hint.contains(&command), "{}", findings[0].hint);
}
