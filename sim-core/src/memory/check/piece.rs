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
    pub(super) hashes: Vec<u64>,
    /// For each of `found.onward`, the state that it is a successor of, and its own number once that is known.
    pub(super) onward: Vec<(Id, Id)>,
    /// Successors that are not known, by shard.
    pub(super) fresh: [Vec<Fresh>; SHARDS],
    pub(super) wrong: Option<(Id, Wrong<S::Violation>)>,
}

/// A successor that is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fresh {
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
            hashes: vec![],
            onward: vec![],
            fresh: [const { vec![] }; SHARDS],
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
                self.onward.push((state, Id::NONE));
            }
        }
        self.look_up(store);
    }

    /// Looks the successors up, and sorts out which are not known.
    fn look_up(&mut self, store: &Store) {
        self.hashes.clear();
        self.hashes.extend(self.found.iter().map(store::hash));
        self.fresh.iter_mut().for_each(Vec::clear);
        let mut onward = self.found.onward.iter().zip(0..).peekable();
        for (block, hashes) in self.hashes.chunks(ABREAST).enumerate() {
            black_box(hashes.iter().fold(0, |sum, &hash| sum ^ store.touch_slot(hash)));
            black_box(hashes.iter().fold(0, |sum, &hash| sum ^ store.touch_string(hash)));
            for (number, &hash) in ((block * ABREAST) as u32..).zip(hashes) {
                let onward = onward.next_if(|&(&at, _)| at == number).map(|(_, place)| place);
                match (store.find(self.found.get(number), hash), onward) {
                    (None, _) => self.fresh[store::shard_of(hash)].push(Fresh { number, onward }),
                    (Some(known), Some(place)) => self.onward[place as usize].1 = known,
                    (Some(_), None) => {}
                }
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
