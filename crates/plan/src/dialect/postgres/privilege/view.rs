//! Views that go and come back.
//!
//! Whether one comes back is told by keys and names, not by what it shows.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::quote_literal;

use super::{Absence, OPTION, grantee};
use crate::{
    dialect::{
        Block,
        postgres::{block, view},
    },
    model::Schema,
    operation::{CreateView, Operation},
};

/// Holds what they have while they are gone. Nobody's table has this name.
const TABLE: &str = "pg_temp.\"__makemigrations_grants\"";

/// The views that a script drops and creates again, under the same name or another.
#[derive(Default)]
pub(super) struct Views {
    /// Quoted SQL names as literals, each with the one after when that is another.
    names: BTreeMap<String, Option<String>>,
    absence: Absence,
}

impl Views {
    pub(super) fn new(before: &Schema, operations: &[Operation]) -> Self {
        let mut kept = Self::default();
        for (first, operation) in operations.iter().enumerate() {
            let Operation::DropView(drop) = operation else { continue };
            let Some(name) = before.views.get(&drop.key).map(view::name) else { continue };
            let Some((last, create)) = return_of(&drop.key, &name, operations) else { continue };
            if last > first {
                let after = Some(view::name(&create.definition)).filter(|after| *after != name);
                kept.names.insert(quote_literal(&name), after.map(|after| quote_literal(&after)));
                kept.absence.extend(first, last);
            }
        }
        kept
    }

    /// What runs before the operation at `index`.
    pub(super) fn save(&self, index: usize) -> Option<Block> {
        if !self.absence.begins(index) {
            return None;
        }
        let names: Vec<_> = self.names.keys().map(String::as_str).collect();
        let comment = "Keep owners, grants and options of the views that come back below".to_owned();
        let statement = format!(
            "CREATE TEMPORARY TABLE {TABLE} ON COMMIT DROP AS
    WITH v AS (SELECT name, name::regclass AS oid FROM unnest(ARRAY[{}]) AS name)
    SELECT v.name, c.relkind AS kind, c.relowner AS owner, c.reloptions AS options, NULL::name AS \"column\", c.relacl AS acl
    FROM v JOIN pg_class AS c ON c.oid = v.oid
    UNION ALL
    SELECT v.name, NULL, NULL, NULL, a.attname, a.attacl
    FROM v JOIN pg_attribute AS a ON a.attrelid = v.oid AND a.attacl IS NOT NULL",
            names.join(", ")
        );
        Some(Block { comment, statements: [statement].into_iter().chain(self.renamed()).collect() })
    }

    /// What is kept goes by the names after from here on: all at once, because names may change places.
    fn renamed(&self) -> Option<String> {
        let renamed: Vec<_> = self.names.iter().filter_map(|(name, after)| Some((name, after.as_ref()?))).collect();
        if renamed.is_empty() {
            return None;
        }
        let cases: Vec<_> = renamed.iter().map(|(name, after)| format!("    WHEN {name} THEN {after}\n")).collect();
        Some(format!("UPDATE {TABLE} SET name = CASE name\n{}    ELSE name\nEND", cases.concat()))
    }

    /// What runs after the operation at `index`.
    ///
    /// Grants that default privileges gave to the new view go first. Of an unchanged default nothing is written.
    pub(super) fn restore(&self, index: usize) -> Option<Block> {
        if !self.absence.ends(index) {
            return None;
        }
        let query = format!(
            "        WITH saved AS (
            SELECT s.*, c.oid, c.relkind, c.relowner, c.relacl, s.acl IS NOT NULL OR c.relacl IS NOT NULL AS granted
            FROM {TABLE} AS s JOIN pg_class AS c ON c.oid = s.name::regclass
        )
        SELECT step.text FROM (
            SELECT 1, format('ALTER TABLE %s OWNER TO %s', name, owner::regrole) FROM saved WHERE owner <> relowner
            UNION ALL
            SELECT 2, format('ALTER TABLE %s SET (%s)', name, array_to_string(options, ', '))
            FROM saved WHERE kind = relkind AND options IS NOT NULL
            UNION ALL
            SELECT DISTINCT 3, format('REVOKE ALL ON %s FROM %s', name,
                {})
            FROM saved, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS g WHERE \"column\" IS NULL AND granted
            UNION ALL
            SELECT 4, format('GRANT %s%s ON %s TO %s%s', g.privilege_type, ' (' || quote_ident(\"column\") || ')', name,
                {}, {})
            FROM saved, aclexplode(coalesce(acl, acldefault('r', owner))) AS g
            WHERE (\"column\" IS NULL AND granted)
                OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = saved.oid AND a.attname = \"column\")
        ) AS step (place, text) ORDER BY step.place, step.text",
            grantee("CASE g.grantee WHEN relowner THEN owner ELSE g.grantee END"),
            grantee("g.grantee"),
            OPTION,
        );
        let comment = "Give the views their owners, grants and options back".to_owned();
        Some(Block { comment, statements: vec![block::run_each(&query), format!("DROP TABLE {TABLE}")] })
    }
}

/// Where the view with this key and SQL name is created again: under its key, under its name with a new key, or as the
/// analytics view of a table that has another key by then.
fn return_of<'a>(key: &str, name: &str, operations: &'a [Operation]) -> Option<(usize, &'a CreateView)> {
    let created = || {
        operations.iter().enumerate().rev().filter_map(|(index, operation)| {
            let Operation::CreateView(create) = operation else { return None };
            Some((index, create))
        })
    };
    let dropped = operations.iter().filter_map(|operation| {
        let Operation::DropView(drop) = operation else { return None };
        Some(&drop.key)
    });
    let dropped: BTreeSet<&String> = dropped.collect();
    let is_new = |create: &CreateView| !dropped.contains(&create.key);
    let renamed = operations.iter().fold(key.to_owned(), |key, operation| {
        let Operation::RenameTable(rename) = operation else { return key };
        match key.strip_suffix(&rename.from) {
            Some(schema) if schema.ends_with('.') => format!("{schema}{}", rename.to),
            Some(_) | None => key,
        }
    });
    created()
        .find(|(_, create)| create.key == key)
        .or_else(|| created().find(|(_, create)| is_new(create) && view::name(&create.definition) == name))
        .or_else(|| created().find(|(_, create)| is_new(create) && create.key == renamed))
}
