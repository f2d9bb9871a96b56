//! A history that a newer version of this tool has written. Must not guess what it means.

use std::collections::BTreeSet;

use super::stored;
use crate::VERSION;
use crate::engine::{Engine, Row};
use crate::error::{Context, Error};

/// The columns that are as old as the table.
const OLDEST: [&str; 6] = ["version", "name", "state", "started_at", "finished_at", "tool_version"];
const STATES: [&str; 3] = ["running", "applied", "failed"];

/// Fails where the table or a row of it says something that this version does not know. `rows` have the state and the
/// version of the tool in these columns.
pub(super) fn refuse(engine: &mut dyn Engine, rows: &[Row], state: usize, tool: usize) -> Result<(), Error> {
    let newest = rows.iter().filter_map(|row| row.get(tool)).max_by_key(|version| numbers(version)).unwrap_or_default();
    let refuse = |what: String| Err(Error::NewerHistory { what, written_by: newest.to_owned() });
    let columns: BTreeSet<String> =
        engine.columns(super::HISTORY).doing("look for the columns of the history of migrations")?;
    let is_known = |column: &str| OLDEST.contains(&column) || stored::COLUMNS.contains(&column);
    if let Some(column) = columns.iter().find(|column| !is_known(column)) {
        return refuse(format!("its column `{column}` is not known"));
    }
    if let Some(state) = rows.iter().filter_map(|row| row.get(state)).find(|state| !STATES.contains(state)) {
        return refuse(format!("its state `{state}` is not known"));
    }
    if is_newer(newest, VERSION) {
        return refuse("what it holds may mean something else".to_owned());
    }
    Ok(())
}

/// Whether a version may hold what the other one does not understand: in the number that says so in semantic versioning.
fn is_newer(version: &str, than: &str) -> bool {
    let breaking = |version: &str| match numbers(version) {
        [0, minor, _] => [0, minor],
        [major, _, _] => [major, 0],
    };
    breaking(version) > breaking(than)
}

fn numbers(version: &str) -> [u64; 3] {
    let mut numbers = version.split(['.', '-', '+']).map_while(|number| number.parse().ok());
    std::array::from_fn(|_| numbers.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_break_are_newer() {
        assert!(is_newer("0.2.0", "0.1.9") && is_newer("1.0.0", "0.9.0") && is_newer("10.0.0", "9.9.9"));
        assert!(!is_newer("0.1.7", "0.1.0") && !is_newer("1.9.0", "1.2.0") && !is_newer("0.1.0-rc.1", "0.1.0"));
        assert!(!is_newer("", "0.1.0") && !is_newer("0.0.9", "0.1.0"));
    }
}
