//! What tables, views and objects of one schema need of each other: their order, and what depends on those that change.
//!
//! Cycles are fine: the dialects add the keys that close them afterwards. The order of operations is `order`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::NameIndex;
use crate::model::{Schema, Table};

/// What must come before something else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    /// Without it the other cannot be made.
    pub(crate) must: BTreeSet<String>,
    /// Better before; the dialects can make up for it afterwards.
    pub(crate) should: BTreeSet<String>,
}

impl Needs {
    /// What a table needs: the objects that it depends on, and the tables that it references.
    pub(crate) fn of_table(table: &Table) -> Self {
        let references = table.foreign_keys.values().map(|reference| reference.table.clone());
        Self { must: table.depends_on.clone(), should: references.collect() }
    }

    /// What a view or object of the schema needs.
    pub(crate) fn of_dependent(names: &NameIndex, schema: &Schema, key: &str) -> Self {
        Self { must: names.needs(schema, key), should: names.named_in_bodies(schema, key) }
    }
}

/// The tables with every referenced one before those that reference it, as far as cycles allow; otherwise by key.
pub(crate) fn parents_first(tables: &BTreeMap<String, Table>, keys: &[String]) -> Vec<String> {
    let needs = |key: &str| tables.get(key).map(Needs::of_table).unwrap_or_default();
    needed_first(keys.iter().cloned().collect(), needs)
}

/// The keys with everything that one needs before it, as far as cycles allow; otherwise by key.
pub(crate) fn needed_first(keys: BTreeSet<String>, needs: impl Fn(&str) -> Needs) -> Vec<String> {
    let mut waiting: BTreeMap<&str, Needs> = BTreeMap::new();
    let mut dependents: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for key in &keys {
        let mut needs = needs(key);
        needs.should.retain(|other| other != key && keys.contains(other) && !needs.must.contains(other));
        needs.must.retain(|other| other != key && keys.contains(other));
        for other in needs.must.iter().chain(&needs.should) {
            dependents.entry(other.clone()).or_default().insert(key);
        }
        waiting.insert(key, needs);
    }
    let is_ready = |needs: &Needs| needs.must.is_empty() && needs.should.is_empty();
    let mut ready: BTreeSet<&str> = waiting.iter().filter(|(_, needs)| is_ready(needs)).map(|(key, _)| *key).collect();
    let mut ordered = Vec::with_capacity(keys.len());
    while !waiting.is_empty() {
        // With nothing ready there is a cycle: what waits for the fewest opens it.
        let by_weight = |(key, needs): &(&&str, &Needs)| (needs.must.len(), needs.should.len(), (*key).to_string());
        let fewest = || waiting.iter().min_by_key(by_weight).map(|(key, _)| *key);
        let Some(next) = ready.pop_first().or_else(fewest) else { break };
        waiting.remove(next);
        ordered.push(next.to_owned());
        for dependent in dependents.remove(next).unwrap_or_default() {
            if let Some(needs) = waiting.get_mut(dependent) {
                needs.must.remove(next);
                needs.should.remove(next);
                if is_ready(needs) {
                    ready.insert(dependent);
                }
            }
        }
    }
    ordered
}

/// The keys with everything that needs one before it, as far as cycles allow; otherwise by key.
pub(crate) fn dependents_first(keys: BTreeSet<String>, needs: impl Fn(&str) -> Needs) -> Vec<String> {
    let mut needed_by: BTreeMap<String, Needs> = BTreeMap::new();
    for key in &keys {
        let Needs { must, should } = needs(key);
        for other in must {
            needed_by.entry(other).or_default().must.insert(key.clone());
        }
        for other in should {
            needed_by.entry(other).or_default().should.insert(key.clone());
        }
    }
    needed_first(keys, |key| needed_by.get(key).cloned().unwrap_or_default())
}

/// The keys that change, with everything that needs one of them, directly or through others.
pub(crate) fn with_dependents(needs: &BTreeMap<&str, BTreeSet<String>>, changed: BTreeSet<String>) -> BTreeSet<String> {
    let mut found = changed;
    loop {
        let reached = needs.iter().filter(|(key, needs)| !found.contains(**key) && !needs.is_disjoint(&found));
        let reached: Vec<String> = reached.map(|(key, _)| (*key).to_owned()).collect();
        if reached.is_empty() {
            return found;
        }
        found.extend(reached);
    }
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

    #[test]
    fn what_depends_on_a_change_is_found_through_others_and_goes_first() {
        let needs = [("a", "t"), ("b", "a"), ("c", "b"), ("d", "u")];
        let needs: BTreeMap<&str, BTreeSet<String>> =
            needs.into_iter().map(|(key, need)| (key, BTreeSet::from([need.to_owned()]))).collect();
        let found = with_dependents(&needs, BTreeSet::from(["a".to_owned()]));
        assert_eq!(found.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        let of = |key: &str| Needs { must: needs[key].clone(), should: BTreeSet::new() };
        assert_eq!(dependents_first(found, of), ["c", "b", "a"]);
    }
}
