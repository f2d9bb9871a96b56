//! What is in a database, as its own catalogue says, in words that both engines and the snapshots have in common.
//! It must not ask the product: [`declared`] reads the snapshots by itself.

mod postgres;
mod snapshots;
mod sqlite;

use crate::database::{Database, Engine};
pub use snapshots::declared;

/// The objects of a schema, sorted; an object that is there twice is there twice. Diesel's and this product's own
/// tables are left out.
///
/// SQLite does not keep apart a unique constraint and a unique index on whole columns without a condition: there both
/// are in `unique_constraints`. It keeps an enum as a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// `table`; on PostgreSQL `schema.table` outside `public`.
    pub tables: Vec<String>,
    /// `table.column`, with ` null` when it may be NULL.
    pub columns: Vec<String>,
    /// `table(column,column)`.
    pub primary_keys: Vec<String>,
    /// `table(column,column)`.
    pub unique_constraints: Vec<String>,
    /// `table(column,column) -> table(column,column)`.
    pub foreign_keys: Vec<String>,
    /// Indexes behind no constraint that are unique; written as `indexes`.
    pub unique_indexes: Vec<String>,
    /// `table(column desc opclass,<expression>)`, with ` where` when it is partial.
    pub indexes: Vec<String>,
    /// The table of each check.
    pub checks: Vec<String>,
    /// `name(label,label)`.
    pub enums: Vec<String>,
}

impl Catalog {
    /// Reads the catalogue of a database.
    ///
    /// # Panics
    /// When the database refuses.
    #[must_use]
    pub fn of(database: &Database) -> Self {
        let mut catalog = match database.engine() {
            Engine::Postgres => postgres::catalog(database),
            Engine::Sqlite => sqlite::catalog(database),
        };
        catalog.sort();
        catalog
    }

    /// The number of objects of each kind, such as `("tables", 311)`.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, usize); 9] {
        self.kinds().map(|(kind, objects)| (kind, objects.len()))
    }

    /// States that two catalogues are the same.
    ///
    /// # Panics
    /// When they are not; the message lists what is in one of them only.
    #[track_caller]
    pub fn assert_same(&self, expected: &Self) {
        let mut differences = Vec::new();
        for ((kind, actual), (_, expected)) in self.kinds().into_iter().zip(expected.kinds()) {
            differences.extend(surplus(actual, expected).map(|object| format!("surplus in {kind}: {object}")));
            differences.extend(surplus(expected, actual).map(|object| format!("missing in {kind}: {object}")));
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    fn kinds(&self) -> [(&'static str, &[String]); 9] {
        [
            ("tables", &self.tables),
            ("columns", &self.columns),
            ("primary keys", &self.primary_keys),
            ("unique constraints", &self.unique_constraints),
            ("foreign keys", &self.foreign_keys),
            ("unique indexes", &self.unique_indexes),
            ("indexes", &self.indexes),
            ("checks", &self.checks),
            ("enums", &self.enums),
        ]
    }

    fn sort(&mut self) {
        let Self {
            tables,
            columns,
            primary_keys,
            unique_constraints,
            foreign_keys,
            unique_indexes,
            indexes,
            checks,
            enums,
        } = self;
        for objects in
            [tables, columns, primary_keys, unique_constraints, foreign_keys, unique_indexes, indexes, checks, enums]
        {
            objects.sort();
        }
    }
}

/// Everything in a database that a user could have made, of every kind the engine has, such as `sequence a_id_seq`:
/// empty after `migrate:down --to zero`.
///
/// # Panics
/// When the database refuses.
#[must_use]
pub fn user_objects(database: &Database) -> Vec<String> {
    database.column(match database.engine() {
        Engine::Postgres => postgres::USER_OBJECTS,
        Engine::Sqlite => sqlite::USER_OBJECTS,
    })
}

/// The objects of a sorted list that are more often in it than in another.
fn surplus<'a>(list: &'a [String], other: &[String]) -> impl Iterator<Item = &'a String> {
    let count = |list: &[String], object: &String| list.iter().filter(|other| *other == object).count();
    let mut objects: Vec<&String> = list.iter().collect();
    objects.dedup();
    let surplus: Vec<&String> =
        objects.into_iter().filter(|object| count(list, object) > count(other, object)).collect();
    surplus.into_iter()
}
