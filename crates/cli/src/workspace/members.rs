//! Snapshots that workspace members own: `[package.metadata.makemigrations]`. Must not read the snapshots.
//!
//! `cargo metadata` is slow, so it is asked only when some member has the table.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use makemigrations_plan::{diagnostic::Diagnostic, model::Domain};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{plain_file, view::View};
use crate::{
    error::{CliError, Result},
    settings::lookup,
};

/// A member's snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// File or folder, relative to the root, with `/`.
    pub(crate) snapshot: String,
    pub(crate) domain: Domain,
    /// The `Cargo.toml` that names it, likewise.
    pub(crate) manifest: String,
    /// The applications that it is for; `None` for all of them, and for the workspace's own migrations.
    apps: Option<BTreeSet<String>>,
}

/// What the members declare, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Members {
    pub(crate) found: Vec<Member>,
    pub(crate) errors: Vec<Diagnostic>,
    /// The text of each `Cargo.toml` that `errors` points into.
    pub(crate) texts: Vec<(String, String)>,
}

impl Members {
    /// Asks every member of the workspace at `root`, of which `apps` are the applications.
    pub(crate) fn read(root: &Path, view: &View, apps: &[&str]) -> Result<Self> {
        let mut members = Self::default();
        if let Some(manifests) = view.manifests() {
            for path in manifests {
                let Some(bytes) = view.bytes(&path)? else { continue };
                members.member(&path, String::from_utf8_lossy(&bytes).into_owned(), apps);
            }
            return Ok(members);
        }
        if !candidates(root).values().any(|text| mentions(text)) {
            return Ok(members);
        }
        for manifest in from_cargo(root)? {
            let Some(path) = relative(root, &manifest) else { continue };
            let Some(bytes) = view.bytes(&path)? else { continue };
            members.member(&path, String::from_utf8_lossy(&bytes).into_owned(), apps);
        }
        Ok(members)
    }

    /// Without those that are for other applications.
    pub(crate) fn of_app(mut self, app: Option<&str>) -> Self {
        self.found.retain(|member| member.apps.as_ref().is_none_or(|apps| app.is_some_and(|app| apps.contains(app))));
        self
    }

    fn member(&mut self, path: &str, text: String, apps: &[&str]) {
        // Cargo has parsed it; what is staged may be older and is judged when it is committed.
        let Ok(document) = DeTable::parse(&text) else { return };
        let Some(table) = lookup(document.get_ref(), &["package", "metadata", "makemigrations"]) else { return };
        let package = lookup(document.get_ref(), &["package", "name"]).and_then(string).unwrap_or_default();
        match declared(path, table, package, apps) {
            Ok(member) => self.found.push(member),
            Err(errors) => {
                self.errors.extend(errors);
                drop(document);
                self.texts.push((path.to_owned(), text));
            }
        }
    }
}

fn string<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

fn declared(
    manifest: &str,
    table: &Spanned<DeValue<'_>>,
    package: &str,
    known_apps: &[&str],
) -> std::result::Result<Member, Vec<Diagnostic>> {
    let error = |span, message: String| Diagnostic::error(manifest, span, message);
    let DeValue::Table(keys) = table.get_ref() else {
        return Err(vec![error(table.span(), "expected the table `[package.metadata.makemigrations]`".to_owned())]);
    };
    let mut errors = Vec::new();
    let (mut snapshot, mut domain, mut apps) = (None, (package, table.span()), None);
    for (key, value) in keys {
        match (key.get_ref().as_ref(), string(value)) {
            ("apps", _) => match applications(manifest, value, known_apps) {
                Ok(found) => apps = Some(found),
                Err(found) => errors.extend(found),
            },
            ("snapshot", Some(text)) if !text.is_empty() => snapshot = Some((text, value.span())),
            ("domain", Some(text)) => domain = (text, value.span()),
            (name @ ("snapshot" | "domain"), _) => {
                errors.push(error(value.span(), format!("`{name}` has to be a text that is not empty")));
            }
            (name, _) => errors.push(
                error(key.span(), format!("unknown key `{name}`"))
                    .with_help("known keys are `snapshot`, `domain`, `apps`"),
            ),
        }
    }
    let folder = manifest.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = snapshot.clone().and_then(|(text, span): (&str, _)| {
        let joined = join(folder, text);
        if joined.is_none() {
            errors.push(error(span, format!("`{text}` leads out of the workspace")));
        }
        joined
    });
    if snapshot.is_none() && errors.is_empty() {
        errors.push(error(table.span(), "`snapshot` is missing: the path of the member's snapshot".to_owned()));
    }
    match (Domain::new(domain.0), path) {
        (Ok(domain), Some(snapshot)) if errors.is_empty() => {
            Ok(Member { snapshot, domain, manifest: manifest.to_owned(), apps })
        }
        (Err(invalid), _) => {
            let help = "name the domain with `domain = \"...\"`";
            errors.push(error(domain.1, invalid.to_string()).with_help(help));
            Err(errors)
        }
        (Ok(_), _) => Err(errors),
    }
}

