//! What libpq reads beside the URL: variables, and the files of the home directory. Must not decide what a value means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::parameters::{KNOWN, Origin, Parameters};

/// The variables and the home directory that a connection is made in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    variables: BTreeMap<String, String>,
}

impl Surroundings {
    /// Those of this process. `more` are variables that count where the process has none of that name.
    pub(crate) fn of_process(more: &BTreeMap<String, String>) -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let mut variables: BTreeMap<_, _> = std::env::vars_os().filter_map(text).collect();
        for (name, value) in more.iter().filter(|(name, _)| name.starts_with("PG")) {
            variables.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Self { variables }
    }

    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Adds what the variables say of a connection.
    pub(super) fn complete(&self, parameters: &mut Parameters) {
        for known in KNOWN {
            if let Some((name, value)) = known.variable.and_then(|name| Some((name, self.variable(name)?))) {
                parameters.add(known, value, Origin::Variable(name));
            }
        }
    }

    /// A file in the folder in which libpq keeps certificates: `~/.postgresql`, on Windows `%APPDATA%\postgresql`.
    pub(super) fn own_file(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder()?.join(name))
    }

    /// The file of passwords.
    pub(super) fn passfile(&self) -> Option<PathBuf> {
        if cfg!(windows) { self.own_file("pgpass.conf") } else { Some(self.home()?.join(".pgpass")) }
    }

    /// The files of services, the first that has a service counts.
    pub(super) fn service_files(&self) -> Vec<PathBuf> {
        if let Some(path) = self.variable("PGSERVICEFILE") {
            return vec![PathBuf::from(path)];
        }
        const NAME: &str = "pg_service.conf";
        let own = if cfg!(windows) {
            self.own_file(".pg_service.conf")
        } else {
            self.home().map(|home| home.join(".pg_service.conf"))
        };
        // Where it is for all is set when libpq is built: that of Debian's, and the one of a build by hand.
        let shared = match self.variable("PGSYSCONFDIR") {
            Some(folder) => vec![Path::new(folder).join(NAME)],
            None if cfg!(windows) => Vec::new(),
            None => ["/etc/postgresql-common", "/etc", "/usr/local/pgsql/etc"].map(|f| Path::new(f).join(NAME)).into(),
        };
        own.into_iter().chain(shared).collect()
    }

    fn home(&self) -> Option<&Path> {
        self.variable("HOME").map(Path::new)
    }

    fn folder(&self) -> Option<PathBuf> {
        if cfg!(windows) {
            Some(Path::new(self.variable("APPDATA")?).join("postgresql"))
        } else {
            Some(self.home()?.join(".postgresql"))
        }
    }
}

#[cfg(test)]
impl Surroundings {
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        Self { variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect() }
    }
}
