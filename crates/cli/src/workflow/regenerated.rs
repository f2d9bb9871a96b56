//! Unmerged SQL against what its operations generate: what people changed has to be declared. Must not look at the lock
//! file.

use std::collections::BTreeSet;

use makemigrations_gate::{Finding, Folder, Id, replaced, sum};
use makemigrations_plan::{
    diagnostic::Diagnostic,
    migration::{self, Files, STAND_IN},
    model::{Dialect, Schema, Table},
    operation::Operation,
    record::{self, Record},
};

use super::{edited, squashed};
use crate::workspace::migrations::{Migrations, RECORD, Recorded};

const DOWN: &str = "down.sql";

/// The files that a generated migration consists of.
const GENERATED: [&str; 5] = [DOWN, "metadata.toml", "operations.toml", STAND_IN, "up.sql"];

/// What differs in the migrations that are not `frozen`. Records that cannot be replayed give nothing here: that is
/// reported as such.
pub(crate) fn findings(
    folder: &Folder,
    frozen: &BTreeSet<String>,
    dialect: Dialect,
    migrations: &Migrations,
) -> Vec<Finding> {
    let Some(first) = migrations.all.iter().position(|recorded| !frozen.contains(&recorded.name)) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let visited = migrations.each_from(first, dialect, |recorded, record, before| {
        if frozen.contains(&recorded.name) {
            return Ok(());
        }
        if record.baseline {
            findings.extend(baseline_findings(folder, &recorded.name, &migration::baseline(record)));
        } else if record.is_stand_in() {
            // Its SQL is compared with what it stands for.
            findings.extend(rewritten(recorded, record, &squashed::again(&record.replaces)));
        } else if record.manual {
            let hint = "delete the folder and run `cargo xtask makemigrations --manual`";
            findings.extend(rewritten(recorded, record, &format!("{hint}; then `cargo xtask seal {}`", recorded.name)));
        } else {
            findings.extend(compare(folder, recorded, record, before)?);
        }
        Ok(())
    });
    if visited.is_err() { Vec::new() } else { findings }
}

/// A record that the tool would write otherwise. Of a migration whose SQL people wrote nothing else can be compared.
fn rewritten(recorded: &Recorded, record: &Record, again: &str) -> Option<Finding> {
    let Recorded { name, path, text, .. } = recorded;
    let written = record::write(record);
    // The runner reads some of it without a parser, and has to find what is in it.
    let is_read = replaced(text.as_bytes()) == record.replaces;
    let line = edited::first_difference(&written, &text.replace("\r\n", "\n")).or((!is_read).then_some(1))?;
    let message = format!("`{name}/{RECORD}` is not as makemigrations writes it: only SQL is written by hand");
    let hint = format!("restore it, or {again}");
    Some(Finding::error(Id::UndeclaredSql, message, hint).of(name).at(path.clone(), Some(line)))
}

fn compare(folder: &Folder, recorded: &Recorded, record: &Record, before: &Schema) -> Result<Vec<Finding>, Diagnostic> {
    // Hundreds of small changes to hundreds of tables: each is tried with the tables it concerns, and only what differs
    // then is generated from all of them.
    let nearby = surroundings(before, &record.operations).and_then(|nearby| migration::files(&nearby, record).ok());
    if nearby.is_some_and(|generated| differing(folder, &recorded.name, &generated).is_empty()) {
        return Ok(Vec::new());
    }
    let generated =
        migration::files(before, record).map_err(|error| Diagnostic::error(&recorded.path, 0..0, error.to_string()))?;
    let name = &recorded.name;
    let findings = differing(folder, name, &generated).into_iter().map(|file| {
        let message = format!("`{name}/{file}` is not what its operations generate");
        let hint = format!(
            "if it is meant, declare it: `cargo xtask seal {name}`; if not, delete the folder and run `cargo xtask \
             makemigrations`"
        );
        Finding::error(Id::UndeclaredSql, message, hint)
            .of(name)
            .at(folder.path(&format!("{name}/{file}")), line(folder, name, file, &generated))
    });
    Ok(findings.collect())
}

