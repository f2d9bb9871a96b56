//! `inspect`: a database, or a `schema.rs`, as snapshots. Must not change the database, nor a snapshot that says something
//! else.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use makemigrations_inspect::{Inspected, recognise};
use makemigrations_plan::{
    model::{Domain, Schema},
    snapshot::{self, Options, Wanted},
};
use makemigrations_run::{Database, DatabaseUrl};

use super::inspect_schema_rs;
use crate::{
    arguments::Inspect,
    error::{CliError, Result},
    settings::Settings,
    terminal::report::Texts,
    workflow::{catalogue, context::Context, database},
    workspace::{
        domain_map::DomainMap,
        migrations::Migrations,
        plain_file,
        sources::Sources,
        write::{self, Text},
    },
};

pub(crate) fn run(context: &Context<'_>, arguments: &Inspect) -> Result<()> {
    let map = arguments.domain_map.as_deref().map(|path| domain_map(context, path)).transpose()?;
    if let Some(path) = &arguments.from_schema_rs {
        return from_schema_rs(context, arguments, path, map.as_ref());
    }
    let mut database = database::connect(context)?;
    let dialect = database::dialect(database.url());
    let mut found = catalogue::inspect(&mut database)?;
    if !arguments.no_scratch {
        let beside = database::scratch(context, database.url(), arguments.scratch_url.as_deref())?;
        found = recognised(context, &mut database, &beside, found)?;
    }
    let Inspected { mut schema, unknown } = found;
    if let Some(map) = &map {
        map.assign(&mut schema);
    }
    let analytics_schema = context.settings.analytics_schema.clone();
    let options = Options { analytics_schema, ..Options::from(dialect) };
    let mut found = Found { options, schema, unknown, origin: Origin::Database };
    for line in &found.unknown {
        context.terminal.warning(&format!("snapshots cannot express {line}"), None);
    }
    let present = Present::read(context, &found.options)?;
    if let Some(wanted) = &present.wanted {
        snapshot::arrange(&mut found.schema, &wanted.schema);
    }
    let texts = found.texts(&present.sensitive());
    if texts.is_empty() {
        context.terminal.say(&format!("`{}` has nothing that a snapshot describes", database.url()));
        return Ok(());
    }
    finish(context, arguments, &present, &found, &texts)
}

/// The same of a `schema.rs`.
fn from_schema_rs(context: &Context<'_>, arguments: &Inspect, path: &Path, map: Option<&DomainMap>) -> Result<()> {
    let inspect_schema_rs::Found { dialect, mut schema, open } = inspect_schema_rs::read(context, path)?;
    let analytics_schema = context.settings.analytics_schema.clone();
    let options = Options { analytics_schema, ..Options::from(dialect) };
    let present = Present::read(context, &options)?;
    if let Some(wanted) = &present.wanted {
        inspect_schema_rs::keep_domains(&mut schema, wanted);
    }
    if let Some(map) = map {
        map.assign(&mut schema);
    }
    let shown = path.display().to_string();
    if schema.tables.is_empty() {
        context.terminal.say(&format!("`{shown}` has no `table!`"));
        return Ok(());
    }
    for line in &open {
        context.terminal.warning(&format!("`{shown}` does not say {line}"), None);
    }
    let unknown = open.into_iter().chain(inspect_schema_rs::not_said(dialect)).collect();
    let found = Found { options, schema, unknown, origin: Origin::SchemaRs(shown) };
    let texts = found.texts(&present.sensitive());
    readable(context, &found, &texts)?;
    finish(context, arguments, &present, &found, &texts)
}

/// Fails when the texts are no snapshots that can be read.
fn readable(context: &Context<'_>, found: &Found, texts: &BTreeMap<Domain, String>) -> Result<()> {
    let source = |(domain, text): (&Domain, &String)| snapshot::Source {
        path: path_of(&context.settings, domain),
        domain: domain.clone(),
        text: text.clone(),
    };
    let sources: Vec<_> = texts.iter().map(source).collect();
    let Err(errors) = snapshot::read(found.options.clone(), &sources) else { return Ok(()) };
    let texts: Texts<'_> = sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
    context.report(&errors, &texts, &format!("{} cannot be a snapshot, nothing is written", found.origin.shown()))
}

