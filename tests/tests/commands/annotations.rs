//! `--format github`: every reason why a check fails is an annotation, at the file that GitHub knows. It must not state
//! what is a reason; other tests do.

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::{LOCK, Merged};
use makemigrations_tests::project::Project;

use crate::setup::{next, snapshot_ticket};

/// A project with a migration, in a folder of a checkout.
fn below(checkout: &Folder) -> (Project, String) {
    let project = Project::with_settings(&checkout.folder("services/a,b"), "dialect = \"sqlite\"\n");
    snapshot_ticket(&project, "");
    let name = next(&project, &[]);
    (project, name)
}

fn check(project: &Project, checkout: &Folder) -> Finished {
    let command = makemigrations(project, ["check", "--format", "github"]);
    command.env("GITHUB_WORKSPACE", checkout.path()).run()
}

#[test]
fn files_are_those_of_the_checkout() {
    let checkout = Folder::temporary();
    let (project, name) = below(&checkout);
    project.append(&format!("migrations/{name}/up.sql"), "-- edited\n");
    let finished = check(&project, &checkout);
    let place = "file=services/a%2Cb";
    finished.code(1).stdout_contains(&format!("::error {place}/migrations/{name}/up.sql"));
    assert_eq!(finished.stdout.matches("::error").count(), 1, "{}", finished.stdout);
    // Elsewhere they start at the workspace.
    let outside = check(&project, &Folder::temporary());
    outside.code(1).stdout_contains(&format!("::error file=migrations/{name}/up.sql"));

    let (project, _) = below(&Folder::temporary());
    snapshot_ticket(&project, "a = \"intger\"\n");
    let finished = check(&project, &project);
    finished.code(2).stdout_contains("::error file=schema-snapshots/ticket.toml,line=6,");
    assert_eq!(finished.stdout.matches("::error").count(), 1, "{}", finished.stdout);
}

/// What has no place is an annotation too: otherwise nobody sees why the check is red.
#[test]
fn what_is_wrong_without_a_place_is_annotated() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    snapshot_ticket(&project, "priority = { type = \"integer\", nullable = true }\n");
    for command in [&["check"][..], &["makemigrations", "--check"]] {
        let finished = project.run([command, &["--format", "github"]].concat());
        finished.code(1).stdout_contains("::error title=makemigrations::").stdout_contains("%0Ahint: ");
        assert_eq!(finished.stdout.matches("::error").count(), 1, "{}", finished.stdout);
    }
}

/// GitHub shows an annotation where the change is.
#[test]
fn an_edit_is_annotated_at_its_line() {
    let checkout = Folder::temporary();
    let (project, name) = below(&checkout);
    let repo = Repo::init(&checkout);
    repo.commit_all("the first migration");
    repo.branch("next");
    let up = format!("services/a,b/migrations/{name}/up.sql");
    let text = repo.read(&up);
    let line = text.lines().position(|line| line.contains("\"title\"")).unwrap() + 1;
    repo.write(&up, text.replace("\"title\"", "\"titel\""));
    for is_committed in [false, true] {
        if is_committed {
            repo.commit_all("edit");
        }
        let finished = check(&project, &checkout);
        let place = format!("services/a%2Cb/migrations/{name}/up.sql,line={line},title=M001");
        finished.code(1).stdout_contains(&format!("::error file={place}"));
    }
    let human = project.run(["check"]);
    human.code(1).stderr_contains(&format!("--> migrations/{name}/up.sql:{line}\n"));
}

/// The number of the first line with a text.
fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("no `{part}` in\n{text}")) + 1
}

