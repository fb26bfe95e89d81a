//! The program `litmuscope`.

mod cli;
mod library;
mod render;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
