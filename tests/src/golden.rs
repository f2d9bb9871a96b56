//! Golden files: what the product said or wrote, kept beside the case and compared byte by byte.
//! It must not accept patterns: a golden file is exactly what a user sees.
//!
//! `insta` and `snapbox` were weighed. `insta` adds a header to its files, so `up.sql` would not be a readable
//! `up.sql`; `snapbox` reads `[..]` and `...` in them as wildcards and rewrites line ends and backslashes, which the
//! checksums are about. What is left to do is this file.

use std::path::Path;

use similar::TextDiff;

/// Compares with the golden file, or writes it when `UPDATE_GOLDEN=1` is set.
///
/// # Panics
/// When the file is missing or differs; the message shows the difference.
#[track_caller]
pub fn check(path: &Path, actual: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(path, actual).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()));
        return;
    }
    let expected = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => panic!("`{}`: {error}; it would be\n{actual}\n{HINT}", path.display()),
    };
    if actual != expected {
        let difference = TextDiff::from_lines(expected.as_str(), actual)
            .unified_diff()
            .context_radius(3)
            .header("golden", "actual")
            .to_string();
        panic!("`{}` differs\n{difference}\n{HINT}", path.display());
    }
}

const HINT: &str = "hint: review with UPDATE_GOLDEN=1 cargo test --package makemigrations-tests, then git diff";

/// Replaces what differs between runs and machines: the path of the scratch folder becomes `[ROOT]`.
#[must_use]
pub fn normalise(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "[ROOT]");
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}
