//! What Diesel would trip over inside a migration's folder.
//!
//! Does not run SQL and does not judge what it does: only whether it can be run, and in whose transaction.

use super::Gate;
use crate::finding::{Finding, Id, Severity};
use crate::folder::{File, Files};
use crate::toml::run_in_transaction;
use makemigrations_sql::{Control, ControlKind, Dialect, statements, transaction_control};

impl Gate<'_> {
    pub(super) fn check_content(&mut self) {
        let folder = self.folder;
        for migration in folder.migrations() {
            let Some(files) = folder.files(migration) else { continue };
            self.check_up_sql(migration, files);
            let is_adopted = self.lock.adopted().contains(migration);
            let metadata = files.get("metadata.toml").map(|file| run_in_transaction(file.bytes()));
            if metadata == Some(None) && !is_adopted && !self.is_claimed(migration, Some("metadata.toml")) {
                let finding = self.no_transaction_key(migration);
                self.push(finding);
            }
            // Without the key nobody knows, and with another file than the merged one it says nothing about the SQL: one
            // finding about that is enough.
            // And Diesel has run adopted ones as they are.
            let is_wrapped = metadata.is_none_or(|explicit| explicit == Some(true))
                && !is_adopted
                && !self.is_claimed(migration, Some("metadata.toml"));
            for name in ["up.sql", "down.sql", "squashed.sql"] {
                let Some(file) = files.get(name).filter(|_| !self.is_claimed(migration, Some(name))) else { continue };
                let findings = self.sql(migration, name, file, is_wrapped);
                self.findings.extend(findings);
            }
            let is_known = !is_adopted && !self.is_claimed(migration, Some("metadata.toml"));
            if is_known && metadata == Some(Some(false)) && self.lock.dialect() == Some("postgres") {
                for name in ["up.sql", "down.sql"] {
                    let file = files.get(name).filter(|_| !self.is_claimed(migration, Some(name)));
                    let finding = file.and_then(|file| self.several_statements(migration, name, file));
                    self.findings.extend(finding);
                }
            }
        }
    }

    /// How the SQL is read: as the lock file says, and where it says nothing as any database might.
    fn dialects(&self) -> impl Iterator<Item = Dialect> {
        let recorded = self.lock.dialect().and_then(|name| name.parse::<Dialect>().ok());
        Dialect::ALL.into_iter().filter(move |dialect| recorded.is_none_or(|recorded| recorded == *dialect))
    }

    fn check_up_sql(&mut self, migration: &str, files: &Files) {
        if files.contains_key("up.sql") || self.is_claimed(migration, Some("up.sql")) {
            return;
        }
        let message = format!("`{migration}` has no `up.sql`: Diesel then refuses the whole migrations folder");
        let path = self.folder.typed(migration);
        let (claim, hint) = if self.lock.files(migration).is_some() {
            (Some("up.sql"), format!("restore it: `{}`", self.folder.restore("HEAD", &[migration])))
        } else {
            (None, format!("delete what another branch left behind: `rm -r {path}`"))
        };
        self.push(self.about(Id::NoUpSql, migration, message, hint));
        self.claim(migration, claim);
    }

    fn no_transaction_key(&self, migration: &str) -> Finding {
        let message = format!(
            "`{migration}/metadata.toml` does not say `run_in_transaction`: Diesel takes `false`, or `true` when the file \
             is not TOML"
        );
        let hint =
            "write `run_in_transaction = true` or `run_in_transaction = false` on a line of its own, then `cargo \
                    xtask seal`, or delete the file"
                .to_owned();
        self.about_file(Id::NoTransactionKey, migration, "metadata.toml", message, hint)
            .with_severity(self.severity(migration))
    }

    /// PostgreSQL gets the file in one piece, and several statements in one piece are a transaction again.
    fn several_statements(&self, migration: &str, name: &str, file: &File) -> Option<Finding> {
        let text = std::str::from_utf8(file.bytes()).ok()?;
        let found = statements(text, Dialect::Postgres);
        let second = found.get(1)?;
        let message = format!(
            "`{migration}/{name}` has {} statements, and `metadata.toml` says `run_in_transaction = false`: PostgreSQL runs \
             several at once in a transaction all the same, and refuses there what cannot run in one",
            found.len()
        );
        let hint = format!(
            "keep one statement, and put each of the others into a migration of its own: `cargo xtask makemigrations \
             --empty`; or remove `metadata.toml` when all of them can run in a transaction; then `cargo xtask seal \
             {migration}`"
        );
        let line = 1 + text[..second.start].matches('\n').count();
        let path = self.folder.path(&format!("{migration}/{name}"));
        let finding = Finding::error(Id::SeveralStatements, message, hint).of(migration).at(path, Some(line));
        // A merged one has run somewhere, or was found to be impossible: it cannot be edited any more.
        let is_merged = self.merged.as_ref().is_some_and(|merged| merged.contains(migration));
        Some(finding.with_severity(if is_merged { Severity::Warning } else { self.severity(migration) }))
    }

    fn sql(&self, migration: &str, name: &str, file: &File, is_wrapped: bool) -> Option<Finding> {
        let Ok(text) = std::str::from_utf8(file.bytes()) else {
            let message = format!("`{migration}/{name}` is not UTF-8: Diesel cannot read it");
            let hint = "save it as UTF-8, then `cargo xtask seal`".to_owned();
            return Some(self.about_file(Id::EmptySql, migration, name, message, hint));
        };
        // An adopted `down.sql` that is empty was never gone, and nobody may write one now.
        let may_be_empty = name == "down.sql" && self.lock.adopted().contains(migration);
        if !may_be_empty && text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
            let message = format!("`{migration}/{name}` is empty: Diesel refuses to run it");
            let hint =
                format!("write SQL, or a comment such as `-- nothing to do`, then `cargo xtask seal {migration}`");
            return Some(self.about_file(Id::EmptySql, migration, name, message, hint));
        }
        let controls = self.dialects().flat_map(|dialect| transaction_control(text, dialect));
        let Control { statement, keyword, .. } =
            controls.filter(|_| is_wrapped).find(|control| control.kind != ControlKind::Savepoint)?;
        let message = format!(
            "`{migration}/{name}` has `{}` of its own: Diesel runs it inside a transaction, and a later error would leave \
             half of it applied",
            keyword.to_uppercase()
        );
        let hint =
            "remove it; or, for statements that cannot run in a transaction, write `run_in_transaction = false` \
                    into `metadata.toml`; then `cargo xtask seal`"
                .to_owned();
        let line = 1 + text[..statement.start].matches('\n').count();
        let path = self.folder.path(&format!("{migration}/{name}"));
        let finding = Finding::error(Id::TransactionControl, message, hint).of(migration).at(path, Some(line));
        Some(finding.with_severity(self.severity(migration)))
    }
}
