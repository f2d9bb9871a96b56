//! What SQLite keeps of a schema, to compare what was read with what was built. It must not read a database.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::{Check, DataType, DefaultValue, Domain, Identity, IndexTarget, Schema, Table};

/// Tables by their SQL names, as far as SQLite keeps them, one line a fact.
pub(crate) type Facts = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn assert_same(actual: &Schema, expected: &Facts, what: &str) {
    let actual = facts(actual);
    for (table, expected) in expected {
        let found = actual.get(table).unwrap_or_else(|| panic!("{what}: no table `{table}`"));
        let missing: Vec<_> = expected.difference(found).collect();
        let surplus: Vec<_> = found.difference(expected).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "{what}: `{table}`\n- {missing:#?}\n+ {surplus:#?}");
    }
    assert_eq!(actual.len(), expected.len(), "{what}");
}

/// What a database built from the schema must say.
pub(crate) fn kept(schema: &Schema) -> Facts {
    let mut kept = schema.clone();
    for (key, table) in &mut kept.tables {
        table.domain = Domain::new("database").unwrap();
        let whole_key = table.single_key().map(str::to_owned);
        for (name, column) in &mut table.columns {
            let counts = column.data_type.is_serial() || column.identity.is_some();
            if counts && whole_key.as_ref() == Some(name) {
                column.data_type = DataType::Integer;
                column.identity = Some(Identity::AutoIncrement);
            }
            let values = column.data_type.enum_key().map(|key| schema.enums[key].values.clone());
            if let Some(values) = values {
                let values: Vec<_> = values.iter().map(|value| quoted(value, '\'')).collect();
                let column = quoted(name, '"');
                let expression = format!("{column} IN ({})", values.join(", "));
                table.checks.insert(format!("{key} {name}"), Check { expression });
            }
            if column.data_type == DataType::Citext {
                column.collation.get_or_insert("NOCASE".to_owned());
            }
            column.data_type = match column.data_type.storage() {
                DataType::Uuid | DataType::Interval(_) | DataType::Citext | DataType::Enum(_) => DataType::Text,
                DataType::Time(_) | DataType::Timetz(_) => DataType::Time(None),
                DataType::Timestamp(_) => DataType::Timestamp(None),
                DataType::Timestamptz(_) => DataType::Timestamptz(None),
                other => other,
            };
        }
        // A collation that is the column's anyway is not told apart.
        for element in table.indexes.values_mut().flat_map(|index| &mut index.columns) {
            let IndexTarget::Column(column) = &element.target else { continue };
            let own = table.columns[column].collation.as_deref().unwrap_or("BINARY");
            element.collation = element.collation.take().filter(|collation| collation != own);
        }
        for foreign_key in table.foreign_keys.values_mut() {
            foreign_key.table = schema.tables[&foreign_key.table].name.clone();
        }
    }
    facts(&kept)
}

fn quoted(text: &str, mark: char) -> String {
    format!("{mark}{}{mark}", text.replace(mark, &format!("{mark}{mark}")))
}

/// By SQL name. Names that SQLite does not have are left out: those of checks.
fn facts(schema: &Schema) -> Facts {
    let of_table = |table: &Table| {
        let mut facts = BTreeSet::new();
        for (name, column) in &table.columns {
            let default = column.default.as_ref().map(DefaultValue::as_sql);
            let mut column = column.clone();
            column.default = default.map(DefaultValue::Expression);
            facts.insert(format!("column {name} {column:?}"));
        }
        facts.insert(format!("primary key {:?}", table.primary_key));
        // To SQLite a unique constraint is a unique index.
        facts.extend(table.unique.iter().map(|(name, unique)| format!("unique {name} {:?}", unique.columns)));
        for (name, index) in &table.indexes {
            let is_whole =
                index.unique && index.predicate.is_none() && index.column_names().count() == index.columns.len();
            facts.insert(match is_whole {
                true => format!("unique {name} {:?}", index.column_names().collect::<Vec<_>>()),
                false => format!("index {name} {index:?}"),
            });
        }
        facts.extend(table.foreign_keys.iter().map(|(name, key)| format!("foreign key {name} {key:?}")));
        facts.extend(table.checks.values().map(|check| format!("check {}", check.expression)));
        facts.insert(format!("options {:?}", table.options));
        facts
    };
    schema.tables.values().map(|table| (table.name.clone(), of_table(table))).collect()
}
