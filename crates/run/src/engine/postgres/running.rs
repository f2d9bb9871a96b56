//! The statements of one migration in a session: with their timeouts, watched. Must not know what is written down of them.

use std::time::{Duration, Instant};

use makemigrations_sql::{Dialect, tokens};
use tokio::sync::mpsc::unbounded_channel;
use tokio_postgres::Client;

use super::connect::Endpoint;
use super::connection::{Connection, is_cancelled};
use super::driver::hearing;
use super::watch::{self, Findings, Watch};
use crate::engine::Refusal;
use crate::engine::perform::Executor;
use crate::progress::{Activity, Blocker, Progress};
use crate::script::Statement;
use crate::timeouts::{Timeouts, lock_timeout_refusal};
use crate::url::{DatabaseUrl, Server};

/// What a statement says itself is passed on as often as this.
const PACE: Duration = Duration::from_millis(500);

/// The statements of one migration.
pub(super) struct Running<'a> {
    connection: &'a Connection,
    url: &'a DatabaseUrl,
    watch: Watch,
    /// The second session, where it has to be there before the first statement.
    opened: Option<Client>,
    findings: Findings,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a> Running<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        url: &'a DatabaseUrl,
        (server, endpoint, session): (&Server, &Endpoint, i32),
        timeouts: &Timeouts,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Self {
        let watch = Watch {
            server: server.clone(),
            endpoint: endpoint.clone(),
            session,
            timeouts: timeouts.clone(),
            cancels: false,
        };
        Self { connection, url, watch, opened: None, findings: Findings::default(), progress }
    }

    /// Who was in the way of the statement that ran last.
    pub(super) fn blockers(&self) -> Vec<Blocker> {
        let redact = |text: Option<String>| text.map(|text| self.url.redact(&text));
        let blockers = self.findings.blockers().into_iter();
        blockers.map(|blocker| Blocker { query: redact(blocker.query), ..blocker }).collect()
    }

    fn statement_timeout(&self) -> Option<u128> {
        self.watch.timeouts.statement_timeout.map(|timeout| timeout.as_millis())
    }
}

impl Executor for Running<'_> {
    fn begin(&mut self) -> Result<(), Refusal> {
        let lock = self.watch.timeouts.ddl_lock_timeout.as_millis();
        let statement = self.statement_timeout().map(|timeout| format!("; SET LOCAL statement_timeout = {timeout}"));
        self.connection.batch(&format!("BEGIN; SET LOCAL lock_timeout = {lock}{}", statement.unwrap_or_default()))
    }

    fn prepare_outside(&mut self, statements: &[Statement<'_>]) -> Result<(), Refusal> {
        let mut lock = self.watch.timeouts.ddl_lock_timeout.as_millis();
        if statements.iter().any(|statement| is_concurrent(statement.text)) {
            self.opened = self.connection.wait(watch::open(&self.watch.server, &self.watch.endpoint));
            self.watch.cancels = self.opened.is_some();
            lock = if self.watch.cancels { 0 } else { lock };
        }
        // One after the other: with several in one text they would be one transaction, which is no place for either.
        self.connection.batch(&format!("SET lock_timeout = {lock}"))?;
        self.connection.batch(&format!("SET statement_timeout = {}", self.statement_timeout().unwrap_or_default()))
    }

    fn commit(&mut self) -> Result<(), Refusal> {
        self.connection.batch("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), Refusal> {
        self.connection.batch("ROLLBACK")
    }

    fn run_each(&mut self, statements: &[Statement<'_>]) -> Result<(), (usize, Refusal)> {
        let connection = self.connection;
        let (tell, mut listener) = unbounded_channel();
        let (notices, mut heard) = unbounded_channel::<String>();
        connection.line().listen(Some(notices));
        let mut pace = Pace { start: Instant::now(), last: None, withheld: None };
        let url = self.url;
        let result = connection.wait(async {
            let watching =
                tokio::spawn(watch::watch(self.watch.clone(), self.opened.take(), self.findings.clone(), tell));
            let pace = std::cell::RefCell::new((&mut pace, &mut *self.progress));
            let said = |message: String| {
                let (pace, progress) = &mut *pace.borrow_mut();
                pace.say(url.redact(&message), *progress);
            };
            let looked = |activity: Activity| {
                let (pace, progress) = &mut *pace.borrow_mut();
                pace.look(redacted(url, activity), *progress);
            };
            let work = hearing(connection.send_each(statements), &mut heard, said);
            let result = hearing(work, &mut listener, looked).await;
            watching.abort();
            result
        });
        connection.line().listen(None);
        pace.flush(self.progress);
        result.map_err(|(index, refusal)| {
            let is_ours = is_cancelled(&refusal) && self.findings.has_cancelled();
            (index, if is_ours { lock_timeout_refusal() } else { refusal })
        })
    }

    fn record(&mut self, sql: &str) -> Result<(), Refusal> {
        self.connection.batch(sql)
    }
}

/// When something was said last, and what was not said since.
struct Pace {
    start: Instant,
    last: Option<Instant>,
    withheld: Option<String>,
}

impl Pace {
    fn say(&mut self, message: String, progress: &mut dyn FnMut(Progress)) {
        if self.last.is_some_and(|last| last.elapsed() < PACE) {
            self.withheld = Some(message);
            return;
        }
        self.withheld = None;
        self.last = Some(Instant::now());
        progress(Progress { elapsed: self.start.elapsed(), activity: Activity::Said { message } });
    }

    fn look(&mut self, activity: Activity, progress: &mut dyn FnMut(Progress)) {
        match self.withheld.take() {
            // What it says itself is better than that it runs.
            Some(message) if activity == Activity::Running => self.say(message, progress),
            withheld => {
                self.withheld = withheld;
                progress(Progress { elapsed: self.start.elapsed(), activity });
            }
        }
    }

    /// What was said last is always passed on.
    fn flush(&mut self, progress: &mut dyn FnMut(Progress)) {
        if let Some(message) = self.withheld.take() {
            progress(Progress { elapsed: self.start.elapsed(), activity: Activity::Said { message } });
        }
    }
}

fn redacted(url: &DatabaseUrl, activity: Activity) -> Activity {
    let Activity::Blocked { blockers } = activity else { return activity };
    let redact = |text: Option<String>| text.map(|text| url.redact(&text));
    Activity::Blocked {
        blockers: blockers.into_iter().map(|one| Blocker { query: redact(one.query.clone()), ..one }).collect(),
    }
}

/// Whether a statement works beside others, and waits for their transactions without being in anybody's way.
fn is_concurrent(statement: &str) -> bool {
    let mut words = tokens(statement, Dialect::Postgres).filter(|token| !token.is_blank());
    let first = words.next();
    let is_ddl = ["create", "drop", "reindex", "alter", "refresh"]
        .iter()
        .any(|word| first.as_ref().is_some_and(|token| token.is_word(word)));
    is_ddl && words.any(|token| token.is_word("concurrently"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_beside_others_is_known_by_its_word() {
        assert!(is_concurrent("-- a\nCREATE UNIQUE INDEX CONCURRENTLY a ON t (b)"));
        assert!(is_concurrent("ALTER TABLE t DETACH PARTITION p CONCURRENTLY"));
        assert!(is_concurrent("reindex (verbose) table concurrently t"));
        assert!(!is_concurrent("INSERT INTO t VALUES ('CONCURRENTLY')"));
        assert!(!is_concurrent("ALTER TYPE a ADD VALUE 'concurrently'"));
        assert!(!is_concurrent("DO $$ BEGIN PERFORM 1; -- concurrently\nEND $$"));
    }
}
