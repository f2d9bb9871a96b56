//! A real schema of a real size (`tests/data/condo`, its origin and licence beside it). It must not change what the
//! files say, except by the mappings that `tests/data/condo/README.md` lists.

use std::path::{Path, PathBuf};

use crate::database::Engine;
use crate::folder::files;

/// A text that SQLite cannot take, what stands for it there, and how often it occurs.
struct Mapping {
    postgres: &'static str,
    sqlite: &'static str,
    count: usize,
}

/// The reasons are in `tests/data/condo/README.md`.
const MAPPINGS: [Mapping; 2] = [
    Mapping { postgres: r#", opclass = "text_pattern_ops""#, sqlite: "", count: 8 },
    Mapping { postgres: "(type)::text = 'GLOBAL'::text", sqlite: "type = 'GLOBAL'", count: 1 },
];

/// The snapshots as (`<domain>.toml`, text), sorted: for PostgreSQL as they are, for SQLite mapped.
///
/// # Panics
/// When a mapping does not occur as often as it says: then the data changed and the list must be read again.
#[must_use]
pub fn snapshots(engine: Engine) -> Vec<(String, String)> {
    let folder = folder();
    let read = |name: &String| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
    };
    let mut snapshots: Vec<_> = files(&folder).into_iter().map(|name| (read(&name), name)).collect();
    if engine == Engine::Sqlite {
        for Mapping { postgres, sqlite, count } in MAPPINGS {
            let found: usize = snapshots.iter().map(|(text, _)| text.matches(postgres).count()).sum();
            assert_eq!(found, count, "`{postgres}`");
            for (text, _) in &mut snapshots {
                *text = text.replace(postgres, sqlite);
            }
        }
    }
    snapshots.into_iter().map(|(text, name)| (name, text)).collect()
}

/// The folder of the snapshots for PostgreSQL.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/condo/schema-snapshots")
}
