//! Foreign keys: what they refer to exists, is a key, and has the same types.
//!
//! Cycles are fine: SQL resolves them.

use std::collections::BTreeMap;

use super::unique::names;
use super::{Draft, Resolver};
use crate::dialect::{self, Feature};
use crate::model::name::NameKind;
use crate::model::{Action, DataType, Dialect, ForeignKey, Table};
use crate::snapshot::parse::{ForeignKeyNode, Name, Referenced};
use crate::toml::{Span, nearest};

/// A foreign key and the table it belongs to.
struct Resolved {
    table: String,
    name: String,
    key: ForeignKey,
}

pub(super) fn resolve_all<'a>(resolver: &mut Resolver<'a, '_, '_>, drafts: &mut BTreeMap<&'a str, Draft<'a>>) {
    let mut resolved = Vec::new();
    for draft in drafts.values() {
        for node in &draft.node.foreign_keys {
            resolved.extend(resolve(resolver, drafts, draft, node));
        }
    }
    for Resolved { table, name, key } in resolved {
        if let Some(draft) = drafts.get_mut(table.as_str()) {
            draft.table.foreign_keys.insert(name, key);
        }
    }
}

fn resolve<'a>(
    resolver: &mut Resolver<'a, '_, '_>,
    drafts: &BTreeMap<&'a str, Draft<'a>>,
    draft: &Draft<'a>,
    node: &ForeignKeyNode<'a>,
) -> Option<Resolved> {
    let (table, columns) = target(resolver, draft, node)?;
    let target = drafts.get(table.value)?;
    let through: Vec<_> = node.columns.iter().map(|column| format!("`{}`", column.value)).collect();
    let what = format!("table `{}` references `{}` through {}", draft.node.key.value, table.value, through.join(", "));
    resolver.check_boundary(draft.file, table.span, &what, target.file);
    let own_columns_exist = resolver.check_columns(draft, &node.columns);
    let references = referenced_columns(resolver, draft, target, node, table, columns)?;
    if !own_columns_exist {
        return None;
    }
    check_key(resolver, draft, target, table.span, &references);
    check_types(resolver, draft, target, node, &references);
    check_actions(resolver, draft, node);
    let full = node.match_type.filter(|kind| kind.value == crate::model::Match::Full).map(|kind| kind.span);
    resolver.refuse_lacking(draft, Feature::MatchFull, full, "`match = \"full\"`");

    let columns = names(&node.columns);
    let name = resolver.name(&draft.owner(), NameKind::ForeignKey, "foreign key", node.name, node.span, &columns);
    let key = node.to_model(table.value, references);
    Some(Resolved { table: draft.node.key.value.to_owned(), name, key })
}

/// The referenced table's key, and the columns when they are named.
fn target<'a>(
    resolver: &mut Resolver<'a, '_, '_>,
    draft: &Draft<'a>,
    node: &ForeignKeyNode<'a>,
) -> Option<(Name<'a>, Option<Vec<Name<'a>>>)> {
    let (table, columns) = match &node.referenced {
        Referenced::Full { table, columns } => (*table, columns.clone()),
        Referenced::Short(name) if resolver.tables.contains_key(name.value) => (*name, None),
        Referenced::Short(name) => match name.value.rsplit_once('.') {
            None => (*name, None),
            Some((table, column)) => {
                let part = |value| Name { value, span: name.span };
                (part(table), Some(vec![part(column)]))
            }
        },
    };
    if resolver.tables.contains_key(table.value) {
        return Some((table, columns));
    }
    let owner = draft.node.key.value;
    if let Some(found) = resolver.keys.get(table.value) {
        let message = format!("table `{owner}` references `{}`, which is {}", table.value, found.kind.with_article());
        resolver.error(draft.file, table.span, message);
        return None;
    }
    let near = nearest(table.value, resolver.tables.keys().copied());
    let message = format!("table `{owner}` references `{}`: no such table", table.value);
    resolver.unknown(draft.file, table.span, message, near);
    None
}

fn referenced_columns(
    resolver: &mut Resolver<'_, '_, '_>,
    draft: &Draft<'_>,
    target: &Draft<'_>,
    node: &ForeignKeyNode<'_>,
    table: Name<'_>,
    columns: Option<Vec<Name<'_>>>,
) -> Option<Vec<String>> {
    let (file, owner) = (draft.file, draft.node.key.value);
    let references: Vec<String> = match &columns {
        Some(columns) => {
            let mut fine = true;
            for column in columns {
                if !target.table.columns.contains_key(column.value) {
                    fine = false;
                    let near = nearest(column.value, target.table.columns.keys().map(String::as_str));
                    let message =
                        format!("table `{owner}` references `{}.{}`: no such column", table.value, column.value);
                    resolver.unknown_in(target.file, file, column.span, message, near);
                }
            }
            if !fine {
                return None;
            }
            names(columns).into_iter().map(str::to_owned).collect()
        }
        None => match &target.table.primary_key {
            Some(key) => key.columns.clone(),
            // A key that was declared and could not be read has been reported.
            None if target.node.primary_key.is_some() || target.node.columns.is_empty() => return None,
            // Nor what a file had that could not be read.
            None if resolver.reports[target.file].is_broken() => return None,
            None => {
                let message = format!("table `{owner}` references `{}`, which has no primary key", table.value);
                let help = "name a unique column, as in `references = \"table.column\"`";
                resolver.error_with_help(file, table.span, message, help);
                return None;
            }
        },
    };
    if references.len() == node.columns.len() {
        return Some(references);
    }
    let message = format!(
        "{} of table `{owner}` cannot reference {} of `{}` ({})",
        counted(node.columns.len()),
        counted(references.len()),
        table.value,
        references.join(", ")
    );
    resolver.error(file, node.span, message);
    None
}

