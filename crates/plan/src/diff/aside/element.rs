//! What steps aside on tables: computed columns over columns that change, with everything on them, and expressions that
//! name labels or objects that change.
//!
//! Views and whole objects are not looked at here.

use std::collections::BTreeSet;

use makemigrations_sql::{TokenKind, tokens};

use super::drop_now;
use crate::{
    diff::{Stop, enumeration::gone_values, rename::Labels, step::Steps},
    model::{Column, DataType, DefaultValue, Dialect, Schema, Table},
    operation::{
        AlterColumn, DropCheck, DropColumn, DropExclusion, DropForeignKey, DropIndex, DropPrimaryKey, DropUnique,
        Operation, dependency, has_literal, is_in_array, mentions,
    },
};

/// Lets the elements of all tables step aside. `remade` and `early` are keys of objects.
pub(super) fn of_tables(
    dialect: Dialect,
    schema: &mut Schema,
    target: &Schema,
    labels: &Labels,
    remade: &BTreeSet<String>,
    early: &BTreeSet<String>,
    steps: &mut Steps,
) -> Result<(), Stop> {
    let changed = |key: &&String| early.contains(*key) && target.objects.contains_key(*key);
    let texts = remade.iter().filter(changed).filter_map(|key| schema.objects.get(key));
    let words: BTreeSet<String> = texts.flat_map(|object| dependency::created_names(&object.create)).collect();
    let keys: Vec<_> = schema.tables.keys().cloned().collect();
    for key in keys {
        let table = &schema.tables[&key];
        let disturbance = Disturbance {
            labels: labels_of(table, schema, target, labels),
            words: if table.depends_on.is_empty() { BTreeSet::new() } else { words.clone() },
        };
        refuse_types(&key, table, &disturbance.words)?;
        let drops = drops(dialect, &key, schema, target, &disturbance);
        for key in drops.foreign_keys {
            drop_now(key, schema, &mut steps.drop_foreign_keys)?;
        }
        for element in drops.elements {
            drop_now(element, schema, &mut steps.drop_constraints)?;
        }
        for column in drops.columns {
            drop_now(column, schema, &mut steps.drop_generated)?;
        }
        for default in drops.defaults {
            drop_now(default, schema, &mut steps.drop_defaults)?;
        }
    }
    Ok(())
}

/// What changes beneath the expressions of one table.
struct Disturbance {
    /// Labels of enums that get another name or go.
    labels: BTreeSet<String>,
    /// Names of functions, types and sequences that are made anew.
    words: BTreeSet<String>,
}

impl Disturbance {
    fn meets(&self, text: &str) -> bool {
        self.labels.iter().any(|label| has_literal(text, label)) || self.calls(text)
    }

    /// Whether the text names an object, as a word or, like `nextval`, in a string.
    fn calls(&self, text: &str) -> bool {
        !self.words.is_empty()
            && (!dependency::names(text).is_disjoint(&self.words)
                || tokens(text)
                    .filter(|token| token.kind == TokenKind::String)
                    .any(|token| self.words.iter().any(|word| token.text.contains(word.as_str()))))
    }
}

/// Drops, by the step that they belong to.
#[derive(Default)]
struct Drops {
    foreign_keys: Vec<Operation>,
    elements: Vec<Operation>,
    columns: Vec<Operation>,
    defaults: Vec<Operation>,
}

