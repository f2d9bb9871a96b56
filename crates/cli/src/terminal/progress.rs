//! Shows migrations while they run: a bar on a terminal, a line for each elsewhere. Must not decide what runs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use makemigrations_run::{Activity, Blocker, Direction, Holder, Notice, Observer, Retry, Step};

use super::Terminal;

/// Where no bar moves, a migration that takes long gets a line as often as this.
const INTERVAL: Duration = Duration::from_secs(10);
/// And the first one after this time, so that what is short has none.
const FIRST: Duration = Duration::from_secs(3);

/// The observer of the command line.
pub(crate) struct Progress<'a> {
    terminal: &'a Terminal,
    bar: Option<ProgressBar>,
    fake: bool,
    /// Whether each migration gets a line that stays.
    lists: bool,
    was_waiting: bool,
    /// The migration that runs.
    migration: String,
    /// When a line was last said of it.
    last_line: Option<Instant>,
    /// What the migration has said since.
    withheld: Option<String>,
    /// Who is in its way, as it was said last.
    blockers: Vec<Blocker>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(terminal: &'a Terminal, fake: bool) -> Self {
        Self {
            terminal,
            bar: None,
            fake,
            lists: true,
            was_waiting: false,
            migration: String::new(),
            last_line: None,
            withheld: None,
            blockers: Vec::new(),
        }
    }

    /// Nothing but the bar, for what somebody else sums up.
    pub(crate) fn brief(terminal: &'a Terminal) -> Self {
        let mut progress = Self::new(terminal, false);
        progress.lists = false;
        progress
    }

    /// A line about the migration that runs.
    fn line_of_progress(&mut self, text: &str) {
        self.last_line = Some(Instant::now());
        self.line(&format!("{}: {text}", self.migration));
    }

    /// A line that stays, above the bar.
    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.terminal.say(text)),
            None => self.terminal.say(text),
        }
    }
}

impl Observer for Progress<'_> {
    fn waiting(&mut self, holder: Option<&Holder>, _waited: Duration) {
        if !self.was_waiting {
            self.was_waiting = true;
            let holder = holder.map_or_else(|| "somebody else".to_owned(), ToString::to_string);
            self.line(&format!("waiting for the migration lock, held by {holder}"));
        }
    }

    fn started(&mut self, step: &Step, index: usize, total: usize) {
        self.migration.clone_from(&step.name);
        (self.last_line, self.withheld, self.blockers) = (None, None, Vec::new());
        if !self.terminal.shows_progress() {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{spinner} {pos}/{len} {msg} {elapsed}");
            let bar = ProgressBar::new(total as u64);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_position(index as u64);
        bar.set_message(match step.range() {
            Some(range) => format!("{} instead of {range}", step.name),
            None => step.name.clone(),
        });
    }

    fn progress(&mut self, progress: &makemigrations_run::Progress) {
        let seconds = progress.elapsed.as_secs();
        if let Some(bar) = &self.bar {
            bar.set_message(match &progress.activity {
                Activity::Running => self.migration.clone(),
                activity => format!("{}: {activity}", self.migration),
            });
        }
        // Who is in the way is worth a line that stays, once.
        if let Activity::Blocked { blockers } = &progress.activity {
            let is_new = blockers.iter().any(|one| !self.blockers.iter().any(|other| other.pid == one.pid));
            if is_new {
                self.blockers.clone_from(blockers);
                return self.line_of_progress(&format!("{} ({seconds} s)", progress.activity));
            }
        }
        let is_said = matches!(progress.activity, Activity::Said { .. });
        let is_due = match self.last_line {
            Some(last) => last.elapsed() >= INTERVAL,
            None => is_said || progress.elapsed >= FIRST,
        };
        let text = format!("{} ({seconds} s)", progress.activity);
        if is_due && self.bar.is_none() {
            self.withheld = None;
            self.line_of_progress(&text);
        } else if is_said {
            self.withheld = Some(text);
        }
    }

    fn retrying(&mut self, retry: &Retry) {
        self.blockers.clear();
        let text = retry.to_string();
        match &self.bar {
            Some(bar) => bar.suspend(|| self.terminal.warning(&text, None)),
            None => self.terminal.warning(&text, None),
        }
    }

    fn finished(&mut self, step: &Step, duration: Duration) {
        // What it has said last is often the sum of all.
        if let Some(text) = self.withheld.take() {
            self.line_of_progress(&text);
        }
        if !self.lists {
            return;
        }
        let seconds = duration.as_secs_f64();
        if let Some(range) = step.range() {
            return self.line(&format!("squashed {range} in one: applied {} ({seconds:.2} s)", step.name));
        }
        let done = match (step.direction, self.fake) {
            (Direction::Up, true) => "recorded",
            (Direction::Up, false) => "applied",
            (Direction::Down, _) => "reverted",
        };
        self.line(&format!("{done} {} ({seconds:.2} s)", step.name));
    }

    fn notice(&mut self, notice: &Notice) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.terminal.warning(&notice.to_string(), None)),
            None => self.terminal.warning(&notice.to_string(), None),
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
