//! `litmuscope run`: many tests, in parallel, reported in order.

mod agree;
pub mod batch;
mod engine;
mod expect;
mod herd;
mod json;
pub mod progress;
mod report;
pub mod revise;
mod solve;
mod stop;
pub mod text;
mod witness;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use sim_core::axioms::Problem;
use sim_core::search::Progress;
use traces::input::{Input, Inputs};
use traces::load::{Source, said};

use crate::cli::{Format, RunOptions, Status};
use crate::render;
use expect::Expectations;
use progress::{Bar, Spinner};
use report::Reporter;
use solve::{Finished, Solver};
use stop::Stopper;

/// Runs the tests that the options name.
pub fn run(options: &RunOptions) -> Status {
    stop::catch_interrupts();
    let inputs = Inputs::collect(options.names.iter().map(String::as_str), &mut io::stdin().lock());
    let mut status = Status::Done;
    for problem in &inputs.problems {
        render::error(problem);
        status = status.and(bad_input(options));
    }
    let tests = &inputs.found[options.shard.range(inputs.found.len())];
    let (expectations, sink) = match (Expectations::open(options), Sink::open(options)) {
        (Ok(expectations), Ok(sink)) => (expectations, sink),
        (Err(message), _) | (_, Err(message)) => {
            render::error(&message);
            return Status::BadInput;
        }
    };
    if tests.is_empty() || (options.stop_at_bad_input && !inputs.problems.is_empty()) {
        return status;
    }
    status.and(run_all(options, tests, expectations, sink))
}

/// What a test that cannot be used makes of the run.
fn bad_input(options: &RunOptions) -> Status {
    if options.forgiving && !options.stop_at_bad_input { Status::Done } else { Status::BadInput }
}

fn run_all(options: &RunOptions, tests: &[Input], expectations: Option<Expectations>, sink: Sink) -> Status {
    let workers = options.jobs.min(tests.len());
    let progress = Progress::default();
    let sequential = options.format == Format::Text && tests.len() == 1;
    let solver = Solver::new(options, sequential, &progress);
    let stoppers: Vec<Stopper> = (0..workers).map(|_| Stopper::default()).collect();
    let mut driver = Driver {
        options,
        reporter: Reporter::new(options, tests.len(), sink.terminal),
        expectations,
        out: sink.out,
        bar: Bar::new(tests.len(), "tests"),
        seen: BTreeMap::new(),
        said: None,
        status: Status::Done,
        not_begun: 0,
    };
    thread::scope(|scope| {
        let _watch = stop::watch(scope, &stoppers, options.limits.max_memory);
        let _spinner = (options.progress && tests.len() == 1).then(|| spin(scope, &progress));
        let work = |worker: usize, index: usize| {
            if stop::interrupted() {
                Finished::NotBegun
            } else {
                solver.solve(&tests[index], &stoppers[worker])
            }
        };
        batch::ordered(tests.len(), workers, work, |_, finished| driver.report(finished));
    });
    driver.finish(tests.len())
}

/// Shows the progress of a single search until the result is dropped.
fn spin<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    progress: &'scope Progress,
) -> std::sync::mpsc::Sender<()> {
    use std::sync::atomic::Ordering::Relaxed;
    use std::sync::mpsc::{self, RecvTimeoutError};
    let (alive, gone) = mpsc::channel();
    scope.spawn(move || {
        let (start, spinner) = (Instant::now(), Spinner::new(true));
        while let Err(RecvTimeoutError::Timeout) = gone.recv_timeout(Duration::from_millis(100)) {
            spinner.show(progress.states.load(Relaxed), progress.frontier.load(Relaxed), start.elapsed());
        }
        spinner.clear();
    });
    alive
}

/// Where results go.
struct Sink {
    out: Box<dyn Write>,
    /// Whether a person looks at it.
    terminal: bool,
}

impl Sink {
    fn open(options: &RunOptions) -> Result<Sink, String> {
        use std::io::IsTerminal as _;
        let Some(path) = &options.out else {
            let terminal = io::stdout().is_terminal();
            return Ok(Sink { out: Box::new(anstream::stdout()), terminal });
        };
        let file = File::create(path).map_err(|error| format!("{}: {}", path.display(), said(&error)))?;
        Ok(Sink { out: Box::new(anstream::StripStream::new(file)), terminal: false })
    }
}

/// Takes results in order, and says and counts what they mean.
struct Driver<'a> {
    options: &'a RunOptions,
    reporter: Reporter<'a>,
    expectations: Option<Expectations>,
    out: Box<dyn Write>,
    bar: Bar,
    /// The tests so far: from architecture and name to hash and file.
    seen: BTreeMap<(String, String), (String, String)>,
    /// What was last said about a model.
    said: Option<Problem>,
    status: Status,
    not_begun: usize,
}

