//! The text of a lock file to its value, and everything in which it is not as the tool writes it.
//!
//! Reads on after a mistake, so that a damaged file costs one finding and not one per migration.

use super::{ADOPTED, DIALECT, FIRST_LINE, LOCK_FILE, Lock, NOTES, OVERRIDE, Override};
use crate::finding::{Finding, Id};
use crate::sum::Sum;

impl Lock {
    /// Reads a lock file, and says in what it is not canonical. Line ends may be CRLF: a checkout does that.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<Finding>) {
        let text = text.replace("\r\n", "\n");
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            reader.line(index + 1, line);
        }
        let Reader { mut lock, problems, conflict, overrides, .. } = reader;
        let mut problems = first_of_each(problems);
        lock.overrides = overrides.into_iter().map(|text| over(&lock, text)).collect();
        lock.overrides.sort_unstable();
        lock.overrides.dedup();
        if let Some(line) = conflict {
            // Both sides are in the file: whatever else is wrong with it follows from that.
            problems = vec![(line, "has conflict markers".to_owned())];
        } else if !text.ends_with('\n') {
            problems.push((text.lines().count().max(1), "ends without a newline, as if it were cut off".to_owned()));
        }
        if problems.is_empty() {
            problems.extend(first_difference(&text, &lock.render()));
        }
        let hint = if conflict.is_some() { CONFLICT_HINT } else { HINT };
        let findings = problems.into_iter().map(|(line, problem)| {
            let message = format!("the lock file is not as the tool writes it: it {problem}");
            Finding::error(Id::LockNotCanonical, message, hint).at(LOCK_FILE, Some(line))
        });
        (lock, findings.collect())
    }
}

const CONFLICT_HINT: &str = "cargo xtask rebase";
const HINT: &str = "take back what was changed in it by hand, with `git diff` and `git checkout`; `cargo xtask seal` records \
                    a migration";

#[derive(Default)]
struct Reader<'t> {
    lock: Lock,
    problems: Vec<Problem>,
    conflict: Option<usize>,
    /// What follows `# override`: which part of it is the name is known at the end.
    overrides: Vec<&'t str>,
    last: Option<(&'t str, &'t str)>,
}

/// One line that is not as it should be.
struct Problem {
    line: usize,
    kind: ProblemKind,
    text: String,
}

/// What several lines can have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ProblemKind {
    FirstLine,
    Comment,
    Entry,
    Twice,
    UpperCase,
    Order,
}

/// The first problem of each kind, with how many more there are.
fn first_of_each(problems: Vec<Problem>) -> Vec<(usize, String)> {
    let mut found: Vec<(Problem, usize)> = Vec::new();
    for problem in problems {
        match found.iter_mut().find(|(first, _)| first.kind == problem.kind) {
            Some((_, more)) => *more += 1,
            None => found.push((problem, 0)),
        }
    }
    let with_count = |(Problem { line, text, .. }, more)| match more {
        0 => (line, text),
        1 => (line, format!("{text}, and so is one more line")),
        more => (line, format!("{text}, and so are {more} more lines")),
    };
    found.into_iter().map(with_count).collect()
}

/// An override: names may have blanks, so the longest one that is recorded counts.
fn over(lock: &Lock, text: &str) -> Override {
    let reason = |name: &str| text.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with(' '));
    let recorded = lock.lines.keys().filter_map(|name| Some((name.as_str(), reason(name)?)));
    let named = recorded.max_by_key(|(name, _)| name.len());
    let (migration, reason) = named.unwrap_or_else(|| text.split_once(' ').unwrap_or((text, "")));
    Override::new(migration, reason)
}

