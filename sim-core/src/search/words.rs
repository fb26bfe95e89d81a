//! The words that lead to each final state.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::product::Listing;
use crate::core::Write;
use crate::outcome::State;

/// One completed store of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// The thread that completes it.
    pub thread: usize,
    /// What it writes.
    pub write: Write,
}

/// One step between two joint states.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub from: u32,
    pub to: u32,
    pub letter: Letter,
    /// The fewest earlier stores of its thread that the letter overtakes.
    pub overtakes: u32,
}

/// How joint states follow each other, and where final states are.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub edges: Vec<Edge>,
    /// Joint states in which all threads can end, with the number of the product of their ends.
    pub ends: Vec<(u32, usize)>,
}

/// A sequence of completed stores.
pub type Word = Vec<Letter>;

/// What makes one run to a final state better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// Fewer accesses out of program order, and of equally many fewer steps.
    #[default]
    Clearest,
    /// Fewer steps, and of equally many fewer accesses out of program order.
    Shortest,
}

/// The cost of a run: what counts first in the upper half, what counts next in the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cost(u64);

impl Cost {
    /// The cost after some more steps, in which so many accesses overtake an earlier one.
    #[must_use]
    pub fn and(self, steps: u32, inversions: u32, preference: Preference) -> Cost {
        let (steps, inversions) = (u64::from(steps), u64::from(inversions));
        Cost(match preference {
            Preference::Clearest => self.0 + (inversions << 32) + steps,
            Preference::Shortest => self.0 + (steps << 32) + inversions,
        })
    }

    /// What counts first: inversions or steps, as was preferred.
    pub fn first(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn plus(self, other: Cost) -> Cost {
        Cost(self.0 + other.0)
    }

    /// How many accesses overtake an earlier one.
    pub fn inversions(self, preference: Preference) -> u32 {
        match preference {
            Preference::Clearest => (self.0 >> 32) as u32,
            Preference::Shortest => self.0 as u32,
        }
    }
}

/// The words that lead to each final state of a report.
#[derive(Debug, Default)]
pub struct Words {
    graph: Graph,
    /// `edges_to[joint]`: the edges that lead there.
    edges_to: Vec<Vec<u32>>,
    /// `ends[state]`: the joint states in which that final state can be, in the order of their numbers.
    ends: Vec<Vec<u32>>,
    /// The lowest cost of a word to each joint state, by each preference.
    clearest: Vec<Option<Cost>>,
    shortest: Vec<Option<Cost>>,
}

/// Most joint states that are kept for one final state.
const ENDS_MAX: usize = 16;

/// Most words to one final state that are tried.
const WORDS_MAX: usize = 24;

impl Words {
    /// Some words to the final state with this index: those with the lowest cost, in which each letter is a
    /// step and each store that it overtakes an inversion.
    pub fn to(&self, state: usize, preference: Preference) -> Vec<Word> {
        let costs = match preference {
            Preference::Clearest => &self.clearest,
            Preference::Shortest => &self.shortest,
        };
        let cost = |joint: u32| costs.get(joint as usize).copied().flatten();
        // Backwards from the ends; the costs from the start tell how far it still is.
        let mut tails: Vec<(u32, usize)> = Vec::new();
        let mut open = BinaryHeap::new();
        for joint in self.ends.get(state).into_iter().flatten() {
            open.extend(cost(*joint).map(|cost| Reverse((cost, *joint, Cost::default(), usize::MAX))));
        }
        let mut words = Vec::new();
        while let Some(Reverse((_, joint, behind, tail))) = open.pop() {
            if joint == 0 {
                words.push(self.word(&tails, tail));
                if words.len() == WORDS_MAX {
                    break;
                }
            }
            for index in self.edges_to.get(joint as usize).into_iter().flatten() {
                let edge = &self.graph.edges[*index as usize];
                let behind = behind.and(1, edge.overtakes, preference);
                if let Some(before) = cost(edge.from) {
                    tails.push((*index, tail));
                    open.push(Reverse((before.plus(behind), edge.from, behind, tails.len() - 1)));
                }
            }
        }
        words
    }

    /// The word made of the edges from a tail on.
    fn word(&self, tails: &[(u32, usize)], mut tail: usize) -> Word {
        let mut word = Word::new();
        while let Some((edge, next)) = tails.get(tail) {
            word.push(self.graph.edges[*edge as usize].letter);
            tail = *next;
        }
        word
    }
}

impl Graph {
    /// The words that lead to `states`, which are sorted.
    pub fn words(self, listing: &Listing<'_>, states: &[State]) -> Words {
        let joints = self.edges.iter().map(|edge| edge.to + 1).max().unwrap_or(1);
        let mut edges_to: Vec<Vec<u32>> = vec![Vec::new(); joints as usize];
        for (index, edge) in self.edges.iter().enumerate() {
            edges_to[edge.to as usize].push(index as u32);
        }
        let mut ends: Vec<Vec<u32>> = vec![Vec::new(); states.len()];
        let mut wanting = states.len();
        for (joint, product) in &self.ends {
            if wanting == 0 {
                break;
            }
            listing.each_of(*product, |values| {
                if let Ok(state) = states.binary_search_by(|state| state.values[..].cmp(values))
                    && ends[state].len() < ENDS_MAX
                {
                    ends[state].push(*joint);
                    wanting -= usize::from(ends[state].len() == ENDS_MAX);
                }
            });
        }
        let costs = |preference| self.costs(edges_to.len(), preference);
        let (clearest, shortest) = (costs(Preference::Clearest), costs(Preference::Shortest));
        Words { graph: self, edges_to, ends, clearest, shortest }
    }

    /// Dijkstra's algorithm: the lowest cost of a word to each joint state.
    fn costs(&self, joints: usize, preference: Preference) -> Vec<Option<Cost>> {
        let edges = &self.edges;
        let mut costs: Vec<Option<Cost>> = vec![None; joints];
        let mut open = BinaryHeap::from([Reverse((Cost::default(), 0_u32))]);
        costs[0] = Some(Cost::default());
        while let Some(Reverse((cost, joint))) = open.pop() {
            if costs[joint as usize].is_some_and(|known| known < cost) {
                continue;
            }
            // Joint states are looked at in the order of their numbers, so edges are sorted by origin.
            let first = edges.partition_point(|edge| edge.from < joint);
            for edge in edges[first..].iter().take_while(|edge| edge.from == joint) {
                let next = cost.and(1, edge.overtakes, preference);
                let known = &mut costs[edge.to as usize];
                if known.is_none_or(|known| next < known) {
                    *known = Some(next);
                    open.push(Reverse((next, edge.to)));
                }
            }
        }
        costs
    }
}
