//! Where output goes: data to standard output, all else to standard error. Must not decide what is said.

mod borders;
mod differences;
mod document;
pub(crate) mod findings;
mod hazards;
mod command_hint;
pub(crate) mod progress;
pub(crate) mod questions;
pub(crate) mod report;
pub(crate) mod summary;

use std::{
    io::{IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use command_hint::CommandHint;
use document::Document;

use crate::{
    arguments::{Color, Format, Global},
    environment::Environment,
    error::CliError,
    interrupt,
    workspace::root,
};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}

/// The person or program on the other side.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) format: Format,
    /// Whether somebody can answer questions.
    pub(crate) is_interactive: bool,
    colored: bool,
    verbosity: Verbosity,
    /// Whether values of rows may be shown, and what has to be said for that.
    row_values: Result<(), &'static str>,
    /// Where the workspace is in what GitHub has checked out: empty, or with a `/` at its end.
    below: String,
    /// What programs read at the end.
    document: Document,
    /// Whether an annotation has said that something is wrong.
    has_annotated: AtomicBool,
    /// How commands are written that people can paste.
    command_hint: CommandHint,
}

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paint {
    Error,
    Warning,
    Good,
    Strong,
}

impl Terminal {
    pub(crate) fn new(global: &Global, environment: &Environment) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let colored = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                is_terminal
                    && environment.variable("NO_COLOR").is_none()
                    && environment.variable("TERM") != Some("dumb")
            }
        };
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 1..) => Verbosity::Verbose,
            (false, 0) => Verbosity::Normal,
        };
        let is_interactive = is_terminal && std::io::stdin().is_terminal() && !environment.is_ci();
        let (below, has_annotated) = (below(global.format, environment), AtomicBool::new(false));
        let command_hint = CommandHint::new(global.app.clone(), global.database_url.is_some());
        let document = Document::default();
        // Logs of CI are read by more people than the database is.
        let row_values = match (global.verbose, environment.is_ci()) {
            (1, false) | (2.., _) => Ok(()),
            (0, false) => Err("-v"),
            (0 | 1, true) => Err("-vv"),
        };
        Self {
            format: global.format,
            is_interactive,
            colored,
            verbosity,
            row_values,
            below,
            document,
            has_annotated,
            command_hint,
        }
    }

    /// One that shows errors before the arguments are understood.
    pub(crate) fn plain() -> Self {
        Self {
            format: Format::Human,
            is_interactive: false,
            colored: false,
            verbosity: Verbosity::Normal,
            row_values: Err("-v"),
            below: String::new(),
            document: Document::default(),
            has_annotated: AtomicBool::new(false),
            command_hint: CommandHint::default(),
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Whether a bar that moves makes sense.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.is_quiet() && std::io::stderr().is_terminal()
    }

    /// A result that another program may read.
    pub(crate) fn data(&self, text: &str) {
        write(&mut std::io::stdout().lock(), text);
    }

    /// What a person should know.
    pub(crate) fn say(&self, text: &str) {
        if !self.is_quiet() {
            self.always(text);
        }
    }

    /// What helps to understand a surprise.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.always(text);
        }
    }

    pub(crate) fn warning(&self, message: &str, hint: Option<&str>) {
        if interrupt::is_ending() {
            return;
        }
        self.always(&format!("{}: {message}", self.paint(Paint::Warning, "warning")));
        if let Some(hint) = hint {
            self.always(&format!("{}: {hint}", self.paint(Paint::Strong, "hint")));
        }
    }

    pub(crate) fn error(&self, error: &CliError) {
        // What has a place is said there already.
        if self.format == Format::Github && !self.has_annotated.load(Ordering::Relaxed) {
            let hints = error.hints.iter().map(|hint| format!("\nhint: {hint}"));
            let text = error.message.clone() + &hints.collect::<String>();
            self.data(&findings::github_error(document::WHOLE, &self.command_hint.complete(&text)));
        }
        if self.format == Format::Json {
            self.document.error(error, &self.command_hint);
        }
        self.always(&format!("{}: {}", self.paint(Paint::Error, "error"), error.message));
        match (&error.detail, self.row_values) {
            (Some(detail), Ok(())) => self.always(&format!("detail: {detail}")),
            (Some(_), Err(flag)) => {
                self.always(&format!("note: the database's detail can hold values of rows: `{flag}` shows it"));
            }
            (None, _) => {}
        }
        for hint in &error.hints {
            self.always(&format!("{}: {hint}", self.paint(Paint::Strong, "hint")));
        }
    }

    /// Says which application the next texts are about, where a command has several.
    pub(crate) fn speak_of(&self, app: Option<&str>) {
        self.command_hint.speak_of(app);
    }

    /// Writes what is kept until the end.
    pub(crate) fn finish(&self) {
        if let Some(document) = self.document.text() {
            self.data(&document);
        }
    }

    /// Said at every verbosity.
    pub(crate) fn always(&self, text: &str) {
        write(&mut std::io::stderr().lock(), &self.command_hint.complete(text));
    }

    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Error => "1;31",
            Paint::Warning => "1;33",
            Paint::Good => "32",
            Paint::Strong => "1",
        };
        if self.colored { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Where the workspace is in what GitHub has checked out, in which it looks for the files of annotations.
fn below(format: Format, environment: &Environment) -> String {
    let checkout = environment.path("GITHUB_WORKSPACE").filter(|_| format == Format::Github);
    let root = checkout.and_then(|_| root::find(environment).ok()?.canonicalize().ok());
    let (Some(root), Some(checkout)) = (root, checkout.and_then(|path| path.canonicalize().ok())) else {
        return String::new();
    };
    let parts = root.strip_prefix(checkout).into_iter().flatten();
    parts.map(|part| format!("{}/", part.to_string_lossy())).collect()
}

/// Writes whole lines. Nobody is left to tell when the reader has gone away, as `head` does.
fn write(to: &mut impl Write, text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    drop(to.write_all(format!("{text}{end}").as_bytes()));
    drop(to.flush());
}
