//! What a change takes from those who use the database while it runs: locks, and how long they are held.
//!
//! PostgreSQL only: SQLite has one lock for the whole file, whatever runs. Source: `pg_locks` and `relfilenode`, measured on
//! PostgreSQL 15; a test measures them again.

mod fill;
pub mod lock;
mod retype;
mod step;
mod table_lock;
mod wait;

pub use fill::{is_constant, is_volatile};
pub use lock::LockMode;
pub use retype::Retyping;
pub use step::step_locks;
pub use table_lock::{HeldFor, TableLock, is_domain_with_rules, locks};
pub use wait::waits;
