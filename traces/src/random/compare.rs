//! Running the engines on a test and comparing what they find.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use sim_core::axioms::{self, Model};
use sim_core::litmus::{Test, print};
use sim_core::outcome::{Completeness, Outcomes, State};
use sim_core::search;

use crate::load;
use crate::machine::Machine;
use crate::model::ModelText;

/// A way to find all final states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The search over words of stores.
    Search,
    /// Every reachable state of the visible machine.
    Machine,
    /// Candidate executions, judged by the model of the machine.
    Axioms,
}

impl Engine {
    /// All of them.
    pub const ALL: [Engine; 3] = [Engine::Search, Engine::Machine, Engine::Axioms];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Search => "search",
            Engine::Machine => "machine",
            Engine::Axioms => "axioms",
        }
    }
}

/// What an engine may use for one test.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most states.
    pub states: u64,
    /// Most time, if any bound is set.
    pub time: Option<Duration>,
    /// Jumps back that a thread may predict before any is decided.
    pub unroll: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { states: 400_000, time: None, unroll: 2 }
    }
}

/// The final states that two engines do not share, as results print them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which two engines.
    pub engines: [Engine; 2],
    /// The states that only the first has found, sorted.
    pub first: Vec<String>,
    /// The states that only the second has found, sorted.
    pub second: Vec<String>,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All engines found these states, so many of them.
    Equal(usize),
    /// Two engines differ.
    Differ(Difference),
    /// An engine could not find all states, for this reason.
    Open(String),
    /// The text is not a test: the first thing that is wrong with it.
    Refused(String),
}

/// Runs `engines` on the test in `text`, on the machine of its architecture.
pub fn compare(text: &str, engines: &[Engine], limits: &Limits) -> Verdict {
    let parsed = load::parse(text);
    match parsed.value {
        Some(test) => compare_test(&test, engines, limits),
        None => Verdict::Refused(parsed.diagnostics.first().map_or(String::new(), |d| d.message.clone())),
    }
}

/// Runs `engines` on a test. An engine that cannot find all states must still find none that another does not
/// have.
pub fn compare_test(test: &Test, engines: &[Engine], limits: &Limits) -> Verdict {
    let found: Vec<(Engine, Outcomes)> =
        engines.iter().map(|engine| (*engine, run(*engine, test, Machine::of(&test.arch), limits))).collect();
    let complete = |outcomes: &Outcomes| outcomes.completeness == Completeness::Complete;
    let Some((reference, all)) = found.iter().find(|(_, outcomes)| complete(outcomes)) else {
        return Verdict::Open("no engine found all states".to_string());
    };
    for (engine, outcomes) in &found {
        let first = only(test, &all.states, &outcomes.states);
        let second = only(test, &outcomes.states, &all.states);
        if !second.is_empty() || (complete(outcomes) && !first.is_empty()) {
            return Verdict::Differ(Difference { engines: [*reference, *engine], first, second });
        }
    }
    match found.iter().find(|(_, outcomes)| !complete(outcomes)) {
        Some((engine, outcomes)) => Verdict::Open(format!("{}: {:?}", engine.name(), outcomes.completeness)),
        None => Verdict::Equal(all.states.len()),
    }
}

/// Runs one engine within the limits.
pub fn run(engine: Engine, test: &Test, machine: Machine, limits: &Limits) -> Outcomes {
    let stop = AtomicBool::new(false);
    let Some(time) = limits.time else { return run_until(engine, test, machine, limits, &stop) };
    let (done, waiting) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(move || {
            if waiting.recv_timeout(time).is_err() {
                stop.store(true, Ordering::Relaxed);
            }
        });
        let outcomes = run_until(engine, test, machine, limits, stop);
        let _ = done.send(());
        outcomes
    })
}

fn run_until(engine: Engine, test: &Test, machine: Machine, limits: &Limits, stop: &AtomicBool) -> Outcomes {
    let (order, unroll) = (machine.order(), test.unroll.unwrap_or(limits.unroll));
    let options = search::Options { max_states: limits.states, ..search::Options::new(unroll, stop) };
    match engine {
        Engine::Search => search::outcomes(test, &order, &options).outcomes,
        Engine::Machine => search::visible::outcomes(test, &order, &options).outcomes,
        Engine::Axioms => {
            let options = axioms::Options { unroll, max_candidates: limits.states, stop: Some(stop) };
            let judged = model(machine, &test.arch)
                .and_then(|model| axioms::outcomes(test, &model, options).map_err(|p| format!("{p:?}")));
            judged.map_or_else(unjudged, |report| report.outcomes)
        }
    }
}

/// The project's own model of a machine.
fn model(machine: Machine, arch: &str) -> Result<Model, String> {
    ModelText::of(machine).model(arch).map_err(|problem| format!("{problem:?}"))
}

fn unjudged(limit: String) -> Outcomes {
    Outcomes { states: Vec::new(), completeness: Completeness::Truncated { limit, explored: 0 } }
}

fn only(test: &Test, these: &[State], those: &[State]) -> Vec<String> {
    let those: BTreeSet<&State> = those.iter().collect();
    let missing = these.iter().filter(|state| !those.contains(state));
    missing.map(|state| print::state(&test.program, &test.observables, state)).collect()
}
