//! What the gate finds without git: exactly that, and nothing besides.

use super::verify;
use crate::fixture::{FIRST, NEW, Project, SECOND, short};
use crate::folder::{EntryKind, Folder};

#[track_caller]
fn finds(project: &Project, expected: &[String]) {
    assert_eq!(short(&verify(&project.folder())), expected);
}

/// Findings about files of the first migration.
fn first(findings: &[&str]) -> Vec<String> {
    findings.iter().map(|finding| finding.replace("FIRST", &format!("migrations/{FIRST}"))).collect()
}

fn with(file: &str, text: &str) -> Project {
    let mut project = Project::new();
    project.write(FIRST, file, text);
    project
}

fn sealed_with(file: &str, text: &str) -> Project {
    let mut project = with(file, text);
    project.seal(FIRST);
    project
}

#[test]
fn what_is_recorded_is_fine() {
    finds(&Project::with_new(NEW), &[]);
    assert_eq!(verify(&Folder::default()), []);
    finds(&with("up.sql", "SELECT 1;\r\n"), &[]);
    let mut crlf = Project::new();
    crlf.lock_text = Some(crlf.lock.render().replace('\n', "\r\n"));
    finds(&crlf, &[]);
}

#[test]
fn every_other_byte_is_an_edit() {
    for text in ["SELECT 1;", "SELECT 1;\r", "\u{feff}SELECT 1;\n", "SELECT 1;\n\n", "SELECT  1;\n"] {
        finds(&with("up.sql", text), &first(&["M001 FIRST/up.sql"]));
    }
    finds(&with("operations.toml", "format = 2\n"), &first(&["M001 FIRST/operations.toml"]));
    let message = &verify(&with("down.sql", "SELECT 2;").folder())[0].message;
    assert!(message.contains("the last newline was removed"), "{message}");
}

#[test]
fn what_is_not_recorded_and_what_is_gone() {
    finds(&with("notes.txt", "x"), &first(&["M005 FIRST/notes.txt"]));
    finds(&with("more/up.sql", "x"), &first(&["M005 FIRST/more/up.sql"]));
    let mut project = Project::new();
    project.write(NEW, "up.sql", "SELECT 1;");
    finds(&project, &[format!("M005 migrations/{NEW}")]);
    project.delete(NEW);
    project.delete(SECOND);
    project.delete(&format!("{FIRST}/down.sql"));
    finds(&project, &["M006 migrations/migrations.lock".to_owned(), "M006 migrations/migrations.lock".to_owned()]);
    let lines: Vec<_> = verify(&project.folder()).into_iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [Some(5), Some(8)]);
}

#[test]
fn a_folder_without_up_sql_is_one_finding() {
    let mut project = Project::new();
    project.delete(&format!("{FIRST}/up.sql"));
    finds(&project, &first(&["M010 FIRST"]));
    let mut left_behind = Project::new();
    left_behind.write(NEW, "Up.sql", "SELECT 1;");
    finds(&left_behind, &[format!("M010 migrations/{NEW}")]);
}

#[test]
fn numbers_and_versions_are_unique_and_rise_together() {
    let others = [
        ("2026-11-23-141300-0002_other", "M008"),
        ("20261123141300-0002_other", "M008"),
        ("2026-11-23-150000-0002_other", "M007"),
        ("2026-11-23-150000-0001_other", "M007"),
        ("2026-11-23-140000-0001_other", "M007"),
    ];
    for (name, id) in others {
        let found = short(&verify(&Project::with_new(name).folder()));
        assert!(found[0].starts_with(id), "{name}: {found:?}");
    }
    let early = "2026-11-23-140000-0003_early";
    let found = short(&verify(&Project::with_new(early).folder()));
    assert_eq!(found, [format!("M009 migrations/{early}")]);
}

#[test]
fn names_from_other_projects_are_legal() {
    for name in ["2023-01-01-000000_create_x", "00000000000000_diesel_initial_setup", "2027-01-01-000000-0000_x", "x"] {
        finds(&Project::with_new(name), &[]);
    }
    let mut project = Project::with_new("2027-01-01-000000-0000_x");
    project.write("2027-01-01-000001-0000_y", "up.sql", "SELECT 1;");
    project.seal("2027-01-01-000001-0000_y");
    finds(&project, &[]);
}

#[test]
fn sql_files_have_something_in_them() {
    for text in ["", " \r\n\t", "\u{feff}"] {
        finds(&sealed_with("up.sql", text), &first(&["M011 FIRST/up.sql"]));
        finds(&sealed_with("down.sql", text), &first(&["M011 FIRST/down.sql"]));
    }
    finds(&sealed_with("up.sql", "-- nothing to do"), &[]);
    let mut project = Project::new();
    project.put(&format!("{FIRST}/up.sql"), b"SELECT '\xff';", EntryKind::File);
    project.seal(FIRST);
    finds(&project, &first(&["M011 FIRST/up.sql"]));
}

#[test]
fn metadata_says_whether_there_is_a_transaction() {
    for text in ["", "# nothing", "run_in_transaction", "other = 1"] {
        finds(&sealed_with("metadata.toml", text), &first(&["M012 FIRST/metadata.toml"]));
    }
    finds(&sealed_with("metadata.toml", "run_in_transaction = true"), &[]);
}

