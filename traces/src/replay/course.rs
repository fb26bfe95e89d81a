//! A machine that follows a trace, and can go back on it.

use std::sync::Arc;

use sim_core::machine::{Machine, State, Step, Tally};

use super::branch::{BACK_MAX, Branch, Point};
use super::memo::Memo;
use super::resolve::Resolver;
use crate::record::effect::effect;
use crate::record::room::Room;

/// A machine in the middle of a trace.
pub(super) struct Course<'a> {
    pub(super) machine: Machine<'a>,
    pub(super) point: Point,
    branch: Branch,
    room: Room,
    resolver: Resolver,
    pub(super) memo: Memo,
    /// The effect of the step that was found last.
    pub(super) effect: String,
}

impl<'a> Course<'a> {
    /// At the beginning, with what is remembered of this machine; `counts` says that what the run costs is of interest.
    pub(super) fn new(mut machine: Machine<'a>, memo: Memo, counts: bool) -> Course<'a> {
        let tally = machine.caches().filter(|_| counts).map(|_| Tally::new(&machine));
        let point = Point { state: Arc::new(machine.initial()), tally };
        Course {
            branch: Branch::new(&point),
            room: Room::default(),
            machine,
            point,
            resolver: Resolver::default(),
            memo,
            effect: String::new(),
        }
    }

    /// The number of the last step.
    pub(super) fn at(&self) -> u64 {
        self.branch.at()
    }

    /// The step called `name` and the state after it, with its effect; `None` if it is not possible now.
    pub(super) fn find(&mut self, name: &str) -> Option<(Step, Arc<State>)> {
        self.effect.clear();
        let from = &self.point.state;
        if let Some(known) = self.memo.recall(from, name, &mut self.effect) {
            return Some(known);
        }
        let (step, next) = self.resolver.take(&mut self.machine, from, name)?;
        effect(&self.machine, from, &next, &step, &mut self.effect);
        let next = self.memo.note(from, name, &self.effect, step, next);
        Some((step, next))
    }

    /// Takes a step that was found. `forgets` says that nobody has kept a state of the machine.
    pub(super) fn go(&mut self, step: Step, next: Arc<State>, forgets: bool) {
        self.point.go(&self.machine, &step, next);
        self.branch.push(Some(step), &self.point);
        if forgets && self.room.is_exceeded(&self.machine) {
            self.memo.forget();
            let states = self.branch.states().chain([&mut self.point.state]);
            self.machine.prune(&mut states.map(Arc::make_mut).collect::<Vec<_>>());
            self.room.after_pruning(&self.machine);
        }
    }

    /// Lets a step pass that is none of this machine's.
    pub(super) fn stay(&mut self) {
        self.branch.push(None, &self.point);
    }

    /// Goes back to the state after step `to`.
    ///
    /// # Errors
    /// A sentence, if that is not on the way or too far back.
    pub(super) fn back(&mut self, to: u64) -> Result<(), String> {
        let at = self.at();
        if to > at {
            return Err(format!("goes back to step {to}, but the last one was step {at}"));
        }
        if !self.branch.reaches(to) {
            let deepest = self.branch.deepest();
            return Err(format!(
                "goes back to step {to}, more than {BACK_MAX} steps behind step {deepest}, which was the furthest"
            ));
        }
        let point = self.branch.back(&mut self.machine, to);
        self.point = point.ok_or_else(|| format!("step {to} cannot be reached again"))?;
        Ok(())
    }
}
