//! Whether operations of two lines of migrations can be made one after the other as if the other line were not there.
//!
//! Decides it on the model alone, and so never about hand-written SQL: an operation says all that is known here.

mod affected;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::{
    model::{Schema, Table},
    operation::{Contradiction, Operation, apply_all, inverse},
};

pub use affected::disturbs;

/// Two operations of which one does not leave alone what the other needs or changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Clash {
    /// The one that would come second.
    pub ours: Operation,
    /// The one that would come first.
    pub theirs: Operation,
    /// What is wrong, as a fragment of a sentence.
    pub why: String,
}

/// How an operation that was made for one schema stands to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It makes the same change there.
    Fits,
    /// The same change has been made there already.
    Made,
    /// It would do something else there, or cannot be made.
    Clashes(String),
}

/// Proves that `ours` and `theirs`, both made for `before`, give the same schema in either order, and that neither
/// changes what the other one changes or refers to.
///
/// # Errors
/// The first two operations for which it does not hold.
pub fn commute(before: &Schema, ours: &[Operation], theirs: &[Operation]) -> Result<(), Box<Clash>> {
    // As long as each pair may change places, the schema after some of both is the same on every way to it.
    let mut states = vec![before.clone()];
    for our in ours {
        let mut next = states[states.len() - 1].clone();
        // What does not apply in its own line is found at the first of theirs, if there is one.
        if our.apply(&mut next).is_err() {
            break;
        }
        states.push(next);
    }
    for their in theirs {
        for (our, state) in ours.iter().zip(&states) {
            if let Some(why) = clash(state, our, their) {
                return Err(Box::new(Clash { ours: our.clone(), theirs: their.clone(), why }));
            }
        }
        states.iter_mut().for_each(|state| {
            // The pairs above have shown that it applies.
            drop(their.apply(state));
        });
    }
    Ok(())
}

/// How an operation stands to the schema `now`, having been made for the schema `before`.
#[must_use]
pub fn fit(operation: &Operation, before: &Schema, now: &Schema) -> Fit {
    if is_made(operation, before, now) {
        return Fit::Made;
    }
    let mut after = now.clone();
    match operation.apply(&mut after) {
        Err(contradiction) => Fit::Clashes(contradiction.to_string()),
        Ok(()) if operation.change().inverse(before) != operation.change().inverse(now) => {
            Fit::Clashes("what it changes is not what it was made for any more".to_owned())
        }
        Ok(()) => Fit::Fits,
    }
}

const REFERS: &str = "one refers to what the other one changes";

/// Why two operations cannot change places, both made for `state`.
fn clash(state: &Schema, ours: &Operation, theirs: &Operation) -> Option<String> {
    let (ours, theirs) = (std::slice::from_ref(ours), std::slice::from_ref(theirs));
    match both(state, ours, theirs) {
        Err(contradiction) => Some(contradiction),
        Ok((ours_last, theirs_last)) if ours_last != theirs_last => Some("the later one wins".to_owned()),
        Ok(_) if !keeps_its_way_back(state, ours, theirs) || !keeps_its_way_back(state, theirs, ours) => {
            Some("both change the same".to_owned())
        }
        Ok(_) if disturbs(state, &ours[0], &theirs[0]) => Some(REFERS.to_owned()),
        Ok(_) => None,
    }
}

/// The schemas after both, in both orders; or why one of the orders is none.
fn both(state: &Schema, ours: &[Operation], theirs: &[Operation]) -> Result<(Schema, Schema), String> {
    let in_order = |first, second| apply_all(&apply_all(state, first)?, second);
    let ours_last = in_order(theirs, ours).map_err(|contradiction: Contradiction| contradiction.to_string())?;
    // What stands in the way there is not at the point where ours would come.
    let theirs_last = in_order(ours, theirs).map_err(|_| REFERS.to_owned())?;
    Ok((ours_last, theirs_last))
}

/// Whether what takes `one` back is the same after `other`: it holds all that `one` overwrites.
fn keeps_its_way_back(state: &Schema, one: &[Operation], other: &[Operation]) -> bool {
    apply_all(state, other).is_ok_and(|after| inverse(state, one) == inverse(&after, one))
}

