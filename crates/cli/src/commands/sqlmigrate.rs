//! `sqlmigrate`: prints the SQL that a migration runs, with its transaction. Must not need a database.

use super::context::Context;
use crate::{
    arguments::Sqlmigrate,
    error::{CliError, Result},
    settings::lookup,
    workspace::migrations::find,
};

pub(crate) fn run(context: &Context<'_>, arguments: &Sqlmigrate) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let names: Vec<&str> = folder.migrations().collect();
    let name = find(&names, &arguments.name)?;
    let file = if arguments.backwards { "down.sql" } else { "up.sql" };
    let text = |file: &str| {
        let bytes = folder.files(name)?.get(file)?.bytes();
        Some(String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
    };
    let Some(sql) = text(file) else {
        return Err(CliError::usage(format!("`{}` is not there", folder.path(&format!("{name}/{file}")))));
    };
    let in_transaction = text("metadata.toml").is_none_or(|metadata| runs_in_transaction(&metadata));
    let sql = sql.trim_end();
    context.terminal.data(&if in_transaction {
        format!("BEGIN;\n\n{sql}\n\nCOMMIT;")
    } else {
        format!("-- Runs outside of a transaction.\n\n{sql}")
    });
    Ok(())
}

/// As Diesel reads it: without the key there is no transaction, and with a mistake in the file there is one.
fn runs_in_transaction(metadata: &str) -> bool {
    let Ok(document) = toml::de::DeTable::parse(metadata) else { return true };
    match lookup(document.get_ref(), &["run_in_transaction"]).map(toml::Spanned::get_ref) {
        Some(toml::de::DeValue::Boolean(value)) => *value,
        Some(_) => true,
        None => false,
    }
}
