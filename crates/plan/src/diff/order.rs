//! The order of tables by their foreign keys.
//!
//! Cycles are fine: the dialects add the keys that close them afterwards.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Table;

/// The tables with every referenced one before those that reference it, as far as cycles allow; otherwise by key.
pub(super) fn parents_first(tables: &BTreeMap<String, Table>, keys: &[String]) -> Vec<String> {
    let chosen: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let mut waits_for: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut children: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for &key in &chosen {
        let references = tables.get(key).into_iter().flat_map(|table| table.foreign_keys.values());
        let parents = references.map(|reference| reference.table.as_str());
        let parents: BTreeSet<_> = parents.filter(|parent| *parent != key && chosen.contains(parent)).collect();
        for parent in &parents {
            children.entry(parent).or_default().insert(key);
        }
        waits_for.insert(key, parents);
    }
    let mut ready: BTreeSet<&str> = chosen.iter().copied().filter(|key| waits_for[key].is_empty()).collect();
    let mut ordered = Vec::with_capacity(chosen.len());
    while !waits_for.is_empty() {
        // With nothing ready there is a cycle: the table that waits for the fewest opens it.
        let fewest = || waits_for.iter().min_by_key(|(key, parents)| (parents.len(), **key)).map(|(key, _)| *key);
        let Some(next) = ready.pop_first().or_else(fewest) else { break };
        waits_for.remove(next);
        ordered.push(next.to_owned());
        for child in children.remove(next).unwrap_or_default() {
            if let Some(parents) = waits_for.get_mut(child) {
                parents.remove(next);
                if parents.is_empty() {
                    ready.insert(child);
                }
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Domain, ForeignKey, Match};

    fn tables(references: &[(&str, &[&str])]) -> BTreeMap<String, Table> {
        let table = |name: &str, targets: &[&str]| {
            let mut table = Table::new(Domain::new("d").unwrap(), name);
            for target in targets {
                let key = ForeignKey {
                    columns: vec!["x".into()],
                    table: (*target).into(),
                    references: vec!["id".into()],
                    on_delete: Action::NoAction,
                    on_update: Action::NoAction,
                    deferrable: None,
                    match_type: Match::Simple,
                };
                table.foreign_keys.insert(format!("{name}_{target}"), key);
            }
            table
        };
        references.iter().map(|(name, targets)| ((*name).to_owned(), table(name, targets))).collect()
    }

    fn ordered(references: &[(&str, &[&str])]) -> Vec<String> {
        let tables = tables(references);
        parents_first(&tables, &tables.keys().cloned().collect::<Vec<_>>())
    }

    #[test]
    fn parents_come_first_and_ties_go_by_name() {
        assert_eq!(ordered(&[("a", &["c"]), ("b", &[]), ("c", &["b", "c"])]), ["b", "c", "a"]);
    }

    #[test]
    fn a_cycle_is_opened_once_and_everything_is_there() {
        assert_eq!(ordered(&[("a", &["b", "c"]), ("b", &["a"]), ("c", &["a"]), ("d", &["a"])]), ["b", "a", "c", "d"]);
    }
}
