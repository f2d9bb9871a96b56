//! A pair as a golden case, so that a failure stays. It must not say what is expected: the golden test writes that.

use std::path::Path;

use makemigrations_tests::database::Engine;
use makemigrations_tests::random::Pair;

/// Writes the folder `seed-<name>` into a folder, `tests/golden` when it is `1`; says where.
pub(crate) fn write(engine: Engine, pair: &Pair, name: &str, into: &str) -> String {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let folder = if into == "1" { golden } else { into.into() }.join(format!("seed-{name}"));
    for (side, files) in [("before", &pair.before), ("after", &pair.after)] {
        let folder = folder.join(side);
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("`{}`: {error}", folder.display()));
        let is_empty = |domain: &str| pair.before[domain] == pair.after[domain] && !pair.after[domain].contains('[');
        // A folder has to have a file.
        for (domain, text) in files.iter().filter(|(domain, _)| **domain == "core" || !is_empty(domain)) {
            put(&folder.join(format!("{domain}.toml")), text);
        }
    }
    let flags = [("rename", &pair.flags.renames), ("backfill", &pair.flags.backfills), ("using", &pair.flags.usings)];
    let mut answers = "no_renames = true\n".to_owned();
    for (key, values) in flags.into_iter().filter(|(_, values)| !values.is_empty()) {
        let values: Vec<_> = values.iter().map(|value| toml::Value::from(value.as_str()).to_string()).collect();
        answers.push_str(&format!("{key} = [{}]\n", values.join(", ")));
    }
    put(&folder.join("answers.toml"), &answers);
    let (before, after) = match engine {
        Engine::Postgres => ("SET session_replication_role = replica", "RESET session_replication_role"),
        Engine::Sqlite => ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
    };
    put(&folder.join("rows.sql"), &format!("{before};\n{};\n{after};\n", pair.rows.join(";\n")));
    put(&folder.join("dialect"), &format!("{}\n", engine.name()));
    folder.display().to_string()
}

fn put(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()));
}
