//! One operation, to lines and back.
//!
//! Reading and writing are exhaustive: the compiler finds the operation that cannot be written, the tests the one that cannot be
//! read.

use super::field::{moved, one, texts, write_lines};
use super::write::optional_line;
use super::{column, deferred, dependency, enumeration, named, object, online, table, view};
use crate::model::{Check, Exclusion, ForeignKey, Index, Unique};
use crate::operation::{
    AddEnumValue, AnalyzeTable, BackfillOnRollback, CreateExtension, CreateSchema, Drop, DropColumn, DropEnum,
    DropEnumValue, DropExtension, DropObject, DropPrimaryKey, DropSchema, DropTable, DropView, InvalidateConstraint,
    MoveEnum, MoveObject, MoveTable, MoveView, Operation, Rename, RenameColumn, RenameEnum, RenameEnumValue,
    RenamePrimaryKey, RenameTable, SetEnumComment, SetEnumSchema, SetTableComment, SetTableSchema, SetViewComment,
    ValidateConstraint,
};
use crate::snapshot::parse::Reader;
use crate::toml::{Table, nearest};

/// Writes the lines after `op`.
pub(super) fn write(out: &mut String, operation: &Operation) {
    let mut lines = |pairs: &[(&str, &str)]| write_lines(out, pairs);
    match operation {
        Operation::CreateExtension(CreateExtension { name })
        | Operation::DropExtension(DropExtension { name })
        | Operation::CreateSchema(CreateSchema { name })
        | Operation::DropSchema(DropSchema { name }) => lines(&[("name", name)]),
        Operation::CreateEnum(created) => enumeration::write(out, created),
        Operation::DropEnum(DropEnum { key, .. })
        | Operation::DropTable(DropTable { key, .. })
        | Operation::DropView(DropView { key, .. })
        | Operation::DropObject(DropObject { key, .. }) => lines(&[("key", key)]),
        Operation::AddEnumValue(AddEnumValue { key, value, before }) => {
            lines(&[("key", key), ("value", value)]);
            optional_line(out, "before", before.as_ref());
        }
        Operation::DropEnumValue(DropEnumValue { key, value }) => lines(&[("key", key), ("value", value)]),
        Operation::SetEnumComment(SetEnumComment { key, comment, .. })
        | Operation::SetTableComment(SetTableComment { key, comment, .. })
        | Operation::SetViewComment(SetViewComment { key, comment, .. }) => {
            lines(&[("key", key)]);
            optional_line(out, "comment", comment.as_ref());
        }
        Operation::MoveEnum(MoveEnum { key, domain, .. })
        | Operation::MoveTable(MoveTable { key, domain, .. })
        | Operation::MoveView(MoveView { key, domain, .. })
        | Operation::MoveObject(MoveObject { key, domain, .. }) => {
            lines(&[("key", key), ("domain", domain.as_str())]);
        }
        Operation::RenameEnum(RenameEnum { from, to }) => lines(&[("from", from), ("to", to)]),
        Operation::RenameEnumValue(RenameEnumValue { key, from, to }) => {
            lines(&[("key", key), ("from", from), ("to", to)]);
        }
        Operation::SetEnumValues(set) => enumeration::write_values(out, set),
        Operation::SetEnumSchema(SetEnumSchema { key, schema, .. })
        | Operation::SetTableSchema(SetTableSchema { key, schema, .. }) => {
            lines(&[("key", key)]);
            optional_line(out, "schema", schema.as_ref());
        }
        Operation::SetDependsOn(set) => dependency::write(out, set),
        Operation::AnalyzeTable(AnalyzeTable { table }) => lines(&[("table", table)]),
        Operation::SetDeferred(set) => deferred::write(out, set),
        Operation::BackfillColumn(fill) | Operation::BackfillOnRollback(BackfillOnRollback(fill)) => {
            online::write_backfill(out, fill);
        }
        Operation::ValidateConstraint(ValidateConstraint { table, name })
        | Operation::InvalidateConstraint(InvalidateConstraint { table, name }) => {
            lines(&[("table", table), ("name", name)]);
        }
        Operation::CreateView(created) => view::write(out, created),
        Operation::CreateObject(created) => object::write(out, created),
        Operation::CreateTable(created) => table::write(out, created),
        Operation::RenameTable(RenameTable { from, to, name }) => {
            lines(&[("from", from), ("to", to)]);
            optional_line(out, "name", Some(name).filter(|name| *name != to));
        }
        Operation::AddColumn(added) => column::write_added(out, added),
        Operation::DropColumn(DropColumn { table, column }) => lines(&[("table", table), ("column", column)]),
        Operation::AlterColumn(altered) => column::write_altered(out, altered),
        Operation::AddPrimaryKey(added) => named::write_primary_key(out, added),
        Operation::DropPrimaryKey(DropPrimaryKey { table }) => lines(&[("table", table)]),
        Operation::AddUnique(added) => named::write(out, added),
        Operation::AddIndex(added) => named::write(out, added),
        Operation::AddForeignKey(added) => named::write(out, added),
        Operation::AddCheck(added) => named::write(out, added),
        Operation::AddExclusion(added) => named::write(out, added),
        Operation::DropUnique(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropIndex(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropForeignKey(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropCheck(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::DropExclusion(Drop { table, name, .. }) => lines(&[("table", table), ("name", name)]),
        Operation::RenameColumn(RenameColumn { table, from, to })
        | Operation::RenamePrimaryKey(RenamePrimaryKey { table, from, to }) => {
            named::write_new_name(out, table, from, to)
        }
        Operation::RenameUnique(Rename { table, from, to, .. }) => named::write_new_name(out, table, from, to),
        Operation::RenameIndex(Rename { table, from, to, .. }) => named::write_new_name(out, table, from, to),
        Operation::RenameForeignKey(Rename { table, from, to, .. }) => named::write_new_name(out, table, from, to),
        Operation::RenameCheck(Rename { table, from, to, .. }) => named::write_new_name(out, table, from, to),
        Operation::RenameExclusion(Rename { table, from, to, .. }) => named::write_new_name(out, table, from, to),
    }
}

/// Reads an operation.
pub(super) fn read(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Operation> {
    let Some(op) = source.get("op") else {
        reader.report.missing(source.span(), "an operation needs an `op`");
        return None;
    };
    let op = op.text(reader.report)?;
    // An operation that consists of strings, its keys being the names of its fields: those that it needs; those that it
    // may have.
    macro_rules! strings {
        ($operation:ident { $($key:ident),+ $(; $extra:ident)? }) => {{
            let ([$($key),+], [$($extra)?]) =
                texts(reader, source, [$(stringify!($key)),+], [$(stringify!($extra))?])?;
            $operation { $($key,)+ $($extra)? }.into()
        }};
        ($operation:ident::new($key:ident; $extra:ident)) => {{
            let ([$key], [$extra]) = texts(reader, source, [stringify!($key)], [stringify!($extra)])?;
            $operation::new($key, $extra).into()
        }};
    }
    Some(match op.value {
        "create_extension" => strings!(CreateExtension { name }),
        "drop_extension" => strings!(DropExtension { name }),
        "create_schema" => strings!(CreateSchema { name }),
        "drop_schema" => strings!(DropSchema { name }),
        "create_enum" => enumeration::read(reader, source)?.into(),
        "drop_enum" => DropEnum::new(one(reader, source, "key")?).into(),
        "add_enum_value" => strings!(AddEnumValue { key, value; before }),
        "drop_enum_value" => strings!(DropEnumValue { key, value }),
        "set_enum_comment" => strings!(SetEnumComment::new(key; comment)),
        "move_enum" => {
            let (key, domain) = moved(reader, source)?;
            MoveEnum::new(key, domain).into()
        }
        "rename_enum" => strings!(RenameEnum { from, to }),
        "rename_enum_value" => strings!(RenameEnumValue { key, from, to }),
        "set_enum_values" => enumeration::read_values(reader, source)?.into(),
        "set_enum_schema" => strings!(SetEnumSchema::new(key; schema)),
        "set_table_schema" => strings!(SetTableSchema::new(key; schema)),
        "set_depends_on" => dependency::read(reader, source)?.into(),
        "create_view" => view::read(reader, source)?.into(),
        "drop_view" => DropView::new(one(reader, source, "key")?).into(),
        "set_view_comment" => strings!(SetViewComment::new(key; comment)),
        "move_view" => {
            let (key, domain) = moved(reader, source)?;
            MoveView::new(key, domain).into()
        }
        "create_object" => object::read(reader, source)?.into(),
        "drop_object" => DropObject::new(one(reader, source, "key")?).into(),
        "move_object" => {
            let (key, domain) = moved(reader, source)?;
            MoveObject::new(key, domain).into()
        }
        "create_table" => table::read(reader, source)?.into(),
        "drop_table" => DropTable::new(one(reader, source, "key")?).into(),
        "rename_table" => {
            let ([from, to], [name]) = texts(reader, source, ["from", "to"], ["name"])?;
            RenameTable { name: name.unwrap_or_else(|| to.clone()), from, to }.into()
        }
        "move_table" => {
            let (key, domain) = moved(reader, source)?;
            MoveTable::new(key, domain).into()
        }
        "set_table_comment" => strings!(SetTableComment::new(key; comment)),
        "add_column" => column::added(reader, source)?.into(),
        "drop_column" => strings!(DropColumn { table, column }),
        "rename_column" => strings!(RenameColumn { table, from, to }),
        "alter_column" => column::altered(reader, source)?.into(),
        "add_primary_key" => named::added_primary_key(reader, source)?.into(),
        "drop_primary_key" => strings!(DropPrimaryKey { table }),
        "rename_primary_key" => strings!(RenamePrimaryKey { table, from, to }),
        "add_unique" => named::added::<Unique>(reader, source)?.into(),
        "drop_unique" => named::dropped::<Unique>(reader, source)?.into(),
        "rename_unique" => named::renamed::<Unique>(reader, source)?.into(),
        "add_index" => named::added::<Index>(reader, source)?.into(),
        "drop_index" => named::dropped::<Index>(reader, source)?.into(),
        "rename_index" => named::renamed::<Index>(reader, source)?.into(),
        "add_foreign_key" => named::added::<ForeignKey>(reader, source)?.into(),
        "drop_foreign_key" => named::dropped::<ForeignKey>(reader, source)?.into(),
        "rename_foreign_key" => named::renamed::<ForeignKey>(reader, source)?.into(),
        "add_check" => named::added::<Check>(reader, source)?.into(),
        "drop_check" => named::dropped::<Check>(reader, source)?.into(),
        "rename_check" => named::renamed::<Check>(reader, source)?.into(),
        "add_exclusion" => named::added::<Exclusion>(reader, source)?.into(),
        "drop_exclusion" => named::dropped::<Exclusion>(reader, source)?.into(),
        "rename_exclusion" => named::renamed::<Exclusion>(reader, source)?.into(),
        "analyze_table" => strings!(AnalyzeTable { table }),
        "set_deferred" => deferred::read(reader, source)?.into(),
        "backfill_column" => online::read_backfill(reader, source)?.into(),
        "backfill_on_rollback" => BackfillOnRollback(online::read_backfill(reader, source)?).into(),
        "validate_constraint" => strings!(ValidateConstraint { table, name }),
        "invalidate_constraint" => strings!(InvalidateConstraint { table, name }),
        unknown => {
            let near = nearest(unknown, Operation::TAGS.iter().copied());
            let suggestion = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            let help = "a newer version of makemigrations may have recorded it";
            reader.report.error_with_help(op.span, format!("unknown operation `{unknown}`{suggestion}"), help);
            return None;
        }
    })
}
