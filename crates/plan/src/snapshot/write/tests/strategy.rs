//! Schemas made up for tests: whatever snapshots can describe, with names and texts that try to break out of their place.
//!
//! Seeds only: `maker` makes them fit each other, so that nothing has to be thrown away.

use std::collections::BTreeSet;

use makemigrations_sql::tokens;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use super::maker::Maker;
use crate::model::{Action, Dialect, Domain, Schema};

/// A schema and its sensitive columns.
pub(super) type Case = (Schema, BTreeSet<(String, String)>);

pub(super) fn case(dialect: Dialect) -> impl Strategy<Value = Case> {
    let parts = (vec(table(), 0..4), vec(enumeration(), 0..3), vec(view(), 0..3), vec(object(), 0..3));
    (parts, vec("[a-z_]{1,8}", 0..3)).prop_map(move |((tables, enums, views, objects), extensions)| {
        let mut maker = Maker::new(dialect);
        if dialect == Dialect::Postgres {
            maker.schema.extensions.extend(extensions);
        }
        enums.into_iter().for_each(|seed| maker.add_enum(seed));
        let keys: Vec<_> = tables.into_iter().map(|seed| maker.add_table(seed)).collect();
        for (key, seeds) in keys {
            seeds.into_iter().for_each(|seed| maker.add_foreign_key(&key, seed));
        }
        objects.into_iter().for_each(|seed| maker.add_object(seed));
        views.into_iter().for_each(|seed| maker.add_view(seed));
        maker.add_analytics();
        maker.schema.schemas = maker.schema.used_schemas();
        maker.schema.schemas.remove("public");
        (maker.schema, maker.sensitive)
    })
}

fn domain() -> impl Strategy<Value = Domain> {
    "[a-c]".prop_map(|name| Domain::new(name).unwrap())
}

/// Distinct once something is added to it.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![6 => "[a-z_]{1,8}", 1 => "[a-zA-Z.\"'\\\\ü-]{1,6}", 1 => "[a-z]{50,60}"]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![2 => "[a-zA-Z' ]{0,12}", 1 => "[\"'\\\\ \t\r\na]{0,8}", 1 => "(?s)[^\u{0}]{0,6}"]
}

/// An expression, over several lines or with quotes of all kinds.
fn sql() -> impl Strategy<Value = String> {
    let wild = "[a-z '\"\\\\\n\t=]{1,16}".prop_map(|text| {
        let is_closed = tokens(&text, Dialect::Postgres).all(|token| token.terminated);
        let text = text.trim().to_owned();
        if is_closed && !text.is_empty() { text } else { "a > 0".to_owned() }
    });
    prop_oneof![
        2 => "[a-z]{1,4} (>|<>) [0-9]",
        1 => Just("lower(title)".to_owned()),
        1 => Just("kind = 'it''s'\n  AND note <> '\\'\n  OR \"a\"\"b\" > 0".to_owned()),
        1 => Just("note <> ''''''\n  OR note = '\"\"\"'".to_owned()),
        2 => wild,
    ]
}

#[derive(Debug, Clone)]
pub(super) struct ColumnSeed {
    pub(super) name: String,
    pub(super) data_type: Pick,
    pub(super) nullable: bool,
    pub(super) flags: u8,
    pub(super) default: Option<(bool, i16, String, String)>,
    pub(super) generated: Option<(String, bool)>,
    pub(super) comment: Option<String>,
}

fn column() -> impl Strategy<Value = ColumnSeed> {
    let default = of((any::<bool>(), any::<i16>(), text(), sql()));
    let generated = prop_oneof![5 => Just(None), 1 => (sql(), any::<bool>()).prop_map(Some)];
    (word(), any::<Pick>(), any::<bool>(), any::<u8>(), default, generated, of(text())).prop_map(
        |(name, data_type, nullable, flags, default, generated, comment)| ColumnSeed {
            name,
            data_type,
            nullable,
            flags,
            default,
            generated,
            comment,
        },
    )
}

/// What hangs on a table: some columns, whether the name is the automatic one, switches, and texts.
#[derive(Debug, Clone)]
pub(super) struct PartSeed {
    pub(super) kind: u8,
    pub(super) columns: Vec<Pick>,
    pub(super) named: bool,
    pub(super) flags: u16,
    pub(super) sql: String,
    pub(super) word: String,
}

fn part() -> impl Strategy<Value = PartSeed> {
    (0..5_u8, vec(any::<Pick>(), 1..4), any::<bool>(), any::<u16>(), sql(), "[a-z_]{1,8}")
        .prop_map(|(kind, columns, named, flags, sql, word)| PartSeed { kind, columns, named, flags, sql, word })
}

#[derive(Debug, Clone)]
pub(super) struct ForeignKeySeed {
    pub(super) target: Pick,
    pub(super) key: Pick,
    pub(super) named: bool,
    pub(super) on_delete: usize,
    pub(super) on_update: usize,
    pub(super) deferrable: Option<bool>,
    pub(super) full: bool,
}

fn foreign_key() -> impl Strategy<Value = ForeignKeySeed> {
    let actions = (0..Action::ALL.len(), 0..Action::ALL.len());
    let actions = prop_oneof![Just((0, 0)), actions];
    (any::<Pick>(), any::<Pick>(), any::<bool>(), actions, of(any::<bool>()), any::<bool>()).prop_map(
        |(target, key, named, (on_delete, on_update), deferrable, full)| ForeignKeySeed {
            target,
            key,
            named,
            on_delete,
            on_update,
            deferrable,
            full,
        },
    )
}

#[derive(Debug, Clone)]
pub(super) struct TableSeed {
    pub(super) domain: Domain,
    pub(super) key: String,
    pub(super) name: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) columns: Vec<ColumnSeed>,
    pub(super) primary_key: Option<PartSeed>,
    pub(super) parts: Vec<PartSeed>,
    pub(super) foreign_keys: Vec<ForeignKeySeed>,
}

fn table() -> impl Strategy<Value = TableSeed> {
    let names = (domain(), word(), of(word()), of("(crm|public|sales)"), of(text()));
    (names, vec(column(), 1..6), of(part()), vec(part(), 0..6), vec(foreign_key(), 0..3)).prop_map(
        |((domain, key, name, schema, comment), columns, primary_key, parts, foreign_keys)| TableSeed {
            domain,
            key,
            name,
            schema,
            comment,
            columns,
            primary_key,
            parts,
            foreign_keys,
        },
    )
}

pub(super) type EnumSeed = (Domain, String, Option<String>, BTreeSet<String>, Option<String>);

fn enumeration() -> impl Strategy<Value = EnumSeed> {
    let values = proptest::collection::btree_set("[a-z' \"]{1,30}", 1..6);
    (domain(), word(), of("(crm|public)".prop_map(String::from)), values, of(text()))
}

pub(super) type ViewSeed = (Domain, String, Option<String>, String, u8, Option<Pick>, Vec<PartSeed>);

fn view() -> impl Strategy<Value = ViewSeed> {
    (domain(), word(), of(word()), sql(), any::<u8>(), of(any::<Pick>()), vec(part(), 0..2))
}

pub(super) type ObjectSeed = (Domain, String, String, String, Option<Pick>);

fn object() -> impl Strategy<Value = ObjectSeed> {
    (domain(), word(), sql(), sql(), of(any::<Pick>()))
}
