//! A piece of a batch: what one thread does at a time.

use super::keys::Key;
use super::space::{Space, Wrong};
use super::store::{Id, SHARDS, Store};

/// Some states of a batch and what comes of them; its memory is used again.
pub(super) struct Piece<const N: usize, V> {
    pub(super) states: Vec<Id>,
    /// The successors by shard.
    pub(super) found: [Vec<Key<N>>; SHARDS],
    /// The states that come to rest in the direction of a successor: its shard, and its place in `found`.
    pub(super) onward: Vec<(Id, usize, usize)>,
    pub(super) steps: usize,
    pub(super) wrong: Option<(Id, Wrong<V>)>,
}

impl<const N: usize, V: Copy> Piece<N, V> {
    pub(super) fn new() -> Piece<N, V> {
        Piece { states: vec![], found: [const { vec![] }; SHARDS], onward: vec![], steps: 0, wrong: None }
    }

    /// Expands the states.
    pub(super) fn expand<S: Space<N, Violation = V>>(
        &mut self,
        space: &S,
        store: &Store<N>,
        scratch: &mut S::Scratch,
    ) {
        let Piece { states, found, onward, steps, wrong } = self;
        found.iter_mut().for_each(Vec::clear);
        onward.clear();
        *steps = 0;
        for &state in &*states {
            let result = space.expand(store.get(state), scratch, |successor| {
                let keys = &mut found[successor.shard];
                if successor.onward {
                    onward.push((state, successor.shard, keys.len()));
                }
                keys.push(successor.key);
                *steps += successor.weight;
            });
            if let Err(error) = result {
                *wrong = nearer(*wrong, Some((state, error)));
            }
        }
    }
}

/// The nearer of two violations at states of one level, the first if they are equally near.
pub(super) fn nearer<V>(
    one: Option<(Id, Wrong<V>)>,
    other: Option<(Id, Wrong<V>)>,
) -> Option<(Id, Wrong<V>)> {
    match (&one, &other) {
        (Some((_, one)), Some((_, other))) if one.at_step <= other.at_step => {}
        (_, None) => {}
        (None | Some(_), Some(_)) => return other,
    }
    one
}
