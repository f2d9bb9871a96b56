//! Objects of the repository through one process of git for all of them. Must not know what they hold.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use super::{Repository, Unknown};

/// `git cat-file --batch`: one question, one answer, as often as needed.
pub(crate) struct Objects {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// An object.
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) bytes: Vec<u8>,
}

impl Objects {
    pub(crate) fn open(repository: &Repository) -> Result<Self, Unknown> {
        let mut command = repository.command();
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| {
            Unknown::new(format!("git cannot be started: {error}"), "install git, and put it into PATH")
        })?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { process, input, output: BufReader::new(output) }),
            _ => Err(gone()),
        }
    }

    /// What `name` stands for: a commit, `commit:path`, an object's id. `None` when it is not there.
    pub(crate) fn get(&mut self, name: &str) -> Result<Option<Object>, Unknown> {
        if name.contains('\n') {
            return Ok(None);
        }
        self.ask(name).map_err(|_| gone())
    }

    fn ask(&mut self, name: &str) -> std::io::Result<Option<Object>> {
        writeln!(self.input, "{name}")?;
        self.input.flush()?;
        let mut header = String::new();
        if self.output.read_line(&mut header)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        // `<id> <kind> <size>`, or `<name> missing` and the like.
        let mut parts = header.trim_end().rsplitn(3, ' ');
        let (Some(size), Some(_), Some(id)) = (parts.next(), parts.next(), parts.next()) else { return Ok(None) };
        let Ok(size) = size.parse::<usize>() else { return Ok(None) };
        let mut bytes = vec![0; size + 1];
        self.output.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(Some(Object { id: id.to_owned(), bytes }))
    }

    /// The text of a file in a commit. `None` when it is not there; not text is read as far as it is one.
    pub(crate) fn text(&mut self, commit: &str, path: &str) -> Result<Option<String>, Unknown> {
        let object = self.get(&format!("{commit}:{path}"))?;
        Ok(object.map(|object| String::from_utf8_lossy(&object.bytes).into_owned()))
    }

    /// The id of the commit that a ref leads to.
    pub(crate) fn commit(&mut self, name: &str) -> Result<Option<String>, Unknown> {
        Ok(self.get(&format!("{name}^{{commit}}"))?.map(|object| object.id))
    }

    /// The first parent as the commit names it, whether it is here or not.
    pub(crate) fn first_parent(&mut self, commit: &str) -> Result<Option<String>, Unknown> {
        let Some(object) = self.get(commit)? else { return Ok(None) };
        let text = String::from_utf8_lossy(&object.bytes);
        let mut headers = text.lines().take_while(|line| !line.is_empty());
        Ok(headers.find_map(|line| line.strip_prefix("parent ")).map(str::to_owned))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It only reads; killing it is quicker than waiting until it notices that nobody asks any more.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn gone() -> Unknown {
    Unknown::new(
        "git stopped in the middle of an answer",
        "see what it says to `git fsck`; a clone without blobs has to reach its remote: `git fetch`",
    )
}
