//! Asks on a terminal what only a person knows, and elsewhere says which flag answers. Must not know what follows from
//! an answer.

use dialoguer::{
    Confirm, Input, Select,
    console::Term,
    theme::{ColorfulTheme, SimpleTheme, Theme},
};
use makemigrations_plan::{
    diff::{Answers, Question},
    model::Dialect,
};

use super::{Paint, Terminal};
use crate::error::{CliError, FailureKind, Result};

/// Candidates that are listed for all questions together where nobody can choose; every question has a few.
const LISTED: usize = 600;
const LISTED_OF_EACH: usize = 3;

/// What a person types instead of SQL.
const STOP: &str = "stop";
const NULLABLE: &str = "nullable";

/// Who asks.
pub(crate) struct Asking<'a> {
    /// The dialect of answers in SQL.
    pub(crate) dialect: Dialect,
    /// Whether a person may be asked.
    pub(crate) may_ask: bool,
    /// The command, for whoever goes on later.
    pub(crate) command: &'a str,
    /// Whether the snapshots may still say that a column is nullable.
    pub(crate) is_of_snapshots: bool,
}

impl Terminal {
    /// Adds the answer to the first of the questions to `answers`: it may settle others, or make some that nobody could have
    /// asked before.
    ///
    /// Without a person to ask, or with `--no-input`, the error names the flag of every answer.
    pub(crate) fn answer(&self, questions: &[Question], answers: &mut Answers, asking: &Asking<'_>) -> Result<()> {
        let Asking { may_ask, command, is_of_snapshots, .. } = *asking;
        if !may_ask || !self.is_interactive {
            return Err(unanswered(questions, answers, command));
        }
        let Some(question) = questions.first() else { return Ok(()) };
        let width = width();
        self.always(&format!("{} {}", self.paint(Paint::Strong, "?"), wrapped(&question.text(), width, 2)));
        let stop = |answers: &Answers, why: &str| {
            let error = CliError::new(FailureKind::Interrupted, format!("{why}, nothing is written"));
            match answers.as_shell_flags().as_slice() {
                [] => error,
                flags => error.hint(format!("with the answers so far: `{command} {}`", flags.join(" "))),
            }
        };
        match question {
            Question::Rename { candidates, more } => {
                if *more > 0 {
                    let flag = candidates.first().map(|rename| rename.as_shell_flag()).unwrap_or_default();
                    self.always(&wrapped(
                        &format!(
                            "the {} best of {}; any other is a flag like `{flag}`",
                            candidates.len(),
                            candidates.len() + more
                        ),
                        width,
                        2,
                    ));
                }
                let meanings = question.choices().into_iter().map(|choice| choice.meaning);
                let meanings: Vec<String> = meanings.chain(["stop here, nothing is written".to_owned()]).collect();
                let items = meanings.iter().map(|meaning| cut(meaning, width.saturating_sub(4)));
                let theme = self.theme();
                let select = Select::with_theme(theme.as_ref()).items(items).default(0);
                let chosen = select.interact().map_err(|error| gone(&error))?;
                if chosen == candidates.len() + 1 {
                    return Err(stop(answers, "stopped"));
                }
                self.always(&format!("  {}", wrapped(&meanings[chosen], width, 2)));
                match candidates.get(chosen) {
                    Some(rename) => answers.renames.push(rename.clone()),
                    None => answers.denied.extend(candidates.iter().cloned()),
                }
            }
            Question::Backfill { table, column, data_type, is_new } => {
                let nullable = if *is_new {
                    format!("`{NULLABLE}` if rows may hold NULL instead")
                } else {
                    format!("`{NULLABLE}` if it stays nullable")
                };
                let ways =
                    format!("type a literal or a SQL expression over the row; {nullable}; `{STOP}` to stop here");
                self.always(&format!("  {}", wrapped(&ways, width, 2)));
                match self.ask_sql(question, asking)?.as_str() {
                    STOP => return Err(stop(answers, "stopped")),
                    NULLABLE if is_of_snapshots => {
                        let edit = format!(
                            "in its snapshot: `{column} = {{ type = \"{data_type}\", nullable = true }}` below \
                             `[tables.{table}.columns]`, beside what it says already; then `{command}`"
                        );
                        return Err(stop(answers, &format!("`{table}.{column}` is to be nullable")).hint(edit));
                    }
                    sql => answers.backfills.insert((table.clone(), column.clone()), sql.to_owned()),
                };
            }
            Question::Using { table, column, offer, .. } => {
                let enter = if offer.is_some() { "Enter for what the database does by itself, or " } else { "" };
                let ways = format!("{enter}type a SQL expression over the row; `{STOP}` to stop here");
                self.always(&format!("  {}", wrapped(&ways, width, 2)));
                match self.ask_sql(question, asking)?.as_str() {
                    STOP => return Err(stop(answers, "stopped")),
                    sql => answers.usings.insert((table.clone(), column.clone()), sql.to_owned()),
                };
            }
        }
        Ok(())
    }

    /// One line of SQL, or one of the words that stand for something else.
    fn ask_sql(&self, question: &Question, asking: &Asking<'_>) -> Result<String> {
        let may_be_nullable = asking.is_of_snapshots && matches!(question, Question::Backfill { .. });
        let is_word = |text: &str| text == STOP || (text == NULLABLE && may_be_nullable);
        let theme = self.theme();
        let input = Input::<String>::with_theme(theme.as_ref()).with_prompt("SQL").allow_empty(true).report(false);
        let input = input.validate_with(|text: &String| match text.trim() {
            word if is_word(word) => Ok(()),
            sql => question.check_sql(asking.dialect, sql),
        });
        let input = match question {
            Question::Using { offer: Some(offer), .. } => input.default(offer.sql.clone()),
            Question::Using { offer: None, .. } | Question::Backfill { .. } | Question::Rename { .. } => input,
        };
        let text = input.interact_text().map_err(|error| gone(&error))?;
        let text = text.trim().to_owned();
        if !is_word(&text) {
            self.always(&format!("  {}", wrapped(&text, width(), 2)));
        }
        Ok(text)
    }