/// Whether all that the operation changes `before` is in `now` as it would be afterwards.
fn is_made(operation: &Operation, before: &Schema, now: &Schema) -> bool {
    let mut after = before.clone();
    if operation.apply(&mut after).is_err() || after == *before {
        return false;
    }
    let tables = before.tables.keys().chain(after.tables.keys()).all(|key| {
        match (before.tables.get(key), after.tables.get(key), now.tables.get(key)) {
            (Some(before), Some(after), Some(now)) => is_table_made(before, after, now),
            (before, after, now) => before == after || now == after,
        }
    });
    tables
        && made(&before.enums, &after.enums, &now.enums)
        && made(&before.views, &after.views, &now.views)
        && made(&before.objects, &after.objects, &now.objects)
        && (before.extensions == after.extensions || now.extensions == after.extensions)
        && (before.schemas == after.schemas || now.schemas == after.schemas)
        && (before.deferred == after.deferred || now.deferred == after.deferred)
}

fn is_table_made(before: &Table, after: &Table, now: &Table) -> bool {
    // What is left when everything with a name of its own is taken away.
    let rest = |table: &Table| Table {
        columns: IndexMap::new(),
        unique: BTreeMap::new(),
        indexes: BTreeMap::new(),
        foreign_keys: BTreeMap::new(),
        checks: BTreeMap::new(),
        exclusions: BTreeMap::new(),
        ..table.clone()
    };
    let columns = before.columns.keys().chain(after.columns.keys());
    (rest(before) == rest(after) || rest(now) == rest(after))
        && columns.into_iter().all(|name| {
            let after = after.columns.get(name);
            before.columns.get(name) == after || now.columns.get(name) == after
        })
        && made(&before.unique, &after.unique, &now.unique)
        && made(&before.indexes, &after.indexes, &now.indexes)
        && made(&before.foreign_keys, &after.foreign_keys, &now.foreign_keys)
        && made(&before.checks, &after.checks, &now.checks)
        && made(&before.exclusions, &after.exclusions, &now.exclusions)
}