/// The names in `apps`, each of which is an application of the workspace.
fn applications(
    manifest: &str,
    value: &Spanned<DeValue<'_>>,
    known: &[&str],
) -> std::result::Result<BTreeSet<String>, Vec<Diagnostic>> {
    let expected = || "`apps` has to be a list of applications: `apps = [\"web\"]`".to_owned();
    let items = match value.get_ref() {
        DeValue::Array(items) if !items.is_empty() => items,
        _ => return Err(vec![Diagnostic::error(manifest, value.span(), expected())]),
    };
    let (mut found, mut errors) = (BTreeSet::new(), Vec::new());
    for item in items {
        match string(item) {
            Some(name) if known.contains(&name) => drop(found.insert(name.to_owned())),
            Some(name) => {
                let help = match known {
                    [] => "the setting `apps` names the applications of a workspace".to_owned(),
                    known => format!("the applications are `{}`", known.join("`, `")),
                };
                let message = format!("no application is called `{name}`");
                errors.push(Diagnostic::error(manifest, item.span(), message).with_help(help));
            }
            None => errors.push(Diagnostic::error(manifest, item.span(), expected())),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// A path with `/`, relative to the folder of a manifest, as one relative to the root.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root).ok()?;
    Some(inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}

/// Every `Cargo.toml` inside the workspace that can be a member's, with its text: what `members` names, and path
/// dependencies, which are members as well. Too many do no harm.
fn candidates(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    // However a path leads to a manifest, it is read once; what a link leads to is what it leads to.
    let Ok(root) = root.canonicalize() else { return found };
    let mut seen = BTreeSet::new();
    let mut open = vec![root.join("Cargo.toml")];
    while let Some(manifest) = open.pop() {
        let Ok(manifest) = manifest.canonicalize() else { continue };
        if !manifest.starts_with(&root) || !seen.insert(manifest.clone()) {
            continue;
        }
        if !plain_file::is_file(&manifest) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&manifest) else { continue };
        let Some(folder) = manifest.parent() else { continue };
        open.extend(quoted_after(&text, "path").map(|path| folder.join(path).join("Cargo.toml")));
        if found.is_empty() {
            open.extend(member_patterns(&text).iter().flat_map(|pattern| expand(&root, pattern)));
        }
        found.insert(manifest, text);
    }
    found
}

/// The values of `key = "..."`, wherever they are.
fn quoted_after<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(key).filter_map(move |(index, _)| {
        let rest = text[index + key.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        rest[1..].split_once(quote).map(|(value, _)| value)
    })
}

fn member_patterns(text: &str) -> Vec<String> {
    let Ok(document) = DeTable::parse(text) else { return Vec::new() };
    let Some(members) = lookup(document.get_ref(), &["workspace", "members"]) else { return Vec::new() };
    match members.get_ref() {
        DeValue::Array(members) => members.iter().filter_map(string).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The manifests that a pattern of `members` can mean: every folder where it has a `*`, `?` or `[`.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
        folders = if part.contains(['*', '?', '[']) {
            let below = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten();
            folders.into_iter().flat_map(below).map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
        } else {
            folders.into_iter().map(|folder| folder.join(part)).collect()
        };
    }
    folders.into_iter().map(|folder| folder.join("Cargo.toml")).collect()
}

fn mentions(text: &str) -> bool {
    // Cheap first: most manifests have neither word.
    text.contains("makemigrations")
        && text.contains("metadata")
        && DeTable::parse(text)
            .is_ok_and(|document| lookup(document.get_ref(), &["package", "metadata", "makemigrations"]).is_some())
}

fn from_cargo(root: &Path) -> Result<Vec<PathBuf>> {
    let mut command = cargo_metadata::MetadataCommand::new();
    let metadata = command.manifest_path(root.join("Cargo.toml")).no_deps().exec().map_err(|error| {
        CliError::usage(format!("`cargo metadata` failed: {error}")).hint("`cargo metadata --no-deps` shows all of it")
    })?;
    let mut manifests: Vec<PathBuf> =
        metadata.workspace_packages().into_iter().map(|package| package.manifest_path.clone().into()).collect();
    manifests.sort();
    Ok(manifests)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declare(text: &str) -> std::result::Result<Member, Vec<String>> {
        let document = DeTable::parse(text).unwrap();
        let table = lookup(document.get_ref(), &["package", "metadata", "makemigrations"]).unwrap();
        let result = declared("a/b/Cargo.toml", table, "my-crate", &["api", "web"]);
        result.map_err(|errors| errors.into_iter().map(|e| e.message).collect())
    }

    #[test]
    fn the_domain_is_the_package_unless_named() {
        let member = declare("[package.metadata.makemigrations]\nsnapshot = \"../schema.toml\"").unwrap();
        assert_eq!((member.snapshot.as_str(), member.domain.as_str()), ("a/schema.toml", "my-crate"));
        let member = declare("[package.metadata]\nmakemigrations = { snapshot = \"s\", domain = \"d\" }").unwrap();
        assert_eq!((member.snapshot.as_str(), member.domain.as_str()), ("a/b/s", "d"));
    }

    #[test]
    fn a_member_may_be_for_some_applications_only() {
        let of = |apps: &str, app: Option<&str>| {
            let member = declare(&format!("[package.metadata.makemigrations]\nsnapshot = \"s\"\n{apps}")).unwrap();
            !Members { found: vec![member], ..Members::default() }.of_app(app).found.is_empty()
        };
        assert!(of("", None) && of("", Some("web")));
        let web = "apps = [\"web\"]";
        assert!(of(web, Some("web")) && !of(web, Some("api")) && !of(web, None));
    }

    #[test]
    fn mistakes_are_named() {
        let table = |keys: &str| declare(&format!("[package.metadata.makemigrations]\n{keys}")).unwrap_err();
        assert!(table("")[0].contains("`snapshot` is missing"));
        assert_eq!(table("snapshot = \"s\"\nsnapshots = \"s\""), ["unknown key `snapshots`"]);
        assert_eq!(table("snapshot = \"../../../s\""), ["`../../../s` leads out of the workspace"]);
        assert!(table("snapshot = \"s\"\ndomain = \"D\"")[0].contains("cannot name a domain"));
        assert_eq!(table("snapshot = \"s\"\napps = [\"shop\", \"web\"]"), ["no application is called `shop`"]);
        for apps in ["\"web\"", "[]", "[1]"] {
            assert!(table(&format!("snapshot = \"s\"\napps = {apps}"))[0].contains("`apps = [\"web\"]`"), "{apps}");
        }
    }

    #[test]
    fn members_and_path_dependencies_are_candidates() {
        let folder = tempfile::TempDir::new().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"x\"]");
        write("crates/a/Cargo.toml", "[dependencies]\nb = { path = \"../../deep/b\" }");
        write("deep/b/Cargo.toml", "[package.metadata.makemigrations]\nsnapshot = \"s\"");
        write("other/Cargo.toml", "");
        let found = candidates(folder.path());
        let names: Vec<_> = found.keys().filter_map(|path| relative(folder.path(), path)).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(found.values().any(|text| mentions(text)));
    }
}
