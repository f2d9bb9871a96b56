//! Shows what `lint` found: for people, as JSON, as GitHub annotations. Must not decide whether it fails.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_lint::{Finding, Level};

use super::{
    Paint, Terminal,
    findings::{escape, escape_property},
};
use crate::arguments::Format;

impl Terminal {
    /// Shows every hazard.
    pub(crate) fn hazards(&self, findings: &[Finding]) {
        match self.format {
            Format::Human => findings.iter().for_each(|finding| self.always(&self.hazard(finding))),
            Format::Json => self.document.hazards(findings, false, &self.command_hint),
            Format::Github => findings.iter().for_each(|finding| self.annotate_hazard(finding)),
        }
    }

    /// Shows hazards beside what else was found: people get the warnings in a few lines.
    pub(crate) fn hazards_beside(&self, findings: &[Finding]) {
        match self.format {
            Format::Human => {
                let (errors, warnings): (Vec<_>, Vec<_>) =
                    findings.iter().partition(|finding| finding.level == Level::Error);
                errors.into_iter().for_each(|finding| self.always(&self.hazard(finding)));
                if !warnings.is_empty() && !self.is_quiet() {
                    self.always(&self.summarised(&warnings));
                }
            }
            Format::Json => self.document.hazards(findings, true, &self.command_hint),
            Format::Github => findings.iter().for_each(|finding| self.annotate_hazard(finding)),
        }
    }

    fn hazard(&self, finding: &Finding) -> String {
        let paint = if finding.level == Level::Error { Paint::Error } else { Paint::Warning };
        let level = self.paint(paint, &format!("{}[{}]", finding.level.as_str(), finding.rule));
        let Finding { message, file, line, column, .. } = finding;
        let mut text = format!("{level}: {message}\n  --> {file}:{line}:{column}\n");
        if !finding.statement.is_empty() {
            text += &format!("   | {}\n", shortened(&finding.statement));
        }
        if let Some(lock) = finding.lock {
            let waits = finding.blocks().map_or("no reads or writes wait".to_owned(), |who| format!("{who} wait"));
            let tables: Vec<String> = finding.tables.iter().map(|table| format!("`{table}`")).collect();
            let tables = if tables.is_empty() { String::new() } else { format!(" on {}", tables.join(", ")) };
            text += &format!("   = lock: {lock}{tables}: {waits}\n");
        }
        text + &format!("{}: {}\n", self.paint(Paint::Strong, "hint"), finding.safe)
    }

    /// One line for each rule.
    fn summarised(&self, warnings: &[&Finding]) -> String {
        let mut rules: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
        for finding in warnings {
            let (count, tables) = rules.entry(finding.rule).or_default();
            *count += 1;
            tables.extend(finding.tables.iter().map(String::as_str));
        }
        let level = self.paint(Paint::Warning, "warning[lint]");
        let count = match warnings.len() {
            1 => "1 hazard".to_owned(),
            several => format!("{several} hazards"),
        };
        let mut text = format!("{level}: {count} in unmerged migrations, where tables are in use\n");
        for (rule, (count, tables)) in rules {
            let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
            let tables: Vec<&str> = tables.into_iter().collect();
            let tables = match tables.as_slice() {
                [] => String::new(),
                few @ [_, ..] if few.len() <= 4 => format!(": {}", few.join(", ")),
                many => format!(": {} and {} more", many[..3].join(", "), many.len() - 3),
            };
            text += &format!("   {rule}{times}{tables}\n");
        }
        text + &format!(
            "{}: `cargo xtask lint` shows each, with what waits and the safe way\n",
            self.paint(Paint::Strong, "hint")
        )
    }

    fn annotate_hazard(&self, finding: &Finding) {
        self.note_error(finding.level == Level::Error);
        self.data(&self.command_hint.complete(&github(finding, &self.below)));
    }
}

/// `below` is where the workspace is in what GitHub has checked out.
fn github(finding: &Finding, below: &str) -> String {
    let file = escape_property(&format!("{below}{}", finding.file));
    let lock = finding.lock.map(|lock| {
        let waits = finding.blocks().map(|who| format!(", {who} wait")).unwrap_or_default();
        format!("\nlock: {lock}{waits}")
    });
    let text = format!("{}{}\nhint: {}", finding.message, lock.unwrap_or_default(), finding.safe);
    format!(
        "::{} file={file},line={},col={},title={}::{}",
        finding.level.as_str(),
        finding.line,
        finding.column,
        finding.rule,
        escape(&text)
    )
}

/// What fits in a line; a long statement is recognised by its beginning.
fn shortened(statement: &str) -> String {
    const LONGEST: usize = 140;
    let line = statement.replace('\n', " ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let cut: String = line.chars().take(LONGEST).collect();
    format!("{cut} ...")
}

#[cfg(test)]
mod tests {
    use makemigrations_lint::LockMode;

    use super::*;

    fn finding() -> Finding {
        Finding {
            rule: "require-concurrent-index-creation",
            hazards: &["H01"],
            level: Level::Error,
            is_generated: false,
            migration: "a".to_owned(),
            file: "migrations/a,b/up.sql".to_owned(),
            line: 3,
            column: 5,
            statement: "CREATE INDEX x ON t (a)".to_owned(),
            message: "100% of writes wait".to_owned(),
            lock: Some(LockMode::Share),
            tables: vec!["t".to_owned()],
            safe: "concurrently".to_owned(),
        }
    }

    #[test]
    fn an_annotation_has_the_place_of_the_statement() {
        let expected = "::error file=services/migrations/a%2Cb/up.sql,line=3,col=5,title=require-concurrent-index-creation::100%25 \
                        of writes wait%0Alock: SHARE, writes wait%0Ahint: concurrently";
        assert_eq!(github(&finding(), "services/"), expected);
    }

    #[test]
    fn people_read_the_rule_the_place_who_waits_and_the_safe_way() {
        let expected = "error[require-concurrent-index-creation]: 100% of writes wait\n  --> migrations/a,b/up.sql:3:5\n   | CREATE \
                        INDEX x ON t (a)\n   = lock: SHARE on `t`: writes wait\nhint: concurrently\n";
        assert_eq!(Terminal::plain().hazard(&finding()), expected);
    }
}
