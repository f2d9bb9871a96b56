//! Records made up for tests: every operation, every field, and texts that try to break out of their quotes.
//!
//! Only what a snapshot can lead to: no empty lists of columns, no default that is written down.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;

use super::{ManualReason, OnlineStep, Record};
use crate::hint::Hint;
use crate::model::{
    Action, Check, Column, DataType, DefaultValue, Deferrable, Deferred, Dialect, Domain, Enum, Exclusion,
    ExclusionElement, ForeignKey, Generated, Identity, Index, IndexColumn, IndexTarget, Inherited, Match, Nulls,
    Number, Object, PrimaryKey, Table, Unique, View,
};
use crate::operation::{
    Add, AddColumn, AddEnumValue, AddPrimaryKey, AlterColumn, AnalyzeTable, BackfillColumn, BackfillOnRollback,
    CreateEnum, CreateExtension, CreateObject, CreateSchema, CreateTable, CreateView, Drop, DropColumn, DropEnum,
    DropEnumValue, DropExtension, DropObject, DropPrimaryKey, DropSchema, DropTable, DropView, InvalidateConstraint,
    MoveEnum, MoveObject, MoveTable, MoveView, Operation, Rename, RenameColumn, RenameEnum, RenameEnumValue,
    RenamePrimaryKey, RenameTable, SetDeferred, SetDependsOn, SetEnumComment, SetEnumSchema, SetEnumValues,
    SetTableComment, SetTableSchema, SetViewComment, ValidateConstraint,
};

pub(super) fn record() -> BoxedStrategy<Record> {
    let dialect = prop_oneof![Just(Dialect::Postgres), Just(Dialect::Sqlite)];
    let hints = btree_set(hint(), 0..3);
    let reason = of((text(), text()).prop_map(|(text, sum)| ManualReason { text, sum }));
    let step = (1..9_u32, any::<bool>())
        .prop_flat_map(|(of, is_online)| (1..=of).prop_map(move |number| OnlineStep { number, of, is_online }));
    let step = of(step);
    let flags = (any::<bool>(), any::<bool>(), step);
    (0..=i64::MAX as u64, dialect, flags, reason, texts(), hints, vec(operation(), 0..6))
        .prop_map(|(number, dialect, (manual, baseline, step), manual_reason, replaces, used_hints, operations)| {
            Record {
                manual,
                manual_reason,
                baseline,
                step,
                replaces,
                used_hints,
                ..Record::new(number, dialect, operations)
            }
        })
        .boxed()
}

fn hint() -> BoxedStrategy<Hint> {
    (0..6_u8, text(), text(), text())
        .prop_map(|(which, owner, name, text)| match which {
            0 => Hint::Table { table: owner, renamed_from: text },
            1 => Hint::Column { table: owner, column: name, renamed_from: text },
            2 => Hint::Enum { key: owner, renamed_from: text },
            3 => Hint::EnumValue { key: owner, value: name, renamed_from: text },
            4 => Hint::Backfill { table: owner, column: name, sql: text },
            _ => Hint::Using { table: owner, column: name, sql: text },
        })
        .boxed()
}

pub(super) fn text() -> BoxedStrategy<String> {
    prop_oneof![3 => "[a-z_]{1,8}", 1 => "[\"'\\\\ \t\r\n]{1,5}", 1 => "(?s)[^\u{0}]{0,6}"].boxed()
}

fn texts() -> BoxedStrategy<Vec<String>> {
    vec(text(), 1..3).boxed()
}

fn domain() -> BoxedStrategy<Domain> {
    "[a-z][a-z0-9_-]{0,5}".prop_map(|name| Domain::new(name).unwrap()).boxed()
}

fn data_type() -> BoxedStrategy<DataType> {
    let single = prop_oneof![
        Just(DataType::Integer),
        Just(DataType::Text),
        Just(DataType::Varchar(None)),
        (1..100_u32).prop_map(|length| DataType::Varchar(Some(length))),
        (1..100_u32).prop_map(DataType::Bit),
        of((1..1000_u16, of(-1000..1000_i16))).prop_map(DataType::Numeric),
        of(0..=6_u8).prop_map(DataType::Timestamptz),
        (0..DataType::POSTGRES_ONLY.len()).prop_map(|index| DataType::Postgres(DataType::POSTGRES_ONLY[index])),
        "(state|Ticket \"State\"|vector\\(3\\)|it's)".prop_map(DataType::Enum),
    ];
    let custom = (text(), of(text())).prop_map(|(sql, diesel)| DataType::Sql { sql, diesel });
    prop_oneof![
        4 => single.clone(),
        1 => single.prop_map(|element| DataType::Array(Box::new(element))),
        1 => Just(DataType::Bigserial),
        1 => custom,
    ]
    .boxed()
}

