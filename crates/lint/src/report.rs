//! Migrations to findings: each file with what is known where it runs, the levels, and the comments that silence. Must not have
//! rules.

use std::collections::{BTreeMap, VecDeque};

use makemigrations_plan::{hazard::LockMode, model::Schema, operation::Operation};
use makemigrations_sql::{Dialect, TokenKind, tokens};

use crate::{
    allow::{Allow, allows, is_before},
    facts::{Facts, Progress, columns},
    finding::{Finding, Level},
    levels::Levels,
    lock,
    name::{RelationName, listed},
    rule::Rule,
    rules::{self, check},
    script::{Script, position},
    squawk,
    unit::{Hit, RowChange, Unit},
};

/// A migration, with what is recorded around it.
#[derive(Debug)]
pub struct Migration<'a> {
    /// The name of its folder.
    pub name: &'a str,
    /// Its files.
    pub files: Vec<SqlFile<'a>>,
    /// Whether it runs in a transaction.
    pub in_transaction: bool,
    /// The schema before it.
    pub before: &'a Schema,
    /// What it is recorded to do.
    pub operations: &'a [Operation],
    /// Who wrote the SQL.
    pub origin: Origin,
    /// Whether programs can run between this migration and the ones before it: tables of the earlier ones are not new then.
    pub is_merged: bool,
}

/// A file of SQL.
#[derive(Debug)]
pub struct SqlFile<'a> {
    /// As messages call it.
    pub path: String,
    /// What is in it.
    pub text: &'a str,
    /// When it runs.
    pub direction: Direction,
}

/// When a file runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// On every database: all rules count.
    Up,
    /// When somebody goes back, or where nothing is yet: what would fail or outlive it counts.
    Other,
}

/// Who wrote the SQL of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The generator, from the operations.
    Generated,
    /// People; the text is what the generator would have written, of which they may have left something as it was.
    Written(String),
}

/// The rules that count in whatever direction a file runs.
const EVERYWHERE: [&str; 13] = [
    "ban-concurrent-index-creation-in-transaction",
    "ban-in-transaction",
    "one-statement-outside-transaction",
    "transaction-nesting",
    "ban-uncommitted-transaction",
    "ban-psql-command",
    "set-without-local",
    "ban-search-path",
    "identifier-too-long",
    "concurrent-index-if-not-exists",
    "ban-cascade",
    "ban-truncate-cascade",
    "unreadable-sql",
];

/// Lints migrations, one after the other.
#[derive(Debug)]
pub struct Linter<'a> {
    levels: &'a Levels,
    earlier: &'a [&'a str],
    /// What the migrations from the next one on change in rows.
    changes: VecDeque<Vec<RowChange>>,
    progress: Progress,
    was_merged: bool,
}

impl<'a> Linter<'a> {
    /// For migrations in their order, each with its name and its `up.sql`. `earlier` are the SQL texts of those before them that
    /// speak of constraints which are not valid: no record has those.
    #[must_use]
    pub fn new<'t>(
        levels: &'a Levels,
        earlier: &'a [&'a str],
        migrations: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Self {
        let changes = migrations.into_iter().map(|(name, text)| {
            let mentions = text.as_bytes().windows(6).any(|word| word.eq_ignore_ascii_case(b"update"));
            if mentions { check::changes_of_text(text, name) } else { Vec::new() }
        });
        Self { levels, earlier, changes: changes.collect(), progress: Progress::default(), was_merged: false }
    }

    /// What is found in the next migration.
    #[must_use]
    pub fn next(&mut self, migration: &Migration<'_>) -> Vec<Finding> {
        self.changes.pop_front();
        if migration.is_merged || std::mem::replace(&mut self.was_merged, migration.is_merged) {
            self.progress.new.clear();
        }
        self.was_merged = migration.is_merged;
        if migration.is_merged {
            self.progress.base = None;
        } else if self.progress.base.is_none() {
            self.progress.base = Some(columns(migration.before));
        }
        let later: Vec<RowChange> = self.changes.iter().flatten().cloned().collect();
        let mut findings = Vec::new();
        for file in &migration.files {
            let Some(script) = Script::parse(file.text) else {
                findings.extend(unreadable(migration, file, self.levels));
                continue;
            };
            let facts = Facts::new(migration.before, migration.operations, &self.progress, &script);
            let unit = Unit {
                script: &script,
                facts: &facts,
                progress: &self.progress,
                in_transaction: migration.in_transaction,
                later: &later,
                earlier: self.earlier,
            };
            findings.extend(of_file(migration, file, &unit, self.levels));
            if file.direction == Direction::Up {
                let (new, indexes) = facts.into_progress();
                self.progress.new.extend(new);
                self.progress.indexes = indexes;
                check::follow(&script, &mut self.progress);
                self.progress.changes.extend(check::changes(&script).into_iter().map(|(_, change)| change));
            }
        }
        findings
    }
}

