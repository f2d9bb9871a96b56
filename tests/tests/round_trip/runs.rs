//! Many pairs on several threads; failures are made small and told once each kind. It must not know what a failure is.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use makemigrations_plan::hint::UsedHints;
use makemigrations_tests::database::Engine;
use makemigrations_tests::random::{Pair, Recipe, edits};

use crate::base::Base;
use crate::case;
use crate::judge::{Course, Failure, judge};

/// How many pairs when nobody says it.
const PAIRS: u64 = 200;
/// How many of those whose questions are answered as they come.
const UNANSWERED_PAIRS: u64 = 60;
/// How many chains.
const CHAINS: u64 = 8;
/// After so many kinds of failures the rest would tell nothing new.
const MOST_KINDS: usize = 16;

/// What is made of a seed.
#[derive(Clone, Copy)]
struct Making {
    /// The variable that says how many.
    count: &'static str,
    usual: u64,
    recipe: fn(u64) -> Recipe,
    pairs: fn(Engine, &Recipe, &[String]) -> Vec<Pair>,
}

const PAIR: Making = Making {
    count: "ROUND_TRIPS",
    usual: PAIRS,
    recipe: Recipe::new,
    pairs: |engine, recipe, without| vec![Pair::new(engine, recipe, without)],
};
const UNANSWERED: Making = Making {
    count: "ROUND_TRIPS_UNANSWERED",
    usual: UNANSWERED_PAIRS,
    recipe: Recipe::new,
    pairs: |engine, recipe, without| vec![Pair::unanswered(engine, recipe, without)],
};
const CHAIN: Making =
    Making { count: "ROUND_TRIP_CHAINS", usual: CHAINS, recipe: Recipe::of_chain, pairs: Pair::chain };

/// What all threads share.
struct Runs {
    engine: Engine,
    making: Making,
    next: AtomicU64,
    end: u64,
    without: Vec<String>,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    /// Reports by kind, and how often each was met.
    failures: BTreeMap<String, (String, usize)>,
    up_refused: usize,
    down_refused: usize,
    pairs: usize,
    edits: BTreeMap<&'static str, usize>,
}

/// # Panics
/// With a report of every kind of failure.
pub(crate) fn pairs(engine: Engine) {
    run(engine, PAIR);
}

/// # Panics
/// With a report of every kind of failure.
pub(crate) fn unanswered(engine: Engine) {
    run(engine, UNANSWERED);
}

/// # Panics
/// With a report of every kind of failure.
pub(crate) fn chains(engine: Engine) {
    run(engine, CHAIN);
}

fn run(engine: Engine, making: Making) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let start = number("ROUND_TRIP_SEED").unwrap_or(0);
    let without = std::env::var("ROUND_TRIP_WITHOUT").unwrap_or_default();
    let mut without: Vec<_> = without.split(',').map(str::to_owned).collect();
    if engine == Engine::Postgres && !Base::new(engine).has_extensions() {
        without.push("toggle_extension".to_owned());
    }
    let runs = Runs {
        engine,
        making,
        next: AtomicU64::new(start),
        end: start + number(making.count).unwrap_or(making.usual),
        without,
        found: Mutex::default(),
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| runs.work());
        }
    });
    let found = runs.found.into_inner().expect("no thread has panicked");
    eprintln!(
        "{}: {} pairs or chains, {} refused by rows going up, {} going down; {:?}",
        engine.name(),
        found.pairs,
        found.up_refused,
        found.down_refused,
        found.edits
    );
    if engine == Engine::Postgres
        && runs.without.iter().all(String::is_empty)
        && found.pairs as u64 >= PAIRS
        && making.count == PAIR.count
    {
        // A generator that does not get to everything any more would pass in silence.
        let missing: Vec<_> = edits().filter(|edit| !found.edits.contains_key(edit)).collect();
        assert!(missing.is_empty(), "no pair had {missing:?}");
    }
    let reports: Vec<_> = found.failures.values().map(|(text, count)| format!("{count} times: {text}")).collect();
    assert!(reports.is_empty(), "{} kinds of failures\n{}", reports.len(), reports.join("\n\n"));
}

