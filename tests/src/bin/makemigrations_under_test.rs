//! The command line under test: the same program as `cargo xtask`, with no logic of its own.

fn main() -> std::process::ExitCode {
    makemigrations::main()
}
