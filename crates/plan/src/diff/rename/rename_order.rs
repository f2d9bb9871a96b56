//! The order of renames among each other, so that no name is taken when it is needed.
//!
//! Knows only names: what carries them is the caller's business.

use std::collections::BTreeSet;

use crate::{graph::spare_name, model::Dialect};

/// `(from, to)` pairs, one after the other. Two names that change places go through a spare one, and what nobody renames
/// makes way for what does: it is dropped under the spare name later.
pub(super) fn in_order(
    dialect: Dialect,
    wanted: Vec<(String, String)>,
    mut taken: BTreeSet<String>,
) -> Vec<(String, String)> {
    let mut waiting = wanted;
    let mut order = Vec::with_capacity(waiting.len());
    while let Some((_, blocked)) = waiting.first() {
        if let Some(place) = waiting.iter().position(|(_, to)| !taken.contains(to)) {
            let (from, to) = waiting.remove(place);
            taken.remove(&from);
            taken.insert(to.clone());
            order.push((from, to));
            continue;
        }
        // Every name that is wanted is taken: by one of those that wait, or by something that goes.
        let blocked = blocked.clone();
        let spare = spare_name(dialect, &blocked, &taken);
        for (from, _) in waiting.iter_mut().filter(|(from, _)| *from == blocked) {
            from.clone_from(&spare);
        }
        taken.remove(&blocked);
        taken.insert(spare.clone());
        order.push((blocked, spare));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(wanted: &[(&str, &str)], taken: &[&str]) -> Vec<String> {
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        let taken = taken.iter().map(|name| (*name).to_owned()).collect();
        let order = in_order(Dialect::Postgres, wanted.iter().map(owned).collect(), taken);
        order.into_iter().map(|(from, to)| format!("{from}>{to}")).collect()
    }

    #[test]
    fn a_chain_starts_where_the_name_is_free() {
        assert_eq!(order(&[("a", "b"), ("b", "c")], &["a", "b"]), ["b>c", "a>b"]);
    }

    #[test]
    fn a_swap_goes_through_a_spare_name() {
        assert_eq!(order(&[("a", "b"), ("b", "a")], &["a", "b"]), ["b>b__spare", "a>b", "b__spare>a"]);
    }

    #[test]
    fn what_nobody_renames_makes_way() {
        assert_eq!(order(&[("a", "b")], &["a", "b"]), ["b>b__spare", "a>b"]);
    }
}
