//! Choices that cost later, and objects that hide what they do: H24, H44, H45. Must not look at locks.

use squawk_syntax::ast::{self, AstNode, NameLike};

use crate::{
    name::RelationName,
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        match &statement.node {
            ast::Stmt::CreateTable(create) => table(unit, at, create, found),
            ast::Stmt::CreateIndex(index) => {
                let width = index.partition_item_list().map_or(0, |list| list.partition_items().count());
                if width > 3 && index.unique_token().is_none() {
                    found.push(unit.hit("index-over-many-columns", at));
                }
                if index.index().is_none() {
                    found.push(unit.hit("unnamed-constraint", at));
                }
            }
            ast::Stmt::CreateTrigger(_) => found.push(unit.hit("create-trigger", at)),
            ast::Stmt::CreateExtension(_) => found.push(unit.hit("create-extension", at)),
            ast::Stmt::Grant(_) | ast::Stmt::AlterDefaultPrivileges(_) => {
                found.push(unit.hit("change-of-privileges", at));
            }
            _ => {}
        }
    }
    unit.alterations(|alteration| match &alteration.action {
        ast::AlterTableAction::AddColumn(add) => {
            let column = add.column_name().map(|name| name.text()).unwrap_or_default();
            let kinds: Vec<_> = add.constraints().collect();
            let is_key = kinds.iter().any(|constraint| {
                matches!(
                    constraint,
                    ast::Constraint::PrimaryKeyConstraint(_) | ast::Constraint::ReferencesConstraint(_)
                )
            });
            short_key(unit, alteration.at, &column, add.ty(), is_key, found);
            money(unit, alteration.at, add.ty(), found);
        }
        ast::AlterTableAction::AddConstraint(add) => {
            if let Some(constraint) = add.constraint()
                && constraint.constraint_name().is_none()
            {
                found.push(unit.hit_in("unnamed-constraint", alteration.at, add.syntax()));
            }
        }
        _ => {}
    });
}

fn table(unit: &Unit<'_>, at: usize, create: &ast::CreateTable, found: &mut Vec<Hit>) {
    let Some(arguments) = create.table_arg_list() else { return };
    let is_temporary = matches!(create.persistence(), Some(ast::Persistence::Temp(_)));
    let mut keys: Vec<String> = Vec::new();
    let mut has_primary_key = is_temporary || create.partition_of().is_some() || create.inherits().is_some();
    for argument in arguments.args() {
        match argument {
            ast::TableArg::TableConstraint(constraint) => {
                let node = constraint.syntax().clone();
                let is_primary = matches!(constraint, ast::TableConstraint::PrimaryKeyConstraint(_));
                let is_foreign = matches!(constraint, ast::TableConstraint::ForeignKeyConstraint(_));
                has_primary_key |= is_primary;
                if is_primary {
                    keys.extend(node.descendants().filter_map(ast::ColumnNameRef::cast).map(|name| name.text()));
                }
                if let ast::TableConstraint::ForeignKeyConstraint(key) = &constraint {
                    let columns = key.from_columns().into_iter().flat_map(|list| list.column_name_refs());
                    keys.extend(columns.map(|name| name.text()));
                }
                // The name of a primary key follows from the table's, and stays with it.
                if constraint.constraint_name().is_none() && (is_foreign || !is_primary) {
                    found.push(unit.hit_in("unnamed-constraint", at, &node));
                }
            }
            ast::TableArg::LikeClause(_) => has_primary_key = true,
            ast::TableArg::Column(_) => {}
        }
    }
    for argument in arguments.args() {
        let ast::TableArg::Column(column) = argument else { continue };
        let name = column.name().map(|name| name.text()).unwrap_or_default();
        let mut is_key = keys.contains(&name);
        for clause in column.clauses() {
            if let ast::ColumnClause::ColumnConstraint(constraint) = clause {
                let is_primary = matches!(constraint, ast::ColumnConstraint::PrimaryKeyConstraint(_));
                has_primary_key |= is_primary;
                is_key |= is_primary || matches!(constraint, ast::ColumnConstraint::ReferencesConstraint(_));
            }
        }
        short_key(unit, at, &name, column.ty(), is_key, found);
        money(unit, at, column.ty(), found);
    }
    if !has_primary_key {
        let name = create.table_name().and_then(|name| RelationName::of_definition(name.path()));
        found.push(unit.hit("table-without-primary-key", at).about(name.into_iter().collect()));
    }
}

/// squawk asks this of every number; here only of those that count rows.
fn short_key(
    unit: &Unit<'_>,
    at: usize,
    column: &str,
    data_type: Option<ast::Type>,
    is_key: bool,
    found: &mut Vec<Hit>,
) {
    let Some(data_type) = data_type else { return };
    let text = unit.text_of(data_type.syntax()).to_lowercase();
    let (rule, ends) = match text.as_str() {
        "integer" | "int" | "int4" if is_key => ("prefer-bigint-over-int", "2,147,483,647"),
        "serial" | "serial4" => ("prefer-bigint-over-int", "2,147,483,647"),
        "smallint" | "int2" if is_key => ("prefer-bigint-over-smallint", "32,767"),
        "smallserial" | "serial2" => ("prefer-bigint-over-smallint", "32,767"),
        _ => return,
    };
    let message = format!("the key `{column}` ends at {ends}, and widening it later writes the table anew");
    found.push(unit.hit_in(rule, at, data_type.syntax()).says(message));
}

fn money(unit: &Unit<'_>, at: usize, data_type: Option<ast::Type>, found: &mut Vec<Hit>) {
    if let Some(data_type) = data_type
        && unit.text_of(data_type.syntax()).eq_ignore_ascii_case("money")
    {
        found.push(unit.hit_in("ban-money-field", at, data_type.syntax()));
    }
}
