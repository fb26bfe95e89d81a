//! The states that can be reached from one state, with what follows from each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use indexmap::IndexSet;
use sim_core::machine::{Machine, State, Step};
use sim_core::outcome::State as FinalState;

use super::Set;

/// A step with where it leads.
#[derive(Debug, Clone, Copy)]
struct Edge {
    step: Step,
    to: u32,
    /// How much it departs from program order.
    inversions: u32,
}

/// The states that can be reached from the first of them.
#[derive(Debug)]
pub(super) struct Explorer {
    states: IndexSet<State, foldhash::fast::FixedState>,
    /// Per expanded state: the steps.
    next: Vec<Vec<Edge>>,
    /// Per expanded state: the outcome that it shows.
    shows: Vec<Option<usize>>,
    /// Number of outcomes.
    outcomes: usize,
    /// Per state: the outcomes that can be reached, in words of 64; empty before [`Explorer::propagate`].
    open: Vec<u64>,
    states_max: usize,
    /// The steps that lead nowhere else here.
    invisible: Invisible,
    /// Whether there are more states than may be looked at.
    pub(super) truncated: bool,
}

/// The steps of the machine that is shown which the explored one does not have: before and after them is one
/// state here.
#[derive(Debug, Clone, Copy)]
pub struct Invisible {
    /// Stores enter their buffers by themselves.
    issues: bool,
    /// There are no caches.
    caches: bool,
}

impl Invisible {
    /// Those that lead nowhere else on this machine.
    pub fn on(machine: &Machine<'_>) -> Invisible {
        Invisible { issues: machine.buffers_are_private(), caches: machine.is_coherent() }
    }

    /// Whether a step is one of them.
    pub fn hides(self, step: &Step) -> bool {
        match step {
            Step::Issue { .. } => self.issues,
            Step::Cache { .. } => self.caches,
            Step::Load { .. } | Step::Drain { .. } | Step::Guess { .. } | Step::Predict { .. } => false,
        }
    }
}

impl Explorer {
    /// Begins at `root`; `outcomes` is the number of outcomes, `invisible` are the steps that the machine does not
    /// have although runs that are asked about may.
    pub(super) fn new(root: State, outcomes: usize, states_max: usize, invisible: Invisible) -> Explorer {
        let mut states = IndexSet::default();
        states.insert(root);
        Explorer {
            states,
            next: Vec::new(),
            shows: Vec::new(),
            outcomes,
            open: Vec::new(),
            states_max,
            invisible,
            truncated: false,
        }
    }

    /// Number of states that were found.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is nothing more to do.
    pub(super) fn finished(&self) -> bool {
        self.truncated || self.next.len() == self.states.len()
    }

    /// Whether every state was looked at.
    pub(super) fn complete(&self) -> bool {
        self.finished() && !self.truncated
    }

    /// Expands some more states; carries outcomes back once all are known.
    pub(super) fn explore(&mut self, machine: &mut Machine<'_>, outcomes: &[FinalState], count: usize) {
        for _ in 0..count {
            if self.finished() {
                break;
            }
            let state = self.states[self.next.len()].clone();
            let outcome = machine.outcome(&state);
            self.shows.push(outcome.and_then(|o| outcomes.binary_search(&o).ok()));
            let mut next = Vec::new();
            for step in machine.enabled(&state) {
                let inversions = machine.inversions(&state, &step);
                if let Some(after) = machine.apply(&state, &step) {
                    let to = self.states.insert_full(after).0 as u32;
                    next.push(Edge { step, to, inversions });
                }
            }
            self.next.push(next);
            self.truncated = self.states.len() > self.states_max;
        }
        if self.complete() && self.open.is_empty() {
            self.propagate();
        }
    }

    fn words(&self) -> usize {
        self.outcomes.div_ceil(64).max(1)
    }

    /// Carries outcomes back along the steps, to a fixed point.
    fn propagate(&mut self) {
        let (count, words) = (self.states.len(), self.words());
        self.open = vec![0; count * words];
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (from, next) in self.next.iter().enumerate() {
            for edge in next {
                before[edge.to as usize].push(from as u32);
            }
        }
        let mut work: Vec<usize> = Vec::new();
        for (state, shows) in self.shows.iter().enumerate() {
            if let Some(outcome) = shows {
                self.open[state * words + outcome / 64] |= 1 << (outcome % 64);
                work.push(state);
            }
        }
        while let Some(state) = work.pop() {
            for from in &before[state] {
                let from = *from as usize;
                let mut more = false;
                for word in 0..words {
                    let gained = self.open[state * words + word] & !self.open[from * words + word];
                    self.open[from * words + word] |= gained;
                    more |= gained != 0;
                }
                if more {
                    work.push(from);
                }
            }
        }
    }

    /// The outcomes that can be reached from a state, once the states are complete.
    pub(super) fn open(&self, state: usize) -> Set {
        let words = self.words();
        let words = self.open.get(state * words..(state + 1) * words).unwrap_or(&[]);
        (0..self.outcomes).filter(|o| words.get(o / 64).is_some_and(|w| w >> (o % 64) & 1 == 1)).collect()
    }

    /// The states that a run from the first visits, as far as they were explored.
    pub(super) fn follow(&self, run: &[Step]) -> Option<Vec<usize>> {
        let mut visited = vec![0];
        for step in run {
            let at = visited[visited.len() - 1];
            visited.push(self.after(at, step)?);
        }
        Some(visited)
    }

    /// The state after a step.
    pub(super) fn after(&self, state: usize, step: &Step) -> Option<usize> {
        if self.invisible.hides(step) {
            return Some(state);
        }
        self.next.get(state)?.iter().find(|e| e.step == *step).map(|e| e.to as usize)
    }

    /// Whether some state that was looked at shows an outcome.
    pub(super) fn has(&self, outcome: usize) -> bool {
        self.shows.contains(&Some(outcome))
    }

    /// The way from a state to an outcome that departs least from program order, and of those the shortest.
    pub(super) fn way(&self, from: usize, outcome: usize) -> Option<Vec<Step>> {
        let mut best: Vec<(u32, u32)> = vec![(u32::MAX, u32::MAX); self.states.len()];
        let mut came: Vec<Option<(usize, Step)>> = vec![None; self.states.len()];
        best[from] = (0, 0);
        let mut queue = BinaryHeap::from([Reverse(((0, 0), from))]);
        while let Some(Reverse((cost, at))) = queue.pop() {
            if cost > best[at] {
                continue;
            }
            if self.shows.get(at).copied().flatten() == Some(outcome) {
                let mut way = Vec::new();
                let mut back = at;
                while let Some((before, step)) = came[back] {
                    way.push(step);
                    back = before;
                }
                way.reverse();
                return Some(way);
            }
            for edge in self.next.get(at).into_iter().flatten() {
                let (to, cost) = (edge.to as usize, (cost.0 + edge.inversions, cost.1 + 1));
                if cost < best[to] {
                    best[to] = cost;
                    came[to] = Some((at, edge.step));
                    queue.push(Reverse((cost, to)));
                }
            }
        }
        None
    }
}
