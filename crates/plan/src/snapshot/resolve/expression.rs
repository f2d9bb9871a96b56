//! Expressions of a table: the columns that they certainly read are there, and they read nothing that they cannot.
//!
//! Says nothing of what cannot be told without a database: functions, types, operators.

use super::{Draft, Resolver, did_you_mean};
use crate::dialect::Feature;
use crate::expression::{column_references, has_column, has_subquery};
use crate::model::DefaultValue;
use crate::snapshot::parse::index::TargetNode;
use crate::toml::{Span, nearest};

const WHERE_OF_INDEX: &str = "`where` of an index";
const WHERE_OF_UNIQUE: &str = "`where` of a unique constraint";

/// An expression over one row, and what it is called.
struct Text<'t> {
    what: String,
    text: &'t str,
    span: Span,
    /// Whether makemigrations goes on when it reads a column that is not there: the format's own example of a partial
    /// unique constraint does.
    may_miss_columns: bool,
}

pub(super) fn check(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>) {
    let node = draft.node;
    let mut texts = Vec::new();
    let mut add = |what: String, text, span| {
        let may_miss_columns = [WHERE_OF_INDEX, WHERE_OF_UNIQUE].contains(&what.as_str());
        texts.push(Text { what, text, span, may_miss_columns });
    };
    for check in &node.checks {
        add("check".to_owned(), check.expression.value.as_ref(), check.expression.span);
    }
    for index in &node.indexes {
        for element in &index.elements {
            if let TargetNode::Expression(text) = &element.target {
                add("index".to_owned(), text.value.as_ref(), text.span);
            }
        }
        if let Some(text) = &index.predicate {
            add(WHERE_OF_INDEX.to_owned(), text.value.as_ref(), text.span);
        }
    }
    for unique in &node.unique {
        if let Some(text) = &unique.predicate {
            add(WHERE_OF_UNIQUE.to_owned(), text.value.as_ref(), text.span);
        }
    }
    for exclusion in &node.exclusions {
        for element in &exclusion.elements {
            if let TargetNode::Expression(text) = &element.target {
                add("exclusion constraint".to_owned(), text.value.as_ref(), text.span);
            }
        }
        if let Some(text) = &exclusion.predicate {
            add("`where` of an exclusion constraint".to_owned(), text.value.as_ref(), text.span);
        }
    }
    for column in &node.columns {
        if let Some(generated) = &column.generated {
            let text = &generated.value.expression;
            add(format!("generated column `{}`", column.name.value), text.value.as_ref(), text.span);
        }
    }
    for text in &texts {
        check_text(resolver, draft, text);
    }
    for column in &node.columns {
        if let Some(generated) = &column.generated {
            check_generated(resolver, draft, column.name.value, &generated.value.expression.value, generated.span);
        }
        let Some(default) = &column.default else { continue };
        if let DefaultValue::Expression(text) = &default.value {
            check_default(resolver, draft, column.name.value, text, default.span);
        }
    }
}

fn check_text(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, checked: &Text<'_>) {
    let Text { what, text, span, may_miss_columns } = checked;
    let (key, table, dialect) = (draft.node.key.value, &draft.table, resolver.dialect);
    if has_subquery(resolver.dialect, text) {
        let message = format!("table `{key}`: the {what} has a subquery, and can only read its own row");
        return resolver.error_with_help(
            draft.file,
            *span,
            message,
            "a trigger under `objects` can look at other rows",
        );
    }
    for found in column_references(dialect, text) {
        if let Some(other) = &found.qualifier {
            let is_own = dialect.is_same_name(other, &table.name);
            if !is_own && !has_column(dialect, table, other) {
                let message = format!(
                    "table `{key}`: the {what} reads `{other}.{}`, and can only read its own row",
                    found.written
                );
                return resolver.error(draft.file, *span, message);
            }
            continue;
        }
        if has_column(dialect, table, &found.name) || found.name == table.name {
            continue;
        }
        let message = format!("table `{key}`: the {what} reads `{}`, which is no column of it", found.written);
        let same = table.columns.keys().find(|column| column.eq_ignore_ascii_case(&found.name));
        let help = same.map(|column| format!("PostgreSQL reads a bare name in lower case: write `\"{column}\"`"));
        let near = nearest(&found.name, table.columns.keys().map(String::as_str)).filter(|_| help.is_none());
        let message = message + &did_you_mean(near);
        if *may_miss_columns {
            let help =
                help.unwrap_or_else(|| "the database refuses the index: add the column or change `where`".into());
            resolver.warning_with_help(draft.file, *span, message, help);
            continue;
        }
        return match help {
            Some(help) => resolver.error_with_help(draft.file, *span, message, help),
            None => resolver.error(draft.file, *span, message),
        };
    }
}

/// PostgreSQL computes all of them at once, so none can read another one.
fn check_generated(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, name: &str, text: &str, span: Span) {
    if resolver.has(Feature::GeneratedFromGenerated) {
        return;
    }
    let other = column_references(resolver.dialect, text)
        .into_iter()
        .find(|found| draft.table.columns.get(&found.name).is_some_and(|column| column.generated.is_some()));
    if let Some(other) = other {
        let message = format!("generated column `{name}` reads `{}`, which is generated as well", other.name);
        let help = "write what that one is computed from";
        resolver.error_with_help(draft.file, span, message, help);
    }
}

/// A default is computed before there is a row.
fn check_default(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, name: &str, text: &str, span: Span) {
    if has_subquery(resolver.dialect, text) {
        let message = format!("the default of column `{name}` has a subquery, which no database takes there");
        return resolver.error(draft.file, span, message);
    }
    let dialect = resolver.dialect;
    let read = column_references(dialect, text)
        .into_iter()
        .find(|found| found.qualifier.is_none() && draft.table.columns.keys().any(|column| *column == found.name));
    if let Some(read) = read {
        let message = format!("the default of column `{name}` reads column `{}`: a default has no row yet", read.name);
        let help = "compute it with `generated`, or in a trigger under `objects`";
        resolver.error_with_help(draft.file, span, message, help);
    }
}
