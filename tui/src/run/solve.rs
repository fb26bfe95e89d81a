//! One test: load it, run it, and say what came out.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sim_core::axioms::{Model, Problem};
use sim_core::diagnostic::Diagnostic;
use sim_core::litmus::Test;
use sim_core::machine::Hardware;
use sim_core::order::Order;
use sim_core::outcome::{Completeness, Outcomes, State};
use sim_core::search::Progress;
use sim_core::search::visible::Transactions;
use traces::input::Input;
use traces::library::Entry;
use traces::load::{ReadError, Source};
use traces::machine::Machine;
use traces::model::ModelText;

use super::agree::{self, Disagreement};
use super::engine::{Engine, Failure, Found, Setting};
use super::stop::{Reason, Stopper};
use crate::cli::RunOptions;

/// What became of one input.
pub enum Finished {
    /// It could not be read.
    Unreadable(ReadError),
    /// Its text is no test.
    Invalid(Source, Vec<Diagnostic>),
    /// The options leave it out.
    Deselected,
    /// It was not begun before the user ended the run.
    NotBegun,
    /// The model cannot judge it.
    BadModel(Source, Box<Problem>),
    /// There is no such hardware for it, with the reason.
    BadHardware(Source, String),
    /// A bug of this program: the test's name and what the panic said.
    Crashed(String, String),
    /// It ran.
    Ran(Box<Ran>),
}

impl Finished {
    fn failed(source: Source, failure: Failure) -> Finished {
        match failure {
            Failure::Model(problem) => Finished::BadModel(source, problem),
            Failure::Hardware(reason) => Finished::BadHardware(source, reason),
        }
    }
}

/// A test that ran.
pub struct Ran {
    /// Where it came from.
    pub source: Source,
    /// The entry of the library that it came from, if it did.
    pub entry: Option<&'static Entry>,
    /// Warnings about its text.
    pub warnings: Vec<Diagnostic>,
    /// The test.
    pub test: Test,
    /// The machine it ran on.
    pub machine: Machine,
    /// The model that judged it, by the name of its file, if not that of the machine.
    pub model: Option<String>,
    /// Most stores in a store buffer, if bounded.
    pub store_buffer: Option<u32>,
    /// What stands between its cores and memory.
    pub hardware: Hardware,
    /// How the steps between caches were explored.
    pub transactions: Transactions,
    /// The final states that the architecture allows, if the hardware is not architectural and all are known.
    pub architecture: Option<Vec<State>>,
    /// What was found.
    pub found: Found,
    /// Where engines that checked it disagree.
    pub disagreements: Vec<Disagreement>,
    /// Engines that should have checked it and did not get to the end, with the reason.
    pub unchecked: Vec<(Engine, String)>,
    /// The final states of a sequentially consistent machine, if they were asked for and all are known.
    pub sequential: Option<Vec<State>>,
    /// How long it took, from text to result.
    pub time: Duration,
    /// How long each part of that took, by name.
    pub phases: Vec<(&'static str, Duration)>,
}

impl Ran {
    /// The final states.
    pub fn outcomes(&self) -> &Outcomes {
        &self.found.outcomes
    }

    /// Why more final states may exist, in words; `None` if these are all.
    pub fn incomplete(&self) -> Option<String> {
        self.outcomes().completeness.reason()
    }

    /// Whether it was ended by a limit and could have done with far fewer states.
    pub fn needs_whole_transactions(&self) -> bool {
        let truncated = matches!(self.outcomes().completeness, Completeness::Truncated { .. });
        let cached = self.hardware.caches.is_some() && self.hardware.is_coherent();
        truncated
            && cached
            && self.transactions == Transactions::Interleaved
            && self.found.by == Engine::Machine
    }

    /// Whether a final state is one that the architecture forbids.
    pub fn is_forbidden(&self, state: &State) -> bool {
        self.architecture.as_ref().is_some_and(|states| states.binary_search(state).is_err())
    }

    /// The answer to the condition; `None` if an incomplete result leaves it open.
    pub fn answer(&self) -> Option<bool> {
        let (outcomes, condition) = (self.outcomes(), &self.test.condition);
        outcomes.decided(condition).then(|| outcomes.holds(condition))
    }

    /// Whether a final state is one that a sequentially consistent machine cannot reach.
    pub fn is_weak(&self, state: &State) -> bool {
        self.sequential.as_ref().is_some_and(|states| states.binary_search(state).is_err())
    }
}

/// How the tests of one run are solved.
pub struct Solver<'a> {
    options: &'a RunOptions,
    /// Whether to look for the outcomes of a sequentially consistent machine too.
    sequential: bool,
    progress: &'a Progress,
    models: Models,
}

