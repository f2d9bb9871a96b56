//! Hints over many migrations: each works once, whatever comes later, and can be deleted with every other byte kept. It must
//! not look into records but for what has to be in them.

use makemigrations_tests::database::Engine;
use makemigrations_tests::git::Repo;

use crate::setup::Setup;

const ID: &str = "id = { type = \"integer\", primary_key = true }\n";

fn table(columns: &str) -> String {
    format!("[tables.t.columns]\n{ID}{columns}")
}

impl Setup {
    /// Writes the snapshot `main`, the migration, and applies it.
    #[track_caller]
    fn step(&self, text: &str, flags: &[&str]) -> String {
        self.project.snapshot("main", text);
        let name = self.next(flags);
        self.migrate();
        name
    }

    #[track_caller]
    fn changes_nothing(&self) {
        self.run(["makemigrations", "--no-input"]).code(0).stderr_contains("no changes");
        self.run(["makemigrations", "--check"]).code(0);
    }
}

#[test]
fn a_hint_that_was_used_says_nothing_about_what_comes_later() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.step(&table("a = { type = \"text\", nullable = true }\n"), &[]);
        setup.database.execute("INSERT INTO t (id, a) VALUES (1, 'kept')");
        let b = "b = { type = \"text\", nullable = true, renamed_from = \"a\" }\n";
        setup.step(&table(b), &[]);
        setup.changes_nothing();
        // The old name comes back, and goes again.
        setup.step(&table(&format!("{b}a = {{ type = \"text\", nullable = true }}\n")), &[]);
        setup.step(&table(b), &["--no-renames"]);
        assert_eq!(setup.database.value("SELECT b FROM t"), "kept");
        setup.changes_nothing();
        // What it stands on gets another name, and keeps the hint.
        setup.step(&table(&b.replace("b =", "c =")), &["--rename", "t.b:c"]);
        setup.step(&table(&format!("{}a = {{ type = \"text\", nullable = true }}\n", b.replace("b =", "c ="))), &[]);
        setup.step(&table(&b.replace("b =", "c =")), &["--no-renames"]);
        assert_eq!(setup.database.value("SELECT c FROM t"), "kept");
        setup.run(["check"]).code(0);
    }
}

#[test]
fn a_rename_that_was_undone_can_be_wanted_again() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.step(&table("a = \"text\"\n"), &[]);
        setup.database.execute("INSERT INTO t (id, a) VALUES (1, 'kept')");
        for (now, before) in [("b", "a"), ("a", "b"), ("b", "a")] {
            setup.step(&table(&format!("{now} = {{ type = \"text\", renamed_from = \"{before}\" }}\n")), &[]);
            assert_eq!(setup.database.value(&format!("SELECT {now} FROM t")), "kept");
            setup.changes_nothing();
        }
    }
}

#[test]
fn values_and_conversions_are_used_once() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.step(&table("v = { type = \"text\", nullable = true }\n"), &[]);
        setup.database.execute("INSERT INTO t (id, v) VALUES (1, '5')");
        let v = |data_type: &str, more: &str| {
            table(&format!(
                "v = {{ type = \"{data_type}\"{more}, using = \"CAST(v AS integer) * 100\", backfill = 7 }}\n"
            ))
        };
        setup.step(&v("integer", ", nullable = true"), &[]);
        setup.step(&v("bigint", ", nullable = true"), &[]);
        assert_eq!(setup.database.value("SELECT v FROM t"), "500");
        // `backfill` has not been used yet.
        setup.step(&v("bigint", ""), &[]);
        setup.step(&v("bigint", ", nullable = true"), &[]);
        setup.project.snapshot("main", &v("bigint", ""));
        setup.run(["makemigrations", "--no-input"]).code(2).stderr_contains("--backfill t.v=<SQL>");
    }
}

/// A hint beside a flag that says something else is settled, and the record has to name it.
#[test]
fn a_hint_that_a_flag_overrules_never_works_later() {
    let setup = Setup::new(Engine::Sqlite);
    setup.step(&table("v = { type = \"text\", nullable = true }\n"), &[]);
    setup.database.execute("INSERT INTO t (id, v) VALUES (1, '5')");
    setup.step(
        &table("v = { type = \"text\", nullable = true }\nw = { type = \"text\", backfill = \"hint\" }\n"),
        &["--backfill", "t.w='flag'"],
    );
    assert_eq!(setup.database.value("SELECT w FROM t"), "flag");
    let record = setup.read(&format!("migrations/{}/operations.toml", setup.migrations().pop().unwrap()));
    assert!(
        record.contains("used_hints = [\n    { table = \"t\", column = \"w\", backfill = \"'hint'\" },\n]\n"),
        "{record}"
    );
    let nullable =
        "v = { type = \"text\", nullable = true }\nw = { type = \"text\", nullable = true, backfill = \"hint\" }\n";
    setup.step(&table(nullable), &[]);
    setup.project.snapshot("main", &table(&nullable.replace("text\", nullable = true, b", "text\", b")));
    setup.run(["makemigrations", "--no-input"]).code(2).stderr_contains("--backfill t.w=<SQL>");
    setup.run(["check"]).stderr_contains("changes without a migration");
}