fn of_file(migration: &Migration<'_>, file: &SqlFile<'_>, unit: &Unit<'_>, levels: &Levels) -> Vec<Finding> {
    let mut hits = Vec::new();
    rules::ALL.iter().for_each(|check| check(unit, &mut hits));
    squawk::run(unit, levels, &mut hits);
    hits.extend(unread(unit.script));
    let generated = Generated::new(&migration.origin);
    Reporter { unit, migration, file, levels, generated }.report(hits)
}

/// Where the parser could not follow. What it says about the meaning of what it read is left to PostgreSQL.
fn unread(script: &Script<'_>) -> Option<Hit> {
    let (offset, message) = script.errors.first()?;
    let at = script
        .statements
        .iter()
        .position(|statement| statement.range.start <= *offset && *offset <= statement.range.end);
    Some(Hit {
        rule: "unreadable-sql",
        at,
        offset: *offset,
        message: Some(format!(
            "the parser cannot follow here ({}): what comes after it is judged only in part",
            fragment(message)
        )),
        safe: None,
        tables: None,
    })
}

fn fragment(message: &str) -> String {
    let text = message.trim().trim_end_matches('.').replace('\n', " ");
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

fn unreadable(migration: &Migration<'_>, file: &SqlFile<'_>, levels: &Levels) -> Option<Finding> {
    let rule = Rule::find("unreadable-sql")?;
    let level = levels.of(rule, false);
    (level != Level::Off).then(|| Finding {
        rule: rule.id,
        hazards: rule.hazards,
        level,
        is_generated: false,
        migration: migration.name.to_owned(),
        file: file.path.clone(),
        line: 1,
        column: 1,
        statement: String::new(),
        message: "the parser fails over this file: nothing in it is judged".to_owned(),
        lock: None,
        tables: Vec::new(),
        safe: rule.safe.to_owned(),
    })
}

/// What of a migration is the generator's own.
enum Generated {
    All,
    These(Vec<String>),
}

impl Generated {
    fn new(origin: &Origin) -> Self {
        match origin {
            Origin::Generated => Self::All,
            Origin::Written(text) => {
                let statements = makemigrations_sql::statements(text, Dialect::Postgres);
                Self::These(statements.iter().map(|statement| one_line(statement.text)).collect())
            }
        }
    }

    fn has(&self, statement: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(statements) => statements.iter().any(|known| known == statement),
        }
    }
}

struct Reporter<'r> {
    unit: &'r Unit<'r>,
    migration: &'r Migration<'r>,
    file: &'r SqlFile<'r>,
    levels: &'r Levels,
    generated: Generated,
}

