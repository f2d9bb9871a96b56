//! Answers given beforehand on the command line: how they are written, and whether they name something.
//!
//! Does not do what they say. What hints say is the snapshots'.

use std::collections::{BTreeMap, BTreeSet};

use super::{question::for_shell, rename::Mappings};
use crate::{
    hint::UsedHints,
    model::{Dialect, Enum, Schema},
    operation::Operation,
    snapshot::parse::sql::flaw_of_expression,
};

/// What people answered on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// What was renamed (`--rename`).
    pub renames: Vec<Rename>,
    /// What was not, although it looks like it: asked on a terminal and denied.
    pub denied: BTreeSet<Rename>,
    /// Nothing else was renamed (`--no-renames`).
    pub no_renames: bool,
    /// The hints that earlier migrations have used ([`crate::history::used_hints`]): each works once.
    pub used: UsedHints,
    /// SQL for existing rows by table key and column (`--backfill`).
    pub backfills: BTreeMap<(String, String), String>,
    /// SQL for type changes by table key and column (`--using`).
    pub usings: BTreeMap<(String, String), String>,
    /// Type changes by table key and column that are recorded without SQL, as the database makes them.
    pub conversions: BTreeSet<(String, String)>,
}

/// A rename.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rename {
    /// Of a table: recorded key to snapshot key.
    Table {
        /// The key in the recorded state.
        from: String,
        /// The key in the snapshots.
        to: String,
    },
    /// Of a column.
    Column {
        /// The table's key in the snapshots.
        table: String,
        /// The recorded name.
        from: String,
        /// The name in the snapshots.
        to: String,
    },
    /// Of an enum: recorded key to snapshot key.
    Enum {
        /// The key in the recorded state.
        from: String,
        /// The key in the snapshots.
        to: String,
    },
    /// Of an enum's value.
    EnumValue {
        /// The enum's key in the snapshots.
        key: String,
        /// The recorded label.
        from: String,
        /// The label in the snapshots.
        to: String,
    },
}

impl Rename {
    /// The value of the `--rename` flag that says it.
    #[must_use]
    pub fn as_flag(&self) -> String {
        match self {
            Self::Table { from, to } | Self::Enum { from, to } => format!("{}:{}", quote_key(from), quote_key(to)),
            Self::Column { table: key, from, to } | Self::EnumValue { key, from, to } => {
                format!("{}.{}:{}", quote_key(key), quote_key(from), quote_key(to))
            }
        }
    }
}

/// A flag that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidFlag {
    text: String,
    expected: &'static str,
}

/// Reads the value of `--rename`: `old:new` or `table.old:new`.
///
/// # Errors
/// When it has another form.
pub fn parse_rename(text: &str) -> Result<Rename, InvalidFlag> {
    let invalid = || InvalidFlag { text: text.to_owned(), expected: "`old:new` or `table.old:new`" };
    let (left, rest) = keys(text).ok_or_else(invalid)?;
    let (right, rest) = rest.strip_prefix(':').and_then(keys).ok_or_else(invalid)?;
    match (left.as_slice(), right.as_slice()) {
        ([from], [to]) if rest.is_empty() => Ok(Rename::Table { from: from.clone(), to: to.clone() }),
        ([table, from], [to]) if rest.is_empty() => {
            Ok(Rename::Column { table: table.clone(), from: from.clone(), to: to.clone() })
        }
        _ => Err(invalid()),
    }
}

/// Reads the value of `--backfill` and `--using`, `table.column=SQL`, as `((table, column), SQL)`.
///
/// # Errors
/// When it has another form.
pub fn parse_assignment(text: &str) -> Result<((String, String), String), InvalidFlag> {
    let invalid = || InvalidFlag { text: text.to_owned(), expected: "`table.column=SQL`" };
    let (place, rest) = keys(text).ok_or_else(invalid)?;
    let sql = rest.strip_prefix('=').map(str::trim).filter(|sql| !sql.is_empty()).ok_or_else(invalid)?;
    match place.as_slice() {
        [table, column] => Ok(((table.clone(), column.clone()), sql.to_owned())),
        _ => Err(invalid()),
    }
}

