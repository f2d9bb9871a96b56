//! What the parts of one table depend on, as far as it changes: labels, objects, columns; and which parts that affects.
//!
//! Which drop that makes is not said here.

use std::collections::BTreeSet;

use makemigrations_sql::{TokenKind, tokens};

use crate::{
    diff::{enumeration::gone_values, rename::Labels},
    graph::{TablePart, has_literal, is_in_array, names_column, names_in},
    model::{DataType, DefaultValue, Dialect, Schema, Table},
};

/// The changes that the parts of one table depend on.
pub(super) struct TableChanges<'a> {
    texts: Texts<'a>,
    /// See [`remade_columns`].
    pub(super) remade: BTreeSet<&'a str>,
    /// See [`reread_columns`].
    reread: BTreeSet<&'a str>,
}

impl<'a> TableChanges<'a> {
    /// `objects`: names of functions, types and sequences that are made anew beneath the table.
    pub(super) fn new(
        dialect: Dialect,
        key: &str,
        schema: &'a Schema,
        target: &Schema,
        labels: &Labels,
        objects: &'a BTreeSet<String>,
    ) -> Self {
        let (table, wanted) = (&schema.tables[key], target.tables.get(key));
        let labels = labels_of(table, schema, target, labels);
        let texts = Texts { dialect, labels, objects, moved_enums: moved_enums(schema, target) };
        let remade = remade_columns(table, wanted, &texts);
        Self { texts, remade, reread: reread_columns(dialect, table, wanted) }
    }

    /// Whether one of the columns is made anew.
    pub(super) fn loses<'b>(&self, mut columns: impl Iterator<Item = &'b String>) -> bool {
        columns.any(|column| self.remade.contains(column.as_str()))
    }

    /// Whether something changes that a part is made of. It is read anew as a whole: texts over other columns along with a
    /// column that changes.
    pub(super) fn affects(&self, part: &TablePart<'_>) -> bool {
        let is_reread = |column: &str| !part.texts.is_empty() && self.reread.contains(column);
        part.all_columns().any(|column| self.remade.contains(column) || is_reread(column))
            || part.texts.iter().any(|text| self.texts.change_below(text))
            || self.remade.iter().chain(&self.reread).any(|column| part.has_in_text(self.texts.dialect, column))
    }

    /// Whether a default names an object that is made anew, or a label that its enum loses. Renamed labels it follows.
    /// Where an enum moves to another SQL schema, the old text is right before and the new one after: the column has none
    /// in between.
    pub(super) fn affects_default(
        &self,
        default: &DefaultValue,
        wanted: Option<&DefaultValue>,
        data_type: &DataType,
        target: &Schema,
    ) -> bool {
        if let (DefaultValue::Expression(before), Some(DefaultValue::Expression(after))) = (default, wanted)
            && before != after
            && self.texts.name_moved_enum(before)
            && self.texts.name_moved_enum(after)
        {
            return true;
        }
        let wanted = data_type.enum_key().and_then(|key| target.enums.get(key));
        let is_gone = |label: &String| wanted.is_some_and(|item| !item.values.contains(label));
        let mut gone = self.texts.labels.iter().filter(|label| is_gone(label));
        match default {
            DefaultValue::Expression(text) => {
                self.texts.calls(text) || gone.any(|label| has_literal(self.texts.dialect, text, label))
            }
            DefaultValue::Text(text) => gone.any(|label| text == label || is_in_array(text, label)),
            DefaultValue::Number(_) | DefaultValue::Boolean(_) => false,
        }
    }
}

/// What texts name that changes, columns aside.
struct Texts<'a> {
    dialect: Dialect,
    /// Labels of enums that get another name or go.
    labels: BTreeSet<String>,
    objects: &'a BTreeSet<String>,
    /// Enums that get another SQL schema, by which texts call them.
    moved_enums: BTreeSet<&'a str>,
}

impl Texts<'_> {
    fn name_moved_enum(&self, text: &str) -> bool {
        if self.moved_enums.is_empty() {
            return false;
        }
        let names = names_in(self.dialect, text);
        self.moved_enums.iter().any(|key| names.contains(key))
    }

    fn change_below(&self, text: &str) -> bool {
        self.labels.iter().any(|label| has_literal(self.dialect, text, label)) || self.calls(text)
    }

    /// Whether the text names an object, as a word or, like `nextval`, in a string.
    fn calls(&self, text: &str) -> bool {
        let in_string = |text: &str| self.objects.iter().any(|name| text.contains(name.as_str()));
        if self.objects.is_empty() {
            return false;
        }
        let names = names_in(self.dialect, text);
        self.objects.iter().any(|name| names.contains(name))
            || tokens(text, self.dialect).any(|token| token.kind == TokenKind::String && in_string(token.text))
    }
}

/// The computed columns that cannot stay while the columns they read change, or whose expression names what changes.
fn remade_columns<'a>(table: &'a Table, wanted: Option<&Table>, texts: &Texts<'_>) -> BTreeSet<&'a str> {
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
        let reads =
            |column: &&str| *column != name.as_str() && names_column(texts.dialect, &generated.expression, column);
        let after = wanted.columns.get(*name).and_then(|column| column.generated.as_ref());
        let is_other = after.is_some_and(|after| after.expression != generated.expression);
        stays(name)
            && (retyped.iter().any(reads)
                || texts.change_below(&generated.expression)
                || (is_other && texts.name_moved_enum(&generated.expression)))
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

/// The enums that get another SQL schema.
fn moved_enums<'a>(schema: &'a Schema, target: &Schema) -> BTreeSet<&'a str> {
    let moved = schema
        .enums
        .iter()
        .filter(|(key, known)| target.enums.get(*key).is_some_and(|wanted| wanted.schema != known.schema));
    moved.map(|(key, _)| key.as_str()).collect()
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
