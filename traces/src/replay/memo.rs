//! What is remembered of a machine: a step that was taken from a state leads to the same state each time.

use std::hash::{BuildHasher as _, Hash, Hasher};
use std::sync::Arc;

use indexmap::IndexMap;
use sim_core::machine::{State, Step};
use smallvec::SmallVec;

/// Steps by the state that they were taken from, and by their name. A trace that comes back to a state, and the next trace
/// of the same test, find there what they need.
#[derive(Debug, Default)]
pub(super) struct Memo {
    states: IndexMap<Key, SmallVec<[Known; 1]>, foldhash::fast::FixedState>,
    /// The place of the state that was reached last.
    here: usize,
    recalled: usize,
    noted: usize,
    /// Whether states hardly ever come back, so that remembering them costs more than it saves.
    useless: bool,
}

/// A state with its hash, which takes longer to compute than all else about it.
#[derive(Debug)]
struct Key {
    state: Arc<State>,
    hash: u64,
}

impl Key {
    fn of(state: Arc<State>) -> Key {
        let hash = foldhash::fast::FixedState::default().hash_one(&*state);
        Key { state, hash }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.hash == other.hash && (Arc::ptr_eq(&self.state, &other.state) || self.state == other.state)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
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
    const NEW_PER_SPARED: usize = 2;

    /// Remembers nothing.
    pub(super) fn of_nothing() -> Memo {
        Memo { useless: true, ..Memo::default() }
    }

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
        Some((known.step, Arc::clone(&next.state)))
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
        let from = self.place(from).unwrap_or_else(|| self.add(Key::of(Arc::clone(from))));
        let to = self.add(Key::of(Arc::new(next)));
        self.states[from].push(Known { texts: [name, effect].concat().into(), name: name.len(), step, to });
        self.here = to;
        Arc::clone(&self.states.get_index(to).expect("it is there").0.state)
    }

    /// Forgets everything: the states are another machine's from now on, or there are too many.
    pub(super) fn forget(&mut self) {
        self.states.clear();
    }

    fn place(&self, state: &Arc<State>) -> Option<usize> {
        match self.states.get_index(self.here) {
            Some((here, _)) if Arc::ptr_eq(&here.state, state) => Some(self.here),
            _ if self.states.is_empty() => None,
            _ => self.states.get_index_of(&Key::of(Arc::clone(state))),
        }
    }

    /// The place of a state, which gets one if it has none.
    fn add(&mut self, key: Key) -> usize {
        let entry = self.states.entry(key);
        let place = entry.index();
        entry.or_default();
        place
    }
}