impl Reporter<'_> {
    fn report(&self, hits: Vec<Hit>) -> Vec<Finding> {
        let mut kept: Vec<(Hit, &'static Rule, Level, bool)> = Vec::new();
        for hit in hits {
            let Some(rule) = Rule::find(hit.rule) else { continue };
            if self.file.direction == Direction::Other && !EVERYWHERE.contains(&rule.id) {
                continue;
            }
            if self.file.direction == Direction::Other && rule.id == "ban-cascade" {
                continue;
            }
            let is_generated = hit.at.is_some_and(|at| self.generated.has(&one_line(self.unit.text(at))));
            let level = self.levels.of(rule, is_generated);
            if level != Level::Off && !(rule.exempts_new && self.is_about_new(&hit)) {
                kept.push((hit, rule, level, is_generated));
            }
        }
        // squawk's validation rule says the same again, and what opens a transaction is said to be none of its business.
        let has = |rule: &str, at: Option<usize>| kept.iter().any(|(hit, ..)| hit.rule == rule && hit.at == at);
        let says_again = |hit: &Hit| match hit.rule {
            "ban-uncommitted-transaction" => has("transaction-nesting", hit.at),
            // A trailing backslash command is what the parser cannot follow.
            "unreadable-sql" => kept.iter().any(|(other, ..)| other.rule == "ban-psql-command"),
            _ => false,
        };
        let repeated: Vec<bool> = kept.iter().map(|(hit, ..)| says_again(hit)).collect();
        let mut repeated = repeated.into_iter();
        kept.retain(|_| !repeated.next().unwrap_or(false));
        let kept = self.silence(kept);
        let mut findings: Vec<(usize, Finding)> = kept
            .into_iter()
            .map(|(hit, rule, level, generated)| (hit.offset, self.finding(hit, rule, level, generated)))
            .collect();
        findings.sort_by(|(a, one), (b, other)| (a, one.rule).cmp(&(b, other.rule)));
        findings.dedup();
        findings.into_iter().map(|(_, finding)| finding).collect()
    }

    fn is_about_new(&self, hit: &Hit) -> bool {
        let Some(at) = hit.at else { return false };
        let tables = hit.tables.clone().unwrap_or_else(|| self.unit.targets(at));
        !tables.is_empty() && tables.iter().all(|table| !self.unit.is_used(table, at))
    }

    /// Takes out what comments silence, and adds what is wrong with the comments.
    fn silence(&self, kept: Vec<(Hit, &'static Rule, Level, bool)>) -> Vec<(Hit, &'static Rule, Level, bool)> {
        let text = self.unit.script.text;
        let comments = allows(text);
        if comments.is_empty() {
            return kept;
        }
        let statements = &self.unit.script.statements;
        let target =
            |allow: &Allow| statements.iter().position(|statement| is_before(text, allow, statement.range.start));
        let targets: Vec<Option<usize>> = comments.iter().map(target).collect();
        let names = |allow: &Allow, rule: &Rule| {
            allow.rules.iter().any(|name| Rule::find(name).is_some_and(|named| named.id == rule.id))
        };
        let mut used: BTreeMap<(usize, &'static str), bool> = BTreeMap::new();
        let mut left = Vec::new();
        for entry in kept {
            let (hit, rule, ..) = &entry;
            let by = comments.iter().enumerate().find(|(index, allow)| {
                let is_near = match (targets[*index], hit.at) {
                    (Some(target), Some(at)) => target == at,
                    // What is in no statement: on the line after the comment.
                    (_, None) => position(text, allow.offset).0 + 1 == position(text, hit.offset).0,
                    (None, Some(_)) => false,
                };
                is_near && allow.has_reason && names(allow, rule)
            });
            match by {
                Some((index, _)) => {
                    used.insert((index, rule.id), true);
                }
                None => left.push(entry),
            }
        }
        for (index, allow) in comments.iter().enumerate() {
            left.extend(self.about_comment(index, allow, targets[index], &used));
        }
        left
    }

    fn about_comment(
        &self,
        index: usize,
        allow: &Allow,
        target: Option<usize>,
        used: &BTreeMap<(usize, &'static str), bool>,
    ) -> Vec<(Hit, &'static Rule, Level, bool)> {
        let mut messages: Vec<(&'static str, String)> = Vec::new();
        if allow.rules.is_empty() {
            messages.push(("unused-lint-allow", "`lint:allow` names no rule, and silences nothing".to_owned()));
        }
        if !allow.has_reason {
            let names = listed(&allow.rules);
            let message = format!("`lint:allow` has no reason, and silences nothing: {names}");
            messages.push(("lint-allow-without-reason", message));
        } else {
            for name in &allow.rules {
                let Some(rule) = Rule::find(name) else {
                    let near = Rule::similar(name);
                    let near =
                        if near.is_empty() { String::new() } else { format!(", did you mean {}?", listed(&near)) };
                    messages.push(("unused-lint-allow", format!("no rule is called `{name}`{near}")));
                    continue;
                };
                if !used.contains_key(&(index, rule.id)) {
                    let message = match target {
                        Some(_) => {
                            format!("`{name}` finds nothing in the statement after it: nothing is silenced here")
                        }
                        None => format!("no statement follows on the next line, and `{name}` is not silenced"),
                    };
                    messages.push(("unused-lint-allow", message));
                }
            }
        }
        let found = messages.into_iter().filter_map(|(rule, message)| {
            let rule = Rule::find(rule)?;
            let level = self.levels.of(rule, false);
            let hit = Hit {
                rule: rule.id,
                at: target,
                offset: allow.offset,
                message: Some(message),
                safe: None,
                tables: None,
            };
            (level != Level::Off).then_some((hit, rule, level, false))
        });
        found.collect()
    }

    fn finding(&self, hit: Hit, rule: &'static Rule, level: Level, is_generated: bool) -> Finding {
        let (line, column) = self.unit.script.position(hit.offset);
        let locks = hit.at.map(|at| lock::locks(&self.unit.script.statements[at].node, at, self.unit.facts));
        let locks = locks.unwrap_or_default();
        let strongest: Option<LockMode> = locks.iter().map(|(_, mode)| *mode).max();
        let mut tables: Vec<RelationName> = hit.tables.unwrap_or_default();
        let targets = hit.at.map(|at| self.unit.targets(at)).unwrap_or_default();
        for name in locks.into_iter().map(|(name, _)| name).chain(targets) {
            if !tables.contains(&name) {
                tables.push(name);
            }
        }
        let shown = if tables.is_empty() { "the table".to_owned() } else { listed(&tables) };
        let message = hit.message.unwrap_or_else(|| rule.message.replace("{tables}", &shown));
        Finding {
            rule: rule.id,
            hazards: rule.hazards,
            level,
            is_generated,
            migration: self.migration.name.to_owned(),
            file: self.file.path.clone(),
            line,
            column,
            statement: hit.at.map(|at| one_line(self.unit.text(at))).unwrap_or_default(),
            message,
            lock: strongest,
            tables: tables.iter().map(ToString::to_string).collect(),
            safe: hit.safe.unwrap_or_else(|| rule.safe.replace("RULE", rule.id)),
        }
    }
}

/// A statement in one line: blanks and comments become one blank, what is in quotes stays as it is.
fn one_line(statement: &str) -> String {
    let mut text = String::new();
    let mut has_gap = false;
    for token in tokens(statement, Dialect::Postgres) {
        if matches!(token.kind, TokenKind::Whitespace | TokenKind::Comment) {
            has_gap = !text.is_empty();
            continue;
        }
        if std::mem::take(&mut has_gap) {
            text.push(' ');
        }
        text.push_str(token.text);
    }
    text
}