/// Whether everything that differs between two maps is in the third as it is in the second.
fn made<V: PartialEq>(before: &BTreeMap<String, V>, after: &BTreeMap<String, V>, now: &BTreeMap<String, V>) -> bool {
    before.keys().chain(after.keys()).all(|key| {
        let after = after.get(key);
        before.get(key) == after || now.get(key) == after
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{self, Source};
    use crate::{
        diff::{Answers, diff, parse_rename},
        model::{Dialect, Domain},
    };

    const TICKET: &str = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\nstate = \"text\"\n";

    fn schema(text: &str) -> Schema {
        let source = Source {
            path: "a.toml".to_owned(),
            domain: Domain::new("a").unwrap(),
            text: format!("format = 1\n\n{text}"),
        };
        snapshot::read(Dialect::Postgres, &[source]).unwrap().schema
    }

    fn plan(before: &str, after: &str, renames: &[&str]) -> Vec<Operation> {
        let wanted = snapshot::Wanted { schema: schema(after), ..snapshot::Wanted::default() };
        let renames = renames.iter().map(|text| parse_rename(text).unwrap()).collect();
        let answers = Answers { renames, no_renames: true, ..Answers::default() };
        diff(Dialect::Postgres, &schema(before), &wanted, &answers, None).unwrap().operations
    }

    /// What `ours` and `theirs` come to, both ways round.
    fn result(before: &str, ours: &[Operation], theirs: &[Operation]) -> Option<(String, String)> {
        let clash = commute(&schema(before), ours, theirs).err();
        assert_eq!(commute(&schema(before), theirs, ours).is_err(), clash.is_some());
        clash.map(|clash| (clash.ours.change().describe(), clash.theirs.change().describe()))
    }

    #[test]
    fn different_columns_of_one_table_commute() {
        let ours = plan(TICKET, &format!("{TICKET}a = {{ type = \"text\", nullable = true, index = true }}\n"), &[]);
        let theirs = plan(TICKET, &format!("{TICKET}b = {{ type = \"text\", nullable = true }}\n"), &[]);
        assert_eq!(result(TICKET, &ours, &theirs), None);
        let before = schema(TICKET);
        let now = apply_all(&before, &theirs).unwrap();
        assert_eq!(fit(&ours[0], &before, &now), Fit::Fits);
    }

    /// The comment above recorded operations says "state" as well.
    #[test]
    fn what_the_record_says_of_itself_is_no_name() {
        let ours = plan(TICKET, &format!("{TICKET}a = {{ type = \"text\", nullable = true }}\n"), &[]);
        let theirs = plan(TICKET, &TICKET.replace("\"text\"", "\"varchar(200)\""), &[]);
        assert_eq!(result(TICKET, &ours, &theirs), None);
    }

    #[test]
    fn the_reason_is_not_of_an_order_that_nobody_has() {
        let ours = plan(TICKET, &TICKET.replace("state", "status"), &["ticket.state:status"]);
        let theirs = plan(TICKET, &TICKET.replace("\"text\"", "\"varchar(200)\""), &[]);
        assert_eq!(commute(&schema(TICKET), &ours, &theirs).unwrap_err().why, REFERS);
        let gone = commute(&schema(TICKET), &theirs, &ours).unwrap_err().why;
        assert!(gone.contains("does not exist"), "{gone}");
    }

    #[test]
    fn the_first_clash_of_two_long_lines_is_named() {
        let column = |name: &str, kind: &str| format!("{name} = {{ type = \"{kind}\", nullable = true }}\n");
        let ours = plan(TICKET, &format!("{TICKET}{}{}", column("a", "text"), column("x", "text")), &[]);
        let theirs = plan(TICKET, &format!("{TICKET}{}{}", column("b", "text"), column("x", "integer")), &[]);
        let expected = ("add column x to ticket".to_owned(), "add column x to ticket".to_owned());
        assert_eq!(result(TICKET, &ours, &theirs), Some(expected));
    }

    #[test]
    fn what_both_make_alike_is_made_already() {
        let after = format!("{TICKET}a = {{ type = \"text\", nullable = true, index = true }}\n");
        let ours = plan(TICKET, &after, &[]);
        let other = plan(TICKET, &format!("{TICKET}a = {{ type = \"integer\", nullable = true }}\n"), &[]);
        let (before, mut own, now) = (schema(TICKET), schema(TICKET), schema(&after));
        for operation in &ours {
            assert_eq!(fit(operation, &own, &now), Fit::Made);
            operation.apply(&mut own).unwrap();
        }
        assert!(matches!(fit(&other[0], &before, &now), Fit::Clashes(_)));
        assert!(result(TICKET, &ours, &ours).is_some());
    }

    #[test]
    fn two_changes_of_one_column_clash_although_both_apply() {
        let ours = plan(TICKET, &TICKET.replace("\"text\"", "{ type = \"text\", nullable = true }"), &[]);
        let theirs = plan(TICKET, &TICKET.replace("\"text\"", "{ type = \"text\", default = \"new\" }"), &[]);
        assert!(result(TICKET, &ours, &theirs).is_some());
        let before = schema(TICKET);
        let now = apply_all(&before, &theirs).unwrap();
        assert!(matches!(fit(&ours[0], &before, &now), Fit::Clashes(_)));
    }

    #[test]
    fn a_table_that_was_changed_is_not_dropped_unseen() {
        let theirs = plan(TICKET, &format!("{TICKET}a = {{ type = \"text\", nullable = true }}\n"), &[]);
        assert!(result(TICKET, &plan(TICKET, "", &[]), &theirs).is_some());
    }

    #[test]
    fn names_inside_sql_are_seen() {
        let check = format!("{TICKET}[[tables.ticket.checks]]\nname = \"known\"\nexpression = \"state <> ''\"\n");
        let ours = plan(TICKET, &check, &[]);
        let renamed = plan(TICKET, &TICKET.replace("state", "status"), &["ticket.state:status"]);
        assert!(result(TICKET, &ours, &renamed).is_some());
        let gone = plan(TICKET, &TICKET.replace("state = \"text\"\n", ""), &[]);
        assert!(result(TICKET, &ours, &gone).is_some());
        let view = format!("{TICKET}[views.open]\nquery = \"SELECT state FROM ticket\"\n");
        let view = plan(TICKET, &view, &[]);
        assert!(result(TICKET, &view, &gone).is_some());
        assert!(result(TICKET, &view, &plan(TICKET, "", &[])).is_some());
    }

    #[test]
    fn a_reference_needs_its_table() {
        let before = format!("{TICKET}[tables.user.columns]\nid = {{ type = \"integer\", primary_key = true }}\n");
        let ours = plan(
            &before,
            &before.replace(
                "state = \"text\"",
                "state = \"text\"\nuser = { type = \"integer\", nullable = true, references = \"user.id\" }",
            ),
            &[],
        );
        assert!(result(&before, &ours, &plan(&before, TICKET, &[])).is_some());
    }
}
