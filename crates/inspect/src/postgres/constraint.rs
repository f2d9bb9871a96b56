//! Constraints of tables: primary keys, unique, foreign keys, checks, exclusions.
//!
//! Those of domain types are part of the type.

use makemigrations_plan::model::{
    Action, Check, Deferrable, Exclusion, ExclusionElement, ForeignKey, Match, PrimaryKey, Table, Unique,
};

use super::{
    catalogue::{Catalogue, EIGHTEEN, FIFTEEN},
    expression::bare,
    found::{Found, class},
    index::{Facts, Indexes},
};
use crate::row::Row;

/// Constraints that repeat the parent's on partitions, or for a parent's partitions, are left out. The operators of an
/// exclusion are one a line.
const QUERY: &str = r"
SELECT k.oid::text, k.conrelid::text, k.conname::text, k.contype::text, k.conkey::text,
    k.confrelid::text, k.confkey::text, k.confdeltype::text, k.confupdtype::text, (k.confmatchtype = 'f')::text,
    k.condeferrable::text, k.condeferred::text, k.convalidated::text, k.connoinherit::text, k.conindid::text,
    CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid) END,
    (
        SELECT string_agg(CASE WHEN n.nspname IN ('pg_catalog', current_schema()) THEN o.oprname::text
            ELSE 'OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')' END, E'\n' ORDER BY used.position)
        FROM unnest(k.conexclop) WITH ORDINALITY AS used (oid, position)
            JOIN pg_operator o ON o.oid = used.oid JOIN pg_namespace n ON n.oid = o.oprnamespace
    ), {columns}, {period}, {enforced}
FROM pg_constraint k
WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conrelid <> 0 AND k.conparentid = 0
ORDER BY k.oid";

/// A row of the answer, what all kinds have.
struct Constraint {
    relation: u32,
    table: String,
    name: String,
    columns: Vec<i16>,
    deferrable: Option<Deferrable>,
    /// The index behind it.
    index: Option<Facts>,
}

impl Constraint {
    fn unknown(&self, found: &mut Found, what: &str) {
        found.unknown(format!("{what} of constraint `{}` of table `{}`", self.name, self.table));
    }
}

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found, indexes: &mut Indexes) -> Result<(), E> {
    let columns = catalogue.since(FIFTEEN, "(k.confdelsetcols IS NOT NULL)::text", "'false'");
    let query = QUERY
        .replace("{columns}", columns)
        .replace("{period}", catalogue.since(EIGHTEEN, "k.conperiod::text", "'false'"))
        .replace("{enforced}", catalogue.since(EIGHTEEN, "k.conenforced::text", "'true'"));
    for mut row in catalogue.rows(&query)? {
        let oid = row.number();
        let (relation, name, kind, columns) = (row.number::<u32>(), row.text(), row.text(), row.numbers());
        let Some(table) = found.table_key(relation).cloned() else { continue };
        found.say(class::CONSTRAINT, oid);
        let target = Target::new(&mut row);
        let deferrable = match (row.flag(), row.flag()) {
            (true, true) => Some(Deferrable::Deferred),
            (true, false) => Some(Deferrable::Immediate),
            (false, _) => None,
        };
        let (is_valid, is_own, behind) = (row.flag(), row.flag(), row.number::<u32>());
        let expression = row.optional().map(|text| bare(&text).to_owned());
        let operators = row.lines();
        let (has_columns_to_set, has_period, is_enforced) = (row.flag(), row.flag(), row.flag());
        // A foreign key names the index of the table that it points at.
        let index = if kind == "f" { None } else { indexes.remove(&behind) };
        if index.is_some() {
            found.say(class::RELATION, behind);
        }
        let constraint = Constraint { relation, table, name, columns, deferrable, index };
        if has_period {
            constraint.unknown(found, if kind == "f" { "`PERIOD`" } else { "`WITHOUT OVERLAPS`" });
        }
        // What is not enforced is not valid either.
        if !is_enforced {
            constraint.unknown(found, "`NOT ENFORCED`");
        } else if !is_valid {
            constraint.unknown(found, "`NOT VALID`");
        }
        match kind.as_str() {
            "p" => primary_key(found, constraint),
            "u" => unique(found, constraint),
            "x" => exclusion(found, constraint, operators),
            "c" => {
                if is_own {
                    constraint.unknown(found, "`NO INHERIT`");
                }
                let check = Check { expression: expression.unwrap_or_default() };
                with_table(found, &constraint.table, |table| table.checks.insert(constraint.name, check));
            }
            _ => {
                if has_columns_to_set {
                    constraint.unknown(found, "the columns that `ON DELETE` sets");
                }
                foreign_key(found, constraint, target);
            }
        }
    }
    Ok(())
}

