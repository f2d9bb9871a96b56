//! `complete`, which the scripts of `completions` call: what can stand at the end of a command line. Must not fail, write, or
//! ask a database.

mod grammar;
mod values;

use clap::CommandFactory;

use crate::{
    arguments::{Arguments, Complete},
    environment::Environment,
    terminal::Terminal,
};
use grammar::{CurrentWord, Walk};

/// What a shell offers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    value: String,
    help: String,
}

impl Candidate {
    fn new(value: impl Into<String>, help: impl Into<String>) -> Self {
        Self { value: value.into(), help: help.into() }
    }
}

/// Prints a line for each candidate: the whole word, and after a tab what it is.
pub(crate) fn run(environment: &Environment, terminal: &Terminal, arguments: &Complete) {
    let mut words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let current = if arguments.next { "" } else { words.pop().unwrap_or_default() };
    let mut root = Arguments::command();
    root.build();
    let walk = Walk::of(&root, &words, current);
    let (before, typed, found) = match &walk.place {
        CurrentWord::Value { argument, before, typed } => {
            if let Some(what) = grammar::path_kind(argument) {
                return terminal.data(what);
            }
            let known = grammar::possible_values(argument);
            let found = if known.is_empty() {
                values::of(environment, terminal, (&walk.command, argument.get_id().as_str()), (&walk.app, typed))
            } else {
                known
            };
            (before.as_str(), *typed, found)
        }
        CurrentWord::Word(found) | CurrentWord::Option(found) => ("", current, found.clone()),
    };
    for candidate in found.iter().filter(|candidate| candidate.value.starts_with(typed)) {
        let help = candidate.help.lines().next().unwrap_or_default().replace('\t', " ");
        let value = format!("{before}{}", candidate.value);
        terminal.data(&if help.is_empty() { value } else { format!("{value}\t{help}") });
    }
}
