//! Where a command line has come to in the grammar. Must not know values that are not part of it.

use clap::{Arg, Command, ValueHint};

use super::Candidate;

/// A command line up to the cursor.
pub(super) struct Walk<'c> {
    /// The name of the command, with `hooks install` as one.
    pub(super) command: String,
    /// What `--app` says.
    pub(super) app: Option<String>,
    pub(super) place: CurrentWord<'c>,
}

/// What the current word is.
pub(super) enum CurrentWord<'c> {
    /// The value of an argument; `before` is what the word has in front of it, such as `--to=`.
    Value { argument: &'c Arg, before: String, typed: &'c str },
    /// An option.
    Option(Vec<Candidate>),
    /// A command, or nothing that the grammar knows more of.
    Word(Vec<Candidate>),
}

impl<'c> Walk<'c> {
    /// Walks along `words`, and looks at what `current` can become. `root` has to be built.
    pub(super) fn of(root: &'c Command, words: &[&'c str], current: &'c str) -> Self {
        let (mut command, mut names, mut app) = (root, Vec::new(), None);
        let (mut position, mut pending, mut is_rest) = (0, None::<&Arg>, false);
        let mut given: Vec<&Arg> = Vec::new();
        for word in words.iter().copied() {
            if let Some(argument) = pending.take() {
                if argument.get_id() == "app" {
                    app = Some(word.to_owned());
                }
                // A value that may be left out is one only where no option follows.
                if argument.get_num_args().is_none_or(|range| range.min_values() > 0) || !word.starts_with('-') {
                    continue;
                }
            }
            match word {
                "--" if !is_rest => is_rest = true,
                _ if is_rest => position += 1,
                _ if word.starts_with('-') && word.len() > 1 => {
                    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
                    let Some(argument) = option(command, name) else { continue };
                    given.push(argument);
                    match value {
                        Some(value) if argument.get_id() == "app" => app = Some(value.to_owned()),
                        None if takes_value(argument) => pending = Some(argument),
                        Some(_) | None => {}
                    }
                }
                _ => match command.find_subcommand(word) {
                    Some(inner) => {
                        names.push(inner.get_name());
                        (command, position) = (inner, 0);
                    }
                    None => position += 1,
                },
            }
        }
        let place = match (pending, current.split_once('=')) {
            (Some(argument), _) => CurrentWord::Value { argument, before: String::new(), typed: current },
            (None, Some((name, typed))) if !is_rest && name.starts_with("--") => match option(command, name) {
                Some(argument) if takes_value(argument) => {
                    CurrentWord::Value { argument, before: format!("{name}="), typed }
                }
                Some(_) | None => CurrentWord::Word(Vec::new()),
            },
            (None, _) if !is_rest && current.starts_with('-') => CurrentWord::Option(options(command, &given)),
            (None, _) => word(command, (position, is_rest), current, &given),
        };
        Self { command: names.join(" "), app, place }
    }
}

/// What stands alone: a command, or an argument by its place.
fn word<'c>(
    command: &'c Command,
    (position, is_rest): (usize, bool),
    current: &'c str,
    given: &[&Arg],
) -> CurrentWord<'c> {
    let commands = command.get_subcommands().filter(|inner| !inner.is_hide_set());
    let commands: Vec<Candidate> = commands.map(|inner| Candidate::new(inner.get_name(), about(inner))).collect();
    if !commands.is_empty() && position == 0 && !is_rest {
        return CurrentWord::Word(commands);
    }
    let positionals: Vec<&Arg> =
        command.get_positionals().filter(|argument| argument.is_last_set() == is_rest).collect();
    let takes_more = |argument: &&&Arg| argument.get_num_args().is_some_and(|range| range.max_values() > 1);
    match positionals.get(position).or_else(|| positionals.last().filter(takes_more)).copied() {
        Some(argument) => CurrentWord::Value { argument, before: String::new(), typed: current },
        None if is_rest => CurrentWord::Word(Vec::new()),
        None => CurrentWord::Option(options(command, given)),
    }
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// The options that are not given yet, or can be given again.
fn options(command: &Command, given: &[&Arg]) -> Vec<Candidate> {
    let may_come = |argument: &&Arg| {
        let is_repeated = matches!(argument.get_action(), clap::ArgAction::Append | clap::ArgAction::Count);
        is_repeated || !given.iter().any(|other| other.get_id() == argument.get_id())
    };
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set()).filter(may_come);
    let candidate = |argument: &Arg| {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        argument.get_long().map(|long| Candidate::new(format!("--{long}"), help))
    };
    shown.filter_map(candidate).collect()
}