/// A baseline that does something: what it says must be there on every database that it comes to.
fn baseline_findings(folder: &Folder, name: &str, expected: &Files) -> Vec<Finding> {
    let finding = |file: &str| {
        let message =
            format!("`{name}/{file}` is not as `adopt` writes it: a baseline says what is there, and runs nothing");
        let hint = "restore it; what is to change comes into a migration after it: `cargo xtask makemigrations`";
        Finding::error(Id::UndeclaredSql, message, hint)
            .of(name)
            .at(folder.path(&format!("{name}/{file}")), line(folder, name, file, expected))
    };
    differing(folder, name, expected).into_iter().map(finding).collect()
}

/// The first line of a file that is other than it would be generated.
pub(crate) fn line(folder: &Folder, name: &str, file: &str, generated: &Files) -> Option<usize> {
    let now = String::from_utf8_lossy(folder.files(name)?.get(file)?.bytes());
    let (_, expected) = generated.entries().find(|(other, _)| *other == file)?;
    edited::first_difference(expected, &now)
}

/// The generated files that are other than they would be generated, or missing, or too many.
pub(crate) fn differing(folder: &Folder, name: &str, generated: &Files) -> Vec<&'static str> {
    let files = folder.files(name);
    let differs = |file: &str| {
        let found = files.and_then(|files| files.get(file));
        let expected = generated.entries().find(|(other, _)| *other == file).map(|(_, text)| text);
        match (found, expected) {
            (Some(found), Some(expected)) if found.sum() == sum(expected.as_bytes()) => false,
            // Versions differ in what they know of a rollback, not in what it does.
            (Some(found), Some(expected)) if file == DOWN => {
                let found = String::from_utf8_lossy(found.bytes()).replace("\r\n", "\n");
                without_warnings(&found) != without_warnings(expected)
            }
            (found, expected) => found.is_some() || expected.is_some(),
        }
    };
    GENERATED.into_iter().filter(|file| differs(file)).collect()
}

/// A `down.sql` without what its first comment says of going down.
fn without_warnings(text: &str) -> String {
    let (head, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let is_before = |line: &&str| *line != "--";
    let head: Vec<_> = head.lines().take_while(is_before).collect();
    format!("{}\n\n{rest}", head.join("\n"))
}

/// The part of a schema that operations on columns, indexes and constraints concern: their tables, what these point at,
/// and the enums in them. `None` for operations of which it is not clear.
fn surroundings(before: &Schema, operations: &[Operation]) -> Option<Schema> {
    let mut keys = BTreeSet::new();
    for operation in operations {
        match operation {
            Operation::AddColumn(_)
            | Operation::DropColumn(_)
            | Operation::AlterColumn(_)
            | Operation::AddIndex(_)
            | Operation::DropIndex(_)
            | Operation::AddUnique(_)
            | Operation::DropUnique(_)
            | Operation::AddCheck(_)
            | Operation::DropCheck(_)
            | Operation::DropForeignKey(_) => {}
            Operation::AddForeignKey(add) => {
                keys.insert(add.definition.table.as_str());
            }
            _ => return None,
        }
        keys.insert(operation.change().table()?);
    }
    let tables = keys.iter().filter_map(|key| before.tables.get(*key));
    let targets: Vec<&str> =
        tables.flat_map(|table| table.foreign_keys.values().map(|key| key.table.as_str())).collect();
    keys.extend(targets);
    let tables: Vec<(&String, &Table)> = keys.iter().filter_map(|key| before.tables.get_key_value(*key)).collect();
    let of_tables = tables.iter().flat_map(|(_, table)| table.columns.values());
    let of_operations = operations.iter().filter_map(|operation| match operation {
        Operation::AddColumn(add) => Some(&add.definition),
        Operation::AlterColumn(alter) => Some(&alter.definition),
        _ => None,
    });
    let enums: BTreeSet<&str> =
        of_tables.chain(of_operations).filter_map(|column| column.data_type.enum_key()).collect();
    let enums = enums.into_iter().filter_map(|key| before.enums.get_key_value(key));
    Some(Schema {
        extensions: before.extensions.clone(),
        schemas: before.schemas.clone(),
        enums: enums.map(|(key, item)| (key.clone(), item.clone())).collect(),
        tables: tables.into_iter().map(|(key, table)| (key.clone(), table.clone())).collect(),
        ..Schema::empty(before.dialect)
    })
}
