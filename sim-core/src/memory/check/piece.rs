//! A piece of a batch: what one thread does at a time.

use super::space::{Space, Successors, Wrong};
use super::store::{self, Id, SHARDS, Store};

/// Some states of a batch and what comes of them; its memory is used again.
pub(super) struct Piece<S: Space> {
    pub(super) scratch: S::Scratch,
    pub(super) states: Vec<Id>,
    pub(super) found: Successors,
    /// For each of `found.onward`, the state that it is a successor of.
    pub(super) onward: Vec<Id>,
    /// The successors by shard.
    pub(super) sorted: [Vec<Found>; SHARDS],
    pub(super) wrong: Option<(Id, Wrong<S::Violation>)>,
}

/// A successor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) hash: u64,
    /// Its place in `found`.
    pub(super) number: u32,
    /// Its place in `onward`, if it has one.
    pub(super) onward: Option<u32>,
}

impl<S: Space> Piece<S> {
    pub(super) fn new(space: &S) -> Piece<S> {
        Piece {
            scratch: space.scratch(),
            states: vec![],
            found: Successors::default(),
            onward: vec![],
            sorted: [const { vec![] }; SHARDS],
            wrong: None,
        }
    }

    /// Expands the states.
    pub(super) fn expand(&mut self, space: &S, store: &Store) {
        self.found.clear();
        self.onward.clear();
        for &state in &self.states {
            if let Err(wrong) = space.expand(store.get(state), &mut self.scratch, &mut self.found) {
                self.wrong = nearer(self.wrong, Some((state, wrong)));
            }
            if self.found.onward.len() > self.onward.len() {
                self.onward.push(state);
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.sorted.iter_mut().for_each(Vec::clear);
        let mut onward = self.found.onward.iter().zip(0..).peekable();
        for (words, number) in self.found.iter().zip(0..) {
            let hash = store::hash(words);
            let onward = onward.next_if(|&(&at, _)| at == number).map(|(_, place)| place);
            self.sorted[store::shard_of(hash)].push(Found { hash, number, onward });
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