    /// Whether to go on; no without a person to ask.
    pub(crate) fn confirm(&self, text: &str) -> Result<bool> {
        if !self.is_interactive {
            return Ok(false);
        }
        let theme = self.theme();
        let confirm = Confirm::with_theme(theme.as_ref()).with_prompt(text).default(false).wait_for_newline(true);
        confirm.interact().map_err(|error| gone(&error))
    }

    /// How questions look.
    fn theme(&self) -> Box<dyn Theme> {
        if self.colored { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) }
    }
}

/// The columns of the terminal.
fn width() -> usize {
    usize::from(Term::stderr().size().1).max(20)
}

/// A text in lines of at most `width` columns, those after the first `indent` further right. Words that are longer stay
/// whole: they can be pasted.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent + 1).max(10);
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > room {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// A text that fits one line: what is drawn again must not be longer.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let start: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{start}…")
}

fn gone(error: &dialoguer::Error) -> CliError {
    let dialoguer::Error::IO(io) = error;
    if io.kind() == std::io::ErrorKind::Interrupted {
        // The list of choices had hidden it.
        drop(Term::stderr().show_cursor());
        return CliError::new(FailureKind::Interrupted, "interrupted, nothing is written");
    }
    CliError::usage(format!("no answer could be read: {error}"))
}

/// Every question with the flag for each answer.
fn unanswered(questions: &[Question], answers: &Answers, command: &str) -> CliError {
    let mut message = if questions.len() == 1 {
        "a question has to be answered first".to_owned()
    } else {
        format!("{} questions have to be answered first", questions.len())
    };
    let listed = (LISTED / questions.len().max(1)).max(LISTED_OF_EACH);
    for question in questions {
        message += &format!("\n\n  {}", question.text());
        let choices = question.choices();
        let (hidden, more) = match question {
            Question::Rename { candidates, more } => (candidates.len().saturating_sub(listed), *more),
            Question::Backfill { .. } | Question::Using { .. } => (0, 0),
        };
        let shown = choices.len() - hidden - 1;
        for (index, choice) in choices.iter().enumerate() {
            if index == shown && hidden + more > 0 {
                message += &format!("\n    {:40}  and {} more, with a flag like those", "", hidden + more);
            }
            if index < shown || index + 1 == choices.len() {
                message += &format!("\n    {:40}  {}", choice.flag, choice.meaning);
            }
        }
    }
    let hint = match answers.as_shell_flags().as_slice() {
        [] => "run the command again with the flags of your answers".to_owned(),
        flags => {
            format!("run the command again with the flags of your answers: `{command} {}` and those", flags.join(" "))
        }
    };
    CliError::usage(message + "\n").hint(hint)
}

#[cfg(test)]
mod tests {
    use makemigrations_plan::diff::Rename;

    use super::*;

    fn table(from: &str, to: &str) -> Rename {
        Rename::Table { from: from.into(), to: to.into() }
    }

    #[test]
    fn without_a_terminal_every_answer_is_a_flag() {
        let rename = Question::Rename { candidates: vec![table("request", "ticket")], more: 0 };
        let backfill = Question::Backfill {
            table: "ticket".into(),
            column: "priority".into(),
            data_type: "integer".into(),
            is_new: true,
        };
        let mut answers = Answers { renames: vec![table("a", "b")], ..Answers::default() };
        let before = answers.clone();
        let asking = Asking {
            dialect: Dialect::Postgres,
            may_ask: true,
            command: "cargo xtask makemigrations",
            is_of_snapshots: true,
        };
        let error = Terminal::plain().answer(&[rename, backfill], &mut answers, &asking);
        let error = error.unwrap_err();
        for flag in ["--rename request:ticket", "--no-renames", "--backfill ticket.priority=<SQL>"] {
            assert!(error.message.contains(flag), "{}", error.message);
        }
        assert!(error.hints[0].contains("`cargo xtask makemigrations --rename a:b`"), "{:?}", error.hints);
        assert_eq!((error.kind.exit_code(), answers), (2, before));
    }

    #[test]
    fn of_many_candidates_the_best_are_listed() {
        let candidates: Vec<_> = (0..50).map(|number| table("a", &format!("b{number}"))).collect();
        let question = Question::Rename { candidates, more: 250 };
        let one = unanswered(std::slice::from_ref(&question), &Answers::default(), "").message;
        assert_eq!(one.matches("--rename").count(), 50, "{one}");
        assert!(one.contains("and 250 more") && one.contains("--no-renames"), "{one}");
        let many = unanswered(&vec![question; 300], &Answers::default(), "").message;
        assert_eq!(many.matches("--rename").count(), 300 * LISTED_OF_EACH);
        assert!(many.contains("and 297 more"), "{many}");
    }

    #[test]
    fn texts_are_wrapped_to_the_width_and_choices_cut() {
        // Of 13 columns, 2 are the indent and the last one stays free.
        let text = wrapped("three four three four5", 13, 2);
        assert_eq!(text, "three four\n  three\n  four5");
        assert_eq!((cut("abcdef", 4).as_str(), cut("abc", 4).as_str()), ("abc…", "abc"));
    }
}