fn with_table<T>(found: &mut Found, key: &str, change: impl FnOnce(&mut Table) -> T) {
    found.schema.tables.get_mut(key).map(change);
}

fn primary_key(found: &mut Found, constraint: Constraint) {
    if constraint.deferrable.is_some() {
        constraint.unknown(found, "`DEFERRABLE`");
    }
    let Some(columns) = found.column_names(constraint.relation, &constraint.columns) else { return };
    if let Some(facts) = &constraint.index {
        plain_index(found, &constraint, facts);
        if !facts.index.include.is_empty() {
            constraint.unknown(found, "`INCLUDE`");
        }
    }
    let key = PrimaryKey { name: constraint.name, columns };
    with_table(found, &constraint.table, |table| table.primary_key = Some(key));
}

fn unique(found: &mut Found, constraint: Constraint) {
    let Some(columns) = found.column_names(constraint.relation, &constraint.columns) else { return };
    let (mut nulls_not_distinct, mut include) = (false, Vec::new());
    if let Some(facts) = &constraint.index {
        plain_index(found, &constraint, facts);
        nulls_not_distinct = facts.index.nulls_not_distinct;
        include.clone_from(&facts.index.include);
    }
    let unique = Unique { columns, nulls_not_distinct, deferrable: constraint.deferrable, include };
    with_table(found, &constraint.table, |table| table.unique.insert(constraint.name, unique));
}

fn exclusion(found: &mut Found, mut constraint: Constraint, operators: Vec<String>) {
    if constraint.deferrable.is_some() {
        constraint.unknown(found, "`DEFERRABLE`");
    }
    let Some(facts) = constraint.index.take() else { return };
    plain_index(found, &constraint, &facts);
    if !facts.index.include.is_empty() {
        constraint.unknown(found, "`INCLUDE`");
    }
    let elements = facts.index.columns.into_iter().zip(operators);
    let exclusion = Exclusion {
        method: facts.method,
        elements: elements.map(|(part, operator)| ExclusionElement { target: part.target, operator }).collect(),
        predicate: facts.index.predicate,
    };
    with_table(found, &constraint.table, |table| table.exclusions.insert(constraint.name, exclusion));
}

/// What an index may have and a constraint's in the format has not.
fn plain_index(found: &mut Found, constraint: &Constraint, facts: &Facts) {
    if !facts.index.with.is_empty() {
        constraint.unknown(found, "storage parameters");
    }
    if facts.space.is_some() {
        constraint.unknown(found, "tablespace");
    }
    if facts.is_clustered {
        found.unknown(format!("clustering of table `{}` on index `{}`", constraint.table, facts.name));
    }
    for part in &facts.index.columns {
        if part.descending || part.nulls.is_some() {
            constraint.unknown(found, "order");
        }
        if part.opclass.is_some() {
            constraint.unknown(found, "operator class");
        }
        if part.collation.is_some() {
            constraint.unknown(found, "collation");
        }
    }
}

/// What a foreign key points at.
struct Target {
    relation: u32,
    columns: Vec<i16>,
    on_delete: Action,
    on_update: Action,
    match_type: Match,
}

impl Target {
    fn new(row: &mut Row) -> Self {
        let (relation, columns) = (row.number(), row.numbers());
        let (on_delete, on_update) = (action(&row.text()), action(&row.text()));
        let match_type = if row.flag() { Match::Full } else { Match::Simple };
        Self { relation, columns, on_delete, on_update, match_type }
    }
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

fn foreign_key(found: &mut Found, constraint: Constraint, target: Target) {
    let (Some(columns), Some(references), Some(table)) = (
        found.column_names(constraint.relation, &constraint.columns),
        found.column_names(target.relation, &target.columns),
        found.table_key(target.relation).cloned(),
    ) else {
        let Constraint { name, table, .. } = constraint;
        return found
            .unknown(format!("foreign key `{name}` of table `{table}`, because no snapshot has what it points at"));
    };
    let Target { on_delete, on_update, match_type, .. } = target;
    let deferrable = constraint.deferrable;
    let key = ForeignKey { columns, table, references, on_delete, on_update, deferrable, match_type };
    with_table(found, &constraint.table, |table| table.foreign_keys.insert(constraint.name, key));
}
