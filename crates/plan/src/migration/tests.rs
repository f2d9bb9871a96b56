//! The texts of whole files, where the parts alone would not show them.

use super::*;
use crate::{
    model::{Column, DataType, Domain, PrimaryKey, Table},
    operation::{AddColumn, AlterColumn, CreateTable, MoveTable},
};

fn record(dialect: Dialect, operations: Vec<Operation>) -> Record {
    Record::new(2, dialect, operations)
}

fn ticket() -> Schema {
    let mut table = Table::new(Domain::new("d").unwrap(), "ticket");
    table.columns.insert("id".into(), Column::new(DataType::Integer, false));
    table.primary_key = Some(PrimaryKey { name: "ticket_pkey".into(), columns: vec!["id".into()] });
    apply_all(&Schema::default(), &[CreateTable { key: "ticket".into(), definition: table }.into()]).unwrap()
}

fn add(column: &str) -> Operation {
    let definition = Column::new(DataType::Text, true);
    AddColumn { table: "ticket".into(), column: column.into(), definition, backfill: None }.into()
}

#[test]
fn going_down_says_what_it_loses() {
    let files = files(&ticket(), &record(Dialect::Postgres, vec![add("title"), add("two\nlines")])).unwrap();
    let up = "
-- Add column title to ticket
ALTER TABLE \"ticket\" ADD COLUMN \"title\" text;

-- Add column two lines to ticket
ALTER TABLE \"ticket\" ADD COLUMN \"two\nlines\" text;
";
    assert_eq!(files.up, format!("{GENERATED}{up}"));
    let down = "--
-- Going down loses:
--   the values of ticket.two lines
--   the values of ticket.title

-- Drop column two lines of ticket
ALTER TABLE \"ticket\" DROP COLUMN \"two\nlines\";

-- Drop column title of ticket
ALTER TABLE \"ticket\" DROP COLUMN \"title\";
";
    assert_eq!(files.down, format!("{GENERATED}{down}"));
    assert_eq!(files.entries().map(|(name, _)| name).collect::<Vec<_>>(), ["down.sql", "operations.toml", "up.sql"]);
}

#[test]
fn a_long_list_of_losses_is_cut() {
    let columns: Vec<_> = (0..20).map(|index| add(&format!("c{index}"))).collect();
    let files = files(&ticket(), &record(Dialect::Postgres, columns)).unwrap();
    assert!(files.down.contains("--   the values of ticket.c8\n--   and 8 more\n\n"), "{}", files.down);
}

#[test]
fn what_the_database_does_not_notice_still_has_a_statement() {
    let domain = Domain::new("other").unwrap();
    let files = files(&ticket(), &record(Dialect::Postgres, vec![MoveTable::new("ticket", domain).into()])).unwrap();
    assert_eq!(files.up, format!("{GENERATED}\n-- Move table ticket to domain other\n{NO_STATEMENT}"));
    assert!(empty(&record(Dialect::Postgres, Vec::new())).up.ends_with(NO_STATEMENT));
}

#[test]
fn where_one_direction_rebuilds_the_other_opens_a_transaction_of_its_own() {
    let before = apply_all(&ticket(), &[add("title")]).unwrap();
    let definition = Column::new(DataType::Text, false);
    let alter = AlterColumn {
        table: "ticket".into(),
        column: "title".into(),
        definition,
        backfill: Some("''".into()),
        using: None,
    };
    let transactions = |sql: &str| {
        let controls = makemigrations_sql::transaction_control(sql, Dialect::Sqlite);
        controls.iter().map(|control| control.statement.text.to_owned()).collect::<Vec<_>>()
    };
    let rebuilt = files(&before, &record(Dialect::Sqlite, vec![alter.into()])).unwrap();
    assert_eq!(rebuilt.metadata.as_deref(), Some("run_in_transaction = false\n"));
    for sql in [&rebuilt.up, &rebuilt.down] {
        assert_eq!(transactions(sql).len(), 2, "{sql}");
    }
    let added = files(&ticket(), &record(Dialect::Sqlite, vec![add("title")])).unwrap();
    assert_eq!(added.metadata, None);
    assert_eq!(transactions(&added.up), Vec::<String>::new());
}
