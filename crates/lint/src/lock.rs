//! The locks that a statement takes on what was there before it, as measured on PostgreSQL 15. Must not judge them.

use makemigrations_plan::hazard::LockMode::{
    self, AccessExclusive, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive,
};
use squawk_syntax::ast::{self, AstNode, NameLike};

use crate::{facts::Facts, name::RelationName};

/// The relations that a statement is about.
pub(crate) fn targets(statement: &ast::Stmt, facts: &Facts<'_>) -> Vec<RelationName> {
    let one = |name: Option<RelationName>| name.into_iter().collect();
    match statement {
        ast::Stmt::AlterTable(alter) => one(RelationName::of_relation(alter.table_relation_name())),
        ast::Stmt::CreateIndex(index) => one(RelationName::of_relation(index.table_relation_name())),
        ast::Stmt::DropIndex(drop) => {
            let indexes = drop.index_refs().filter_map(|index| RelationName::of_reference(index.path_ref()));
            indexes.map(|index| facts.table_of_index(&index).unwrap_or(index)).collect()
        }
        ast::Stmt::AlterIndex(alter) => {
            let index = alter.index_ref().and_then(|index| RelationName::of_reference(index.path_ref()));
            one(index.map(|index| facts.table_of_index(&index).unwrap_or(index)))
        }
        ast::Stmt::DropTable(drop) => {
            drop.table_name_refs().filter_map(|table| RelationName::of_reference(table.path_ref())).collect()
        }
        ast::Stmt::Truncate(truncate) => {
            let tables = truncate.table_list().into_iter().flat_map(|list| list.table_relation_names());
            tables.filter_map(|table| RelationName::of_relation(Some(table))).collect()
        }
        ast::Stmt::Update(update) => one(of_relation(update.relation_name())),
        ast::Stmt::Delete(delete) => one(of_relation(delete.relation_name())),
        ast::Stmt::Merge(merge) => one(RelationName::of_relation(merge.table_relation_name())),
        ast::Stmt::Insert(insert) => {
            one(insert.relation_name_ref().and_then(|name| RelationName::of_reference(name.path_ref())))
        }
        ast::Stmt::CreateTrigger(trigger) => one(of_on_relation(trigger.on_relation())),
        ast::Stmt::DropTrigger(trigger) => one(of_on_relation(trigger.on_relation())),
        ast::Stmt::CreatePolicy(policy) => one(of_on_table(policy.on_table())),
        ast::Stmt::AlterPolicy(policy) => one(of_on_table(policy.on_table())),
        ast::Stmt::DropPolicy(policy) => one(of_on_table(policy.on_table())),
        ast::Stmt::Cluster(cluster) => {
            let old = cluster.cluster_legacy().and_then(|legacy| legacy.on_path()?.table_name_ref());
            one(RelationName::of_table_reference(cluster.table_name_ref().or(old)))
        }
        ast::Stmt::Vacuum(vacuum) => {
            let tables = vacuum.table_and_columns_list().into_iter().flat_map(|list| list.table_and_columnss());
            tables.filter_map(|table| RelationName::of_relation(table.table_relation_name())).collect()
        }
        ast::Stmt::Refresh(refresh) => {
            one(refresh.view_ref().and_then(|view| RelationName::of_reference(view.path_ref())))
        }
        ast::Stmt::Reindex(reindex) => match reindex.reindex_target() {
            Some(ast::ReindexTarget::ReindexTargetTable(target)) => one(first_reference(target.syntax())),
            Some(ast::ReindexTarget::ReindexTargetIndex(target)) => {
                one(first_reference(target.syntax()).map(|index| facts.table_of_index(&index).unwrap_or(index)))
            }
            Some(
                ast::ReindexTarget::ReindexTargetDatabase(_)
                | ast::ReindexTarget::ReindexTargetSchema(_)
                | ast::ReindexTarget::ReindexTargetSystem(_),
            )
            | None => Vec::new(),
        },
        ast::Stmt::DropView(drop) => {
            drop.view_refs().filter_map(|view| RelationName::of_reference(view.path_ref())).collect()
        }
        ast::Stmt::DropMaterializedView(drop) => {
            drop.view_refs().filter_map(|view| RelationName::of_reference(view.path_ref())).collect()
        }
        ast::Stmt::CreateView(view) => one(view.view().and_then(|view| RelationName::of_definition(view.path()))),
        ast::Stmt::AlterView(view) => one(view.view_ref().and_then(|view| RelationName::of_reference(view.path_ref()))),
        ast::Stmt::AlterSequence(sequence) => {
            one(sequence.sequence_ref().and_then(|sequence| RelationName::of_reference(sequence.path_ref())))
        }
        _ => Vec::new(),
    }
}

