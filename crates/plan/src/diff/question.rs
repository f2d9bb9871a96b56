//! What only a person knows, as data: the text to ask and the flag for each answer.
//!
//! Asks nobody: a terminal does, or a script gets the flags.

use super::{Rename, answer::quote_key};

/// A question about the next migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Something is gone and something of the same shape is new.
    Rename(Rename),
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
    /// No cast leads from one type to the other.
    Using {
        /// The table's key.
        table: String,
        /// The column.
        column: String,
        /// The recorded type.
        from: String,
        /// The wanted type.
        to: String,
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
            Self::Rename(Rename::Table { from, to }) => {
                format!("table `{from}` is gone and `{to}` has the same columns: was it renamed?")
            }
            Self::Rename(Rename::Column { table, from, to }) => {
                format!("column `{table}.{from}` is gone and `{to}` has the same type: was it renamed?")
            }
            Self::Rename(Rename::Enum { from, to }) => {
                format!("enum `{from}` is gone and `{to}` has the same values: was it renamed?")
            }
            Self::Rename(Rename::EnumValue { key, from, to }) => {
                format!("value `{from}` of enum `{key}` is gone and `{to}` stands in its place: was it renamed?")
            }
            Self::Backfill { table, column, data_type, is_new: true } => format!(
                "`{table}.{column}` ({data_type}) is new, NOT NULL and has no default: what do existing rows get?"
            ),
            Self::Backfill { table, column, data_type, is_new: false } => {
                format!("`{table}.{column}` ({data_type}) becomes NOT NULL: what do existing rows get that hold NULL?")
            }
            Self::Using { table, column, from, to } => {
                format!("no cast leads from {from} to {to}: how does `{table}.{column}` become {to}?")
            }
        }
    }

    /// Every answer with its flag. A value is written as `<SQL>`.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let place = |table: &str, column: &str| format!("{}.{}", quote_key(table), quote_key(column));
        match self {
            Self::Rename(rename) => vec![
                Choice { meaning: rename.kept().to_owned(), flag: format!("--rename {}", for_shell(rename.as_flag())) },
                Choice { meaning: rename.lost().to_owned(), flag: "--no-renames".to_owned() },
            ],
            Self::Backfill { table, column, .. } => vec![Choice {
                meaning: "a SQL expression, it may read other columns of the row".to_owned(),
                flag: format!("--backfill {}", for_shell(format!("{}=<SQL>", place(table, column)))),
            }],
            Self::Using { table, column, .. } => vec![Choice {
                meaning: "a SQL expression over the row".to_owned(),
                flag: format!("--using {}", for_shell(format!("{}=<SQL>", place(table, column)))),
            }],
        }
    }
}

impl Rename {
    /// What yes means.
    fn kept(&self) -> &'static str {
        match self {
            Self::Table { .. } | Self::Column { .. } => "yes, renamed; its rows stay",
            Self::Enum { .. } => "yes, renamed; its columns follow",
            Self::EnumValue { .. } => "yes, renamed; rows that have it follow",
        }
    }

    /// What no means.
    fn lost(&self) -> &'static str {
        match self {
            Self::Table { .. } | Self::Column { .. } => "no, drop the old one with its data and add a new one",
            Self::Enum { .. } => "no, drop the old one and create a new one",
            Self::EnumValue { .. } => "no, remove the old one, which no row may have then, and add a new one",
        }
    }
}

/// The value of a flag, quoted when a shell would change it: keys may have quotes of their own. `<SQL>` is replaced before
/// anything is typed.
/// A word as it is typed into a shell.
#[must_use]
pub fn for_shell(value: String) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.:=/<>".contains(c);
    if value.chars().all(is_plain) { value } else { format!("'{}'", value.replace('\'', r"'\''")) }
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
