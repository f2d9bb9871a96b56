//! Which files are snapshots, and of which domain. Must not parse them.

use makemigrations_plan::{diagnostic::Diagnostic, model::Domain, snapshot::Source};

use super::{members::Members, plain_file::Found, view::View};
use crate::error::{CliError, Result};

/// The file beside the snapshots that `schema-json` writes, and `#:schema ./snapshot.schema.json` names.
pub(crate) const SCHEMA_JSON: &str = "snapshot.schema.json";

/// The snapshots of the workspace, and what is wrong with the files themselves.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) found: Vec<Source>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Texts that diagnostics point into besides those of `found`.
    pub(crate) texts: Vec<(String, String)>,
}

impl Sources {
    /// Reads the folder `snapshots` and what the members own.
    pub(crate) fn read(view: &View, snapshots: &str, members: Members) -> Result<Self> {
        let mut sources = Self { diagnostics: members.errors, texts: members.texts, ..Self::default() };
        let entries = match view.find(snapshots) {
            Ok(Found::Folder) => view.entries(snapshots)?,
            Ok(Found::Nothing) => None,
            Ok(Found::File) => {
                sources.refused(snapshots, "it is a file, expected the folder of the snapshots");
                None
            }
            Err(reason) => {
                sources.refused(snapshots, &reason);
                None
            }
        };
        if entries.is_none() && members.found.is_empty() && sources.diagnostics.is_empty() {
            return Err(CliError::usage(format!("there are no snapshots: no folder `{snapshots}`"))
                .hint(format!("describe your first tables in `{snapshots}/<domain>.toml`")));
        }
        for entry in entries.into_iter().flatten() {
            let path = format!("{snapshots}/{}", entry.name);
            if entry.name.starts_with('.') || entry.name == SCHEMA_JSON {
                continue;
            }
            if let Err(reason) = view.find(&path) {
                sources.refused(&path, &reason);
                continue;
            }
            let stem = if entry.is_folder { Some(entry.name.as_str()) } else { entry.name.strip_suffix(".toml") };
            match stem {
                None => sources.not_toml(&path),
                Some(name) => match Domain::new(name) {
                    Ok(domain) if entry.is_folder => sources.folder(view, &path, &domain)?,
                    Ok(domain) => sources.file(view, &path, &domain)?,
                    Err(invalid) => sources.diagnostics.push(
                        Diagnostic::error(&path, 0..0, invalid.to_string())
                            .with_help("the name of the file or folder is the name of the domain"),
                    ),
                },
            }
        }
        for member in members.found {
            match view.find(&member.snapshot) {
                Ok(Found::Folder) => sources.folder(view, &member.snapshot, &member.domain)?,
                Ok(Found::File) => sources.file(view, &member.snapshot, &member.domain)?,
                Ok(Found::Nothing) => {
                    let message = format!("snapshot `{}` is not there", member.snapshot);
                    sources.diagnostics.push(Diagnostic::error(&member.manifest, 0..0, message));
                }
                Err(reason) => sources.refused(&member.snapshot, &reason),
            }
        }
        sources.found.sort_by(|a, b| a.path.cmp(&b.path));
        sources.found.dedup_by(|a, b| a.path == b.path && a.domain == b.domain);
        Ok(sources)
    }

    fn folder(&mut self, view: &View, folder: &str, domain: &Domain) -> Result<()> {
        for entry in view.entries(folder)?.into_iter().flatten() {
            let path = format!("{folder}/{}", entry.name);
            if entry.name.starts_with('.') {
                continue;
            }
            if let Err(reason) = view.find(&path) {
                self.refused(&path, &reason);
            } else if entry.is_folder && entry.name.ends_with(".toml") {
                self.refused(&path, "it is a folder, expected a file");
            } else if entry.is_folder {
                let message = format!("folder `{path}` is not read: a domain's files lie side by side");
                self.diagnostics.push(Diagnostic::warning(&path, 0..0, message));
            } else if entry.name.ends_with(".toml") {
                self.file(view, &path, domain)?;
            } else {
                self.not_toml(&path);
            }
        }
        Ok(())
    }

    fn file(&mut self, view: &View, path: &str, domain: &Domain) -> Result<()> {
        let bytes = match view.bytes(path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.diagnostics.push(Diagnostic::error(path, 0..0, error.message));
                return Ok(());
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => self.found.push(Source { path: path.to_owned(), domain: domain.clone(), text }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                self.diagnostics.push(Diagnostic::error(path, at..at, "not text in UTF-8"));
                self.texts.push((path.to_owned(), text));
            }
        }
        Ok(())
    }

    /// What is not read must not look like a snapshot that is gone: its tables would be dropped.
    fn refused(&mut self, path: &str, reason: &str) {
        let help = "snapshots are plain files inside the workspace";
        self.diagnostics.push(Diagnostic::error(path, 0..0, format!("`{path}` is not read: {reason}")).with_help(help));
    }

    fn not_toml(&mut self, path: &str) {
        let message = format!("`{path}` is not a `.toml` file and is ignored");
        self.diagnostics.push(Diagnostic::warning(path, 0..0, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_files_and_folders() {
        let root = tempfile::TempDir::new().unwrap();
        let write = |path: &str, bytes: &[u8]| {
            let path = root.path().join("s").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write("ticket.toml", b"");
        write("user/a.toml", b"");
        write("user/b.toml", b"");
        write(".DS_Store", b"");
        write("user/.a.toml.swp", b"");
        write("README.md", b"");
        write("Upper.toml", b"");
        write("bytes.toml", b"a\xff");
        let sources = Sources::read(&View::disk(root.path()), "s", Members::default()).unwrap();
        let found: Vec<_> = sources.found.iter().map(|s| (s.path.as_str(), s.domain.as_str())).collect();
        assert_eq!(found, [("s/ticket.toml", "ticket"), ("s/user/a.toml", "user"), ("s/user/b.toml", "user")]);
        let said: Vec<_> = sources.diagnostics.iter().map(|d| (d.path.as_str(), d.span.start)).collect();
        assert_eq!(said, [("s/README.md", 0), ("s/Upper.toml", 0), ("s/bytes.toml", 1)]);
    }

    #[test]
    fn no_folder_is_not_an_empty_schema() {
        let root = tempfile::TempDir::new().unwrap();
        let error = Sources::read(&View::disk(root.path()), "s", Members::default()).unwrap_err();
        assert!(error.message.contains("no folder `s`"), "{}", error.message);
    }
}