/// Writes the snapshots, or prints them.
fn finish(
    context: &Context<'_>,
    arguments: &Inspect,
    present: &Present,
    found: &Found,
    texts: &BTreeMap<Domain, String>,
) -> Result<()> {
    if arguments.write {
        return written(context, present, found, texts, arguments);
    }
    for (index, (domain, text)) in texts.iter().enumerate() {
        let line = if index == 0 { "" } else { "\n" };
        let title =
            if texts.len() == 1 { String::new() } else { format!("{line}# {}\n", path_of(&context.settings, domain)) };
        context.terminal.data(&format!("{title}{text}"));
    }
    Ok(())
}

pub(super) fn domain_map(context: &Context<'_>, path: &Path) -> Result<DomainMap> {
    let full = context.environment.folder.join(path);
    if full.exists() && !plain_file::is_file(&full) {
        return Err(CliError::usage(format!("`{}` is not a plain file", path.display())));
    }
    let text = std::fs::read_to_string(&full).map_err(|error| CliError::io("read", path, &error))?;
    let shown = path.display().to_string();
    let (map, errors) = DomainMap::parse(&shown, &text);
    context.report(&errors, &Texts::from([(shown.as_str(), text.as_str())]), "the domain map cannot be used")?;
    Ok(map)
}

/// What a database has, in the words of the recorded migrations wherever the database says the same. What they make and
/// snapshots cannot express is in them, and not said.
fn recognised(
    context: &Context<'_>,
    database: &mut Database,
    beside: &DatabaseUrl,
    found: Inspected,
) -> Result<Inspected> {
    let Some((known, reference)) = reference(context, database, beside)? else { return Ok(found) };
    let schema = recognise(&found.schema, &reference.schema, &known);
    let unknown = found.unknown.into_iter().filter(|line| !reference.unknown.contains(line)).collect();
    Ok(Inspected { schema, unknown })
}

/// The recorded state, and what it is in a database. `None` when nothing is recorded that could be in this one.
fn reference(
    context: &Context<'_>,
    database: &mut Database,
    beside: &DatabaseUrl,
) -> Result<Option<(Schema, Inspected)>> {
    let dialect = database::dialect(database.url());
    let folder = context.view.migrations(&context.settings.migrations)?;
    let of_this_dialect = folder
        .lock_text()
        .is_some_and(|text| makemigrations_gate::Lock::parse(text).0.dialect() == Some(dialect.as_str()));
    if !of_this_dialect {
        return Ok(None);
    }
    let mut migrations = catalogue::applied(context, database)?;
    if migrations.all.is_empty() {
        // Another database than the one that was migrated, perhaps: its words are known all the same.
        migrations = Migrations::of(&folder)?;
    }
    let known = catalogue::recorded(context.terminal, dialect, &migrations, migrations.all.len())?;
    let reference = catalogue::built(beside, dialect, &known)?;
    Ok(Some((known, reference)))
}

/// What is to be written as snapshots.
pub(super) struct Found {
    pub(super) options: Options,
    pub(super) schema: Schema,
    pub(super) unknown: Vec<String>,
    pub(super) origin: Origin,
}

/// Where it comes from.
pub(super) enum Origin {
    Database,
    /// A `schema.rs`, by its path.
    SchemaRs(String),
}

impl Origin {
    /// For messages.
    fn shown(&self) -> String {
        match self {
            Self::Database => "the database".to_owned(),
            Self::SchemaRs(path) => format!("`{path}`"),
        }
    }

    /// What stands above the list of what is not in the snapshots.
    fn heading(&self) -> String {
        match self {
            Self::Database => "In the database, and not in this file, because snapshots cannot express it:".to_owned(),
            Self::SchemaRs(path) => {
                format!("Not in this file, because `{path}` does not say it; add what the database has of it:")
            }
        }
    }

    /// The command that has printed it.
    fn command(&self) -> String {
        match self {
            Self::Database => "cargo xtask inspect".to_owned(),
            Self::SchemaRs(path) => {
                format!("cargo xtask inspect --from-schema-rs {}", makemigrations_gate::quoted(path))
            }
        }
    }
}

