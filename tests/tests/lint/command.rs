//! The command `lint`: what it looks at, what it says and how it ends. It must not look at `check`.

use makemigrations_tests::database::Engine;
use makemigrations_tests::project::Project;
use serde_json::Value;

use crate::setup::{Branch, short};

const INDEXED: &str = "size = { type = \"integer\", nullable = true, index = true }\n";

#[test]
fn a_finding_has_the_keys_of_the_contract() {
    let branch = Branch::new();
    branch.snapshot(INDEXED);
    let name = branch.next(&[]);
    let (finished, findings) = branch.json(&["lint"]);
    finished.code(1);
    assert_eq!(short(&findings), ["error require-concurrent-index-creation"]);
    let found = findings[0].as_object().unwrap();
    let keys: Vec<&str> = found.keys().map(String::as_str).collect();
    let expected = [
        "blocks",
        "column",
        "file",
        "id",
        "line",
        "lock",
        "message",
        "migration",
        "safe",
        "severity",
        "statement",
        "tables",
    ];
    assert_eq!(keys, expected);
    let up = branch.read(&format!("migrations/{name}/up.sql"));
    let line = 1 + up.lines().position(|line| line.starts_with("CREATE INDEX")).unwrap();
    assert_eq!(found["line"], Value::from(line));
    assert_eq!(found["column"], 1);
    assert_eq!(found["file"], format!("migrations/{name}/up.sql"));
    assert_eq!(found["migration"], Value::from(name));
    assert_eq!((&found["lock"], &found["blocks"]), (&Value::from("SHARE"), &Value::from("writes")));
    assert_eq!(found["tables"], serde_json::json!(["ticket"]));
    assert!(found["safe"].as_str().unwrap().contains("CONCURRENTLY"));
}

#[test]
fn github_gets_the_line_and_people_the_safe_way() {
    let branch = Branch::new();
    let name = branch.by_hand("SELECT 1;\n\n  CREATE INDEX ticket_title ON ticket (title);\n");
    let place = format!("::error file=migrations/{name}/up.sql,line=3,col=3,title=require-concurrent-index-creation::");
    branch.run(["lint", "--format", "github"]).code(1).stdout_contains(&place);
    let human = branch.run(["lint"]);
    human
        .code(1)
        .stderr_contains("error[require-concurrent-index-creation]")
        .stderr_contains(&format!("{name}/up.sql:3:3"));
    human.stderr_contains("lock: SHARE on `ticket`: writes wait").stderr_contains("hint: `CREATE INDEX CONCURRENTLY`");
    assert_eq!(human.stdout, "");
}

#[test]
fn unmerged_migrations_are_looked_at_unless_others_are_asked_for() {
    let branch = Branch::new();
    branch.snapshot(INDEXED);
    let merged = branch.next(&[]);
    branch.repo.commit_all("index");
    branch.repo.checkout("main");
    branch.repo.merge("feature");
    branch.repo.checkout("feature");
    branch.by_hand("UPDATE ticket SET title = '';\n");
    branch.repo.commit_all("by hand");
    let (finished, findings) = branch.json(&["lint"]);
    finished.code(0);
    assert_eq!(short(&findings), ["warning unbatched-change-of-rows"]);
    let (finished, findings) = branch.json(&["lint", &merged]);
    finished.code(1);
    assert_eq!(short(&findings), ["error require-concurrent-index-creation"]);
    let (_, findings) = branch.json(&["lint", "2", "3"]);
    assert_eq!(findings.len(), 2);
    let (finished, findings) = branch.json(&["lint", "--all"]);
    finished.code(1);
    assert_eq!(findings.len(), 2, "{findings:?}");
    branch.run(["lint", "nothing"]).code(2).stderr_contains("no migration is called `nothing`");
    branch.run(["lint", "--all", &merged]).code(2);
}

#[test]
fn tables_of_the_branch_are_new() {
    let branch = Branch::new();
    branch.by_hand("CREATE TABLE fresh (id bigint PRIMARY KEY);\n");
    branch.by_hand("CREATE INDEX fresh_id ON fresh (id);\nALTER TABLE fresh ADD COLUMN a text;\n");
    branch.run(["lint"]).code(0).stderr_contains("2 migrations, no hazards");
}

#[test]
fn without_git_each_migration_is_judged_on_its_own() {
    let project = Project::new(Engine::Postgres);
    project
        .snapshot("ticket", "[tables.ticket.columns]\nid = { type = \"bigint\", primary_key = true }\na = \"text\"\n");
    project.run(["makemigrations", "--no-input"]).code(0);
    project.run(["lint"]).code(0).stderr_contains("no hazards");
    project.snapshot("ticket", "[tables.ticket.columns]\nid = { type = \"bigint\", primary_key = true }\n");
    project.run(["makemigrations", "--no-input", "--no-renames"]).code(0);
    let found = project.run(["lint"]);
    found.code(1).stderr_contains("error[ban-drop-column]").stderr_contains("what is merged cannot be determined");
}

