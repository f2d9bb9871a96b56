//! What a person says about a change: what was renamed, what existing rows get. It must not ask the product what it needs
//! to know.

use std::collections::BTreeMap;

use super::column_type::{ColumnType, Family};
use super::draft::{Column, Draft, Id};
use super::lineage::{Lineage, Ties};
use super::memory::Memory;
use super::rows::ROWS;
use super::style::styled;
use super::text::quoted;

/// Hints in the snapshots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) tables: BTreeMap<Id, String>,
    pub(crate) columns: BTreeMap<(Id, Id), ColumnHint>,
    pub(crate) enums: BTreeMap<Id, EnumHint>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnHint {
    pub(crate) renamed_from: Option<String>,
    pub(crate) backfill: Option<String>,
    pub(crate) using: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct EnumHint {
    pub(crate) renamed_from: Option<String>,
    pub(crate) values: BTreeMap<String, String>,
}

/// Values of flags.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--rename`
    pub renames: Vec<String>,
    /// `--backfill`
    pub backfills: Vec<String>,
    /// `--using`
    pub usings: Vec<String>,
}

/// Everything that has to be said, half of it as hints and half as flags.
pub(crate) fn answers(
    before: &Draft,
    after: &Draft,
    lineage: &Lineage,
    ties: &Ties,
    memory: &Memory,
) -> (Hints, Flags) {
    let (hints, flags) = (Hints::default(), Flags::default());
    let mut answers = Answering { before, after, lineage, ties, memory, hints, flags };
    answers.enums();
    answers.tables();
    for (id, table) in &after.tables {
        if let Some(origin) = lineage.tables.get(id) {
            for column in &table.columns {
                answers.column(*id, *origin, column);
            }
        }
    }
    (answers.hints, answers.flags)
}

struct Answering<'a> {
    before: &'a Draft,
    after: &'a Draft,
    lineage: &'a Lineage,
    ties: &'a Ties,
    memory: &'a Memory,
    hints: Hints,
    flags: Flags,
}

