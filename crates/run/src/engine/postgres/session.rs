//! A session on a PostgreSQL server: its settings, and what it is from the first moment. Must not run what was not written
//! here.

use super::Connection;
use super::connect::Facts;
use crate::engine::Refusal;

/// How often the server looks, in the middle of a statement, whether the client is still there: the lock of a killed
/// client is free after that. Since PostgreSQL 14, and not on every system.
const CHECK: &str = "SET client_connection_check_interval = '2s';";

/// Takes back what a migration set and did not reset. Not `DISCARD ALL`: that gives the lock back.
const RESET: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL;";

/// Dates mean the same on every machine, strings have no backslashes, and a statement works on all rows of a table or fails:
/// a policy that hides rows would let it count and change the others only.
const SESSION: &str = "SET TimeZone = 'UTC'; SET standard_conforming_strings = on; SET row_security = off;";

/// The oldest server that the SQL of the planner and of `inspect` is tried on, as `server_version_num` has it.
const OLDEST_SUPPORTED: u32 = 130_000;

/// The server's version, as it says it, when it is older than every supported one. Looked at before anything else: what an
/// old server says to a setting that it does not know helps nobody.
pub(super) fn unsupported_version(facts: &Facts) -> Option<String> {
    (facts.version_number < OLDEST_SUPPORTED).then(|| facts.version.clone())
}

/// Sets the session up. Gives SQL that makes it again as it is now.
pub(super) fn start(connection: &Connection) -> Result<String, Refusal> {
    let check = if connection.batch(CHECK).is_ok() { CHECK } else { "" };
    connection.batch(SESSION)?;
    Ok(format!("{RESET} {SESSION} {check}"))
}
