//! Columns that come or become NOT NULL: H16, H18, H19. Must not look at changes of a type.

use makemigrations_plan::hazard::is_volatile;
use makemigrations_sql::{Dialect, tokens};
use squawk_syntax::ast::{self, AstNode, NameLike};

use super::check;
use crate::{
    facts::Progress,
    name::RelationName,
    script::Script,
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    added(unit, found);
    not_null(unit, found);
}

fn added(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    unit.alterations(|alteration| {
        let (at, table) = (alteration.at, alteration.table);
        if let ast::AlterTableAction::AlterColumn(alter) = &alteration.action
            && let Some(ast::AlterColumnOption::SetExpression(_)) = alter.option()
        {
            found.push(unit.hit_in("ban-alter-generated-expression", at, alter.syntax()));
        }
        let ast::AlterTableAction::AddColumn(add) = &alteration.action else { return };
        if let Some(why) = rewrites(unit, add) {
            let message =
                format!("{why}: reads and writes of `{table}` wait while it and its indexes are written anew");
            found.push(unit.hit_in("adding-field-with-default", at, add.syntax()).says(message));
        }
        if add.ty().is_some_and(|data_type| unit.text_of(data_type.syntax()).eq_ignore_ascii_case("json")) {
            found.push(unit.hit_in("adding-json-column", at, add.syntax()));
        }
    });
}

/// Why a new column has to be written into every row.
fn rewrites(unit: &Unit<'_>, add: &ast::AddColumn) -> Option<String> {
    let data_type = add.ty().map(|data_type| unit.text_of(data_type.syntax()).to_lowercase()).unwrap_or_default();
    if ["serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"].contains(&data_type.as_str()) {
        return Some(format!("each row gets a value of the sequence of `{data_type}`"));
    }
    for constraint in add.constraints() {
        match constraint {
            ast::Constraint::DefaultConstraint(default) => {
                if let Some(function) = default.expr().and_then(|value| volatile_call(unit, value.syntax())) {
                    return Some(format!("each row gets a value of its own, since `{function}` is volatile"));
                }
            }
            ast::Constraint::GeneratedConstraint(generated) => {
                let text = unit.text_of(generated.syntax());
                let has = |word: &str| tokens(text, Dialect::Postgres).any(|token| token.is_word(word));
                if has("identity") {
                    return Some("each row gets a value of the identity's sequence".to_owned());
                }
                if !has("virtual") {
                    return Some("each row gets a computed value".to_owned());
                }
            }
            _ => {}
        }
    }
    constrained_domain(unit, &data_type).map(|domain| format!("the domain `{domain}` has a constraint"))
}

/// A function in an expression that may give another value each time, as far as that is known.
fn volatile_call(unit: &Unit<'_>, expression: &squawk_syntax::SyntaxNode) -> Option<String> {
    let calls = expression.descendants().filter_map(ast::CallExpr::cast);
    let names = calls.filter_map(|call| call.expr()).map(|name| unit.text_of(name.syntax()).to_owned());
    names.into_iter().find(|name| is_volatile(&format!("{name}()")) && !is_declared_stable(unit, name))
}

