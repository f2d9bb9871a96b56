//! The runner, as a library, on real databases: many at once, killed anywhere, lied to. It must not test the command line.

mod kill;
mod lock;
mod migrate;
mod scratch;
mod session;
mod progress;
mod support;
mod timeouts;
mod tls;

#[test]
#[ignore = "started by the other tests as a process of its own"]
fn child() {
    support::child();
}