#[test]
fn postgres_runs_one_statement_outside_of_a_transaction() {
    let project = |dialect: &str, metadata: &str, up: &str| {
        let mut project = Project::new();
        project.lock.set_dialect(dialect);
        project.write(FIRST, "metadata.toml", &format!("run_in_transaction = {metadata}\n"));
        project.write(FIRST, "up.sql", up);
        project.seal(FIRST);
        project
    };
    let two = "-- Both;\nSELECT ';';\n/* next */ SELECT 2";
    finds(&project("postgres", "false", two), &first(&["M022 FIRST/up.sql"]));
    assert_eq!(verify(&project("postgres", "false", two).folder())[0].line, Some(3));
    for (dialect, metadata, up) in [
        ("postgres", "true", two),
        ("sqlite", "false", two),
        ("postgres", "false", "-- One;\nCREATE INDEX CONCURRENTLY a ON b (c); -- over;\n;\n"),
        ("postgres", "false", "DO $$ BEGIN UPDATE a SET b = 1; COMMIT; END $$;"),
    ] {
        finds(&project(dialect, metadata, up), &[]);
    }
}

#[test]
fn diesel_s_transaction_is_left_alone() {
    let mut project = sealed_with("up.sql", "-- COMMIT;\nSELECT 'BEGIN';\n\ncommit;\nBEGIN;\n");
    finds(&project, &first(&["M013 FIRST/up.sql"]));
    assert_eq!(verify(&project.folder())[0].line, Some(4));
    project.write(FIRST, "metadata.toml", "run_in_transaction = true\n");
    project.seal(FIRST);
    finds(&project, &first(&["M013 FIRST/up.sql"]));
    project.write(FIRST, "metadata.toml", "run_in_transaction = false\n");
    project.seal(FIRST);
    finds(&project, &[]);
    finds(&sealed_with("down.sql", "ROLLBACK"), &first(&["M013 FIRST/down.sql"]));
    let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; SAVEPOINT s; RELEASE s;";
    finds(&sealed_with("up.sql", trigger), &[]);
}

#[test]
fn links_are_refused_and_named_once() {
    let up = format!("{FIRST}/up.sql");
    for kind in [EntryKind::Link, EntryKind::Special] {
        let mut project = Project::new();
        project.put(&up, b"SELECT 1;\n", kind);
        finds(&project, &first(&["M015 FIRST/up.sql"]));
        project.delete(FIRST);
        project.put(FIRST, b"", kind);
        finds(&project, &first(&["M015 FIRST"]));
    }
    let mut project = Project::new();
    project.put("", b"", EntryKind::Link);
    finds(&project, &["M015 migrations".to_owned()]);
    let mut dotted = Project::new();
    dotted.put(&format!("{FIRST}/.up.sql.swp"), b"", EntryKind::Link);
    finds(&dotted, &[]);
}

#[test]
fn a_lock_file_that_says_nothing_is_one_finding() {
    let lock = "M016 migrations/migrations.lock".to_owned();
    let mut project = Project::new();
    project.lock_text = Some(String::new());
    finds(&project, std::slice::from_ref(&lock));
    project.put("migrations.lock", b"", EntryKind::Link);
    let text = project.lock.render();
    project.lock_text = Some(text.replacen("# dialect", "<<<<<<< HEAD\n# dialect", 1));
    finds(&project, std::slice::from_ref(&lock));
    let missing = Folder::from_files([(format!("{FIRST}/up.sql"), "SELECT 1;", EntryKind::File)]);
    assert_eq!(short(&verify(&missing)), std::slice::from_ref(&lock));
    let link = Folder::from_files([
        (format!("{FIRST}/up.sql"), "x", EntryKind::File),
        ("migrations.lock".into(), "", EntryKind::Link),
    ]);
    assert_eq!(short(&verify(&link)), [lock]);
}

#[test]
fn what_does_no_harm_is_a_warning() {
    let mut project = with("up.sql~", "x");
    project.put("README.md", b"", EntryKind::File);
    project.put(".DS_Store", b"", EntryKind::File);
    project.write(FIRST, ".up.sql.swp", "x");
    let mut expected = vec!["~M020 migrations/README.md".to_owned()];
    expected.extend(first(&["~M020 FIRST/up.sql~"]));
    finds(&project, &expected);
}

#[test]
fn overrides_are_printed_and_need_a_reason() {
    let lock = "migrations/migrations.lock";
    let mut project = Project::new();
    project.lock.add_override(FIRST, "ticket 4711");
    finds(&project, &[format!("~M014 {lock}")]);
    assert!(verify(&project.folder())[0].message.ends_with("overridden: ticket 4711"));
    project.lock.add_override("nowhere", "typo");
    finds(&project, &[format!("~M014 {lock}"), format!("~M014 {lock}")]);
    project.lock = Project::new().lock;
    project.lock.add_override(FIRST, "  ");
    finds(&project, &[format!("M018 {lock}")]);
}

#[test]
fn an_override_makes_bearable_what_cannot_be_mended() {
    let mut project = sealed_with("up.sql", "COMMIT;");
    project.lock.add_override(FIRST, "adopted");
    finds(&project, &first(&["~M013 FIRST/up.sql", "~M014 migrations/migrations.lock"]));
}

#[test]
fn paths_are_shown_as_seen_from_the_workspace() {
    let folder = with("up.sql", "x").folder().shown_as("db/migrations");
    let finding = &verify(&folder)[0];
    assert_eq!(finding.path, Some(format!("db/migrations/{FIRST}/up.sql")));
    assert!(
        finding.hint.contains("git restore --source=HEAD --staged --worktree -- db/migrations/"),
        "{}",
        finding.hint
    );
}
