//! Does what the command line advises, as somebody who pastes its commands into a shell. It must not know which advice is good.

use std::path::Path;

use crate::command::Command;
use crate::environment;
use crate::folder::Folder;

/// The commands in backticks of the first line of a text that contains `part`, in their order.
///
/// # Panics
/// When no line contains it, or the line has no command.
#[track_caller]
#[must_use]
pub fn commands(text: &str, part: &str) -> Vec<String> {
    let line = text.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no line with `{part}`\n{text}"));
    let quoted = line.split('`').skip(1).step_by(2);
    let is_command = |word: &&str| ["cargo xtask ", "git ", "rm "].iter().any(|program| word.starts_with(program));
    let commands: Vec<_> = quoted.filter(is_command).map(str::to_owned).collect();
    assert!(!commands.is_empty(), "no command in: {line}");
    commands
}

/// A shell in which `cargo xtask` is the command line under test, about to run a line.
#[must_use]
pub fn shell(folder: &Folder, line: &str) -> Command {
    let program = environment::program("makemigrations-under-test");
    let script = format!("cargo() {{ shift; '{}' \"$@\"; }}; {line}", program.display());
    let mut command = Command::new(Path::new("sh"), folder).args(["-c", &script]).env("GIT_EDITOR", "true");
    for person in ["AUTHOR", "COMMITTER"] {
        command =
            command.env(&format!("GIT_{person}_NAME"), "Test").env(&format!("GIT_{person}_EMAIL"), "test@example.com");
    }
    command
}
