//! What is new comes after what is merged.
//!
//! Numbers are compared where git is not needed for it. Does not compare with what the base has got since the merge base: a branch that is behind is fine.

use super::History;
use crate::finding::Id;
use crate::name::DirectoryName;
use crate::verify::Gate;

impl History<'_> {
    pub(super) fn check_order(&self, gate: &mut Gate<'_>) {
        let names = self.merged.keys().map(|migration| (migration, DirectoryName::parse(migration).version));
        let Some((newest, last)) = names.max_by(|(_, a), (_, b)| a.cmp(b)) else { return };
        for migration in gate.folder.migrations() {
            let is_merged = gate.merged.as_ref().is_some_and(|merged| merged.contains(migration));
            let comes_before = DirectoryName::parse(migration).version < last;
            if is_merged || !comes_before || gate.is_claimed(migration, None) {
                continue;
            }
            let message = format!(
                "`{migration}` is new and comes before `{newest}`, which is merged into `{}`: databases that have the later \
                 one would run it late or never",
                self.base.name
            );
            let finding = gate.about(Id::OutOfOrder, migration, message, gate.new_name_hint(migration));
            gate.push(finding);
        }
    }
}
