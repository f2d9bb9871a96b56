//! The tables of `docs/lint.md`: every rule that there is, and every rule of squawk. Must not lint.

#![expect(clippy::panic, reason = "a test reports by panicking")]

use std::path::Path;

use makemigrations_lint::{Level, Rule};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}

fn row(rule: &Rule) -> String {
    let hazards = if rule.hazards.is_empty() { "".to_owned() } else { rule.hazards.join(" ") };
    let generated = if rule.is_style && rule.level != Level::Off { "off" } else { rule.level.as_str() };
    let new = if rule.exempts_new { "yes" } else { "" };
    let fixed = if rule.is_fixed { ", stays" } else { "" };
    let message = rule.message.replace("{tables}", "the table");
    format!("| `{}` | {hazards} | {}{fixed} | {generated} | {new} | {message} |", rule.id, rule.level.as_str())
}

#[test]
fn the_table_lists_every_rule() {
    let document = document();
    let missing: Vec<String> = Rule::all().map(row).filter(|row| !document.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "missing in `docs/lint.md`:\n{}", missing.join("\n"));
    let listed = document.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 5).count();
    assert_eq!(listed, Rule::all().count(), "a rule in `docs/lint.md` is none any more");
}

#[test]
fn every_rule_of_squawk_is_covered_or_named() {
    let document = document();
    for squawk in enum_iterator::all::<squawk_linter::Rule>() {
        let name = squawk.to_string();
        let is_ours = Rule::find(&name).is_some_and(|rule| rule.squawk() == Some(squawk));
        assert!(is_ours || document.contains(&format!("`{name}`")), "{name}");
    }
}
