//! Where git looks for hooks. Must not look into them.

use std::path::{Path, PathBuf};

use super::{Repository, Unknown};

/// Where git looks for hooks.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// The folder that the repository's own paths start from, in which hooks run.
    pub(crate) top: PathBuf,
    /// The folder of the hooks, which need not be there.
    pub(crate) folder: PathBuf,
    /// Whether the folder belongs to this repository alone: `core.hooksPath` can name one of all repositories.
    pub(crate) is_own: bool,
}

impl Repository {
    pub(crate) fn hooks(&self) -> Result<Hooks, Unknown> {
        let top = self.top().to_owned();
        // Asked at the top: a relative `core.hooksPath` starts there, whatever git prints elsewhere.
        let mut command = self.command();
        command.current_dir(&top).args(["rev-parse", "--git-path", "hooks", "--git-common-dir"]);
        let output = self.output(&mut command)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines().map(|line| top.join(line));
        let (Some(folder), Some(common)) = (lines.next(), lines.next()) else {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Unknown::new(format!("git does not say where hooks are: {said}"), "update git"));
        };
        let is_own = is_inside(&folder, &top) || is_inside(&folder, &common);
        Ok(Hooks { top, folder, is_own })
    }
}

fn is_inside(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    // What is not there yet will be where the nearest folder above it is.
    let above = path.ancestors().find_map(|path| path.canonicalize().ok());
    above.is_some_and(|above| above.starts_with(folder))
}