impl<'t> Reader<'t> {
    fn line(&mut self, number: usize, line: &'t str) {
        let problem = if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
            self.conflict.get_or_insert(number);
            None
        } else if number == 1 && line == FIRST_LINE {
            None
        } else if number == 1 {
            // Read nonetheless: when only the first line is missing, nothing else is.
            drop(if line.starts_with('#') { self.comment(line) } else { self.entry(line) });
            Some((ProblemKind::FirstLine, format!("starts with `{line}` instead of `{FIRST_LINE}`")))
        } else if let Some(text) = line.strip_prefix(OVERRIDE) {
            self.overrides.push(text);
            None
        } else if let Some(migration) = line.strip_prefix(ADOPTED) {
            self.lock.adopted.insert(migration.to_owned());
            None
        } else if line.starts_with('#') {
            self.comment(line)
        } else {
            self.entry(line)
        };
        self.problems.extend(problem.map(|(kind, text)| Problem { line: number, kind, text }));
    }

    fn comment(&mut self, line: &str) -> Option<(ProblemKind, String)> {
        match line.strip_prefix(DIALECT) {
            Some(_) if self.lock.dialect.is_some() => Some((ProblemKind::Twice, "names the dialect twice".to_owned())),
            Some(dialect) => {
                self.lock.dialect = Some(dialect.to_owned());
                None
            }
            None if NOTES.contains(&line) => None,
            None => Some((ProblemKind::Comment, format!("has the unknown comment `{line}`"))),
        }
    }

    fn entry(&mut self, line: &'t str) -> Option<(ProblemKind, String)> {
        let unreadable =
            || Some((ProblemKind::Entry, format!("has `{line}` instead of `<sha256>  <migration>/<file>`")));
        let Some((sum, path)) = line.split_once("  ") else { return unreadable() };
        let Some((migration, file)) = path.split_once('/').filter(|_| is_recordable(path)) else { return unreadable() };
        let is_upper_case = sum.bytes().any(|byte| byte.is_ascii_uppercase());
        let Ok(sum) = sum.to_ascii_lowercase().parse::<Sum>() else { return unreadable() };
        let files = self.lock.lines.entry(migration.to_owned()).or_default();
        if files.contains_key(file) {
            return Some((ProblemKind::Twice, format!("has two lines for `{path}`")));
        }
        files.insert(file.to_owned(), sum);
        let here = (migration, file);
        let is_sorted = self.last.is_none_or(|last| last < here);
        self.last = Some(here);
        if is_upper_case {
            Some((ProblemKind::UpperCase, format!("has a sum in upper case for `{path}`")))
        } else if !is_sorted {
            Some((ProblemKind::Order, format!("is not sorted: `{path}` comes too late")))
        } else {
            None
        }
    }
}

/// Whether a path stays below the migrations folder, and is not one that is ignored there.
fn is_recordable(path: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    !path.contains('\\') && !path.ends_with('~') && path.split('/').all(is_plain)
}

