//! Functions and procedures.
//!
//! Aggregates have a file of their own.

use std::collections::BTreeMap;

use super::{comment, qualified};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

/// What a type brings along, such as the constructors of a range, depends on it internally.
const QUERY: &str = "
SELECT p.oid::text, n.nspname::text, quote_ident(n.nspname), p.proname::text, (p.prokind = 'p')::text,
    pg_get_function_identity_arguments(p.oid), pg_get_functiondef(p.oid),
    (l.lanname = 'sql')::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND p.prokind <> 'a' AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')
    )";

struct Function {
    oid: u32,
    schema: Option<String>,
    name: String,
    kind: &'static str,
    arguments: String,
    create: String,
}

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    let mut functions = Vec::with_capacity(rows.len());
    let mut named: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    for mut row in rows {
        let (oid, schema, quoted, name) = (row.number(), catalogue.place(row.text()), row.text(), row.text());
        let kind = if row.flag() { "PROCEDURE" } else { "FUNCTION" };
        let arguments = row.text();
        let create = statement(&row.text(), kind, schema.is_none().then_some(quoted));
        if row.flag() {
            found.sql_functions.push((class::FUNCTION, oid));
        }
        *named.entry((schema.clone(), name.clone())).or_default() += 1;
        functions.push(Function { oid, schema, name, kind, arguments, create });
    }
    for Function { oid, schema, name, kind, arguments, mut create } in functions {
        let call = format!("{}({arguments})", qualified(schema.as_deref(), &name));
        let is_overloaded = named.get(&(schema, name.clone())).is_some_and(|count| *count > 1);
        let key = if is_overloaded { format!("{name}({arguments})") } else { name };
        create.push_str(&comment(kind, &call, found.take_comment(class::FUNCTION, oid, 0)));
        let kind_of_key = if kind == "PROCEDURE" { "procedure" } else { "function" };
        let drop = format!("DROP {kind} {call}");
        let needs = Default::default();
        found.drafts.push(Draft { id: (class::FUNCTION, oid), kind: kind_of_key, key, create, drop, needs });
    }
    Ok(())
}

/// `pg_get_functiondef` replaces what is there, and always writes the schema out.
fn statement(text: &str, kind: &str, first_schema: Option<String>) -> String {
    let start = format!("CREATE OR REPLACE {kind} ");
    let rest = text.trim_end();
    let rest = rest.strip_prefix(&start).unwrap_or(rest);
    let prefix = first_schema.map(|schema| format!("{schema}.")).unwrap_or_default();
    format!("CREATE {kind} {}", rest.strip_prefix(&prefix).unwrap_or(rest))
}