/// Every lock that is held on a relation which is not new, until the transaction ends.
pub(crate) fn locks(statement: &ast::Stmt, at: usize, facts: &Facts<'_>) -> Vec<(RelationName, LockMode)> {
    let mut found = Vec::new();
    let all = |mode: LockMode| targets(statement, facts).into_iter().map(move |name| (name, mode)).collect();
    match statement {
        ast::Stmt::AlterTable(alter) => {
            if let Some(table) = RelationName::of_relation(alter.table_relation_name()) {
                alter.actions().for_each(|action| of_action(&action, &table, facts, &mut found));
            }
        }
        ast::Stmt::CreateIndex(index) => {
            let mode = if index.concurrently_token().is_some() { ShareUpdateExclusive } else { Share };
            found = all(mode);
        }
        ast::Stmt::DropIndex(drop) => {
            let mode = if drop.concurrently_token().is_some() { ShareUpdateExclusive } else { AccessExclusive };
            found = all(mode);
        }
        ast::Stmt::DropTable(_) => {
            found = all(AccessExclusive);
            for (name, _) in found.clone() {
                let keys = facts.table(&name).into_iter().flat_map(|table| table.foreign_keys.values());
                found.extend(keys.filter_map(|key| facts.target(key)).map(|parent| (parent, AccessExclusive)));
            }
        }
        ast::Stmt::CreateTable(create) => {
            let parent = create.partition_of().and_then(|of| RelationName::of_table_reference(of.table_name_ref()));
            found.extend(parent.map(|parent| (parent, AccessExclusive)));
            found.extend(referenced(create.syntax()).into_iter().map(|parent| (parent, ShareRowExclusive)));
        }
        ast::Stmt::Truncate(truncate) => {
            found = all(AccessExclusive);
            if matches!(truncate.drop_behavior(), Some(ast::DropBehavior::Cascade(_))) {
                let mut next = 0;
                while let Some((name, _)) = found.get(next).cloned() {
                    for (child, _, _) in facts.references_to(&name) {
                        if !found.iter().any(|(other, _)| *other == child) {
                            found.push((child, AccessExclusive));
                        }
                    }
                    next += 1;
                }
            }
        }
        ast::Stmt::Refresh(refresh) => {
            let mode = if refresh.concurrently_token().is_some() { Exclusive } else { AccessExclusive };
            found = all(mode);
        }
        ast::Stmt::Reindex(reindex) => {
            let mode = if reindex.is_concurrently() { ShareUpdateExclusive } else { Share };
            found = all(mode);
        }
        ast::Stmt::Vacuum(vacuum) => {
            let mode = if vacuum.is_full() { AccessExclusive } else { ShareUpdateExclusive };
            found = all(mode);
        }
        ast::Stmt::CommentOn(_) | ast::Stmt::AlterIndex(_) => found = all(ShareUpdateExclusive),
        ast::Stmt::CreateTrigger(_) | ast::Stmt::AlterSequence(_) => found = all(ShareRowExclusive),
        ast::Stmt::Cluster(_)
        | ast::Stmt::DropTrigger(_)
        | ast::Stmt::CreatePolicy(_)
        | ast::Stmt::AlterPolicy(_)
        | ast::Stmt::DropPolicy(_)
        | ast::Stmt::DropView(_)
        | ast::Stmt::DropMaterializedView(_)
        | ast::Stmt::AlterView(_) => found = all(AccessExclusive),
        ast::Stmt::CreateView(view) if view.or_replace().is_some() => found = all(AccessExclusive),
        ast::Stmt::Update(_) | ast::Stmt::Delete(_) | ast::Stmt::Insert(_) | ast::Stmt::Merge(_) => {
            found = all(RowExclusive);
        }
        _ => {}
    }
    found.retain(|(name, _)| !facts.is_new(name, at));
    strongest(found)
}

/// One entry for each relation, in the order of their appearance.
fn strongest(found: Vec<(RelationName, LockMode)>) -> Vec<(RelationName, LockMode)> {
    let mut kept: Vec<(RelationName, LockMode)> = Vec::new();
    for (name, mode) in found {
        match kept.iter_mut().find(|(other, _)| *other == name) {
            Some((_, known)) => *known = mode.max(*known),
            None => kept.push((name, mode)),
        }
    }
    kept
}

