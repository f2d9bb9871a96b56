//! A stable topological sort: what an operation waits for comes right before it, everything else stays where it is.
//!
//! Knows numbers only.

use super::access::Strength;

/// `from` comes before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) to: usize,
    pub(super) from: usize,
    pub(super) strength: Strength,
    /// `to` takes a name in the database that `from` frees.
    pub(super) takes_name: bool,
}

impl Edge {
    pub(super) const fn new(from: usize, to: usize, strength: Strength) -> Self {
        Self { to, from, strength, takes_name: false }
    }

    /// Whether the order that is given does it already.
    pub(super) const fn is_forward(&self) -> bool {
        self.from < self.to
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Waiting,
    Open,
    Placed,
}

/// The numbers below `count` with every `from` before its `to`.
///
/// # Errors
/// The edges of a cycle, each leading to the one before it.
pub(super) fn sorted(count: usize, edges: &[Edge]) -> Result<Vec<usize>, Vec<Edge>> {
    let mut needs: Vec<Vec<Edge>> = vec![Vec::new(); count];
    for edge in edges {
        needs[edge.to].push(*edge);
    }
    needs.iter_mut().for_each(|needs| needs.sort_unstable_by_key(|edge| edge.from));
    let mut marks = vec![Mark::Waiting; count];
    let mut placed = Vec::with_capacity(count);
    for start in 0..count {
        if marks[start] != Mark::Waiting {
            continue;
        }
        // A stack of its own: a chain may be as long as the plan.
        let mut open: Vec<(usize, usize)> = vec![(start, 0)];
        let mut path: Vec<Edge> = Vec::new();
        marks[start] = Mark::Open;
        while let Some((node, next)) = open.last_mut() {
            let Some(edge) = needs[*node].get(*next).copied() else {
                marks[*node] = Mark::Placed;
                placed.push(*node);
                open.pop();
                path.pop();
                continue;
            };
            *next += 1;
            match marks[edge.from] {
                Mark::Placed => {}
                Mark::Waiting => {
                    marks[edge.from] = Mark::Open;
                    open.push((edge.from, 0));
                    path.push(edge);
                }
                Mark::Open => {
                    let first = path.iter().position(|step| step.to == edge.from).unwrap_or(path.len());
                    let mut cycle = path.split_off(first);
                    cycle.push(edge);
                    return Err(cycle);
                }
            }
        }
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(count: usize, edges: &[(usize, usize)]) -> Result<Vec<usize>, Vec<(usize, usize)>> {
        let edges: Vec<_> = edges.iter().map(|(from, to)| Edge::new(*from, *to, Strength::Structure)).collect();
        sorted(count, &edges).map_err(|cycle| cycle.iter().map(|edge| (edge.from, edge.to)).collect())
    }

    #[test]
    fn what_is_right_stays() {
        assert_eq!(order(4, &[(0, 3), (1, 2)]), Ok(vec![0, 1, 2, 3]));
    }

    #[test]
    fn what_is_waited_for_comes_right_before() {
        assert_eq!(order(5, &[(4, 1), (3, 4), (0, 3)]), Ok(vec![0, 3, 4, 1, 2]));
    }

    #[test]
    fn a_cycle_has_its_edges() {
        assert_eq!(order(4, &[(3, 1), (2, 3), (1, 2)]), Err(vec![(3, 1), (2, 3), (1, 2)]));
        assert_eq!(order(2, &[(1, 1)]), Err(vec![(1, 1)]));
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let count = 200_000;
        let edges: Vec<_> = (1..count).map(|place| (place, place - 1)).collect();
        assert_eq!(order(count, &edges), Ok((0..count).rev().collect()));
    }
}
