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
        Outcome::Compared | Outcome::OwnSession => {}
        Outcome::NoAnswer => return Err(busy()),
        Outcome::NoClient => return Err(refused()),
    }
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    if seen.len() > 1 || seen.contains(&connected.facts) {
        return Err(refused());
    }
    if !seen.is_empty() {
        known().insert(place);
    }
    Ok(seen)
}

/// What comes of a second connection.
enum Outcome {
    /// It was given sessions, or the server itself has no room for it.
    Compared,
    /// It waits for a session while the first one has its own.
    OwnSession,
    /// Both wait: the sessions are with others.
    NoAnswer,
    /// A pooler lets no second client in.
    NoClient,
}

/// Lets a second connection ask, and the first one when that takes long. A pooler serves in order: where both share its
/// sessions, the second one, which has waited longer, is answered first.
async fn compare(server: &Server, connected: &Connected, seen: &Mutex<BTreeSet<Facts>>) -> Outcome {
    let mut looking = pin!(look(server, &connected.endpoint, seen));
    let refused = match timeout(PATIENCE, &mut looking).await {
        Ok(looked) => looked,
        Err(_) if !seen.lock().unwrap_or_else(PoisonError::into_inner).is_empty() => return Outcome::Compared,
        Err(_) => {
            let mut asking = pin!(connect::facts(connected.connection.client()));
            let first = poll_fn(|context| {
                if let Poll::Ready(looked) = looking.as_mut().poll(context) {
                    return Poll::Ready(Some(looked));
                }
                asking.as_mut().poll(context).map(|_| None)
            });
            match timeout(PATIENCE, first).await {
                Ok(Some(looked)) => looked,
                Ok(None) => return Outcome::OwnSession,
                Err(_) => return Outcome::NoAnswer,
            }
        }
    };
    match refused {
        Err(refused) if refused.contains("max_client_conn") => Outcome::NoClient,
        Err(_) | Ok(()) => Outcome::Compared,
    }
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
