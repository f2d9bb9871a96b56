//! The script for each shell. Must not run anything: what is completed, the script asks the hidden command `complete`.

use clap::CommandFactory;

use crate::arguments::{Arguments, Shell};

/// The script, which calls this program.
pub(super) fn of(shell: Shell, program: &str) -> String {
    let template = match shell {
        Shell::Bash => include_str!("../../../templates/completions/bash.sh"),
        Shell::Zsh => include_str!("../../../templates/completions/zsh.zsh"),
        Shell::Fish => include_str!("../../../templates/completions/fish.fish"),
        Shell::Powershell => include_str!("../../../templates/completions/powershell.ps1"),
        Shell::Elvish => include_str!("../../../templates/completions/elvish.elv"),
    };
    let program = quoted(shell, program);
    template.replace("{{program}}", &program).replace("{{commands}}", &commands().join(" "))
}

/// A text as the shell takes it literally.
fn quoted(shell: Shell, text: &str) -> String {
    let text = match shell {
        Shell::Bash | Shell::Zsh => text.replace('\'', "'\\''"),
        Shell::Fish => text.replace('\\', "\\\\").replace('\'', "\\'"),
        Shell::Powershell | Shell::Elvish => text.replace('\'', "''"),
    };
    format!("'{text}'")
}

/// The names of the commands, of which `package.json` has scripts.
fn commands() -> Vec<String> {
    let grammar = Arguments::command();
    let shown = grammar.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(|command| command.get_name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_stay_one_word() {
        assert_eq!(quoted(Shell::Bash, "/a b/it's"), "'/a b/it'\\''s'");
        assert_eq!(quoted(Shell::Fish, "/a\\b/it's"), "'/a\\\\b/it\\'s'");
        assert_eq!(quoted(Shell::Powershell, "C:\\it's"), "'C:\\it''s'");
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Powershell, Shell::Elvish] {
            let text = of(shell, "/bin/program");
            assert!(text.contains("'/bin/program'") && !text.contains("{{"), "{shell:?}");
        }
    }
}
