//! The migration lock of a PostgreSQL database: a session advisory lock, which dies with its session. Must not wait for
//! it inside a statement: that would hold a snapshot, for which `CREATE INDEX CONCURRENTLY` of the holder waits in turn.

use std::thread::sleep;
use std::time::{Duration, Instant};

use makemigrations_gate::sum;

use super::{Postgres, SearchPath, pooler};
use crate::engine::{Engine, Refusal, Row};
use crate::error::{Context, Error};
use crate::holder::Holder;

/// The key's name space. Changing it would let an old and a new program run together.
const NAMESPACE: &str = "makemigrations lock 1";

/// This lock in `pg_locks`; `$1` and `$2` are the halves of the key.
const LOCKS: &str = "pg_locks WHERE locktype = 'advisory' AND classid = $1::oid AND objid = $2::oid AND objsubid = 1 \
                     AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// How long the server has to end a session.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// The lock's key: the first eight bytes of the SHA-256 of `makemigrations lock 1:<database>`, as two halves. PostgreSQL
/// keeps the locks of its databases apart by itself; the name in it keeps those of a pooler apart.
pub(super) fn key(database: &str) -> [u32; 2] {
    let digits = sum(format!("{NAMESPACE}:{database}").as_bytes()).to_string();
    [0, 8].map(|start| u32::from_str_radix(&digits[start..start + 8], 16).unwrap_or_default())
}

pub(super) fn try_lock(engine: &mut Postgres) -> Result<bool, Error> {
    let doing = "take the migration lock";
    let [high, low] = halves(engine);
    let parameters = [Some(high.as_str()), Some(low.as_str())];
    engine.search_in(SearchPath::Own).doing(doing)?;
    let session = engine.session.to_string();
    // One transaction, so that a pooler sends all of it to the same session. In another one than at first nothing is locked.
    let connection = &engine.connection;
    let row = |sql: &str| -> Result<Row, Refusal> {
        let rows = connection.query(sql, &parameters)?;
        rows.into_iter().next().ok_or_else(|| Refusal::new("the server has given no answer"))
    };
    let attempt = || {
        connection.batch("BEGIN")?;
        let before =
            row(&format!("SELECT pg_backend_pid()::text, count(*)::text FROM {LOCKS} AND pid = pg_backend_pid()"))?;
        let is_same = before.get(0) == Some(&session) && before.get(1) == Some("0");
        let locked = match is_same {
            true => Some(row("SELECT pg_try_advisory_lock(($1::bigint << 32) | $2::bigint)::text")?),
            false => None,
        };
        connection.batch("COMMIT")?;
        Ok(locked)
    };
    let locked = attempt().map_err(|refusal: Refusal| {
        drop(connection.batch("ROLLBACK"));
        pooler::explained(refusal)
    });
    let locked = locked.doing(doing)?;
    let Some(locked) = locked else { return Err(pooler::refused()) };
    if locked.get(0) != Some("true") {
        return Ok(false);
    }
    // The session must stay ours.
    if !is_mine(engine)? {
        unlock_once(engine)?;
        return Err(pooler::refused());
    }
    engine.held = true;
    Ok(true)
}

/// Whether this session holds the lock.
pub(super) fn is_mine(engine: &mut Postgres) -> Result<bool, Error> {
    let [high, low] = halves(engine);
    let sql = format!("SELECT pid::text FROM {LOCKS} AND pid = pg_backend_pid()");
    let rows = engine.query(&sql, &[Some(&high), Some(&low)]).doing("look at the migration lock")?;
    Ok(rows.first().is_some_and(|row| row.get(0) == Some(&engine.session.to_string())))
}

pub(super) fn unlock(engine: &mut Postgres) -> Result<(), Error> {
    if std::mem::take(&mut engine.held) { unlock_once(engine) } else { Ok(()) }
}

fn unlock_once(engine: &mut Postgres) -> Result<(), Error> {
    let [high, low] = halves(engine);
    let sql = "SELECT pg_advisory_unlock(($1::bigint << 32) | $2::bigint)::text";
    engine.query(sql, &[Some(&high), Some(&low)]).doing("give the migration lock back").map(drop)
}

pub(super) fn holder(engine: &mut Postgres, row: Option<Holder>) -> Result<Option<Holder>, Error> {
    let [high, low] = halves(engine);
    let since = (engine.words().shown)("activity.backend_start");
    let sql = format!(
        "SELECT held.pid::text, activity.usename::text, coalesce(activity.client_hostname, host(activity.client_addr), \
         'the server itself'), {since}, activity.application_name, \
         CASE WHEN activity.state <> 'idle' THEN activity.query END \
         FROM (SELECT pid FROM {LOCKS}) AS held LEFT JOIN pg_stat_activity AS activity ON activity.pid = held.pid"
    );
    let rows = engine.query(&sql, &[Some(&high), Some(&low)]).doing("look who holds the migration lock")?;
    let Some(found) = rows.first() else { return Ok(None) };
    let session = found.get(0).and_then(|pid| pid.parse().ok());
    let statement = found.text(5).map(|text| engine.redact(&text));
    // The row can still be that of somebody before.
    Ok(Some(match row.filter(|row| row.session == session) {
        Some(row) => Holder { statement, ..row },
        None => Holder {
            host: found.text(2),
            pid: None,
            user: found.text(1),
            since: found.text(3),
            tool: found.text(4).filter(|name| !name.is_empty()),
            session,
            statement,
        },
    }))
}

pub(super) fn end(engine: &mut Postgres, holder: &Holder) -> Result<(), Error> {
    let doing = "end the session that holds the migration lock";
    let Some(session) = holder.session.filter(|session| *session != engine.session) else { return Ok(()) };
    let session = session.to_string();
    engine.query("SELECT pg_terminate_backend($1::int)::text", &[Some(&session)]).doing(doing)?;
    let [high, low] = halves(engine);
    let sql = format!("SELECT pid::text FROM {LOCKS} AND pid = $3::int");
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if engine.query(&sql, &[Some(&high), Some(&low), Some(&session)]).doing(doing)?.is_empty() {
            return Ok(());
        }
        sleep(POLL);
    }
    Err(Error::Lock {
        problem: format!("session {session}, which holds the migration lock, does not end"),
        hint: "look at it in `pg_stat_activity` and in the server's log",
    })
}

fn halves(engine: &Postgres) -> [String; 2] {
    engine.key.map(|half| half.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stays_what_it_is() {
        assert_eq!(key("shop"), [0x409f_67bf, 0xcea6_5f05]);
        assert_ne!(key("shop"), key("Shop"));
    }
}
