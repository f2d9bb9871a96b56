//! What an operation changes that another one may refer to by name, inside SQL that nobody parses. Must not compare schemas.

use crate::{
    model::{Dialect, Schema},
    operation::{AlterColumn, Operation, dependency::created_names},
    record::{self, Record},
};

/// Whether one of two operations, both made for `state`, changes the form of something that the other one refers to by
/// name.
#[must_use]
pub fn disturbs(state: &Schema, ours: &Operation, theirs: &Operation) -> bool {
    let affects = |one: &Operation, other: &Operation| {
        affected(state, one, other).is_some_and(|affected| {
            let text = without_escapes(&text(other));
            let text = words(&text);
            // A bare name in SQL may be written in any case.
            let is_same = |(one, other): (&&str, &&str)| one.eq_ignore_ascii_case(other);
            let says = |name: &str| {
                let name = words(name);
                name.is_empty() || text.windows(name.len()).any(|part| part.iter().zip(&name).all(is_same))
            };
            says_any(state, affected.key, &says) && affected.part.is_none_or(says)
        })
    };
    affects(ours, theirs) || affects(theirs, ours)
}

/// What an operation has to name for another one to affect it.
struct Affected<'a> {
    /// The key of a table, enum, view or object.
    key: &'a str,
    /// A column or value of it, as well.
    part: Option<&'a str>,
}

/// Whether something is named, by its key or by what it is called in the database.
fn says_any(state: &Schema, key: &str, says: &impl Fn(&str) -> bool) -> bool {
    let table = state.tables.get(key).map(|table| table.name.as_str());
    let view = state.views.get(key).map(|view| view.name.as_str());
    let created = state.objects.get(key).map(|object| created_names(state.dialect, &object.create)).unwrap_or_default();
    let names = [Some(key), table, view].into_iter().flatten().chain(created.iter().map(String::as_str));
    names.into_iter().any(says)
}

/// What one operation affects in another one beyond what the model compares: it knows nothing of names inside SQL.
fn affected<'a>(state: &Schema, one: &'a Operation, other: &Operation) -> Option<Affected<'a>> {
    let whole = |key: &'a str| Some(Affected { key, part: None });
    let part = |key: &'a str, part: &'a str| Some(Affected { key, part: Some(part) });
    let is_text = matches!(other, Operation::CreateView(_) | Operation::CreateObject(_));
    let refers = is_text || matches!(other, Operation::CreateTable(_) | Operation::AddForeignKey(_));
    match one {
        Operation::DropColumn(drop) => part(&drop.table, &drop.column),
        Operation::RenameColumn(rename) => part(&rename.table, &rename.from),
        Operation::AlterColumn(alter) if changes_type(state, alter) => part(&alter.table, &alter.column),
        Operation::DropTable(drop) => whole(&drop.key),
        Operation::RenameTable(rename) => whole(&rename.from),
        Operation::SetTableSchema(set) if is_text => whole(&set.key),
        Operation::DropPrimaryKey(drop) if refers => whole(&drop.table),
        Operation::DropUnique(drop) if refers => whole(&drop.table),
        Operation::DropEnum(drop) => whole(&drop.key),
        Operation::RenameEnum(rename) => whole(&rename.from),
        Operation::DropEnumValue(drop) => part(&drop.key, &drop.value),
        Operation::RenameEnumValue(rename) => part(&rename.key, &rename.from),
        Operation::SetEnumValues(set) => whole(&set.key),
        Operation::DropView(drop) => whole(&drop.key),
        Operation::DropObject(drop) => whole(&drop.key),
        Operation::AlterColumn(_)
        | Operation::SetTableSchema(_)
        | Operation::DropPrimaryKey(_)
        | Operation::DropUnique(_)
        | Operation::CreateExtension(_)
        | Operation::DropExtension(_)
        | Operation::CreateSchema(_)
        | Operation::DropSchema(_)
        | Operation::CreateEnum(_)
        | Operation::AddEnumValue(_)
        | Operation::SetEnumSchema(_)
        | Operation::SetEnumComment(_)
        | Operation::MoveEnum(_)
        | Operation::CreateTable(_)
        | Operation::MoveTable(_)
        | Operation::SetTableComment(_)
        | Operation::AddColumn(_)
        | Operation::AddPrimaryKey(_)
        | Operation::RenamePrimaryKey(_)
        | Operation::AddUnique(_)
        | Operation::RenameUnique(_)
        | Operation::AddIndex(_)
        | Operation::DropIndex(_)
        | Operation::RenameIndex(_)
        | Operation::AddForeignKey(_)
        | Operation::DropForeignKey(_)
        | Operation::RenameForeignKey(_)
        | Operation::AddCheck(_)
        | Operation::DropCheck(_)
        | Operation::RenameCheck(_)
        | Operation::AddExclusion(_)
        | Operation::DropExclusion(_)
        | Operation::RenameExclusion(_)
        | Operation::CreateView(_)
        | Operation::SetViewComment(_)
        | Operation::MoveView(_)
        | Operation::CreateObject(_)
        | Operation::MoveObject(_)
        | Operation::SetDeferred(_)
        | Operation::AnalyzeTable(_)
        | Operation::BackfillColumn(_)
        | Operation::ValidateConstraint(_)
        | Operation::InvalidateConstraint(_)
        | Operation::SetDependsOn(_) => None,
    }
}

/// Whether what is computed from the column, checked or looked up by it may mind.
fn changes_type(state: &Schema, alter: &AlterColumn) -> bool {
    let column = state.tables.get(&alter.table).and_then(|table| table.columns.get(&alter.column));
    column.is_none_or(|column| {
        let after = &alter.definition;
        (&column.data_type, &column.collation, &column.generated)
            != (&after.data_type, &after.collation, &after.generated)
    })
}

/// All of an operation, its names and its SQL.
fn text(operation: &Operation) -> String {
    // Nothing of it depends on the dialect that the record is for.
    let record = record::write(&Record::new(1, Dialect::Sqlite, vec![operation.clone()]));
    // What is above says nothing of the operation, and has words that people call columns.
    record.split_once("[[operations]]").map(|(_, text)| text.to_owned()).unwrap_or_default()
}

/// A record with a blank for what TOML escapes in it: the `t` of a tab is no part of the word after it.
fn without_escapes(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            result.push(character);
            continue;
        }
        let digits = match characters.next() {
            Some('u') => 4,
            Some('U') => 8,
            Some('x') => 2,
            Some('b' | 't' | 'n' | 'f' | 'r' | 'e') => {
                result.push(' ');
                continue;
            }
            Some(other) => {
                result.push(other);
                continue;
            }
            None => break,
        };
        let code: String = characters.by_ref().take(digits).collect();
        let escaped = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
        result.push(escaped.unwrap_or(' '));
    }
    result
}

/// The words of a text, without what quotes and escapes them: a name of several words is several.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}
