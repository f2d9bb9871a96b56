//! The connection parameters of libpq: their names, the variables that stand for them, and from where each value came. Must
//! not judge a value, and must not print one: any of them can be a password.

use std::collections::BTreeMap;
use std::fmt;

use super::parts::decode;
use crate::error::Error;

/// Who gave a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The URL itself.
    Url,
    /// A variable of the environment, or of `.env`.
    Variable(&'static str),
    /// A section of a service file.
    Service(String),
}

/// A parameter's value, decoded.
#[derive(Clone)]
pub(super) struct Value {
    pub(super) text: String,
    /// As it stands where it was given.
    pub(super) written: String,
    pub(super) origin: Origin,
}

/// How a parameter is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// As libpq does.
    Honoured,
    /// The connection is as if it had one of these values, in lower case; any other one is refused.
    Fixed(&'static [&'static str]),
    /// Nothing depends on it here; that it is set is a warning.
    Unused,
}

/// A parameter that libpq knows.
pub(super) struct Known {
    /// Its name, empty for what is only a variable.
    pub(super) keyword: &'static str,
    pub(super) variable: Option<&'static str>,
    pub(super) use_: Use,
}

const fn honoured(keyword: &'static str, variable: Option<&'static str>) -> Known {
    Known { keyword, variable, use_: Use::Honoured }
}

const fn fixed(keyword: &'static str, variable: Option<&'static str>, values: &'static [&'static str]) -> Known {
    Known { keyword, variable, use_: Use::Fixed(values) }
}

const fn unused(keyword: &'static str, variable: Option<&'static str>) -> Known {
    Known { keyword, variable, use_: Use::Unused }
}

/// Nothing but an empty value.
const NONE: &[&str] = &[];

/// All of them, those of `docs/connections.md`.
pub(super) const KNOWN: &[Known] = &[
    honoured("host", Some("PGHOST")),
    honoured("hostaddr", Some("PGHOSTADDR")),
    honoured("port", Some("PGPORT")),
    honoured("dbname", Some("PGDATABASE")),
    honoured("user", Some("PGUSER")),
    honoured("password", Some("PGPASSWORD")),
    honoured("passfile", Some("PGPASSFILE")),
    honoured("service", Some("PGSERVICE")),
    honoured("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    honoured("options", Some("PGOPTIONS")),
    honoured("application_name", Some("PGAPPNAME")),
    honoured("fallback_application_name", None),
    honoured("sslmode", Some("PGSSLMODE")),
    honoured("sslrootcert", Some("PGSSLROOTCERT")),
    honoured("sslcert", Some("PGSSLCERT")),
    honoured("sslkey", Some("PGSSLKEY")),
    honoured("sslcrl", Some("PGSSLCRL")),
    honoured("sslsni", Some("PGSSLSNI")),
    honoured("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION")),
    honoured("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION")),
    honoured("channel_binding", Some("PGCHANNELBINDING")),
    honoured("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    honoured("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    honoured("keepalives", None),
    honoured("keepalives_idle", None),
    honoured("keepalives_interval", None),
    honoured("keepalives_count", None),
    honoured("tcp_user_timeout", None),
    fixed("sslnegotiation", Some("PGSSLNEGOTIATION"), &["postgres"]),
    fixed("sslcertmode", Some("PGSSLCERTMODE"), &["allow"]),
    fixed("sslcompression", Some("PGSSLCOMPRESSION"), &["0", "1"]),
    fixed("sslcrldir", Some("PGSSLCRLDIR"), NONE),
    fixed("sslpassword", None, NONE),
    fixed("requirepeer", Some("PGREQUIREPEER"), NONE),
    fixed("require_auth", Some("PGREQUIREAUTH"), NONE),
    fixed("gssencmode", Some("PGGSSENCMODE"), &["disable", "prefer"]),
    fixed("gssdelegation", Some("PGGSSDELEGATION"), &["0"]),
    fixed("replication", None, &["false", "off", "no", "0"]),
    fixed("client_encoding", None, &["utf8", "utf-8", "unicode", "auto"]),
    fixed("min_protocol_version", Some("PGMINPROTOCOLVERSION"), &["3.0"]),
    fixed("max_protocol_version", Some("PGMAXPROTOCOLVERSION"), &["3.0", "3.2", "latest"]),
    unused("krbsrvname", Some("PGKRBSRVNAME")),
    unused("gsslib", Some("PGGSSLIB")),
    unused("", Some("PGCLIENTENCODING")),
    unused("", Some("PGDATESTYLE")),
    unused("", Some("PGTZ")),
    unused("", Some("PGGEQO")),
];

