//! The exit codes, for scripts that start the command line. Must not decide which one applies.

/// Done, or nothing to do.
pub const SUCCESS: u8 = 0;
/// A check failed: an edited migration, a missing one.
pub const CHECK_FAILED: u8 = 1;
/// Wrong usage, a bad snapshot or setting, a file that cannot be written.
pub const USAGE: u8 = 2;
/// The database said no.
pub const DATABASE: u8 = 3;
/// Somebody else holds the migration lock.
pub const LOCKED: u8 = 4;
/// Interrupted by Ctrl-C.
pub const INTERRUPTED: u8 = 130;
