//! Runs to final states on any hardware, the best first: Dijkstra's algorithm over the states of the visible machine.
//!
//! Where loads return the last completed store, [`witness`](super::witness) finds runs without looking at all these
//! states.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::cheapest::Cheapest;
use super::report::Options;
use super::witness::{Run, played};
use super::words::{Cost, Preference};
use crate::machine::{Machine, State, Step};
use crate::outcome::{Completeness, State as FinalState};

/// Gives a run to each final state, those that cost least first.
#[derive(Debug)]
pub struct Walk<'a> {
    machine: Machine<'a>,
    /// The same machine in full: with every step in which a store enters the store buffer.
    full: Machine<'a>,
    states: Cheapest<State, Step>,
    shown: BTreeSet<FinalState>,
    preference: Preference,
    options: Options<'a>,
    /// What ended the walk early.
    limit: Option<String>,
}

impl<'a> Walk<'a> {
    /// A walk over the states of the machine that `build` makes.
    pub fn new(build: impl Fn() -> Machine<'a>, preference: Preference, options: Options<'a>) -> Walk<'a> {
        let mut machine = build().forgetting();
        machine.eager = machine.buffers_are_private();
        let states = Cheapest::new(machine.initial());
        Walk { machine, full: build(), states, shown: BTreeSet::new(), preference, options, limit: None }
    }

    /// Whether the final states that were given are all, once no more are given.
    pub fn completeness(&self) -> Completeness {
        self.machine.completeness().within(self.limit.clone(), self.states.found() as u64)
    }

    /// Whether the walk may go on; notes why not.
    fn goes_on(&mut self) -> bool {
        if self.states.found() as u64 > self.options.max_states {
            self.limit = Some(format!("the limit of {} states", self.options.max_states));
        } else if self.options.stop.load(Ordering::Relaxed) {
            self.limit = Some("stopped".to_string());
        }
        self.limit.is_none()
    }

    /// The run to the state with this index.
    fn run(&mut self, index: usize, cost: Cost, outcome: FinalState) -> Run {
        let steps = played(&mut self.full, &self.states.steps_to(index), &outcome);
        let steps = steps.expect("the machine that was walked over is the same but for invisible steps");
        Run { steps, outcome, inversions: cost.inversions(self.preference) }
    }
}

impl Iterator for Walk<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        while self.goes_on() {
            let (index, cost) = self.states.take()?;
            let state = self.states.state(index)?.clone();
            for step in self.machine.enabled(&state) {
                let inversions = self.machine.inversions(&state, &step);
                if let Some(after) = self.machine.apply(&state, &step) {
                    self.states.reach(after, cost.and(1, inversions, self.preference), index, step);
                }
            }
            let filter = &self.machine.test().filter;
            if let Some(outcome) = self.machine.outcome(&state)
                && filter.as_ref().is_none_or(|filter| filter.holds(&outcome))
                && self.shown.insert(outcome.clone())
            {
                return Some(self.run(index, cost, outcome));
            }
        }
        None
    }
}
