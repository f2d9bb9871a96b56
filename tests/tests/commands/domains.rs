//! `--domain`: one domain alone takes nothing that another one has, and loses nothing that another one takes. It must not
//! look into the crates.

use makemigrations_tests::database::Engine;
use makemigrations_tests::project::Project;

use crate::setup::next;

const ID: &str = "id = { type = \"integer\", primary_key = true }\n";

/// A project with these domains after its first migration.
fn project(domains: &[(&str, &str)]) -> Project {
    let project = Project::new(Engine::Postgres);
    domains.iter().for_each(|(domain, text)| project.snapshot(domain, text));
    next(&project, &[]);
    project
}

#[track_caller]
fn refused(project: &Project, flags: &[&str], said: &[&str]) {
    let files = project.files();
    let finished = project.run([&["makemigrations", "--no-input"], flags].concat());
    finished.code(2);
    for text in said {
        finished.stderr_contains(text);
    }
    assert_eq!(project.files(), files);
}

#[test]
fn what_moves_to_another_domain_is_not_dropped() {
    let table = format!("[tables.t.columns]\n{ID}x = \"integer\"\n");
    let keep = |key: &str| format!("[tables.{key}.columns]\n{ID}");
    let all = project(&[("old", &format!("{table}[enums.e]\nvalues = [\"a\"]\n{}", keep("k"))), ("new", &keep("n"))]);
    all.snapshot("old", &keep("k"));
    all.snapshot("new", &format!("{}{table}[enums.e]\nvalues = [\"a\"]\n", keep("n")));
    refused(&all, &["--domain", "old"], &["table `t` moves to domain `new`", "enum `e` moves to domain `new`"]);
    all.run(["makemigrations", "--no-input"]).code(0).lacks("drop table");
    all.run(["makemigrations", "--check"]).code(0);
}

#[test]
fn what_is_renamed_into_another_domain_is_asked_about_by_both() {
    let table = |key: &str| format!("[tables.{key}.columns]\n{ID}x = \"integer\"\ny = \"text\"\n");
    let keep = |key: &str| format!("[tables.{key}.columns]\n{ID}");
    let start = || {
        let all = project(&[("old", &format!("{}{}", table("t"), keep("k"))), ("new", &keep("n"))]);
        all.snapshot("old", &keep("k"));
        all
    };
    let all = start();
    all.snapshot("new", &format!("{}{}", keep("n"), table("u")));
    refused(&all, &["--domain", "old"], &["`t` of domain `old`", "`u` of domain `new`", "--no-renames"]);
    refused(&all, &["--domain", "new"], &["`t` of domain `old`", "`u` of domain `new`"]);
    refused(&all, &["--domain", "old", "--rename", "t:u"], &["`t` becomes `u` of domain `new`"]);
    all.run(["makemigrations", "--no-input", "--domain", "old", "--no-renames"])
        .code(0)
        .stderr_contains("drop table t");

    let hinted = start();
    hinted.snapshot("new", &format!("{}[tables.u]\nrenamed_from = \"t\"\n{}", keep("n"), table("u")));
    for domain in ["old", "new"] {
        refused(&hinted, &["--domain", domain, "--no-renames"], &["`t`", "`u`", "leave `--domain` out"]);
    }
    hinted.run(["makemigrations", "--no-input"]).code(0).stderr_contains("rename table t to u");
}

#[test]
fn what_only_another_domain_brings_is_not_used() {
    let enums = |values: &str| format!("[enums.e]\nvalues = [{values}]\n");
    let table = |s: &str| format!("[tables.k.columns]\n{ID}{s}");
    let uses = [
        "s = { type = \"e\", default = \"c\" }\n",
        "s = { type = \"e\", check = \"s <> 'c'\" }\n",
        "s = \"e\"\nl = { type = \"e[]\", default = { sql = \"'{c}'\" } }\n",
    ];
    for wanted in uses {
        let all = project(&[("a", &enums("\"a\", \"b\"")), ("k", &table("s = \"e\"\n"))]);
        all.snapshot("a", &enums("\"a\", \"b\", \"c\""));
        all.snapshot("k", &table(wanted));
        refused(&all, &["--domain", "k"], &["value `c` of enum `e`", "domain `a`"]);
        all.run(["makemigrations", "--no-input", "--domain", "a"]).code(0);
        all.run(["makemigrations", "--no-input", "--domain", "k"]).code(0);
        all.run(["makemigrations", "--check"]).code(0);
    }
    let view = |query: &str| format!("[views.v]\nquery = \"{query}\"\n");
    let owner = |more: &str| format!("[tables.t.columns]\n{ID}{more}");
    let all = project(&[("a", &owner("")), ("k", &view("SELECT id FROM t"))]);
    all.snapshot("a", &owner("fresh = { type = \"text\", nullable = true }\n"));
    all.snapshot("k", &view("SELECT id, fresh FROM t"));
    refused(&all, &["--domain", "k"], &["view `v` reads column `t.fresh`", "domain `a`"]);
}
