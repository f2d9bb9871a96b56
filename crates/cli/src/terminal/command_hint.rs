//! How commands are written that people can paste: with the application and the database that they are about. Must not know
//! what they do.

use std::sync::{PoisonError, RwLock};

const PROGRAM: &str = "cargo xtask ";

/// The commands that ask a database.
const OF_DATABASES: [&str; 10] = [
    "drift",
    "inspect",
    "migrate",
    "migrate:down",
    "migrate:unlock",
    "rebase",
    "reset",
    "showmigrations",
    "squash",
    "verify",
];

/// What a command was given that has to be given to the next one as well.
#[derive(Debug, Default)]
pub(super) struct CommandHint {
    /// `--app`.
    given: Option<String>,
    /// The application that is spoken of, where none was given and there are several.
    meant: RwLock<Option<String>>,
    /// Whether there was a `--database-url`. Its value is not repeated: it can have a password.
    has_url: bool,
}

impl CommandHint {
    pub(super) fn new(given: Option<String>, has_url: bool) -> Self {
        Self { given, meant: RwLock::default(), has_url }
    }

    pub(super) fn speak_of(&self, app: Option<&str>) {
        *self.meant.write().unwrap_or_else(PoisonError::into_inner) = app.map(str::to_owned);
    }

    /// A text whose commands act on what it is about.
    pub(super) fn complete(&self, text: &str) -> String {
        let meant = self.meant.read().unwrap_or_else(PoisonError::into_inner);
        let app = self.given.as_ref().or(meant.as_ref());
        let mut parts = text.split(PROGRAM);
        let mut complete = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            complete += PROGRAM;
            if let Some(app) = app.filter(|_| !part.starts_with("--app ")) {
                complete += &format!("--app {app} ");
            }
            let command = part.split(|c: char| c.is_whitespace() || matches!(c, '`' | ';' | ',')).next();
            if self.has_url && command.is_some_and(|command| OF_DATABASES.contains(&command)) {
                complete += "--database-url URL ";
            }
            complete += part;
        }
        complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_keeps_its_application_and_its_database() {
        let hint = "to go on: `cargo xtask migrate`; then `cargo xtask check`";
        assert_eq!(CommandHint::default().complete(hint), hint);
        let command_hint = CommandHint::new(Some("web".to_owned()), true);
        let expected =
            "to go on: `cargo xtask --app web --database-url URL migrate`; then `cargo xtask --app web check`";
        assert_eq!(command_hint.complete(hint), expected);
        assert_eq!(command_hint.complete("nothing to do"), "nothing to do");
    }

    #[test]
    fn the_application_that_is_given_comes_before_the_one_that_is_spoken_of() {
        let command_hint = CommandHint::default();
        command_hint.speak_of(Some("api"));
        assert_eq!(command_hint.complete("cargo xtask check"), "cargo xtask --app api check");
        command_hint.speak_of(None);
        assert_eq!(command_hint.complete("cargo xtask check"), "cargo xtask check");
        let given = CommandHint::new(Some("web".to_owned()), false);
        given.speak_of(Some("api"));
        assert_eq!(given.complete("cargo xtask --app web check"), "cargo xtask --app web check");
        assert_eq!(given.complete("cargo xtask migrate"), "cargo xtask --app web migrate");
    }
}
