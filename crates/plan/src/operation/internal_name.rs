//! Names that things have on the way to another one only: they are in operations and SQL, and no person has to know them.
//!
//! Chooses none: the comparison does.

use super::Operation;

/// The end of every internal name; a number may follow.
pub(crate) const SPARE: &str = "__spare";

/// The internal names in a list of operations, and what had them.
#[derive(Debug, Clone, Default)]
pub struct InternalNames(Vec<(String, String)>);

impl InternalNames {
    /// Those of operations that follow one another.
    #[must_use]
    pub fn of(operations: &[Operation]) -> Self {
        let mut names = Self::default();
        for (from, to) in operations.iter().filter_map(renamed) {
            if is_internal(to) && !names.0.iter().any(|(internal, _)| internal == to) {
                let shown = names.shown(from);
                names.0.push((to.to_owned(), shown));
            }
        }
        // A SQL schema that is there only while tables change places.
        let created = operations.iter().filter_map(|operation| match operation {
            Operation::CreateSchema(create) if is_internal(&create.name) => Some(&create.name),
            _ => None,
        });
        let is_dropped = |name: &&String| {
            operations.iter().any(|operation| matches!(operation, Operation::DropSchema(drop) if drop.name == **name))
        };
        names.0.extend(created.filter(is_dropped).map(|name| (name.clone(), name.clone())));
        names
    }

    /// Whether an operation only gives an internal name, or a place in between.
    #[must_use]
    pub fn hides(&self, operation: &Operation) -> bool {
        let schema = match operation {
            Operation::CreateSchema(create) => Some(&create.name),
            Operation::DropSchema(drop) => Some(&drop.name),
            Operation::SetTableSchema(set) => set.schema.as_ref(),
            Operation::SetEnumSchema(set) => set.schema.as_ref(),
            _ => None,
        };
        let to = renamed(operation).map(|(_, to)| to).or(schema.map(String::as_str));
        to.is_some_and(|to| self.0.iter().any(|(internal, _)| internal == to))
    }

    /// A text about the operations with the names that people know.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (internal, shown)| replace_word(&text, internal, shown))
    }

    /// The same for a text in which `_` joins names.
    #[must_use]
    pub fn shown_in_name(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (internal, shown)| text.replace(internal, shown))
    }
}

fn is_internal(name: &str) -> bool {
    name.rfind(SPARE).is_some_and(|place| {
        let rest = &name[place + SPARE.len()..];
        rest.is_empty() || rest.strip_prefix('_').is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// The names before and after, of a rename.
fn renamed(operation: &Operation) -> Option<(&str, &str)> {
    match operation {
        // Only the name in the database changes.
        Operation::RenameTable(rename) if rename.from == rename.to => Some((&rename.from, &rename.name)),
        Operation::RenameTable(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameEnum(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameEnumValue(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameColumn(rename) => Some((&rename.from, &rename.to)),
        Operation::RenamePrimaryKey(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameUnique(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameIndex(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameForeignKey(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameCheck(rename) => Some((&rename.from, &rename.to)),
        Operation::RenameExclusion(rename) => Some((&rename.from, &rename.to)),
        _ => None,
    }
}

/// Replaces a name where it stands alone.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(from) {
        let (before, after) = (&rest[..place], &rest[place + from.len()..]);
        out.push_str(before);
        let stands_alone = !out.ends_with(is_part) && !after.starts_with(is_part);
        out.push_str(if stands_alone { to } else { from });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{DropColumn, RenameColumn};

    #[test]
    fn a_swap_is_shown_without_the_name_in_between() {
        let rename = |from: &str, to: &str| {
            Operation::from(RenameColumn { table: "t".into(), from: from.into(), to: to.into() })
        };
        let operations = [rename("b", "b__spare"), rename("a", "b"), rename("b__spare", "a")];
        let names = InternalNames::of(&operations);
        let shown = operations.iter().filter(|operation| !names.hides(operation));
        let shown: Vec<_> = shown.map(|operation| names.shown(&operation.change().describe())).collect();
        assert_eq!(shown, ["rename column a of t to b", "rename column b of t to a"]);
        let drop = Operation::from(DropColumn { table: "t".into(), column: "b__spare".into() });
        assert_eq!(names.shown(&drop.change().describe()), "drop column b of t");
    }

    #[test]
    fn a_sql_schema_in_between_is_not_shown() {
        use crate::operation::{CreateSchema, DropSchema, SetTableSchema};
        let into = |schema: &str| Operation::from(SetTableSchema::new("a", Some(schema.to_owned())));
        let (create, drop) = (CreateSchema { name: "r__spare".into() }, DropSchema { name: "r__spare".into() });
        let operations = [create.into(), into("r__spare"), into("r"), drop.into()];
        let names = InternalNames::of(&operations);
        let hidden: Vec<_> = operations.iter().map(|operation| names.hides(operation)).collect();
        assert_eq!(hidden, [true, true, false, true]);
        let names = InternalNames::of(&operations[..2]);
        assert!(!names.hides(&operations[0]), "one that stays is people's own");
    }

    #[test]
    fn a_name_of_peoples_own_is_shown_as_it_is() {
        let drop = Operation::from(DropColumn { table: "t".into(), column: "b__spare".into() });
        let names = InternalNames::of(std::slice::from_ref(&drop));
        assert_eq!(names.shown(&drop.change().describe()), drop.change().describe());
    }
}
