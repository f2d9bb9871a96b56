//! Runs the command line under test and states what it must have said. It must not interpret the output.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::folder::Folder;
use crate::{environment, golden, postgres};

/// The command line under test, about to run in `folder` (a project, a repository, or any folder inside).
pub fn makemigrations<A: AsRef<OsStr>>(folder: &Folder, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(&environment::program("makemigrations-under-test"), folder);
    command.process.args(arguments);
    command
}

/// A program about to run with the pinned environment and without input.
#[derive(Debug)]
pub struct Command {
    process: std::process::Command,
    folder: PathBuf,
}

impl Command {
    /// Any other program, such as `cargo`, in `folder`.
    #[must_use]
    pub fn new(program: &Path, folder: &Folder) -> Self {
        let mut process = std::process::Command::new(program);
        environment::pin(&mut process);
        process.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { process, folder: folder.path().to_path_buf() }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.process.args(arguments);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.process.env(name, value);
        self
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// When it cannot be started, and when it shows the password of the test databases.
    #[track_caller]
    #[must_use]
    pub fn run(self) -> Finished {
        self.spawn().wait()
    }

    /// Starts the program and goes on, for tests of processes at the same time.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    #[must_use]
    pub fn spawn(mut self) -> Running {
        let line = format!("{:?}", self.process);
        let child = self.process.spawn().unwrap_or_else(|error| panic!("{line}: {error}"));
        Running { child, line, folder: self.folder }
    }
}

/// A program that was started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    line: String,
    folder: PathBuf,
}

impl Running {
    /// Ends it as `kill -9` does.
    ///
    /// # Panics
    /// When it is over already: the test did not interrupt what it meant to.
    #[track_caller]
    pub fn kill(&mut self) {
        assert_eq!(self.child.try_wait().expect("a child process"), None, "over before it was killed: {}", self.line);
        self.child.kill().expect("a child process can be killed");
    }

    /// Ends it as `kill -9` does after a while, unless it is over by then; the exit code tells which.
    ///
    /// # Panics
    /// As [`Running::wait`].
    #[track_caller]
    #[must_use]
    pub fn kill_after(mut self, delay: Duration) -> Finished {
        std::thread::sleep(delay);
        self.child.kill().expect("a child process can be killed, also when it is over");
        self.wait()
    }

    /// Asks it to end, as Ctrl-C does.
    ///
    /// # Panics
    /// When it is over already.
    #[cfg(unix)]
    #[track_caller]
    pub fn interrupt(&mut self) {
        assert_eq!(self.child.try_wait().expect("a child process"), None, "over before: {}", self.line);
        let process = i32::try_from(self.child.id()).expect("process ids are small");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), nix::sys::signal::Signal::SIGINT)
            .expect("a child process can be sent a signal");
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it shows the password of the test databases.
    #[track_caller]
    #[must_use]
    pub fn wait(self) -> Finished {
        let output = self.child.wait_with_output().expect("a child process has an end");
        let text = |bytes| String::from_utf8(bytes).expect("output in UTF-8");
        let finished = Finished {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            line: self.line,
            folder: self.folder,
        };
        for secret in [postgres::PASSWORD, postgres::ENCODED_PASSWORD] {
            finished.lacks(secret);
        }
        finished
    }
}

/// What a program did. Each method that states something panics with all of the output when it is not so.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
    line: String,
    folder: PathBuf,
}

impl Finished {
    /// States the exit code.
    #[track_caller]
    pub fn code(&self, expected: i32) -> &Self {
        self.state(self.code == Some(expected), &format!("exit code {expected}"))
    }

    /// States that standard output contains a text.
    #[track_caller]
    pub fn stdout_contains(&self, text: &str) -> &Self {
        self.state(self.stdout.contains(text), &format!("standard output contains `{text}`"))
    }

    /// States that standard error contains a text.
    #[track_caller]
    pub fn stderr_contains(&self, text: &str) -> &Self {
        self.state(self.stderr.contains(text), &format!("standard error contains `{text}`"))
    }

    /// States that neither output contains a text.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        self.state(!self.stdout.contains(text) && !self.stderr.contains(text), &format!("no `{text}` anywhere"))
    }

    /// Standard output with the folder as `[ROOT]`, as golden files have it.
    #[must_use]
    pub fn golden_stdout(&self) -> String {
        golden::normalise(&self.stdout, &self.folder)
    }

    /// Standard error with the folder as `[ROOT]`, as golden files have it.
    #[must_use]
    pub fn golden_stderr(&self) -> String {
        golden::normalise(&self.stderr, &self.folder)
    }

    #[track_caller]
    fn state(&self, holds: bool, expected: &str) -> &Self {
        assert!(
            holds,
            "expected: {expected}\n  program: {}\n   folder: {}\nexit code: {:?}\n--- standard output\n{}\n--- standard error\n{}",
            self.line,
            self.folder.display(),
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }
}
