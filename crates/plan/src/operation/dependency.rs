//! What tables, views and objects need of each other: as declared, and otherwise as found in their texts.
//!
//! A text is not parsed: a word that is the name of a table or view counts, whatever it means there. What is found
//! too much costs an order or a view that is made anew, never a row.

use std::collections::BTreeSet;

use makemigrations_sql::{TokenKind, tokens};

use super::{Change, Contradiction, Operation, Sign, missing};
use crate::model::{Dialect, Schema};

/// What a table, view or object declares to need becomes another list; the database does not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDependsOn {
    /// The key of the table, view or object.
    pub key: String,
    /// The keys after.
    pub depends_on: BTreeSet<String>,
}

impl SetDependsOn {
    fn find<'a>(&self, schema: &'a Schema) -> Result<&'a BTreeSet<String>, Contradiction> {
        let table = schema.tables.get(&self.key).map(|table| &table.depends_on);
        let view = || schema.views.get(&self.key).map(|view| &view.depends_on);
        let object = || schema.objects.get(&self.key).map(|object| &object.depends_on);
        table.or_else(view).or_else(object).ok_or_else(|| missing("table, view or object", &self.key))
    }
}

impl Change for SetDependsOn {
    fn apply(&self, schema: &mut Schema) -> Result<(), Contradiction> {
        self.find(schema)?;
        let table = schema.tables.get_mut(&self.key).map(|table| &mut table.depends_on);
        let view = schema.views.get_mut(&self.key).map(|view| &mut view.depends_on);
        let object = schema.objects.get_mut(&self.key).map(|object| &mut object.depends_on);
        if let Some(found) = table.or(view).or(object) {
            found.clone_from(&self.depends_on);
        }
        Ok(())
    }

    fn inverse(&self, before: &Schema) -> Result<Operation, Contradiction> {
        Ok(Self { key: self.key.clone(), depends_on: self.find(before)?.clone() }.into())
    }

    fn describe(&self) -> String {
        format!("set what {} depends on", self.key)
    }

    fn sign(&self) -> Sign {
        Sign::Alter
    }

    fn fragment(&self) -> String {
        format!("alter_{}_depends_on", self.key)
    }

    fn table(&self) -> Option<&str> {
        None
    }
}

/// The keys of the tables, views and objects that a view needs: as declared, or found in its query.
#[must_use]
pub fn of_view(schema: &Schema, key: &str) -> BTreeSet<String> {
    let Some(view) = schema.views.get(key) else { return BTreeSet::new() };
    if view.depends_on.is_empty() { found(schema, key, &[&view.query]) } else { view.depends_on.clone() }
}

/// The keys of the tables, views and objects that an object needs: as declared, or found in its texts. Bodies in dollar
/// quotes are no dependency to a database, and are not searched.
#[must_use]
pub fn of_object(schema: &Schema, key: &str) -> BTreeSet<String> {
    let Some(object) = schema.objects.get(key) else { return BTreeSet::new() };
    if object.depends_on.is_empty() {
        found(schema, key, &[&object.create, &object.drop])
    } else {
        object.depends_on.clone()
    }
}

/// The keys of what the bodies of an object name: a database that checks them when it creates the object wants them to be
/// there before. Nothing when it declares what it needs.
#[must_use]
pub fn of_bodies(schema: &Schema, key: &str) -> BTreeSet<String> {
    let Some(object) = schema.objects.get(key).filter(|object| object.depends_on.is_empty()) else {
        return BTreeSet::new();
    };
    let bodies = tokens(&object.create, schema.dialect).filter(|token| token.kind == TokenKind::DollarString);
    let bodies = bodies.map(|token| token.text.trim_start_matches('$').splitn(2, '$').last().unwrap_or_default());
    found(schema, key, &bodies.collect::<Vec<_>>())
}