fn default() -> BoxedStrategy<DefaultValue> {
    prop_oneof![
        any::<i64>().prop_map(|number| DefaultValue::Number(number.into())),
        "-?[0-9]{1,30}(\\.[0-9]{1,9})?(e-?[0-9]{1,3})?"
            .prop_filter_map("a number", |text| { Number::parse(&text).map(DefaultValue::Number) }),
        any::<f64>().prop_filter_map("finite", |value| Number::recorded_float(value).map(DefaultValue::Number)),
        any::<bool>().prop_map(DefaultValue::Boolean),
        text().prop_map(DefaultValue::Text),
        text().prop_map(DefaultValue::Expression),
    ]
    .boxed()
}

fn column() -> BoxedStrategy<Column> {
    let identity = prop_oneof![Just(Identity::AutoIncrement), Just(Identity::Always), Just(Identity::ByDefault)];
    let generated = (text(), any::<bool>()).prop_map(|(expression, stored)| Generated { expression, stored });
    let plain = data_type().prop_map(|data_type| Column::new(data_type, false));
    let full = (data_type(), any::<bool>(), of(default()), of(identity), of(generated), of(text()), of(text()))
        .prop_map(|(data_type, nullable, default, identity, generated, collation, comment)| Column {
            data_type,
            nullable,
            default,
            identity,
            generated,
            collation,
            comment,
        });
    prop_oneof![plain, full].boxed()
}

fn deferrable() -> BoxedStrategy<Option<Deferrable>> {
    of(prop_oneof![Just(Deferrable::Immediate), Just(Deferrable::Deferred)]).boxed()
}

fn unique() -> BoxedStrategy<Unique> {
    (texts(), any::<bool>(), deferrable(), vec(text(), 0..2))
        .prop_map(|(columns, nulls_not_distinct, deferrable, include)| Unique {
            columns,
            nulls_not_distinct,
            deferrable,
            include,
        })
        .boxed()
}

fn index() -> BoxedStrategy<Index> {
    let element = (target(), any::<bool>(), any::<bool>(), of(text()), of(text())).prop_map(
        |(target, descending, unusual, opclass, collation)| {
            let nulls = unusual.then_some(if descending { Nulls::Last } else { Nulls::First });
            IndexColumn { target, descending, nulls, opclass, collation }
        },
    );
    let method = of("(gin|gist|hash)");
    let with = btree_map(text(), text(), 0..3);
    (vec(element, 1..3), any::<bool>(), any::<bool>(), of(text()), method, vec(text(), 0..2), with)
        .prop_map(|(columns, unique, nulls_not_distinct, predicate, method, include, with)| Index {
            columns,
            unique,
            nulls_not_distinct,
            predicate,
            method,
            include,
            with,
        })
        .boxed()
}

fn foreign_key() -> BoxedStrategy<ForeignKey> {
    let action = || (0..Action::ALL.len()).prop_map(|index| Action::ALL[index].0);
    let match_type = prop_oneof![Just(Match::Simple), Just(Match::Full)];
    (texts(), text(), texts(), action(), action(), deferrable(), match_type)
        .prop_map(|(columns, table, references, on_delete, on_update, deferrable, match_type)| ForeignKey {
            columns,
            table,
            references,
            on_delete,
            on_update,
            deferrable,
            match_type,
        })
        .boxed()
}

fn check() -> BoxedStrategy<Check> {
    text().prop_map(|expression| Check { expression }).boxed()
}

fn target() -> BoxedStrategy<IndexTarget> {
    prop_oneof![text().prop_map(IndexTarget::Column), text().prop_map(IndexTarget::Expression)].boxed()
}

fn exclusion() -> BoxedStrategy<Exclusion> {
    let element = (target(), text()).prop_map(|(target, operator)| ExclusionElement { target, operator });
    (text(), vec(element, 1..3), of(text()))
        .prop_map(|(method, elements, predicate)| Exclusion { method, elements, predicate })
        .boxed()
}

