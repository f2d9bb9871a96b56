//! What only a person knows, as data: the text to ask and the flag for each answer.
//!
//! Asks nobody: a terminal does, or a script gets the flags.

use super::{Rename, answer::quote_key, offer::Offer};

/// A question about the next migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Something goes, and what comes resembles it.
    Rename {
        /// What it may have become, best first; never empty, and all of one thing.
        candidates: Vec<Rename>,
        /// How many more there are.
        more: usize,
    },
    /// Rows that exist already need a value.
    Backfill {
        /// The table's key.
        table: String,
        /// The column.
        column: String,
        /// Its type, as in snapshots.
        data_type: String,
        /// A new column, or one that stops being nullable.
        is_new: bool,
    },
    /// No cast leads from one type to the other, or one that alters values without an error.
    Using {
        /// The table's key.
        table: String,
        /// The column.
        column: String,
        /// The recorded type.
        from: String,
        /// The wanted type.
        to: String,
        /// What the database would do by itself, where that alters values; `None` where there is no cast.
        offer: Option<Offer>,
    },
}

/// One way to answer: what it means and the flag that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What happens then.
    pub meaning: String,
    /// The flag as it is typed into a shell.
    pub flag: String,
}

impl Question {
    /// The question as a sentence.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Rename { candidates, more } => {
                let (gone, comes) = match candidates.first() {
                    Some(Rename::Table { from, to }) => (format!("table `{from}`"), to),
                    Some(Rename::Column { table, from, to }) => (format!("column `{table}.{from}`"), to),
                    Some(Rename::Enum { from, to }) => (format!("enum `{from}`"), to),
                    Some(Rename::EnumValue { key, from, to }) => (format!("value `{from}` of enum `{key}`"), to),
                    None => return String::new(),
                };
                if candidates.len() + more == 1 {
                    format!("{gone} goes and `{comes}` comes: was it renamed?")
                } else {
                    format!("{gone} goes: was it renamed?")
                }
            }
            Self::Backfill { table, column, data_type, is_new: true } => format!(
                "`{table}.{column}` ({data_type}) is new, NOT NULL and has no default: what do existing rows get?"
            ),
            Self::Backfill { table, column, data_type, is_new: false } => {
                format!("`{table}.{column}` ({data_type}) becomes NOT NULL: what do existing rows get that hold NULL?")
            }
            Self::Using { table, column, from, to, offer: Some(offer) } => format!(
                "`{table}.{column}` becomes {to}, and {from} values would change without an error ({}): what do they become?",
                offer.alters
            ),
            Self::Using { table, column, from, to, offer: None } => {
                format!("no cast leads from {from} to {to}: how does `{table}.{column}` become {to}?")
            }
        }
    }

    /// Every answer with its flag. A value is written as `<SQL>`.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let place = |table: &str, column: &str| format!("{}.{}", quote_key(table), quote_key(column));
        match self {
            Self::Rename { candidates, .. } => {
                let choice = |rename: &Rename| Choice { meaning: rename.kept(), flag: rename.as_shell_flag() };
                let lost = candidates
                    .first()
                    .map(|rename| Choice { meaning: rename.lost(candidates.len()), flag: "--no-renames".to_owned() });
                candidates.iter().map(choice).chain(lost).collect()
            }
            Self::Backfill { table, column, .. } => vec![Choice {
                meaning: "a SQL expression, it may read other columns of the row".to_owned(),
                flag: format!("--backfill {}", for_shell(format!("{}=<SQL>", place(table, column)))),
            }],
            Self::Using { table, column, offer, .. } => {
                let flag = |sql: &str| format!("--using {}", for_shell(format!("{}={sql}", place(table, column))));
                let offered = offer.iter().map(|offer| Choice {
                    meaning: format!("as the database does it: {}", offer.alters),
                    flag: flag(&offer.sql),
                });
                let meaning = if offer.is_some() {
                    "another SQL expression over the row"
                } else {
                    "a SQL expression over the row"
                };
                offered.chain([Choice { meaning: meaning.to_owned(), flag: flag("<SQL>") }]).collect()
            }
        }
    }
}

impl Rename {
    /// The flag that says it, as it is typed into a shell.
    #[must_use]
    pub fn as_shell_flag(&self) -> String {
        format!("--rename {}", for_shell(self.as_flag()))
    }

    /// What taking it means.
    fn kept(&self) -> String {
        match self {
            Self::Table { to, .. } => format!("renamed to `{to}`; its rows stay"),
            Self::Column { to, .. } => format!("renamed to `{to}`; its values stay"),
            Self::Enum { to, .. } => format!("renamed to `{to}`; its columns follow"),
            Self::EnumValue { to, .. } => format!("renamed to `{to}`; rows that have it follow"),
        }
    }

    /// What taking none of `count` candidates means.
    fn lost(&self, count: usize) -> String {
        let none = if count == 1 { "no" } else { "none of them" };
        let what = match self {
            Self::Table { .. } => "drop the old table with its rows, and create a new one",
            Self::Column { .. } => "drop the old column with its values, and add a new one",
            Self::Enum { .. } => "drop the old enum, and create a new one",
            Self::EnumValue { .. } => "remove the old value, which no row may have then, and add a new one",
        };
        format!("{none}: {what}")
    }
}

/// A word as it is typed into a shell, quoted when that would change it: keys may have quotes of their own. `<SQL>` is
/// replaced before anything is typed.
#[must_use]
pub fn for_shell(value: String) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.:=/".contains(c);
    let is_whole = value.replace("<SQL>", "").chars().all(is_plain);
    if is_whole { value } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_survive_a_shell() {
        let flag = |column: &str| {
            let question = Question::Backfill {
                table: "ticket".into(),
                column: column.into(),
                data_type: "integer".into(),
                is_new: true,
            };
            question.choices().remove(0).flag
        };
        assert_eq!(flag("size"), "--backfill ticket.size=<SQL>");
        assert_eq!(flag("a.b"), "--backfill 'ticket.\"a.b\"=<SQL>'");
        assert_eq!(flag("it's"), r#"--backfill 'ticket."it'\''s"=<SQL>'"#);
        assert_eq!(flag("$HOME"), "--backfill 'ticket.$HOME=<SQL>'");
    }
}
