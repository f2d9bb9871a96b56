//! The rules that squawk has, under its names. Must not say how they are found.

mod locks;
mod programs;
mod taste;

use squawk_linter::Rule as Squawk;

use super::{Rule, Source};
use crate::finding::Level;

/// All of them, by what they are about.
pub(super) const RULES: [&[Rule]; 3] = [locks::RULES, programs::RULES, taste::RULES];

const OLD_PROGRAMS: &str =
    "wait until no program uses it: take it out of the snapshots in one release, drop it in the next";
const BY_HAND: &str =
    "have it reviewed by somebody who knows what depends on it, and say why: `-- lint:allow RULE reason=\"...\"`";

/// One of squawk's; silent about new tables.
const fn rule(
    squawk: Squawk,
    id: &'static str,
    hazards: &'static [&'static str],
    level: Level,
    message: &'static str,
    safe: &'static str,
) -> Rule {
    Rule {
        id,
        hazards,
        level,
        is_style: false,
        exempts_new: true,
        is_fixed: false,
        message,
        safe,
        source: Source::Squawk(squawk),
    }
}

/// What is found here in place of squawk's linter.
const fn replaced(rule: Rule) -> Rule {
    let Source::Squawk(squawk) = rule.source else { return rule };
    Rule { source: Source::Replaced(squawk), ..rule }
}
