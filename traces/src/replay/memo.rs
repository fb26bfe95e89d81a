//! What is remembered of a machine: a step that was taken from a state leads to the same state each time.

use std::sync::Arc;

use indexmap::IndexMap;
use sim_core::machine::{State, Step};
use smallvec::SmallVec;

/// Steps by the state that they were taken from, and by their name. A trace that comes back to a state, and the next trace
/// of the same test, find there what they need.
#[derive(Debug, Default)]
pub(super) struct Memo {
    states: IndexMap<Arc<State>, SmallVec<[Known; 1]>, foldhash::fast::FixedState>,
    /// The place of the state that was reached last.
    here: usize,
    recalled: usize,
    noted: usize,
    /// Whether states hardly ever come back, so that remembering them costs more than it saves.
    useless: bool,
}

/// A step that was taken.
#[derive(Debug)]
struct Known {
    /// Its name and its effect, one behind the other, and how long the name is.
    texts: Box<str>,
    name: usize,
    step: Step,
    /// The place of the state that it leads to.
    to: usize,
}

impl Known {
    fn name(&self) -> &str {
        &self.texts[..self.name]
    }

    fn effect(&self) -> &str {
        &self.texts[self.name..]
    }
}

impl Memo {
    /// Not more states than this are remembered.
    const STATES_MAX: usize = 2048;

    /// After this many new steps it is looked whether remembering them is of use: whether it spares at least one step for
    /// each [`NEW_PER_SPARED`](Self::NEW_PER_SPARED).
    const TRIAL: usize = 1024;
    const NEW_PER_SPARED: usize = 3;

    /// The step called `name` with the state that it leads to, if it was taken from `from` before; its effect is appended to
    /// `effect`.
    pub(super) fn recall(
        &mut self,
        from: &Arc<State>,
        name: &str,
        effect: &mut String,
    ) -> Option<(Step, Arc<State>)> {
        let from = self.place(from)?;
        let known = self.states[from].iter().find(|known| known.name() == name)?;
        let (next, _) = self.states.get_index(known.to)?;
        effect.push_str(known.effect());
        self.here = known.to;
        self.recalled += 1;
        Some((known.step, Arc::clone(next)))
    }

    /// Remembers a step from `from` to `next`.
    pub(super) fn note(
        &mut self,
        from: &Arc<State>,
        name: &str,
        effect: &str,
        step: Step,
        next: State,
    ) -> Arc<State> {
        if self.noted == Self::TRIAL {
            self.useless = self.recalled * Self::NEW_PER_SPARED < self.noted;
            (self.recalled, self.noted) = (0, 0);
            if self.useless {
                self.forget();
            }
        }
        if self.useless {
            return Arc::new(next);
        }
        if self.states.len() + 2 > Self::STATES_MAX {
            self.forget();
        }
        self.noted += 1;
        let from = self.place(from).unwrap_or_else(|| self.add(Arc::clone(from)));
        let to = self.states.get_index_of(&next).unwrap_or_else(|| self.add(Arc::new(next)));
        self.states[from].push(Known { texts: [name, effect].concat().into(), name: name.len(), step, to });
        self.here = to;
        Arc::clone(self.states.get_index(to).expect("it is there").0)
    }

    /// Forgets everything: the states are another machine's from now on, or there are too many.
    pub(super) fn forget(&mut self) {
        self.states.clear();
    }

    fn place(&self, state: &Arc<State>) -> Option<usize> {
        match self.states.get_index(self.here) {
            Some((here, _)) if Arc::ptr_eq(here, state) => Some(self.here),
            _ => self.states.get_index_of(&**state),
        }
    }

    fn add(&mut self, state: Arc<State>) -> usize {
        self.states.insert_full(state, SmallVec::new()).0
    }
}
