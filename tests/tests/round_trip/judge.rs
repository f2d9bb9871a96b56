//! Plays a pair on a database and says what is wrong. It must not know how the pair came about.

use makemigrations_tests::database::Engine;
use makemigrations_tests::random::{COUNTER, Pair, SurvivingTable, ValueChange};

use makemigrations_plan::hint::UsedHints;
use makemigrations_plan::probe::Severity;

use crate::base::{Base, Refusal};
use crate::planned::{Planned, Script, plan};

/// What is wrong with a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// When it happened: failures of one kind start alike.
    pub(crate) when: &'static str,
    /// All of it.
    pub(crate) what: String,
    /// The SQL that ran, as far as there is any.
    pub(crate) sql: String,
    /// Which pair of a chain it is.
    pub(crate) step: usize,
}

/// What happened that is no failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// Going up failed on rows, as announced.
    pub(crate) up_refused: bool,
    /// Going down failed on rows, as announced.
    pub(crate) down_refused: bool,
}

/// Up, down and up again, where hints have been used before; the change's own come to them.
///
/// # Errors
/// The first thing that is not as it must be.
pub(crate) fn judge(base: &mut Base, engine: Engine, pair: &Pair, used: &mut UsedHints) -> Result<Course, Failure> {
    let failure = |when, what: String| Failure { when, what, sql: String::new(), step: 0 };
    let planned = plan(engine, pair, used).map_err(|what| failure("planning", what))?;
    let sql = planned.text();
    let mut trip = Trip { base, pair, planned: &planned, course: Course::default(), miscounted: None };
    trip.go().map_err(|(when, what)| Failure { when, what, sql: sql.clone(), step: 0 })?;
    Ok(trip.course)
}

type Wrong = (&'static str, String);

struct Trip<'a> {
    base: &'a mut Base,
    pair: &'a Pair,
    planned: &'a Planned,
    course: Course,
    miscounted: Option<Wrong>,
}

