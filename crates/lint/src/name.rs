//! Names of relations as PostgreSQL knows them: from the parser's tree and from the recorded schema. Must not look anything
//! up.

use std::fmt;

use makemigrations_plan::model::{Table, View};
use squawk_syntax::ast;

/// The name of a table, view, index or sequence, without quotes.
///
/// `public` and no schema are the same: migrations run with the session's own search path, which starts there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RelationName {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl RelationName {
    pub(crate) fn new(schema: Option<String>, name: String) -> Self {
        Self { schema: schema.filter(|schema| schema != "public"), name }
    }

    pub(crate) fn of_table(table: &Table) -> Self {
        Self::new(table.schema.clone(), table.name.clone())
    }

    pub(crate) fn of_view(view: &View) -> Self {
        Self::new(view.schema.clone(), view.name.clone())
    }

    pub(crate) fn of_reference(path: Option<ast::PathRef>) -> Option<Self> {
        let path = path?;
        let schema = path.qualifier().and_then(|schema| schema.segment()).map(|segment| segment.text());
        Some(Self::new(schema, path.segment()?.text()))
    }

    pub(crate) fn of_definition(path: Option<ast::Path>) -> Option<Self> {
        let path = path?;
        let schema = path.qualifier().and_then(|schema| schema.segment()).map(|segment| segment.text());
        Some(Self::new(schema, path.segment()?.text()))
    }

    pub(crate) fn of_table_reference(table: Option<ast::TableNameRef>) -> Option<Self> {
        Self::of_reference(table?.path_ref())
    }

    pub(crate) fn of_relation(table: Option<ast::TableRelationName>) -> Option<Self> {
        Self::of_table_reference(table?.table_name_ref())
    }

    /// The same in the schema of `table`, as the name of an index or a sequence is.
    pub(crate) fn beside(table: &Self, name: &str) -> Self {
        Self { schema: table.schema.clone(), name: name.to_owned() }
    }
}

impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Names in backticks: `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``.
pub(crate) fn listed(names: &[impl fmt::Display]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
