//! A piece of a batch: what one thread does at a time.

use std::hint::black_box;

use super::space::{Space, Successors, Wrong};
use super::store::{self, Id, SHARDS, Store};

/// Successors that are looked up side by side.
const ABREAST: usize = 64;

/// Some states of a batch and what comes of them; its memory is used again.
pub(super) struct Piece<S: Space> {
    pub(super) scratch: S::Scratch,
    pub(super) states: Vec<Id>,
    pub(super) found: Successors,
    /// For each of `found.onward`, the state that it is a successor of.
    pub(super) from: Vec<Id>,
    pub(super) hashes: Vec<u64>,
    /// The numbers of the successors, where known.
    pub(super) known: Vec<Option<Id>>,
    /// Successors that are not known, by shard.
    pub(super) fresh: [Vec<u32>; SHARDS],
    pub(super) wrong: Option<(Id, Wrong<S::Violation>)>,
}

impl<S: Space> Piece<S> {
    pub(super) fn new(space: &S) -> Piece<S> {
        Piece {
            scratch: space.scratch(),
            states: vec![],
            found: Successors::default(),
            from: vec![],
            hashes: vec![],
            known: vec![],
            fresh: [const { vec![] }; SHARDS],
            wrong: None,
        }
    }

    /// Expands the states.
    pub(super) fn expand(&mut self, space: &S, store: &Store) {
        self.found.clear();
        self.from.clear();
        for &state in &self.states {
            if let Err(wrong) = space.expand(store.get(state), &mut self.scratch, &mut self.found) {
                self.wrong = nearer(self.wrong, Some((state, wrong)));
            }
            if self.found.onward.len() > self.from.len() {
                self.from.push(state);
            }
        }
        self.look_up(store);
    }

    /// Looks the successors up, and sorts out which are not known.
    fn look_up(&mut self, store: &Store) {
        self.hashes.clear();
        self.hashes.extend(self.found.iter().map(store::hash));
        self.known.clear();
        self.fresh.iter_mut().for_each(Vec::clear);
        for (block, hashes) in self.hashes.chunks(ABREAST).enumerate() {
            black_box(hashes.iter().fold(0, |sum, &hash| sum ^ store.touch_slot(hash)));
            black_box(hashes.iter().fold(0, |sum, &hash| sum ^ store.touch_string(hash)));
            for (number, &hash) in (block * ABREAST..).zip(hashes) {
                let known = store.find(self.found.get(number), hash);
                if known.is_none() {
                    self.fresh[store::shard_of(hash)].push(number as u32);
                }
                self.known.push(known);
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
