//! The way back on the present branch of a trace, without keeping every state.

use std::collections::VecDeque;
use std::sync::Arc;

use sim_core::machine::{Machine, State, Step, Tally};

/// How far behind the last step that it has reached since the beginning a trace may go back, but for the beginning.
pub const BACK_MAX: u64 = 4096;

/// One state of this many is kept; those between are reached again from the one before.
const EVERY: u64 = 512;

/// The latest steps of a branch, and some of their states.
#[derive(Debug)]
pub(super) struct Branch {
    /// The number of the last step.
    at: u64,
    /// The highest number that a step has had since the machine was at the beginning.
    deepest: u64,
    /// The beginning.
    start: Point,
    /// The latest steps, the last last; `None` where the machine stayed as it was.
    steps: VecDeque<Option<Step>>,
    /// Points by the number of the step that led there, ascending, none from before `steps`. Never empty.
    kept: VecDeque<(u64, Point)>,
}

/// Where a run has got to.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub state: Arc<State>,
    /// What it has cost, if somebody counts.
    pub tally: Option<Tally>,
}

impl Point {
    /// Goes on by a step to `next`.
    pub fn go(&mut self, machine: &Machine<'_>, step: &Step, next: Arc<State>) {
        if let Some(tally) = &mut self.tally {
            tally.note(machine, &self.state, step, &next);
        }
        self.state = next;
    }
}

impl Branch {
    /// A branch that begins at a point.
    pub(super) fn new(point: &Point) -> Branch {
        let kept = VecDeque::from([(0, point.clone())]);
        Branch { at: 0, deepest: 0, start: point.clone(), steps: VecDeque::new(), kept }
    }

    /// The number of the last step.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Whether the machine can be again where it was after step `to`, which is not behind the last.
    pub(super) fn reaches(&self, to: u64) -> bool {
        to == 0 || to >= self.deepest.saturating_sub(BACK_MAX)
    }

    /// The highest number that a step has had since the machine was at the beginning.
    pub(super) fn deepest(&self) -> u64 {
        self.deepest
    }

    /// A step was taken, to `point`; `None` if the machine stayed as it was.
    pub(super) fn push(&mut self, step: Option<Step>, point: &Point) {
        self.at += 1;
        self.deepest = self.deepest.max(self.at);
        self.steps.push_back(step);
        if self.at.is_multiple_of(EVERY) {
            self.kept.push_back((self.at, point.clone()));
        }
        if self.steps.len() as u64 > BACK_MAX + EVERY {
            self.steps.pop_front();
            let first = self.at - self.steps.len() as u64;
            while self.kept.front().is_some_and(|(at, _)| *at < first) {
                self.kept.pop_front();
            }
        }
    }

    /// Goes back to the point after step `to`, which it [reaches](Self::reaches); `None` if a step cannot be taken again,
    /// which would be an error of the machine.
    pub(super) fn back(&mut self, machine: &mut Machine<'_>, to: u64) -> Option<Point> {
        if to == 0 {
            let start = self.start.clone();
            *self = Branch::new(&start);
            return Some(start);
        }
        while self.kept.back().is_some_and(|(at, _)| *at > to) {
            self.kept.pop_back();
        }
        self.steps.truncate(self.steps.len() - (self.at - to) as usize);
        self.at = to;
        let (from, point) = self.kept.back()?;
        let mut point = point.clone();
        let first = to - self.steps.len() as u64;
        for step in self.steps.range((from.checked_sub(first)?) as usize..).flatten() {
            let next = machine.apply(&point.state, step)?;
            point.go(machine, step, Arc::new(next));
        }
        if *from < to {
            // A reader who goes to and fro comes back here.
            self.kept.push_back((to, point.clone()));
        }
        Some(point)
    }

    /// The states that must not be forgotten.
    pub(super) fn states(&mut self) -> impl Iterator<Item = &mut Arc<State>> {
        self.kept.iter_mut().map(|(_, point)| point).chain([&mut self.start]).map(|point| &mut point.state)
    }
}