fn drops(dialect: Dialect, key: &str, schema: &Schema, target: &Schema, disturbance: &Disturbance) -> Drops {
    let table = &schema.tables[key];
    let remade = remade_columns(table, target.tables.get(key), disturbance);
    let mut drops = Drops::default();
    let any = |columns: Vec<&str>| columns.into_iter().any(|column| remade.contains(column));
    let names = |columns: &[String]| columns.iter().any(|column| remade.contains(column.as_str()));
    let reread = reread_columns(dialect, table, target.tables.get(key));
    let meets = |texts: Vec<&str>| {
        let names = |text: &str| remade.iter().chain(&reread).any(|column| mentions(text, column));
        texts.into_iter().any(|text| disturbance.meets(text) || names(text))
    };
    let others = if remade.is_empty() { None } else { Some(&schema.tables) };
    for (owner, definition) in others.into_iter().flatten() {
        for (name, reference) in &definition.foreign_keys {
            let from = owner == key && names(&reference.columns);
            if from || (reference.table == key && names(&reference.references)) {
                drops.foreign_keys.push(DropForeignKey::new(owner, name).into());
            }
        }
    }
    for (name, index) in &table.indexes {
        if any(index.column_names().collect()) || names(&index.include) || meets(index.texts().collect()) {
            drops.elements.push(DropIndex::new(key, name).into());
        }
    }
    for (name, unique) in &table.unique {
        if names(&unique.columns) || names(&unique.include) {
            drops.elements.push(DropUnique::new(key, name).into());
        }
    }
    for (name, exclusion) in &table.exclusions {
        if any(exclusion.column_names().collect()) || meets(exclusion.texts().collect()) {
            drops.elements.push(DropExclusion::new(key, name).into());
        }
    }
    for (name, check) in &table.checks {
        if meets(vec![&check.expression]) {
            drops.elements.push(DropCheck::new(key, name).into());
        }
    }
    if table.primary_key.as_ref().is_some_and(|own| names(&own.columns)) {
        drops.elements.push(DropPrimaryKey { table: key.to_owned() }.into());
    }
    // What stops being computed lets go of what it reads before that changes.
    for (name, column) in table.columns.iter().filter(|(_, column)| column.generated.is_some()) {
        let wanted = target.tables.get(key).and_then(|table| table.columns.get(name));
        if wanted.is_some_and(|wanted| wanted.generated.is_none()) {
            let definition = Column { generated: None, ..column.clone() };
            let (table, column) = (key.to_owned(), name.clone());
            drops.columns.push(AlterColumn { table, column, definition, backfill: None, using: None }.into());
        }
    }
    for column in &remade {
        drops.columns.push(DropColumn { table: key.to_owned(), column: (*column).to_owned() }.into());
    }
    for (name, column) in table.columns.iter().filter(|(name, _)| !remade.contains(name.as_str())) {
        if column.default.as_ref().is_some_and(|default| is_disturbed(default, &column.data_type, disturbance, target))
        {
            let definition = Column { default: None, ..column.clone() };
            let (table, column) = (key.to_owned(), name.clone());
            drops.defaults.push(AlterColumn { table, column, definition, backfill: None, using: None }.into());
        }
    }
    drops
}

/// Whether a default names an object that is made anew, or a label that its enum loses. Renamed labels it follows.
fn is_disturbed(default: &DefaultValue, data_type: &DataType, disturbance: &Disturbance, target: &Schema) -> bool {
    let wanted = data_type.enum_key().and_then(|key| target.enums.get(key));
    let is_gone = |label: &String| wanted.is_some_and(|item| !item.values.contains(label));
    match default {
        DefaultValue::Expression(text) => {
            disturbance.calls(text) || disturbance.labels.iter().any(|label| is_gone(label) && has_literal(text, label))
        }
        DefaultValue::Text(text) => {
            disturbance.labels.iter().any(|label| is_gone(label) && (text == label || is_in_array(text, label)))
        }
        DefaultValue::Integer(_) | DefaultValue::Float(_) | DefaultValue::Boolean(_) => false,
    }
}

