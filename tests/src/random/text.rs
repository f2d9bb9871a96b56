//! SQL texts of a draft: names, conditions, expressions, queries. It must not know how a snapshot is laid out.

use super::chance::hash;
use super::column_type::{ColumnType, Family};
use super::draft::{Column, Condition, Draft, Form, Generated, Id, Source, Table, View};
use crate::database::Engine;

/// `'text'`
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `"name"`
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name as people write it: without quotes where none are needed, at least sometimes.
pub(crate) fn written(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && !["order", "user", "select"].contains(&name);
    if is_plain && !hash(name).is_multiple_of(3) { name.to_owned() } else { quoted(name) }
}

/// A name in a SQL schema, which SQLite has none of.
pub(crate) fn qualified(draft: &Draft, schema: Option<&str>, name: &str) -> String {
    match (schema, draft.engine) {
        (None, _) => quoted(name),
        (Some(schema), Engine::Postgres) => format!("{}.{}", quoted(schema), quoted(name)),
        (Some(schema), Engine::Sqlite) => quoted(&format!("{schema}_{name}")),
    }
}

pub(crate) fn table_name(draft: &Draft, table: &Table) -> String {
    qualified(draft, table.schema, table.sql_name())
}

pub(crate) fn view_name(draft: &Draft, view: &View) -> String {
    qualified(draft, view.schema, view.name.as_deref().unwrap_or(&view.key))
}

/// True for every row that is made up, and for every row with `NULL` in the column.
pub(crate) fn condition(draft: &Draft, table: &Table, condition: Condition) -> String {
    let Some(column) = table.column(condition.column) else { return "1 = 1".to_owned() };
    let name = written(&column.name);
    let either = |texts: [String; 2]| texts[usize::from(condition.form.is_multiple_of(2))].clone();
    // Twice as many where types of the family become each other: PostgreSQL keeps of each something that the old type asked for.
    let any = |plain: [String; 2], woven: [String; 2]| {
        if (condition.form / 2).is_multiple_of(2) { either(plain) } else { either(woven) }
    };
    match column.kind.family() {
        Family::Integer if column.kind.counts() => any(
            [format!("{name} > -5"), format!("{name} BETWEEN 0 AND 30000")],
            [format!("{name} BETWEEN 0 AND 30000 AND {name} % 2 < 2"), format!("coalesce({name}, 0) NOT IN (-1, -2)")],
        ),
        Family::Text => any(
            [format!("length({name}) < 5000"), format!("{name} <> 'it''s; nothing'")],
            [format!("{name} NOT IN ('it''s', 'nothing')"), format!("coalesce({name}, 'some') <> 'nothing'")],
        ),
        Family::Boolean => either([format!("{name} IN (TRUE, FALSE)"), format!("{name} OR NOT {name}")]),
        // The first label comes before all others, but not in the alphabet.
        Family::Enum => match column.kind.enumeration() {
            Some(id) if draft.is_postgres() => format!("{name} >= {}", literal(&draft.enums[&id].labels[0].1)),
            _ => format!("{name} <> 'nothing'"),
        },
        _ => either([format!("({name} IS NULL) IN (TRUE, FALSE)"), format!("{name} IS NULL OR {name} IS NOT NULL")]),
    }
}

/// The column that a computed one reads, and what it computes; `None` when the types do not fit.
pub(crate) fn generated(table: &Table, column: &Column, generated: Generated) -> Option<String> {
    let source = table.column(generated.source)?;
    if source.id == column.id || source.generated.is_some() {
        return None;
    }
    let name = written(&source.name);
    let other = generated.form.is_multiple_of(2);
    match (column.kind, source.kind.family()) {
        (ColumnType::Named("text"), Family::Text) if source.kind != ColumnType::Named("citext") => {
            Some(if other { format!("lower({name})") } else { format!("{name} || '!'") })
        }
        (ColumnType::Named("bigint"), Family::Integer) if source.kind.counts() => {
            Some(if other { format!("CAST({name} AS bigint) * 2") } else { format!("CAST({name} AS bigint) + 1") })
        }
        (ColumnType::Named("boolean"), _) => {
            Some(if other { format!("{name} IS NULL") } else { format!("({name} IS NOT NULL)") })
        }
        _ => None,
    }
}

