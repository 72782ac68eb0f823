//! Parse, run, exit code.

fn main() -> std::process::ExitCode {
    fusebox::cli::main()
}