/// The parameters of one connection. What was given first stays: the URL comes before a service, and that before variables.
#[derive(Clone, Default)]
pub(super) struct Parameters {
    values: BTreeMap<&'static str, Value>,
    /// What is set and has no effect.
    pub(super) unused: Vec<Origin>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the URL"),
            Self::Variable(name) => write!(f, "`{name}`"),
            Self::Service(name) => write!(f, "the service `{name}`"),
        }
    }
}

impl Parameters {
    /// A parameter of the URL; a later one counts.
    pub(super) fn set(&mut self, keyword: &'static str, written: &str) -> Result<(), Error> {
        let text = decode(written)?;
        // An empty one is as good as none: what comes after the URL may say it.
        if text.is_empty() {
            self.values.remove(keyword);
            return Ok(());
        }
        self.values.insert(keyword, Value { text, written: written.to_owned(), origin: Origin::Url });
        Ok(())
    }

    /// A parameter from elsewhere, unless it is there already.
    pub(super) fn add(&mut self, known: &Known, text: &str, origin: Origin) {
        if known.use_ == Use::Unused {
            self.unused.push(origin);
        } else if !text.is_empty() {
            let value = || Value { text: text.to_owned(), written: text.to_owned(), origin };
            self.values.entry(known.keyword).or_insert_with(value);
        }
    }

    /// A value that is not empty.
    pub(super) fn get(&self, keyword: &str) -> Option<&str> {
        self.value(keyword).map(|value| value.text.as_str())
    }

    pub(super) fn value(&self, keyword: &str) -> Option<&Value> {
        self.values.get(keyword).filter(|value| !value.text.is_empty())
    }

    /// A list of values with commas between; empty without any.
    pub(super) fn list(&self, keyword: &str) -> Vec<String> {
        self.get(keyword).map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
    }

    /// One of a few values.
    pub(super) fn choice<T: Copy>(&self, keyword: &str, choices: &[(&str, T)]) -> Result<Option<T>, Error> {
        let Some(value) = self.value(keyword) else { return Ok(None) };
        match choices.iter().find(|(name, _)| *name == value.text) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
                Err(value.refuse(keyword, &format!("is none of {}", names.join(", "))))
            }
        }
    }

    /// A whole number.
    pub(super) fn number(&self, keyword: &str) -> Result<Option<i64>, Error> {
        let Some(value) = self.value(keyword) else { return Ok(None) };
        match value.text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(value.refuse(keyword, "is not a whole number")),
        }
    }

    /// Fails for what cannot be honoured.
    pub(super) fn refuse_unsupported(&self) -> Result<(), Error> {
        for known in KNOWN {
            if let (Use::Fixed(allowed), Some(value)) = (known.use_, self.value(known.keyword))
                && !allowed.contains(&value.text.to_ascii_lowercase().as_str())
            {
                let but = match allowed {
                    [] => "is not supported".to_owned(),
                    allowed => format!("is supported only as `{}`", allowed.join("`, `")),
                };
                return Err(value.refuse(known.keyword, &but));
            }
        }
        Ok(())
    }
}

impl Value {
    /// Why a value cannot be used, without the value.
    pub(super) fn refuse(&self, keyword: &str, why: &str) -> Error {
        match &self.origin {
            Origin::Url => Error::url(format!("`{keyword}` {why}")),
            origin @ Origin::Variable(_) => Error::connection(format!("{origin} {why}")),
            origin @ Origin::Service(_) => Error::connection(format!("`{keyword}` of {origin} {why}")),
        }
    }
}

/// What libpq calls a parameter.
pub(super) fn known(keyword: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| !keyword.is_empty() && known.keyword == keyword)
}
