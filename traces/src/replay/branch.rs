//! The way back on the present branch of a trace, without keeping every state.

use std::collections::VecDeque;

use sim_core::machine::{Machine, State, Step};

/// How far back a trace may go at once.
pub const BACK_MAX: u64 = 4096;

/// One state of this many is kept; those between are reached again from the one before.
const EVERY: u64 = 32;

/// The latest steps of a branch, and some of their states.
#[derive(Debug)]
pub(super) struct Branch {
    /// The number of the last step.
    at: u64,
    /// The latest steps, the last last; `None` where the machine stayed as it was.
    steps: VecDeque<Option<Step>>,
    /// States by the number of the step that led there, ascending, none from before `steps`. Never empty.
    kept: VecDeque<(u64, State)>,
}

impl Branch {
    /// A branch that begins in `state`.
    pub(super) fn new(state: &State) -> Branch {
        Branch { at: 0, steps: VecDeque::new(), kept: VecDeque::from([(0, state.clone())]) }
    }

    /// The number of the last step.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Steps that can be taken back.
    pub(super) fn depth(&self) -> u64 {
        let oldest = self.kept.front().map_or(self.at, |(at, _)| *at);
        (self.at - oldest).min(BACK_MAX)
    }

    /// A step was taken, to `state`; `None` if the machine stayed as it was.
    pub(super) fn push(&mut self, step: Option<Step>, state: &State) {
        self.at += 1;
        self.steps.push_back(step);
        if self.at.is_multiple_of(EVERY) {
            self.kept.push_back((self.at, state.clone()));
        }
        if self.steps.len() as u64 > BACK_MAX + EVERY {
            self.steps.pop_front();
            let first = self.at - self.steps.len() as u64;
            while self.kept.front().is_some_and(|(at, _)| *at < first) {
                self.kept.pop_front();
            }
        }
    }

    /// Goes back to the state after step `to`, which is at most [`depth`](Self::depth) steps before the last; `None` if a
    /// step cannot be taken again, which would be an error of the machine.
    pub(super) fn back(&mut self, machine: &mut Machine<'_>, to: u64) -> Option<State> {
        while self.kept.back().is_some_and(|(at, _)| *at > to) {
            self.kept.pop_back();
        }
        self.steps.truncate(self.steps.len() - (self.at - to) as usize);
        self.at = to;
        let (from, state) = self.kept.back()?;
        let mut state = state.clone();
        let first = to - self.steps.len() as u64;
        for step in self.steps.range((from.checked_sub(first)?) as usize..).flatten() {
            state = machine.apply(&state, step)?;
        }
        Some(state)
    }

    /// The states that must not be forgotten.
    pub(super) fn states(&mut self) -> impl Iterator<Item = &mut State> {
        self.kept.iter_mut().map(|(_, state)| state)
    }
}
