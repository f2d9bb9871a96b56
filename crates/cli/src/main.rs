//! The command line as a program of its own, for `makemigrations init` in a workspace that has no xtask yet.

fn main() -> std::process::ExitCode {
    makemigrations::main()
}