/// Every kind of finding is at the line that it is about: of SQL, of the lock file, of `operations.toml`.
#[test]
fn every_kind_of_finding_is_at_its_line() {
    type Case = (&'static str, fn(&Merged) -> (String, usize));
    let cases: [Case; 9] = [
        ("M001", |m| {
            m.edit(&m.first("down.sql"));
            (m.first("down.sql"), m.read(&m.first("down.sql")).lines().count())
        }),
        ("M005", |m| {
            let lines: Vec<String> = m.read(LOCK).lines().map(str::to_owned).collect();
            let kept = lines.iter().filter(|line| !line.contains(&m.own_folder()["migrations/".len()..]));
            m.write(LOCK, kept.map(|line| format!("{line}\n")).collect::<String>());
            (m.own("up.sql"), 1)
        }),
        ("M013", |m| {
            let sql = "SELECT 1;\n\n-- and then\nCOMMIT;\n";
            m.write(&m.own("up.sql"), sql);
            let dialect = "dialect = \"sqlite\"\n";
            m.replace(&m.own("operations.toml"), dialect, &format!("{dialect}manual = true\n"));
            m.record();
            (m.own("up.sql"), 4)
        }),
        ("M014", |m| {
            let (lock, path) = (m.read(LOCK), m.first("up.sql").replace("migrations/", ""));
            let line = line_of(&lock, &path);
            let first = lock.lines().nth(line - 1).unwrap();
            m.replace(LOCK, first, &format!("{}{}", "0".repeat(64), &first[64..]));
            (LOCK.to_owned(), line)
        }),
        ("M014", |m| {
            m.declare(&format!("# override {} why not", m.names().next().unwrap()));
            (LOCK.to_owned(), line_of(&m.read(LOCK), "# override"))
        }),
        ("M016", |m| {
            m.append(LOCK, "a line\n");
            (LOCK.to_owned(), m.read(LOCK).lines().count())
        }),
        ("M017", |m| {
            m.replace(&m.own("up.sql"), "INTEGER", "TEXT");
            m.record();
            (m.own("up.sql"), line_of(&m.read(&m.own("up.sql")), "TEXT"))
        }),
        ("M018", |m| {
            m.declare(&format!("# override {}", m.names().next().unwrap()));
            (LOCK.to_owned(), line_of(&m.read(LOCK), "# override"))
        }),
        ("M017", |m| {
            let dialect = "dialect = \"sqlite\"\n";
            m.replace(&m.own("operations.toml"), dialect, &format!("{dialect}manual = true\n# a note\n"));
            m.record();
            (m.own("operations.toml"), line_of(&m.read(&m.own("operations.toml")), "# a note"))
        }),
    ];
    for (id, change) in cases {
        let merged = Merged::fresh();
        let (path, line) = change(&merged);
        let finished = merged.check().run(&["--format", "github"]);
        finished.stdout_contains(&format!(" file={path},line={line},title={id}::"));
    }
}

/// What people write has lines as well: snapshots, records, settings.
#[test]
fn what_cannot_be_read_is_at_its_line() {
    let merged = Merged::fresh();
    merged.replace(&merged.own("operations.toml"), "format = 1\n", "format = 1\nformal = 2\n");
    merged.record();
    let record = format!("::error file={},line={},", merged.own("operations.toml"), {
        line_of(&merged.read(&merged.own("operations.toml")), "formal")
    });
    merged.check().run(&["--format", "github"]).code(2).stdout_contains(&record);

    let merged = Merged::fresh();
    merged.settings("bas = \"main\"\n");
    let line = line_of(&merged.read("Cargo.toml"), "bas =");
    let finished = merged.check().run(&["--format", "github"]);
    finished.code(2).stdout_contains(&format!("::error file=Cargo.toml,line={line},col=1::"));
}

/// A border between domains that is crossed is one finding for each place, for people and for programs.
#[test]
fn borders_between_domains_are_findings() {
    let merged = Merged::fresh();
    let house = "format = 1\n\n[tables.house.columns]\nid = { type = \"integer\", primary_key = true }\n";
    merged.write("schema-snapshots/house.toml", house);
    merged.columns("house = { type = \"integer\", nullable = true, references = \"house\" }\n");
    let path = "schema-snapshots/ticket.toml";
    merged.replace(path, "format = 1\n", "format = 1\ndepends_on = []\n");
    let line = line_of(&merged.read(path), "references = \"house\"");
    merged
        .check()
        .run(&[])
        .code(2)
        .stderr_contains("error: `ticket` -> `house`")
        .stderr_contains(&format!("{path}:{line}:"));
    for command in [&["check"][..], &["makemigrations", "--check"]] {
        let github = makemigrations(&merged, [command, &["--format", "github"]].concat()).run();
        github.code(2).stdout_contains(&format!("::error file={path},line={line},col="));
        let json = makemigrations(&merged, [command, &["--format", "json"]].concat()).run();
        let document: serde_json::Value = serde_json::from_str(&json.code(2).stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        let border = findings.iter().find(|finding| finding["id"] == "border").unwrap();
        assert_eq!((&border["path"], &border["line"]), (&path.into(), &line.into()));
        assert_eq!(border["severity"], "error");
    }
    merged.replace(path, "depends_on = []", "depends_on = [\"house\"]");
    merged.tool(&["makemigrations", "--no-input"]);
    merged.check().run(&[]).code(0);
}
