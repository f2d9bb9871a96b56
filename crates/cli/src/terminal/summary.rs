//! What a planned migration changes, in lines for people. Must not look at the database.

use std::collections::BTreeSet;

use makemigrations_plan::{
    model::{Dialect, Schema},
    operation::{
        Operation,
        effect::{Effect, effects},
    },
};

use super::{Paint, Terminal};

impl Terminal {
    /// The operations with their signs, then what they lose, what may fail and what they lock.
    pub(crate) fn summary(&self, dialect: Dialect, before: &Schema, operations: &[Operation]) -> String {
        let mut text = String::new();
        for operation in operations {
            let change = operation.change();
            let sign = change.sign().as_char();
            let paint = match sign {
                '-' => Paint::Error,
                '+' => Paint::Good,
                _ => Paint::Strong,
            };
            text += &format!("  {} {}\n", self.paint(paint, &sign.to_string()), change.describe());
        }
        for effect in effects(dialect, before, operations).into_iter().collect::<BTreeSet<_>>() {
            text += &match effect {
                Effect::LosesData(what) => format!("  {}: {what}\n", self.paint(Paint::Error, "loses data")),
                Effect::MayFail(what) => format!("  {}: {what}\n", self.paint(Paint::Warning, "may fail on")),
                Effect::Locks(what) => format!("  {}: {what}\n", self.paint(Paint::Warning, "locks")),
            };
        }
        text
    }
}
