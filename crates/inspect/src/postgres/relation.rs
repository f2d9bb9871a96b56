//! Tables and views: that they are there, and under which key.
//!
//! What hangs on them is read elsewhere. Partitions and foreign tables have no place in the format, and what hangs on
//! them is theirs.

use makemigrations_plan::model::{Table, View};
use makemigrations_sql::{quote_identifier, quote_literal};

use super::{
    catalogue::Catalogue,
    found::{Found, class},
};
use crate::{domain, row::Row};

/// What stands in their own rows, and how views read.
const QUERY: &str = r"
SELECT c.oid::text, n.nspname::text, c.relname::text, c.relkind::text, (c.relpersistence = 'u')::text,
    c.relispartition::text, (c.reloftype <> 0)::text, c.relreplident::text,
    CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
    am.amname::text, space.spcname::text,
    (
        SELECT string_agg(p.relname, ', ' ORDER BY i.inhseqno)
        FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid
    ),
    array_to_string(
        c.reloptions || (SELECT array_agg('toast.' || name) FROM unnest(toast.reloptions) AS option (name)), E'\n'
    ),
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
    LEFT JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)'
    AND c.relname <> '__diesel_schema_migrations' AND c.relname NOT LIKE '\_\_makemigrations\_%'
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )";

/// A row of the answer.
struct Relation {
    oid: u32,
    schema: Option<String>,
    name: String,
    kind: String,
    unlogged: bool,
    is_partition: bool,
    is_typed: bool,
    replica_identity: String,
    partitioned_by: Option<String>,
    method: Option<String>,
    space: Option<String>,
    parents: Option<String>,
    options: Vec<String>,
    query: String,
}

impl Relation {
    fn new<E>(catalogue: &Catalogue<'_, E>, mut row: Row) -> Self {
        Self {
            oid: row.number(),
            schema: catalogue.place(row.text()),
            name: row.text(),
            kind: row.text(),
            unlogged: row.flag(),
            is_partition: row.flag(),
            is_typed: row.flag(),
            replica_identity: row.text(),
            partitioned_by: row.optional(),
            method: row.optional().filter(|method| method != "heap"),
            space: row.optional(),
            parents: row.optional(),
            options: row.lines(),
            query: row.text(),
        }
    }

    /// As it is called in a line for people.
    fn said(&self) -> String {
        self.schema.as_ref().map_or_else(|| self.name.clone(), |schema| format!("{schema}.{}", self.name))
    }
}

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    let mut relations: Vec<_> = rows.into_iter().map(|row| Relation::new(catalogue, row)).collect();
    relations.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    for relation in relations {
        match relation.kind.as_str() {
            "v" | "m" => view(found, relation),
            _ if relation.is_partition => {
                let parent = relation.parents.as_deref().unwrap_or_default();
                found.unknown(format!("partition `{}` of table `{parent}`", relation.said()));
                found.name_whole(class::RELATION, relation.oid);
            }
            _ => table(found, relation),
        }
    }
    Ok(())
}

fn table(found: &mut Found, relation: Relation) {
    let said = relation.said();
    if relation.unlogged {
        found.unknown(format!("`UNLOGGED` of table `{said}`"));
    }
    if relation.is_typed {
        found.unknown(format!("the type that table `{said}` is made of"));
    }
    if let Some(parents) = &relation.parents {
        found.unknown(format!("inheritance of table `{said}` from `{parents}`"));
    }
    if relation.replica_identity != "d" {
        found.unknown(format!("replica identity of table `{said}`"));
    }
    let options = options(&relation);
    let Relation { oid, schema, name, .. } = relation;
    let key = found.take_key((class::RELATION, oid), &name, schema.as_deref());
    let comment = found.take_comment(class::RELATION, oid, 0);
    found.say(class::RELATION, oid);
    found.schema.tables.insert(key, Table { schema, comment, options, ..Table::new(domain(), name) });
}

/// The text after the closing parenthesis, in the order of PostgreSQL's grammar.
fn options(relation: &Relation) -> Option<String> {
    let partitioned = relation.partitioned_by.iter().map(|by| format!("PARTITION BY {by}"));
    let method = relation.method.iter().map(|method| format!("USING {}", quote_identifier(method)));
    let parameters: Vec<_> = relation.options.iter().map(|option| parameter(option)).collect();
    let with = (!parameters.is_empty()).then(|| format!("WITH ({})", parameters.join(", ")));
    let space = relation.space.iter().map(|name| format!("TABLESPACE {}", quote_identifier(name)));
    let parts: Vec<_> = partitioned.chain(method).chain(with).chain(space).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// `name=value` as SQL.
fn parameter(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, "true"));
    let is_bare = value.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) && !value.is_empty();
    let value = if is_bare { value.to_owned() } else { quote_literal(value) };
    format!("{name} = {value}")
}

fn view(found: &mut Found, relation: Relation) {
    let said = relation.said();
    let materialized = relation.kind == "m";
    let what = if materialized { "materialized view" } else { "view" };
    if !relation.options.is_empty() {
        found.unknown(format!("options of {what} `{said}`: {}", relation.options.join(", ")));
    }
    if let Some(method) = relation.method {
        found.unknown(format!("access method of {what} `{said}`: {method}"));
    }
    if let Some(space) = relation.space {
        found.unknown(format!("tablespace of {what} `{said}`: {space}"));
    }
    let Relation { oid, schema, name, query, .. } = relation;
    let key = found.take_key((class::RELATION, oid), &name, schema.as_deref());
    let comment = found.take_comment(class::RELATION, oid, 0);
    found.say(class::RELATION, oid);
    let query = query.trim().trim_end_matches(';').to_owned();
    let (depends_on, indexes) = Default::default();
    let view = View { domain: domain(), name, schema, query, materialized, comment, depends_on, indexes };
    found.schema.views.insert(key, view);
}