/// The key as it is written in a flag: quoted as in TOML when it is not a plain word.
#[must_use]
pub fn quote_key(key: &str) -> String {
    let is_plain =
        !key.is_empty() && key.chars().all(|c| !c.is_whitespace() && !matches!(c, '.' | ':' | '=' | '"' | '\''));
    if is_plain { key.to_owned() } else { format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// The dotted keys at the start of a text, and what follows them.
fn keys(text: &str) -> Option<(Vec<String>, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let (key, after) = if let Some(quoted) = rest.strip_prefix('"') { quoted_key(quoted)? } else { bare_key(rest) };
        if key.is_empty() {
            return None;
        }
        found.push(key);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => return Some((found, after)),
        }
    }
}

fn bare_key(text: &str) -> (String, &str) {
    let end = text.find(['.', ':', '=']).unwrap_or(text.len());
    (text[..end].trim().to_owned(), &text[end..])
}

fn quoted_key(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut characters = text.char_indices();
    while let Some((index, c)) = characters.next() {
        match c {
            '"' => return Some((key, &text[index + 1..])),
            '\\' => key.push(characters.next()?.1),
            _ => key.push(c),
        }
    }
    None
}

impl Answers {
    /// The flags that say the same, as they are typed into a shell. What was denied on a terminal has none.
    #[must_use]
    pub fn as_shell_flags(&self) -> Vec<String> {
        let assigned = |flag: &'static str, places: &BTreeMap<(String, String), String>| {
            let flag = |((table, column), sql): (&(String, String), &String)| {
                format!("{flag} {}", for_shell(format!("{}.{}={sql}", quote_key(table), quote_key(column))))
            };
            places.iter().map(flag).collect::<Vec<_>>()
        };
        let renames = self.renames.iter().map(Rename::as_shell_flag);
        let none = self.no_renames.then(|| "--no-renames".to_owned());
        renames
            .chain(none)
            .chain(assigned("--backfill", &self.backfills))
            .chain(assigned("--using", &self.usings))
            .collect()
    }

    /// The answers with each rename told to be of what it names: a flag does not say whether its key is a table's or an
    /// enum's.
    pub(super) fn resolved(&self, present: &Schema, target: &Schema) -> Self {
        let resolve = |rename: &Rename| match rename {
            Rename::Table { from, to } if present.enums.contains_key(from) && target.enums.contains_key(to) => {
                Rename::Enum { from: from.clone(), to: to.clone() }
            }
            Rename::Column { table, from, to } if target.enums.contains_key(table) => {
                Rename::EnumValue { key: table.clone(), from: from.clone(), to: to.clone() }
            }
            other => other.clone(),
        };
        Self { renames: self.renames.iter().map(resolve).collect(), ..self.clone() }
    }

    /// The flags that `operations` do not need, as messages: they would change nothing.
    #[must_use]
    pub fn unused(&self, operations: &[Operation]) -> Vec<String> {
        let unused = |flag: &'static str, why: &'static str, places: &BTreeMap<(String, String), String>| {
            let is_used = |(table, column): &(String, String)| {
                operations.iter().any(|operation| match operation {
                    Operation::AddColumn(add) => {
                        flag == "--backfill" && add.table == *table && add.column == *column && add.backfill.is_some()
                    }
                    Operation::AlterColumn(alter) => {
                        let sql = if flag == "--using" { &alter.using } else { &alter.backfill };
                        alter.table == *table && alter.column == *column && sql.is_some()
                    }
                    _ => false,
                })
            };
            let message = |(table, column): &(String, String)| {
                format!("`{flag} {}.{}=...`: {why}", quote_key(table), quote_key(column))
            };
            places.keys().filter(|place| !is_used(place)).map(message).collect::<Vec<_>>()
        };
        let backfills = unused(
            "--backfill",
            "the column is neither new in a table that is there nor becomes NOT NULL",
            &self.backfills,
        );
        unused("--using", "the type of the column does not change", &self.usings).into_iter().chain(backfills).collect()
    }

    /// The flags whose SQL would not stay in its place, as messages: it is pasted into a statement, as hints are.
    pub(super) fn flawed(&self, dialect: Dialect) -> Vec<String> {
        let flaws = |flag: &'static str, places: &BTreeMap<(String, String), String>| {
            let flaw = |((table, column), sql): (&(String, String), &String)| {
                let place = format!("{}.{}", quote_key(table), quote_key(column));
                flaw_of_expression(sql, dialect).map(|flaw| format!("`{flag} {place}={sql}`: {flaw}"))
            };
            places.iter().filter_map(flaw).collect::<Vec<_>>()
        };
        flaws("--backfill", &self.backfills).into_iter().chain(flaws("--using", &self.usings)).collect()
    }

    /// The flags that name nothing, as messages.
    pub(super) fn unknown(&self, present: &Schema, target: &Schema, mappings: &Mappings) -> Vec<String> {
        let renames = self.renames.iter().filter_map(|rename| {
            let what = missing(rename, mappings, present, target)?;
            Some(format!("`--rename {}`: {what}", rename.as_flag()))
        });
        let assigned = |flag: &'static str, places: &BTreeMap<(String, String), String>| {
            let unknown = places.keys().filter(|(table, column)| {
                !target.tables.get(table).is_some_and(|definition| definition.columns.contains_key(column))
            });
            let message = |(table, column): &(String, String)| {
                let place = format!("{}.{}", quote_key(table), quote_key(column));
                format!("`{flag} {place}=...`: the snapshots have no such column")
            };
            unknown.map(message).collect::<Vec<_>>()
        };
        renames.chain(assigned("--backfill", &self.backfills)).chain(assigned("--using", &self.usings)).collect()
    }
}

