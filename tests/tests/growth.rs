//! A product as it grows, on both engines: every step is a change of snapshots, a migration, and a database that says the
//! same as the snapshots. It must not look into migrations: what counts is what the database says.

use makemigrations_plan::model::{Dialect, Domain, Schema};
use makemigrations_plan::snapshot::{self, Source};
use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::project::Project;

const STORY: &str = include_str!("../data/growth.txt");

#[test]
fn a_product_grows_on_postgres() {
    grow(Engine::Postgres, Dialect::Postgres);
}

#[test]
fn a_product_grows_on_sqlite() {
    grow(Engine::Sqlite, Dialect::Sqlite);
}

fn grow(engine: Engine, dialect: Dialect) {
    let project = Project::new(engine);
    let database = Database::new(engine, "growth");
    let run = |arguments: &[&str]| -> Finished {
        makemigrations(&project, arguments).env("DATABASE_URL", database.url()).run()
    };
    let mut kept: Vec<(&str, &str)> = Vec::new();
    let steps: Vec<_> = steps().into_iter().filter(|step| step.engine.is_none_or(|own| own == engine.name())).collect();
    assert!(steps.len() >= 40, "the story has only {} steps", steps.len());
    for (index, step) in steps.iter().enumerate() {
        println!("{} {}", index + 1, step.title);
        step.change(&project);
        let mut arguments = vec!["makemigrations"];
        arguments.extend(&step.flags);
        run(&arguments).code(0);
        run(&["migrate"]).code(0);
        run(&["makemigrations", "--check"]).code(0);
        for rows in &step.rows {
            database.execute(rows);
        }
        kept.extend(&step.kept);
        for (query, expected) in &kept {
            assert_eq!(database.value(query), *expected, "step {} ({}): {query}", index + 1, step.title);
        }
        let inspected = run(&["inspect"]);
        inspected.code(0);
        assert_same(&read(dialect, &files(&inspected.stdout)), &wanted(&project, dialect), step.title);
        run(&["drift"]).code(0);
        run(&["verify", "--last", "1"]).code(0);
    }
    assert_eq!(domains(&project).len(), 12);
    run(&["verify"]).code(0);
}

/// One step of the story.
struct Step<'a> {
    title: &'a str,
    /// The only engine it is for.
    engine: Option<&'a str>,
    lines: Vec<&'a str>,
    /// Flags of `makemigrations`.
    flags: Vec<&'a str>,
    /// SQL that loads rows.
    rows: Vec<&'a str>,
    /// Queries and what they must give from here on.
    kept: Vec<(&'a str, &'a str)>,
}

fn steps() -> Vec<Step<'static>> {
    let mut steps: Vec<Step<'static>> = Vec::new();
    for line in STORY.lines().filter(|line| !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix("== ") {
            let engine = title.strip_suffix(')').and_then(|title| Some(title.rsplit_once(" (")?.1));
            steps.push(Step {
                title,
                engine,
                lines: Vec::new(),
                flags: Vec::new(),
                rows: Vec::new(),
                kept: Vec::new(),
            });
        } else if let Some(step) = steps.last_mut() {
            if let Some(flags) = line.strip_prefix("$ ") {
                step.flags.extend(flags.split(' '));
            } else if let Some(rows) = line.strip_prefix("! ") {
                step.rows.push(rows);
            } else if let Some(query) = line.strip_prefix("= ") {
                step.kept.push(query.rsplit_once(" = ").unwrap());
            } else {
                step.lines.push(line);
            }
        }
    }
    steps
}

impl Step<'_> {
    fn change(&self, project: &Project) {
        let mut file = String::new();
        let mut text: Vec<String> = Vec::new();
        let mut place = None;
        let save = |file: &str, text: &[String]| {
            if !file.is_empty() {
                project.write(file, text.join("\n") + "\n");
            }
        };
        for line in &self.lines {
            if let Some(domain) = line.strip_prefix("@ ") {
                save(&file, &text);
                file = format!("schema-snapshots/{domain}.toml");
                let known = project.files().contains(&file).then(|| project.read(&file));
                text = known.iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
                place = None;
            } else if let Some(gone) = line.strip_prefix('-') {
                let found = text.iter().skip(place.unwrap_or(0)).position(|known| known == gone);
                let found = found.map(|found| found + place.unwrap_or(0));
                let found = found.or_else(|| text.iter().position(|known| known == gone));
                let found = found.unwrap_or_else(|| panic!("step {}: `{file}` has no line `{gone}`", self.title));
                text.remove(found);
                place = Some(found);
            } else if let Some(new) = line.strip_prefix('+') {
                let at = place.unwrap_or(text.len());
                text.insert(at, new.to_owned());
                place = Some(at + 1);
            } else {
                assert!(line.is_empty(), "step {}: `{line}`", self.title);
            }
        }
        save(&file, &text);
    }
}

fn domains(project: &Project) -> Vec<String> {
    let files = project.files();
    let snapshots = files.iter().filter_map(|file| file.strip_prefix("schema-snapshots/")?.strip_suffix(".toml"));
    snapshots.map(str::to_owned).collect()
}

fn wanted(project: &Project, dialect: Dialect) -> Schema {
    let texts = domains(project).into_iter();
    let texts: Vec<_> = texts
        .map(|domain| (format!("{domain}.toml"), project.read(&format!("schema-snapshots/{domain}.toml"))))
        .collect();
    read(dialect, &texts)
}

fn read(dialect: Dialect, files: &[(String, String)]) -> Schema {
    let source = |(path, text): &(String, String)| {
        let domain = Domain::new(path.trim_end_matches(".toml")).unwrap();
        Source { path: path.clone(), domain, text: text.clone() }
    };
    let sources: Vec<_> = files.iter().map(source).collect();
    match snapshot::read(dialect, &sources) {
        Ok(wanted) => wanted.schema,
        Err(errors) => panic!("{errors:?}"),
    }
}

/// What `inspect` shows of several domains, file by file.
fn files(shown: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in shown.lines() {
        if let Some(name) = line.strip_prefix("# schema-snapshots/") {
            files.push((name.to_owned(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    files
}

/// Table by table, so that a difference can be read.
fn assert_same(inspected: &Schema, wanted: &Schema, step: &str) {
    for (key, table) in &wanted.tables {
        assert_eq!(inspected.tables.get(key), Some(table), "{step}: table `{key}`");
    }
    assert_eq!(inspected, wanted, "{step}");
}
