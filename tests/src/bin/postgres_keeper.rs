//! Stops a test's PostgreSQL server when the test process is gone; knows nothing of tests.

fn main() -> std::process::ExitCode {
    makemigrations_tests::postgres::keep()
}
