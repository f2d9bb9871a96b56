//! Numbers and versions of the migrations among each other.
//!
//! Diesel says nothing about any of it: of two migrations with one version it runs one.

use super::Gate;
use crate::finding::{Finding, Id};
use crate::name::DirectoryName;
use std::collections::BTreeMap;

impl Gate<'_> {
    pub(super) fn check_names(&mut self) {
        let folder = self.folder;
        let names: Vec<_> = folder
            .migrations()
            .filter(|migration| !self.is_claimed(migration, None))
            .map(|migration| (migration, DirectoryName::parse(migration)))
            .collect();
        self.check_versions(&names);
        self.check_numbers(&names);
    }

    fn check_versions(&mut self, names: &[(&str, DirectoryName)]) {
        let mut by_version: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (migration, name) in names {
            by_version.entry(&name.version).or_default().push(migration);
        }
        for (version, migrations) in by_version {
            let Some((migration, others)) = self.newcomer(&migrations) else { continue };
            let message =
                format!("`{migration}` has the same version `{version}` as {others}: Diesel runs only one of them");
            let hint = self.new_name_hint(migration);
            self.push(self.about(Id::DuplicateVersion, migration, message, hint));
        }
    }

    fn check_numbers(&mut self, names: &[(&str, DirectoryName)]) {
        // Those of adopted ones are Diesel's, and say nothing: it writes `0000` and counts within a second. One per version:
        // several with one version are said to be that already.
        let mut by_number: BTreeMap<u64, BTreeMap<&str, &str>> = BTreeMap::new();
        let mut by_version: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
        for (migration, name) in names.iter().filter(|(migration, _)| !self.lock.adopted().contains(*migration)) {
            if let Some(number) = name.number {
                by_number.entry(number).or_default().entry(&name.version).or_insert(migration);
                by_version.entry(&name.version).or_insert((number, migration));
            }
        }
        for (number, migrations) in by_number {
            let migrations: Vec<_> = migrations.into_values().collect();
            let Some((migration, others)) = self.newcomer(&migrations) else { continue };
            let message = format!("`{migration}` has the same number {number:04} as {others}");
            let finding = self.about(Id::DuplicateNumber, migration, message, self.new_name_hint(migration));
            self.push(finding.with_severity(self.severity(migration)));
        }
        let mut highest: Option<(u64, &str)> = None;
        for (number, migration) in by_version.into_values() {
            match highest {
                Some((other, before)) if number < other => self.numbers_against_versions(before, migration),
                Some(_) | None => highest = Some((number, migration)),
            }
        }
    }

    fn numbers_against_versions(&mut self, before: &str, after: &str) {
        let is_known = |finding: &Finding| {
            matches!(finding.id, Id::DuplicateNumber | Id::OutOfOrder)
                && [Some(before), Some(after)].contains(&finding.migration.as_deref())
        };
        if self.findings.iter().any(is_known) {
            return;
        }
        let Some((migration, _)) = self.newcomer(&[before, after]) else { return };
        let message = format!("`{after}` comes after `{before}` and has a lower number");
        let finding = self.about(Id::OutOfOrder, migration, message, self.new_name_hint(migration));
        self.push(finding.with_severity(self.severity(migration)));
    }

    /// Of several migrations that clash, the one that has to give way, and the others as a text.
    fn newcomer<'m>(&self, migrations: &[&'m str]) -> Option<(&'m str, String)> {
        if migrations.len() < 2 {
            return None;
        }
        let is_merged = |migration: &str| self.merged.as_ref().is_some_and(|merged| merged.contains(migration));
        // The higher number was given later, whatever the clock said.
        let rank =
            |migration: &str| (!is_merged(migration), DirectoryName::parse(migration).number, migration.to_owned());
        let newcomer = migrations.iter().copied().max_by_key(|migration| rank(migration))?;
        let others = migrations.iter().filter(|other| **other != newcomer).map(|other| format!("`{other}`"));
        Some((newcomer, others.collect::<Vec<_>>().join(", ")))
    }

    pub(crate) fn new_name_hint(&self, migration: &str) -> String {
        format!(
            "if `{migration}` is not merged: `cargo xtask rebase` puts it on top, and takes it back where it is applied"
        )
    }
}