#[test]
fn settings_change_levels() {
    let branch = Branch::new();
    branch.by_hand("CREATE INDEX ticket_title ON ticket (title);\n");
    let set = |level: &str| {
        branch.settings(&format!(
            "dialect = \"postgres\"\nlint = {{ require-concurrent-index-creation = \"{level}\" }}\n"
        ));
    };
    set("warning");
    branch.run(["lint"]).code(0).stderr_contains("warning[require-concurrent-index-creation]");
    branch.run(["check"]).code(0);
    set("off");
    branch.run(["lint"]).code(0).stderr_contains("no hazards");
    set("error");
    branch.run(["check"]).code(1).stderr_contains("error[require-concurrent-index-creation]");
    set("fatal");
    branch.run(["lint"]).code(2).stderr_contains("has to be");
    branch.settings("dialect = \"postgres\"\nlint = { require-concurrent-index-creatoin = \"off\" }\n");
    branch.run(["lint"]).code(2).stderr_contains("did you mean `require-concurrent-index-creation`");
    branch.settings("dialect = \"postgres\"\nlint = { transaction-nesting = \"off\" }\n");
    branch.run(["check"]).code(2).stderr_contains("`transaction-nesting` stays an error");
}

#[test]
fn an_application_adds_to_the_levels_of_the_workspace() {
    let branch = Branch::new();
    branch.by_hand("CREATE INDEX ticket_title ON ticket (title);\nALTER TABLE ticket DROP COLUMN title;\n");
    let settings = "[workspace.metadata.makemigrations]\nlint = { ban-drop-column = \"off\" }\n\
                    [workspace.metadata.makemigrations.apps.web]\ndialect = \"postgres\"\nmigrations = \"migrations\"\n\
                    lint = { require-concurrent-index-creation = \"warning\" }\n";
    branch.write("Cargo.toml", format!("[workspace]\nresolver = \"3\"\nmembers = []\n\n{settings}"));
    let (finished, findings) = branch.json(&["lint"]);
    finished.code(0);
    assert_eq!(short(&findings), ["warning require-concurrent-index-creation"]);
}

#[test]
fn a_comment_silences_with_a_reason() {
    let branch = Branch::new();
    let rule = "require-concurrent-index-creation";
    let name = branch
        .by_hand(&format!("-- lint:allow {rule} reason=\"ten rows\"\nCREATE INDEX ticket_title ON ticket (title);\n"));
    branch.run(["lint"]).code(0);
    branch.run(["check"]).code(0);
    branch.write(
        &format!("migrations/{name}/up.sql"),
        format!("-- lint:allow {rule}\nCREATE INDEX ticket_title ON ticket (title);\n"),
    );
    branch.run(["seal"]).code(0);
    let (finished, findings) = branch.json(&["lint"]);
    finished.code(1);
    assert_eq!(short(&findings), ["error lint-allow-without-reason".to_owned(), format!("error {rule}")]);
    branch.write(&format!("migrations/{name}/up.sql"), format!("-- lint:allow {rule} reason=\"none\"\nSELECT 1;\n"));
    branch.run(["seal"]).code(0);
    let (_, findings) = branch.json(&["lint"]);
    assert_eq!(short(&findings), ["error unused-lint-allow"]);
}

#[test]
fn sqlite_has_nothing_to_lint() {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("ticket", "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n");
    project.run(["makemigrations", "--no-input"]).code(0);
    project.run(["lint"]).code(0).stderr_contains("nothing to lint");
    let json = project.run(["lint", "--format", "json"]);
    let document: Value = serde_json::from_str(&json.code(0).stdout).unwrap();
    assert_eq!(document["findings"], serde_json::json!([]));
}

#[test]
fn not_null_may_rely_on_a_check_that_was_validated_before_the_merge() {
    let branch = Branch::new();
    branch.snapshot("size = { type = \"integer\", nullable = true }\n");
    branch.next(&[]);
    branch.by_hand("ALTER TABLE ticket ADD CONSTRAINT sized CHECK (size IS NOT NULL) NOT VALID;\n");
    branch.by_hand("ALTER TABLE ticket VALIDATE CONSTRAINT sized;\n");
    branch.repo.commit_all("checks");
    branch.repo.checkout("main");
    branch.repo.merge("feature");
    branch.repo.checkout("feature");
    let name = branch
        .by_hand("ALTER TABLE ticket ALTER COLUMN size SET NOT NULL;\nALTER TABLE ticket DROP CONSTRAINT sized;\n");
    branch.run(["lint"]).code(0).stderr_contains("no hazards");
    branch.write(&format!("migrations/{name}/up.sql"), "ALTER TABLE ticket ALTER COLUMN title DROP NOT NULL;\n");
    branch.run(["seal"]).code(0);
    let (_, findings) = branch.json(&["lint"]);
    assert_eq!(short(&findings), ["warning ban-drop-not-null"]);
}
