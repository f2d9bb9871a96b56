//! Owner, grants and options of what is dropped and created again in one script: they come back as they were.
//!
//! The model knows none of them: people and other tools set them in the database, and only there they can be read.

use std::collections::BTreeSet;

use makemigrations_sql::quote_literal;

use super::{block, view};
use crate::{dialect::Block, model::Schema, operation::Operation};

/// Holds them while the views are gone. Nobody's table has this name.
const TABLE: &str = "pg_temp.\"__makemigrations_grants\"";

/// The views that a script drops and creates again under the same name.
#[derive(Default)]
pub(super) struct Kept {
    /// Quoted SQL names as literals.
    names: Vec<String>,
    /// The operation before which the first of them still stands, and the one after which all are back.
    place: Option<(usize, usize)>,
}

impl Kept {
    pub(super) fn new(before: &Schema, operations: &[Operation]) -> Self {
        let mut names = BTreeSet::new();
        let mut kept = Self::default();
        for (first, operation) in operations.iter().enumerate() {
            let Operation::DropView(drop) = operation else { continue };
            let Some(name) = before.views.get(&drop.key).map(view::name) else { continue };
            let comes_back = |later: &Operation| {
                if let Operation::CreateView(create) = later { view::name(&create.view) == name } else { false }
            };
            let Some(last) = operations.iter().rposition(comes_back).filter(|last| *last > first) else { continue };
            names.insert(quote_literal(&name));
            kept.place = kept.place.map_or(Some((first, last)), |(a, b)| Some((a.min(first), b.max(last))));
        }
        kept.names.extend(names);
        kept
    }

    /// What runs before the operation at `index`.
    pub(super) fn save(&self, index: usize) -> Option<Block> {
        self.place.filter(|(first, _)| *first == index)?;
        let comment = "Keep owners, grants and options of the views that come back below".to_owned();
        let statement = format!(
            "CREATE TEMPORARY TABLE {TABLE} ON COMMIT DROP AS
    WITH v AS (SELECT name, name::regclass AS oid FROM unnest(ARRAY[{}]) AS name)
    SELECT v.name, c.relkind AS kind, c.relowner AS owner, c.reloptions AS options, NULL::name AS \"column\", c.relacl AS acl
    FROM v JOIN pg_class AS c ON c.oid = v.oid
    UNION ALL
    SELECT v.name, NULL, NULL, NULL, a.attname, a.attacl
    FROM v JOIN pg_attribute AS a ON a.attrelid = v.oid AND a.attacl IS NOT NULL",
            self.names.join(", ")
        );
        Some(Block { comment, statements: vec![statement] })
    }

    /// What runs after the operation at `index`.
    ///
    /// Grants that default privileges gave to the new view go first. Of an unchanged default nothing is written.
    pub(super) fn restore(&self, index: usize) -> Option<Block> {
        self.place.filter(|(_, last)| *last == index)?;
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

/// Gives one type the owner and grants of another, both named as in SQL.
pub(super) fn of_type(from: &str, to: &str) -> String {
    let name = quote_literal(to);
    block::run_each(&format!(
        "        WITH types AS (
            SELECT o.typowner AS owner, o.typacl AS acl, n.typowner AS newowner, n.typacl AS newacl
            FROM pg_type AS o, pg_type AS n WHERE o.oid = {}::regtype AND n.oid = {name}::regtype
        )
        SELECT step.text FROM (
            SELECT 1, format('ALTER TYPE %s OWNER TO %s', {name}, owner::regrole) FROM types WHERE owner <> newowner
            UNION ALL
            SELECT DISTINCT 2, format('REVOKE ALL ON TYPE %s FROM %s', {name},
                {})
            FROM types, aclexplode(coalesce(newacl, acldefault('T', newowner))) AS g
            WHERE acl IS NOT NULL OR newacl IS NOT NULL
            UNION ALL
            SELECT 3, format('GRANT %s ON TYPE %s TO %s%s', g.privilege_type, {name},
                {}, {})
            FROM types, aclexplode(coalesce(acl, acldefault('T', owner))) AS g
            WHERE acl IS NOT NULL OR newacl IS NOT NULL
        ) AS step (place, text) ORDER BY step.place, step.text",
        quote_literal(from),
        grantee("CASE g.grantee WHEN newowner THEN owner ELSE g.grantee END"),
        grantee("g.grantee"),
        OPTION,
    ))
}

/// The role of a grant as SQL.
fn grantee(role: &str) -> String {
    format!("coalesce(nullif({role}, 0)::regrole::text, 'PUBLIC')")
}

/// The end of a grant that may be passed on.
const OPTION: &str = "CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END";
