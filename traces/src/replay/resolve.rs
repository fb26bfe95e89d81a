//! From the name of a step to the step, without listing what is possible.

use indexmap::IndexMap;
use sim_core::machine::{Machine, State, Step};

/// Remembers what names have meant. A name means one step in one state, and in most states the same.
#[derive(Debug, Default)]
pub struct Resolver {
    known: IndexMap<Box<str>, Vec<Step>, foldhash::fast::FixedState>,
}

impl Resolver {
    /// Not more names than this are remembered, and not more meanings of each.
    const NAMES_MAX: usize = 4096;
    const MEANINGS_MAX: usize = 16;

    /// The step called `name`, and the state after it; `None` if `state` does not allow it.
    pub fn take(&mut self, machine: &mut Machine<'_>, state: &State, name: &str) -> Option<(Step, State)> {
        for step in self.known.get(name).into_iter().flatten() {
            if machine.allows(state, step)
                && machine.name(state, step) == name
                && let Some(next) = machine.apply(state, step)
            {
                return Some((*step, next));
            }
        }
        let step = machine.enabled(state).into_iter().find(|step| machine.name(state, step) == name)?;
        let next = machine.apply(state, &step)?;
        self.remember(name, step);
        Some((step, next))
    }

    fn remember(&mut self, name: &str, step: Step) {
        if self.known.len() >= Self::NAMES_MAX {
            self.known.clear();
        }
        let meanings = self.known.entry(name.into()).or_default();
        if meanings.len() >= Self::MEANINGS_MAX {
            meanings.clear();
        }
        meanings.push(step);
    }
}
