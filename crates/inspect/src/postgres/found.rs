//! What has been found so far, and under which key.
//!
//! Asks no database. Every object of the catalogue ends up here: in the schema, or by name in what is unknown.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::{Object, Schema};

use crate::{Inspected, domain, free_key, is_taken};

/// The catalogues by their own identifiers, which are the same in every version.
pub(super) mod class {
    pub(in crate::postgres) const TYPE: u32 = 1247;
    pub(in crate::postgres) const FUNCTION: u32 = 1255;
    pub(in crate::postgres) const RELATION: u32 = 1259;
    pub(in crate::postgres) const CONSTRAINT: u32 = 2606;
    pub(in crate::postgres) const NAMESPACE: u32 = 2615;
    pub(in crate::postgres) const RULE: u32 = 2618;
    pub(in crate::postgres) const TRIGGER: u32 = 2620;
    pub(in crate::postgres) const EXTENSION: u32 = 3079;
    pub(in crate::postgres) const POLICY: u32 = 3256;
    /// Row security is a flag of its table, but an object here: it takes its table's row.
    pub(in crate::postgres) const ROW_SECURITY: u32 = 0;
}

/// An object of the catalogue: which catalogue, which row.
pub(super) type Id = (u32, u32);

/// An object that will be tracked by its text, before it has a key.
pub(super) struct Draft {
    /// Its row.
    pub(super) id: Id,
    /// What it is, in one word.
    pub(super) kind: &'static str,
    /// The key that it gets unless something else has it.
    pub(super) key: String,
    pub(super) create: String,
    pub(super) drop: String,
    /// What it needs, beyond what the catalogue says.
    pub(super) needs: BTreeSet<String>,
}

/// The result while it grows.
#[derive(Default)]
pub(super) struct Found {
    pub(super) schema: Schema,
    /// Keys of tables, views, enums and objects by their rows. A composite type is a row of the relations.
    pub(super) keys: BTreeMap<Id, String>,
    /// Names of tables' columns by number.
    pub(super) columns: BTreeMap<u32, BTreeMap<i16, String>>,
    pub(super) drafts: Vec<Draft>,
    /// Functions whose bodies PostgreSQL checks when it makes them, and whose dependencies it does not write down.
    pub(super) sql_functions: Vec<Id>,
    /// What is in the schema, in full or as part of something.
    said: BTreeSet<Id>,
    /// What is in `unknown` by its own name, or left out because its owner is.
    named: BTreeSet<Id>,
    unknown: BTreeSet<String>,
    comments: BTreeMap<(Id, i32), String>,
}

impl Found {
    /// The object is in the schema.
    pub(super) fn say(&mut self, class: u32, row: u32) {
        self.said.insert((class, row));
    }

    /// The object has been named in a line of its own, or goes without saying.
    pub(super) fn name_whole(&mut self, class: u32, row: u32) {
        self.named.insert((class, row));
    }

    pub(super) fn is_accounted_for(&self, id: Id) -> bool {
        self.said.contains(&id) || self.named.contains(&id)
    }

    /// The object has no place in the schema.
    pub(super) fn unknown(&mut self, line: impl Into<String>) {
        self.unknown.insert(line.into());
    }

    pub(super) fn table_key(&self, relation: u32) -> Option<&String> {
        self.keys.get(&(class::RELATION, relation)).filter(|key| self.schema.tables.contains_key(*key))
    }

    pub(super) fn view_key(&self, relation: u32) -> Option<&String> {
        self.keys.get(&(class::RELATION, relation)).filter(|key| self.schema.views.contains_key(*key))
    }

    /// The name of a column of a table.
    pub(super) fn column(&self, relation: u32, number: i16) -> Option<&String> {
        self.columns.get(&relation)?.get(&number)
    }

    /// The names of columns; `None` when one of them is not known.
    pub(super) fn column_names(&self, relation: u32, numbers: &[i16]) -> Option<Vec<String>> {
        numbers.iter().map(|number| self.column(relation, *number).cloned()).collect()
    }

    pub(super) fn set_comments(&mut self, comments: BTreeMap<(Id, i32), String>) {
        self.comments = comments;
    }

    /// The comment on an object, or on its column, which has found its place.
    pub(super) fn take_comment(&mut self, class: u32, row: u32, column: i32) -> Option<String> {
        self.comments.remove(&((class, row), column))
    }

    /// Objects with a comment that has found no place.
    pub(super) fn commented(&self) -> impl Iterator<Item = (Id, i32)> {
        self.comments.keys().filter(|(id, _)| self.said.contains(id)).copied()
    }

    /// A key for a table, view or object, and a note of which row has it.
    pub(super) fn take_key(&mut self, id: Id, name: &str, place: Option<&str>) -> String {
        let taken = |key: &str| is_taken(&self.schema, key);
        let key = match place {
            Some(schema) if taken(name) => format!("{schema}_{name}"),
            Some(_) | None => name.to_owned(),
        };
        let key = free_key(key, taken);
        self.keys.insert(id, key.clone());
        key
    }

    /// Gives the drafts their keys, in an order of their own, and lets them be objects.
    pub(super) fn settle_drafts(&mut self) {
        let mut drafts = std::mem::take(&mut self.drafts);
        drafts.sort_by(|a, b| (&a.key, a.kind, &a.create).cmp(&(&b.key, b.kind, &b.create)));
        for draft in drafts {
            let Draft { id, kind, key, create, drop, needs } = draft;
            let taken = |key: &str| is_taken(&self.schema, key);
            let key = if taken(&key) { free_key(format!("{key}_{kind}"), taken) } else { key };
            self.say(id.0, id.1);
            self.keys.insert(id, key.clone());
            self.schema.objects.insert(key, Object { domain: domain(), create, drop, depends_on: needs });
        }
    }

    pub(super) fn into_inspected(self) -> Inspected {
        Inspected { schema: self.schema, unknown: self.unknown.into_iter().collect() }
    }
}
