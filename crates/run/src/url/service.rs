//! The service files of libpq: sections of parameters under a name. Must not repeat a value: one can be a password.

use std::path::Path;

use super::parameters::{Origin, Parameters, Use, known};
use super::surroundings::Surroundings;
use crate::error::Error;

/// Adds the parameters of the service that is named, if one is.
pub(super) fn complete(parameters: &mut Parameters, surroundings: &Surroundings) -> Result<(), Error> {
    let named = parameters.get("service").or_else(|| surroundings.variable("PGSERVICE")).map(str::to_owned);
    let Some(name) = named else { return Ok(()) };
    let files = surroundings.service_files();
    for path in &files {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::connection(format!("cannot read `{}`: {error}", path.display()))),
        };
        if add(parameters, &name, path, &text)? {
            return Ok(());
        }
    }
    let looked: Vec<_> = files.iter().map(|path| format!("`{}`", path.display())).collect();
    let looked = if looked.is_empty() { "no file".to_owned() } else { looked.join(", ") };
    Err(Error::connection(format!("the service `{name}` is not defined: looked in {looked}")))
}

/// Adds the section of that name; says whether there is one.
fn add(parameters: &mut Parameters, name: &str, path: &Path, text: &str) -> Result<bool, Error> {
    let mut is_found = false;
    let mut is_inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if is_found {
                return Ok(true);
            }
            is_inside = section == name;
            is_found |= is_inside;
            continue;
        }
        if !is_inside {
            continue;
        }
        let wrong = |what: &str| Error::connection(format!("`{}:{number}`: {what}", path.display()));
        let (keyword, value) = line.split_once('=').ok_or_else(|| wrong("the line is not `parameter=value`"))?;
        match known(keyword.trim()) {
            Some(known) if known.keyword == "service" => return Err(wrong("a service cannot name another one")),
            Some(known) if known.use_ == Use::Unused => {
                return Err(wrong(&format!("`{}` is not supported", known.keyword)));
            }
            Some(known) => parameters.add(known, value.trim(), Origin::Service(name.to_owned())),
            None => return Err(wrong("the parameter is not known")),
        }
    }
    Ok(is_found)
}
