//! What an operation is about: the table, enum, view or object that it makes, takes away or changes.

use crate::{
    model::{Deferred, ObjectId},
    operation::Operation,
};

/// What an operation is about, by its key before and after it. The same for all operations of a table and its parts.
pub(super) fn subject(operation: &Operation) -> (ObjectId, ObjectId) {
    let table = |key: &String| same(ObjectId::Table(key.clone()));
    let item = |key: &String| same(ObjectId::Enum(key.clone()));
    let view = |key: &String| same(ObjectId::View(key.clone()));
    let object = |key: &String| same(ObjectId::Object(key.clone()));
    match operation {
        Operation::CreateExtension(create) => same(ObjectId::Extension(create.name.clone())),
        Operation::DropExtension(drop) => same(ObjectId::Extension(drop.name.clone())),
        Operation::CreateSchema(create) => same(ObjectId::SqlSchema(create.name.clone())),
        Operation::DropSchema(drop) => same(ObjectId::SqlSchema(drop.name.clone())),
        Operation::CreateEnum(create) => item(&create.key),
        Operation::DropEnum(drop) => item(&drop.key),
        Operation::AddEnumValue(add) => item(&add.key),
        Operation::DropEnumValue(drop) => item(&drop.key),
        Operation::RenameEnumValue(rename) => item(&rename.key),
        Operation::SetEnumValues(set) => item(&set.key),
        Operation::RenameEnum(rename) => (ObjectId::Enum(rename.from.clone()), ObjectId::Enum(rename.to.clone())),
        Operation::SetEnumSchema(set) => item(&set.key),
        Operation::SetEnumComment(set) => item(&set.key),
        Operation::MoveEnum(set) => item(&set.key),
        Operation::CreateTable(create) => table(&create.key),
        Operation::DropTable(drop) => table(&drop.key),
        Operation::RenameTable(rename) => (ObjectId::Table(rename.from.clone()), ObjectId::Table(rename.to.clone())),
        Operation::SetTableSchema(set) => table(&set.key),
        Operation::MoveTable(set) => table(&set.key),
        Operation::SetTableComment(set) => table(&set.key),
        Operation::AddColumn(add) => table(&add.table),
        Operation::DropColumn(drop) => table(&drop.table),
        Operation::RenameColumn(rename) => table(&rename.table),
        Operation::AlterColumn(alter) => table(&alter.table),
        Operation::AddPrimaryKey(add) => table(&add.table),
        Operation::DropPrimaryKey(drop) => table(&drop.table),
        Operation::RenamePrimaryKey(rename) => table(&rename.table),
        Operation::AddUnique(add) => table(&add.table),
        Operation::DropUnique(drop) => table(&drop.table),
        Operation::RenameUnique(rename) => table(&rename.table),
        Operation::AddIndex(add) => table(&add.table),
        Operation::DropIndex(drop) => table(&drop.table),
        Operation::RenameIndex(rename) => table(&rename.table),
        Operation::AddForeignKey(add) => table(&add.table),
        Operation::DropForeignKey(drop) => table(&drop.table),
        Operation::RenameForeignKey(rename) => table(&rename.table),
        Operation::AddCheck(add) => table(&add.table),
        Operation::DropCheck(drop) => table(&drop.table),
        Operation::RenameCheck(rename) => table(&rename.table),
        Operation::AddExclusion(add) => table(&add.table),
        Operation::DropExclusion(drop) => table(&drop.table),
        Operation::RenameExclusion(rename) => table(&rename.table),
        Operation::SetDeferred(set) => match &set.what {
            Deferred::Table(key) | Deferred::Column(key, _) => table(key),
            Deferred::Enum(key) => item(key),
        },
        Operation::AnalyzeTable(one) => table(&one.table),
        Operation::BackfillColumn(fill) => table(&fill.table),
        Operation::BackfillOnRollback(fill) => table(&fill.0.table),
        Operation::ValidateConstraint(one) => table(&one.table),
        Operation::InvalidateConstraint(one) => table(&one.table),
        Operation::CreateView(create) => view(&create.key),
        Operation::DropView(drop) => view(&drop.key),
        Operation::SetViewComment(set) => view(&set.key),
        Operation::MoveView(set) => view(&set.key),
        Operation::CreateObject(create) => object(&create.key),
        Operation::DropObject(drop) => object(&drop.key),
        Operation::MoveObject(set) => object(&set.key),
        // Of whichever kind has the key: it gives and takes no name.
        Operation::SetDependsOn(set) => object(&set.key),
    }
}

fn same(id: ObjectId) -> (ObjectId, ObjectId) {
    (id.clone(), id)
}
