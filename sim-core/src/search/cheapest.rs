//! Dijkstra's algorithm over states that are found on the way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;

use indexmap::IndexMap;
use indexmap::map::Entry;

use super::words::Cost;

/// States found so far, each with the cheapest known way to it; a way is made of steps `E`.
#[derive(Debug)]
pub struct Cheapest<S, E> {
    found: IndexMap<S, Way<E>, foldhash::fast::FixedState>,
    /// Where to go on: cheapest first, and of those the one found first.
    open: BinaryHeap<Reverse<(Cost, usize)>>,
}

/// The last step of the cheapest known way to a state, with the index of the state before it.
#[derive(Debug)]
struct Way<E> {
    cost: Cost,
    last: Option<(usize, E)>,
}

impl<S: Hash + Eq, E: Clone> Cheapest<S, E> {
    /// A walk that begins at one state.
    pub fn new(initial: S) -> Cheapest<S, E> {
        let mut found = IndexMap::default();
        found.insert(initial, Way { cost: Cost::default(), last: None });
        Cheapest { found, open: BinaryHeap::from([Reverse((Cost::default(), 0))]) }
    }

    /// Number of states found.
    pub fn found(&self) -> usize {
        self.found.len()
    }

    /// The state with this index, one that was given out.
    pub fn state(&self, index: usize) -> Option<&S> {
        self.found.get_index(index).map(|(state, _)| state)
    }

    /// Takes the cheapest state that has not been taken at this cost: its index and its cost.
    pub fn take(&mut self) -> Option<(usize, Cost)> {
        loop {
            let Reverse((cost, index)) = self.open.pop()?;
            if self.found[index].cost == cost {
                return Some((index, cost));
            }
        }
    }

    /// A way leads to `state` at this cost, by `step` from the state with index `from`.
    pub fn reach(&mut self, state: S, cost: Cost, from: usize, step: E) {
        let way = Way { cost, last: Some((from, step)) };
        let index = match self.found.entry(state) {
            Entry::Occupied(known) if known.get().cost <= cost => return,
            Entry::Occupied(mut known) => {
                *known.get_mut() = way;
                known.index()
            }
            Entry::Vacant(new) => {
                let index = new.index();
                new.insert(way);
                index
            }
        };
        self.open.push(Reverse((cost, index)));
    }

    /// The steps of the cheapest known way to the state with this index.
    pub fn steps_to(&self, mut index: usize) -> Vec<E> {
        let mut steps = Vec::new();
        while let Some(Way { last: Some((from, step)), .. }) = self.found.get_index(index).map(|(_, w)| w) {
            steps.push(step.clone());
            index = *from;
        }
        steps.reverse();
        steps
    }
}