fn of_action(
    action: &ast::AlterTableAction,
    table: &RelationName,
    facts: &Facts<'_>,
    found: &mut Vec<(RelationName, LockMode)>,
) {
    use ast::AlterTableAction as Action;
    let mode = match action {
        Action::AddConstraint(add) => match add.constraint() {
            Some(ast::Constraint::ForeignKeyConstraint(_)) => ShareRowExclusive,
            _ => AccessExclusive,
        },
        Action::ValidateConstraint(_)
        | Action::ClusterOn(_)
        | Action::SetWithoutCluster(_)
        | Action::SetOptions(_)
        | Action::ResetOptions(_)
        | Action::AttachPartition(_) => ShareUpdateExclusive,
        Action::DetachPartition(detach) => match detach.detach_partition_option() {
            Some(ast::DetachPartitionOption::DetachConcurrently(_)) => ShareUpdateExclusive,
            _ => AccessExclusive,
        },
        Action::DisableTrigger(_)
        | Action::EnableTrigger(_)
        | Action::EnableAlwaysTrigger(_)
        | Action::EnableReplicaTrigger(_) => ShareRowExclusive,
        Action::AlterColumn(alter) => match alter.option() {
            Some(
                ast::AlterColumnOption::SetStatistics(_)
                | ast::AlterColumnOption::SetOptions(_)
                | ast::AlterColumnOption::ResetOptions(_),
            ) => ShareUpdateExclusive,
            _ => AccessExclusive,
        },
        _ => AccessExclusive,
    };
    found.push((table.clone(), mode));
    match action {
        Action::AddConstraint(_) | Action::AddColumn(_) => {
            found.extend(referenced(action.syntax()).into_iter().map(|parent| (parent, ShareRowExclusive)));
        }
        Action::DropConstraint(drop) => {
            found.extend(dropped_parent(drop, table, facts).map(|parent| (parent, AccessExclusive)));
        }
        Action::DropColumn(drop) => {
            let column = drop.column_name_ref().map(|column| column.text()).unwrap_or_default();
            let keys = facts.table(table).into_iter().flat_map(|table| table.foreign_keys.values());
            let of_column = keys.filter(|key| key.columns.contains(&column));
            found.extend(of_column.filter_map(|key| facts.target(key)).map(|parent| (parent, AccessExclusive)));
        }
        Action::ValidateConstraint(validate) => {
            let name = constraint_name(validate.constraint_name_ref());
            let key = name.and_then(|name| facts.table(table)?.foreign_keys.get(&name));
            found.extend(key.and_then(|key| facts.target(key)).map(|parent| (parent, RowShare)));
        }
        Action::AttachPartition(attach) => {
            found.extend(RelationName::of_table_reference(attach.table_name_ref()).map(|name| (name, AccessExclusive)));
        }
        Action::DetachPartition(detach) => {
            found.extend(RelationName::of_table_reference(detach.table_name_ref()).map(|name| (name, AccessExclusive)));
        }
        _ => {}
    }
}

/// The referenced table when a constraint that goes is a foreign key.
pub(crate) fn dropped_parent(
    drop: &ast::DropConstraint,
    table: &RelationName,
    facts: &Facts<'_>,
) -> Option<RelationName> {
    let name = constraint_name(drop.constraint_name_ref())?;
    facts.target(facts.table(table)?.foreign_keys.get(&name)?)
}

pub(crate) fn constraint_name(reference: Option<ast::ConstraintNameRef>) -> Option<String> {
    Some(reference?.path_ref()?.segment()?.text())
}

/// The tables that the foreign keys below a node point at.
pub(crate) fn referenced(node: &squawk_syntax::SyntaxNode) -> Vec<RelationName> {
    let mut found = Vec::new();
    for node in node.descendants() {
        let table = if let Some(key) = ast::ForeignKeyConstraint::cast(node.clone()) {
            RelationName::of_table_reference(key.table_name_ref())
        } else if let Some(key) = ast::ReferencesConstraint::cast(node) {
            RelationName::of_table_reference(key.table())
        } else {
            None
        };
        found.extend(table.filter(|table| !found.contains(table)));
    }
    found
}

fn first_reference(node: &squawk_syntax::SyntaxNode) -> Option<RelationName> {
    RelationName::of_reference(node.descendants().find_map(ast::PathRef::cast))
}

fn of_relation(relation: Option<ast::RelationName>) -> Option<RelationName> {
    RelationName::of_reference(relation?.relation_name_ref()?.path_ref())
}

fn of_on_relation(relation: Option<ast::OnRelation>) -> Option<RelationName> {
    RelationName::of_reference(relation?.relation_name_ref()?.path_ref())
}

fn of_on_table(table: Option<ast::OnTable>) -> Option<RelationName> {
    RelationName::of_table_reference(table?.table_name_ref())
}
