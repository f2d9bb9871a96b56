//! Scratch databases on a PostgreSQL server: made empty, marked as such, dropped. Must not drop a database that this tool
//! has not marked.
//!
//! Who uses one holds a session advisory lock on its name, in the database beside it. That lock dies with its holder, on
//! whatever machine that was: a marked database whose lock is free is a leftover.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{Postgres, connect, lock};
use crate::engine::{Engine, Refusal, Temporary};
use crate::error::{Context, Error};
use crate::url::{DatabaseAddress, DatabaseUrl, Server};

/// Between the name of the database beside it and the numbers.
const INFIX: &str = "_mm_";
/// What PostgreSQL keeps of a name, in bytes.
const LONGEST_NAME: usize = 63;
/// As many names are tried: others can have the same process number in another container.
const ATTEMPTS: u32 = 100;
const MAKE: &str = "make a scratch database";

/// The databases that this process has made, and may have to drop from another thread.
static MADE: Mutex<Made> = Mutex::new(Made { is_closed: false, databases: Vec::new() });

struct Made {
    /// Whether the process is about to end.
    is_closed: bool,
    databases: Vec<(DatabaseUrl, String)>,
}

/// A scratch database, dropped with this.
struct Guard {
    /// The session in the database beside it, which holds the lock.
    beside: Postgres,
    name: String,
}

impl Temporary for Guard {}

impl Drop for Guard {
    fn drop(&mut self) {
        // A leftover is the next one's to remove.
        drop(self.beside.batch(&sql_drop(&self.name)));
        made().databases.retain(|(_, name)| *name != self.name);
    }
}

pub(in crate::engine) fn make(url: &DatabaseUrl, server: &Server) -> Result<(DatabaseUrl, Box<dyn Temporary>), Error> {
    let mut beside = connect(url, server)?;
    refuse_without_right(&mut beside)?;
    remove_leftovers(&mut beside).doing("look for scratch databases that were left behind")?;
    let options = options(&mut beside).doing(MAKE)?;
    let database = current(&mut beside).doing(MAKE)?;
    let name = free_name(&mut beside, &database).doing(MAKE)?;
    // Held until it is there: what is not there yet cannot be dropped from another thread.
    let mut made = made();
    if made.is_closed {
        return Err(Refusal::new("the process is about to end")).doing(MAKE);
    }
    made.databases.push((url.clone(), name.clone()));
    let mark = mark(&database);
    let guard = Guard { beside, name };
    create(made, guard, &options, &mark).map(|guard| (url.beside(&guard.name), Box::new(guard) as Box<dyn Temporary>))
}

fn create(made: MutexGuard<'_, Made>, mut guard: Guard, options: &str, mark: &str) -> Result<Guard, Error> {
    let name = quote_identifier(&guard.name);
    let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
    // Not every server takes a locale of another database again, after an upgrade for example.
    let created = guard.beside.batch(&format!("{sql}{options}")).or_else(|_| guard.beside.batch(&sql));
    let marked = created
        .and_then(|()| guard.beside.batch(&format!("COMMENT ON DATABASE {name} IS {}", quote_literal(mark))))
        .doing(MAKE);
    // Before the guard may be dropped, which wants it too.
    drop(made);
    marked.map(|()| guard)
}

pub(in crate::engine) fn remove_all() {
    let mut made = made();
    made.is_closed = true;
    for (url, name) in std::mem::take(&mut made.databases) {
        if let DatabaseAddress::Postgres(server) = url.place()
            && let Ok(mut beside) = connect(&url, server)
        {
            drop(beside.batch(&sql_drop(&name)));
        }
    }
}

fn made() -> MutexGuard<'static, Made> {
    // A panic elsewhere leaves the list as it was.
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sql_drop(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(name))
}

fn refuse_without_right(beside: &mut Postgres) -> Result<(), Error> {
    let sql = "SELECT rolname::text, (rolcreatedb OR rolsuper)::text FROM pg_roles WHERE rolname = current_user";
    let rows = beside.query(sql, &[]).doing(MAKE)?;
    match rows.first() {
        Some(row) if row.get(1) == Some("false") => {
            Err(Error::NoScratch { url: beside.url.to_string(), role: row.text(0).unwrap_or_default() })
        }
        _ => Ok(()),
    }
}

