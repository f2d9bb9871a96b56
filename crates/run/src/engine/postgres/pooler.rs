//! Whether a pooler gives the sessions of the server to several clients. Must not lock or set anything.
//!
//! A pooler in transaction mode looks like a server as long as nobody else uses it: the same session answers again and
//! again. A second connection is somebody else, and what it sees proves it: the session of the first one, or several. What
//! is set in such a session, others get; so this is asked before the first setting.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::Postgres;
use super::connect::{self, Connected, Endpoint, Facts};
use crate::engine::{Engine, Refusal};
use crate::error::Error;
use crate::url::Server;

/// How long the second connection may take before the first one asks as well, and then both: a pool in session mode may have no
/// session left for the second one, which is an answer as long as the first one has its own.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the server may take to end the session of the second connection. A pooler keeps it.
const END: Duration = Duration::from_millis(300);
const POLL: Duration = Duration::from_millis(10);
/// How often the second connection asks. A pool that goes round gives another session each time.
const QUESTIONS: usize = 4;
/// How often the first one asks while the second one waits, and how long after each answer.
const CONFIRMATIONS: usize = 4;
const PAUSE: Duration = Duration::from_millis(250);

const ADVICE: &str = "give migrations a URL that goes to the server itself, or to the pooler in session mode";

/// Where sessions are known to have one client, in this process.
static ALONE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Fails where the session is shared. Gives the sessions that the second connection was given.
pub(super) fn refuse(runtime: &Runtime, server: &Server, connected: &Connected) -> Result<BTreeSet<Facts>, Error> {
    let place = format!("{:?} {server}", connected.endpoint);
    let known = || ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    if known().contains(&place) {
        return Ok(BTreeSet::new());
    }
    let seen = Mutex::new(BTreeSet::new());
    match runtime.block_on(compare(server, connected, &seen)) {
        Outcome::OwnSession => {}
        Outcome::Shared => return Err(refused()),
        Outcome::NoAnswer => return Err(busy()),
    }
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !seen.is_empty() {
        known().insert(place);
    }
    Ok(seen)
}

/// What comes of a second connection.
enum Outcome {
    /// The first one keeps its session, and the second one has another one, waits for one, or finds no room on the server.
    OwnSession,
    /// Both are given the same session, one of them is given several, or a pooler lets no second client in.
    Shared,
    /// Both wait: the sessions are with others.
    NoAnswer,
}

/// Lets a second connection ask, and the first one when that takes long or has shown nothing. A pooler serves in order: where
/// both share its sessions, the second one, which has waited longer, is answered before the first one is for the second time.
async fn compare(server: &Server, connected: &Connected, seen: &Mutex<BTreeSet<Facts>>) -> Outcome {
    let mut looking = pin!(look(server, &connected.endpoint, seen));
    let mut looked = timeout(PATIENCE, &mut looking).await.ok();
    let confirmed = if looked.is_some() {
        timeout(PATIENCE, is_same(connected)).await
    } else {
        let mut confirming = pin!(confirm(connected));
        let both = poll_fn(|context| {
            if looked.is_none()
                && let Poll::Ready(result) = looking.as_mut().poll(context)
            {
                looked = Some(result);
            }
            confirming.as_mut().poll(context)
        });
        timeout(PATIENCE, both).await
    };
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let is_no_client = matches!(looked, Some(Err(why)) if why.contains("max_client_conn"));
    if is_no_client || seen.len() > 1 || seen.contains(&connected.facts) {
        return Outcome::Shared;
    }
    match confirmed {
        Ok(true) => Outcome::OwnSession,
        Ok(false) => Outcome::Shared,
        Err(_) => Outcome::NoAnswer,
    }
}

/// Whether the first connection is answered again and again by the session that it had.
async fn confirm(connected: &Connected) -> bool {
    for _ in 1..CONFIRMATIONS {
        if !is_same(connected).await {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
    is_same(connected).await
}

/// Whether the first connection is answered by the session that it had. An error is none of a pooler's doing: the next
/// statement meets it again.
async fn is_same(connected: &Connected) -> bool {
    connect::facts(connected.connection.client()).await.map_or(true, |facts| facts == connected.facts)
}

/// Where nobody can tell what a lock would be.
fn busy() -> Error {
    Error::Lock {
        problem: "no second session can be had within 10 s, and the first one does not answer any more (a pooler in \
                  transaction mode whose sessions are in use?)"
            .to_owned(),
        hint: ADVICE,
    }
}

/// What a lock on such a connection would be.
pub(super) fn refused() -> Error {
    Error::Lock {
        problem: "the connection changes its session: a lock on it would not hold (a pooler in transaction mode?)"
            .to_owned(),
        hint: ADVICE,
    }
}

/// Whether an error of the server can only come from another session than the one before: what was prepared is not there.
pub(super) fn is_changing(message: &str) -> bool {
    message.contains("prepared statement \"")
}

/// What a server says whose sessions are not those of its clients, in words that help.
pub(super) fn explained(refusal: Refusal) -> Refusal {
    if is_changing(&refusal.message) {
        Refusal { hint: Some(format!("a pooler in transaction mode? {ADVICE}")), ..refusal }
    } else {
        refusal
    }
}

/// Notes the sessions that one more client is given. None where there is room for no other.
/// Fails where it is not let in.
async fn look(server: &Server, endpoint: &Endpoint, seen: &Mutex<BTreeSet<Facts>>) -> Result<(), String> {
    let client = connect::second(server, endpoint).await?;
    for _ in 0..QUESTIONS {
        let Ok(facts) = connect::facts(&client).await else { return Ok(()) };
        seen.lock().unwrap_or_else(PoisonError::into_inner).insert(facts);
    }
    Ok(())
}

/// Waits until the session of the second connection is gone: nobody shall find it in use.
pub(super) fn await_end(engine: &mut Postgres, seen: &BTreeSet<Facts>) {
    let start = Instant::now();
    for facts in seen {
        let pid = facts.pid.to_string();
        let sql = "SELECT pid::text FROM pg_stat_activity WHERE pid = $1::int";
        while start.elapsed() < END && engine.query(sql, &[Some(&pid)]).is_ok_and(|rows| !rows.is_empty()) {
            sleep(POLL);
        }
    }
}