impl Answering<'_> {
    fn enums(&mut self) {
        for (id, origin) in &self.lineage.enums {
            let (old, new) = (&self.before.enums[origin], &self.after.enums[id]);
            let mut hint = EnumHint::default();
            if old.key != new.key {
                if id.is_multiple_of(2) && !self.memory.had_enum(&old.key) {
                    hint.renamed_from = Some(old.key.clone());
                } else {
                    self.flags.renames.push(format!("{}:{}", flag(&old.key), flag(&new.key)));
                }
            }
            for (label, text) in &new.labels {
                let Some((_, former)) = old.labels.iter().find(|(other, _)| other == label) else { continue };
                if former == text {
                    continue;
                }
                if label.is_multiple_of(2) && !self.memory.had_label(*origin, former) {
                    hint.values.insert(former.clone(), text.clone());
                } else {
                    self.flags.renames.push(format!("{}.{}:{}", flag(&new.key), flag(former), flag(text)));
                }
            }
            self.hints.enums.insert(*id, hint);
        }
    }

    fn tables(&mut self) {
        for (id, origin) in &self.lineage.tables {
            let (old, new) = (&self.before.tables[origin].key, &self.after.tables[id].key);
            if old == new {
                continue;
            }
            if id.is_multiple_of(2) && !self.memory.had_table(old) {
                self.hints.tables.insert(*id, old.clone());
            } else {
                self.flags.renames.push(format!("{}:{}", flag(old), flag(new)));
            }
        }
    }

    fn column(&mut self, table: Id, origin: Id, column: &Column) {
        let key = &self.after.tables[&table].key;
        let place = |name: &str| format!("{}.{}", flag(key), flag(name));
        let old_table = &self.before.tables[&origin];
        let old = self.lineage.columns.get(&(table, column.id)).and_then(|id| old_table.column(*id));
        let by_hint = column.id.is_multiple_of(2);
        let mut hint = ColumnHint::default();
        if let Some(old) = old.filter(|old| old.name != column.name) {
            if by_hint && !self.memory.had_column(origin, &old.name) {
                hint.renamed_from = Some(old.name.clone());
            } else {
                self.flags.renames.push(format!("{}:{}", place(&old.name), flag(&column.name)));
            }
        }
        if let Some(sql) = self.using(table, column, old).map(|sql| styled(self.after, &sql)) {
            if by_hint && !self.memory.has_said(&sql) {
                hint.using = Some(sql);
            } else {
                self.flags.usings.push(format!("{}={sql}", place(&column.name)));
            }
        }
        if let Some(sql) = self.backfill(table, column, old).map(|sql| styled(self.after, &sql)) {
            if by_hint && !self.memory.has_said(&sql) {
                hint.backfill = Some(sql);
            } else {
                self.flags.backfills.push(format!("{}={sql}", place(&column.name)));
            }
        }
        self.hints.columns.insert((table, column.id), hint);
    }

    /// What every row gets: a value of its own.
    fn each(&self, table: Id, column: &Column) -> String {
        let origin = self.lineage.origin(table, column.id);
        let value = |row: usize| column.kind.typed(self.after, self.ties.number(origin, row));
        let token = self.after.tables[&table].token();
        let source = self.lineage.columns.get(&(table, token.id));
        let old_table = self.lineage.tables.get(&table).and_then(|origin| self.before.tables.get(origin));
        if source.is_none() || source != old_table.map(|old_table| &old_table.token().id) {
            // Another table under the name of this one: nothing tells its rows apart.
            return value(1);
        }
        let token = quoted(&token.name);
        let rows: String = (1..ROWS).map(|row| format!(" WHEN {row} THEN {}", value(row))).collect();
        format!("CASE {token}{rows} ELSE {} END", value(ROWS))
    }

    fn using(&self, table: Id, column: &Column, old: Option<&Column>) -> Option<String> {
        let old = old?;
        if self.lineage.is_same_kind(old.kind, column.kind) || column.generated.is_some() {
            return None;
        }
        if casts(old.kind, column.kind) {
            let name = quoted(&column.name);
            let is_postgres = self.after.is_postgres();
            let cast = || if is_postgres { format!("{name}::{}", column.kind.sql(self.after)) } else { name.clone() };
            return may_alter(old.kind, column.kind, is_postgres).then(cast);
        }
        let value = self.each(table, column);
        let name = quoted(&column.name);
        let keeps_null = old.nullable && (column.nullable || column.id.is_multiple_of(3));
        Some(if keeps_null { format!("CASE WHEN {name} IS NOT NULL THEN {value} END") } else { value })
    }

    /// Needed, or useful: what a key ties gets what the key needs.
    fn backfill(&self, table: Id, column: &Column, old: Option<&Column>) -> Option<String> {
        if column.generated.is_some() || (column.counter.is_some() && old.is_none()) {
            return None;
        }
        let is_tied = self.ties.is_tied(self.lineage.origin(table, column.id));
        let needed = match old {
            None => !column.nullable && (column.default.is_none() || is_tied),
            Some(old) => old.nullable && !column.nullable && (column.default.is_none() || is_tied),
        };
        let simple = !is_tied && (!column.kind.is_distinct() || column.id.is_multiple_of(5));
        needed.then(|| if simple { column.kind.literal(self.after, 7) } else { self.each(table, column) })
    }
}

/// Whether the values of one type become values of the other by themselves.
pub(crate) fn casts(from: ColumnType, to: ColumnType) -> bool {
    let named = |kind: ColumnType| match kind {
        ColumnType::Named(name) => Some(name),
        ColumnType::Enum(_) | ColumnType::EnumArray(_) => None,
    };
    match (from.family(), to.family()) {
        _ if named(from) == Some("money") || named(to) == Some("money") => false,
        (_, Family::Text) => true,
        (Family::Integer, Family::Integer) => from.counts() && to.counts(),
        (a, b) => {
            a == b && matches!(a, Family::Json | Family::Address | Family::Moment | Family::Time | Family::Number)
        }
    }
}

/// Whether the product may ask about a cast, because values can change without an error. To say it for nothing does no harm.
fn may_alter(from: ColumnType, to: ColumnType, is_postgres: bool) -> bool {
    match (from.family(), to.family()) {
        (Family::Integer, Family::Integer) => false,
        (Family::Number, Family::Text) => !is_postgres,
        (_, Family::Text) => to == ColumnType::Named("char(24)"),
        _ => true,
    }
}

/// A key as it stands in a flag.
fn flag(key: &str) -> String {
    let is_plain = key.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_plain { key.to_owned() } else { format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")) }
}
