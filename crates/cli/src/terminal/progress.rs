//! Shows migrations while they run: a bar on a terminal, a line for each elsewhere. Must not decide what runs.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use makemigrations_run::{Direction, Holder, Notice, Observer, Step};

use super::Terminal;

/// The observer of the command line.
pub(crate) struct Progress<'a> {
    terminal: &'a Terminal,
    bar: Option<ProgressBar>,
    fake: bool,
    /// Whether each migration gets a line that stays.
    lists: bool,
    was_waiting: bool,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(terminal: &'a Terminal, fake: bool) -> Self {
        Self { terminal, bar: None, fake, lists: true, was_waiting: false }
    }

    /// Nothing but the bar, for what somebody else sums up.
    pub(crate) fn brief(terminal: &'a Terminal) -> Self {
        Self { terminal, bar: None, fake: false, lists: false, was_waiting: false }
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

    fn finished(&mut self, step: &Step, duration: Duration) {
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