impl Trip<'_> {
    fn go(&mut self) -> Result<(), Wrong> {
        let new = self.fresh(&self.planned.fresh_after, "creating the second schema")?;
        let old = self.fresh(&self.planned.fresh_before, "creating the first schema")?;
        self.base.load(&self.pair.rows.join(";\n")).map_err(|error| ("loading rows", error.message))?;
        self.grant()?;
        let before = self.contents(|kept| &kept.before)?;

        if !self.up("going up", &old)? {
            // The same change on the same tables, without the rows that it refused.
            self.course.up_refused = true;
            self.clear()?;
            if !self.up("going up without rows", &old)? {
                return Err(("going up without rows", "it is refused again".to_owned()));
            }
        }
        same(&self.structure()?, &new, "after going up")?;
        if !self.course.up_refused {
            let now = self.contents(|kept| &kept.after)?;
            self.compare(&before, now, "rows after going up", true)?;
            self.count(|(_, after)| after, "counters after going up")?;
        }
        self.granted()?;

        if !self.down("going down", &new)? {
            self.course.down_refused = true;
            self.clear()?;
            if !self.down("going down without rows", &new)? {
                return Err(("going down without rows", "it is refused again".to_owned()));
            }
        }
        same(&self.structure()?, &old, "after going down")?;
        if !self.course.up_refused && !self.course.down_refused {
            let now = self.contents(|kept| &kept.before)?;
            self.compare(&before, now, "rows after going down", false)?;
            self.count(|(before, _)| before, "counters after going down")?;
        }

        if self.up("going up again", &old)? {
            same(&self.structure()?, &new, "after going up again")?;
        }
        self.miscounted.take().map_or(Ok(()), Err)
    }

    fn fresh(&mut self, script: &Script, when: &'static str) -> Result<Vec<String>, Wrong> {
        self.base.empty();
        self.base.migrate(&script.sql, script.in_transaction).map_err(|error| (when, error.message))?;
        self.structure()
    }

    fn structure(&mut self) -> Result<Vec<String>, Wrong> {
        self.base.structure().map_err(|error| ("looking at the structure", error.message))
    }

    /// Whether it went; `false` when rows were in the way, and that was announced.
    fn up(&mut self, when: &'static str, start: &[String]) -> Result<bool, Wrong> {
        for (index, step) in self.planned.steps.iter().enumerate() {
            let done = self.base.migrate(&step.up.sql, step.up.in_transaction);
            if let Err(error) = done {
                self.allowed(when, &step.up, error)?;
                for step in self.planned.steps[..index].iter().rev() {
                    let back = self.base.migrate(&step.down.sql, step.down.in_transaction);
                    back.map_err(|error| (when, format!("and going down from the middle: {}", error.message)))?;
                }
                same(&self.structure()?, start, "after a refused way up")?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The same for the way down.
    fn down(&mut self, when: &'static str, start: &[String]) -> Result<bool, Wrong> {
        for (index, step) in self.planned.steps.iter().enumerate().rev() {
            let counted = self.foretold(&step.down);
            let done = self.base.migrate(&step.down.sql, step.down.in_transaction);
            self.remember(counted, done.is_err());
            if let Err(error) = done {
                self.allowed(when, &step.down, error)?;
                for step in &self.planned.steps[index + 1..] {
                    let back = self.base.migrate(&step.up.sql, step.up.in_transaction);
                    back.map_err(|error| (when, format!("and going down from the middle: {}", error.message)))?;
                }
                same(&self.structure()?, start, "after a refused way down")?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the counts before going down say that it fails on. What no count can see may still be in the way.
    fn foretold(&mut self, script: &Script) -> Result<Option<String>, String> {
        let mut fails = None;
        for probe in &script.probes {
            let rows = self.base.rows(&probe.count_sql);
            let rows = rows.map_err(|error| format!("{}: {}", error.message, probe.count_sql))?;
            if probe.severity == Severity::Fails && rows != [[Some("0".to_owned())]] {
                fails = Some(format!("{} ({})", probe.text, probe.count_sql));
            }
        }
        Ok(fails)
    }

    /// Whether the counts said what then happened. A wrong count is told when nothing worse is found.
    fn remember(&mut self, counted: Result<Option<String>, String>, is_refused: bool) {
        let wrong = match counted {
            Err(error) => Some(error),
            Ok(_) if is_refused => None,
            Ok(told) => told.map(|told| format!("it would fail, and it does not: {told}")),
        };
        if self.miscounted.is_none() {
            self.miscounted = wrong.map(|wrong| ("counting before going down", wrong));
        }
    }

    fn allowed(&self, when: &'static str, script: &Script, error: Refusal) -> Result<(), Wrong> {
        if error.of_rows && !script.announced.is_empty() {
            return Ok(());
        }
        let unannounced = if error.of_rows { " (nothing announced that rows could be in the way)" } else { "" };
        Err((when, format!("{}{unannounced}", error.message)))
    }

    /// The rows of the tables that both schemas have.
    fn contents(&mut self, query: fn(&SurvivingTable) -> &String) -> Result<Vec<Vec<Vec<Option<String>>>>, Wrong> {
        let rows = self.pair.kept.iter().map(|kept| self.base.rows(query(kept)));
        rows.collect::<Result<_, _>>().map_err(|error| ("reading rows", error.message))
    }

    fn compare(
        &self,
        before: &[Vec<Vec<Option<String>>>],
        after: Vec<Vec<Vec<Option<String>>>>,
        when: &'static str,
        is_up: bool,
    ) -> Result<(), Wrong> {
        for ((kept, before), after) in self.pair.kept.iter().zip(before).zip(&after) {
            if before.len() != after.len() {
                return Err((when, format!("`{}` had {} rows and has {}", kept.table, before.len(), after.len())));
            }
            for (row, (old, new)) in before.iter().zip(after).enumerate() {
                for ((name, change), (old, new)) in kept.columns.iter().zip(old.iter().zip(new)) {
                    if !is_kept(change, old.as_deref(), new.as_deref(), is_up) {
                        let place = format!("`{}.{name}` in row {}", kept.table, row + 1);
                        return Err((when, format!("{place} was {old:?} and is {new:?}, although {change:?}")));
                    }
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, query: fn(&(String, String)) -> &String, when: &'static str) -> Result<(), Wrong> {
        for counter in &self.pair.counters {
            let rows = self.base.rows(query(counter)).map_err(|error| (when, error.message))?;
            let next = rows.first().and_then(|row| row.first().cloned().flatten()).and_then(|next| next.parse().ok());
            if next.is_none_or(|next: i64| next <= COUNTER) {
                return Err((when, format!("the next value is {next:?}, below {COUNTER}: {}", query(counter))));
            }
        }
        Ok(())
    }

    /// Deletes all rows, so that nothing is in the way any more.
    fn clear(&mut self) -> Result<(), Wrong> {
        let tables = match self.base {
            Base::Postgres(_) => {
                "SELECT format('TRUNCATE %I.%I CASCADE', schemaname, tablename) FROM pg_tables \
                 WHERE schemaname NOT LIKE 'pg\\_%' AND schemaname <> 'information_schema'"
            }
            Base::Sqlite(_) => {
                "SELECT 'DELETE FROM \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_master \
                 WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            }
        };
        let rows = self.base.rows(tables).map_err(|error| ("deleting rows", error.message))?;
        let statements: Vec<_> = rows.into_iter().flatten().flatten().collect();
        self.base.load(&statements.join(";\n")).map_err(|error| ("deleting rows", error.message))
    }

    /// Lets somebody read every view that stays.
    fn grant(&mut self) -> Result<(), Wrong> {
        if matches!(self.base, Base::Sqlite(_)) || self.pair.views.is_empty() {
            return Ok(());
        }
        let mut sql = "DO $$ BEGIN CREATE ROLE round_trip_reader; \
                       EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;\n"
            .to_owned();
        for (view, _) in &self.pair.views {
            sql.push_str(&format!("GRANT SELECT ON {view} TO round_trip_reader;\n"));
        }
        self.base.execute(&sql).map_err(|error| ("granting", error.message))
    }

    fn granted(&mut self) -> Result<(), Wrong> {
        if matches!(self.base, Base::Sqlite(_)) {
            return Ok(());
        }
        for (_, view) in &self.pair.views {
            let literal = view.replace('\'', "''");
            let query = format!("SELECT has_table_privilege('round_trip_reader', '{literal}', 'SELECT')");
            let rows = self.base.rows(&query).map_err(|error| ("grants after going up", error.message))?;
            if rows != [[Some("t".to_owned())]] {
                return Err(("grants after going up", format!("{view} lost its grants")));
            }
        }
        Ok(())
    }
}

fn is_kept(change: &ValueChange, old: Option<&str>, new: Option<&str>, is_up: bool) -> bool {
    match change {
        ValueChange::Same => old == new,
        ValueChange::Filled => old == new || old.is_none() && new.is_some(),
        ValueChange::Padded => old.map(str::trim_end) == new.map(str::trim_end),
        ValueChange::Cut(size) => {
            let cut = |text: &str| text.chars().take(*size).collect::<String>().trim_end().to_owned();
            old.map(str::trim_end) == new.map(str::trim_end)
                || old.map(cut) == new.map(|text| text.trim_end().to_owned())
        }
        ValueChange::Relabelled(labels) if is_up => {
            old.is_none() || old.map(|label| labels.get(label).map_or(label, String::as_str)) == new
        }
        ValueChange::Relabelled(_) => old.is_none() || old == new,
        ValueChange::Free => true,
    }
}

/// The lines that differ.
fn same(actual: &[String], expected: &[String], when: &'static str) -> Result<(), Wrong> {
    let missing = expected.iter().filter(|line| !actual.contains(line)).map(|line| format!("- {line}"));
    let surplus = actual.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
    let difference: Vec<_> = missing.chain(surplus).collect();
    if difference.is_empty() { Ok(()) } else { Err((when, difference.join("\n"))) }
}

impl Planned {
    /// All SQL of the change.
    fn text(&self) -> String {
        let step = |step: &crate::planned::Step| format!("--- up\n{}\n--- down\n{}", step.up.sql, step.down.sql);
        self.steps.iter().map(step).collect::<Vec<_>>().join("\n")
    }
}
