//! What tables, views and objects declare to need of each other, and the names in a text.
//!
//! What follows from the names is decided by `graph`.

use std::collections::BTreeSet;

use super::{Change, Contradiction, Operation, Sign, missing};
use crate::{
    graph::{CreatedKind, created, words},
    model::{Dialect, Schema},
};

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

/// The names that the text of an object gives to functions, types and sequences.
#[must_use]
pub fn created_names(dialect: Dialect, create: &str) -> BTreeSet<String> {
    let is_called = |kind: CreatedKind| match kind {
        CreatedKind::Routine
        | CreatedKind::Sequence
        | CreatedKind::Type
        | CreatedKind::Collation
        | CreatedKind::Operator => true,
        CreatedKind::Relation | CreatedKind::Index | CreatedKind::Trigger => false,
    };
    created(dialect, create).into_iter().filter(|one| is_called(one.kind)).map(|one| one.name).collect()
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
    Names { dialect, keys: words(dialect, text) }
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
