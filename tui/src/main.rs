//! The program `litmuscope`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tui::cli::main()
}
