//! The arguments of `completions`, and of `complete`, which its scripts call. Must not act.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(required_unless_present = "man", conflicts_with = "man")]
    pub(crate) shell: Option<Shell>,
    /// Write the manual pages of all commands into this folder instead
    #[arg(long, value_name = "FOLDER")]
    pub(crate) man: Option<PathBuf>,
}

/// Shells that have a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// bash, from 3.2
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// Elvish
    Elvish,
}

#[derive(Debug, Args)]
pub(crate) struct Complete {
    /// The current word is empty
    #[arg(long)]
    pub(crate) next: bool,
    /// The words after the program, the current one last
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORD")]
    pub(crate) words: Vec<String>,
}
