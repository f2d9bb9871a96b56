//! The names in a SQL text, and what each is of: a column, a table, a function, a type, or no name of the schema at all.
//!
//! Follows only where an operand, an operator, a table or a type is expected; it is no parser, refuses nothing, and takes
//! in doubt a name for a column's.

mod reader;
mod words;

use crate::{Dialect, Token};

/// What a name in a SQL text is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceRole {
    /// A column, `price` in `item.price > 0`.
    Column,
    /// What stands before a dot: a table, an alias, `NEW`, or a SQL schema.
    Qualifier,
    /// A table or view that a query reads or a statement names.
    Relation,
    /// A function.
    Function,
    /// A type, after `::`, in a `CAST`, or before its literal.
    Type,
    /// A name that the text itself gives: to a column or table of a query, or to a common table expression.
    Alias,
    /// Anything else: a collation, a field of `EXTRACT`, a unit, the name of an argument.
    Other,
}

/// A name in a SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The name as written.
    pub token: Token<'a>,
    /// The name as the database reads it, see [`Token::name`].
    pub name: String,
    /// What it is of.
    pub role: ReferenceRole,
    /// The name before the dot before it.
    pub qualifier: Option<String>,
}

/// The names in a text, in order; keywords that are no names in their place are left out.
///
/// The text may be an expression, a query, or statements.
#[must_use]
pub fn references(sql: &str, dialect: Dialect) -> Vec<Reference<'_>> {
    reader::Reader::new(sql, dialect).read()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(role: ReferenceRole, sql: &str, dialect: Dialect) -> Vec<String> {
        let found = references(sql, dialect).into_iter().filter(|reference| reference.role == role);
        found.map(|reference| reference.name).collect()
    }

    fn columns(sql: &str) -> Vec<String> {
        of(ReferenceRole::Column, sql, Dialect::Postgres)
    }

    #[test]
    fn what_is_no_column_is_told_from_columns() {
        for (sql, expected) in [
            ("extract(year from at) > 5 AND year > 1", &["at", "year"][..]),
            ("EXTRACT ( /* x */ Month FROM month )", &["month"]),
            ("status <> 'old'::status", &["status"]),
            ("cast(n as text) || text", &["n", "text"]),
            ("CAST(a AS timestamp with time zone) > at AT TIME ZONE zone", &["a", "at", "zone"]),
            ("date '2020-01-01' < date AND \"year\"(year)", &["date", "year"]),
            ("interval '1' day < day", &["day"]),
            ("a::double precision > precision AND b::app.size = size", &["a", "precision", "b", "size"]),
            ("geo::geometry(point, 4326) = point", &["geo", "point"]),
            ("make_interval(days => days) > d", &["days", "d"]),
            ("(address).city = city AND t.city = 1", &["address", "city", "city"]),
            ("a COLLATE title > title", &["a", "title"]),
            ("CASE WHEN a THEN b ELSE c END = d", &["a", "b", "c", "d"]),
            ("a IS NOT DISTINCT FROM b AND c IS UNKNOWN AND d IS NOT NULL", &["a", "b", "c", "d"]),
            ("substring(a from b for c) = trim(both d from e)", &["a", "b", "c", "d", "e"]),
            ("a BETWEEN b AND c OR d = ANY (ARRAY[e, 'f'])", &["a", "b", "c", "d", "e"]),
            ("a NOT IN (b, c) AND NOT d", &["a", "b", "c", "d"]),
            ("values > 0 AND row > 1", &["values", "row"]),
            ("double precision '1.5' < double", &["double"]),
            ("PRICE > 0 -- price\n AND \"Price\" > 0", &["price", "Price"]),
            ("xmlparse(document body) IS DOCUMENT", &["body"]),
        ] {
            assert_eq!(columns(sql), expected, "{sql}");
        }
        let sqlite = |sql| of(ReferenceRole::Column, sql, Dialect::Sqlite);
        assert_eq!(sqlite("cast(n as unsigned big int) IS int AND [a b] > `c`"), ["n", "int", "a b", "c"]);
        assert_eq!(sqlite("a NOT NULL AND b GLOB c ESCAPE d AND user > 1"), ["a", "b", "c", "d", "user"]);
        assert_eq!(sqlite("SELECT raise(abort, x)"), ["x"]);
    }

    #[test]
    fn a_query_reads_tables_and_gives_names() {
        let sql = "WITH c AS (SELECT id i, price AS p FROM app.item AS x WHERE x.size > 1) \
                   SELECT c.i, count(*) FILTER (WHERE o.open) FROM c JOIN \"Orders\" o ON o.item = c.i, LATERAL f(c.p) \
                   LEFT JOIN u USING (id) WHERE EXISTS (SELECT 1 FROM v) GROUP BY kind ORDER BY c.i DESC NULLS LAST";
        let found = |role| of(role, sql, Dialect::Postgres);
        assert_eq!(found(ReferenceRole::Relation), ["item", "c", "Orders", "u", "v"]);
        assert_eq!(found(ReferenceRole::Alias), ["c", "i", "p", "x", "o"]);
        assert_eq!(
            found(ReferenceRole::Column),
            ["id", "price", "size", "i", "open", "item", "i", "p", "id", "kind", "i"]
        );
        let qualified: Vec<_> = references(sql, Dialect::Postgres)
            .into_iter()
            .filter_map(|reference| Some(format!("{}.{}", reference.qualifier?, reference.name)))
            .collect();
        assert_eq!(qualified, ["app.item", "x.size", "c.i", "o.open", "o.item", "c.i", "c.p", "c.i"]);
    }

    #[test]
    fn statements_name_their_table_and_its_columns() {
        let trigger = "CREATE TRIGGER t AFTER UPDATE OF price, size ON item FOR EACH ROW WHEN (old.price < new.price) \
                       EXECUTE FUNCTION f()";
        assert_eq!(of(ReferenceRole::Relation, trigger, Dialect::Postgres), ["item"]);
        assert_eq!(columns(trigger), ["price", "size", "price", "price"]);
        let policy = "CREATE POLICY own ON item FOR SELECT TO app USING (price > 0)";
        assert_eq!(of(ReferenceRole::Relation, policy, Dialect::Postgres), ["item"]);
        assert_eq!(columns(policy), ["price"]);
        let body = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = new.d; DELETE FROM e WHERE f > 1; END";
        assert_eq!(of(ReferenceRole::Relation, body, Dialect::Sqlite), ["a", "b", "e"]);
        assert_eq!(of(ReferenceRole::Column, body, Dialect::Sqlite), ["c", "d", "f"]);
        let insert = "INSERT INTO a (b, c) SELECT d, e FROM f; UPDATE g SET h = i WHERE j";
        assert_eq!(of(ReferenceRole::Relation, insert, Dialect::Postgres), ["a", "f", "g"]);
        assert_eq!(columns(insert), ["b", "c", "d", "e", "h", "i", "j"]);
    }

    proptest! {
        #[test]
        fn names_lie_inside_the_text_in_order(
            sql in "(?s)([a-z\"'$ ().,:*=>\n\\[\\]]|select |from |as |cast|extract|create |over|with |is |at time zone )*"
        ) {
            for dialect in Dialect::ALL {
                let mut last = 0;
                for reference in references(&sql, dialect) {
                    prop_assert!(last <= reference.token.start && reference.token.end() <= sql.len());
                    last = reference.token.end();
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(sql in "(?s).*") {
            for dialect in Dialect::ALL {
                prop_assert!(references(&sql, dialect).len() <= sql.len());
            }
        }
    }
}
