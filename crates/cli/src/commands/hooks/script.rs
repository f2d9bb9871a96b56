//! A hook that is a shell script: one block at its start that stops the commit. Must not change any other line.

const BLOCK: &str = include_str!("../../../templates/hook.sh");
const BEGIN: &str = "# makemigrations: begin";
const END: &str = "# makemigrations: end";
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "ash"];

/// The script with the block in it, or as it is when it calls the check already. `None` when it is not a shell script.
pub(super) fn with_check(text: Option<&str>, command: &str) -> Option<String> {
    let block = BLOCK.replace("{command}", command);
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Some(format!("#!/bin/sh\n{block}")) };
    if !is_shell(text) {
        return None;
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if let Some(begin) = lines.iter().position(|line| line.starts_with(BEGIN)) {
        // Written by an earlier version, or for a workspace that was elsewhere.
        let length = lines[begin..].iter().position(|line| line.starts_with(END))?;
        return Some(format!("{}{block}{}", lines[..begin].concat(), lines[begin + length + 1..].concat()));
    }
    if lines.iter().any(|line| calls_check(line)) {
        return Some(text.to_owned());
    }
    // First, because a script can end anywhere; but after what husky wants to be first.
    let husky = lines.iter().rposition(|line| line.trim_start().starts_with('.') && line.contains("husky.sh"));
    let start = husky.map_or(usize::from(text.starts_with("#!")), |line| line + 1);
    let (head, tail) = (lines[..start].concat(), lines[start..].concat());
    let break_after_head = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    Some(format!("{head}{break_after_head}{block}{tail}"))
}

/// Whether a line of a script, or of a hook manager's configuration, runs the check.
pub(super) fn calls_check(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with('#') && (line.contains("xtask hooks run") || line.contains("xtask check --staged"))
}

fn is_shell(text: &str) -> bool {
    let Some(interpreter) = text.lines().next().and_then(|line| line.strip_prefix("#!")) else { return true };
    // `#!/usr/bin/env -S bash -e` has its shell somewhere in the middle.
    interpreter.split_whitespace().any(|word| SHELLS.contains(&word.rsplit('/').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "cargo xtask hooks run || exit 1\n";

    fn add(text: &str) -> String {
        let once = with_check(Some(text), "cargo xtask hooks run").unwrap();
        assert_eq!(with_check(Some(&once), "cargo xtask hooks run").unwrap(), once);
        assert_eq!(once.matches(CALL).count(), 1, "{once}");
        once
    }

    #[test]
    fn the_check_comes_first_and_the_rest_stays() {
        let new = with_check(None, "cargo xtask hooks run").unwrap();
        assert!(new.starts_with("#!/bin/sh\n# makemigrations: begin") && new.contains(CALL), "{new}");
        for (before, after) in
            [("#!/bin/sh\n", "exit 0\n"), ("#!/usr/bin/env -S bash -e\n", "true"), ("", "npm test\n")]
        {
            let both = add(&format!("{before}{after}"));
            assert!(both.starts_with(&format!("{before}# makemigrations")) && both.ends_with(after), "{both}");
        }
        assert!(add("#!/bin/sh").starts_with("#!/bin/sh\n#"));
    }

    #[test]
    fn husky_s_own_line_stays_before_it() {
        let header = "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n";
        assert!(add(&format!("{header}\nnpm test\n")).starts_with(&format!("{header}# makemigrations")));
    }

    #[test]
    fn a_block_is_renewed_in_its_place() {
        let old = with_check(Some("#!/bin/sh\nfirst\n"), "(cd 'old' && cargo xtask hooks run)").unwrap();
        let new = with_check(Some(&old), "cargo xtask hooks run").unwrap();
        assert_eq!(new, with_check(Some("#!/bin/sh\nfirst\n"), "cargo xtask hooks run").unwrap());
        assert_eq!(with_check(Some("# makemigrations: begin\n"), "x"), None);
    }

    #[test]
    fn what_people_wrote_themselves_is_enough() {
        let own = "#!/bin/sh\nset -e\ncargo xtask check --staged\n";
        assert_eq!(with_check(Some(own), "cargo xtask hooks run").unwrap(), own);
        assert_ne!(with_check(Some("# cargo xtask hooks run\n"), "x").unwrap(), "# cargo xtask hooks run\n");
    }

    #[test]
    fn only_shell_scripts_are_changed() {
        assert_eq!(with_check(Some("#!/usr/bin/env python3\n"), "x"), None);
        assert_eq!(with_check(Some("#!/usr/bin/perl\n"), "x"), None);
    }
}