/// Whether the snapshots have a function of that name which says that it is `STABLE` or `IMMUTABLE`.
fn is_declared_stable(unit: &Unit<'_>, name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
    unit.facts.before.objects.values().any(|object| {
        let words: Vec<_> = tokens(&object.create, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
        words.iter().take(4).any(|word| word.is_word("function"))
            && words.iter().take(8).any(|word| word.text.trim_matches('"').eq_ignore_ascii_case(name))
            && words.iter().any(|word| word.is_word("stable") || word.is_word("immutable"))
    })
}

/// A domain of that name with a constraint, among what the snapshots and this file make.
pub(crate) fn constrained_domain(unit: &Unit<'_>, data_type: &str) -> Option<String> {
    let plain = data_type.rsplit('.').next().unwrap_or(data_type).trim_matches('"');
    let is_it = |text: &str| {
        let words: Vec<_> = tokens(text, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
        let is_domain = words.first().is_some_and(|word| word.is_word("create"))
            && words.get(1).is_some_and(|word| word.is_word("domain"));
        let is_qualified = words.get(3).is_some_and(|dot| dot.is_symbol("."));
        let name = words.get(if is_qualified { 4 } else { 2 }).map(|word| word.text.trim_matches('"'));
        is_domain
            && name.is_some_and(|name| name.eq_ignore_ascii_case(plain))
            && words.iter().any(|word| word.is_word("check") || word.is_word("not"))
    };
    let recorded = unit.facts.before.objects.values().any(|object| is_it(&object.create));
    let here = || {
        unit.statements()
            .any(|(at, statement)| matches!(statement.node, ast::Stmt::CreateDomain(_)) && is_it(unit.text(at)))
    };
    (!plain.is_empty() && (recorded || here())).then(|| plain.to_owned())
}

/// `SET NOT NULL`, unless it was so before, or a validated check says that there is none.
fn not_null(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    let mut checks = Checks::new(unit);
    unit.alterations(|alteration| {
        let (at, table) = (alteration.at, alteration.table);
        let (column, node): (String, squawk_syntax::SyntaxNode) = match &alteration.action {
            ast::AlterTableAction::AlterColumn(alter) => match (alter.option(), alter.column_name_ref()) {
                (Some(ast::AlterColumnOption::SetNotNull(option)), Some(column)) => (column.text(), option.syntax().clone()),
                _ => return checks.follow(unit.script, table, &alteration.action),
            },
            ast::AlterTableAction::AddConstraint(add) => match add.constraint() {
                Some(ast::Constraint::NotNullConstraint(constraint)) => {
                    let column = constraint.column_name_ref().map(|column| column.text()).unwrap_or_default();
                    (column, constraint.syntax().clone())
                }
                _ => return checks.follow(unit.script, table, &alteration.action),
            },
            _ => return checks.follow(unit.script, table, &alteration.action),
        };
        let known = unit.facts.table(table).and_then(|table| table.columns.get(&column));
        if known.is_some_and(|known| !known.nullable) && !drops_not_null(unit, table, &column, at) {
            return;
        }
        if checks.say_never_null(table, &column) {
            return;
        }
        let message = if checks.has_unvalidated(table, &column) {
            format!(
                "reads and writes of `{table}` wait while it is scanned for NULL: the check of `{column}` is not validated, \
                 and does not count"
            )
        } else {
            format!("reads and writes of `{table}` wait while it is scanned for NULL in `{column}`, and one makes it fail")
        };
        found.push(unit.hit_in("adding-not-nullable-field", at, &node).says(message));
    });
}

fn drops_not_null(unit: &Unit<'_>, table: &RelationName, column: &str, before: usize) -> bool {
    let mut found = false;
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::AlterColumn(alter) = &alteration.action
            && let Some(ast::AlterColumnOption::DropNotNull(_)) = alter.option()
        {
            let name = alter.column_name_ref().map(|column| column.text());
            found |= alteration.at < before && alteration.table == table && name.as_deref() == Some(column);
        }
    });
    found
}

/// The checks that say of a column that it is never NULL, at each statement.
struct Checks {
    progress: Progress,
}

impl Checks {
    fn new(unit: &Unit<'_>) -> Self {
        let mut progress = Progress::default();
        for text in unit.earlier {
            if let Some(script) = Script::parse(text) {
                check::follow(&script, &mut progress);
            }
        }
        progress.not_null_checks.extend(unit.progress.not_null_checks.clone());
        Self { progress }
    }

    fn follow(&mut self, script: &Script<'_>, table: &RelationName, action: &ast::AlterTableAction) {
        check::follow_action(script, table, action, &mut self.progress);
    }

    fn find(&self, table: &RelationName, column: &str) -> impl Iterator<Item = bool> {
        let checks = self.progress.not_null_checks.iter();
        checks
            .filter(move |((other, _), (name, _))| other == table && name == column)
            .map(|(_, (_, is_valid))| *is_valid)
    }

    fn say_never_null(&self, table: &RelationName, column: &str) -> bool {
        self.find(table, column).any(|is_valid| is_valid)
    }

    fn has_unvalidated(&self, table: &RelationName, column: &str) -> bool {
        self.find(table, column).any(|is_valid| !is_valid)
    }
}
