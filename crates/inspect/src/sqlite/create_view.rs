//! `CREATE VIEW` as it was written: its query.
//!
//! What the query reads is not looked at.

use super::cursor::Cursor;

/// The query; `None` when the view names its columns, which a snapshot has no word for.
pub(super) fn query(sql: &str) -> Option<&str> {
    let mut cursor = Cursor::new(sql);
    cursor.eat(&["CREATE"]).then_some(())?;
    cursor.eat(&["VIEW"]).then_some(())?;
    cursor.eat(&["IF", "NOT", "EXISTS"]);
    cursor.qualified_name()?;
    cursor.eat(&["AS"]).then(|| cursor.rest())
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn the_query_is_what_follows() {
        assert_eq!(query("create view if not exists [a b] as\n select 1 -- one"), Some("select 1"));
        assert_eq!(query("CREATE VIEW a(b) AS SELECT 1"), None);
    }
}
