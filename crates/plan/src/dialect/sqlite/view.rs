//! Views: a name for a query.
//!
//! SQLite looks at the query when the view is read, and at every view when `ALTER TABLE` renames something. Comments,
//! kept rows and their indexes do not exist here.

use makemigrations_sql::quote_identifier;

use crate::{dialect::text, model::View, operation::Contradiction};

/// `CREATE VIEW`.
///
/// # Errors
/// When its rows are to be kept.
pub(super) fn create(key: &str, view: &View) -> Result<String, Contradiction> {
    if view.materialized {
        return Err(Contradiction(format!("view `{key}` is materialized, and SQLite does not keep a view's rows")));
    }
    Ok(format!("CREATE VIEW {} AS\n{}", quote_identifier(&view.name), text::closed(&view.query)))
}

/// `DROP VIEW`.
pub(super) fn drop(view: &View) -> String {
    format!("DROP VIEW {}", quote_identifier(&view.name))
}