impl Found {
    /// The text for each domain; what snapshots cannot express is said at the top of the first one.
    pub(super) fn texts(&self, sensitive: &BTreeSet<(String, String)>) -> BTreeMap<Domain, String> {
        let mut texts = snapshot::write(&self.options, &self.schema, sensitive);
        if let (false, Some(first)) = (self.unknown.is_empty(), texts.values_mut().next()) {
            let lines: String = self.unknown.iter().map(|line| format!("# - {line}\n")).collect();
            first.insert_str(0, &format!("# {}\n{lines}\n", self.origin.heading()));
        }
        texts
    }
}

/// The snapshots that are there.
struct Present {
    sources: Sources,
    /// What they say; `None` where they cannot be used.
    wanted: Option<Wanted>,
}

impl Present {
    fn read(context: &Context<'_>, options: &Options) -> Result<Self> {
        let members = context.members()?;
        let is_bare = context.view.entries(&context.settings.snapshots)?.is_none() && members.found.is_empty();
        if is_bare && members.errors.is_empty() {
            return Ok(Self { sources: Sources::default(), wanted: Some(Wanted::default()) });
        }
        let sources = Sources::read(&context.view, &context.settings.snapshots, members)?;
        let wanted = snapshot::read(options.clone(), &sources.found).ok();
        if wanted.is_none() {
            context.terminal.warning("the snapshots that are there cannot be used", Some("cargo xtask check"));
        }
        Ok(Self { sources, wanted })
    }

    /// The columns that nothing in a database marks.
    fn sensitive(&self) -> BTreeSet<(String, String)> {
        self.wanted.as_ref().map(|wanted| wanted.sensitive.clone()).unwrap_or_default()
    }

    /// The files of a domain.
    fn paths(&self, domain: &Domain) -> Vec<&str> {
        let sources = self.sources.found.iter().filter(|source| source.domain == *domain);
        sources.map(|source| source.path.as_str()).collect()
    }
}

pub(super) fn path_of(settings: &Settings, domain: &Domain) -> String {
    format!("{}/{domain}.toml", settings.snapshots)
}

/// Writes what is missing. A file that says the same in other words stays as it is.
fn written(
    context: &Context<'_>,
    present: &Present,
    found: &Found,
    texts: &BTreeMap<Domain, String>,
    arguments: &Inspect,
) -> Result<()> {
    let (source, command) = (found.origin.shown(), found.origin.command());
    let same = |wanted: &Wanted| snapshot::write(&found.options, &wanted.schema, &wanted.sensitive);
    let said = present.wanted.as_ref().map(same).unwrap_or_default();
    let now = snapshot::write(&found.options, &found.schema, &present.sensitive());
    let (mut new, mut different, mut divided) = (Vec::new(), Vec::new(), Vec::new());
    for (domain, text) in texts {
        let paths = present.paths(domain);
        if !paths.is_empty() && said.get(domain) == now.get(domain) {
            continue;
        }
        let path = match paths.as_slice() {
            [] => path_of(&context.settings, domain),
            [one] => {
                different.push(format!("`{one}`"));
                (*one).to_owned()
            }
            several => {
                divided.extend(several.iter().map(|path| format!("`{path}`")));
                continue;
            }
        };
        new.push(Text { path: context.root.join(&path), text: text.clone() });
    }
    if !divided.is_empty() {
        return Err(CliError::check(format!(
            "nothing is written: {source} has something else than {}, and a domain in several files is not rewritten",
            divided.join(", ")
        ))
        .hint(format!("see what it has: `{command}`")));
    }
    if !different.is_empty() && !arguments.force {
        return Err(CliError::check(format!(
            "nothing is written: {source} has something else than {}",
            different.join(", ")
        ))
        .hint(format!("see what it has: `{command}`"))
        .hint(format!("to replace what is there, with its comments and hints: `{command} --write --force`")));
    }
    write::texts(&new)?;
    for text in &new {
        context.terminal.say(&shown(&context.root, &text.path));
    }
    for source in present.sources.found.iter().filter(|source| !texts.contains_key(&source.domain)) {
        let message = format!("{} has nothing of what `{}` describes", found.origin.shown(), source.path);
        context.terminal.warning(&message, None);
    }
    let count = new.len();
    let noun = if count == 1 { "snapshot" } else { "snapshots" };
    context.terminal.say(&format!("{count} {noun} written, {} as they were", texts.len() - count));
    Ok(())
}

pub(super) fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
