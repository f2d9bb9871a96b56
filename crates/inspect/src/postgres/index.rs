//! Indexes of tables and materialized views, those behind constraints included.
//!
//! Whose index it is, a table's or a constraint's, the constraints say.

use std::collections::BTreeMap;

use makemigrations_plan::model::{Index, IndexColumn, IndexTarget, Nulls};

use super::{
    catalogue::{Catalogue, FIFTEEN, column_options},
    expression::bare,
    found::{Found, class},
};

const QUERY: &str = r"
SELECT i.indexrelid::text, i.indrelid::text, c.relname::text, am.amname::text, i.indisunique::text, {distinct},
    pg_get_expr(i.indpred, i.indrelid), array_to_string(c.reloptions, E'\n'),
    (i.indisvalid AND i.indisready AND i.indislive)::text, i.indisclustered::text, space.spcname::text
FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
WHERE i.indexrelid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace";

/// An operator class is named when it is not the one that the column's type would get by itself.
const ELEMENTS: &str = "
SELECT i.indexrelid::text, a.attname::text,
    CASE WHEN part.attnum = 0 THEN pg_get_indexdef(i.indexrelid, part.position::int, false) END,
    (part.position > i.indnkeyatts)::text, (part.option & 1 <> 0)::text, (part.option & 2 <> 0)::text,
    CASE WHEN NOT o.opcdefault OR parameters.list IS NOT NULL OR EXISTS (
            SELECT FROM pg_opclass other
            WHERE other.opcmethod = o.opcmethod AND other.opcdefault AND other.oid <> o.oid
                AND other.opcintype = a.atttypid)
        THEN CASE WHEN n.nspname IN ('pg_catalog', current_schema()) THEN '' ELSE quote_ident(n.nspname) || '.' END
            || quote_ident(o.opcname)
            || coalesce('(' || parameters.list || ')', '') END,
    CASE WHEN part.coll <> coalesce(a.attcollation, own.attcollation) THEN l.collname::text END,
    (own.attstattarget >= 0)::text
FROM pg_index i
    CROSS JOIN unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[])
        WITH ORDINALITY AS part (attnum, class, coll, option, position)
    JOIN pg_class c ON c.oid = i.indexrelid
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum AND part.attnum <> 0
    LEFT JOIN pg_attribute own ON own.attrelid = i.indexrelid AND own.attnum = part.position
    CROSS JOIN LATERAL (SELECT string_agg(option, ', ' ORDER BY position) AS list FROM {options}) AS parameters
    LEFT JOIN pg_opclass o ON o.oid = part.class
    LEFT JOIN pg_namespace n ON n.oid = o.opcnamespace
    LEFT JOIN pg_collation l ON l.oid = part.coll
WHERE i.indexrelid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace
ORDER BY i.indexrelid, part.position";

/// An index before it is known whose it is.
pub(super) struct Facts {
    pub(super) relation: u32,
    pub(super) name: String,
    pub(super) index: Index,
    pub(super) method: String,
    pub(super) is_valid: bool,
    pub(super) is_clustered: bool,
    has_statistics: bool,
    pub(super) space: Option<String>,
}

/// Indexes by row.
pub(super) type Indexes = BTreeMap<u32, Facts>;

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>) -> Result<Indexes, E> {
    let distinct = catalogue.since(FIFTEEN, "i.indnullsnotdistinct::text", "'false'");
    let query = QUERY.replace("{distinct}", distinct);
    let mut indexes = Indexes::new();
    for mut row in catalogue.rows(&query)? {
        let (oid, relation, name, method) = (row.number(), row.number(), row.text(), row.text());
        let index = Index {
            columns: Vec::new(),
            unique: row.flag(),
            nulls_not_distinct: row.flag(),
            predicate: row.optional().map(|text| bare(&text).to_owned()),
            method: Some(method.clone()).filter(|method| method != "btree"),
            include: Vec::new(),
            with: row.lines().iter().filter_map(|option| option.split_once('=')).map(owned).collect(),
        };
        let (is_valid, is_clustered, space) = (row.flag(), row.flag(), row.optional());
        indexes
            .insert(oid, Facts { relation, name, index, method, is_valid, is_clustered, has_statistics: false, space });
    }
    for mut row in catalogue.rows(&ELEMENTS.replace("{options}", &column_options("own")))? {
        let Some(facts) = indexes.get_mut(&row.number()) else { continue };
        let (column, expression) = (row.optional(), row.optional());
        let target = match (column, expression) {
            (_, Some(text)) => IndexTarget::Expression(bare(&text).to_owned()),
            (column, None) => IndexTarget::Column(column.unwrap_or_default()),
        };
        if row.flag() {
            facts.index.include.extend(match target {
                IndexTarget::Column(name) | IndexTarget::Expression(name) => Some(name),
            });
            continue;
        }
        let (descending, nulls_first) = (row.flag(), row.flag());
        let nulls = match (descending, nulls_first) {
            (false, true) => Some(Nulls::First),
            (true, false) => Some(Nulls::Last),
            (false, false) | (true, true) => None,
        };
        let (opclass, collation) = (row.optional(), row.optional());
        facts.has_statistics |= row.flag();
        facts.index.columns.push(IndexColumn { target, descending, nulls, opclass, collation });
    }
    Ok(indexes)
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Gives the indexes that no constraint has to their tables and views.
pub(super) fn settle(found: &mut Found, indexes: Indexes) {
    for (oid, facts) in indexes {
        let Facts { relation, name, index, is_valid, is_clustered, has_statistics, space, .. } = facts;
        let table = found.table_key(relation).cloned();
        let Some(owner) = table.or_else(|| found.view_key(relation).cloned()) else { continue };
        found.say(class::RELATION, oid);
        if is_clustered {
            found.unknown(format!("clustering of table `{owner}` on index `{name}`"));
        }
        if has_statistics {
            found.unknown(format!("statistics target of index `{name}` of `{owner}`"));
        }
        if let Some(space) = space {
            found.unknown(format!("tablespace of index `{name}` of `{owner}`: {space}"));
        }
        if !is_valid {
            // What is left of a concurrent build that failed, or waits for the partitions' indexes, does no work.
            found.unknown(format!("invalid index `{name}` of `{owner}`"));
        } else if let Some(table) = found.schema.tables.get_mut(&owner) {
            table.indexes.insert(name, index);
        } else if let Some(view) = found.schema.views.get_mut(&owner) {
            view.indexes.insert(name, index);
        }
    }
}
