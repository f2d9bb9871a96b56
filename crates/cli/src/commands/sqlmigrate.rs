//! `sqlmigrate`: prints the SQL that a migration runs, with its transaction. Must not need a database.

use makemigrations_gate::{File, manual_reason, replaced};
use makemigrations_plan::migration::STAND_IN;

use crate::{
    arguments::Sqlmigrate,
    error::{CliError, Result},
    workflow::context::Context,
    workspace::migrations::{RECORD, find, runs_in_transaction},
};

pub(crate) fn run(context: &Context<'_>, arguments: &Sqlmigrate) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let names: Vec<&str> = folder.migrations().collect();
    let name = find(&names, &arguments.name)?;
    let text = |file: &str| {
        let bytes = folder.files(name)?.get(file)?.bytes();
        Some(String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
    };
    let record = folder.files(name).and_then(|files| files.get(RECORD)).map_or(&[][..], File::bytes);
    let stands_for = replaced(record);
    let file = match (arguments.backwards, stands_for.is_empty()) {
        (true, _) => "down.sql",
        (false, true) => "up.sql",
        (false, false) => STAND_IN,
    };
    let Some(sql) = text(file) else {
        return Err(CliError::usage(format!("`{}` is not there", folder.path(&format!("{name}/{file}")))));
    };
    let in_transaction = text("metadata.toml").is_none_or(|metadata| runs_in_transaction(&metadata));
    let sql = sql.trim_end();
    if file == STAND_IN {
        let by_hand = match manual_reason(record) {
            None => String::new(),
            Some(reason) if reason.is_empty() => "-- Changed by hand, no reason is declared.\n".to_owned(),
            Some(reason) => format!("-- Changed by hand: {reason}\n"),
        };
        context.terminal.data(&format!(
            "-- Runs where none of its {} migrations is applied, instead of them; where all are, nothing runs.\n{by_hand}",
            stands_for.len()
        ));
    }
    context.terminal.data(&if in_transaction {
        format!("BEGIN;\n\n{sql}\n\nCOMMIT;")
    } else {
        format!("-- Runs outside of a transaction.\n\n{sql}")
    });
    Ok(())
}
