//! The rules of the repository, as far as a test can see them; each invariant of `ARCHITECTURE.md` has a test here.
//! It must not repeat what rustc, Clippy and rustfmt check already.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use makemigrations_tests::rust_source::{code, matches, paths};

/// The lines of `ARCHITECTURE.md` that start with `- Invariant:`, with the test that holds each.
const INVARIANTS: [(&str, fn()); 11] = [
    ("`plan` never touches the file system, the environment, the clock or a database.", plan_is_pure),
    ("`plan::model` imports nothing of the crate outside `model`.", model_imports_only_model),
    ("`plan::diff` never imports `dialect`, and `plan::dialect` never imports `diff`.", diff_and_dialect_are_strangers),
    ("`plan` and `gate` do not know each other.", plan_and_gate_are_strangers),
    ("`gate` depends on nothing but `makemigrations-sql`.", gate_is_cheap_to_build),
    ("of the crates, only `run` names Diesel.", only_run_names_diesel),
    (
        "no dialect has a `_ =>` arm over operations: a new operation does not compile until every dialect knows it.",
        dialects_know_every_operation,
    ),
    ("nothing outside of `sql`, `inspect` and `dialect` compares a dialect with one of them.", only_dialects_compare),
    ("`inspect` holds no connection: the caller runs its queries.", inspect_holds_no_connection),
    ("`lint` never touches the file system, the environment, the clock or a database.", lint_is_pure),
    ("nothing prints or exits outside the command line.", only_the_command_line_prints),
];

/// What `plan` may build with: each is small, and none can reach a file, the clock or a database.
const PLAN_DEPENDENCIES: [&str; 7] =
    ["heck", "indexmap", "makemigrations-sql", "strsim", "thiserror", "toml", "toml_parser"];

/// Longer files are split by topic.
const MOST_LINES: usize = 600;

#[test]
fn every_invariant_has_a_test() {
    let architecture = read(&root().join("ARCHITECTURE.md"));
    let written: BTreeSet<_> = architecture.lines().filter_map(|line| line.strip_prefix("- Invariant: ")).collect();
    let tested: BTreeSet<_> = INVARIANTS.iter().map(|(text, _)| *text).collect();
    assert_eq!(written, tested);
}

#[test]
fn plan_is_pure() {
    is_pure("crates/plan/src");
    assert_eq!(surplus("crates/plan", &PLAN_DEPENDENCIES), Vec::<String>::new());
}

#[test]
fn lint_is_pure() {
    is_pure("crates/lint/src");
    let allowed = ["makemigrations-plan", "makemigrations-sql", "squawk-linter", "squawk-syntax", "strsim"];
    assert_eq!(surplus("crates/lint", &allowed), Vec::<String>::new());
}

fn is_pure(folder: &str) {
    let forbidden = ["std::fs", "std::env", "std::time", "std::net", "std::process", "std::thread", "std::io"];
    for file in sources(folder) {
        for path in paths(&code(&read(&file))) {
            assert!(!forbidden.iter().any(|start| is_below(&path, start)), "`{}` names `{path}`", file.display());
        }
    }
}

#[test]
fn model_imports_only_model() {
    for (file, path) in crate_paths("crates/plan", "model") {
        assert!(is_below(&path, "crate::model"), "`{}` names `{path}`", file.display());
    }
}

#[test]
fn diff_and_dialect_are_strangers() {
    for (one, other) in [("diff", "dialect"), ("dialect", "diff")] {
        for (file, path) in crate_paths("crates/plan", one) {
            assert!(!is_below(&path, &format!("crate::{other}")), "`{}` names `{path}`", file.display());
        }
    }
}

#[test]
fn plan_and_gate_are_strangers() {
    assert!(!dependencies("crates/plan").contains("makemigrations-gate"));
    assert!(!dependencies("crates/gate").contains("makemigrations-plan"));
}

#[test]
fn gate_is_cheap_to_build() {
    assert_eq!(surplus("crates/gate", &["makemigrations-sql"]), Vec::<String>::new());
    assert_eq!(surplus("crates/sql", &[]), Vec::<String>::new());
}

#[test]
fn only_run_names_diesel() {
    for name in crates().filter(|name| name != "run") {
        let dependencies = dependencies(&format!("crates/{name}"));
        assert!(!dependencies.iter().any(|dependency| dependency.starts_with("diesel")), "`{name}`: {dependencies:?}");
    }
}

