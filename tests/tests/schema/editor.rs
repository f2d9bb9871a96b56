//! The JSON Schema for editors, with Taplo, which editors use: every good snapshot passes, and what a schema can know is
//! caught.

use std::path::Path;

use makemigrations_tests::command::{Command, Finished};
use makemigrations_tests::condo;
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;
use makemigrations_tests::tools;

/// What Taplo says of files, named as `0.toml` and so on, under the printed schema.
fn lint(texts: &[String]) -> Finished {
    let folder = Folder::temporary();
    let project = Project::new(Engine::Sqlite);
    folder.write("snapshot.schema.json", &project.run(["schema-json", "--stdout"]).code(0).stdout);
    for (index, text) in texts.iter().enumerate() {
        folder.write(&format!("{index}.toml"), text);
    }
    let schema = format!("file://{}", folder.join("snapshot.schema.json").display());
    let program = tools::npm("@taplo/cli@0.7").join("node_modules/.bin/taplo");
    Command::new(&program, &folder).args(["lint", "--colors", "never", "--schema", &schema, "*.toml"]).run()
}

fn toml_files(folder: &Path) -> Vec<(String, String)> {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "toml"))
        .map(|entry| (entry.path().display().to_string(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

#[test]
fn every_good_snapshot_is_valid() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = toml_files(&repository.join("../schema-snapshots"));
    files.extend(toml_files(&condo::folder()));
    for case in std::fs::read_dir(repository.join("golden")).unwrap() {
        let case = case.unwrap().path();
        // Some cases are about snapshots that are refused.
        // Taplo reads numbers as floats, and this case is about one that is none.
        let is_read = !case.ends_with("pg-numbers-that-no-float-holds");
        let is_good =
            is_read && ["postgres", "sqlite"].iter().any(|dialect| case.join(dialect).join("up.sql").exists());
        for side in ["before", "after"].iter().filter(|_| is_good) {
            files.extend(toml_files(&case.join(side)));
        }
    }
    assert!(files.len() > 200, "{}", files.len());
    let texts: Vec<String> = files.iter().map(|(_, text)| text.clone()).collect();
    let linted = lint(&texts);
    let invalid = |(index, (path, _)): (usize, &(String, String))| {
        linted.stderr.contains(&format!("/{index}.toml\"")).then(|| path.clone())
    };
    let invalid: Vec<String> = files.iter().enumerate().filter_map(invalid).collect();
    assert_eq!(invalid, Vec::<String>::new(), "{}", linted.stderr);
    linted.code(0);
}

/// Of the bad snapshots those that a schema can know: the others need the other tables, the dialect, or SQL.
#[test]
fn what_a_schema_can_know_is_caught() {
    let bad = [
        "nonsense = 1",
        "extensions = \"citext\"",
        "[tables.t]",
        "[tables.t.columns]",
        "[tables.t.columns]\na = 1",
        "[tables.t.columns]\na = {}",
        "[tables.t.columns]\na = { type = \"\" }",
        "[tables.t.columns]\na = { type = \"text\", nulable = true }",
        "[tables.t.columns]\na = { type = \"text\", nullable = \"yes\" }",
        "[tables.t.columns]\na = { type = \"text\", identity = \"sometimes\" }",
        "[tables.t.columns]\na = { type = \"text\", default = [] }",
        "[tables.t.columns]\na = { type = \"text\", references = { column = \"id\" } }",
        "[tables.t.columns]\na = { type = \"text\", references = { table = \"b\", on_delete = \"explode\" } }",
        "[tables.t.columns]\na = \"text\"\n[[tables.t.unique]]\nname = \"u\"",
        "[tables.t.columns]\na = \"text\"\n[[tables.t.unique]]\ncolumns = []",
        "[tables.t.columns]\na = \"text\"\n[[tables.t.indexes]]\ncolumns = [{ order = \"asc\" }]",
        "[tables.t.columns]\na = \"text\"\n[[tables.t.indexes]]\ncolumns = [{ column = \"a\", order = \"up\" }]",
        "[tables.t.columns]\na = \"text\"\n[[tables.t.checks]]\nexpression = \"true\"",
        "[tables.t.columns]\na = \"text\"\n[[tables.t.foreign_keys]]\ncolumns = [\"a\"]",
        "[enums.e]",
        "[enums.e]\nvalues = []",
        "[views.v]",
        "[objects.o]\ncreate = \"x\"",
    ];
    let mut texts: Vec<String> = bad.iter().map(|text| format!("format = 1\n{text}\n")).collect();
    texts.extend(["format = 2\n".to_owned(), "extensions = []\n".to_owned()]);
    let linted = lint(&texts);
    linted.code(1);
    for (index, text) in texts.iter().enumerate() {
        assert!(linted.stderr.contains(&format!("/{index}.toml\"")), "not caught:\n{text}\n{}", linted.stderr);
    }
}

#[test]
fn it_is_written_beside_the_snapshots() {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("ticket", "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n");
    project.run(["schema-json"]).code(0);
    let text = project.read("schema-snapshots/snapshot.schema.json");
    assert_eq!(text, project.run(["schema-json", "--stdout"]).stdout);
    // It is no snapshot, and nothing to warn of.
    let finished = project.run(["makemigrations"]);
    finished.code(0).lacks("snapshot.schema.json");
}