/// Encoding and locale of the database beside it, as options of `CREATE DATABASE`. The columns have other names in other
/// versions of PostgreSQL, which JSON does not mind.
pub(super) fn options(beside: &mut Postgres) -> Result<String, Refusal> {
    let sql = "SELECT pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text, \
               to_jsonb(found) ->> 'datlocprovider', \
               coalesce(to_jsonb(found) ->> 'datlocale', to_jsonb(found) ->> 'daticulocale') \
               FROM pg_database AS found WHERE datname = current_database()";
    let rows = beside.query(sql, &[])?;
    let Some(row) = rows.first() else { return Ok(String::new()) };
    let mut options = String::new();
    let mut add = |name: &str, value: Option<&str>| {
        options.extend(value.map(|value| format!(" {name} {}", quote_literal(value))));
    };
    add("ENCODING", row.get(0));
    add("LC_COLLATE", row.get(1));
    add("LC_CTYPE", row.get(2));
    match row.get(3) {
        Some("c") => add("LOCALE_PROVIDER", Some("libc")),
        Some("i") => {
            add("LOCALE_PROVIDER", Some("icu"));
            add("ICU_LOCALE", row.get(4));
        }
        Some("b") => {
            add("LOCALE_PROVIDER", Some("builtin"));
            add("BUILTIN_LOCALE", row.get(4));
        }
        _ => {}
    }
    Ok(options)
}

/// A name that is not in use, whose lock this session has.
fn free_name(beside: &mut Postgres, database: &str) -> Result<String, Refusal> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    for _ in 0..ATTEMPTS {
        let name = name(database, std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        if try_lock(beside, &name)? {
            if beside.query("SELECT datname::text FROM pg_database WHERE datname = $1", &[Some(&name)])?.is_empty() {
                return Ok(name);
            }
            unlock(beside, &name)?;
        }
    }
    Err(Refusal::new(format!("{ATTEMPTS} names in a row are in use")))
}

fn remove_leftovers(beside: &mut Postgres) -> Result<(), Refusal> {
    let mark = mark(&current(beside)?);
    let sql = "SELECT datname::text FROM pg_database WHERE shobj_description(oid, 'pg_database') = $1 ORDER BY datname";
    for row in beside.query(sql, &[Some(&mark)])? {
        let Some(name) = row.text(0) else { continue };
        if try_lock(beside, &name)? {
            // Another role's cannot be dropped, and is no obstacle.
            drop(beside.batch(&sql_drop(&name)));
            unlock(beside, &name)?;
        }
    }
    Ok(())
}

fn current(beside: &mut Postgres) -> Result<String, Refusal> {
    let rows = beside.query("SELECT current_database()::text", &[])?;
    Ok(rows.first().and_then(|row| row.text(0)).unwrap_or_default())
}

fn try_lock(beside: &mut Postgres, name: &str) -> Result<bool, Refusal> {
    call(beside, "pg_try_advisory_lock", name)
}

fn unlock(beside: &mut Postgres, name: &str) -> Result<(), Refusal> {
    call(beside, "pg_advisory_unlock", name).map(drop)
}

fn call(beside: &mut Postgres, function: &str, name: &str) -> Result<bool, Refusal> {
    let [high, low] = lock::key(&format!("scratch database {name}")).map(|half| half.to_string());
    let sql = format!("SELECT {function}(($1::bigint << 32) | $2::bigint)::text");
    let rows = beside.query(&sql, &[Some(&high), Some(&low)])?;
    Ok(rows.first().is_some_and(|row| row.get(0) == Some("true")))
}

/// The comment of a scratch database. Locks are known inside one database only, so it names the one.
fn mark(database: &str) -> String {
    format!("scratch database of makemigrations, made beside `{database}`; it may be dropped")
}

/// `shop_mm_4711_0`; a long name is cut.
pub(super) fn name(database: &str, process: u32, number: u32) -> String {
    let end = format!("{INFIX}{process}_{number}");
    let mut length = database.len().min(LONGEST_NAME - end.len());
    while !database.is_char_boundary(length) {
        length -= 1;
    }
    format!("{}{end}", &database[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_cut_by_postgresql() {
        assert_eq!(name("shop", 4711, 0), "shop_mm_4711_0");
        let long = name(&"ä".repeat(31), 4_000_000_000, 12);
        assert!(long.len() <= LONGEST_NAME && long.starts_with("ää") && long.ends_with("ä_mm_4000000000_12"), "{long}");
    }
}
