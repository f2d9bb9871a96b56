//! What is written reads back as the same schema, and looks as if somebody had written it.
//!
//! Real files are under `/tests`.

mod maker;
mod part;
mod strategy;

use proptest::prelude::*;

use super::write;
use crate::model::{Dialect, Domain};
use crate::snapshot::{Options, Source, read};
use strategy::Case;

fn sources(files: impl IntoIterator<Item = (Domain, String)>) -> Vec<Source> {
    let source = |(domain, text): (Domain, String)| Source { path: format!("{domain}.toml"), domain, text };
    files.into_iter().map(source).collect()
}

fn check_case(dialect: Dialect, (schema, sensitive): &Case) -> Result<(), TestCaseError> {
    let options = Options::from(dialect);
    let files = write(&options, schema, sensitive);
    let text: String = files.values().map(String::as_str).collect();
    let back = read(options.clone(), &sources(files.clone()));
    let back = back.map_err(|found| TestCaseError::fail(format!("{found:#?}\n{text}")))?;
    prop_assert_eq!(&back.schema, schema, "{}", text);
    prop_assert_eq!(&back.sensitive, sensitive, "{}", text);
    let checked_out = files.iter().map(|(domain, text)| (domain.clone(), text.replace('\n', "\r\n")));
    let elsewhere = read(options.clone(), &sources(checked_out)).unwrap();
    prop_assert_eq!(&elsewhere.schema, schema, "line ends {}", text);
    prop_assert_eq!(write(&options, &back.schema, &back.sensitive), files);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_written_for_postgresql_reads_back(case in strategy::case(Dialect::Postgres)) {
        check_case(Dialect::Postgres, &case)?;
    }

    #[test]
    fn what_is_written_for_sqlite_reads_back(case in strategy::case(Dialect::Sqlite)) {
        check_case(Dialect::Sqlite, &case)?;
    }
}

/// Every form that a person would choose.
const TICKET: &str = r#"format = 1
extensions = ["citext"]

[enums.ticket_status]
values = ["new", "open", "closed"]

[tables.organization]
schema = "crm"

[tables.organization.columns]
id     = { type = "uuid", primary_key = true }
code   = { type = "text", unique = true }
parent = { type = "uuid", nullable = true, references = "organization", index = true }

[tables.ticket]
name = "Ticket"
comment = "A resident's request"

[tables.ticket.columns]
id           = { type = "uuid", primary_key = true, default = { sql = "gen_random_uuid()" } }
number       = { type = "integer", unique = true }
title        = "text"
details      = { type = "text", nullable = true, sensitive = true }
status       = { type = "ticket_status", default = "new" }
organization = { type = "uuid", references = { table = "organization", on_delete = "cascade" }, index = true }
payer        = { type = "text", references = "organization.code", index = { name = "by_payer" } }
price        = { type = "numeric(12, 2)", nullable = true, check = "price > 0" }
meta         = { type = "jsonb", default = { sql = "'{}'" } }
a_name_so_long_that_it_moves_no_other = "citext"
embedding    = { type = { sql = "vector(3)", diesel = "pgvector::sql_types::Vector" } }

[[tables.ticket.unique]]
columns = ["organization", "number"]
where = "deleted_at IS NULL"

[[tables.ticket.indexes]]
columns = [{ expression = "lower(title)" }]

[[tables.ticket.indexes]]
columns = ["status", { column = "price", order = "desc" }]
with = { fillfactor = 70 }

[[tables.ticket.checks]]
name = "ticket_details_or_title"
expression = '''
details IS NOT NULL
  OR title <> ''
'''
"#;

#[test]
fn a_snapshot_as_people_write_it_is_written_the_same_way() {
    let files = [(Domain::new("ticket").unwrap(), TICKET.to_owned())];
    let wanted = read(Dialect::Postgres, &sources(files.clone())).unwrap();
    let written = write(&Options::from(Dialect::Postgres), &wanted.schema, &wanted.sensitive);
    assert_eq!(written[&files[0].0], TICKET);
}