fn counted(columns: usize) -> String {
    if columns == 1 { "one column".to_owned() } else { format!("{columns} columns") }
}

/// The referenced columns are, in any order, a primary key or unique in every row.
fn check_key(
    resolver: &mut Resolver<'_, '_, '_>,
    draft: &Draft<'_>,
    target: &Draft<'_>,
    span: Span,
    references: &[String],
) {
    if is_key(resolver.dialect, &target.table, references) || resolver.reports[target.file].is_broken() {
        return;
    }
    let place = format!("{}.{}", target.node.key.value, references.join(", "));
    let message =
        format!("table `{}` references `{place}`, which is neither primary key nor unique", draft.node.key.value);
    let late =
        target.table.unique.values().any(|unique| unique.deferrable.is_some() && same(&unique.columns, references));
    let help = if late {
        "a deferrable unique constraint cannot be referenced"
    } else {
        "add `unique = true` there, or reference the primary key"
    };
    resolver.error_with_help(draft.file, span, message, help);
}

fn is_key(dialect: Dialect, table: &Table, columns: &[String]) -> bool {
    let primary = table.primary_key.as_ref().is_some_and(|key| same(&key.columns, columns));
    let waits =
        |unique: &crate::model::Unique| dialect::has(dialect, Feature::DeferrableUnique) && unique.deferrable.is_some();
    primary
        || table.unique.values().any(|unique| !waits(unique) && same(&unique.columns, columns))
        || table.indexes.values().any(|index| {
            index.unique
                && index.predicate.is_none()
                && index.column_names().count() == index.columns.len()
                && same(&index.column_names().collect::<Vec<_>>(), columns)
        })
}

fn same<S: AsRef<str>>(a: &[S], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|column| b.iter().any(|other| other == column.as_ref()))
}

fn check_types(
    resolver: &mut Resolver<'_, '_, '_>,
    draft: &Draft<'_>,
    target: &Draft<'_>,
    node: &ForeignKeyNode<'_>,
    references: &[String],
) {
    for (column, reference) in node.columns.iter().zip(references) {
        let (Some(own), Some(other)) = (draft.table.columns.get(column.value), target.table.columns.get(reference))
        else {
            continue;
        };
        let (own, other) = (own.data_type.storage(), other.data_type.storage());
        if !fit(resolver.dialect, &own, &other) {
            let message = format!(
                "column `{}.{}` has type `{own}` and references `{}.{reference}` of type `{other}`",
                draft.node.key.value, column.value, target.node.key.value
            );
            if resolver.is_adopted && (resolver.limits().compares)(&own, &other) {
                resolver.warning(draft.file, node.span, message);
            } else {
                resolver.error(draft.file, node.span, message);
            }
        }
    }
}

/// Whether values can be compared without a cast. Lengths and precisions may differ.
fn fit(dialect: Dialect, a: &DataType, b: &DataType) -> bool {
    use DataType::{Char, Numeric, Sql, Text, Time, Timestamp, Timestamptz, Timetz, Varbit, Varchar};

    match (a, b) {
        (Sql { .. }, _) | (_, Sql { .. }) => true,
        (Text | Varchar(_) | Char(_), Text | Varchar(_) | Char(_)) => true,
        (Numeric(_), Numeric(_))
        | (Varbit(_), Varbit(_))
        | (Time(_), Time(_))
        | (Timetz(_), Timetz(_))
        | (Timestamp(_), Timestamp(_))
        | (Timestamptz(_), Timestamptz(_)) => true,
        (a, b) if !dialect::has(dialect, Feature::IntegerTypes) && a.is_integer() && b.is_integer() => true,
        (a, b) => a == b,
    }
}

/// `set_null` and `set_default` have something to set.
fn check_actions(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, node: &ForeignKeyNode<'_>) {
    let actions = [("on_delete", node.on_delete, false), ("on_update", node.on_update, true)];
    for (key, action, is_update) in actions {
        let Some(action) = action else { continue };
        for column in &node.columns {
            let Some(definition) = draft.table.columns.get(column.value) else { continue };
            let is_written = match action.value {
                Action::SetNull | Action::SetDefault => true,
                Action::Cascade => is_update,
                Action::NoAction | Action::Restrict => false,
            };
            let word = action.value.as_str();
            let name = format!("{}.{}", draft.node.key.value, column.value);
            if is_written && definition.generated.is_some() {
                resolver.error(draft.file, action.span, format!("`{key} = \"{word}\"`: column `{name}` is generated"));
            } else if action.value == Action::SetNull && !definition.nullable {
                let message = format!("`{key} = \"set_null\"`: column `{name}` is not nullable");
                resolver.error_with_help(
                    draft.file,
                    action.span,
                    message,
                    "add `nullable = true`, or use another action",
                );
            } else if action.value == Action::SetDefault && definition.default.is_none() {
                let message = format!("`{key} = \"set_default\"`: column `{name}` has no default");
                resolver.error(draft.file, action.span, message);
            }
        }
    }
}
