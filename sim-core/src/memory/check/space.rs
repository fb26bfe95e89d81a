//! What can be searched.

use super::keys::Key;

/// A state space. States are keys of `N` numbers.
pub(super) trait Space<const N: usize>: Sync {
    /// What a thread needs to expand states.
    type Scratch: Send;
    /// What can be wrong.
    type Violation: Copy + Send + Sync;

    /// Fresh scratch.
    fn scratch(&self) -> Self::Scratch;

    /// Where it begins, and the shard of that.
    fn initial(&self, scratch: &mut Self::Scratch) -> (Key<N>, usize);

    /// Why no more states can be told apart, if so.
    fn limit(&self) -> Option<String> {
        None
    }

    /// Finds the successors of a state.
    ///
    /// # Errors
    ///
    /// Something is wrong with the state or with a step from it; what has been found by then does not matter.
    fn expand(
        &self,
        state: &Key<N>,
        scratch: &mut Self::Scratch,
        found: impl FnMut(Successor<N>),
    ) -> Result<(), Wrong<Self::Violation>>;
}

/// A successor of a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Successor<const N: usize> {
    /// The same state always has the same key during a search, but perhaps not in another one.
    pub(super) key: Key<N>,
    /// Where the key is kept: the same on every run.
    pub(super) shard: usize,
    /// How many steps lead there that count for one another.
    pub(super) weight: usize,
    /// Whether it is the one in whose direction the state comes to rest; at most one of a state's.
    pub(super) onward: bool,
}

/// What is wrong: with a state, or with a step from it, which is one step further away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrong<V> {
    pub(super) violation: V,
    pub(super) at_step: bool,
}