/// The names that the text of an object gives to functions, types and sequences.
#[must_use]
pub fn created_names(dialect: Dialect, create: &str) -> BTreeSet<String> {
    const KINDS: [&str; 8] =
        ["function", "procedure", "aggregate", "sequence", "type", "domain", "collation", "operator"];
    const BETWEEN: [&str; 3] = ["if", "not", "exists"];
    let mut found = BTreeSet::new();
    for statement in makemigrations_sql::statements(create, dialect) {
        let words: Vec<_> = tokens(statement.text, dialect).filter(|token| !token.is_blank()).collect();
        let is = |index: usize, known: &[&str]| {
            words.get(index).is_some_and(|token| known.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
        };
        let Some(kind) = (0..words.len().min(5)).find(|index| is(*index, &KINDS)) else { continue };
        if !is(0, &["create"]) {
            continue;
        }
        let mut at = kind + 1;
        while is(at, &BETWEEN) {
            at += 1;
        }
        // The last part of a qualified name.
        while is(at + 1, &["."]) {
            at += 2;
        }
        found.extend(words.get(at).and_then(|token| token.name(dialect)));
    }
    found
}

/// What of `schema` the texts of `key` name: tables and views by their SQL names, objects by their keys.
fn found(schema: &Schema, key: &str, texts: &[&str]) -> BTreeSet<String> {
    // In any case: SQLite does not tell `Ticket` from `ticket`.
    let names =
        texts.iter().flat_map(|text| tokens(text, schema.dialect)).filter_map(|token| token.name(schema.dialect));
    let words: BTreeSet<String> = names.map(|name| name.to_lowercase()).collect();
    let has = |name: &str| words.contains(&name.to_lowercase());
    // What lives in a SQL schema is named with it: `analytics.ticket` is not meant by `ticket`.
    let named = |sql_schema: &Option<String>, name: &str| {
        has(name) && sql_schema.as_ref().is_none_or(|sql_schema| has(sql_schema))
    };
    let tables = schema.tables.iter().filter(|(_, table)| named(&table.schema, &table.name)).map(|(key, _)| key);
    let views = schema.views.iter().filter(|(_, view)| named(&view.schema, &view.name)).map(|(key, _)| key);
    let objects = schema.objects.keys().filter(|key| has(key));
    tables.chain(views).chain(objects).filter(|found| *found != key).cloned().collect()
}

/// The names in a SQL text, whatever they are of.
#[derive(Debug)]
pub(crate) struct Names {
    dialect: Dialect,
    keys: BTreeSet<String>,
}

impl Names {
    /// Whether the database would take one of them for `name`.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.keys.contains(self.dialect.name_key(name).as_ref())
    }
}

/// Every identifier of a text as a database reads it, those in strings, comments and bodies aside.
pub(crate) fn names(dialect: Dialect, text: &str) -> Names {
    let found = tokens(text, dialect).filter_map(|token| token.name(dialect));
    Names { dialect, keys: found.map(|name| dialect.name_key(&name).into_owned()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_gives_its_name_to_what_it_creates() {
        let created = |text: &str| created_names(Dialect::Postgres, text).into_iter().collect::<Vec<_>>();
        assert_eq!(
            created("CREATE OR REPLACE FUNCTION app.next_number() RETURNS int AS $$ SELECT 1 $$"),
            ["next_number"]
        );
        assert_eq!(created("CREATE SEQUENCE IF NOT EXISTS \"Numbers\"; CREATE DOMAIN zip AS text"), ["Numbers", "zip"]);
        assert!(created("CREATE TRIGGER t AFTER UPDATE ON ticket EXECUTE FUNCTION f()").is_empty());
    }

    #[test]
    fn names_are_those_outside_of_strings_and_bodies() {
        let found = names(Dialect::Postgres, r#"SELECT "Ticket".id, 'organization' FROM TICKET AS t -- property"#);
        assert!(["Ticket", "ticket", "id", "t"].iter().all(|name| found.contains(name)), "{found:?}");
        assert!(!found.contains("organization") && !found.contains("property"), "{found:?}");
        assert!(!names(Dialect::Postgres, "CREATE FUNCTION f() AS $$ SELECT 1 FROM ticket $$").contains("ticket"));
    }
}
