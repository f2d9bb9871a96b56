//! Where an edited file was edited: its first line that is not as it was. Must not judge the edit.

use makemigrations_gate::{Finding, Id};

use super::context::Context;
use crate::git::{Objects, Repository, base::Merged};

/// Gives findings about edited files the line, as far as git has the text that they had.
pub(crate) fn place(context: &Context<'_>, merged: &Merged, findings: &mut [Finding]) {
    let mut edited = findings.iter_mut().filter(|finding| is_edit(finding)).peekable();
    if edited.peek().is_none() {
        return;
    }
    let Ok(repository) = Repository::discover(&context.root, context.environment) else { return };
    let Ok(mut objects) = Objects::open(&repository) else { return };
    // An unmerged migration is compared with what was committed last.
    let commits: Vec<&str> = merged.bases.iter().map(|point| point.base.revision.as_str()).chain(["HEAD"]).collect();
    for finding in edited {
        let Some(path) = &finding.path else { continue };
        let Ok(Some(now)) = context.view.bytes(path) else { continue };
        let now = String::from_utf8_lossy(&now);
        let mut before = commits.iter().filter_map(|commit| {
            let path = format!("{}{path}", repository.prefix);
            objects.text(commit, &path).ok().flatten()
        });
        finding.line = before.find_map(|before| first_difference(&before, &now));
    }
}

fn is_edit(finding: &Finding) -> bool {
    let is_file = finding.path.as_ref().is_some_and(|path| !path.ends_with(makemigrations_gate::LOCK_FILE));
    is_file && finding.line.is_none() && matches!(finding.id, Id::Edited | Id::LockRewritten)
}

/// The first line of `now`, from 1, that differs; where the end is missing, the last one that is there.
pub(crate) fn first_difference(before: &str, now: &str) -> Option<usize> {
    if before == now {
        return None;
    }
    let same = before.lines().zip(now.lines()).take_while(|(before, now)| before == now).count();
    Some((same + 1).min(now.lines().count().max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_one_of_the_file() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\nc\n", "a\nx\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some(1));
        assert_eq!(first_difference("a\n", "a"), Some(1));
        assert_eq!(first_difference("a\n", ""), Some(1));
    }
}
