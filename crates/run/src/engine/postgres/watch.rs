//! A second session that looks what the first one is doing while a statement of a migration runs, and who is in its way.
//! Must not do anything to the sessions of others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::connect::{self, Endpoint};
use crate::progress::{Activity, Blocker};
use crate::timeouts::Timeouts;
use crate::url::Server;

/// A statement that takes longer than this is looked at, and how often.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const INTERVAL: Duration = Duration::from_secs(1);
/// How long the second session may take: a pool in session mode may have none left.
const PATIENCE: Duration = Duration::from_secs(3);
/// Where a wait for a lock is about to end, it is looked at as often as this.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);

/// What the watching session found, for the one that is watched.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Who was in the way when it was looked last.
    blockers: Mutex<Vec<Blocker>>,
    has_cancelled: AtomicBool,
}

impl Findings {
    pub(super) fn blockers(&self) -> Vec<Blocker> {
        self.0.blockers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the statement was cancelled because of its wait for a lock.
    pub(super) fn has_cancelled(&self) -> bool {
        self.0.has_cancelled.load(Ordering::SeqCst)
    }

    fn set_blockers(&self, blockers: Vec<Blocker>) {
        *self.0.blockers.lock().unwrap_or_else(PoisonError::into_inner) = blockers;
    }
}

/// What is watched, and how.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) server: Server,
    pub(super) endpoint: Endpoint,
    /// The session that is watched.
    pub(super) session: i32,
    pub(super) timeouts: Timeouts,
    /// Whether a statement that waits for a lock on a table for too long is cancelled from here: one that builds something
    /// `CONCURRENTLY` also waits for transactions of others to end, which is in nobody's way and takes as long as it takes.
    pub(super) cancels: bool,
}

/// The second session.
pub(super) async fn open(server: &Server, endpoint: &Endpoint) -> Option<Client> {
    timeout(PATIENCE, connect::second(server, endpoint)).await.ok()?.ok()
}

/// Watches until it is dropped. Where no second session can be had, only the time is told.
pub(super) async fn watch(watch: Watch, opened: Option<Client>, findings: Findings, tell: UnboundedSender<Activity>) {
    let start = Instant::now();
    let interval = match watch.timeouts.ddl_lock_timeout {
        Duration::ZERO => INTERVAL,
        timeout => (timeout / 4).clamp(SHORTEST_INTERVAL, INTERVAL),
    };
    sleep(FIRST_LOOK.min(interval)).await;
    let client = match opened {
        Some(client) => Some(client),
        None => open(&watch.server, &watch.endpoint).await,
    };
    // The kind of lock that is waited for, and since when.
    let mut waiting: Option<(String, Instant)> = None;
    loop {
        let looked = match &client {
            Some(client) => look(client, watch.session).await,
            None => None,
        };
        let activity = match looked {
            Some(Looked { waits_for: Some(lock), blockers, .. }) => {
                findings.set_blockers(blockers.clone());
                if waiting.as_ref().is_none_or(|(kind, _)| *kind != lock) {
                    waiting = Some((lock.clone(), Instant::now()));
                }
                let waited = waiting.as_ref().map_or(Duration::ZERO, |(_, since)| since.elapsed());
                let is_late = waited >= watch.timeouts.ddl_lock_timeout.saturating_sub(interval);
                let is_bounded = watch.cancels && !watch.timeouts.ddl_lock_timeout.is_zero();
                if let Some(client) = client.as_ref().filter(|_| is_bounded && is_late && lock == "relation") {
                    findings.0.has_cancelled.store(true, Ordering::SeqCst);
                    let cancel = format!("SELECT pg_catalog.pg_cancel_backend({})", watch.session);
                    drop(client.simple_query(&cancel).await);
                }
                Activity::Blocked { blockers }
            }
            Some(Looked { phase: Some(phase), .. }) => {
                waiting = None;
                phase
            }
            _ => {
                waiting = None;
                Activity::Running
            }
        };
        // What is short says nothing, unless somebody is in its way.
        let is_worth_it = start.elapsed() >= FIRST_LOOK || matches!(activity, Activity::Blocked { .. });
        if is_worth_it && tell.send(activity).is_err() {
            return;
        }
        sleep(interval).await;
    }
}

/// What one look found.
struct Looked {
    /// The kind of lock that the session waits for.
    waits_for: Option<String>,
    blockers: Vec<Blocker>,
    phase: Option<Activity>,
}

async fn look(client: &Client, session: i32) -> Option<Looked> {
    let waiting = format!(
        "SELECT locktype FROM pg_catalog.pg_locks WHERE pid = {session} AND NOT granted ORDER BY waitstart LIMIT 1"
    );
    // `waitstart` is there since PostgreSQL 14.
    let waiting = match rows(client, &waiting).await {
        Some(rows) => rows,
        None => rows(client, &waiting.replace(" ORDER BY waitstart", "")).await?,
    };
    let waits_for = waiting.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    let blockers = match waits_for {
        Some(_) => blockers(client, session).await?,
        None => Vec::new(),
    };
    let phase = match waits_for {
        Some(_) => None,
        None => phase(client, session).await,
    };
    Some(Looked { waits_for, blockers, phase })
}

async fn blockers(client: &Client, session: i32) -> Option<Vec<Blocker>> {
    let sql = format!(
        "SELECT blocking.pid, activity.usename, activity.application_name, \
         to_char(coalesce(activity.xact_start, activity.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), \
         coalesce(activity.state, activity.backend_type), left(activity.query, 1000) \
         FROM (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids({session})) AS pid) AS blocking \
         LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = blocking.pid \
         ORDER BY activity.xact_start NULLS LAST, blocking.pid"
    );
    let found = rows(client, &sql).await?.into_iter().map(|row| {
        let mut values = row.into_iter().map(|value| value.filter(|text| !text.is_empty()));
        let mut next = || values.next().flatten();
        let pid = next().and_then(|pid| pid.parse().ok()).unwrap_or_default();
        Blocker { pid, user: next(), application: next(), since: next(), state: next(), query: next() }
    });
    Some(found.collect())
}

/// How far the build of an index is.
async fn phase(client: &Client, session: i32) -> Option<Activity> {
    let sql = format!(
        "SELECT phase, blocks_done, blocks_total, tuples_done, tuples_total, lockers_done, lockers_total \
         FROM pg_catalog.pg_stat_progress_create_index WHERE pid = {session}"
    );
    let row = rows(client, &sql).await?.into_iter().next()?;
    let phase = row.first().cloned().flatten()?;
    let number = |column: usize| row.get(column)?.as_deref()?.parse::<u64>().ok();
    let counted = [(1, "blocks"), (3, "rows"), (5, "transactions")];
    let counted = counted.into_iter().find_map(|(column, unit)| {
        let total = number(column + 1).filter(|total| *total > 0)?;
        Some((number(column).unwrap_or_default().min(total), total, unit))
    });
    let (done, total, unit) = counted.unwrap_or((0, 0, "blocks"));
    Some(Activity::Phase { phase, done, total, unit })
}

async fn rows(client: &Client, sql: &str) -> Option<Vec<Vec<Option<String>>>> {
    let messages = client.simple_query(sql).await.ok()?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect()),
        _ => None,
    });
    Some(rows.collect())
}
