//! Asks on a terminal what only a person knows, and elsewhere says which flag answers. Must not know what follows from
//! an answer.

use dialoguer::{
    Confirm, Input, Select,
    theme::{ColorfulTheme, SimpleTheme, Theme},
};
use makemigrations_plan::diff::{Answers, Question};

use super::Terminal;
use crate::error::{CliError, Kind, Result};

impl Terminal {
    /// Adds the answers to the questions to `answers`.
    ///
    /// Without a person to ask, or with `--no-input`, the error names the flag of every answer.
    pub(crate) fn answer(&self, questions: &[Question], answers: &mut Answers, may_ask: bool) -> Result<()> {
        if !may_ask || !self.is_interactive {
            return Err(unanswered(questions));
        }
        for question in questions {
            ask(question, answers, self.theme().as_ref())?;
        }
        Ok(())
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

fn ask(question: &Question, answers: &mut Answers, theme: &dyn Theme) -> Result<()> {
    match question {
        Question::Rename(rename) => {
            let meanings = question.choices().into_iter().map(|choice| choice.meaning);
            let select = Select::with_theme(theme).with_prompt(question.text()).items(meanings);
            let is_renamed = select.default(0).interact().map_err(|error| gone(&error))? == 0;
            let answered = if is_renamed { &mut answers.renames } else { &mut answers.denied };
            answered.push(rename.clone());
        }
        Question::Backfill { table, column, .. } => {
            answers.backfills.insert((table.clone(), column.clone()), ask_sql(question, theme)?);
        }
        Question::Using { table, column, .. } => {
            answers.usings.insert((table.clone(), column.clone()), ask_sql(question, theme)?);
        }
    }
    Ok(())
}

fn ask_sql(question: &Question, theme: &dyn Theme) -> Result<String> {
    let meaning = question.choices().into_iter().map(|choice| choice.meaning).collect::<Vec<_>>().join(", ");
    let prompt = format!("{} ({meaning})", question.text());
    let text: String = Input::with_theme(theme).with_prompt(prompt).interact_text().map_err(|error| gone(&error))?;
    Ok(text.trim().to_owned())
}

fn gone(error: &dialoguer::Error) -> CliError {
    let dialoguer::Error::IO(io) = error;
    if io.kind() == std::io::ErrorKind::Interrupted {
        // The list of choices had hidden it.
        drop(dialoguer::console::Term::stderr().show_cursor());
        return CliError::new(Kind::Interrupted, "interrupted, nothing is written");
    }
    CliError::usage(format!("no answer could be read: {error}"))
}

/// Every question with the flag for each answer.
fn unanswered(questions: &[Question]) -> CliError {
    let mut message = if questions.len() == 1 {
        "a question has to be answered first".to_owned()
    } else {
        format!("{} questions have to be answered first", questions.len())
    };
    for question in questions {
        message += &format!("\n\n  {}", question.text());
        for choice in question.choices() {
            message += &format!("\n    {:40}  {}", choice.flag, choice.meaning);
        }
    }
    CliError::usage(message + "\n").hint("run the command again with the flags of your answers")
}

#[cfg(test)]
mod tests {
    use makemigrations_plan::diff::Rename;

    use super::*;

    #[test]
    fn without_a_terminal_every_answer_is_a_flag() {
        let rename = Rename::Table { from: "request".into(), to: "ticket".into() };
        let backfill = Question::Backfill {
            table: "ticket".into(),
            column: "priority".into(),
            data_type: "integer".into(),
            is_new: true,
        };
        let mut answers = Answers::default();
        let questions = [Question::Rename(rename), backfill];
        let error = Terminal::plain().answer(&questions, &mut answers, true).unwrap_err();
        for flag in ["--rename request:ticket", "--no-renames", "--backfill ticket.priority=<SQL>"] {
            assert!(error.message.contains(flag), "{}", error.message);
        }
        assert_eq!(error.kind.exit_code(), 2);
        assert_eq!(answers, Answers::default());
    }
}
