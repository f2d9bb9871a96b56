//! Partitions that come: H41. Must not look at those that go, which squawk does.

use squawk_syntax::ast::{self, AstNode};

use crate::{
    name::RelationName,
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        if let ast::Stmt::CreateTable(create) = &statement.node
            && let Some(of) = create.partition_of()
            && let Some(parent) = RelationName::of_table_reference(of.table_name_ref())
        {
            found.push(unit.hit("partition-of-locks-parent", at).about(vec![parent]));
        }
    }
    let mut checked: Vec<RelationName> = unit.progress.checked.iter().cloned().collect();
    unit.alterations(|alteration| match &alteration.action {
        ast::AlterTableAction::AttachPartition(attach) => {
            let Some(partition) = RelationName::of_table_reference(attach.table_name_ref()) else { return };
            let has_check = checked.contains(&partition)
                || unit.facts.table(&partition).is_some_and(|table| !table.checks.is_empty());
            if has_check || !unit.is_used(&partition, alteration.at) {
                return;
            }
            let message = format!(
                "reads and writes of `{partition}` wait while it is scanned: no validated check says that its rows are in the bound"
            );
            let hit = unit.hit_in("attach-partition-scans", alteration.at, attach.syntax());
            found.push(hit.says(message).about(vec![partition]));
        }
        ast::AlterTableAction::ValidateConstraint(_) => checked.push(alteration.table.clone()),
        ast::AlterTableAction::AddConstraint(add) => {
            if let Some(constraint @ ast::Constraint::CheckConstraint(_)) = add.constraint()
                && !constraint.is_not_valid()
            {
                checked.push(alteration.table.clone());
            }
        }
        _ => {}
    });
}