/// The option that is written so. Of several short ones in a word the last can take a value.
fn option<'c>(command: &'c Command, written: &str) -> Option<&'c Arg> {
    let mut all = command.get_arguments();
    match written.strip_prefix("--") {
        Some(long) => all.find(|argument| argument.get_long() == Some(long)),
        None => all.find(|argument| argument.get_short() == written.chars().last()),
    }
}

fn takes_value(argument: &Arg) -> bool {
    argument.get_action().takes_values()
}

/// The values that the grammar has.
pub(super) fn possible_values(argument: &Arg) -> Vec<Candidate> {
    let shown = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let help = |value: &clap::builder::PossibleValue| value.get_help().map(ToString::to_string).unwrap_or_default();
    shown.map(|value| Candidate::new(value.get_name(), help(&value))).collect()
}

/// What the shell itself completes.
pub(super) fn path_kind(argument: &Arg) -> Option<&'static str> {
    let names = argument.get_value_names().unwrap_or_default();
    match argument.get_value_hint() {
        _ if names.iter().any(|name| name.as_str() == "FOLDER") => Some(":folders"),
        ValueHint::AnyPath | ValueHint::FilePath => Some(":files"),
        ValueHint::DirPath => Some(":folders"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Arguments;

    fn offered(line: &str) -> Vec<String> {
        let mut root = Arguments::command();
        root.build();
        let mut words: Vec<&str> = line.split(' ').collect();
        let current = words.pop().unwrap();
        let walk = Walk::of(&root, &words, current);
        match walk.place {
            CurrentWord::Value { argument, before, typed } => {
                vec![format!("{} {} {before}<{typed}>", walk.command, argument.get_id())]
            }
            CurrentWord::Option(found) | CurrentWord::Word(found) => {
                found.into_iter().map(|found| found.value).collect()
            }
        }
    }

    #[test]
    fn commands_options_and_values_are_told_apart() {
        assert!(offered("mig").contains(&"migrate:down".to_owned()));
        assert!(!offered("").contains(&"complete".to_owned()));
        assert!(offered("hooks ").contains(&"install".to_owned()));
        assert!(offered("migrate --").contains(&"--fake-initial".to_owned()));
        assert!(offered("-q migrate --").contains(&"--app".to_owned()));
        assert!(!offered("migrate --fake --").contains(&"--fake".to_owned()));
        assert!(offered("makemigrations --rename a:b --").contains(&"--rename".to_owned()));
        assert_eq!(offered("migrate --to "), ["migrate to <>"]);
        assert_eq!(offered("migrate --to=00"), ["migrate to --to=<00>"]);
        assert_eq!(offered("--app web migrate --to 1 --app "), ["migrate app <>"]);
        assert_eq!(offered("squash a "), ["squash to <>"]);
        assert_eq!(offered("hooks install --dry"), offered("hooks install -"));
        assert_eq!(offered("build -- --release "), ["build cargo <>"]);
        assert_eq!(offered("init --yarn --dialect "), ["init dialect <>"]);
        // Nothing can follow but options.
        assert!(offered("check ").contains(&"--staged".to_owned()));
        assert!(offered("seal a ").contains(&"--reason".to_owned()));
    }
}