fn primary_key() -> BoxedStrategy<PrimaryKey> {
    (text(), texts()).prop_map(|(name, columns)| PrimaryKey { name, columns }).boxed()
}

fn few<T: std::fmt::Debug>(objects: impl Strategy<Value = T>) -> impl Strategy<Value = BTreeMap<String, T>> {
    btree_map(text(), objects, 0..3)
}

fn keys() -> BoxedStrategy<BTreeSet<String>> {
    btree_set(text(), 0..3).boxed()
}

fn table() -> BoxedStrategy<Table> {
    let names = (domain(), text(), of(text()), of(text()), of(text()));
    let constraints = (few(unique()), few(foreign_key()), few(check()), few(exclusion()));
    let rest = (keys(), any::<bool>());
    (names, vec((text(), column()), 0..5), of(primary_key()), few(index()), constraints, rest)
        .prop_map(|((domain, name, schema, comment, options), columns, primary_key, indexes, constraints, rest)| {
            let (unique, foreign_keys, checks, exclusions) = constraints;
            let (depends_on, is_inherited) = rest;
            let columns = columns.into_iter().collect();
            let mut table = Table {
                domain,
                name,
                schema,
                columns,
                primary_key,
                unique,
                indexes,
                foreign_keys,
                checks,
                exclusions,
                depends_on,
                comment,
                options,
                inherited: Inherited::default(),
            };
            if is_inherited {
                table.inherited = Inherited::of(&table);
            }
            table
        })
        .boxed()
}

fn view() -> BoxedStrategy<View> {
    (domain(), text(), of(text()), text(), any::<bool>(), of(text()), keys(), few(index()))
        .prop_map(|(domain, name, schema, query, materialized, comment, depends_on, indexes)| View {
            domain,
            name,
            schema,
            query,
            materialized,
            comment,
            depends_on,
            indexes,
        })
        .boxed()
}

fn object() -> BoxedStrategy<Object> {
    (domain(), text(), text(), keys())
        .prop_map(|(domain, create, drop, depends_on)| Object { domain, create, drop, depends_on })
        .boxed()
}

fn enumeration() -> BoxedStrategy<Enum> {
    (domain(), of(text()), vec(text(), 0..3), of(text()))
        .prop_map(|(domain, schema, values, comment)| Enum { domain, schema, values, comment })
        .boxed()
}

/// The operations of something that hangs on a table by name.
fn named<D: std::fmt::Debug + Clone + 'static>(
    definition: impl Strategy<Value = D> + 'static,
) -> BoxedStrategy<Operation>
where
    Operation: From<Add<D>> + From<Drop<D>> + From<Rename<D>>,
{
    prop_oneof![
        (text(), text(), definition).prop_map(|(table, name, definition)| Add { table, name, definition }.into()),
        (text(), text()).prop_map(|(table, name)| Drop::<D>::new(table, name).into()),
        (text(), text(), text()).prop_map(|(table, from, to)| Rename::<D>::new(table, from, to).into()),
    ]
    .boxed()
}

fn deferred() -> BoxedStrategy<Deferred> {
    prop_oneof![
        text().prop_map(Deferred::Table),
        (text(), text()).prop_map(|(table, column)| Deferred::Column(table, column)),
        text().prop_map(Deferred::Enum),
    ]
    .boxed()
}

pub(super) fn operation() -> BoxedStrategy<Operation> {
    prop_oneof![
        text().prop_map(|name| CreateExtension { name }.into()),
        text().prop_map(|name| DropExtension { name }.into()),
        text().prop_map(|name| CreateSchema { name }.into()),
        text().prop_map(|name| DropSchema { name }.into()),
        of_enum(),
        of_enum_values(),
        of_table(),
        of_column(),
        of_view(),
        of_object(),
        (text(), keys()).prop_map(|(key, depends_on)| SetDependsOn { key, depends_on }.into()),
        (text(), primary_key()).prop_map(|(table, definition)| AddPrimaryKey { table, definition }.into()),
        text().prop_map(|table| DropPrimaryKey { table }.into()),
        backfill().prop_map(Operation::from),
        backfill().prop_map(|fill| BackfillOnRollback(fill).into()),
        text().prop_map(|table| AnalyzeTable { table }.into()),
        (deferred(), any::<bool>()).prop_map(|(what, deferred)| SetDeferred { what, deferred }.into()),
        (text(), text()).prop_map(|(table, name)| ValidateConstraint { table, name }.into()),
        (text(), text()).prop_map(|(table, name)| InvalidateConstraint { table, name }.into()),
        (text(), text(), text()).prop_map(|(table, from, to)| RenamePrimaryKey { table, from, to }.into()),
        named(unique()),
        named(index()),
        named(foreign_key()),
        named(check()),
        named(exclusion()),
    ]
    .boxed()
}

