//! What a list of operations renamed in the end, from the first name to the last.
//!
//! Looks at renames only; whether the thing is still there afterwards is not asked.

use std::collections::BTreeMap;

use crate::{diff::Rename, operation::Operation};

/// The renames that a list of operations amounts to: spare names on the way are not in it, nor what came back to its name.
#[must_use]
pub fn net_renames(operations: &[Operation]) -> Vec<Rename> {
    // By the names they have now, the ones before: tables and enums by key, columns and values by owner and name.
    let mut tables = Names::default();
    let mut enums = Names::default();
    let mut columns = Names::default();
    let mut values = Names::default();
    for operation in operations {
        match operation {
            Operation::RenameTable(rename) => {
                tables.rename(String::new(), &rename.from, &rename.to);
                columns.follow(&rename.from, &rename.to);
            }
            Operation::RenameEnum(rename) => {
                enums.rename(String::new(), &rename.from, &rename.to);
                values.follow(&rename.from, &rename.to);
            }
            Operation::RenameColumn(rename) => columns.rename(rename.table.clone(), &rename.from, &rename.to),
            Operation::RenameEnumValue(rename) => values.rename(rename.key.clone(), &rename.from, &rename.to),
            _ => {}
        }
    }
    let mut renames: Vec<_> = tables.net().map(|(_, from, to)| Rename::Table { from, to }).collect();
    renames.extend(enums.net().map(|(_, from, to)| Rename::Enum { from, to }));
    renames.extend(columns.net().map(|(table, from, to)| Rename::Column { table, from, to }));
    renames.extend(values.net().map(|(key, from, to)| Rename::EnumValue { key, from, to }));
    renames
}

/// Names of one kind: owner and present name to the name before.
#[derive(Default)]
struct Names(BTreeMap<(String, String), String>);

impl Names {
    fn rename(&mut self, owner: String, from: &str, to: &str) {
        let before = self.0.remove(&(owner.clone(), from.to_owned())).unwrap_or_else(|| from.to_owned());
        self.0.insert((owner, to.to_owned()), before);
    }

    /// The owner gets another name.
    fn follow(&mut self, from: &str, to: &str) {
        let moved = |((owner, name), before)| ((if owner == from { to.to_owned() } else { owner }, name), before);
        self.0 = std::mem::take(&mut self.0).into_iter().map(moved).collect();
    }

    /// Owner, name before, name after.
    fn net(self) -> impl Iterator<Item = (String, String, String)> {
        let renamed = self.0.into_iter().filter(|((_, to), from)| from != to);
        renamed.map(|((owner, to), from)| (owner, from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{RenameColumn, RenameTable};

    fn table(from: &str, to: &str) -> Operation {
        RenameTable { from: from.into(), to: to.into(), name: to.into() }.into()
    }

    fn column(owner: &str, from: &str, to: &str) -> Operation {
        RenameColumn { table: owner.into(), from: from.into(), to: to.into() }.into()
    }

    #[test]
    fn chains_become_one_rename_under_the_last_name_of_the_table() {
        let renames = net_renames(&[column("a", "x", "y"), table("a", "b"), column("b", "y", "z")]);
        let flags: Vec<_> = renames.iter().map(Rename::as_flag).collect();
        assert_eq!(flags, ["a:b", "b.x:z"]);
    }

    #[test]
    fn a_name_that_comes_back_was_not_renamed() {
        assert_eq!(net_renames(&[column("a", "x", "y"), column("a", "y", "x")]), []);
        let swap = [column("a", "x", "s"), column("a", "y", "x"), column("a", "s", "y")];
        let flags: Vec<_> = net_renames(&swap).iter().map(Rename::as_flag).collect();
        assert_eq!(flags, ["a.y:x", "a.x:y"]);
    }
}