/// The expression of an index element over the column; `None` when the type has none.
pub(crate) fn index_expression(column: &Column) -> Option<String> {
    let name = written(&column.name);
    match column.kind.family() {
        Family::Text if hash(&column.name).is_multiple_of(2) => Some(format!("upper({name})")),
        Family::Text => Some(format!("lower({name}) || 'x'")),
        Family::Integer if column.kind.counts() => Some(format!("{name} + 1")),
        Family::Boolean => Some(format!("NOT {name}")),
        _ => None,
    }
}

/// Whether an index on a column of the type can have the form.
pub(crate) fn has_form(draft: &Draft, column: &Column, form: Form, method: Option<&str>) -> bool {
    let family = column.kind.family();
    match method {
        None => match form {
            Form::Plain | Form::Descending => column.kind.is_comparable(),
            Form::NullsFirst => draft.is_postgres() && column.kind.is_comparable(),
            Form::Pattern => draft.is_postgres() && column.kind == ColumnType::Named("text"),
            Form::Collated => family == Family::Text,
            Form::Expression => index_expression(column).is_some(),
        },
        Some("hash") => {
            form == Form::Plain && (column.kind.counts() || family == Family::Text || family == Family::Uuid)
        }
        Some("brin") => {
            form == Form::Plain && (column.kind.counts() || matches!(family, Family::Moment | Family::Date))
        }
        Some("gin") => {
            form == Form::Plain
                && (column.kind == ColumnType::Named("jsonb")
                    || family == Family::Array
                    || column.kind == ColumnType::Named("tsvector"))
        }
        Some(_) => form == Form::Plain && matches!(family, Family::Range(_)),
    }
}

/// A default that is an expression; `None` when the type has none.
pub(crate) fn default_expression(draft: &Draft, kind: ColumnType) -> Option<&'static str> {
    let postgres = draft.is_postgres();
    match kind.family() {
        Family::Moment => Some(if postgres { "now()" } else { "CURRENT_TIMESTAMP" }),
        Family::Date => Some(if postgres { "CURRENT_DATE" } else { "CURRENT_TIMESTAMP" }),
        Family::Uuid => Some(if postgres { "gen_random_uuid()" } else { "lower(hex(randomblob(16)))" }),
        Family::Text => Some("'a' || 'b'"),
        Family::Integer => Some("40 + 2"),
        Family::Json => Some("'{}'"),
        _ => None,
    }
}

/// A view's query; `None` when what it reads is not there.
pub(crate) fn query(draft: &Draft, source: &Source) -> Option<String> {
    Some(match source {
        Source::Table { table, columns, condition: filter } => {
            let table = draft.tables.get(table)?;
            let names: Option<Vec<_>> = columns.iter().map(|id| Some(quoted(&table.column(*id)?.name))).collect();
            let mut sql = format!("SELECT {} FROM {}", names?.join(", "), table_name(draft, table));
            if let Some(filter) = filter {
                sql.push_str(&format!(" WHERE {}", condition(draft, table, *filter)));
            }
            sql
        }
        Source::Count { table } => {
            let table = draft.tables.get(table)?;
            let token = quoted(&table.token().name);
            format!("SELECT count(*) AS n, max({token}) AS last FROM {}", table_name(draft, table))
        }
        Source::Join { left, right } => {
            let (left, right) = (draft.tables.get(left)?, draft.tables.get(right)?);
            let tokens = [left, right].map(|table| quoted(&table.token().name));
            format!(
                "SELECT a.{0} AS one, b.{1} AS other FROM {2} a JOIN {3} AS b ON a.{0} = b.{1}",
                tokens[0],
                tokens[1],
                table_name(draft, left),
                table_name(draft, right)
            )
        }
        Source::View(view) => {
            let view = draft.views.get(view)?;
            let first = quoted(&first_column(draft, view)?);
            format!("SELECT {first} AS again FROM {} WHERE {first} IS NOT NULL", view_name(draft, view))
        }
    })
}

/// The name of a view's first column.
pub(crate) fn first_column(draft: &Draft, view: &View) -> Option<String> {
    Some(match &view.source {
        Source::Table { table, columns, .. } => draft.column(*table, *columns.first()?)?.name.clone(),
        Source::Count { .. } => "n".to_owned(),
        Source::Join { .. } => "one".to_owned(),
        Source::View(_) => "again".to_owned(),
    })
}

/// The tables, views and objects that a view reads.
pub(crate) fn reads(source: &Source) -> Vec<Id> {
    match source {
        Source::Table { table, .. } | Source::Count { table } => vec![*table],
        Source::Join { left, right } => vec![*left, *right],
        Source::View(view) => vec![*view],
    }
}
