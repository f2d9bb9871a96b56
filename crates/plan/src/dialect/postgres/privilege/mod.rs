//! Owner, grants and options of what is dropped and created again in one script: they come back as they were.
//!
//! The model knows none of them: people and other tools set them in the database, and only there they can be read.

mod object;
mod view;

use makemigrations_sql::quote_literal;

use super::block;
use crate::{dialect::Block, model::Schema, operation::Operation};
use object::{Objects, ROUTINES, SEQUENCES};
use view::Views;

/// What a script has to keep.
pub(super) struct SavedPrivileges {
    views: Views,
    objects: [Objects; 2],
}

impl SavedPrivileges {
    pub(super) fn new(before: &Schema, operations: &[Operation]) -> Self {
        let objects = [&ROUTINES, &SEQUENCES].map(|kind| Objects::new(kind, before, operations));
        Self { views: Views::new(before, operations), objects }
    }

    /// What runs before the operation at `index`.
    pub(super) fn save(&self, index: usize) -> impl Iterator<Item = Block> {
        let objects = self.objects.iter().filter_map(move |objects| objects.save(index));
        self.views.save(index).into_iter().chain(objects)
    }

    /// What runs after the operation at `index`.
    pub(super) fn restore(&self, index: usize) -> impl Iterator<Item = Block> {
        let objects = self.objects.iter().filter_map(move |objects| objects.restore(index));
        self.views.restore(index).into_iter().chain(objects)
    }
}

/// The operation before which the first of some things still stands, and the one after which all are back.
#[derive(Default)]
struct Absence(Option<(usize, usize)>);

impl Absence {
    /// Takes in what goes with the operation at `first` and comes with the one at `last`.
    fn extend(&mut self, first: usize, last: usize) {
        self.0 = self.0.map_or(Some((first, last)), |(a, b)| Some((a.min(first), b.max(last))));
    }

    fn begins(&self, index: usize) -> bool {
        self.0.is_some_and(|(first, _)| first == index)
    }

    fn ends(&self, index: usize) -> bool {
        self.0.is_some_and(|(_, last)| last == index)
    }
}

/// Gives one type the owner and grants of another, both named as in SQL.
pub(super) fn of_type(from: &str, to: &str) -> String {
    let (from, to) = (quote_literal(from), quote_literal(to));
    let saved = format!(
        "SELECT {to} AS name, o.typowner AS owner, o.typacl AS acl, n.typowner AS newowner, n.typacl AS newacl
            FROM pg_type AS o, pg_type AS n WHERE o.oid = {from}::regtype AND n.oid = {to}::regtype"
    );
    given_back("TYPE", 'T', &saved)
}

/// Gives what `saved` names its owner and grants; `default` is the kind as `acldefault` knows it.
fn given_back(kind: &str, default: char, saved: &str) -> String {
    block::run_each(&format!(
        "        WITH saved AS (
            {saved}
        )
        SELECT step.text FROM (
            SELECT 1, format('ALTER {kind} %s OWNER TO %s', name, owner::regrole) FROM saved WHERE owner <> newowner
            UNION ALL
            SELECT DISTINCT 2, format('REVOKE ALL ON {kind} %s FROM %s', name,
                {})
            FROM saved, aclexplode(coalesce(newacl, acldefault('{default}', newowner))) AS g
            WHERE acl IS NOT NULL OR newacl IS NOT NULL
            UNION ALL
            SELECT 3, format('GRANT %s ON {kind} %s TO %s%s', g.privilege_type, name,
                {}, {OPTION})
            FROM saved, aclexplode(coalesce(acl, acldefault('{default}', owner))) AS g
            WHERE acl IS NOT NULL OR newacl IS NOT NULL
        ) AS step (place, text) ORDER BY step.place, step.text",
        grantee("CASE g.grantee WHEN newowner THEN owner ELSE g.grantee END"),
        grantee("g.grantee"),
    ))
}

/// The role of a grant as SQL.
fn grantee(role: &str) -> String {
    format!("coalesce(nullif({role}, 0)::regrole::text, 'PUBLIC')")
}

/// The end of a grant that may be passed on.
const OPTION: &str = "CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END";
