//! Random migrations: what a database comes to by them must be what the wanted schema comes to when it is created at once.
//!
//! The operations come in an order that no plan would choose. Seeds are fixed, so a failure is found again.

use makemigrations_plan::{
    model::{Action, Check, Column, DataType, DefaultValue, Enum, Schema, Table},
    operation::{
        AddEnumValue, AlterColumn, CreateEnum, CreateObject, CreateView, DropCheck, DropForeignKey, DropIndex,
        DropObject, DropTable, DropView, Operation, RenameColumn, RenameEnum, RenameEnumValue, RenameIndex,
        RenameTable, SetEnumValues, inverse,
    },
};

use crate::support::*;

/// Knuth's generator: any will do, as long as it is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { Some(&items[self.below(items.len())]) }
    }
}

struct Plan {
    random: Random,
    schema: Schema,
    operations: Vec<Operation>,
    names: usize,
}

impl Plan {
    fn push(&mut self, operation: impl Into<Operation>) {
        let operation = operation.into();
        operation.apply(&mut self.schema).unwrap();
        self.operations.push(operation);
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn key(&mut self) -> Option<String> {
        let keys: Vec<_> = self.schema.tables.keys().cloned().collect();
        self.random.pick(&keys).cloned()
    }

    /// A column, other than the key and those of foreign keys.
    fn column(&mut self, table: &str) -> Option<(String, Column)> {
        let columns = &self.schema.tables[table].columns;
        let free: Vec<_> = columns.iter().filter(|(name, _)| name.starts_with('c')).collect();
        self.random.pick(&free).map(|(name, column)| ((*name).clone(), (*column).clone()))
    }

    fn new_column(&mut self) -> (Column, Option<String>) {
        let (key, definition) = self.schema.enums.first_key_value().unwrap();
        let of_enum = column(DataType::Enum(key.clone()));
        let label = self.random.pick(&definition.values).map(|label| format!("'{label}'"));
        match self.random.below(7) {
            0 => (nullable(text()), None),
            1 => (default(integer(), "7"), None),
            2 => (text(), Some("'filled'".to_owned())),
            3 => (nullable(of_enum), None),
            4 => (of_enum, label),
            5 => (default(nullable(text()), "lower('X')"), None),
            _ => (nullable(integer()), Some("id".to_owned())),
        }
    }

    /// Drops the triggers on the tables that change, as a plan does, and the views when a table goes or is renamed.
    fn clear(&mut self, choice: usize, key: &str) {
        let of_enum = || self.schema.enums.keys().flat_map(|item| self.schema.columns_of_enum(item));
        let changed: Vec<_> = match choice {
            9..=11 | 16 | 17 => Vec::new(),
            15 | 18.. => of_enum().map(|(table, _)| table.to_owned()).collect(),
            1 => self.schema.references_to(key).map(|(table, _)| table.to_owned()).chain([key.to_owned()]).collect(),
            _ => vec![key.to_owned()],
        };
        let on = |text: &str| changed.iter().any(|table| text.contains(&format!(" ON {table} ")));
        let objects = self.schema.objects.iter().filter(|(_, object)| on(&object.create));
        let objects: Vec<_> = objects.map(|(key, _)| key.clone()).collect();
        objects.into_iter().for_each(|key| self.push(DropObject::new(key)));
        let reads = |query: &str| matches!(choice, 1 | 2) && query.ends_with(&format!(" FROM {key}"));
        let views = self.schema.views.iter().filter(|(_, view)| reads(&view.query));
        let views: Vec<_> = views.map(|(key, _)| key.clone()).collect();
        views.into_iter().for_each(|key| self.push(DropView::new(key)));
    }

    fn step(&mut self) -> Option<()> {
        let choice = self.random.below(21);
        let key = self.key()?;
        self.clear(choice, &key);
        match choice {
            0 => {
                let name = self.name("t");
                self.push(create(indexed(table(&name, &[("c1", nullable(text())), ("c2", integer())]), "c1")));
            }
            1 => {
                if self.schema.tables.len() < 3 {
                    return None;
                }
                let pointing: Vec<_> =
                    self.schema.references_to(&key).map(|(t, k)| (t.to_owned(), k.to_owned())).collect();
                pointing.iter().for_each(|(table, name)| self.push(DropForeignKey::new(table, name)));
                self.push(DropTable::new(key));
            }
            2 => {
                let to = self.name("t");
                self.push(RenameTable { from: key, to: to.clone(), name: to });
            }
            3 => {
                let (from, _) = self.column(&key)?;
                let to = self.name("c");
                self.push(RenameColumn { table: key, from, to });
            }
            4..=6 => {
                let name = self.name("c");
                let (definition, backfill) = self.new_column();
                self.push(add_column(&key, &name, definition, backfill.as_deref()));
            }
            7 => {
                let (column, _) = self.column(&key)?;
                self.free(&key, &column);
                self.push(drop_column(&key, &column));
            }
            8 => {
                let (name, before) = self.column(&key)?;
                let definition = match before.data_type {
                    DataType::Enum(_) => return None,
                    _ if before.nullable => Column { nullable: false, ..before },
                    _ => Column {
                        default: Some(DefaultValue::Text("x".into())),
                        nullable: true,
                        ..Column::new(DataType::Text, true)
                    },
                };
                let backfill = (!definition.nullable).then(|| "1".to_owned());
                self.push(AlterColumn { table: key, column: name, definition, backfill, using: None });
            }
            9 | 10 => {
                let (column, _) = self.column(&key)?;
                let name = self.name("index");
                let mut definition = index(&column);
                definition.predicate = (self.random.below(2) == 0).then(|| format!("{column} IS NOT NULL"));
                self.push(add(&key, &name, definition));
            }
            11 => {
                let indexes: Vec<_> = self.schema.tables[&key].indexes.keys().cloned().collect();
                let name = self.random.pick(&indexes)?.clone();
                if self.random.below(2) == 0 {
                    self.push(DropIndex::new(&key, &name));
                } else {
                    let to = self.name("index");
                    self.push(RenameIndex::new(&key, &name, to));
                }
            }
            12 => {
                let (column, target) = (self.name("f"), self.key()?);
                self.push(add_column(&key, &column, nullable(integer()), None));
                let name = self.name("key");
                self.push(add(&key, &name, foreign_key(&[&column], &target, &["id"], Action::Cascade)));
            }
            13 => {
                let keys: Vec<_> = self.schema.tables[&key].foreign_keys.keys().cloned().collect();
                let name = self.random.pick(&keys)?.clone();
                self.push(DropForeignKey::new(&key, &name));
            }
            14 => {
                let ((a, _), (b, _)) = (self.column(&key)?, self.column(&key)?);
                let name = self.name("check");
                self.push(add(&key, &name, Check { expression: format!("{a} IS NULL OR {b} IS NULL OR 1") }));
            }
            16 => {
                let name = self.name("view");
                let view = view(&name, &format!("SELECT id FROM {key}"));
                self.push(CreateView { key: name, definition: view });
            }
            17 => {
                let name = self.name("trigger");
                let create = format!("CREATE TRIGGER {name} AFTER INSERT ON {key} BEGIN SELECT 1; END");
                let object = object(&create, &format!("DROP TRIGGER {name}"));
                self.push(CreateObject { key: name, definition: object });
            }
            _ => self.change_enum(choice),
        }
        Some(())
    }

    fn change_enum(&mut self, choice: usize) {
        let (key, definition) = self.schema.enums.first_key_value().unwrap();
        let (key, mut values) = (key.clone(), definition.values.clone());
        let value = self.name("value");
        match choice {
            18 => {
                let from = self.random.pick(&values).unwrap().clone();
                self.push(RenameEnumValue { key, from, to: value });
            }
            19 => {
                values.insert(0, value);
                values.reverse();
                self.push(SetEnumValues { key, values });
            }
            20 => {
                let to = self.name("enum");
                self.push(RenameEnum { from: key, to });
            }
            _ => self.push(AddEnumValue { key, value, before: None }),
        }
    }

    /// Drops what a plan drops before a column.
    fn free(&mut self, key: &str, column: &str) {
        let table = &self.schema.tables[key];
        let names = |text: &str| text.split(' ').any(|word| word == column);
        let checks: Vec<_> =
            table.checks.iter().filter(|(_, check)| names(&check.expression)).map(|(name, _)| name.clone()).collect();
        let indexes = table.indexes.iter().filter(|(_, index)| index.column_names().any(|name| name == column));
        let indexes: Vec<_> = indexes.map(|(name, _)| name.clone()).collect();
        checks.iter().for_each(|name| self.push(DropCheck::new(key, name)));
        indexes.iter().for_each(|name| self.push(DropIndex::new(key, name)));
    }
}

fn start() -> Database {
    let mut database = Database::new([]);
    let status = Enum { domain: domain(), schema: None, values: vec!["new".into()], comment: None };
    database.up(&[CreateEnum { key: "status".into(), definition: status }.into()]);
    let parent = indexed(table("t1", &[("c1", nullable(text())), ("c2", integer())]), "c1");
    let child = references(table("t2", &[("c1", text()), ("f1", nullable(integer()))]), "f1", "t1", Action::Cascade);
    let third =
        references(table("t3", &[("c9", nullable(text())), ("f1", nullable(integer()))]), "f1", "t3", Action::Cascade);
    database.up(&[create(parent), create(child), create(third)]);
    database.execute("INSERT INTO t1 (c1, c2) VALUES ('1', 1), (NULL, 2), ('3', 3)");
    database.execute("INSERT INTO t2 (c1, f1) VALUES ('1', 1), ('2', 1), ('3', NULL)");
    database.execute("INSERT INTO t3 (c9, f1) VALUES (NULL, 1), ('2', 1), ('3', 2)");
    database
}

/// The tables by what the engine knows of them, columns in any order. A column that SQLite renames gets quotes.
fn structure(database: &Database) -> String {
    let mut text =
        database.rows("SELECT name, replace(sql, char(34), '') FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL ORDER BY name");
    let mut keys: Vec<&Table> = database.schema.tables.values().collect();
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    for Table { name, .. } in keys {
        let column = r#"name, type, "notnull", dflt_value, pk, hidden"#;
        let columns = database.rows(&format!("SELECT {column} FROM pragma_table_xinfo('{name}') ORDER BY name"));
        let key = r#""from", "table", "to", on_delete"#;
        let keys = database.rows(&format!("SELECT {key} FROM pragma_foreign_key_list('{name}') ORDER BY 1, 2"));
        let sql = database.rows(&format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{name}'"));
        let words = ["CHECK (", "AUTOINCREMENT"].map(|word| sql.matches(word).count());
        let mut labels: Vec<_> =
            sql.split(" IN (").skip(1).filter_map(|rest| rest.split_once(')')).map(|(list, _)| list).collect();
        labels.sort_unstable();
        text.push_str(&format!("\n{name}\n{columns}\n{keys}\n{words:?} {labels:?}"));
    }
    text
}

/// A database that has the schema from the start.
fn at_once(schema: &Schema) -> Database {
    let mut database = Database::new([]);
    let enums = schema
        .enums
        .iter()
        .map(|(key, definition)| Operation::from(CreateEnum { key: key.clone(), definition: definition.clone() }));
    let tables = schema.tables.values().cloned().map(create);
    let views = schema.views.iter().map(|(key, view)| CreateView { key: key.clone(), definition: view.clone() }.into());
    let objects = schema.objects.iter();
    let objects = objects.map(|(key, object)| CreateObject { key: key.clone(), definition: object.clone() }.into());
    let operations: Vec<_> = enums.chain(tables).chain(views).chain(objects).collect();
    database.up(&operations);
    database
}

#[test]
fn any_migration_ends_where_its_schema_begins() {
    for seed in 0..200 {
        let mut database = start();
        let random = Random(seed);
        let mut plan = Plan { random, schema: database.schema.clone(), operations: Vec::new(), names: 10 };
        let length = 1 + plan.random.below(14);
        for _ in 0..length {
            plan.step();
        }
        let Plan { schema, operations, .. } = plan;
        let before = structure(&database);
        let back = inverse(&database.schema, &operations).unwrap();
        let kept: Vec<_> = ["t1", "t2", "t3"].into_iter().filter(|key| schema.tables.contains_key(*key)).collect();

        if let Err(error) = database.run(&operations) {
            panic!("seed {seed}: {error}\n{operations:#?}");
        }
        for key in kept {
            assert_eq!(database.rows(&format!("SELECT count(*) FROM {key}")), "3", "seed {seed}");
        }
        assert_eq!(structure(&database), structure(&at_once(&schema)), "seed {seed}\n{operations:#?}");

        for table in schema.tables.values() {
            database
                .execute(&format!("PRAGMA foreign_keys = OFF; DELETE FROM {}; PRAGMA foreign_keys = ON", table.name));
        }
        if let Err(error) = database.run(&back) {
            panic!("seed {seed}, back: {error}\n{back:#?}");
        }
        assert_eq!(structure(&database), before, "seed {seed}\n{back:#?}");
    }
}
