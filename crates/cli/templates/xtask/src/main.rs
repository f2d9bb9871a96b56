//! `cargo xtask <command>`: the whole command line lives in the library.

fn main() -> std::process::ExitCode {
    makemigrations::main()
}