impl Runs {
    fn work(&self) {
        let mut base = Base::new(self.engine);
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end || self.found.lock().expect("no thread has panicked").failures.len() >= MOST_KINDS {
                return;
            }
            self.pair(&mut base, seed);
        }
    }

    fn pair(&self, base: &mut Base, seed: u64) {
        let mut recipe = (self.making.recipe)(seed);
        let failure = match self.judged(base, &recipe) {
            Ok((course, edits)) => {
                let mut found = self.found.lock().expect("no thread has panicked");
                found.pairs += 1;
                found.up_refused += usize::from(course.up_refused);
                found.down_refused += usize::from(course.down_refused);
                edits.into_iter().for_each(|edit| *found.edits.entry(edit).or_default() += 1);
                return;
            }
            Err(failure) => failure,
        };
        let kind = failure.kind();
        {
            let mut found = self.found.lock().expect("no thread has panicked");
            found.pairs += 1;
            if let Some((_, count)) = found.failures.get_mut(&kind) {
                *count += 1;
                return;
            }
            // Taken before it is small, so that no other thread makes the same one small.
            found.failures.insert(kind.clone(), (failure.what.clone(), 1));
        }
        let mut smallest = failure;
        recipe.shrink(|recipe| match self.judged(base, recipe) {
            Err(failure) if failure.kind() == kind => {
                smallest = failure;
                true
            }
            Err(_) | Ok(_) => false,
        });
        let pairs = (self.making.pairs)(self.engine, &recipe, &self.without);
        let text = report(self.engine, seed, &pairs[smallest.step], &smallest);
        let mut found = self.found.lock().expect("no thread has panicked");
        found.failures.entry(kind).and_modify(|(report, _)| *report = text);
    }

    fn judged(&self, base: &mut Base, recipe: &Recipe) -> Result<(Course, Vec<&'static str>), Failure> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let mut used = UsedHints::default();
            let (mut all, mut edits) = (Course::default(), Vec::new());
            for (step, pair) in (self.making.pairs)(self.engine, recipe, &self.without).into_iter().enumerate() {
                let course = judge(base, self.engine, &pair, &mut used);
                let course = course.map_err(|failure| Failure { step, ..failure })?;
                all.up_refused |= course.up_refused;
                all.down_refused |= course.down_refused;
                edits.extend(pair.edits);
            }
            Ok((all, edits))
        }));
        attempt.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            *base = Base::new(self.engine);
            Err(Failure { when: "panic", what: text.unwrap_or_default(), sql: String::new(), step: 0 })
        })
    }
}

impl Failure {
    /// The same for failures that differ in names and numbers only.
    fn kind(&self) -> String {
        let line = self.what.lines().next().unwrap_or_default();
        let mut words = Vec::new();
        for word in line.split_whitespace().take(14) {
            let is_plain = word.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '+' || c == ':');
            words.push(if is_plain { word } else { "_" });
        }
        format!("{}: {}", self.when, words.join(" "))
    }
}

fn report(engine: Engine, seed: u64, pair: &Pair, failure: &Failure) -> String {
    let files = |files: &BTreeMap<&'static str, String>| {
        let used = files.iter().filter(|(_, text)| text.trim() != "format = 1");
        used.map(|(domain, text)| format!("# {domain}.toml\n{text}")).collect::<Vec<_>>().join("\n")
    };
    let (step, when) = (failure.step + 1, failure.when);
    let what = format!("{} seed {seed}, step {step}, {when}: {}", engine.name(), failure.what);
    let golden = std::env::var("ROUND_TRIP_GOLDEN").ok().map(|into| {
        format!("\n=== written to {}", case::write(engine, pair, &format!("{}-{seed}", engine.name()), &into))
    });
    format!(
        "{what}\n=== before\n{}\n=== after ({})\n{}\n=== answers\n{:#?}\n=== rows\n{}\n=== SQL\n{}{}",
        files(&pair.before),
        pair.edits.join(", "),
        files(&pair.after),
        pair.flags,
        pair.rows.join(";\n"),
        failure.sql,
        golden.unwrap_or_default()
    )
}
