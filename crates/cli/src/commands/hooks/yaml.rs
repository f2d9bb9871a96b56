//! An entry in the YAML of a hook manager, put there as text so that comments and order stay. Must not touch a file whose
//! layout it does not know: the caller says what to add by hand.

use super::script::calls_check;

/// `lefthook.yml` with a command below a hook. `None` when its layout is not known.
pub(super) fn lefthook(text: &str, hook: &str, command: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_odd = |line: &&str| line.starts_with(['\t', '{', '"', '\'']) || line.starts_with("...");
    if lines.iter().any(is_odd) {
        return None;
    }
    let Some(start) = lines.iter().position(|line| has_key(line, 0, hook)) else {
        let block = format!("{hook}:\n  commands:\n    makemigrations:\n      run: {command}\n");
        return Some(if text.trim().is_empty() { block } else { format!("{}\n\n{block}", text.trim_end()) });
    };
    let block = block(&lines, start + 1);
    if block.iter().any(|line| calls_check(line)) {
        return Some(text.to_owned());
    }
    if !is_open(lines[start]) {
        return None;
    }
    let step = block.iter().copied().find(|line| is_content(line)).map_or(2, indent);
    let is_commands = |line: &&str| has_key(line, step, "commands");
    let (at, entry) = match block.iter().position(is_commands) {
        Some(commands) if is_open(block[commands]) => {
            let after = &block[commands + 1..];
            let deeper = after.iter().copied().find(|line| is_content(line)).map(indent).filter(|inner| *inner > step);
            (start + 2 + commands, entry(deeper.unwrap_or(2 * step), step, command))
        }
        Some(_) => return None,
        None => (start + 1, format!("{}commands:\n{}", " ".repeat(step), entry(2 * step, step, command))),
    };
    Some(insert(&lines, at, &entry))
}

/// `.pre-commit-config.yaml` with a local hook. `None` when its layout is not known.
pub(super) fn pre_commit(text: &str, command: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.iter().any(|line| calls_check(line)) {
        return Some(text.to_owned());
    }
    let start = lines.iter().position(|line| has_key(line, 0, "repos"))?;
    if !is_open(lines[start]) {
        return None;
    }
    let first = lines[start + 1..].iter().copied().find(|line| is_content(line));
    let at = match first.filter(|line| line.trim_start().starts_with("- ")) {
        Some(item) => indent(item),
        // An empty list, and another key behind it.
        None if first.is_none_or(|line| indent(line) == 0) => 0,
        None => return None,
    };
    let lines_of_entry = [
        "- repo: local",
        "  hooks:",
        "  - id: makemigrations",
        "    name: makemigrations",
        &format!("    entry: {command}"),
        "    language: system",
        "    pass_filenames: false",
        "    always_run: true",
    ];
    let entry: String = lines_of_entry.iter().map(|line| format!("{}{line}\n", " ".repeat(at))).collect();
    Some(insert(&lines, start + 1, &entry))
}

fn entry(at: usize, step: usize, command: &str) -> String {
    format!("{}makemigrations:\n{}run: {command}\n", " ".repeat(at), " ".repeat(at + step))
}

fn insert(lines: &[&str], at: usize, entry: &str) -> String {
    let head = lines[..at].concat();
    let line_end = if head.ends_with('\n') { "" } else { "\n" };
    format!("{head}{line_end}{entry}{}", lines[at..].concat())
}

/// The lines that belong to the key before `start`.
fn block<'a>(lines: &'a [&'a str], start: usize) -> &'a [&'a str] {
    let length = lines[start..].iter().position(|line| is_content(line) && indent(line) == 0);
    &lines[start..length.map_or(lines.len(), |length| start + length)]
}

fn has_key(line: &str, at: usize, key: &str) -> bool {
    indent(line) == at && line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
}

/// Whether the value of a key is in the lines below it.
fn is_open(line: &str) -> bool {
    let value = line.split_once(':').map_or("", |(_, value)| value.trim());
    value.is_empty() || value.starts_with('#')
}

fn is_content(line: &str) -> bool {
    !matches!(line.trim_start().chars().next(), None | Some('#'))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: &str = "cargo xtask hooks run";

    fn added(text: &str) -> String {
        let once = lefthook(text, "pre-commit", COMMAND).unwrap();
        assert_eq!(lefthook(&once, "pre-commit", COMMAND).unwrap(), once);
        once
    }

    #[test]
    fn lefthook_gets_a_command_beside_others() {
        let entry = "    makemigrations:\n      run: cargo xtask hooks run\n";
        assert_eq!(added(""), format!("pre-commit:\n  commands:\n{entry}"));
        assert_eq!(
            added("# ours\npre-push:\n  parallel: true\n"),
            format!("# ours\npre-push:\n  parallel: true\n\npre-commit:\n  commands:\n{entry}")
        );
        let others = "    lint:\n      run: npm run lint # fast\n";
        assert_eq!(
            added(&format!("pre-commit: # before\n  parallel: true\n  commands:\n{others}pre-push:\n")),
            format!("pre-commit: # before\n  parallel: true\n  commands:\n{entry}{others}pre-push:\n")
        );
        assert_eq!(
            added("pre-commit:\n  jobs:\n    - run: a"),
            format!("pre-commit:\n  commands:\n{entry}  jobs:\n    - run: a")
        );
        assert_eq!(
            added("pre-commit:\n    commands:\n        a:\n            run: b\n"),
            "pre-commit:\n    commands:\n        makemigrations:\n            run: cargo xtask hooks run\n        a:\n            run: b\n"
        );
    }

    #[test]
    fn an_unknown_layout_is_left_alone() {
        for text in ["pre-commit: {commands: {}}\n", "pre-commit:\n  commands: {}\n", "{}\n", "a: b\n...\n"] {
            assert_eq!(lefthook(text, "pre-commit", COMMAND), None, "{text}");
        }
        for text in ["repos: []\n", "- repo: local\n", "", "repos:\n  a: b\n"] {
            assert_eq!(pre_commit(text, COMMAND), None, "{text}");
        }
    }

    #[test]
    fn pre_commit_gets_a_hook_beside_others() {
        for (indent, rest) in
            [("", ""), ("", "- repo: a\n  hooks: []\n"), ("  ", "  # ours\n  -   repo: a\n"), ("", "ci: {}\n")]
        {
            let text = format!("# top\nrepos:\n{rest}");
            let once = pre_commit(&text, COMMAND).unwrap();
            assert!(once.starts_with(&format!("# top\nrepos:\n{indent}- repo: local\n{indent}  hooks:\n")), "{once}");
            assert!(once.ends_with(&format!("always_run: true\n{rest}")), "{once}");
            assert_eq!(pre_commit(&once, COMMAND).unwrap(), once);
        }
    }
}
