//! Which files are snapshots, and of which domain. Must not parse them.

use makemigrations_plan::{diagnostic::Diagnostic, model::Domain, snapshot::Source};

use super::{members::Members, view::View};
use crate::error::{CliError, Result};

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
        let entries = view.entries(snapshots)?;
        if entries.is_none() && members.found.is_empty() && sources.diagnostics.is_empty() {
            return Err(CliError::usage(format!("there are no snapshots: no folder `{snapshots}`"))
                .hint(format!("describe your first tables in `{snapshots}/<domain>.toml`")));
        }
        for entry in entries.into_iter().flatten() {
            let path = format!("{snapshots}/{}", entry.name);
            if entry.name.starts_with('.') {
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
            if view.entries(&member.snapshot)?.is_some() {
                sources.folder(view, &member.snapshot, &member.domain)?;
            } else if view.bytes(&member.snapshot)?.is_some() {
                sources.file(view, &member.snapshot, &member.domain)?;
            } else {
                let message = format!("snapshot `{}` is not there", member.snapshot);
                sources.diagnostics.push(Diagnostic::error(&member.manifest, 0..0, message));
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
            if entry.is_folder {
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
        let Some(bytes) = view.bytes(path)? else { return Ok(()) };
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
