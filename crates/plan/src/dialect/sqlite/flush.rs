//! Writes the changes of a table that were gathered: into its creation, in place, or as a rebuild.
//!
//! When they are written is the walk's business.

use std::collections::BTreeSet;

use super::{
    alteration::{Alteration, Group},
    constraint, guard, index, object, rebuild,
    walk::Walk,
};
use crate::{
    dialect::{Block, text},
    model::{Object, Table},
};

impl<'a> Walk<'a> {
    /// Writes the changes of other tables that read this one, before it becomes something else.
    pub(super) fn flush_readers(&mut self, key: &str, name: &str) {
        let reads = |other: &&String| *other != key && self.groups.get(*other).is_some_and(|group| group.reads(name));
        let readers: Vec<_> = self.readers.iter().filter(reads).cloned().collect();
        readers.iter().for_each(|reader| self.flush_table(reader));
    }

    /// Writes the changes of the tables that the object has a trigger on, before it goes.
    pub(super) fn flush_below(&mut self, object: &Object) {
        let is_on = |(key, group): (&String, &Group<'a>)| {
            object::has_trigger_on(&object.create, &group.after.table.name).then(|| key.clone())
        };
        let below: Vec<_> = self.groups.iter().filter_map(is_on).collect();
        below.iter().for_each(|key| self.flush_table(key));
    }

    pub(super) fn flush_table(&mut self, key: &str) {
        if let Some(group) = self.take_group(key) {
            self.flush(group);
        }
    }

    /// What was gathered for the table, which starts anew.
    pub(super) fn take_group(&mut self, key: &str) -> Option<Group<'a>> {
        self.readers.remove(key);
        self.groups.remove(key)
    }

    pub(super) fn flush_all(&mut self) {
        self.readers.clear();
        while let Some((_, group)) = self.groups.pop_first() {
            self.flush(group);
        }
    }

    /// Writes the changes that were gathered.
    pub(super) fn flush(&mut self, group: Group<'a>) {
        if let Some(at) = group.created_at {
            let after = &group.after;
            let indexes = group.before.indexes.values().cloned();
            self.places[at].statements = std::iter::once(after.create(&after.table.name)).chain(indexes).collect();
        } else if let Some(steps) = group.in_place() {
            for (at, statements) in steps {
                self.places[at].statements = statements;
            }
            if let Some(last) = group.last() {
                self.release(&group, last);
            }
        } else if let Some(last) = group.last() {
            self.rebuild(&group, last);
        }
    }

    /// A plan drops and re-creates triggers, as far as it knows what they need; the others are here.
    fn rebuild(&mut self, group: &Group<'a>, last: usize) {
        let mut waiting = BTreeSet::new();
        for step in group.index_steps.iter().filter(|step| step.at < last) {
            let is_there = step.dropped.filter(|name| !waiting.remove(name));
            self.places[step.at].statements = is_there.map(index::drop).into_iter().collect();
            waiting.extend(step.added);
        }
        let table = &group.before.table.name;
        let triggers = self.now.objects.values().filter(|item| object::has_trigger_on(&item.create, table));
        let triggers: Vec<_> = triggers.collect();
        let temporary = self.temporary(&group.after.table.name);
        let mut statements: Vec<_> = triggers.iter().rev().flat_map(|item| object::run(&item.drop)).collect();
        statements.extend(rebuild::statements(group, &temporary, &mut self.frame));
        statements.extend(triggers.iter().flat_map(|item| object::run(&item.create)));
        for (at, _) in &group.steps {
            self.places[*at].is_shown_later = true;
            self.places[last].rebuilds.push(Block::new(self.operations[*at], Vec::new()));
        }
        self.ask_for_orphans(group, last);
        let comment = text::remark(&format!("rebuild table {}", group.after.table.name));
        self.places[last].rebuilds.push(Block { comment, statements });
    }

    /// Foreign keys hold when the migration is done, and under the names of that moment.
    fn ask_for_orphans(&mut self, group: &Group<'a>, last: usize) {
        let targets = group.steps.iter().filter_map(|(_, step)| match step {
            Alteration::AddForeignKey(name) => Some(group.after.table.foreign_keys.get(*name)?.table.as_str()),
            Alteration::AddColumn(_)
            | Alteration::DropColumn { .. }
            | Alteration::AlterColumn(_)
            | Alteration::DropForeignKey(_)
            | Alteration::AddCheck(_)
            | Alteration::DropCheck(_)
            | Alteration::Values(_)
            | Alteration::RenameValue(_)
            | Alteration::Other => None,
        });
        let is_first = |target: &&str| group.before.table.foreign_keys.values().all(|old| old.table != **target);
        let targets: Vec<&str> = targets.filter(is_first).collect();
        if targets.is_empty() {
            return;
        }
        let later = &self.operations[last + 1..];
        let name_at_end = |key: &str| Some(self.end.tables.get(constraint::key_after(later, key))?.name.clone());
        let is_own = |(_, table): &(&String, &Table)| table.name == group.after.table.name;
        let Some((key, _)) = self.now.tables.iter().find(is_own) else { return };
        for target in targets {
            if let (Some(table), Some(target)) = (name_at_end(key), name_at_end(target)) {
                guard::orphans(&table, &target, &mut self.frame);
            }
        }
    }

    /// Until the operation `until` the database still has the foreign keys that the changes drop: dropping a table that
    /// they point at would reach the rows.
    pub(super) fn release(&mut self, group: &Group<'a>, until: usize) {
        if group.released().any(|target| self.dropped.get(target).is_some_and(|at| *at < until)) {
            self.frame.need();
        }
    }

    /// The whole script, and whether it can run in somebody else's transaction.
    pub(super) fn finish(self) -> (Vec<Block>, bool) {
        let mut blocks = Vec::new();
        for (operation, place) in self.operations.iter().zip(self.places) {
            if !place.is_shown_later {
                blocks.push(Block::new(operation, place.statements));
            }
            blocks.extend(place.rebuilds);
        }
        self.frame.close(blocks)
    }
}