impl<'a> Solver<'a> {
    /// A solver; if `sequential`, for the outcomes of a sequentially consistent machine too.
    pub fn new(options: &'a RunOptions, sequential: bool, progress: &'a Progress) -> Solver<'a> {
        Solver { options, sequential, progress, models: Models::default() }
    }

    /// Solves one input. Never panics: a bug below is a value here.
    pub fn solve(&self, input: &Input, stopper: &Stopper) -> Finished {
        let source = match input.read() {
            Ok(source) => source,
            Err(error) => return Finished::Unreadable(error),
        };
        let name = source.name.clone();
        let solve = AssertUnwindSafe(|| {
            stopper.begin(self.options.limits.timeout);
            self.solve_source(source, input.entry(), stopper)
        });
        panic::catch_unwind(solve).unwrap_or_else(|payload| {
            let text = payload.downcast_ref::<&str>().map(|s| s.to_string());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Finished::Crashed(name, text.unwrap_or_default())
        })
    }

    fn solve_source(&self, source: Source, entry: Option<&'static Entry>, stopper: &Stopper) -> Finished {
        let start = Instant::now();
        let parsed = source.parse();
        let mut phases = Phases::new(start);
        phases.end("reading");
        let Some(mut test) = parsed.value else { return Finished::Invalid(source, parsed.diagnostics) };
        let excluded = self.options.without.contains(&test.name);
        if excluded || self.options.only.as_ref().is_some_and(|only| !only.contains(&test.name)) {
            return Finished::Deselected;
        }
        test = match self.options.revisions.apply(&source, test) {
            Ok(test) => test,
            Err((condition, diagnostics)) => return Finished::Invalid(condition, diagnostics),
        };
        test.mixed |= self.options.mixed;
        let machine = self.options.machine.unwrap_or_else(|| Machine::of(&test.arch));
        let (first, others) = Engine::chosen(self.options.engine);
        let order = machine.order();
        let hardware = &self.options.hardware;
        // Where engines are compared, only the machine has the hardware; the caches must not be seen.
        let alone = others.is_empty();
        let flat = Hardware::flat();
        let on = |engine: Engine| if alone || engine == Engine::Machine { hardware } else { &flat };
        let by = |engine: Engine| self.outcomes(engine, &test, (machine, &order), on(engine), stopper);
        let found = match by(first) {
            Ok(found) => found,
            Err(failure) => return Finished::failed(source, failure),
        };
        phases.end("finding outcomes");
        let others: Result<Vec<Found>, Failure> = others.iter().map(|other| by(*other)).collect();
        let others = match others {
            Ok(others) => others,
            Err(failure) => return Finished::failed(source, failure),
        };
        if !others.is_empty() {
            phases.end("checking with other engines");
        }
        let unchecked =
            others.iter().filter_map(|other| Some((other.by, other.outcomes.completeness.reason()?)));
        let searched = |machine: Machine, order: &Order| {
            let found = self.outcomes(Engine::Search, &test, (machine, order), &flat, stopper).ok()?;
            let complete = found.outcomes.completeness == Completeness::Complete;
            complete.then_some(found.outcomes.states)
        };
        let sequential = (self.sequential && machine != Machine::Sc)
            .then(|| searched(Machine::Sc, &Order::sc()))
            .flatten();
        if self.sequential {
            phases.end("finding which are weak");
        }
        let strange = !hardware.not_architectural().is_empty();
        let architecture = strange.then(|| searched(machine, &order)).flatten();
        if strange {
            phases.end("finding what the architecture allows");
        }
        Finished::Ran(Box::new(Ran {
            source,
            entry,
            warnings: parsed.diagnostics,
            test,
            machine,
            model: self.options.model.as_ref().map(|model| model.name().to_string()),
            store_buffer: self.options.limits.store_buffer,
            hardware: hardware.clone(),
            transactions: self.options.transactions,
            architecture,
            disagreements: agree::disagreements(&found, &others),
            unchecked: unchecked.collect(),
            found,
            sequential,
            time: start.elapsed(),
            phases: phases.ended,
        }))
    }

    fn outcomes(
        &self,
        engine: Engine,
        test: &Test,
        (machine, order): (Machine, &Order),
        hardware: &Hardware,
        stopper: &Stopper,
    ) -> Result<Found, Failure> {
        let limits = &self.options.limits;
        let order = order.buffered(limits.store_buffer);
        let model = || self.models.get(self.options, machine, &test.arch);
        let setting = Setting {
            order: &order,
            model: &model,
            hardware,
            transactions: self.options.transactions,
            limits,
            verdict_only: self.options.verdict_only && self.options.expect.is_none(),
            witness: self.options.witness,
            parallel: self.options.jobs > 1,
            progress: self.progress,
        };
        let (found, reason) = stopper.within(|stop| engine.outcomes(test, &setting, stop));
        let mut found = found?;
        if let (Some(reason), Completeness::Truncated { limit, .. }) =
            (reason, &mut found.outcomes.completeness)
        {
            *limit = match (reason, limits.timeout) {
                (Reason::Timeout, Some(timeout)) => format!("the time limit of {} s", timeout.as_secs_f64()),
                (Reason::Memory, _) => format!("the limit of {} MiB of memory", limits.max_memory >> 20),
                _ => "interrupted".to_string(),
            };
        }
        Ok(found)
    }
}

/// The parts of the time that a test takes.
struct Phases {
    since: Instant,
    ended: Vec<(&'static str, Duration)>,
}

impl Phases {
    fn new(since: Instant) -> Phases {
        Phases { since, ended: Vec::new() }
    }

    /// What has gone on since the last phase ended is one phase.
    fn end(&mut self, name: &'static str) {
        let now = Instant::now();
        self.ended.push((name, now - self.since));
        self.since = now;
    }
}

/// The models that were read so far, by machine and architecture.
#[derive(Default)]
struct Models(Mutex<Vec<(Machine, String, Arc<Model>)>>);

impl Models {
    /// The model of the options, or else that of the machine, for tests of an architecture.
    fn get(&self, options: &RunOptions, machine: Machine, arch: &str) -> Result<Arc<Model>, Box<Problem>> {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., model)) = read.iter().find(|(m, a, _)| *m == machine && a == arch) {
            return Ok(model.clone());
        }
        let own = || ModelText::of(machine);
        let model = Arc::new(options.model.clone().unwrap_or_else(own).model(arch)?);
        read.push((machine, arch.to_string(), model.clone()));
        Ok(model)
    }
}
