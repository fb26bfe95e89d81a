//! The command line: from arguments to validated options, in one step per command.

mod access;
mod args;
mod export;
mod hardware;
mod herd;
mod model;
mod protocol;
mod quantity;
mod replay;
mod run;
mod step;
mod trace;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser as _};

pub use access::AccessOptions;
use args::{Args, Command};
pub use export::ExportArgs;
pub use replay::{ReplayArgs, ReplayFormat, ReplayKind};
pub use run::{Engine, Format, Limits, RunOptions};
pub use trace::{Runs, TraceOptions};
use traces::machine::Machine;
use traces::model::ModelText;

/// How a command ended; the worst of several counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything ran.
    Done = 0,
    /// A result is incomplete.
    Incomplete = 3,
    /// An expectation failed, or engines disagree.
    Failed = 1,
    /// Bad input or usage.
    BadInput = 2,
}

impl Status {
    /// The worse of two: bad input, then a failed expectation, then an incomplete result.
    #[must_use]
    pub fn and(self, other: Status) -> Status {
        let badness = |status| match status {
            Status::Done => 0,
            Status::Incomplete => 1,
            Status::Failed => 2,
            Status::BadInput => 3,
        };
        if badness(other) > badness(self) { other } else { self }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status as u8)
    }
}

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    let args = match Args::try_parse_from(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to stdout with status 0, usage errors to stderr with status 2.
            let _ = error.print();
            if let Some(hint) = file_in_place_of_command(&error) {
                eprintln!("\n{hint}");
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    args.color.write_global();
    match args.command {
        Some(chosen) => command(chosen).into(),
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => {
            command(Command::Step(step::StepArgs::default())).into()
        }
        None => {
            eprintln!("{}", Args::command().render_help());
            Status::BadInput.into()
        }
    }
}

/// What to type where a test or a recorded run stands in the place of a command.
fn file_in_place_of_command(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let is_file = std::path::Path::new(name).exists();
    if is_file && name.contains(".jsonl") {
        return Some(format!(
            "`{name}` is a recorded run: `litmuscope replay {name}` checks it, and `litmuscope export {name} --to \
             run.html` shows it."
        ));
    }
    let test = if is_file { name } else { name.strip_suffix(".litmus").unwrap_or(name) };
    (is_file || traces::library::find(test).is_ok()).then(|| {
        format!(
            "`{test}` is a test: `litmuscope run {test}` prints what it can end in, and `litmuscope step {test}` \
             steps through it."
        )
    })
}

fn command(command: Command) -> Status {
    match command {
        Command::Run(args) => options_then(args.validate(), crate::run::run),
        Command::Trace(args) => options_then(args.validate(), crate::trace::trace),
        Command::Export(args) => crate::export::export(&args),
        Command::Replay(args) => crate::replay::replay(&args),
        Command::Step(args) => options_then(args.validate(), crate::step::run),
        Command::Herd { arguments } => herd(&arguments),
        Command::Protocol { command } => protocol::run(&command),
        Command::Explain { test, outcome, model, machine, hardware } => {
            let machine = machine.as_deref().map(Machine::named).transpose();
            let read = machine.and_then(|machine| {
                hardware.refuse(&test)?;
                Ok(model.read()?.or(machine.map(ModelText::of)))
            });
            options_then(read, |model| crate::explain::explain(&test, outcome.as_deref(), model.as_ref()))
        }
        Command::List { names, verbose } => crate::library::list(&names, verbose),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "litmuscope", &mut script);
            match io::stdout().write_all(&script) {
                Ok(()) => Status::Done,
                Err(error) => usage_error(&error.to_string()),
            }
        }
    }
}

fn herd(arguments: &[OsString]) -> Status {
    match herd::parse(arguments) {
        Ok(herd::Request::Run { options, warnings }) => {
            for warning in warnings {
                anstream::eprintln!("warning: {warning}");
            }
            options_then(Ok(*options), crate::run::run)
        }
        Ok(herd::Request::Print(text)) => {
            anstream::print!("{text}");
            Status::Done
        }
        Err(message) => usage_error(&message),
    }
}

fn options_then<T>(options: Result<T, String>, act: impl FnOnce(&T) -> Status) -> Status {
    match options {
        Ok(options) => act(&options),
        Err(message) => usage_error(&message),
    }
}

/// Says what is wrong with the arguments.
fn usage_error(message: &str) -> Status {
    crate::render::error(message);
    Status::BadInput
}
