//! One operation, to lines and back.
//!
//! Both ways are exhaustive: the compiler finds the operation that cannot be written, the tests the one that cannot be
//! read.

use super::definition::{self, Recorded, push, push_column, push_list, push_primary_key};
use super::write::{line, optional_line};
use super::{table, view};
use crate::model::{Check, Enum, Exclusion, ForeignKey, Index, Unique};
use crate::operation::{
    Add, AddColumn, AddEnumValue, AddPrimaryKey, AlterColumn, CreateEnum, CreateExtension, CreateSchema, Drop,
    DropColumn, DropEnum, DropEnumValue, DropExtension, DropObject, DropPrimaryKey, DropSchema, DropTable, DropView,
    MoveEnum, MoveObject, MoveTable, MoveView, Operation, Rename, RenameColumn, RenameEnum, RenameEnumValue,
    RenamePrimaryKey, RenameTable, SetDependsOn, SetEnumComment, SetEnumSchema, SetEnumValues, SetTableComment,
    SetTableSchema, SetViewComment,
};
use crate::snapshot::parse::Reader;
use crate::toml::{Spanned, Table, nearest, read_keys};

/// Writes the lines after `op`.
pub(super) fn write(out: &mut String, operation: &Operation) {
    let mut lines = |pairs: &[(&str, &str)]| pairs.iter().for_each(|(key, text)| line(out, key, text));
    match operation {
        Operation::CreateExtension(CreateExtension { name })
        | Operation::DropExtension(DropExtension { name })
        | Operation::CreateSchema(CreateSchema { name })
        | Operation::DropSchema(DropSchema { name }) => lines(&[("name", name)]),
        Operation::CreateEnum(created) => write_enum(out, created),
        Operation::DropEnum(DropEnum { key })
        | Operation::DropTable(DropTable { key })
        | Operation::DropView(DropView { key })
        | Operation::DropObject(DropObject { key }) => lines(&[("key", key)]),
        Operation::AddEnumValue(AddEnumValue { key, value, before }) => {
            lines(&[("key", key), ("value", value)]);
            optional_line(out, "before", before.as_ref());
        }
        Operation::DropEnumValue(DropEnumValue { key, value }) => lines(&[("key", key), ("value", value)]),
        Operation::SetEnumComment(SetEnumComment { key, comment })
        | Operation::SetTableComment(SetTableComment { key, comment })
        | Operation::SetViewComment(SetViewComment { key, comment }) => {
            lines(&[("key", key)]);
            optional_line(out, "comment", comment.as_ref());
        }
        Operation::MoveEnum(MoveEnum { key, domain })
        | Operation::MoveTable(MoveTable { key, domain })
        | Operation::MoveView(MoveView { key, domain })
        | Operation::MoveObject(MoveObject { key, domain }) => {
            lines(&[("key", key), ("domain", domain.as_str())]);
        }
        Operation::RenameEnum(RenameEnum { from, to }) => lines(&[("from", from), ("to", to)]),
        Operation::RenameEnumValue(RenameEnumValue { key, from, to }) => {
            lines(&[("key", key), ("from", from), ("to", to)]);
        }
        Operation::SetEnumValues(SetEnumValues { key, values }) => {
            lines(&[("key", key)]);
            out.push_str("values = ");
            push_list(out, values);
        }
        Operation::SetEnumSchema(SetEnumSchema { key, schema })
        | Operation::SetTableSchema(SetTableSchema { key, schema }) => {
            lines(&[("key", key)]);
            optional_line(out, "schema", schema.as_ref());
        }
        Operation::SetDependsOn(SetDependsOn { key, depends_on }) => {
            lines(&[("key", key)]);
            view::write_keys(out, depends_on);
        }
        Operation::CreateView(created) => view::write(out, created),
        Operation::CreateObject(created) => view::write_object(out, created),
        Operation::CreateTable(created) => table::write(out, created),
        Operation::RenameTable(RenameTable { from, to, name }) => {
            lines(&[("from", from), ("to", to)]);
            optional_line(out, "name", Some(name).filter(|name| *name != to));
        }
        Operation::AddColumn(AddColumn { table, column, definition, backfill }) => {
            lines(&[("table", table), ("column", column)]);
            write_column(out, definition);
            optional_line(out, "backfill", backfill.as_ref());
        }
        Operation::DropColumn(DropColumn { table, column }) => lines(&[("table", table), ("column", column)]),
        Operation::AlterColumn(AlterColumn { table, column, definition, backfill, using }) => {
            lines(&[("table", table), ("column", column)]);
            write_column(out, definition);
            optional_line(out, "backfill", backfill.as_ref());
            optional_line(out, "using", using.as_ref());
        }
        Operation::AddPrimaryKey(AddPrimaryKey { table, definition }) => {
            lines(&[("table", table)]);
            out.push_str("definition = ");
            push_primary_key(out, definition);
            out.push('\n');
        }
        Operation::DropPrimaryKey(DropPrimaryKey { table }) => lines(&[("table", table)]),
        Operation::AddUnique(added) => write_added(out, added),
        Operation::AddIndex(added) => write_added(out, added),
        Operation::AddForeignKey(added) => write_added(out, added),
        Operation::AddCheck(added) => write_added(out, added),
        Operation::AddExclusion(added) => write_added(out, added),
        Operation::DropUnique(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropIndex(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropForeignKey(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropCheck(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropExclusion(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::RenameColumn(RenameColumn { table, from, to })
        | Operation::RenamePrimaryKey(RenamePrimaryKey { table, from, to }) => write_renamed(out, table, from, to),
        Operation::RenameUnique(Rename { table, from, to, .. }) => write_renamed(out, table, from, to),
        Operation::RenameIndex(Rename { table, from, to, .. }) => write_renamed(out, table, from, to),
        Operation::RenameForeignKey(Rename { table, from, to, .. }) => write_renamed(out, table, from, to),
        Operation::RenameCheck(Rename { table, from, to, .. }) => write_renamed(out, table, from, to),
        Operation::RenameExclusion(Rename { table, from, to, .. }) => write_renamed(out, table, from, to),
    }
}

fn write_enum(out: &mut String, created: &CreateEnum) {
    let CreateEnum { key, definition: Enum { domain, schema, values, comment } } = created;
    line(out, "key", key);
    line(out, "domain", domain.as_str());
    optional_line(out, "schema", schema.as_ref());
    out.push_str("values = ");
    push_list(out, values);
    optional_line(out, "comment", comment.as_ref());
}

fn write_column(out: &mut String, definition: &crate::model::Column) {
    out.push_str("definition = ");
    push_column(out, definition);
    out.push('\n');
}

fn write_added<D: Recorded>(out: &mut String, added: &Add<D>) {
    line(out, "table", &added.table);
    out.push_str("definition = ");
    push(out, &added.name, &added.definition);
    out.push('\n');
}

fn write_renamed(out: &mut String, table: &str, from: &str, to: &str) {
    line(out, "table", table);
    line(out, "from", from);
    line(out, "to", to);
}

/// Reads an operation.
pub(super) fn read(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Operation> {
    let Some(op) = source.get("op") else {
        reader.report.missing(source.span(), "an operation needs an `op`");
        return None;
    };
    let op = op.text(reader.report)?;
    Some(match op.value {
        "create_extension" => CreateExtension { name: one(reader, source, "name")? }.into(),
        "drop_extension" => DropExtension { name: one(reader, source, "name")? }.into(),
        "create_schema" => CreateSchema { name: one(reader, source, "name")? }.into(),
        "drop_schema" => DropSchema { name: one(reader, source, "name")? }.into(),
        "create_enum" => read_enum(reader, source)?.into(),
        "drop_enum" => DropEnum { key: one(reader, source, "key")? }.into(),
        "add_enum_value" => {
            let ([key, value], [before]) = texts(reader, source, ["key", "value"], ["before"])?;
            AddEnumValue { key, value, before }.into()
        }
        "drop_enum_value" => {
            let ([key, value], []) = texts(reader, source, ["key", "value"], [])?;
            DropEnumValue { key, value }.into()
        }
        "set_enum_comment" => {
            let ([key], [comment]) = texts(reader, source, ["key"], ["comment"])?;
            SetEnumComment { key, comment }.into()
        }
        "move_enum" => {
            let ([key, _], []) = texts(reader, source, ["key", "domain"], [])?;
            MoveEnum { key, domain: definition::domain(reader, source.get("domain")?)? }.into()
        }
        "rename_enum" => {
            let ([from, to], []) = texts(reader, source, ["from", "to"], [])?;
            RenameEnum { from, to }.into()
        }
        "rename_enum_value" => {
            let ([key, from, to], []) = texts(reader, source, ["key", "from", "to"], [])?;
            RenameEnumValue { key, from, to }.into()
        }
        "set_enum_values" => read_enum_values(reader, source)?.into(),
        "set_enum_schema" => {
            let ([key], [schema]) = texts(reader, source, ["key"], ["schema"])?;
            SetEnumSchema { key, schema }.into()
        }
        "set_table_schema" => {
            let ([key], [schema]) = texts(reader, source, ["key"], ["schema"])?;
            SetTableSchema { key, schema }.into()
        }
        "set_depends_on" => read_depends_on(reader, source)?.into(),
        "create_view" => view::read(reader, source)?.into(),
        "drop_view" => DropView { key: one(reader, source, "key")? }.into(),
        "set_view_comment" => {
            let ([key], [comment]) = texts(reader, source, ["key"], ["comment"])?;
            SetViewComment { key, comment }.into()
        }
        "move_view" => {
            let ([key, _], []) = texts(reader, source, ["key", "domain"], [])?;
            MoveView { key, domain: definition::domain(reader, source.get("domain")?)? }.into()
        }
        "create_object" => view::read_object(reader, source)?.into(),
        "drop_object" => DropObject { key: one(reader, source, "key")? }.into(),
        "move_object" => {
            let ([key, _], []) = texts(reader, source, ["key", "domain"], [])?;
            MoveObject { key, domain: definition::domain(reader, source.get("domain")?)? }.into()
        }
        "create_table" => table::read(reader, source)?.into(),
        "drop_table" => DropTable { key: one(reader, source, "key")? }.into(),
        "rename_table" => {
            let ([from, to], [name]) = texts(reader, source, ["from", "to"], ["name"])?;
            RenameTable { name: name.unwrap_or_else(|| to.clone()), from, to }.into()
        }
        "move_table" => {
            let ([key, _], []) = texts(reader, source, ["key", "domain"], [])?;
            MoveTable { key, domain: definition::domain(reader, source.get("domain")?)? }.into()
        }
        "set_table_comment" => {
            let ([key], [comment]) = texts(reader, source, ["key"], ["comment"])?;
            SetTableComment { key, comment }.into()
        }
        "add_column" => read_add_column(reader, source)?.into(),
        "drop_column" => {
            let ([table, column], []) = texts(reader, source, ["table", "column"], [])?;
            DropColumn { table, column }.into()
        }
        "rename_column" => {
            let ([table, from, to], []) = texts(reader, source, ["table", "from", "to"], [])?;
            RenameColumn { table, from, to }.into()
        }
        "alter_column" => read_alter_column(reader, source)?.into(),
        "add_primary_key" => read_add_primary_key(reader, source)?.into(),
        "drop_primary_key" => DropPrimaryKey { table: one(reader, source, "table")? }.into(),
        "rename_primary_key" => {
            let ([table, from, to], []) = texts(reader, source, ["table", "from", "to"], [])?;
            RenamePrimaryKey { table, from, to }.into()
        }
        "add_unique" => added::<Unique>(reader, source)?.into(),
        "drop_unique" => dropped::<Unique>(reader, source)?.into(),
        "rename_unique" => renamed::<Unique>(reader, source)?.into(),
        "add_index" => added::<Index>(reader, source)?.into(),
        "drop_index" => dropped::<Index>(reader, source)?.into(),
        "rename_index" => renamed::<Index>(reader, source)?.into(),
        "add_foreign_key" => added::<ForeignKey>(reader, source)?.into(),
        "drop_foreign_key" => dropped::<ForeignKey>(reader, source)?.into(),
        "rename_foreign_key" => renamed::<ForeignKey>(reader, source)?.into(),
        "add_check" => added::<Check>(reader, source)?.into(),
        "drop_check" => dropped::<Check>(reader, source)?.into(),
        "rename_check" => renamed::<Check>(reader, source)?.into(),
        "add_exclusion" => added::<Exclusion>(reader, source)?.into(),
        "drop_exclusion" => dropped::<Exclusion>(reader, source)?.into(),
        "rename_exclusion" => renamed::<Exclusion>(reader, source)?.into(),
        unknown => {
            let near = nearest(unknown, Operation::TAGS.iter().copied());
            let suggestion = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            let help = "a newer version of makemigrations may have recorded it";
            reader.report.error_with_help(op.span, format!("unknown operation `{unknown}`{suggestion}"), help);
            return None;
        }
    })
}

fn read_enum(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<CreateEnum> {
    let (mut key, mut domain, mut schema, mut values, mut comment) = (None, None, None, None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "domain" => domain = definition::domain(reader, entry.value),
        "schema" => schema = entry.value.text(reader.report),
        "values" => values = entry.value.texts(reader.report),
        "comment" => comment = entry.value.text(reader.report),
    });
    needs(reader, source, &["key", "domain", "values"]);
    let owned = |text: Spanned<&str>| text.value.to_owned();
    let values = values?.into_iter().map(owned).collect();
    let definition = Enum { domain: domain?, schema: schema.map(owned), values, comment: comment.map(owned) };
    Some(CreateEnum { key: owned(key?), definition })
}

fn read_enum_values(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<SetEnumValues> {
    let (mut key, mut values) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "values" => values = entry.value.texts(reader.report),
    });
    needs(reader, source, &["key", "values"]);
    let values = values?.into_iter().map(|value| value.value.to_owned()).collect();
    Some(SetEnumValues { key: key?.value.to_owned(), values })
}

fn read_depends_on(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<SetDependsOn> {
    let (mut key, mut depends_on) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "depends_on" => depends_on = Some(view::read_keys_of(reader, entry.value)),
    });
    needs(reader, source, &["key", "depends_on"]);
    Some(SetDependsOn { key: key?.value.to_owned(), depends_on: depends_on? })
}

fn read_add_column(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<AddColumn> {
    let (mut table, mut column, mut definition, mut backfill) = (None, None, None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "column" => column = entry.value.text(reader.report),
        "definition" => definition = definition::column(reader, entry.name(), entry.value),
        "backfill" => backfill = entry.value.text(reader.report),
    });
    needs(reader, source, &["table", "column", "definition"]);
    let owned = |text: Spanned<&str>| text.value.to_owned();
    let (table, column) = (owned(table?), owned(column?));
    Some(AddColumn { table, column, definition: definition?, backfill: backfill.map(owned) })
}

fn read_alter_column(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<AlterColumn> {
    let (mut table, mut column, mut definition, mut backfill, mut using) = (None, None, None, None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "column" => column = entry.value.text(reader.report),
        "definition" => definition = definition::column(reader, entry.name(), entry.value),
        "backfill" => backfill = entry.value.text(reader.report),
        "using" => using = entry.value.text(reader.report),
    });
    needs(reader, source, &["table", "column", "definition"]);
    let owned = |text: Spanned<&str>| text.value.to_owned();
    let (table, column) = (owned(table?), owned(column?));
    let (backfill, using) = (backfill.map(owned), using.map(owned));
    Some(AlterColumn { table, column, definition: definition?, backfill, using })
}

fn read_add_primary_key(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<AddPrimaryKey> {
    let (mut table, mut definition) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "definition" => definition = definition::primary_key(reader, entry.value),
    });
    needs(reader, source, &["table", "definition"]);
    Some(AddPrimaryKey { table: table?.value.to_owned(), definition: definition? })
}

fn added<D: Recorded>(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Add<D>> {
    let (mut table, mut definition) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "definition" => {
            if let Some(value) = entry.value.table(reader.report) {
                definition = D::read(reader, value);
            }
        },
    });
    needs(reader, source, &["table", "definition"]);
    let (name, definition) = definition?;
    Some(Add { table: table?.value.to_owned(), name, definition })
}

fn dropped<D>(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Drop<D>> {
    let ([table, name], []) = texts(reader, source, ["table", "name"], [])?;
    Some(Drop::new(table, name))
}

fn renamed<D>(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Rename<D>> {
    let ([table, from, to], []) = texts(reader, source, ["table", "from", "to"], [])?;
    Some(Rename::new(table, from, to))
}

pub(super) fn needs(reader: &mut Reader<'_, '_>, source: Table<'_>, keys: &[&str]) {
    for key in keys.iter().filter(|key| source.get(key).is_none()) {
        reader.report.missing_key(source, &[key], source.span(), format!("the operation needs `{key}`"));
    }
}

fn one(reader: &mut Reader<'_, '_>, source: Table<'_>, key: &str) -> Option<String> {
    let ([text], []) = texts(reader, source, [key], [])?;
    Some(text)
}

/// An operation that consists of strings: those that it needs, and those that it may have.
fn texts<const N: usize, const M: usize>(
    reader: &mut Reader<'_, '_>,
    source: Table<'_>,
    required: [&str; N],
    optional: [&str; M],
) -> Option<([String; N], [Option<String>; M])> {
    let mut found = [const { None }; N];
    let mut extra = [const { None }; M];
    for entry in source.entries() {
        let place = |keys: &[&str]| keys.iter().position(|key| *key == entry.key);
        if let Some(index) = place(&required) {
            found[index] = entry.value.text(reader.report).map(|text| text.value.to_owned());
        } else if let Some(index) = place(&optional) {
            extra[index] = entry.value.text(reader.report).map(|text| text.value.to_owned());
        } else if entry.key != "op" {
            let known: Vec<_> = required.iter().chain(&optional).copied().collect();
            reader.report.unknown_key(&entry, &known);
        }
    }
    needs(reader, source, &required);
    if found.iter().any(Option::is_none) {
        return None;
    }
    // None is missing: it has just been looked for.
    Some((found.map(Option::unwrap_or_default), extra))
}
