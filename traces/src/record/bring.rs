//! What has to happen between caches before an access can complete.

use sim_core::machine::{CacheStep, Machine, State, Step};
use sim_core::memory::system::Demand;

/// The next step between caches on the way to `step`, which `state` does not allow: what is under way goes on first,
/// then the cache asks for a line that the access touches, or makes room for it. `None` if nothing leads there.
pub fn toward(machine: &mut Machine<'_>, state: &State, step: &Step) -> Option<Step> {
    let (core, event) = match *step {
        Step::Load { core, event } | Step::Guess { core, event, .. } | Step::Drain { core, event } => {
            (core, event)
        }
        Step::Predict { .. } | Step::Issue { .. } | Step::Cache { .. } => return None,
    };
    if let Some(moving) = under_way(machine, state) {
        return Some(moving);
    }
    let lines = machine.lines_of(state, core, event);
    let demands = machine.enabled(state).into_iter().filter(|step| step.core() == core);
    let mut demands: Vec<(Step, usize, Demand)> = demands
        .filter_map(|step| match step {
            Step::Cache { step: CacheStep::Demand { line, demand }, .. } => Some((step, line.into(), demand)),
            _ => None,
        })
        .collect();
    demands.sort_by_key(|(_, line, demand)| (!lines.contains(line), *demand != Demand::Evict));
    demands.first().map(|(step, ..)| *step)
}

/// The first step by which something that is under way between caches goes on.
pub fn under_way(machine: &mut Machine<'_>, state: &State) -> Option<Step> {
    state.caches.as_ref()?;
    let moves = |step: &Step| matches!(step, Step::Cache { step, .. } if !matches!(step, CacheStep::Demand { .. } | CacheStep::Invalidate { .. }));
    machine.enabled(state).into_iter().find(moves)
}
