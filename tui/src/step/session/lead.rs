//! Which step leads to one that is wanted: stores enter the buffer first, lines have to be brought.

use sim_core::machine::{CacheStep, State, Step};

use super::{Session, is_under_way};

/// Steps that are taken at most for the sake of one.
const STEPS_MAX: usize = 64;

impl Session<'_> {
    /// The step to take next by default: toward the goal, else the first.
    pub fn suggested(&self) -> usize {
        let Some(next) = self.goal.as_ref().and_then(|g| g.way.as_ref()).and_then(|w| w.first()) else {
            return 0;
        };
        self.toward(&self.history.now().item.state, &self.steps, next).unwrap_or(0)
    }

    /// The one of `steps`, which `state` allows, that leads to `wanted`.
    fn toward(&self, state: &State, steps: &[Step], wanted: &Step) -> Option<usize> {
        let find = |test: &dyn Fn(&Step) -> bool| steps.iter().position(test);
        let core = wanted.core();
        let issue = |step: &Step| matches!(step, Step::Issue { .. });
        let lines = match *wanted {
            Step::Issue { core, event }
            | Step::Load { core, event }
            | Step::Guess { core, event, .. }
            | Step::Drain { core, event } => self.machine.lines_of(state, core, event),
            Step::Predict { .. } | Step::Cache { .. } => Vec::new(),
        };
        let brings = |step: &Step| match step {
            Step::Cache { core: own, step: CacheStep::Demand { line, .. } } => {
                *own == core && lines.contains(&usize::from(*line))
            }
            _ => false,
        };
        find(&|s| s == wanted)
            .or_else(|| find(&|s| issue(s) && s.core() == core))
            .or_else(|| find(&is_under_way))
            .or_else(|| find(&brings))
            .or_else(|| find(&|s| matches!(s, Step::Cache { core: own, .. } if *own == core)))
            .or_else(|| find(&issue))
    }

    /// Takes the step with this name, and before it what makes it possible. Returns whether that succeeded.
    pub(super) fn bring_about(&mut self, name: &str) -> bool {
        for _ in 0..STEPS_MAX {
            let state = self.history.now().item.state.clone();
            let steps = self.machine.enabled(&state);
            if let Some(step) = steps.iter().find(|step| self.machine.name(&state, step) == name) {
                return self.advance(*step);
            }
            let Some(wanted) = self.wanted(&state, name) else { return false };
            let helps = self.toward(&state, &steps, &wanted).map(|index| steps[index]);
            match helps.filter(|step| matches!(step, Step::Cache { .. })) {
                Some(step) if self.advance(step) => {}
                _ => return false,
            }
        }
        false
    }

    /// The access with this name, even if it is not possible now.
    fn wanted(&self, state: &State, name: &str) -> Option<Step> {
        let accesses = (0..state.cores.len()).flat_map(|core| {
            let events = self.machine.tree(core).path(state.cores[core].window.node).events.len();
            (0..events).flat_map(move |event| [Step::Load { core, event }, Step::Drain { core, event }])
        });
        accesses.into_iter().find(|step| self.machine.name(state, step) == name)
    }
}
