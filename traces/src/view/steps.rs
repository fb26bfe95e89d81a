//! Steps as views.

use sim_core::machine::{Machine, State, Step};

use super::{StepView, bytes};

/// The view of a step that `state` allows.
pub fn view(machine: &Machine<'_>, state: &State, step: &Step) -> StepView {
    let core = step.core();
    let node = machine.tree(core).node(state.cores[core].window.node);
    let event = event(step);
    let pc = match event {
        None if matches!(step, Step::Cache { .. }) => None,
        Some(e) => node.path().events[e].taken.map(|t| node.path().taken[usize::from(t)].pc as usize),
        None => Some(node.pc as usize),
    };
    StepView {
        name: machine.name(state, step),
        core,
        kind: kind(step).to_string(),
        pc,
        bytes: event.and_then(|event| bytes(machine, state, core, event)),
        sentence: machine.sentence(state, step),
        rule: machine.overtaking_sentence(state, step),
    }
}

/// The event on the core's path that a step is about.
pub(super) fn event(step: &Step) -> Option<usize> {
    match *step {
        Step::Predict { .. } | Step::Cache { .. } => None,
        Step::Issue { event, .. }
        | Step::Load { event, .. }
        | Step::Guess { event, .. }
        | Step::Drain { event, .. } => Some(event),
    }
}

/// What kind of step.
fn kind(step: &Step) -> &'static str {
    match step {
        Step::Predict { .. } => "predict",
        Step::Issue { .. } => "buffer",
        Step::Load { .. } => "load",
        Step::Guess { .. } | Step::Drain { .. } => "drain",
        Step::Cache { .. } => "cache",
    }
}