/// What the rename names that is not there.
fn missing(rename: &Rename, mappings: &Mappings, present: &Schema, target: &Schema) -> Option<String> {
    match rename {
        Rename::Table { from, to } | Rename::Enum { from, to } if from == to => {
            Some(format!("`{from}` would keep its name"))
        }
        Rename::Column { from, to, .. } | Rename::EnumValue { from, to, .. } if from == to => {
            Some(format!("`{from}` would keep its name"))
        }
        Rename::Table { from, to } => {
            if !present.tables.contains_key(from) {
                Some(format!("no table or enum `{from}` is recorded"))
            } else if !target.tables.contains_key(to) {
                Some(format!("the snapshots have no table or enum `{to}`"))
            } else {
                None
            }
        }
        Rename::Column { table, from, to } => {
            let Some(wanted) = target.tables.get(table) else {
                return Some(format!("the snapshots have no table or enum `{table}`"));
            };
            let known = mappings.tables.before(table).and_then(|before| present.tables.get(before));
            let Some(known) = known else {
                return Some(format!("table `{table}` is new, no column of it is recorded"));
            };
            if !known.columns.contains_key(from) {
                Some(format!("no column `{from}` of `{table}` is recorded"))
            } else if !wanted.columns.contains_key(to) {
                Some(format!("the snapshots have no column `{table}.{to}`"))
            } else {
                None
            }
        }
        // Resolved only when both are there.
        Rename::Enum { .. } => None,
        Rename::EnumValue { key, from, to } => {
            let known = mappings.enums.before(key).and_then(|before| present.enums.get(before));
            let has = |definition: Option<&Enum>, value| definition.is_some_and(|item| item.values.contains(value));
            if !has(known, from) {
                Some(format!("no value `{from}` of enum `{key}` is recorded"))
            } else if !has(target.enums.get(key), to) {
                Some(format!("the snapshots have no value `{to}` of enum `{key}`"))
            } else {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_with_and_without_quotes() {
        let column = Rename::Column { table: "a.b".into(), from: "c".into(), to: "d e".into() };
        assert_eq!(parse_rename(r#""a.b".c:"d e""#), Ok(column.clone()));
        assert_eq!(column.as_flag(), r#""a.b".c:"d e""#);
        assert_eq!(parse_rename("old:new"), Ok(Rename::Table { from: "old".into(), to: "new".into() }));
        for wrong in ["", "a", "a:", ":b", "a.b.c:d", "a:b.c", "a:b:c", "\"a:b"] {
            assert!(parse_rename(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_assignment_keeps_its_sql_as_it_is() {
        let parsed = parse_assignment("ticket.title=first || '=' || last").unwrap();
        assert_eq!(parsed, (("ticket".into(), "title".into()), "first || '=' || last".into()));
        for wrong in ["ticket=1", "ticket.a", "ticket.a=", "a.b.c=1"] {
            assert!(parse_assignment(wrong).is_err(), "{wrong}");
        }
    }
}
