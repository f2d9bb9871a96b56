//! Where in the lock file something is said, found once for all findings.
//!
//! Does not judge the lines.

use std::collections::BTreeMap;

/// The first line of the lock file, from 1, that has a text, a path or a migration.
#[derive(Debug, Default)]
pub(crate) struct LockPlaces {
    whole: BTreeMap<String, usize>,
    paths: BTreeMap<String, usize>,
    migrations: BTreeMap<String, usize>,
}

impl LockPlaces {
    pub(crate) fn new(text: &str) -> Self {
        let mut places = Self::default();
        for (index, line) in text.lines().enumerate() {
            let (number, line) = (index + 1, line.trim_end());
            places.whole.entry(line.to_owned()).or_insert(number);
            let Some((_, path)) = line.split_once("  ") else { continue };
            places.paths.entry(path.to_owned()).or_insert(number);
            if let Some((migration, _)) = path.split_once('/') {
                places.migrations.entry(migration.to_owned()).or_insert(number);
            }
        }
        places
    }

    /// The line that reads so, but for blanks at its end.
    pub(crate) fn of_line(&self, text: &str) -> Option<usize> {
        self.whole.get(text.trim_end()).copied()
    }

    /// The line that names the dialect.
    pub(crate) fn of_dialect(&self) -> Option<usize> {
        self.whole.iter().filter(|(line, _)| line.starts_with("# dialect:")).map(|(_, number)| *number).min()
    }

    /// The line of a file.
    pub(crate) fn of_file(&self, migration: &str, file: &str) -> Option<usize> {
        self.paths.get(&format!("{migration}/{file}")).copied()
    }

    /// The first line of a migration.
    pub(crate) fn of_migration(&self, migration: &str) -> Option<usize> {
        self.migrations.get(migration).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts() {
        let places = LockPlaces::new(
            "# makemigrations lock 1\n# dialect: sqlite\r\n0a  m x/up.sql\n0b  m x/down.sql\n0c  m x/up.sql\n",
        );
        assert_eq!(places.of_line("# dialect: sqlite"), Some(2));
        assert_eq!(places.of_dialect(), Some(2));
        assert_eq!(places.of_file("m x", "up.sql"), Some(3));
        assert_eq!(places.of_file("m x", "down.sql"), Some(4));
        assert_eq!(places.of_migration("m x"), Some(3));
        assert_eq!(places.of_migration("m"), None);
    }
}
