//! Sequences that do not follow their column: H25. Must not look at keys.

use makemigrations_plan::model::DataType;
use makemigrations_sql::{Dialect, tokens};
use squawk_syntax::ast::{self, AstNode, NameLike};

use crate::{
    name::RelationName,
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    unit.alterations(|alteration| {
        let (at, table) = (alteration.at, alteration.table);
        let ast::AlterTableAction::AlterColumn(alter) = &alteration.action else { return };
        let (Some(option), Some(column)) = (alter.option(), alter.column_name_ref()) else { return };
        let column = column.text();
        let Some(known) = unit.facts.table(table).and_then(|table| table.columns.get(&column)) else { return };
        if !known.data_type.is_serial() {
            return;
        }
        match option {
            ast::AlterColumnOption::SetType(set) => {
                let text = set.ty().map(|data_type| unit.text_of(data_type.syntax()).to_lowercase()).unwrap_or_default();
                let widens = matches!(text.as_str(), "bigint" | "int8") && known.data_type != DataType::Bigserial
                    || matches!(text.as_str(), "integer" | "int" | "int4") && known.data_type == DataType::Smallserial;
                if widens && !follows(unit, at, table, &column) {
                    let message = format!(
                        "the sequence of `{table}.{column}` stays `{}`: it ends where it ended before",
                        known.data_type.storage()
                    );
                    found.push(unit.hit_in("sequence-left-behind", at, alter.syntax()).says(message));
                }
            }
            ast::AlterColumnOption::AddGenerated(_) if !is_set(unit, at) => {
                let message = format!(
                    "`{table}.{column}` gets a second sequence, which starts at 1, and the one that counted so far is left behind"
                );
                found.push(unit.hit_in("sequence-left-behind", at, alter.syntax()).says(message));
            }
            _ => {}
        }
    });
}

/// Whether the file changes the type of a sequence that can be the column's.
fn follows(unit: &Unit<'_>, at: usize, table: &RelationName, column: &str) -> bool {
    let name = format!("{}_{column}_seq", table.name);
    let altered: Vec<(usize, RelationName)> = unit
        .statements()
        .filter_map(|(when, statement)| match &statement.node {
            ast::Stmt::AlterSequence(alter) => {
                let is_type = |action| {
                    matches!(action, ast::AlterSequenceAction::SequenceOption(ast::SequenceOption::OptionAsType(_)))
                };
                let name = RelationName::of_reference(alter.sequence_ref()?.path_ref())?;
                alter.actions().any(is_type).then_some((when, name))
            }
            // A block that looks the sequence up: `pg_get_serial_sequence`.
            ast::Stmt::Do(_) => has_word(unit.text(when), "alter").then(|| (when, RelationName::beside(table, &name))),
            _ => None,
        })
        .collect();
    // A renamed sequence cannot be told from another one: the next one after the change counts.
    altered.iter().any(|(when, other)| other.name == name || *when > at)
}

/// Whether a later statement lets the new sequence go on where the old one stood.
fn is_set(unit: &Unit<'_>, at: usize) -> bool {
    let after = unit.statements().skip(at);
    after.into_iter().any(|(at, _)| has_word(unit.text(at), "setval") || has_word(unit.text(at), "restart"))
}

fn has_word(text: &str, word: &str) -> bool {
    tokens(text, Dialect::Postgres)
        .any(|token| token.is_word(word) || (token.text.starts_with('$') && token.text.contains(word)))
}
