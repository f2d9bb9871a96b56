//! Aggregates.
//!
//! PostgreSQL has no function that prints one: the statement is put together from its row.

use super::{comment, qualified};
use crate::postgres::{
    catalogue::Catalogue,
    found::{Draft, Found, class},
};

/// Only what differs from a new aggregate's.
const QUERY: &str = "
SELECT p.oid::text, n.nspname::text, p.proname::text, pg_get_function_identity_arguments(p.oid),
    pg_get_function_arguments(p.oid), concat_ws(', ',
        'SFUNC = ' || a.aggtransfn,
        'STYPE = ' || format_type(a.aggtranstype, NULL),
        'SSPACE = ' || nullif(a.aggtransspace, 0),
        'FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'),
        CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
        CASE WHEN a.aggfinalfn <> 0 AND a.aggfinalmodify <> usual.modify
            THEN 'FINALFUNC_MODIFY = ' || (modes ->> a.aggfinalmodify::text) END,
        'COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'),
        'SERIALFUNC = ' || nullif(a.aggserialfn::text, '-'),
        'DESERIALFUNC = ' || nullif(a.aggdeserialfn::text, '-'),
        'INITCOND = ' || quote_literal(a.agginitval),
        'MSFUNC = ' || nullif(a.aggmtransfn::text, '-'),
        'MINVFUNC = ' || nullif(a.aggminvtransfn::text, '-'),
        'MSTYPE = ' || CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
        'MSSPACE = ' || nullif(a.aggmtransspace, 0),
        'MFINALFUNC = ' || nullif(a.aggmfinalfn::text, '-'),
        CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
        CASE WHEN a.aggmfinalfn <> 0 AND a.aggmfinalmodify <> usual.modify
            THEN 'MFINALFUNC_MODIFY = ' || (modes ->> a.aggmfinalmodify::text) END,
        'MINITCOND = ' || quote_literal(a.aggminitval),
        'SORTOP = OPERATOR(' || quote_ident(sn.nspname) || '.' || s.oprname || ')',
        'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
        CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END)
FROM pg_aggregate a
    JOIN pg_proc p ON p.oid = a.aggfnoid
    JOIN pg_namespace n ON n.oid = p.pronamespace
    LEFT JOIN pg_operator s ON s.oid = a.aggsortop
    LEFT JOIN pg_namespace sn ON sn.oid = s.oprnamespace
    CROSS JOIN jsonb_build_object('r', 'READ_ONLY', 's', 'SHAREABLE', 'w', 'READ_WRITE') AS modes
    CROSS JOIN LATERAL (SELECT CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::\"char\" AS modify) AS usual
WHERE p.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )";

pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    let rows: Vec<_> = catalogue.rows(QUERY)?.collect();
    for mut row in rows {
        let (oid, schema, name) = (row.number(), catalogue.place(row.text()), row.text());
        let any = |arguments: String| if arguments.is_empty() { "*".to_owned() } else { arguments };
        let (identity, arguments, definition) = (any(row.text()), any(row.text()), row.text());
        let sql_name = qualified(schema.as_deref(), &name);
        let mut create = format!("CREATE AGGREGATE {sql_name}({arguments}) ({definition})");
        let call = format!("{sql_name}({identity})");
        create.push_str(&comment("AGGREGATE", &call, found.take_comment(class::FUNCTION, oid, 0)));
        let drop = format!("DROP AGGREGATE {call}");
        let needs = Default::default();
        found.drafts.push(Draft { id: (class::FUNCTION, oid), kind: "aggregate", key: name, create, drop, needs });
    }
    Ok(())
}
