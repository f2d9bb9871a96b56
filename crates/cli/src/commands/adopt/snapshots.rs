//! The snapshots of a project that has none, or those that say what it has already. Must not write them.

use std::collections::BTreeSet;

use makemigrations_inspect::Inspected;
use makemigrations_plan::{
    model::{Domain, Schema},
    snapshot::{self, Options, Wanted},
};

use super::{super::inspect, state::Found};
use crate::{
    error::{CliError, Result},
    settings::lookup,
    terminal::report::Texts,
    workflow::{catalogue, context::Context},
    workspace::{domain_map::DomainMap, sources::Sources, write::Text},
};

/// What the snapshots say.
pub(super) struct Snapshots {
    /// Those to write.
    pub(super) new: Vec<Text>,
    /// The schema, as it is read from them.
    pub(super) schema: Schema,
}

impl Snapshots {
    /// Writes what was found as snapshots. Where there are some, they have to say the same.
    pub(super) fn of(context: &Context<'_>, options: &Options, found: &Found, map: Option<&DomainMap>) -> Result<Self> {
        let members = context.members()?;
        let has_files = context.view.entries(&context.settings.snapshots)?.is_some() || !members.found.is_empty();
        let sources = if has_files || !members.errors.is_empty() {
            Sources::read(&context.view, &context.settings.snapshots, members)?
        } else {
            Sources::default()
        };
        if !sources.found.is_empty() || !sources.diagnostics.is_empty() {
            return there(context, options, found, &sources);
        }
        let Inspected { mut schema, unknown } = found.inspected.clone();
        settle(&mut schema, &own_domain(context)?, map);
        let origin = inspect::Origin::Database;
        let texts = inspect::Found { options: options.clone(), schema, unknown, origin }.texts(&BTreeSet::new());
        let new = |(domain, text): (&Domain, &String)| snapshot::Source {
            path: inspect::path_of(&context.settings, domain),
            domain: domain.clone(),
            text: text.clone(),
        };
        let written: Vec<_> = texts.iter().map(new).collect();
        let message = "what the migrations have made cannot be a snapshot, nothing is written";
        let wanted = read(context, options, &written, message).map_err(|error| {
            error.hint("change it first, with one more migration of Diesel's: `diesel migration generate`")
        })?;
        let new = written.into_iter().map(|source| Text { path: context.root.join(source.path), text: source.text });
        Ok(Self { new: new.collect(), schema: wanted.schema })
    }
}

fn read(context: &Context<'_>, options: &Options, sources: &[snapshot::Source], message: &str) -> Result<Wanted> {
    snapshot::read(options.clone(), sources).or_else(|errors| {
        let texts: Texts<'_> = sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
        context.report(&errors, &texts, message)?;
        Err(CliError::usage(message))
    })
}

/// Snapshots that are there: an earlier run was interrupted, or another dialect has brought them.
fn there(context: &Context<'_>, options: &Options, found: &Found, sources: &Sources) -> Result<Snapshots> {
    let message = "the snapshots that are there cannot be used, nothing is written";
    context.report(&sources.diagnostics, &Texts::new(), message)?;
    let wanted = read(context, options, &sources.found, message)?;
    let expected = catalogue::built(&found.beside, options.dialect, &wanted.schema)?;
    let differences = catalogue::differences(&found.beside, options.dialect, &found.inspected.schema, &expected.schema);
    if differences.is_empty() {
        return Ok(Snapshots { new: Vec::new(), schema: wanted.schema });
    }
    context.terminal.differences(&differences, &[]);
    let count = differences.len();
    let noun = if count == 1 { "difference" } else { "differences" };
    let folder = &context.settings.snapshots;
    let name = context.settings.app.as_deref();
    let own = match name {
        Some(app) => format!("or give it snapshots of its own: `snapshots = \"{folder}/{app}\"` in `apps.{app}`"),
        None => format!("or move `{folder}` away: it is written anew"),
    };
    Err(CliError::check(format!("`{folder}` has snapshots, and they do not say what is there: {count} {noun}"))
        .hint("make them say what the database has; what is to change comes after it is adopted")
        .hint(own))
}

/// One domain for everything, unless the map names another.
fn settle(schema: &mut Schema, own: &Domain, map: Option<&DomainMap>) {
    let tables = schema.tables.values_mut().map(|table| &mut table.domain);
    let views = schema.views.values_mut().map(|view| &mut view.domain);
    let enums = schema.enums.values_mut().map(|item| &mut item.domain);
    let objects = schema.objects.values_mut().map(|object| &mut object.domain);
    tables.chain(views).chain(enums).chain(objects).for_each(|domain| domain.clone_from(own));
    if let Some(map) = map {
        map.assign(schema);
    }
}

/// The domain called as the application, else as the package, else as the folder.
fn own_domain(context: &Context<'_>) -> Result<Domain> {
    let manifest = context.view.bytes("Cargo.toml")?.unwrap_or_default();
    let manifest = String::from_utf8_lossy(&manifest).into_owned();
    let document = toml::de::DeTable::parse(&manifest).ok();
    let package =
        document.as_ref().and_then(|document| match lookup(document.get_ref(), &["package", "name"])?.get_ref() {
            toml::de::DeValue::String(name) => Some(name.clone().into_owned()),
            _ => None,
        });
    let root = context.root.canonicalize().unwrap_or_else(|_| context.root.clone());
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned());
    let names = [context.settings.app.clone(), package, folder, Some("main".to_owned())];
    let found = names.into_iter().flatten().find_map(|name| Domain::new(plain(&name)).ok());
    found.ok_or_else(|| CliError::usage("the workspace has no name"))
}

/// The name in what a domain's may have.
fn plain(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    lower.chars().map(|c| if is_plain(c) { c } else { '_' }).collect::<String>().trim_matches('_').to_owned()
}

/// How many there are of each kind, for the report.
pub(super) fn counted(schema: &Schema) -> String {
    let kinds = [
        ("table", schema.tables.len()),
        ("enum", schema.enums.len()),
        ("view", schema.views.len()),
        ("object", schema.objects.len()),
    ];
    let parts = kinds.into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(noun, count)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" })).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
