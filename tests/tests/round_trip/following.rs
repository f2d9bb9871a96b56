//! Answers the questions of a plan one round after the other, each with one of the flags that it names, as somebody does who
//! knows nothing but what the tool says. It must not look at what is asked for.

use makemigrations_plan::diff::{self, Answers, Choice, Plan, Question, Rename, Stop};
use makemigrations_plan::model::{Dialect, Schema};
use makemigrations_plan::snapshot::Wanted;
use makemigrations_tests::random::Chance;

use crate::planned::reason;

/// Answers lead to new questions, but not for ever.
const MOST_ROUNDS: usize = 40;

/// # Errors
/// When a flag that is offered cannot be given, or leads into a refusal.
pub(crate) fn plan(
    dialect: Dialect,
    before: &Schema,
    after: &Wanted,
    mut answers: Answers,
    chance: &mut Chance,
) -> Result<Plan, String> {
    let mut given = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let questions = match diff::diff(dialect, before, after, &answers, None) {
            Ok(plan) => return Ok(plan),
            Err(Stop::Questions(questions)) => questions,
            Err(stop) => return Err(format!("no plan: {}, after {}", reason(&stop), given.join(" "))),
        };
        // On a terminal one is answered and the others are asked again; in a script all are answered at once.
        let most = if chance.one_in(2) { 1 } else { questions.len() };
        for question in questions.iter().take(most) {
            let choices = question.choices();
            let choice = &choices[chance.below(choices.len())];
            if let Some(rename) = renamed(question, choice)
                && answers.renames.iter().any(|other| target(other) == target(&rename))
            {
                // Another question of this round took it: it is asked again, without this candidate.
                continue;
            }
            given.push(choice.flag.clone());
            give(question, choice, &mut answers)?;
        }
    }
    Err(format!("no plan: still asked after {}", given.join(" ")))
}

/// The rename that a choice says.
fn renamed(question: &Question, choice: &Choice) -> Option<Rename> {
    let Question::Rename { candidates, .. } = question else { return None };
    candidates.iter().find(|rename| rename.as_shell_flag() == choice.flag).cloned()
}

/// What a rename leads to: of what, and the new name.
fn target(rename: &Rename) -> (String, String) {
    match rename {
        Rename::Table { to, .. } => ("table".to_owned(), to.clone()),
        Rename::Enum { to, .. } => ("enum".to_owned(), to.clone()),
        Rename::Column { table, to, .. } => (format!("column of {table}"), to.clone()),
        Rename::EnumValue { key, to, .. } => (format!("value of {key}"), to.clone()),
    }
}

fn give(question: &Question, choice: &Choice, answers: &mut Answers) -> Result<(), String> {
    let words = shell_words(&choice.flag);
    let value = words.get(1).map(|value| value.replace("<SQL>", "NULL"));
    let wrong = |error: String| format!("the flag `{}` cannot be given: {error}", choice.flag);
    match (words.first().map(String::as_str), value) {
        (Some("--no-renames"), None) => {
            // Said for this question alone, as on a terminal.
            let Question::Rename { candidates, .. } = question else {
                return Err(wrong("nothing is renamed".to_owned()));
            };
            answers.denied.extend(candidates.iter().cloned());
        }
        (Some("--rename"), Some(value)) => {
            answers.renames.push(diff::parse_rename(&value).map_err(|error| wrong(error.to_string()))?);
        }
        (Some(flag @ ("--backfill" | "--using")), Some(value)) => {
            let (place, sql) = diff::parse_assignment(&value).map_err(|error| wrong(error.to_string()))?;
            let known = if flag == "--using" { &mut answers.usings } else { &mut answers.backfills };
            if known.insert(place, sql).is_some() {
                return Err(wrong("it was given already, and is asked for again".to_owned()));
            }
        }
        _ => return Err(wrong("there is no such flag".to_owned())),
    }
    Ok(())
}

/// The words that a shell makes of a line with single quotes.
fn shell_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            '\\' if !is_quoted => word.extend(letters.next()),
            ' ' if !is_quoted => words.push(std::mem::take(&mut word)),
            _ => word.push(letter),
        }
    }
    words.push(word);
    words
}
