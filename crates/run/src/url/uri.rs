//! The text of a `postgres://` URL as connection parameters. Must not repeat any of it in an error.

use super::parameters::{Parameters, Use, known};
use super::parts::decode;
use crate::error::Error;

/// What follows `postgres://`.
pub(super) fn read(rest: &str) -> Result<Parameters, Error> {
    // The user and the password end at an `@` that comes before any `/`, as in libpq: they may have a `?`.
    let before_slash = &rest[..rest.find('/').unwrap_or(rest.len())];
    let (credentials, rest) = match before_slash.rfind('@') {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    if rest.contains('@') || credentials.is_some_and(|text| text.contains('@')) {
        return Err(Error::url(
            "it has a `@` too many, or a `/` before it: in a password they are written `%40` and `%2F`",
        ));
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = place.split_once('/').unwrap_or((place, ""));

    let mut parameters = Parameters::default();
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        parameters.set("user", user)?;
        parameters.set("password", password)?;
    }
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',').filter(|_| !hosts.is_empty()) {
        let (name, port) = split_port(host)?;
        names.push(name);
        ports.push(port);
    }
    parameters.set("host", &names.join(","))?;
    if ports.iter().any(|port| !port.is_empty()) {
        parameters.set("port", &ports.join(","))?;
    }
    parameters.set("dbname", database)?;
    for (index, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        parameter(&mut parameters, index + 1, pair)?;
    }
    Ok(parameters)
}

fn parameter(parameters: &mut Parameters, number: usize, pair: &str) -> Result<(), Error> {
    let Some((name, written)) = pair.split_once('=') else {
        return Err(Error::url(format!("its parameter {number} has no `=`; in a value `&` is written `%26`")));
    };
    let name = decode(name)?;
    // As in libpq, for what JDBC writes.
    if name == "ssl" && written == "true" {
        return parameters.set("sslmode", "require");
    }
    match known(&name) {
        Some(known) if known.use_ == Use::Unused => {
            Err(Error::url(format!("its parameter `{}` is not supported", known.keyword)))
        }
        Some(known) => parameters.set(known.keyword, written),
        // Its name can be the second half of a password with a `&`.
        None => Err(Error::url(format!(
            "its parameter {number} is not known; libpq's are, see `docs/connections.md` of makemigrations"
        ))),
    }
}

/// `host:port`, where the host may be `[an IPv6 address]`.
fn split_port(host: &str) -> Result<(&str, &str), Error> {
    if host.starts_with('[') {
        let end = host.find(']').ok_or_else(|| Error::url("a `[` in its host is not closed"))?;
        let (name, port) = host.split_at(end + 1);
        return match port.strip_prefix(':') {
            Some(port) => Ok((name, port)),
            None if port.is_empty() => Ok((name, "")),
            None => Err(Error::url("something other than `:port` follows the `]` of its host")),
        };
    }
    Ok(host.split_once(':').unwrap_or((host, "")))
}
