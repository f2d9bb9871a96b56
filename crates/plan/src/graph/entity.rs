//! Things by number while operations give them other keys: what a rename calls by a new name stays the same thing.
//!
//! Knows nothing of what the things are.

use std::collections::BTreeMap;

use crate::model::{Dialect, ObjectId};

/// One thing, whatever its key is at the moment.
pub(super) type Entity = usize;

/// The numbers of things, by the keys that they have at one point of a migration.
#[derive(Debug)]
pub(super) struct Entities {
    dialect: Dialect,
    numbers: BTreeMap<ObjectId, Entity>,
    next: Entity,
}

impl Entities {
    /// No things yet, in a database of that dialect.
    pub(super) const fn new(dialect: Dialect) -> Self {
        Self { dialect, numbers: BTreeMap::new(), next: 0 }
    }

    /// The number of a thing. What nobody has asked for gets one.
    pub(super) fn number(&mut self, id: &ObjectId) -> Entity {
        let id = id.compared(self.dialect);
        if let Some(number) = self.numbers.get(id.as_ref()) {
            return *number;
        }
        let number = self.next;
        self.next += 1;
        self.numbers.insert(id.into_owned(), number);
        number
    }

    /// A thing gets another key, and what is part of it along with it.
    pub(super) fn rename(&mut self, from: &ObjectId, to: &ObjectId) {
        let number = self.number(from);
        let (from, to) = (from.compared(self.dialect), to.compared(self.dialect));
        if from == to {
            return;
        }
        self.numbers.remove(from.as_ref());
        self.numbers.insert(to.clone().into_owned(), number);
        let (ObjectId::Table(from), ObjectId::Table(to)) = (from.as_ref(), to.as_ref()) else { return };
        let parts: Vec<_> = self.numbers.keys().filter(|id| id.table() == Some(from.as_str())).cloned().collect();
        for part in parts {
            if let Some(number) = self.numbers.remove(&part) {
                self.numbers.insert(part.in_table(to), number);
            }
        }
    }

    /// A thing is gone: what has its key later is something else.
    pub(super) fn forget(&mut self, id: &ObjectId) {
        self.numbers.remove(id.compared(self.dialect).as_ref());
        if let ObjectId::Table(table) = id {
            self.numbers.retain(|part, _| part.table() != Some(table.as_str()));
        }
    }
}