#[test]
fn inspect_holds_no_connection() {
    let known = ["indexmap", "makemigrations-plan", "makemigrations-sql"];
    let dependencies = dependencies("crates/inspect");
    assert!(dependencies.iter().all(|dependency| known.contains(&dependency.as_str())), "{dependencies:?}");
}

#[test]
fn dialects_know_every_operation() {
    // The files beside the dialects' folders ask about single operations, and may.
    let dialects: Vec<_> = sources("crates/plan/src/dialect")
        .into_iter()
        .filter(|file| file.parent() != Some(&root().join("crates/plan/src/dialect")))
        .collect();
    assert!(!dialects.is_empty());
    for file in dialects {
        for patterns in matches(&code(&read(&file))) {
            let operations = patterns.iter().any(|pattern| pattern.starts_with("Operation::"));
            // A named rest is handed on to another match; an unnamed one is forgotten.
            let forgotten = patterns.iter().any(|pattern| pattern.starts_with('_') && !pattern.contains(' '));
            assert!(!operations || !forgotten, "`{}` has an arm `_ =>` over operations", file.display());
        }
    }
}

#[test]
fn only_dialects_compare() {
    let of_dialects = ["crates/sql", "crates/inspect", "crates/plan/src/dialect"].map(|folder| root().join(folder));
    let files = crates().flat_map(|name| sources(&format!("crates/{name}/src")));
    for file in files.filter(|file| !of_dialects.iter().any(|folder| file.starts_with(folder))) {
        // Tests ask about one dialect, and may.
        let text = code(&read(&file));
        let product = text.split("mod tests {").next().unwrap_or_default();
        let is_test = file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
        for comparison in ["== Dialect::", "!= Dialect::"] {
            assert!(is_test || !product.contains(comparison), "`{}` has `{comparison}`", file.display());
        }
    }
    let types = crates().flat_map(|name| sources(&format!("crates/{name}/src")));
    let declared = types.filter(|file| code(&read(file)).contains("enum Dialect "));
    assert_eq!(declared.count(), 1, "one type `Dialect`");
}

#[test]
fn only_the_command_line_prints() {
    // A build script speaks to Cargo by printing.
    let speaks_to_cargo = root().join("crates/gate/src/build");
    for name in crates().filter(|name| name != "cli") {
        for file in sources(&format!("crates/{name}/src")).iter().filter(|file| !file.starts_with(&speaks_to_cargo)) {
            let code = code(&read(file));
            for forbidden in ["print!", "println!", "dbg!", "process::exit", "io::stdout", "io::stderr"] {
                assert!(!code.contains(forbidden), "`{}` has `{forbidden}`", file.display());
            }
        }
    }
}

#[test]
fn every_file_says_what_it_owns() {
    for file in all_sources() {
        assert!(read(&file).starts_with("//! "), "`{}` does not start with `//!`", file.display());
    }
}

#[test]
fn files_are_short() {
    for file in all_sources() {
        let lines = read(&file).lines().count();
        assert!(lines <= MOST_LINES, "`{}` has {lines} lines: split it by topic", file.display());
    }
}

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    for name in crates() {
        let manifest = manifest(&format!("crates/{name}"));
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{name}");
    }
}

#[test]
fn texts_are_clean() {
    // In two parts, so that this file does not contain them.
    let machine =
        [("wor", "k"), ("roo", "t"), ("hom", "e"), ("tmp/targe", "t")].map(|(start, end)| format!("/{start}{end}/"));
    for file in texts() {
        let text = read(&file);
        for (number, line) in (1..).zip(text.lines()) {
            let place = format!("{}:{number}", file.display());
            assert_eq!(line.trim_end(), line, "{place}: blanks at the end");
            assert!(!machine.iter().any(|path| line.contains(path)), "{place}: {line}");
        }
        assert!(text.is_empty() || text.ends_with('\n'), "{}: no line end at the end", file.display());
    }
}

/// Of a path in backticks, `graph/order.rs`, the end is enough.
#[test]
fn sources_that_the_documents_name_are_there() {
    let files = all_sources();
    let mut count = 0;
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for (number, line) in (1..).zip(read(&root().join(document)).lines()) {
            let named = line
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|text| text.ends_with(".rs") && !text.contains(['<', '*', ' ']));
            for text in named {
                assert!(files.iter().any(|file| file.ends_with(text)), "{document}:{number}: `{text}`");
                count += 1;
            }
        }
    }
    assert!(count > 10, "{count} paths");
}