fn backfill() -> BoxedStrategy<BackfillColumn> {
    (text(), text(), text(), 1..u32::MAX, any::<u32>())
        .prop_map(|(table, column, value, batch_size, pause_ms)| BackfillColumn {
            table,
            column,
            value,
            batch_size,
            pause_ms,
        })
        .boxed()
}

fn of_enum() -> BoxedStrategy<Operation> {
    prop_oneof![
        (text(), enumeration()).prop_map(|(key, definition)| CreateEnum { key, definition }.into()),
        text().prop_map(|key| DropEnum::new(key).into()),
        (text(), text()).prop_map(|(from, to)| RenameEnum { from, to }.into()),
        (text(), of(text())).prop_map(|(key, schema)| SetEnumSchema::new(key, schema).into()),
        (text(), of(text())).prop_map(|(key, comment)| SetEnumComment::new(key, comment).into()),
        (text(), domain()).prop_map(|(key, domain)| MoveEnum::new(key, domain).into()),
    ]
    .boxed()
}

fn of_enum_values() -> BoxedStrategy<Operation> {
    prop_oneof![
        (text(), text(), of(text())).prop_map(|(key, value, before)| AddEnumValue { key, value, before }.into()),
        (text(), text()).prop_map(|(key, value)| DropEnumValue { key, value }.into()),
        (text(), text(), text()).prop_map(|(key, from, to)| RenameEnumValue { key, from, to }.into()),
        (text(), texts()).prop_map(|(key, values)| SetEnumValues { key, values }.into()),
    ]
    .boxed()
}

fn of_view() -> BoxedStrategy<Operation> {
    prop_oneof![
        (text(), view()).prop_map(|(key, view)| CreateView { key, definition: view }.into()),
        (text(), view())
            .prop_map(|(key, view)| CreateView { definition: View { name: key.clone(), ..view }, key }.into()),
        text().prop_map(|key| DropView::new(key).into()),
        (text(), of(text())).prop_map(|(key, comment)| SetViewComment::new(key, comment).into()),
        (text(), domain()).prop_map(|(key, domain)| MoveView::new(key, domain).into()),
    ]
    .boxed()
}

fn of_object() -> BoxedStrategy<Operation> {
    prop_oneof![
        (text(), object()).prop_map(|(key, object)| CreateObject { key, definition: object }.into()),
        text().prop_map(|key| DropObject::new(key).into()),
        (text(), domain()).prop_map(|(key, domain)| MoveObject::new(key, domain).into()),
    ]
    .boxed()
}

fn of_table() -> BoxedStrategy<Operation> {
    prop_oneof![
        (text(), table()).prop_map(|(key, table)| CreateTable { key, definition: table }.into()),
        text().prop_map(|key| DropTable::new(key).into()),
        (text(), text(), text()).prop_map(|(from, to, name)| RenameTable { from, to, name }.into()),
        (text(), text()).prop_map(|(from, to)| RenameTable { from, name: to.clone(), to }.into()),
        (text(), of(text())).prop_map(|(key, schema)| SetTableSchema::new(key, schema).into()),
        (text(), domain()).prop_map(|(key, domain)| MoveTable::new(key, domain).into()),
        (text(), of(text())).prop_map(|(key, comment)| SetTableComment::new(key, comment).into()),
    ]
    .boxed()
}

fn of_column() -> BoxedStrategy<Operation> {
    prop_oneof![
        (text(), text(), column(), of(text())).prop_map(|(table, column, definition, backfill)| {
            AddColumn { table, column, definition, backfill }.into()
        }),
        (text(), text()).prop_map(|(table, column)| DropColumn { table, column }.into()),
        (text(), text(), text()).prop_map(|(table, from, to)| RenameColumn { table, from, to }.into()),
        (text(), text(), column(), of(text()), of(text())).prop_map(|(table, column, definition, backfill, using)| {
            AlterColumn { table, column, definition, backfill, using }.into()
        }),
    ]
    .boxed()
}