#[test]
fn a_squashed_migration_knows_the_hints_that_its_parts_have_used() {
    let setup = Setup::new(Engine::Sqlite);
    let repo = Repo::init(&setup.project);
    setup.step(&table("a = { type = \"text\", nullable = true }\n"), &[]);
    repo.commit_all("base");
    repo.git(["switch", "--quiet", "--create", "work"]);
    let b = table("b = { type = \"text\", nullable = true, renamed_from = \"a\" }\n");
    let c = table("c = { type = \"text\", nullable = true, renamed_from = \"b\" }\n");
    setup.step(&b, &[]);
    setup.step(&c, &[]);
    repo.commit_all("two");
    setup.run(["squash", "--yes"]).code(0);
    assert_eq!(setup.migrations().len(), 2);
    setup.migrate();
    setup.changes_nothing();
    let with_b = |name: &str| c.replace("c =", &format!("b = {{ type = \"text\", nullable = true }}\n{name} ="));
    setup.step(&with_b("c"), &[]);
    setup.project.snapshot("main", &c);
    // The hint of `c` is about another `b`.
    setup.run(["makemigrations", "--no-input"]).code(0).stderr_contains("drop column b of t");
}

#[test]
fn tidy_deletes_used_hints_and_no_other_byte() {
    let setup = Setup::new(Engine::Sqlite);
    setup.project.snapshot(
        "main",
        "[enums.e]\nvalues = [\"a\", \"b\"]\n[tables.r.columns]\nid = \"integer\"\nx = \"e\"\ny = \"text\"\n",
    );
    setup.project.snapshot("other", "[tables.s.columns]\nid = \"integer\"\n");
    setup.next(&[]);
    let hinted = "# a file\r\n[enums.e]\r\nvalues = [\r\n  \"c\", # first\r\n  \"b\",\r\n]\r\nrenamed_values = { a = \"c\" }   # why\r\n\r\n[tables.t]\r\n  # above\r\n  renamed_from = 'r'\r\ncolumns.id = \"integer\"\r\ncolumns.x = { type=\"e\",renamed_from=\"none\" }\r\ncolumns.z = {renamed_from = \"y\", type = \"text\"} # beside\r\ncolumns.n.type = \"integer\"\r\ncolumns.n.backfill.sql = \"1 + 1\"\r\n";
    setup.write("schema-snapshots/main.toml", format!("format = 1\r\n{hinted}"));
    let other = "format = 1\n[tables.s.columns]\nid = \"integer\"\nw = { type = \"integer\", backfill = 0 }";
    setup.write("schema-snapshots/other.toml", other);
    let files = setup.files();
    // Nothing is used yet.
    setup.run(["makemigrations", "--tidy"]).code(0).stderr_contains("no hints to delete");
    assert_eq!(setup.read("schema-snapshots/main.toml"), format!("format = 1\r\n{hinted}"));
    assert_eq!(setup.files(), files);
    setup.next(&[]);
    setup
        .run(["makemigrations", "--tidy", "--dry-run"])
        .code(0)
        .stderr_contains("would delete 4 hints from `schema-snapshots/main.toml`");
    assert_eq!(setup.read("schema-snapshots/other.toml"), other);
    setup.run(["makemigrations", "--tidy"]).code(0).stderr_contains("delete 1 hint from `schema-snapshots/other.toml`");
    let kept = "# a file\r\n[enums.e]\r\nvalues = [\r\n  \"c\", # first\r\n  \"b\",\r\n]\r\n# why\r\n\r\n[tables.t]\r\n  # above\r\ncolumns.id = \"integer\"\r\ncolumns.x = { type=\"e\",renamed_from=\"none\" }\r\ncolumns.z = {type = \"text\"} # beside\r\ncolumns.n.type = \"integer\"\r\n";
    assert_eq!(setup.read("schema-snapshots/main.toml"), format!("format = 1\r\n{kept}"));
    assert_eq!(setup.read("schema-snapshots/other.toml"), other.replace(", backfill = 0", ""));
    setup.run(["makemigrations", "--check"]).code(0).stderr_contains("names nothing");
}

/// Names on the way are nobody's business.
#[test]
fn a_circle_is_told_in_the_names_that_people_know() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        let columns = |hints: [&str; 2]| {
            table(&format!("a = {{ type = \"text\"{} }}\nb = {{ type = \"text\"{} }}\n", hints[0], hints[1]))
        };
        setup.step(&columns(["", ""]), &[]);
        setup.database.execute("INSERT INTO t VALUES (1, 'a', 'b')");
        setup.project.snapshot("main", &columns([", renamed_from = \"b\"", ", renamed_from = \"a\""]));
        let finished = setup.run(["makemigrations"]);
        finished
            .code(0)
            .lacks("__spare")
            .stderr_contains("rename column a of t to b")
            .stderr_contains("rename column b of t to a");
        assert!(!setup.migrations().pop().unwrap().contains("spare"));
        setup.migrate();
        assert_eq!(setup.database.value("SELECT a || b FROM t"), "ba");
        setup.run(["migrate:down", "--yes"]).code(0).lacks("__spare");
        assert_eq!(setup.database.value("SELECT a || b FROM t"), "ab");
    }
}