/// Where a text that has no other problem is not as it would be written.
fn first_difference(text: &str, canonical: &str) -> Option<(usize, String)> {
    if text == canonical {
        return None;
    }
    let same = text.lines().zip(canonical.lines()).take_while(|(found, expected)| found == expected).count();
    let problem = match canonical.lines().nth(same) {
        Some(expected) => format!("has something else where `{expected}` belongs"),
        None => "goes on after its end".to_owned(),
    };
    Some((same + 1, problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sum::sum;

    fn text() -> String {
        let mut lock = Lock::new("sqlite");
        lock.record("a", "up.sql", sum(b"a"));
        lock.record("b", "up.sql", sum(b"b"));
        lock.add_override("a", "why");
        lock.render()
    }

    fn problems(text: &str) -> Vec<(usize, String)> {
        let (_, findings) = Lock::parse(text);
        let place = |finding: Finding| (finding.line.unwrap(), finding.message);
        findings.into_iter().map(place).collect()
    }

    #[track_caller]
    fn has_one_problem(text: &str, line: usize, part: &str) {
        let problems = problems(text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].0 == line && problems[0].1.contains(part), "{problems:?}");
    }

    #[test]
    fn what_many_lines_have_in_common_is_said_once() {
        let mut lock = Lock::new("sqlite");
        (0..9).for_each(|index| lock.record(format!("m{index}"), "up.sql", sum(b"a")));
        let text = lock.render();
        let (head, lines) = text.split_at(text.match_indices('\n').nth(3).unwrap().0 + 1);
        let backwards: String = lines.lines().rev().map(|line| format!("{line}\n")).collect();
        has_one_problem(&format!("{head}{backwards}"), 6, "`m7/up.sql` comes too late, and so are 7 more lines");
        has_one_problem(&format!("{head}{}", lines.replace("ca978", "CA978")), 5, "upper case for `m0/up.sql`");
    }

    #[test]
    fn a_reason_is_written_in_one_way() {
        has_one_problem(&text().replace(" why", "  why"), 5, "something else");
        has_one_problem(&text().replace(" why", " \u{200b}why"), 5, "something else");
    }

    #[test]
    fn a_crlf_checkout_is_canonical() {
        assert_eq!(problems(&text()), []);
        assert_eq!(problems(&text().replace('\n', "\r\n")), []);
    }

    #[test]
    fn each_way_of_not_being_canonical_is_named_with_its_line() {
        let text = text();
        let lines: Vec<_> = text.lines().collect();
        let with = |line: &str| format!("{text}{line}\n");
        let swapped = [&lines[..5], &[lines[6], lines[5]]].concat().join("\n") + "\n";
        has_one_problem(&swapped, 7, "is not sorted: `a/up.sql`");
        has_one_problem(&with(lines[6]), 8, "two lines for `b/up.sql`");
        has_one_problem(&text.replace("3e23e816", "3E23E816"), 7, "upper case for `b/up.sql`");
        has_one_problem(text.trim_end(), 7, "cut off");
        has_one_problem(&with(""), 8, "instead of `<sha256>");
        has_one_problem(&with(&lines[6].replace("  ", " *")), 8, "instead of `<sha256>");
        has_one_problem(&with(&lines[6].replace("b/", "../")), 8, "instead of `<sha256>");
        has_one_problem(&with(&lines[6].replace("b/up", "b/.up")), 8, "instead of `<sha256>");
        has_one_problem(&with(&lines[6].replace("b/up.sql", "b/up.sql~")), 8, "instead of `<sha256>");
        has_one_problem(&with("# hello"), 8, "unknown comment");
        has_one_problem(&with("# dialect: postgres"), 8, "dialect twice");
        has_one_problem(&with(lines[4]), 8, "goes on after its end");
        has_one_problem(&text.replace("lock 1", "lock 2"), 1, "lock 2");
        has_one_problem(&text.replace(lines[3], "#"), 4, "unknown comment");
        has_one_problem(&text.replace(&format!("{}\n", lines[2]), ""), 3, "something else");
        has_one_problem(&format!("\u{feff}{text}"), 1, "starts with");
        assert!(!problems("").is_empty());
    }

    #[test]
    fn a_line_cut_in_the_middle_is_named_and_the_others_are_read() {
        let text = text();
        let (lock, findings) = Lock::parse(&text[..text.len() - 20]);
        assert_eq!(findings.len(), 2);
        assert_eq!(lock.migrations().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_conflict_is_one_finding_and_both_sides_are_read() {
        let text = text();
        let (head, last) = text.trim_end().rsplit_once('\n').unwrap();
        let theirs = last.replace("b/", "aa/");
        let text = format!("{head}\n<<<<<<< HEAD\n{last}\n=======\n{theirs}\n>>>>>>> main\n");
        has_one_problem(&text, 7, "conflict markers");
        assert_eq!(Lock::parse(&text).0.migrations().collect::<Vec<_>>(), ["a", "aa", "b"]);
    }

    #[test]
    fn an_override_may_lack_its_reason() {
        let (lock, findings) = Lock::parse(&text().replace(" why", ""));
        assert_eq!(findings, []);
        assert_eq!(lock.overrides()[0].reason, "");
    }
}
