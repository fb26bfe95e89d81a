//! The program `litmuscope`.

mod accesses;
mod cli;
mod explain;
mod export;
mod library;
mod render;
mod replay;
mod run;
mod step;
mod trace;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