impl Driver<'_> {
    fn report(&mut self, finished: Finished) -> ControlFlow<()> {
        self.bar.step();
        let before = self.status;
        match finished {
            Finished::Deselected => {}
            Finished::NotBegun => self.not_begun += 1,
            Finished::Unreadable(error) => self.fail(&error.name, &error.to_string()),
            Finished::Crashed(name, panic) => {
                let message = format!("{name}: this test uncovered a bug in litmuscope: {panic}");
                self.fail(&name, &message);
            }
            Finished::BadModel(source, problem) => {
                self.bad_model(*problem);
                self.fail(&source.name, &format!("{}: the model cannot judge this test", source.name));
            }
            Finished::BadHardware(source, reason) => {
                self.fail(&source.name, &format!("{}: {reason}", source.name))
            }
            Finished::Invalid(source, diagnostics) => {
                self.status = self.status.and(bad_input(self.options));
                let text = render::diagnostics(&source, &diagnostics);
                self.bar.aside(|| anstream::eprint!("{text}"));
                let line = self.reporter.invalid(&source, &diagnostics);
                self.write(&line);
            }
            Finished::Ran(ran) => self.ran(&ran),
        }
        let failed = self.status == Status::BadInput && before != Status::BadInput;
        if self.options.stop_at_bad_input && failed {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Says what is wrong with a model, unless that was the last thing said about one.
    fn bad_model(&mut self, problem: Problem) {
        if self.said.as_ref() == Some(&problem) {
            return;
        }
        let model = Source::new(problem.file.name.clone(), problem.file.text.clone());
        let text = render::diagnostics(&model, std::slice::from_ref(&problem.diagnostic));
        self.bar.aside(|| anstream::eprint!("{text}"));
        self.said = Some(problem);
    }

    fn ran(&mut self, ran: &solve::Ran) {
        let (name, file) = (&ran.test.name, &ran.source.name);
        let key = (ran.test.arch.clone(), name.clone());
        if let Some((hash, first)) = self.seen.get(&key) {
            if *hash == ran.test.hash {
                let note = format!("note: {file}: test {name} was run already, from {first}");
                return self.bar.aside(|| anstream::eprintln!("{note}"));
            }
            let arch = &ran.test.arch;
            let message = format!("{file}: another {arch} test called {name} was run already, from {first}");
            return self.fail(file, &message);
        }
        self.seen.insert(key, (ran.test.hash.clone(), file.clone()));
        if !ran.warnings.is_empty() {
            let text = render::diagnostics(&ran.source, &ran.warnings);
            self.bar.aside(|| anstream::eprint!("{text}"));
        }
        if ran.incomplete().is_some() {
            self.status = self.status.and(Status::Incomplete);
        }
        for (engine, reason) in &ran.unchecked {
            self.status = self.status.and(Status::Incomplete);
            let note = format!("note: {file}: the {} did not get to the end: {reason}", engine.name());
            self.bar.aside(|| anstream::eprintln!("{note}"));
        }
        if !ran.disagreements.is_empty() {
            self.status = self.status.and(Status::Failed);
            let text = agree::describe(&ran.test, file, &ran.disagreements);
            self.bar.aside(|| anstream::eprint!("{text}"));
        }
        if let Some(expectations) = &mut self.expectations {
            let difference = expectations.compare(ran);
            self.bar.aside(|| anstream::eprint!("{difference}"));
        }
        let text = self.reporter.ran(ran);
        self.write(&text);
    }

    fn fail(&mut self, file: &str, message: &str) {
        self.status = self.status.and(bad_input(self.options));
        self.bar.aside(|| render::error(message));
        let line = self.reporter.failed(file, message);
        self.write(&line);
    }

    /// Writes results at once. Where nobody reads them, the run ends as if interrupted.
    fn write(&mut self, text: &str) {
        let out = &mut self.out;
        let written = self.bar.aside(|| out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        if let Err(error) = written {
            if error.kind() != io::ErrorKind::BrokenPipe && !stop::interrupted() {
                render::error(&format!("cannot write results: {}", said(&error)));
                self.status = self.status.and(Status::BadInput);
            }
            stop::interrupt();
        }
    }

    fn finish(mut self, tests: usize) -> Status {
        self.bar.clear();
        let end = self.reporter.end();
        self.write(&end);
        if self.not_begun > 0 {
            self.status = self.status.and(Status::Incomplete);
            anstream::eprintln!("interrupted: {} of {tests} tests were not begun", self.not_begun);
        }
        if let Some(expectations) = self.expectations {
            let partial = self.not_begun > 0 || self.options.shard.of > 1;
            let (summary, held) = expectations.summary(partial);
            anstream::eprint!("{summary}");
            if !held {
                self.status = self.status.and(Status::Failed);
            }
        }
        self.status
    }
}
