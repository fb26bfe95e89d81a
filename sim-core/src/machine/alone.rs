//! One core against a given sequence of completed stores, whatever the other cores do.

use super::{Machine, State, Step};
use crate::core::Write;
use crate::order::{Mask, bits};
use crate::outcome::State as FinalState;

impl Machine<'_> {
    /// What a step writes to memory; `None` if it completes no store, or `state` does not allow it.
    pub(crate) fn completes(&self, state: &State, step: &Step) -> Option<Write> {
        match *step {
            Step::Drain { core, event } => self.draining(state, core, event),
            Step::Guess { .. } => self.guessed(state, step),
            _ => None,
        }
    }

    /// The state after a store of another core has completed, as far as `core` and memory know; `None` if
    /// `core` would have to undo a store that has completed.
    pub(crate) fn observe(&mut self, state: &State, core: usize, write: Write) -> Option<State> {
        if self.refuses(state, core, write) {
            return None;
        }
        let mut next = state.clone();
        next.memory.write(write);
        self.strike(&mut next, core, write)?;
        Some(next)
    }

    /// Whether a thread has ended with the registers of a final state, all its stores being completed.
    pub(crate) fn ends_in(&self, state: &State, core: usize, wanted: &FinalState) -> bool {
        self.has_ended(state, core)
            && self.observed(state, core).is_some_and(|registers| self.shape.agrees(wanted, core, &registers))
    }

    /// How many earlier accesses of its thread have not completed when a step completes one; 1 for a
    /// prediction.
    pub fn inversions(&self, state: &State, step: &Step) -> u32 {
        match *step {
            Step::Predict { .. } => 1,
            Step::Issue { .. } | Step::Cache { .. } => 0,
            Step::Load { core, event } | Step::Guess { core, event, .. } | Step::Drain { core, event } => {
                let window = &state.cores[core].window;
                let path = self.trees[core].path(window.node);
                let earlier: Mask = (path.loads | path.stores) & !window.done & ((1 << event) - 1);
                bits(earlier).count() as u32
            }
        }
    }
}