#[test]
fn scripts_are_commands() {
    let package = read(&root().join("package.json"));
    let scripts = package.split_once("\"scripts\": {").unwrap().1;
    let pairs: Vec<_> = scripts.split('"').skip(1).step_by(2).collect();
    assert!(pairs.len() >= 2 * 9, "{pairs:?}");
    for pair in pairs.chunks(2) {
        assert_eq!(pair[1], format!("cargo xtask {}", pair[0]));
    }
}

#[test]
fn ci_runs_what_the_readme_says() {
    let ci = root().join(".ci/run");
    let test = "cargo test --workspace";
    assert!(read(&ci).lines().any(|line| line == test));
    assert!(read(&root().join("README.md")).lines().any(|line| line.trim_start().starts_with(test)));
    #[cfg(unix)]
    assert_ne!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&ci).unwrap().permissions()) & 0o111, 0);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

#[track_caller]
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}

fn crates() -> impl Iterator<Item = String> {
    let entries = fs::read_dir(root().join("crates")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
}

fn manifest(folder: &str) -> toml::Table {
    read(&root().join(folder).join("Cargo.toml")).parse().unwrap()
}

/// The names of all dependencies of a crate, of every kind.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = manifest(folder);
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = kinds.iter().filter_map(|kind| manifest.get(*kind)?.as_table());
    tables.flat_map(|table| table.keys().cloned()).collect()
}

/// The dependencies a crate is built with for its users, beyond those it may have.
fn surplus(folder: &str, allowed: &[&str]) -> Vec<String> {
    let manifest = manifest(folder);
    assert!(!manifest.contains_key("target") && !manifest.contains_key("build-dependencies"), "{folder}");
    let table = manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    table.keys().filter(|name| !allowed.contains(&name.as_str())).cloned().collect()
}

/// Every path in a module (a file or a folder) that leads to something of its crate, from the crate's root.
fn crate_paths(folder: &str, module: &str) -> Vec<(PathBuf, String)> {
    let source = root().join(folder).join("src");
    let files: Vec<_> = sources(&format!("{folder}/src"))
        .into_iter()
        .filter(|file| file.starts_with(source.join(module)) || *file == source.join(format!("{module}.rs")))
        .collect();
    assert!(!files.is_empty(), "`{folder}` has no module `{module}`");
    let mut found = Vec::new();
    for file in files {
        let mut modules: Vec<_> = file
            .strip_prefix(&source)
            .unwrap()
            .with_extension("")
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        modules.retain(|part| part != "mod");
        for path in paths(&code(&read(&file))) {
            let mut parts = path.split("::").peekable();
            let mut place = match parts.next_if_eq(&"crate") {
                Some(_) => Vec::new(),
                None if matches!(parts.peek(), Some(&"super" | &"self")) => modules.clone(),
                None => continue,
            };
            while parts.next_if(|part| matches!(*part, "super" | "self")).is_some_and(|part| part == "super") {
                place.pop();
            }
            place.extend(parts.map(str::to_owned));
            found.push((file.clone(), format!("crate::{}", place.join("::"))));
        }
    }
    found
}

fn is_below(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Every Rust file but those that this tool generates.
fn all_sources() -> Vec<PathBuf> {
    let is_written = |file: &PathBuf| !read(file).starts_with("// @generated");
    ["crates", "xtask", "app", "tests"].into_iter().flat_map(sources).filter(is_written).collect()
}

/// The Rust files below a folder of the workspace, sorted.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(&root().join(folder), &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(!files.is_empty(), "`{folder}` has no source");
    files
}

/// The files people write and read, without those whose bytes are the point.
fn texts() -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(&root(), &mut files);
    let bytes = root().join("tests/data/bad-snapshots");
    let extensions = ["rs", "toml", "md", "sql", "json", "lock", "txt"];
    files.retain(|file| {
        let text = file.extension().is_some_and(|name| extensions.iter().any(|text| name == *text));
        (text || file.ends_with(".ci/run")) && !file.starts_with(&bytes)
    });
    files
}

/// Files of the repository: what Cargo, git and yarn keep in the folder is left out.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if !entry.is_dir() {
            files.push(entry);
        } else if !["target", ".git", "node_modules"].contains(&name) {
            walk(&entry, files);
        }
    }
}
