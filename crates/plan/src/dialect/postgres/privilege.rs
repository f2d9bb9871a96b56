//! Owner, grants and options of what is dropped and created again in one script: they come back as they were.
//!
//! The model knows none of them: people and other tools set them in the database, and only there they can be read.

use std::collections::BTreeSet;

use makemigrations_sql::quote_literal;

use super::{block, view};
use crate::{
    dialect::Block,
    model::Schema,
    operation::{Operation, dependency},
};

/// Holds them while the views are gone. Nobody's table has this name.
const TABLE: &str = "pg_temp.\"__makemigrations_grants\"";

/// The same for functions.
const ROUTINES: &str = "pg_temp.\"__makemigrations_routines\"";

/// The views that a script drops and creates again under the same name.
#[derive(Default)]
pub(super) struct Views {
    /// Quoted SQL names as literals.
    names: Vec<String>,
    /// The operation before which the first of them still stands, and the one after which all are back.
    place: Option<(usize, usize)>,
}

impl Views {
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

/// The functions that a script drops and creates again, as objects whose text says nothing of privileges.
#[derive(Default)]
pub(super) struct Routines {
    /// Their names as literals, whatever their parameters are.
    names: BTreeSet<String>,
    place: Option<(usize, usize)>,
}

impl Routines {
    pub(super) fn new(before: &Schema, operations: &[Operation]) -> Self {
        let mut kept = Self::default();
        for (first, operation) in operations.iter().enumerate() {
            let Operation::DropObject(drop) = operation else { continue };
            let Some(object) = before.objects.get(&drop.key) else { continue };
            let names = routine_names(&object.create);
            if names.is_empty() {
                continue;
            }
            let comes_back = |later: &Operation| {
                let Operation::CreateObject(create) = later else { return false };
                create.key == drop.key && !says_privileges(&create.object.create)
            };
            let Some(last) = operations.iter().rposition(comes_back).filter(|last| *last > first) else { continue };
            kept.names.extend(names.iter().map(|name| quote_literal(name)));
            kept.place = kept.place.map_or(Some((first, last)), |(a, b)| Some((a.min(first), b.max(last))));
        }
        kept
    }

    /// What runs before the operation at `index`.
    pub(super) fn save(&self, index: usize) -> Option<Block> {
        self.place.filter(|(first, _)| *first == index)?;
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let statement = format!(
            "CREATE TEMPORARY TABLE {ROUTINES} ON COMMIT DROP AS
    SELECT oid, oid::regprocedure::text AS name, proowner AS owner, proacl AS acl
    FROM pg_proc WHERE pronamespace <> 'pg_catalog'::regnamespace AND proname IN ({})",
            names.join(", ")
        );
        let comment = "Keep owners and grants of the functions that come back below".to_owned();
        Some(Block { comment, statements: vec![statement] })
    }

    /// What runs after the operation at `index`. A function of the same name that nobody touched keeps what it has.
    pub(super) fn restore(&self, index: usize) -> Option<Block> {
        self.place.filter(|(_, last)| *last == index)?;
        let saved = format!(
            "SELECT s.name, s.owner, s.acl, p.proowner AS newowner, p.proacl AS newacl
            FROM {ROUTINES} AS s JOIN pg_proc AS p ON p.oid::regprocedure::text = s.name AND p.oid <> s.oid"
        );
        let comment = "Give the functions their owners and grants back".to_owned();
        let statements = vec![given_back("ROUTINE", 'f', &saved), format!("DROP TABLE {ROUTINES}")];
        Some(Block { comment, statements })
    }
}

/// The names of functions that a text creates, and of other things that it creates beside them: these match no function.
fn routine_names(create: &str) -> BTreeSet<String> {
    let words = dependency::names(create);
    let has_routine = ["function", "procedure", "aggregate"].iter().any(|word| words.contains(*word));
    if has_routine { dependency::created_names(create) } else { BTreeSet::new() }
}

/// Then the text is right, whatever was granted before.
fn says_privileges(create: &str) -> bool {
    ["grant", "revoke", "owner"].iter().any(|word| dependency::names(create).contains(*word))
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
