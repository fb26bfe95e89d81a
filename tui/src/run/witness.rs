//! How final states come about: runs in words.

use std::sync::atomic::AtomicBool;

use serde::Serialize;
use sim_core::litmus::Test;
use sim_core::machine::Machine;
use sim_core::order::{Layout, Order};
use sim_core::search::Preference;
use sim_core::search::witness::{Run, Witnesses};

/// One step of the visible machine in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its name, as traces have it.
    pub step: String,
    /// What it does.
    pub sentence: String,
}

/// A run in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Accesses that complete before earlier ones of their thread, counted by pairs.
    pub inversions: u32,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// How one final state comes about; `None` where no run was put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// The run that stays closest to program order.
    pub clearest: Option<Told>,
    /// The run with the fewest steps.
    pub shortest: Option<Told>,
}

/// How each final state that was found comes about.
pub fn witnesses(test: &Test, order: &Order, found: &Witnesses<'_>, stop: &AtomicBool) -> Vec<Witness> {
    let tell = |run: Run| tell(test, order, found.unroll, &run);
    let told = |state, preference| found.run(state, preference, stop).map(tell);
    (0..found.report.outcomes.states.len())
        .map(|state| Witness {
            clearest: told(state, Preference::Clearest),
            shortest: told(state, Preference::Shortest),
        })
        .collect()
}

fn tell(test: &Test, order: &Order, unroll: u32, run: &Run) -> Told {
    let layout = Layout::new(&test.program);
    let mut machine = Machine::new(test, order, &layout, unroll);
    let mut state = machine.initial();
    let mut steps = Vec::with_capacity(run.steps.len());
    for step in &run.steps {
        let told = Step { step: machine.name(&state, step), sentence: machine.story(&state, step) };
        let Some(next) = machine.apply(&state, step) else { break };
        steps.push(told);
        state = next;
    }
    Told { inversions: run.inversions, steps }
}