/// The computed columns that cannot stay while the columns they read change, or whose expression names what changes.
fn remade_columns<'a>(table: &'a Table, wanted: Option<&Table>, disturbance: &Disturbance) -> BTreeSet<&'a str> {
    let Some(wanted) = wanted else { return BTreeSet::new() };
    let retyped = table.columns.iter().filter(|(name, before)| {
        wanted.columns.get(*name).is_some_and(|after| {
            before.data_type.storage() != after.data_type.storage()
                || before.collation != after.collation
                || before.generated.is_some() != after.generated.is_some()
        })
    });
    let retyped: Vec<_> = retyped.map(|(name, _)| name.as_str()).collect();
    let computed = table.columns.iter().filter_map(|(name, column)| Some((name, column.generated.as_ref()?)));
    let stays = |name: &str| wanted.columns.get(name).is_some_and(|column| column.generated.is_some());
    let remade = computed.filter(|(name, generated)| {
        let reads = |column: &&str| *column != name.as_str() && mentions(&generated.expression, column);
        stays(name) && (retyped.iter().any(reads) || disturbance.meets(&generated.expression))
    });
    remade.map(|(name, _)| name.as_str()).collect()
}

/// The columns that change in a way that checks, indexes and exclusion constraints over them must be read anew.
///
/// PostgreSQL reads its own words again, not those of the snapshots: casts, operators and parentheses that the old type
/// asked for stay (`size % 2` of an integer that becomes a bigint, `BETWEEN` beside `AND` under any type), and the database
/// would not be as a fresh one; or there is no such operator any more (`status <> 'new'` is a comparison of enums no longer).
fn reread_columns<'a>(dialect: Dialect, table: &'a Table, wanted: Option<&Table>) -> BTreeSet<&'a str> {
    let Some(wanted) = wanted else { return BTreeSet::new() };
    let reread = table.columns.iter().filter(|(name, before)| {
        wanted.columns.get(*name).is_some_and(|after| {
            let types = (before.data_type.storage(), after.data_type.storage());
            match dialect {
                Dialect::Postgres => types.0 != types.1 || before.collation != after.collation,
                Dialect::Sqlite => !reads_alike(&types.0, &types.1),
            }
        })
    });
    reread.map(|(name, _)| name.as_str()).collect()
}

/// Whether the same words mean the same of values of both types. SQLite keeps the words themselves.
fn reads_alike(before: &DataType, after: &DataType) -> bool {
    use DataType::{Numeric, Text, Time, Timestamp, Timestamptz, Varbit, Varchar};

    match (before, after) {
        (Text | Varchar(_), Text | Varchar(_))
        | (Numeric(_), Numeric(_))
        | (Time(_), Time(_))
        | (Timestamp(_), Timestamp(_))
        | (Timestamptz(_), Timestamptz(_))
        | (Varbit(_), Varbit(_)) => true,
        (before, after) => before == after || (before.is_integer() && after.is_integer()),
    }
}

/// The labels of the table's enums that do not stay what they are.
fn labels_of(table: &Table, schema: &Schema, target: &Schema, labels: &Labels) -> BTreeSet<String> {
    let keys: BTreeSet<&str> = table.columns.values().filter_map(|column| column.data_type.enum_key()).collect();
    let of = |key: &&str| {
        let renamed = labels.get(*key).into_iter().flat_map(|of_enum| of_enum.values().cloned());
        let gone = schema.enums.get(*key).zip(target.enums.get(*key)).map(|(known, wanted)| gone_values(known, wanted));
        renamed.chain(gone.unwrap_or_default()).collect::<Vec<_>>()
    };
    keys.iter().flat_map(of).collect()
}

/// A column cannot be without its type for a moment.
fn refuse_types(key: &str, table: &Table, words: &BTreeSet<String>) -> Result<(), Stop> {
    let typed = table.columns.iter().find(|(_, column)| match &column.data_type {
        DataType::Sql { sql, .. } => !dependency::names(sql).is_disjoint(words),
        _ => false,
    });
    match typed {
        Some((column, _)) => Err(Stop::Refused(vec![format!(
            "`tables.{key}.columns.{column}`: its type is an object whose text changes, and rows hold values of it: change \
             the type by hand with `--manual`"
        )])),
        None => Ok(()),
    }
}
