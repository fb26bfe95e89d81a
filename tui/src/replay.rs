//! `litmuscope replay`: many recorded traces, in parallel, reported in order. Memory-access traces are passed on.

mod costs;
mod files;
mod report;

use std::ops::ControlFlow;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use sim_core::litmus::Test;
use sim_core::memory::protocol;
use traces::format::Lines;
use traces::input::Inputs;
use traces::replay::{Expect, Replayed, Sessions, Verdict};

use crate::cli::{ReplayArgs, ReplayFormat, Status};
use crate::render;
use crate::run::batch;
use crate::run::progress::Bar;
use files::Paths;
pub use files::is_named_like_a_trace;
use report::Reporter;

/// Replays the traces that the arguments name.
pub fn replay(args: &ReplayArgs) -> Status {
    let refuse = |message: &str| {
        render::error(message);
        Status::BadInput
    };
    let is_test = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "litmus");
    if let Some(test) = args.paths.iter().find(is_test) {
        let name = test.display();
        return refuse(&format!(
            "{name} is a test, not a trace: `litmuscope run {name}` gives its final states"
        ));
    }
    match files::sort(&args.paths, args.kind) {
        Err(message) => refuse(&message),
        Ok(Paths::Accesses(files)) => crate::accesses::replay(args, files),
        Ok(Paths::Steps(files, problems)) => {
            let csv = (args.format == ReplayFormat::Csv).then_some("--format csv");
            match csv.or_else(|| args.accesses.given()) {
                Some(option) => refuse(&format!(
                    "{option} is for memory-access traces, and these are recorded traces, which name their own hardware"
                )),
                None => steps(args, &files, &problems),
            }
        }
    }
}

/// Replays recorded traces.
fn steps(args: &ReplayArgs, files: &[PathBuf], problems: &[String]) -> Status {
    let mut status = Status::Done;
    let of = match args.test.as_deref().map(load).transpose() {
        Ok(of) => of,
        Err(message) => {
            render::error(&message);
            return Status::BadInput;
        }
    };
    for problem in problems {
        render::error(problem);
        status = Status::BadInput;
    }
    let known = |name: &str| name == "off" || protocol::find(name).is_some();
    if let Some(name) = args.protocol.as_deref().filter(|name| !known(name)) {
        render::error(&protocol::unknown(name));
        return Status::BadInput;
    }
    let expect = Expect { test: of.as_ref(), protocol: args.protocol.as_deref() };
    let sessions = Sessions::default();
    let bar = Bar::new(files.len(), "traces");
    let mut reporter = Reporter::new(args.format, files.len(), args.protocol.as_deref());
    let work = |_, index: usize| one(&files[index], &sessions, expect);
    batch::ordered(files.len(), args.jobs(), work, |index, replayed| {
        bar.step();
        match bar.aside(|| reporter.report(&files[index], &replayed)) {
            Ok(()) => ControlFlow::Continue(()),
            // Nobody reads on.
            Err(_) => ControlFlow::Break(()),
        }
    });
    bar.clear();
    status.and(reporter.finish())
}

/// Replays one file. Never panics: a bug below is a value here.
fn one(path: &Path, sessions: &Sessions, expect: Expect<'_>) -> Replayed {
    let unusable = |reason| Replayed::nothing(None, Verdict::Unusable { line: 0, reason });
    let mut lines = match Lines::open(path) {
        Ok(lines) => lines,
        Err(error) => return unusable(format!("cannot be read: {}", traces::load::said(&error))),
    };
    panic::catch_unwind(AssertUnwindSafe(|| traces::replay::watch(&mut lines, sessions, expect, &mut ())))
        .unwrap_or_else(|_| unusable("this trace uncovered a bug in litmuscope".to_string()))
}

/// The test of a name.
fn load(name: &str) -> Result<Test, String> {
    let inputs = Inputs::collect([name], &mut std::io::empty());
    if let Some(problem) = inputs.problems.into_iter().next() {
        return Err(problem);
    }
    let [input] = inputs.found.as_slice() else { return Err(format!("{name}: expected one test")) };
    let source = input.read().map_err(|error| error.to_string())?;
    source.parse().value.ok_or_else(|| format!("{name}: has errors, which `litmuscope run {name}` shows"))
}
