//! What `check` says in each format: the same findings for people, for programs and for GitHub.
//! It must not judge which findings there are: that is the red team's.

use makemigrations_tests::merged::{LOCK, Merged, found};

/// An edit, a loose file and a folder that does not belong there.
fn wrong() -> Merged {
    let m = Merged::fresh();
    m.edit(&m.first("up.sql"));
    m.write("migrations/notes.txt", "note\n");
    m.write("migrations/2027-01-01-000000-0005_left/operations.toml", "");
    m
}

#[test]
fn every_format_has_the_same_findings() {
    let m = wrong();
    let human = m.check().gives(1, &["M001", "M010", "M020"]);
    let json = m.check().run(&["--format", "json"]);
    json.code(1);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).expect("a JSON document alone");
    let findings = document["findings"].as_array().expect("a list of findings");
    let ids: Vec<_> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3, "{document}");
    assert_eq!(found(&ids.join(" ")), found(&human.stderr));
    for finding in findings {
        let [message, hint, path] = ["message", "hint", "path"].map(|key| finding[key].as_str().unwrap());
        for text in [message, hint, path] {
            assert!(human.stderr.contains(text), "{text}\n{}", human.stderr);
        }
        let expected = if finding["id"] == "M020" { "warning" } else { "error" };
        assert_eq!(finding["severity"], expected);
    }
    assert_eq!(findings.iter().filter(|f| f["migration"].as_str() == m.names().next()).count(), 1);

    let github = m.check().run(&["--format", "github"]);
    let (up, line) = (m.first("up.sql"), m.read(&m.first("up.sql")).lines().count());
    github.code(1).stdout_contains(&format!("::error file={up},line={line},title=M001::"));
    github.stdout_contains("::warning file=migrations/notes.txt,title=M020::");
    let lines: Vec<_> = github.stdout.lines().filter(|line| line.contains("title=M")).collect();
    assert_eq!(lines.len(), 3, "{}", github.stdout);
}

#[test]
fn a_finding_in_the_lock_file_has_its_line() {
    let m = Merged::fresh();
    let text = m.read(LOCK);
    m.write(LOCK, format!("{text}{}\n", text.lines().last().unwrap()));
    let line = text.lines().count() + 1;
    m.check().gives(1, &["M016"]).stderr_contains(&format!("{LOCK}:{line}"));
    m.check().run(&["--format", "github"]).stdout_contains(&format!("::error file={LOCK},line={line},title=M016::"));
}

#[test]
fn without_findings_the_document_is_empty() {
    let m = Merged::fresh();
    let json = m.check().run(&["--format", "json"]);
    json.code(0);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).expect("a JSON document alone");
    assert_eq!(document["findings"], serde_json::json!([]));
    assert_eq!(m.check().run(&["--format", "github"]).stdout, "");
}

#[test]
fn quiet_keeps_the_findings_and_the_exit_code() {
    let m = wrong();
    m.check().run(&["-q"]).code(1).stderr_contains("M001").stderr_contains("hint: ");
    let honest = Merged::fresh().check().run(&["-q"]);
    honest.code(0);
    assert_eq!(format!("{}{}", honest.stdout, honest.stderr), "");
}

#[test]
fn the_commands_in_hints_repair() {
    let m = Merged::fresh();
    m.edit(&m.first("up.sql"));
    m.remove(&m.newest("down.sql"));
    m.rename(&m.merged(1), &format!("{}_again", m.merged(1)));
    let said = m.check().gives(1, &["M001", "M002", "M003"]).stderr;
    let mut repaired = 0;
    for command in said.split('`').filter(|text| text.starts_with("git restore ") || text.starts_with("rm -r ")) {
        match command.strip_prefix("git ") {
            Some(arguments) => drop(m.git(arguments.split(' '))),
            None => m.remove(command.trim_start_matches("rm -r ")),
        }
        repaired += 1;
    }
    assert_eq!(repaired, 4, "{said}");
    m.check().gives(0, &[]);
}
